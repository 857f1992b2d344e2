/* Bytes that can be read at any place: a file, sealed segments of a package, an entry inside a
 * container. One shape for all of them, so that a reader of ZIP does not care what lies under it.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct source {
    /* Fills exactly `length` bytes from `offset`; offset + length never passes size. */
    struct err *(*read)(void *state, uint64_t offset, void *out, size_t length);
    void *state; /* belongs to whoever made the source */
    uint64_t size;
};

/* Checks the range (CORRUPT when it passes the end), then reads. */
MUST_USE struct err *source_read(const struct source *source, uint64_t offset, void *out,
                                 size_t length);
/* A source over memory; `bytes` must outlive it. */
struct source source_from_str(struct str *bytes);
/* A source over an open file; the descriptor stays the caller's. */
struct source source_from_file(const int *descriptor, uint64_t size);
