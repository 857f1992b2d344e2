/* Writing an entry index, from front to back. */
#include "vault/entries_inner.h"
#include "vault/entry_index.h"
#include "vault/entry_index_form.h"

#define ZLIB_CONST
#include <zlib.h>

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
    put_bytes(out, ENTRY_INDEX_HEAD, HEAD);
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

void entry_index_note_point(struct entry_index_writer *w, uint64_t output, size_t length)
{
    if (w->point_count == w->point_capacity) {
        w->point_capacity = w->point_capacity == 0 ? 256 : w->point_capacity * 2;
        w->points = must_realloc(w->points, w->point_capacity * ROW);
    }
    uint64_t row[2] = {htobe64(output), htobe64(w->at)};
    memcpy(w->points + ROW * w->point_count++, row, ROW);
    w->at += length;
    w->own_points++;
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
    buf_byte(out, 'P');
    put_number(out, point->output);
    put_number(out, point->input);
    put_number(out, point->member_start);
    buf_byte(out, (char)point->bits);
    put_u32(out, point->crc32);
    put_number(out, point->window_length);
    put_number(out, length);
    put_bytes(out, packed, length);
    entry_index_note_point(w, point->output, out->len - before);
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
    put_bytes(out, ENTRY_INDEX_HEAD, MARK);
    return NULL;
}
