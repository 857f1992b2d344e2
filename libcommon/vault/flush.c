/* Flush and read back. */
#include "vault/flush.h"
#include "base/base.h"
#include "base/digest.h"
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

/* O_DIRECT wants place, length and memory aligned to the device's blocks; 4096 suits every device
 * in use. */
enum { ALIGNED = 4096, PIECE = 1024 * 1024 };

struct err *flush_check(void)
{
    struct utsname kernel;
    int major = 0;
    int minor = 0;
    /* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
    if (uname(&kernel) != 0 || sscanf(kernel.release, "%d.%d", &major, &minor) != 2)
        return err_new(ERR_UNSUPPORTED, "could not learn the kernel's version");
    if (major < 5 || (major == 5 && minor < 8))
        return err_new(ERR_UNSUPPORTED,
                       "Linux %s does not tell of failed writes; 5.8 or newer is needed",
                       kernel.release);
    return NULL;
}

struct err *flush_filesystem(int folder)
{
    FAULT("vault.before_flush");
    if (syncfs(folder) != 0)
        return err_errno(ERR_STORAGE, "could not flush the file system");
    FAULT("vault.after_flush");
    return NULL;
}

struct err *flush_folder(int folder)
{
    return fsync(folder) == 0 ? NULL : err_errno(ERR_STORAGE, "could not flush a folder");
}

static struct err *open_past_cache(int folder, const char *path, int *out_file, enum read_back *how)
{
    *out_file = vault_open_below(folder, path, O_RDONLY | O_DIRECT);
    if (*out_file >= 0)
        return NULL;
    if (errno != EINVAL)
        return err_errno(ERR_STORAGE, "could not open %s to read it back", path);
    *how = READ_AFTER_DROP;
    TRY(vault_file(folder, path, out_file));
    posix_fadvise(*out_file, 0, 0, POSIX_FADV_DONTNEED); /* advice: what it did is not known */
    return NULL;
}

static struct err *digest_file(int file, const char *path, struct digests *digests, char *room,
                               size_t length)
{
    uint64_t bytes = 0;
    for (ssize_t got = (ssize_t)length; got == (ssize_t)length; bytes += (uint64_t)got) {
        do {
            got = pread(file, room, length, (off_t)bytes);
        } while (got < 0 && errno == EINTR);
        if (got < 0)
            return err_errno(ERR_STORAGE, "could not read %s back", path);
        digests_add(digests, (struct str){room, (size_t)got});
    }
    return NULL;
}

struct err *flush_read_back(int folder, const char *path, uint64_t bytes, struct sha512 digest,
                            enum read_back *how)
{
    autoclose int file = -1;
    FAULT("vault.before_read_back");
    TRY(open_past_cache(folder, path, &file, how));
    /* No more room than the file needs to end in it: O_DIRECT takes hold of every page it is given.
     */
    size_t length = bytes < PIECE ? ((size_t)bytes / ALIGNED + 1) * ALIGNED : PIECE;
    char *room = aligned_alloc(ALIGNED, length);
    if (room == NULL)
        abort();
    struct digests *digests = digests_new(1U << DIGEST_SHA512);
    struct err *e = digest_file(file, path, digests, room, length);
    digests_end(digests);
    bool same =
        memcmp(digests_get(digests, DIGEST_SHA512).ptr, digest.bytes, sizeof digest.bytes) == 0;
    digests_free(digests);
    free(room);
    if (e != NULL || same)
        return e;
    return err_new(ERR_CORRUPT, "%s came back from the device as other bytes than were staged",
                   path);
}
