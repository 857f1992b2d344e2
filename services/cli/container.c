/* The file under a container: buffered, patched, and named only when it is whole. */
#include "container_write.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1024 * 1024 };

static struct err *write_at(int descriptor, const char *bytes, size_t length, uint64_t at)
{
    for (size_t done = 0; done < length;) {
        ssize_t wrote = pwrite(descriptor, bytes + done, length - done, (off_t)(at + done));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return err_errno(ERR_STORAGE, "could not write the package");
        done += (size_t)wrote;
    }
    return NULL;
}

static struct err *flush_buffer(struct container *c)
{
    TRY(write_at(c->descriptor, c->buffer, c->buffered, c->flushed));
    c->flushed += c->buffered;
    c->buffered = 0;
    return NULL;
}

struct err *container_write(struct container *c, const void *bytes, size_t length)
{
    if (length > BUFFER - c->buffered)
        TRY(flush_buffer(c));
    if (length > BUFFER) {
        TRY(write_at(c->descriptor, bytes, length, c->flushed));
        c->flushed += length;
        return NULL;
    }
    if (length > 0)
        memcpy(c->buffer + c->buffered, bytes, length);
    c->buffered += length;
    return NULL;
}

struct err *container_patch(struct container *c, uint64_t at, const void *bytes, size_t length)
{
    if (at >= c->flushed) {
        memcpy(c->buffer + (at - c->flushed), bytes, length);
        return NULL;
    }
    if (at + length > c->flushed)
        TRY(flush_buffer(c));
    return write_at(c->descriptor, bytes, length, at);
}

uint64_t container_size(const struct container *c)
{
    return c->flushed + c->buffered;
}

static char *joined(const char *path, const char *suffix)
{
    size_t room = strlen(path) + strlen(suffix) + 1;
    char *text = must_calloc(room, 1);
    snprintf(text, room, "%s%s", path, suffix);
    return text;
}

struct err *container_create(enum container_format format, const char *path, struct container **out)
{
    autocontainer struct container *c = must_calloc(1, sizeof *c);
    c->format = format;
    c->path = joined(path, "");
    c->partial = joined(path, ".partial");
    c->buffer = must_calloc(BUFFER, 1);
    c->descriptor = open(c->partial, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (c->descriptor < 0)
        return err_errno(ERR_STORAGE, "could not create \"%s\"", c->partial);
    if (format == CONTAINER_ZIP)
        TRY(spool_open(path, &c->central));
    *out = TAKE(c);
    return NULL;
}

struct err *container_begin(struct container *c, struct str name, uint64_t size,
                            struct instant modified, bool compress)
{
    if (name.len > CONTAINER_NAME_MAX)
        return err_new(ERR_TOO_LARGE, "a path in the package is longer than %d bytes",
                       CONTAINER_NAME_MAX);
    memcpy(c->name, name.ptr, name.len);
    c->name_length = name.len;
    c->header_at = container_size(c);
    c->size = size;
    c->taken = 0;
    c->modified = modified;
    return c->format == CONTAINER_ZIP ? zip_begin(c, compress) : tar_begin(c);
}

struct err *container_add(struct container *c, struct str bytes)
{
    c->taken += bytes.len;
    if (c->taken > c->size)
        return err_new(ERR_CORRUPT, "the file grew while it was packed");
    return c->format == CONTAINER_ZIP ? zip_add(c, bytes)
                                      : container_write(c, bytes.ptr, bytes.len);
}

struct err *container_end(struct container *c)
{
    if (c->taken != c->size)
        return err_new(ERR_CORRUPT, "the file shrank while it was packed");
    return c->format == CONTAINER_ZIP ? zip_end(c) : tar_end(c);
}

struct err *container_finish(struct container *c)
{
    TRY(c->format == CONTAINER_ZIP ? zip_finish(c) : tar_finish(c));
    TRY(flush_buffer(c));
    if (fsync(c->descriptor) != 0)
        return err_errno(ERR_STORAGE, "could not flush \"%s\"", c->partial);
    return NULL;
}

const char *container_unnamed(const struct container *c)
{
    return c->partial;
}

struct err *container_publish(struct container *c)
{
    if (rename(c->partial, c->path) != 0)
        return err_errno(ERR_STORAGE, "could not name the package \"%s\"", c->path);
    free(TAKE(c->partial));
    return NULL;
}

void container_drop(struct container **container)
{
    struct container *c = *container;
    if (c == NULL)
        return;
    if (c->descriptor >= 0)
        close(c->descriptor);
    if (c->partial != NULL && c->descriptor >= 0)
        unlink(c->partial);
    zip_deflater_free(c->deflater);
    spool_drop(&c->central);
    free(c->path);
    free(c->partial);
    free(c->buffer);
    free(c);
}

struct err *spool_open(const char *path, FILE **out)
{
    autofree char *name = joined(path, ".XXXXXX");
    int descriptor = mkostemp(name, O_CLOEXEC);
    if (descriptor < 0)
        return err_errno(ERR_STORAGE, "could not create a file beside \"%s\"", path);
    unlink(name);
    *out = fdopen(descriptor, "w+");
    if (*out == NULL)
        abort(); /* a good descriptor and mode: only memory can be missing */
    return NULL;
}

struct err *spool_rewind(FILE *spool)
{
    if (fflush(spool) != 0 || ferror(spool) != 0)
        return err_errno(ERR_STORAGE, "could not write a file beside the package");
    rewind(spool);
    return NULL;
}

void spool_drop(FILE **spool)
{
    if (*spool != NULL)
        fclose(*spool);
}
