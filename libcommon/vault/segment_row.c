/* Segments from rows, and a staged folder as a source. */
#include "vault/segment_row.h"

#include "base/base.h"
#include "vault/staging.h"

#include <unistd.h>

const struct field segment_row_fields[] = {
    FIELD(struct segment_row, number, REQUIRED), FIELD(struct segment_row, key, REQUIRED),
    FIELD(struct segment_row, bytes, REQUIRED),  FIELD(struct segment_row, stored_bytes, REQUIRED),
    FIELD(struct segment_row, sha512, REQUIRED), FIELDS_END};

struct err *segment_rows_read(const struct segment_row *rows, size_t count, struct arena *arena,
                              struct segment **out)
{
    struct segment *segments = ARENA_ARRAY(arena, struct segment, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].sha512.raw.len != sizeof segments[i].sha512.bytes)
            return err_new(ERR_CORRUPT, "segment %d has no SHA-512", rows[i].number);
        segments[i] = (struct segment){.index = (uint32_t)rows[i].number,
                                       .key_id = rows[i].key,
                                       .plain_bytes = (uint64_t)rows[i].bytes,
                                       .stored_bytes = (uint64_t)rows[i].stored_bytes};
        memcpy(segments[i].sha512.bytes, rows[i].sha512.raw.ptr, sizeof segments[i].sha512.bytes);
    }
    *out = segments;
    return NULL;
}

struct bytes segment_sha512(const struct segment *segment)
{
    return (struct bytes){{(const char *)segment->sha512.bytes, sizeof segment->sha512.bytes}};
}

struct err *staged_open_some(const struct vault *vault, struct str tenant, struct uuid id,
                             const struct segment *segments, const struct file_key *keys,
                             size_t count, uint64_t bytes, struct arena *arena, struct staged *out)
{
    struct segment_file *files = ARENA_ARRAY(arena, struct segment_file, count + 1);
    out->descriptors = ARENA_ARRAY(arena, int, count + 1);
    TRY(staging_open(vault->locations[0], tenant, id, false, &out->folder));
    TRY(segment_open_staged(out->folder, segments, count, out->descriptors));
    out->count = count;
    for (size_t i = 0; i < count; i++)
        files[i] = (struct segment_file){segments[i].index, segments[i].plain_bytes,
                                         segments[i].stored_bytes, out->descriptors[i], &keys[i]};
    TRY(segment_reader_new(files, count, bytes, &out->reader));
    out->source = segment_reader_source(out->reader);
    return NULL;
}

struct err *staged_open(const struct vault *vault, struct str tenant, struct uuid id,
                        const struct segment *segments, const struct file_key *keys, size_t count,
                        struct arena *arena, struct staged *out)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += segments[i].plain_bytes;
    return staged_open_some(vault, tenant, id, segments, keys, count, bytes, arena, out);
}

void staged_close(struct staged *staged)
{
    segment_reader_free(staged->reader);
    for (size_t i = 0; i < staged->count; i++)
        close(staged->descriptors[i]);
    if (staged->folder >= 0)
        close(staged->folder);
    *staged = (struct staged)STAGED_NONE;
}
