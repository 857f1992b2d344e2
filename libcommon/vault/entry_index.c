/* Reading an entry index: by path, in order, and its restart points. */
#include "vault/entry_index.h"
#include "vault/entries_inner.h"
#include "vault/entry_index_form.h"

#define ZLIB_CONST
#include <zlib.h>

struct entry_index {
    const struct source *source;
    enum container container;
    uint64_t directory; /* where the items end */
    uint64_t count;
    uint64_t points; /* where their rows begin */
    uint64_t point_count;
    uint64_t fan_out[BUCKETS];
};

/* Bytes of one item; once they run out or make no sense, all that follows is zero. */
struct reading {
    struct str rest;
    bool bad;
};

static struct err *corrupt(const char *what)
{
    return err_rule(ERR_CORRUPT, "entry_index_corrupt", "the entry index is damaged: %s", what);
}

static const uint8_t *take(struct reading *r, size_t length)
{
    static const uint8_t zeros[ENTRY_PATH_MAX];
    const uint8_t *at = (const uint8_t *)r->rest.ptr;
    if (r->bad || length > r->rest.len) {
        r->bad = true;
        return zeros;
    }
    r->rest = str_slice(r->rest, length, r->rest.len);
    return at;
}

static uint64_t take_number(struct reading *r, uint64_t max)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 7 * NUMBER_MAX; shift += 7) {
        uint8_t byte = *take(r, 1);
        uint64_t part = byte & 0x7f;
        if (shift == 63 && part > 1)
            break;
        value |= part << shift;
        if ((byte & 0x80) == 0) {
            r->bad |= value > max;
            return r->bad ? 0 : value;
        }
    }
    r->bad = true;
    return 0;
}

static uint32_t take_u32(struct reading *r)
{
    uint32_t big;
    memcpy(&big, take(r, sizeof big), sizeof big);
    return be32toh(big);
}

/* The item at `at`, as many bytes as it can at most have. Most are short, so little is read at
 * first: going through a million of them would else copy 33 KiB for each. */
static struct err *read_item(const struct entry_index *index, uint64_t at, uint8_t *bytes,
                             size_t max, struct reading *out)
{
    enum { USUAL = 512, USUAL_PATH = USUAL - (ENTRY_ITEM_MAX - ENTRY_PATH_MAX) };
    if (at < HEAD || at >= index->directory)
        return corrupt("a position lies outside the items");
    uint64_t left = index->directory - at;
    size_t length = left < max ? (size_t)left : max;
    size_t usual = length < USUAL ? length : USUAL;
    TRY(source_read(index->source, at, bytes, usual));
    struct reading path = {.rest = {(const char *)bytes + 2, usual > 2 ? usual - 2 : 0}};
    bool whole = bytes[0] == 'E' && take_number(&path, USUAL_PATH) <= USUAL_PATH && !path.bad;
    if (!whole && usual < length)
        TRY(source_read(index->source, at + usual, bytes + usual, length - usual));
    *out = (struct reading){.rest = {(const char *)bytes, whole ? usual : length}};
    return NULL;
}

static struct err *take_entry(struct reading *r, struct entry *out)
{
    struct entry e = {0};
    uint8_t tag = *take(r, 1);
    uint8_t flags = *take(r, 1);
    e.path.len = (size_t)take_number(r, ENTRY_PATH_MAX);
    e.path.ptr = (const char *)take(r, e.path.len);
    e.kind = (flags & FLAG_FOLDER) != 0 ? ENTRY_FOLDER : ENTRY_FILE;
    e.method = (flags & FLAG_DEFLATE) != 0 ? ENTRY_DEFLATE : ENTRY_STORED;
    e.offset = take_number(r, INT64_MAX);
    e.stored_length = take_number(r, INT64_MAX);
    e.length = take_number(r, INT64_MAX);
    e.has_crc32 = (flags & FLAG_CRC32) != 0;
    if (e.has_crc32)
        e.crc32 = take_u32(r);
    if ((flags & FLAG_SHA256) != 0)
        memcpy(e.sha256.bytes, take(r, sizeof e.sha256.bytes), sizeof e.sha256.bytes);
    e.first_point = take_number(r, INT64_MAX);
    e.point_count = take_number(r, INT64_MAX);
    if (r->bad || tag != 'E' || flags > FLAGS)
        return corrupt("an item is no entry");
    *out = e;
    return NULL;
}

