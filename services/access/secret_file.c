/* Files of private keys. */
#include "services/access/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

void secret_drop(struct buf *text)
{
    if (text->ptr != NULL)
        OPENSSL_cleanse(text->ptr, text->capacity);
    buf_free(text);
}

struct err *secret_file_read(const char *path, struct buf *out, bool *out_there)
{
    struct stat status;
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    *out_there = file >= 0;
    if (file < 0)
        return errno == ENOENT ? NULL : err_errno(ERR_STORAGE, "could not open \"%s\"", path);
    if (fstat(file, &status) != 0)
        return err_errno(ERR_STORAGE, "could not read the keys in \"%s\"", path);
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return err_new(ERR_INVALID,
                       "could not use the keys in \"%s\": others than the owner can read it", path);
    size_t room = out->limit - out->len;
    char *at = buf_reserve(out, room);
    ssize_t got = read(file, at, room); /* a regular file this small comes whole */
    if (got < 0)
        return err_errno(ERR_STORAGE, "could not read the keys in \"%s\"", path);
    out->len += (size_t)got;
    return NULL;
}

static struct err *write_all(int file, struct str bytes, const char *path)
{
    while (bytes.len > 0) {
        ssize_t done = write(file, bytes.ptr, bytes.len);
        if (done < 0 && errno != EINTR)
            return err_errno(ERR_STORAGE, "could not write \"%s\"", path);
        bytes = str_slice(bytes, done > 0 ? (size_t)done : 0, bytes.len);
    }
    return fsync(file) == 0 ? NULL : err_errno(ERR_STORAGE, "could not flush \"%s\"", path);
}

static struct err *flush_folder(const char *path)
{
    struct str whole = str_from(path);
    size_t cut = whole.len;
    while (cut > 0 && path[cut - 1] != '/')
        cut--;
    autoarena struct arena *arena = arena_new(8192);
    const char *name = cut > 0 ? arena_cstr(arena, str_slice(whole, 0, cut)) : ".";
    autoclose int folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder >= 0 && fsync(folder) == 0
               ? NULL
               : err_errno(ERR_STORAGE, "could not flush the folder of \"%s\"", path);
}

struct err *secret_file_write(const char *path, struct str text, bool replace)
{
    autoarena struct arena *arena = arena_new(8192);
    const char *beside = arena_format(arena, "%s.%s", path, uuid_text(uuid_random()).text).ptr;
    autoclose int file = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0)
        return err_errno(ERR_STORAGE, "could not make \"%s\"", beside);
    struct err *e = write_all(file, text, beside);
    if (e == NULL && (replace ? rename(beside, path) : link(beside, path)) != 0 &&
        (replace || errno != EEXIST))
        e = err_errno(ERR_STORAGE, "could not make \"%s\"", path);
    if (!replace || e != NULL)
        unlink(beside);
    return e != NULL ? e : flush_folder(path);
}
