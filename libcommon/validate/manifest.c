/* The manifest's rows, and cutting it. */
#include "validate/manifest.h"

#include "base/base.h"

/* The inflater fetches its input in blocks: this far behind what is needed. */
enum { READ_AHEAD = 1 << 20 };

enum {
    IS_FOLDER = 1,
    IS_DEFLATED = 2,
    HAS_CRC32 = 4,
    WAS_SCANNED = 8,
    IS_INFECTED = 16,
    CONTENT_BITS = 8
};

void manifest_put(const struct manifest_row *row, struct buf *out)
{
    const struct entry *e = &row->entry;
    unsigned flags = (e->kind == ENTRY_FOLDER ? IS_FOLDER : 0U) |
                     (e->method == ENTRY_DEFLATE ? IS_DEFLATED : 0U) |
                     (e->has_crc32 ? HAS_CRC32 : 0U) | (row->scanned ? WAS_SCANNED : 0U) |
                     (row->infected ? IS_INFECTED : 0U) | (unsigned)row->content << CONTENT_BITS;
    size_t at = packed_begin(out);
    packed_text(out, e->path);
    packed_number(out, row->below);
    packed_number(out, flags);
    packed_number(out, e->offset);
    packed_number(out, e->stored_length);
    packed_number(out, e->length);
    packed_number(out, e->crc32);
    packed_number(out, row->digests);
    packed_number(out, row->expectations);
    packed_end(out, at);
}

struct manifest_row manifest_take(struct packed *record)
{
    struct manifest_row row = {.entry.path = packed_take_text(record)};
    row.below = packed_take_number(record);
    uint64_t flags = packed_take_number(record);
    row.entry.kind = (flags & IS_FOLDER) != 0 ? ENTRY_FOLDER : ENTRY_FILE;
    row.entry.method = (flags & IS_DEFLATED) != 0 ? ENTRY_DEFLATE : ENTRY_STORED;
    row.entry.has_crc32 = (flags & HAS_CRC32) != 0;
    row.scanned = (flags & WAS_SCANNED) != 0;
    row.infected = (flags & IS_INFECTED) != 0;
    row.content = (enum content_kind)(flags >> CONTENT_BITS);
    row.entry.offset = packed_take_number(record);
    row.entry.stored_length = packed_take_number(record);
    row.entry.length = packed_take_number(record);
    row.entry.crc32 = (uint32_t)packed_take_number(record);
    row.digests = (unsigned)packed_take_number(record);
    row.expectations = packed_take_number(record);
    return row;
}

/* --- cutting
 * ---------------------------------------------------------------------------------------- */

void manifest_cut_begin(struct manifest_cut *cut, struct arena *arena, enum container container,
                        uint64_t container_bytes, const struct part_limits *limits)
{
    *cut = (struct manifest_cut){.arena = arena,
                                 .container = container,
                                 .container_bytes = container_bytes,
                                 .limits = *limits,
                                 .point_piece = -1};
}

void manifest_cut_point(struct manifest_cut *cut, int32_t piece, uint64_t output, uint64_t input)
{
    size_t left = 0;
    for (size_t i = 0; i < cut->end_count; i++) {
        struct manifest_part *part = &cut->parts[cut->ends[i].part];
        uint64_t end = input + READ_AHEAD;
        if (cut->ends[i].output <= output)
            part->end_byte = end < cut->container_bytes ? end : cut->container_bytes;
        else
            cut->ends[left++] = cut->ends[i];
    }
    cut->end_count = left;
    cut->point_piece = piece;
    cut->point_input = input;
}

static void begin_part(struct manifest_cut *cut)
{
    cut->open.piece = -1;
    cut->open.first_byte = cut->container_bytes;
    if (cut->container != CONTAINER_TAR_GZ)
        return;
    cut->open.piece = cut->point_piece;
    /* Bits of the byte before may be left to use. */
    cut->open.first_byte = cut->point_piece < 0 ? 0 : cut->point_input - 1;
    cut->open.end_byte = cut->container_bytes;
}

static struct err *end_part(struct manifest_cut *cut)
{
    if (cut->count == PARTS_MAX)
        return err_rule(ERR_TOO_LARGE, "container_too_many_entries",
                        "the package has more than %d parts", PARTS_MAX);
    if (cut->open.first_byte > cut->open.end_byte) /* nothing but folders */
        cut->open.first_byte = cut->open.end_byte;
    cut->parts = arena_grow(cut->arena, cut->parts, cut->count, &cut->capacity, sizeof *cut->parts);
    cut->parts[cut->count] = cut->open;
    if (cut->container == CONTAINER_TAR_GZ) {
        cut->ends = arena_grow(cut->arena, cut->ends, cut->end_count, &cut->end_capacity,
                               sizeof *cut->ends);
        cut->ends[cut->end_count++] = (struct manifest_end){cut->count, cut->output};
    }
    cut->count++;
    cut->open =
        (struct manifest_part){.first_row = cut->open.end_row, .end_row = cut->open.end_row};
    cut->rows = 0;
    return NULL;
}

struct err *manifest_cut_row(struct manifest_cut *cut, const struct entry *entry, uint64_t row_end)
{
    struct manifest_part *part = &cut->open;
    uint64_t end = entry->offset + entry->stored_length;
    if (cut->rows == 0)
        begin_part(cut);
    if (cut->container != CONTAINER_TAR_GZ && entry->stored_length > 0) {
        part->first_byte = entry->offset < part->first_byte ? entry->offset : part->first_byte;
        part->end_byte = end > part->end_byte ? end : part->end_byte;
    }
    cut->output = end;
    cut->rows++;
    part->end_row = row_end;
    part->files += entry->kind == ENTRY_FILE;
    part->bytes += (int64_t)entry->length;
    bool full = cut->rows >= cut->limits.files || part->bytes >= cut->limits.bytes;
    return full ? end_part(cut) : NULL;
}

struct err *manifest_cut_end(struct manifest_cut *cut)
{
    return cut->rows > 0 ? end_part(cut) : NULL;
}