static bool unpack(struct restart_point *point, const uint8_t *packed, size_t length)
{
    if (length == point->window_length) {
        memcpy(point->window, packed, length);
        return true;
    }
    z_stream z = {.next_in = packed,
                  .avail_in = (unsigned)length,
                  .next_out = point->window,
                  .avail_out = point->window_length};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        abort();
    bool good = inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_out == 0;
    inflateEnd(&z);
    return good;
}

/* The numbers of a point and its window as it is packed. */
static struct err *take_packed_point(struct reading *r, struct restart_point *out,
                                     struct str *out_packed)
{
    uint8_t tag = *take(r, 1);
    out->output = take_number(r, INT64_MAX);
    out->input = take_number(r, INT64_MAX);
    out->member_start = take_number(r, out->output);
    out->bits = *take(r, 1);
    out->crc32 = take_u32(r);
    out->window_length = (uint16_t)take_number(r, RESTART_WINDOW);
    size_t length = (size_t)take_number(r, out->window_length);
    if (r->bad || tag != 'P' || out->bits > 7 || length > r->rest.len)
        return corrupt("an item is no restart point");
    *out_packed = (struct str){(const char *)take(r, length), length};
    return NULL;
}

static struct err *take_point(struct reading *r, struct restart_point *out)
{
    struct str packed = {0};
    TRY(take_packed_point(r, out, &packed));
    return unpack(out, (const uint8_t *)packed.ptr, packed.len)
               ? NULL
               : corrupt("an item is no restart point");
}

static struct err *read_tail(struct entry_index *index)
{
    uint8_t begin[HEAD] = {0};
    uint8_t tail[TAIL] = {0};
    uint64_t numbers[3] = {0};
    uint64_t size = index->source->size;
    if (size < HEAD + BUCKETS * 8 + TAIL)
        return corrupt("it is cut off");
    TRY(source_read(index->source, 0, begin, HEAD));
    TRY(source_read(index->source, size - TAIL, tail, TAIL));
    if (memcmp(begin, ENTRY_INDEX_HEAD, HEAD) != 0 ||
        memcmp(tail + 26, ENTRY_INDEX_HEAD, MARK) != 0 || tail[25] != 0)
        return corrupt("it is none, of another version, or cut off");
    memcpy(numbers, tail, sizeof numbers);
    uint64_t left = size - HEAD - BUCKETS * 8 - TAIL;
    index->directory = be64toh(numbers[0]);
    index->count = be64toh(numbers[1]);
    index->point_count = be64toh(numbers[2]);
    index->container = (enum container)tail[24];
    if (tail[24] > CONTAINER_TAR_GZ || index->directory < HEAD || index->directory - HEAD > left ||
        index->count > left / ROW || index->point_count > left / ROW ||
        index->directory - HEAD + (index->count + index->point_count) * ROW != left)
        return corrupt("its parts do not make up its whole");
    index->points = index->directory + index->count * ROW;
    return NULL;
}

static struct err *read_fan_out(struct entry_index *index)
{
    uint64_t before = 0;
    TRY(source_read(index->source, index->points + index->point_count * ROW, index->fan_out,
                    sizeof index->fan_out));
    for (size_t i = 0; i < BUCKETS; i++) {
        index->fan_out[i] = be64toh(index->fan_out[i]);
        if (index->fan_out[i] < before || index->fan_out[i] > index->count)
            return corrupt("its fan-out is not ascending");
        before = index->fan_out[i];
    }
    return NULL;
}

struct err *entry_index_open(const struct source *source, struct entry_index **out)
{
    autoindex struct entry_index *index = must_calloc(1, sizeof *index);
    index->source = source;
    TRY(read_tail(index));
    TRY(read_fan_out(index));
    *out = TAKE(index);
    return NULL;
}

void entry_index_free(struct entry_index *index)
{
    free(index);
}

void entry_index_drop(struct entry_index **index)
{
    entry_index_free(*index);
    *index = NULL;
}

enum container entry_index_container(const struct entry_index *index)
{
    return index->container;
}

uint64_t entry_index_count(const struct entry_index *index)
{
    return index->count;
}

uint64_t entry_index_points(const struct entry_index *index)
{
    return index->point_count;
}

static struct err *no_such_file(void)
{
    return err_new(ERR_NOT_FOUND, "the package has no such file");
}

/* The entry at a position, if it is the one looked for and not another with the same hash. */
static struct err *read_entry(const struct entry_index *index, uint64_t at, struct str path,
                              struct entry *out)
{
    uint8_t bytes[ENTRY_ITEM_MAX];
    struct reading item = {0};
    struct entry found;
    TRY(read_item(index, at, bytes, sizeof bytes, &item));
    TRY(take_entry(&item, &found));
    if (!str_equal(found.path, path))
        return no_such_file();
    *out = found;
    out->path = path;
    return NULL;
}

