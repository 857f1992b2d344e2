/* The entry index: form, writer and reader. The form itself is told in the header. */
#include "vault/entry_index.h"
#include "vault/entries_inner.h"

#define ZLIB_CONST
#include <zlib.h>

enum { HEAD = 8, ROW = 16, BUCKETS = 256, TAIL = 32, NUMBER_MAX = 10, CRC = 4 };
enum { FLAG_FOLDER = 1, FLAG_DEFLATE = 2, FLAG_CRC32 = 4, FLAG_SHA256 = 8, FLAGS = 15 };
enum {
    ENTRY_ITEM_MAX = 2 + 6 * NUMBER_MAX + ENTRY_PATH_MAX + CRC + 32,
    POINT_ITEM_MAX = 2 + 5 * NUMBER_MAX + CRC + RESTART_WINDOW,
};

static const char head[HEAD] = {'R', '7', 'e', 'I', 'd', 'x', 0, 1};

/* --- writing
 * ------------------------------------------------------------------------------------------- */

struct entry_index_writer {
    enum container container;
    uint64_t at;         /* bytes written so far */
    uint64_t own_points; /* points since the last entry */
    struct path_set directory;
    uint8_t *points; /* rows, as they are on disk */
    size_t point_count;
    size_t point_capacity;
};

static void put_number(struct buf *b, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        buf_byte(b, (char)(0x80 | (value & 0x7f)));
    buf_byte(b, (char)value);
}

static void put_u32(struct buf *b, uint32_t value)
{
    uint32_t big = htobe32(value);
    buf_put(b, (struct str){(const char *)&big, sizeof big});
}

static void put_u64(struct buf *b, uint64_t value)
{
    uint64_t big = htobe64(value);
    buf_put(b, (struct str){(const char *)&big, sizeof big});
}

static void put_bytes(struct buf *b, const void *bytes, size_t length)
{
    buf_put(b, (struct str){bytes, length});
}

struct entry_index_writer *entry_index_writer_new(enum container container, struct buf *out)
{
    struct entry_index_writer *w = must_calloc(1, sizeof *w);
    w->container = container;
    w->at = HEAD;
    put_bytes(out, head, HEAD);
    return w;
}

void entry_index_writer_free(struct entry_index_writer *w)
{
    if (w == NULL)
        return;
    path_set_free(&w->directory);
    free(w->points);
    free(w);
}

void entry_index_writer_drop(struct entry_index_writer **w)
{
    entry_index_writer_free(*w);
    *w = NULL;
}

static void note_point_row(struct entry_index_writer *w, uint64_t output)
{
    if (w->point_count == w->point_capacity) {
        w->point_capacity = w->point_capacity == 0 ? 256 : w->point_capacity * 2;
        w->points = must_realloc(w->points, w->point_capacity * ROW);
    }
    uint64_t row[2] = {htobe64(output), htobe64(w->at)};
    memcpy(w->points + ROW * w->point_count++, row, ROW);
}

/* The length packed, or that of the window itself when packing gains nothing. */
static size_t pack(const struct restart_point *point, uint8_t out[RESTART_WINDOW])
{
    z_stream z = {.next_in = point->window,
                  .avail_in = point->window_length,
                  .next_out = out,
                  .avail_out = point->window_length};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        abort();
    bool packed = deflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out < point->window_length;
    deflateEnd(&z);
    if (packed)
        return z.total_out;
    memcpy(out, point->window, point->window_length);
    return point->window_length;
}

void entry_index_add_point(struct entry_index_writer *w, const struct restart_point *point,
                           struct buf *out)
{
    uint8_t packed[RESTART_WINDOW];
    size_t length = pack(point, packed);
    size_t before = out->len;
    note_point_row(w, point->output);
    buf_byte(out, 'P');
    put_number(out, point->output);
    put_number(out, point->input);
    put_number(out, point->member_start);
    buf_byte(out, (char)point->bits);
    put_u32(out, point->crc32);
    put_number(out, point->window_length);
    put_number(out, length);
    put_bytes(out, packed, length);
    w->at += out->len - before;
    w->own_points++;
}

