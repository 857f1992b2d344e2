/* Flush and read back. */
#include "vault/flush.h"
#include "base/base.h"
#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
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
    return syncfs(folder) == 0 ? NULL : err_errno(ERR_STORAGE, "could not flush the file system");
}

struct err *flush_folder(int folder)
{
    return fsync(folder) == 0 ? NULL : err_errno(ERR_STORAGE, "could not flush a folder");
}

static struct err *open_past_cache(int folder, const char *name, int *out_file,
                                   enum read_back *out_how)
{
    *out_file = openat(folder, name, O_RDONLY | O_DIRECT | O_NOFOLLOW | O_CLOEXEC);
    *out_how = READ_FROM_DEVICE;
    if (*out_file >= 0 || errno != EINVAL)
        return *out_file >= 0 ? NULL
                              : err_errno(ERR_STORAGE, "could not open %s to read it back", name);
    TRY(vault_file(folder, name, out_file));
    posix_fadvise(*out_file, 0, 0, POSIX_FADV_DONTNEED); /* advice: what it did is not known */
    *out_how = READ_AFTER_DROP;
    return NULL;
}

static struct err *digest_file(int file, const char *name, struct digests *digests, char *room,
                               size_t length, uint64_t *out_bytes)
{
    uint64_t bytes = 0;
    for (ssize_t got = (ssize_t)length; got == (ssize_t)length; bytes += (uint64_t)got) {
        do {
            got = pread(file, room, length, (off_t)bytes);
        } while (got < 0 && errno == EINTR);
        if (got < 0)
            return err_errno(ERR_STORAGE, "could not read %s back", name);
        digests_add(digests, (struct str){room, (size_t)got});
    }
    *out_bytes = bytes;
    return NULL;
}

struct err *flush_read_back(int folder, const char *name, struct sha512 *out_digest,
                            uint64_t *out_bytes, enum read_back *out_how)
{
    autoclose int file = -1;
    struct stat status;
    TRY(open_past_cache(folder, name, &file, out_how));
    if (fstat(file, &status) != 0)
        return err_errno(ERR_STORAGE, "could not look at %s", name);
    /* No more room than the file needs to end in it: O_DIRECT takes hold of every page it is given.
     */
    size_t length =
        status.st_size < PIECE ? ((size_t)status.st_size / ALIGNED + 1) * ALIGNED : PIECE;
    char *room = aligned_alloc(ALIGNED, length);
    if (room == NULL)
        abort();
    struct digests *digests = digests_new(1U << DIGEST_SHA512);
    struct err *e = digest_file(file, name, digests, room, length, out_bytes);
    digests_end(digests);
    memcpy(out_digest->bytes, digests_get(digests, DIGEST_SHA512).ptr, sizeof out_digest->bytes);
    digests_free(digests);
    free(room);
    return e;
}
