/* ZIP records: local header, central header, end; and the deflating of bodies. */
#include "vault/zip_write.h"
#include "base/base.h"

#include <time.h>

#define ZLIB_CONST /* its input pointer is const then, as what we give it */
#include <zlib.h>

enum {
    END64_RECORD = 56,
    ZIP64_EXTRA = 0x0001,
    STORED = 0,
    DEFLATED = 8,
    UTF8_NAMES = 1 << 11,
    VERSION_DEFLATE = 20,
    VERSION_ZIP64 = 45,
    MADE_BY_UNIX = 3 << 8 | VERSION_ZIP64,
    LEVEL = 6,
    CHUNK = 64 * 1024,
};
static const uint32_t FULL = 0xffffffff; /* "the number is in the ZIP64 field" */
static const uint32_t REGULAR_FILE = (uint32_t)0100644 << 16;
/* Above this an entry gets ZIP64 sizes: what does not deflate grows by a part in a thousand, which
 * must still fit 32 bits when the header was made without them. */
static const uint64_t LARGE = 0xf0000000;

static void put(struct buf *out, uint64_t value, size_t width)
{
    for (size_t i = 0; i < width; i++)
        buf_byte(out, (char)(uint8_t)(value >> (8 * i)));
}

static bool large(const struct zip_entry *entry)
{
    return entry->size >= LARGE;
}

/* MS-DOS date and time of the UTC instant; the format begins in 1980 and ends in 2107. */
static uint32_t dos_time(struct instant at)
{
    time_t seconds = (time_t)(at.us / 1000000);
    struct tm t;
    gmtime_r(&seconds, &t);
    int year = t.tm_year - 80;
    if (year < 0)
        return 1 << 21 | 1 << 16;
    if (year > 127)
        year = 127;
    return (uint32_t)year << 25 | (uint32_t)((t.tm_mon + 1) << 21 | t.tm_mday << 16 |
                                             t.tm_hour << 11 | t.tm_min << 5 | t.tm_sec / 2);
}

/* Version needed to length of the name: the same in local and central header. */
static void put_common(const struct zip_entry *entry, struct buf *out)
{
    put(out, large(entry) ? VERSION_ZIP64 : VERSION_DEFLATE, 2);
    put(out, UTF8_NAMES, 2);
    put(out, entry->deflated ? DEFLATED : STORED, 2);
    put(out, dos_time(entry->modified), 4);
    put(out, entry->crc, 4);
    put(out, large(entry) ? FULL : entry->compressed, 4);
    put(out, large(entry) ? FULL : entry->size, 4);
    put(out, entry->name.len, 2);
}

void zip_local_header(const struct zip_entry *entry, struct buf *out)
{
    put(out, 0x04034b50, 4);
    put_common(entry, out);
    put(out, large(entry) ? 20 : 0, 2);
    buf_put(out, entry->name);
    if (!large(entry))
        return;
    put(out, ZIP64_EXTRA, 2);
    put(out, 16, 2);
    put(out, entry->size, 8);
    put(out, entry->compressed, 8);
}

void zip_central_header(const struct zip_entry *entry, struct buf *out)
{
    bool far = entry->header_at >= FULL;
    size_t extra = (large(entry) ? 16U : 0U) + (far ? 8U : 0U);
    put(out, 0x02014b50, 4);
    put(out, MADE_BY_UNIX, 2);
    put_common(entry, out);
    put(out, extra > 0 ? extra + 4 : 0, 2);
    put(out, 0, 2 + 2 + 2); /* comment, disk, internal attributes */
    put(out, REGULAR_FILE, 4);
    put(out, far ? FULL : entry->header_at, 4);
    buf_put(out, entry->name);
    if (extra == 0)
        return;
    put(out, ZIP64_EXTRA, 2);
    put(out, extra, 2);
    if (large(entry)) {
        put(out, entry->size, 8);
        put(out, entry->compressed, 8);
    }
    if (far)
        put(out, entry->header_at, 8);
}

static void put_end64(uint64_t entries, uint64_t at, uint64_t length, struct buf *out)
{
    put(out, 0x06064b50, 4);
    put(out, END64_RECORD - 12, 8);
    put(out, MADE_BY_UNIX, 2);
    put(out, VERSION_ZIP64, 2);
    put(out, 0, 8); /* this disk, disk of the directory */
    put(out, entries, 8);
    put(out, entries, 8);
    put(out, length, 8);
    put(out, at, 8);
    put(out, 0x07064b50, 4); /* its locator */
    put(out, 0, 4);
    put(out, at + length, 8);
    put(out, 1, 4);
}

void zip_end_record(uint64_t entries, uint64_t at, uint64_t length, struct buf *out)
{
    bool many = entries >= 0xffff;
    if (many || at >= FULL || length >= FULL)
        put_end64(entries, at, length, out);
    put(out, 0x06054b50, 4);
    put(out, 0, 4); /* this disk, disk of the directory */
    put(out, many ? 0xffff : entries, 2);
    put(out, many ? 0xffff : entries, 2);
    put(out, length >= FULL ? FULL : length, 4);
    put(out, at >= FULL ? FULL : at, 4);
    put(out, 0, 2); /* comment */
}

uint32_t zip_crc(uint32_t crc, struct str bytes)
{
    return (uint32_t)crc32_z(crc, (const Bytef *)bytes.ptr, bytes.len);
}

/* --- deflating
 * -------------------------------------------------------------------------------------- */

struct zip_deflater {
    z_stream stream;
};

struct zip_deflater *zip_deflater_new(void)
{
    struct zip_deflater *d = must_calloc(1, sizeof *d);
    if (deflateInit2(&d->stream, LEVEL, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        abort(); /* only memory can be missing */
    return d;
}

void zip_deflater_free(struct zip_deflater *d)
{
    if (d == NULL)
        return;
    deflateEnd(&d->stream);
    free(d);
}

void zip_deflate_begin(struct zip_deflater *d)
{
    deflateReset(&d->stream);
}

void zip_deflate(struct zip_deflater *d, struct str bytes, bool last, struct buf *out)
{
    assert(bytes.len <= UINT32_MAX);
    d->stream.next_in = (const Bytef *)bytes.ptr;
    d->stream.avail_in = (uInt)bytes.len;
    do {
        char *room = buf_reserve(out, CHUNK);
        if (room == NULL)
            return; /* the buffer remembers */
        d->stream.next_out = (Bytef *)room;
        d->stream.avail_out = CHUNK;
        int did = deflate(&d->stream, last ? Z_FINISH : Z_NO_FLUSH);
        assert(did != Z_STREAM_ERROR);
        (void)did;
        out->len += CHUNK - d->stream.avail_out;
    } while (d->stream.avail_out == 0);
}
