/* The plain sources: memory and files. */
#include "vault/source.h"
#include "base/base.h"
#include "base/fault.h"

#include <errno.h>
#include <unistd.h>

struct err *source_read(const struct source *source, uint64_t offset, void *out, size_t length)
{
    if (offset > source->size || length > source->size - offset)
        return err_new(ERR_CORRUPT, "the bytes end at %llu, needed up to %llu",
                       (unsigned long long)source->size, (unsigned long long)offset + length);
    return length == 0 ? NULL : source->read(source->state, offset, out, length);
}

static struct err *read_memory(void *state, uint64_t offset, void *out, size_t length)
{
    const struct str *bytes = state;
    memcpy(out, bytes->ptr + offset, length);
    return NULL;
}

struct source source_from_str(struct str *bytes)
{
    return (struct source){read_memory, bytes, bytes->len};
}

static struct err *read_file(void *state, uint64_t offset, void *out, size_t length)
{
    const int *descriptor = state;
    FAULT("vault.before_read");
    for (size_t done = 0; done < length;) {
        ssize_t got = pread(*descriptor, (char *)out + done, length - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(ERR_STORAGE, "could not read");
        if (got == 0)
            return err_new(ERR_CORRUPT, "the file is shorter than recorded");
        done += (size_t)got;
    }
    return NULL;
}

struct source source_from_file(const int *descriptor, uint64_t size)
{
    union {
        const int *given;
        void *state;
    } where = {descriptor};
    return (struct source){read_file, where.state, size};
}
