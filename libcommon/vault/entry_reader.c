/* Reading the plain bytes of entries, from the start or from the middle. */
#include "vault/entries_inner.h"
#include "vault/entry_index.h"

#include <zlib.h>

struct entry_reader {
    const struct source *source;
    enum container container;
    const struct entry_index *index;
    struct entry entry; /* the open one; its path is not kept */
    bool inflating;
    bool checks_crc32;
    uint64_t at; /* the next plain byte of the entry */
    uint32_t crc32;
    struct inflater *inflater;
    struct restart_point point; /* scratch: one found in the index */
};

struct entry_reader *entry_reader_new(const struct source *source, enum container container,
                                      const struct entry_index *index)
{
    struct entry_reader *r = must_calloc(1, sizeof *r);
    r->source = source;
    r->container = container;
    r->index = index;
    r->inflater = inflater_new();
    return r;
}

void entry_reader_free(struct entry_reader *r)
{
    if (r == NULL)
        return;
    inflater_free(r->inflater);
    free(r);
}

void entry_reader_drop(struct entry_reader **r)
{
    entry_reader_free(*r);
    *r = NULL;
}

static struct place here(const struct entry_reader *r)
{
    return (struct place){0, r->entry.offset};
}

/* The inflated stream the entry lies in: a ZIP's entry is one, a tar.gz as a whole is one. */
static struct inflate_stream stream_of(const struct entry_reader *r)
{
    struct inflate_stream stream = {
        .source = r->source, .end = r->source->size, .wrap = INFLATE_GZIP};
    if (r->container != CONTAINER_TAR_GZ) {
        stream.start = r->entry.offset;
        stream.end = r->entry.offset + r->entry.stored_length;
        stream.wrap = INFLATE_RAW;
    }
    return stream;
}

/* Goes on from where the inflater is, from a restart point, or from the start: the nearest before
 * `output`. */
static struct err *inflate_to(struct entry_reader *r, uint64_t output)
{
    struct inflate_stream stream = stream_of(r);
    bool whole = r->container == CONTAINER_TAR_GZ;
    bool found = false;
    bool near = inflater_is_on(r->inflater, stream.start) && inflater_output(r->inflater) <= output;
    if (near && output - inflater_output(r->inflater) <= RESTART_SPACING)
        return inflater_skip(r->inflater, output, false);
    if (r->index != NULL)
        TRY(entry_index_point(r->index, whole ? 0 : r->entry.first_point,
                              whole ? entry_index_points(r->index) : r->entry.point_count, output,
                              &r->point, &found));
    if (found && !(near && inflater_output(r->inflater) >= r->point.output))
        TRY(inflater_start(r->inflater, &stream, &r->point));
    else if (!near)
        TRY(inflater_start(r->inflater, &stream, NULL));
    return inflater_skip(r->inflater, output, false);
}

struct err *entry_open(struct entry_reader *r, const struct entry *entry, uint64_t from)
{
    r->entry = *entry;
    r->entry.path = (struct str){0};
    r->inflating = r->container == CONTAINER_TAR_GZ || entry->method == ENTRY_DEFLATE;
    r->checks_crc32 = entry->has_crc32 && (from == 0 || r->inflating);
    r->at = from;
    r->crc32 = 0;
    if (from > entry->length)
        return err_new(ERR_INVALID, "the file has %llu bytes; byte %llu was asked for",
                       (unsigned long long)entry->length, (unsigned long long)from);
    if (entry->offset > r->source->size && r->container != CONTAINER_TAR_GZ)
        return REFUSE(TRUNCATED, here(r), "the entry lies behind the end of the container");
    if (!r->inflating)
        return NULL;
    return inflate_to(r, r->container == CONTAINER_TAR_GZ ? entry->offset + from : from);
}

/* At the stated length: nothing more may come, and the checksum must fit. */
static struct err *check_end(struct entry_reader *r)
{
    uint8_t more = 0;
    size_t got = 0;
    if (r->inflating && r->container == CONTAINER_ZIP) {
        TRY(inflater_read(r->inflater, &more, 1, &got));
        r->crc32 = inflater_crc32(r->inflater);
    }
    if (got > 0)
        return REFUSE(LENGTH, here(r), "the entry is longer than stated");
    if (r->checks_crc32 && r->crc32 != r->entry.crc32)
        return REFUSE(CHECKSUM, here(r), "the entry does not have the checksum stated for it");
    return NULL;
}

struct err *entry_read(struct entry_reader *r, void *out, size_t length, size_t *out_got)
{
    uint64_t left = r->entry.length - r->at;
    size_t wanted = left < length ? (size_t)left : length;
    size_t got = wanted;
    inflater_point_taken(r->inflater);
    if (r->inflating) {
        TRY(inflater_read(r->inflater, out, wanted, &got));
    } else {
        TRY(source_read(r->source, r->entry.offset + r->at, out, wanted));
        if (r->checks_crc32)
            r->crc32 = (uint32_t)crc32_z(r->crc32, out, wanted);
    }
    if (got < wanted)
        return REFUSE(LENGTH, here(r), "the entry is shorter than stated");
    r->at += got;
    if (r->at == r->entry.length)
        TRY(check_end(r));
    *out_got = got;
    return NULL;
}

const struct restart_point *entry_point(const struct entry_reader *r)
{
    return r->container == CONTAINER_ZIP && r->inflating ? inflater_point(r->inflater) : NULL;
}

struct err *entry_read_whole(struct entry_reader *r, const struct entry *entry, size_t limit,
                             struct arena *arena, struct str *out)
{
    size_t got = 0;
    if (entry->length > limit)
        return REFUSE(ENTRY_SIZE, ((struct place){0, entry->offset}),
                      "the entry has %llu bytes; the limit is %zu",
                      (unsigned long long)entry->length, limit);
    TRY(entry_open(r, entry, 0));
    char *bytes = arena_alloc(arena, (size_t)entry->length + 1, 1);
    TRY(entry_read(r, bytes, (size_t)entry->length, &got));
    *out = (struct str){bytes, got};
    return NULL;
}