void entry_index_add(struct entry_index_writer *w, const struct entry *entry, struct buf *out)
{
    size_t before = out->len;
    bool hashed = !sha256_is_zero(entry->sha256);
    uint64_t own_points = w->container == CONTAINER_TAR_GZ ? 0 : w->own_points;
    path_set_add(&w->directory, path_key(entry->path, w->at));
    buf_byte(out, 'E');
    buf_byte(out, (char)((entry->kind == ENTRY_FOLDER ? FLAG_FOLDER : 0) |
                         (entry->method == ENTRY_DEFLATE ? FLAG_DEFLATE : 0) |
                         (entry->has_crc32 ? FLAG_CRC32 : 0) | (hashed ? FLAG_SHA256 : 0)));
    put_number(out, entry->path.len);
    buf_put(out, entry->path);
    put_number(out, entry->offset);
    put_number(out, entry->stored_length);
    put_number(out, entry->length);
    if (entry->has_crc32)
        put_u32(out, entry->crc32);
    if (hashed)
        put_bytes(out, entry->sha256.bytes, sizeof entry->sha256.bytes);
    put_number(out, own_points > 0 ? w->point_count - own_points : 0);
    put_number(out, own_points);
    w->own_points = 0;
    w->at += out->len - before;
}

static void put_fan_out(const struct path_set *directory, struct buf *out)
{
    size_t rows = 0;
    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
        while (rows < directory->count && directory->keys[rows].bytes[0] <= bucket)
            rows++;
        put_u64(out, rows);
    }
}

struct err *entry_index_end(struct entry_index_writer *w, struct buf *out)
{
    uint64_t first = 0;
    uint64_t second = 0;
    if (!path_set_sort(&w->directory, &first, &second))
        return REFUSE(DUPLICATE, ((struct place){0, 0}), "two entries have the same path");
    if (w->directory.count > 0)
        put_bytes(out, w->directory.keys, w->directory.count * ROW);
    if (w->point_count > 0)
        put_bytes(out, w->points, w->point_count * ROW);
    put_fan_out(&w->directory, out);
    put_u64(out, w->at);
    put_u64(out, w->directory.count);
    put_u64(out, w->point_count);
    buf_byte(out, (char)w->container);
    buf_byte(out, 0);
    put_bytes(out, head, HEAD - 2);
    return NULL;
}

/* --- reading
 * ------------------------------------------------------------------------------------------- */

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

/* The item at `at`, as many bytes as it can at most have. */
static struct err *read_item(const struct entry_index *index, uint64_t at, uint8_t *bytes,
                             size_t max, struct reading *out)
{
    if (at < HEAD || at >= index->directory)
        return corrupt("a position lies outside the items");
    uint64_t left = index->directory - at;
    size_t length = left < max ? (size_t)left : max;
    TRY(source_read(index->source, at, bytes, length));
    *out = (struct reading){.rest = {(const char *)bytes, length}};
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

static struct err *take_point(struct reading *r, struct restart_point *out)
{
    uint8_t tag = *take(r, 1);
    out->output = take_number(r, INT64_MAX);
    out->input = take_number(r, INT64_MAX);
    out->member_start = take_number(r, out->output);
    out->bits = *take(r, 1);
    out->crc32 = take_u32(r);
    out->window_length = (uint16_t)take_number(r, RESTART_WINDOW);
    size_t length = (size_t)take_number(r, out->window_length);
    if (r->bad || tag != 'P' || out->bits > 7 || length > r->rest.len ||
        !unpack(out, take(r, length), length))
        return corrupt("an item is no restart point");
    return NULL;
}

static struct err *read_tail(struct entry_index *index)
{
    uint8_t begin[HEAD];
    uint8_t tail[TAIL];
    uint64_t numbers[3];
    uint64_t size = index->source->size;
    if (size < HEAD + BUCKETS * 8 + TAIL)
        return corrupt("it is cut off");
    TRY(source_read(index->source, 0, begin, HEAD));
    TRY(source_read(index->source, size - TAIL, tail, TAIL));
    if (memcmp(begin, head, HEAD) != 0 || memcmp(tail + 26, head, HEAD - 2) != 0 || tail[25] != 0)
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
        if (order == 0) {
            uint8_t bytes[ENTRY_ITEM_MAX];
            struct reading item;
            TRY(read_item(index, path_key_number(row), bytes, sizeof bytes, &item));
            struct entry found;
            TRY(take_entry(&item, &found));
            if (!str_equal(found.path, path))
                break;
            *out = found;
            out->path = path;
            return NULL;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return err_new(ERR_NOT_FOUND, "the package has no such file");
}

struct err *entry_index_next(const struct entry_index *index, uint64_t *cursor, struct arena *arena,
                             struct entry *out, struct restart_point *out_point,
                             enum entries_step *out_step)
{
    uint8_t bytes[POINT_ITEM_MAX];
    struct reading item;
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

static struct err *read_point_row(const struct entry_index *index, uint64_t number,
                                  uint64_t *out_output, uint64_t *out_at)
{
    uint64_t row[2];
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
    uint8_t bytes[POINT_ITEM_MAX];
    struct reading item;
    TRY(read_item(index, at, bytes, sizeof bytes, &item));
    TRY(take_point(&item, out));
    if (out->output > output)
        return corrupt("a restart point is not where its row says");
    return NULL;
}
