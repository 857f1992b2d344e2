/* A package in a file that is to be delivered. Each byte is read once, by whoever sends it, and
 * digested as it passes; so what is checked is what was sent. */
#pragma once

#include "base/base.h"
#include "base/digest.h"

#include <sys/stat.h>

struct checksum {
    enum digest_algorithm algorithm;
    struct str digest; /* raw */
};

struct parcel {
    const char *path; /* as people know it */
    int file;
    uint64_t bytes;
    struct timespec changed;
    const struct checksum *wanted; /* what it must have; NULL: nobody said */
    struct digests *digests;       /* of the first `passed` bytes */
    uint64_t passed;
};

/* Opens it: below `folder`, through no symbolic link and not upwards. NOT_FOUND; INVALID when it is
 * no file or cannot be opened. */
MUST_USE struct err *parcel_below(int folder, const char *path, struct parcel *out);
/* Wherever it lies (`r7 deliver` is told so by the person who types it). */
MUST_USE struct err *parcel_open(const char *path, struct parcel *out);
void parcel_close(struct parcel *p);
#define autoparcel __attribute__((cleanup(parcel_close)))

/* Bytes of it were read at this place; what passed before is not digested again. */
void parcel_pass(struct parcel *p, uint64_t offset, struct str bytes);
/* Reads what has not passed yet, up to `end`. CORRUPT when it cannot be read. */
MUST_USE struct err *parcel_read(struct parcel *p, uint64_t end);
/* All of it, which has passed then; TOO_LARGE over the buffer's limit. */
MUST_USE struct err *parcel_get(struct parcel *p, struct buf *out);
/* All has passed. CORRUPT when it changed meanwhile, or has not the checksum that is wanted. */
MUST_USE struct err *parcel_end(struct parcel *p, struct sha256 *out);
