/* A segment as the catalogue keeps it: columns number, key, bytes, stored_bytes, sha512, and for
 * the AIP part what. */
#pragma once

#include "base/field.h"
#include "vault/segment.h"

struct segment_row {
    int32_t number;
    struct uuid key;
    int64_t bytes;
    int64_t stored_bytes;
    struct bytes sha512;
};
extern const struct field segment_row_fields[];

/* The segments of `count` rows, in the arena. CORRUPT when a digest has another length. */
MUST_USE struct err *segment_rows_read(const struct segment_row *rows, size_t count,
                                       struct arena *arena, struct segment **out);
struct bytes segment_sha512(const struct segment *segment); /* points into the segment */

/* A staged folder's segments opened as one source. Everything goes with the arena's unit but the
 * descriptors and the reader, which staged_close ends. */
struct staged {
    int folder;
    int *descriptors;
    size_t count;
    struct segment_reader *reader;
    struct source source;
};
#define autostaged __attribute__((cleanup(staged_close)))
#define STAGED_NONE                                                                                \
    {                                                                                              \
        .folder = -1                                                                               \
    }
/* `keys` in the order of the segments. */
MUST_USE struct err *staged_open(const struct vault *vault, struct str tenant, struct uuid id,
                                 const struct segment *segments, const struct file_key *keys,
                                 size_t count, struct arena *arena, struct staged *out);
/* The same for some of a package's segments; `bytes` is the size of the whole package, and reading
 * outside of them is our BUG. */
MUST_USE struct err *staged_open_some(const struct vault *vault, struct str tenant, struct uuid id,
                                      const struct segment *segments, const struct file_key *keys,
                                      size_t count, uint64_t bytes, struct arena *arena,
                                      struct staged *out);
void staged_close(struct staged *staged);