struct err *entry_index_find(const struct entry_index *index, struct str path, struct entry *out)
{
    struct path_key wanted = path_key(path, 0);
    unsigned bucket = wanted.bytes[0];
    uint64_t low = bucket > 0 ? index->fan_out[bucket - 1] : 0;
    uint64_t high = index->fan_out[bucket];
    while (low < high) {
        struct path_key row;
        uint64_t middle = low + (high - low) / 2;
        TRY(source_read(index->source, index->directory + middle * ROW, &row, ROW));
        int order = memcmp(row.bytes, wanted.bytes, PATH_KEY_HASH);
        if (order == 0)
            return read_entry(index, path_key_number(row), path, out);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return no_such_file();
}

struct err *entry_index_next(const struct entry_index *index, uint64_t *cursor, struct arena *arena,
                             struct entry *out, struct restart_point *out_point,
                             enum entries_step *out_step)
{
    unfilled uint8_t bytes[POINT_ITEM_MAX];
    struct reading item = {0};
    uint64_t at = *cursor == 0 ? HEAD : *cursor;
    *out_step = ENTRIES_END;
    if (at == index->directory)
        return NULL;
    TRY(read_item(index, at, bytes, sizeof bytes, &item));
    size_t before = item.rest.len;
    if (bytes[0] == 'P') {
        *out_step = ENTRIES_POINT;
        TRY(take_point(&item, out_point));
    } else {
        *out_step = ENTRIES_ENTRY;
        TRY(take_entry(&item, out));
        out->path = arena_str(arena, out->path);
    }
    *cursor = at + (before - item.rest.len);
    return NULL;
}

struct err *entry_index_item(const struct entry_index *index, uint64_t *cursor, struct arena *arena,
                             struct entry_index_item *out)
{
    unfilled uint8_t bytes[POINT_ITEM_MAX];
    struct reading item = {0};
    unfilled struct restart_point point;
    struct str packed = {0};
    uint64_t at = *cursor == 0 ? HEAD : *cursor;
    *out = (struct entry_index_item){.step = ENTRIES_END, .at = at};
    if (at == index->directory)
        return NULL;
    TRY(read_item(index, at, bytes, sizeof bytes, &item));
    size_t before = item.rest.len;
    if (bytes[0] == 'P') {
        TRY(take_packed_point(&item, &point, &packed));
        out->step = ENTRIES_POINT;
        out->output = point.output;
        out->input = point.input;
    } else {
        TRY(take_entry(&item, &out->entry));
        out->step = ENTRIES_ENTRY;
        out->entry.path = arena_str(arena, out->entry.path);
    }
    out->length = before - item.rest.len;
    *cursor = at + out->length;
    return NULL;
}

struct err *entry_index_copy_point(const struct entry_index *index,
                                   const struct entry_index_item *item,
                                   struct entry_index_writer *writer, struct buf *out)
{
    char *at = buf_reserve(out, item->length);
    if (at == NULL)
        return buf_done(out, "the entry index");
    TRY(source_read(index->source, item->at, at, item->length));
    out->len += item->length;
    entry_index_note_point(writer, item->output, item->length);
    return NULL;
}

static struct err *read_point_row(const struct entry_index *index, uint64_t number,
                                  uint64_t *out_output, uint64_t *out_at)
{
    uint64_t row[2] = {0};
    TRY(source_read(index->source, index->points + number * ROW, row, ROW));
    *out_output = be64toh(row[0]);
    *out_at = be64toh(row[1]);
    return NULL;
}

struct err *entry_index_point(const struct entry_index *index, uint64_t first, uint64_t count,
                              uint64_t output, struct restart_point *out, bool *out_found)
{
    uint64_t low = first;
    uint64_t high = first + count;
    uint64_t at = 0;
    if (first > index->point_count || count > index->point_count - first)
        return corrupt("an entry claims restart points that are not there");
    while (low < high) {
        uint64_t before = 0;
        uint64_t position = 0;
        uint64_t middle = low + (high - low) / 2;
        TRY(read_point_row(index, middle, &before, &position));
        if (before <= output) {
            at = position;
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *out_found = low > first;
    if (!*out_found)
        return NULL;
    unfilled uint8_t bytes[POINT_ITEM_MAX];
    struct reading item = {0};
    TRY(read_item(index, at, bytes, sizeof bytes, &item));
    TRY(take_point(&item, out));
    if (out->output > output)
        return corrupt("a restart point is not where its row says");
    return NULL;
}
