/* Opening, digesting, checking. */
#include "parcel.h"
#include "vault/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PIECE = 256 * 1024 };

/* Takes the descriptor over; -1 with errno is an error. */
static struct err *begin(int descriptor, const char *path, struct parcel *out)
{
    struct stat about;
    autoclose int file = descriptor;
    if (file < 0 || fstat(file, &about) != 0)
        return err_errno(errno == ENOENT ? ERR_NOT_FOUND : ERR_INVALID, "could not open it");
    if (!S_ISREG(about.st_mode))
        return err_new(ERR_INVALID, "it is no file");
    *out = (struct parcel){.path = path,
                           .file = TAKE_FD(file),
                           .bytes = (uint64_t)about.st_size,
                           .changed = about.st_mtim};
    return NULL;
}

/* O_NONBLOCK: opening a pipe must not wait for its writer. */
struct err *parcel_below(int folder, const char *path, struct parcel *out)
{
    return begin(vault_open_below(folder, path, O_RDONLY | O_NONBLOCK | O_NOCTTY), path, out);
}

struct err *parcel_open(const char *path, struct parcel *out)
{
    return err_wrap(begin(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), path, out),
                    "package \"%s\"", path);
}

void parcel_close(struct parcel *p)
{
    if (p->path == NULL)
        return;
    close(p->file);
    digests_free(p->digests);
    *p = (struct parcel){0};
}

void parcel_pass(struct parcel *p, uint64_t offset, struct str bytes)
{
    assert(offset <= p->passed);
    if (p->digests == NULL)
        p->digests =
            digests_new(1U << DIGEST_SHA256 | (p->wanted != NULL ? 1U << p->wanted->algorithm : 0));
    uint64_t known = p->passed - offset;
    if (known >= bytes.len)
        return;
    digests_add(p->digests, str_slice(bytes, (size_t)known, bytes.len));
    p->passed = offset + bytes.len;
}

/* `out` is where the bytes go; NULL: nobody keeps them. */
static struct err *read_until(struct parcel *p, uint64_t end, char *out)
{
    autofree char *piece = out == NULL ? must_calloc(1, PIECE) : NULL;
    while (p->passed < end) {
        char *at = out != NULL ? out + p->passed : piece;
        size_t wanted = out != NULL || end - p->passed < PIECE ? (size_t)(end - p->passed) : PIECE;
        ssize_t got = pread(p->file, at, wanted, (off_t)p->passed);
        if (got < 0)
            return err_errno(ERR_CORRUPT, "could not read it");
        if (got == 0)
            return err_new(ERR_CORRUPT, "it has become shorter while it was read");
        parcel_pass(p, p->passed, (struct str){at, (size_t)got});
    }
    return NULL;
}

struct err *parcel_read(struct parcel *p, uint64_t end)
{
    return read_until(p, end, NULL);
}

struct err *parcel_get(struct parcel *p, struct buf *out)
{
    char *at = buf_reserve(out, (size_t)p->bytes);
    TRY(buf_done(out, "the package"));
    TRY(read_until(p, p->bytes, at));
    out->len += (size_t)p->bytes;
    return NULL;
}

static struct err *check(const struct checksum *wanted, struct str got)
{
    char hex[2 * DIGEST_LARGEST];
    if (str_equal(got, wanted->digest))
        return NULL;
    hex_encode((const uint8_t *)got.ptr, got.len, hex);
    return err_new(ERR_CORRUPT, "its %s is %.*s, another than was told",
                   digest_name(wanted->algorithm), (int)(2 * got.len), hex);
}

struct err *parcel_end(struct parcel *p, struct sha256 *out)
{
    struct stat now;
    parcel_pass(p, p->passed, (struct str){0}); /* an empty one has digests too */
    assert(p->passed == p->bytes);
    digests_end(p->digests);
    if (fstat(p->file, &now) != 0 || (uint64_t)now.st_size != p->bytes ||
        now.st_mtim.tv_sec != p->changed.tv_sec || now.st_mtim.tv_nsec != p->changed.tv_nsec)
        return err_new(ERR_CORRUPT, "it was changed while it was read");
    if (p->wanted != NULL)
        TRY(check(p->wanted, digests_get(p->digests, p->wanted->algorithm)));
    memcpy(out->bytes, digests_get(p->digests, DIGEST_SHA256).ptr, sizeof out->bytes);
    return NULL;
}
