/* ZIP (APPNOTE.TXT 6.3.10): local header, body, central directory, ZIP64 where a number needs it.
 */
#include "container_write.h"

#include <time.h>

enum {
    LOCAL_HEADER = 30,
    CENTRAL_HEADER = 46,
    END_RECORD = 22,
    END64_RECORD = 56,
    END64_LOCATOR = 20,
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

/* A record being put together; none is longer than its largest fixed part and extra field. */
struct record {
    uint8_t bytes[128];
    size_t length;
};

static void put(struct record *r, uint64_t value, size_t width)
{
    for (size_t i = 0; i < width; i++)
        r->bytes[r->length++] = (uint8_t)(value >> (8 * i));
}

static bool large(const struct container *c)
{
    return c->size >= LARGE;
}

static uint64_t body_length(const struct container *c)
{
    return container_size(c) - c->body_at;
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

/* Version needed to CRC and sizes: the same in local and central header. */
static void put_common(const struct container *c, uint64_t compressed, struct record *r)
{
    put(r, large(c) ? VERSION_ZIP64 : VERSION_DEFLATE, 2);
    put(r, UTF8_NAMES, 2);
    put(r, c->deflated ? DEFLATED : STORED, 2);
    put(r, dos_time(c->modified), 4);
    put(r, c->crc, 4);
    put(r, large(c) ? FULL : compressed, 4);
    put(r, large(c) ? FULL : c->size, 4);
    put(r, c->name_length, 2);
}

static struct record local_header(const struct container *c, uint64_t compressed)
{
    struct record r = {.length = 0};
    put(&r, 0x04034b50, 4);
    put_common(c, compressed, &r);
    put(&r, large(c) ? 20 : 0, 2);
    return r;
}

static struct record local_extra(const struct container *c, uint64_t compressed)
{
    struct record r = {.length = 0};
    if (!large(c))
        return r;
    put(&r, ZIP64_EXTRA, 2);
    put(&r, 16, 2);
    put(&r, c->size, 8);
    put(&r, compressed, 8);
    return r;
}

struct err *zip_begin(struct container *c, bool compress)
{
    c->deflated = compress && c->size > 0;
    c->crc = 0;
    const struct record header = local_header(c, 0);
    const struct record extra = local_extra(c, 0);
    TRY(container_write(c, header.bytes, header.length));
    TRY(container_write(c, c->name, c->name_length));
    TRY(container_write(c, extra.bytes, extra.length));
    c->body_at = container_size(c);
    if (!c->deflated)
        return NULL;
    int good = c->deflate.state == NULL
                   ? deflateInit2(&c->deflate, LEVEL, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY)
                   : deflateReset(&c->deflate);
    if (good != Z_OK)
        abort(); /* only memory can be missing */
    return NULL;
}

static struct err *deflate_bytes(struct container *c, struct str bytes, int flush)
{
    uint8_t out[CHUNK];
    c->deflate.next_in = (const Bytef *)bytes.ptr;
    c->deflate.avail_in = (uInt)bytes.len;
    do {
        c->deflate.next_out = out;
        c->deflate.avail_out = sizeof out;
        if (deflate(&c->deflate, flush) == Z_STREAM_ERROR)
            return ERR_BUG_AT("deflate was called out of order");
        TRY(container_write(c, out, sizeof out - c->deflate.avail_out));
    } while (c->deflate.avail_out == 0);
    return NULL;
}

struct err *zip_add(struct container *c, struct str bytes)
{
    assert(bytes.len <= UINT32_MAX);
    c->crc = (uint32_t)crc32_z(c->crc, (const Bytef *)bytes.ptr, bytes.len);
    if (!c->deflated)
        return container_write(c, bytes.ptr, bytes.len);
    return deflate_bytes(c, bytes, Z_NO_FLUSH);
}

static struct record central_header(const struct container *c, uint64_t compressed)
{
    bool far = c->header_at >= FULL;
    struct record r = {.length = 0};
    put(&r, 0x02014b50, 4);
    put(&r, MADE_BY_UNIX, 2);
    put_common(c, compressed, &r);
    size_t extra = (large(c) ? 16U : 0U) + (far ? 8U : 0U);
    put(&r, extra > 0 ? extra + 4 : 0, 2);
    put(&r, 0, 2 + 2 + 2); /* comment, disk, internal attributes */
    put(&r, REGULAR_FILE, 4);
    put(&r, far ? FULL : c->header_at, 4);
    return r;
}

static struct record central_extra(const struct container *c, uint64_t compressed)
{
    bool far = c->header_at >= FULL;
    struct record r = {.length = 0};
    if (!large(c) && !far)
        return r;
    put(&r, ZIP64_EXTRA, 2);
    put(&r, (large(c) ? 16U : 0U) + (far ? 8U : 0U), 2);
    if (large(c)) {
        put(&r, c->size, 8);
        put(&r, compressed, 8);
    }
    if (far)
        put(&r, c->header_at, 8);
    return r;
}

struct err *zip_end(struct container *c)
{
    if (c->deflated)
        TRY(deflate_bytes(c, S(""), Z_FINISH));
    uint64_t compressed = body_length(c);
    const struct record header = local_header(c, compressed);
    const struct record extra = local_extra(c, compressed);
    TRY(container_patch(c, c->header_at, header.bytes, header.length));
    if (extra.length > 0)
        TRY(container_patch(c, c->body_at - extra.length, extra.bytes, extra.length));
    const struct record central = central_header(c, compressed);
    const struct record more = central_extra(c, compressed);
    fwrite(central.bytes, 1, central.length, c->central);
    fwrite(c->name, 1, c->name_length, c->central);
    fwrite(more.bytes, 1, more.length, c->central);
    c->entries++;
    return NULL;
}

static struct err *copy_central(struct container *c)
{
    char chunk[CHUNK];
    TRY(spool_rewind(c->central));
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, c->central)) > 0;)
        TRY(container_write(c, chunk, got));
    if (ferror(c->central) != 0)
        return err_errno(ERR_STORAGE, "could not read the list of entries again");
    return NULL;
}

