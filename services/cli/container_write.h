/* What the two formats share; only container.c, zip_write.c and tar_write.c include it. */
#pragma once

#include "container.h"
#include "vault/zip_write.h"

struct container {
    enum container_format format;
    char *path;
    char *partial;
    int descriptor;
    char *buffer;
    size_t buffered;
    uint64_t flushed; /* bytes that left the buffer */

    /* the open entry */
    char name[CONTAINER_NAME_MAX];
    size_t name_length;
    uint64_t header_at;
    uint64_t size;  /* as promised */
    uint64_t taken; /* as given so far */
    uint64_t body_at;
    struct instant modified;

    /* ZIP only */
    bool deflated;
    uint32_t crc;
    uint64_t entries;
    struct zip_deflater *deflater;
    FILE *central;
};

/* Appends. */
MUST_USE struct err *container_write(struct container *c, const void *bytes, size_t length);
/* Changes bytes that were written before. */
MUST_USE struct err *container_patch(struct container *c, uint64_t at, const void *bytes,
                                     size_t length);

MUST_USE struct err *zip_begin(struct container *c, bool compress);
MUST_USE struct err *zip_add(struct container *c, struct str bytes);
MUST_USE struct err *zip_end(struct container *c);
MUST_USE struct err *zip_finish(struct container *c);

MUST_USE struct err *tar_begin(struct container *c);
MUST_USE struct err *tar_end(struct container *c);
MUST_USE struct err *tar_finish(struct container *c);