static struct record end64(const struct container *c, uint64_t at, uint64_t length)
{
    struct record r = {.length = 0};
    put(&r, 0x06064b50, 4);
    put(&r, END64_RECORD - 12, 8);
    put(&r, MADE_BY_UNIX, 2);
    put(&r, VERSION_ZIP64, 2);
    put(&r, 0, 8); /* this disk, disk of the directory */
    put(&r, c->entries, 8);
    put(&r, c->entries, 8);
    put(&r, length, 8);
    put(&r, at, 8);
    put(&r, 0x07064b50, 4); /* its locator */
    put(&r, 0, 4);
    put(&r, at + length, 8);
    put(&r, 1, 4);
    assert(r.length == END64_RECORD + END64_LOCATOR);
    return r;
}

struct err *zip_finish(struct container *c)
{
    uint64_t at = container_size(c);
    TRY(copy_central(c));
    uint64_t length = container_size(c) - at;
    bool many = c->entries >= 0xffff;
    if (many || at >= FULL || length >= FULL) {
        const struct record r = end64(c, at, length);
        TRY(container_write(c, r.bytes, r.length));
    }
    struct record r = {.length = 0};
    put(&r, 0x06054b50, 4);
    put(&r, 0, 4); /* this disk, disk of the directory */
    put(&r, many ? 0xffff : c->entries, 2);
    put(&r, many ? 0xffff : c->entries, 2);
    put(&r, length >= FULL ? FULL : length, 4);
    put(&r, at >= FULL ? FULL : at, 4);
    put(&r, 0, 2); /* comment */
    assert(r.length == END_RECORD);
    return container_write(c, r.bytes, r.length);
}
