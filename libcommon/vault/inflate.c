/* zlib underneath, always in its raw form: gzip's headers and trailers are read here, so that a
 * restart point in the middle of a member can still check the member's end. */
#include "vault/inflate.h"
#include "vault/entries_inner.h"

#define ZLIB_CONST
#include <zlib.h>

enum { GZIP_CRC = 2, GZIP_EXTRA = 4, GZIP_NAME = 8, GZIP_COMMENT = 16, GZIP_RESERVED = 0xe0 };

struct inflater {
    struct inflate_stream stream;
    z_stream z;     /* next_in and avail_in point into `in` */
    bool begun;     /* z has been made */
    bool in_member; /* between a header and its trailer */
    bool ended;
    bool broken; /* an error came; only a new start helps */
    bool has_point;
    uint64_t input; /* the next byte to fetch */
    uint64_t output;
    uint64_t member_start;
    uint64_t last_point; /* output at the newest one */
    uint32_t crc32;
    struct restart_point point;
    uint8_t in[RESTART_WINDOW];
    uint8_t skipped[RESTART_WINDOW];
};

struct inflater *inflater_new(void)
{
    return must_calloc(1, sizeof(struct inflater));
}

void inflater_free(struct inflater *inflater)
{
    if (inflater == NULL)
        return;
    if (inflater->begun)
        inflateEnd(&inflater->z);
    free(inflater);
}

/* zlib fails here only without memory or by a mistake of ours. */
static void must(int result)
{
    if (result != Z_OK)
        abort();
}

static struct place here(const struct inflater *f)
{
    return (struct place){0, f->input - f->z.avail_in};
}

static struct err *fill(struct inflater *f)
{
    uint64_t left = f->stream.end - f->input;
    size_t length = left < sizeof f->in ? (size_t)left : sizeof f->in;
    if (f->z.avail_in > 0)
        return NULL;
    TRY(source_read(f->stream.source, f->input, f->in, length));
    f->input += length;
    f->z.next_in = f->in;
    f->z.avail_in = (unsigned)length;
    return NULL;
}

static struct err *take(struct inflater *f, size_t length, uint8_t *out)
{
    for (size_t i = 0; i < length; i++) {
        TRY(fill(f));
        if (f->z.avail_in == 0)
            return REFUSE(TRUNCATED, here(f), "the gzip header or trailer is cut off");
        out[i] = *f->z.next_in++;
        f->z.avail_in--;
    }
    return NULL;
}

static struct err *take_text(struct inflater *f)
{
    uint8_t c = 0;
    do
        TRY(take(f, 1, &c));
    while (c != 0);
    return NULL;
}

static struct err *take_header(struct inflater *f)
{
    uint8_t h[10] = {0};
    uint8_t pair[2] = {0};
    uint8_t byte = 0;
    TRY(take(f, sizeof h, h));
    if (h[0] != 0x1f || h[1] != 0x8b)
        return f->output > 0
                   ? REFUSE(TRAILING, here(f), "bytes that are not gzip follow the gzip data")
                   : REFUSE(CORRUPT, here(f), "there is no gzip header");
    if (h[2] != Z_DEFLATED || (h[3] & GZIP_RESERVED) != 0)
        return REFUSE(METHOD, here(f), "the gzip header names another method than deflate");
    if ((h[3] & GZIP_EXTRA) != 0) {
        TRY(take(f, sizeof pair, pair));
        for (unsigned i = 0; i < le16(pair); i++)
            TRY(take(f, 1, &byte));
    }
    if ((h[3] & GZIP_NAME) != 0)
        TRY(take_text(f));
    if ((h[3] & GZIP_COMMENT) != 0)
        TRY(take_text(f));
    return (h[3] & GZIP_CRC) != 0 ? take(f, sizeof pair, pair) : NULL;
}

static struct err *take_trailer(struct inflater *f)
{
    uint8_t t[8] = {0};
    TRY(take(f, sizeof t, t));
    if (le32(t) != f->crc32)
        return REFUSE(CHECKSUM, here(f),
                      "the inflated bytes do not have the checksum that gzip states");
    if (le32(t + 4) != (uint32_t)(f->output - f->member_start))
        return REFUSE(LENGTH, here(f),
                      "the inflated bytes do not have the length that gzip states");
    return NULL;
}

/* The byte before the point has upper bits that are not used yet. */
static struct err *prime(struct inflater *f, const struct restart_point *point)
{
    uint8_t byte = 0;
    TRY(source_read(f->stream.source, point->input - 1, &byte, 1));
    must(inflatePrime(&f->z, point->bits, byte >> (8 - point->bits)));
    return NULL;
}

struct err *inflater_start(struct inflater *f, const struct inflate_stream *stream,
                           const struct restart_point *point)
{
    must(f->begun ? inflateReset(&f->z) : inflateInit2(&f->z, -MAX_WBITS));
    f->begun = true;
    f->stream = *stream;
    f->z.avail_in = 0;
    f->ended = f->broken = f->has_point = false;
    f->in_member = point != NULL || stream->wrap == INFLATE_RAW;
    f->input = point != NULL ? point->input : stream->start;
    f->output = f->last_point = point != NULL ? point->output : 0;
    f->member_start = point != NULL ? point->member_start : 0;
    f->crc32 = point != NULL ? point->crc32 : 0;
    if (point == NULL)
        return NULL;
    if (f->input <= stream->start || f->input > stream->end)
        return REFUSE(CORRUPT, here(f), "a restart point lies outside its data");
    if (point->bits > 0)
        TRY(prime(f, point));
    if (point->window_length > 0)
        must(inflateSetDictionary(&f->z, point->window, point->window_length));
    return NULL;
}

/* Between two deflate blocks, or before the first of a member. */
static void note_point(struct inflater *f)
{
    if (f->has_point || f->output - f->last_point < RESTART_SPACING)
        return;
    unsigned window_length = 0;
    must(inflateGetDictionary(&f->z, f->point.window, &window_length));
    f->point.output = f->last_point = f->output;
    f->point.input = f->input - f->z.avail_in;
    f->point.member_start = f->member_start;
    f->point.crc32 = f->crc32;
    f->point.bits = (uint8_t)(f->z.data_type & 7);
    f->point.window_length = (uint16_t)window_length;
    f->has_point = true;
}

static struct err *begin_member(struct inflater *f)
{
    TRY(fill(f));
    if (f->z.avail_in == 0 && f->input > f->stream.start) {
        f->ended = true;
        return NULL;
    }
    TRY(take_header(f));
    must(inflateReset(&f->z));
    f->z.data_type = 0; /* no bits are left over from the member before */
    f->crc32 = 0;
    f->member_start = f->output;
    f->in_member = true;
    note_point(f);
    return NULL;
}

static struct err *end_stream(struct inflater *f)
{
    f->in_member = false;
    if (f->stream.wrap == INFLATE_GZIP)
        return take_trailer(f);
    f->ended = true;
    if (f->input - f->z.avail_in != f->stream.end)
        return REFUSE(LENGTH, here(f), "the compressed data end before the length stated for them");
    return NULL;
}

/* Inflates to the end of the block, of the input at hand, or of `length`; whichever comes first. */
static struct err *inflate_some(struct inflater *f, uint8_t *out, size_t length, size_t *out_got)
{
    TRY(fill(f));
    unsigned room = length < 1 << 30 ? (unsigned)length : 1 << 30;
    unsigned before = f->z.avail_in;
    f->z.next_out = out;
    f->z.avail_out = room;
    int result = inflate(&f->z, Z_BLOCK);
    size_t got = room - f->z.avail_out;
    f->crc32 = (uint32_t)crc32_z(f->crc32, out, got);
    f->output += got;
    *out_got = got;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return REFUSE(CORRUPT, here(f), "the compressed data are damaged");
    if (result == Z_STREAM_END)
        return end_stream(f);
    if (got == 0 && before == 0)
        return REFUSE(TRUNCATED, here(f), "the compressed data are cut off");
    if ((f->z.data_type & 128) != 0 && (f->z.data_type & 64) == 0)
        note_point(f);
    if (f->stream.limits != NULL)
        return growth_check(f->stream.limits, here(f), f->output, f->input - f->stream.start);
    return NULL;
}

struct err *inflater_read(struct inflater *f, void *out, size_t length, size_t *out_got)
{
    size_t done = 0;
    while (done < length && !f->ended) {
        size_t got = 0;
        struct err *e = f->in_member ? inflate_some(f, (uint8_t *)out + done, length - done, &got)
                                     : begin_member(f);
        f->broken = e != NULL;
        TRY(e);
        done += got;
    }
    *out_got = done;
    return NULL;
}

struct err *inflater_skip(struct inflater *f, uint64_t output, bool to_point)
{
    while (f->output < output && !f->ended && !(to_point && f->has_point)) {
        size_t got = 0;
        uint64_t left = output - f->output;
        TRY(inflater_read(f, f->skipped,
                          left < sizeof f->skipped ? (size_t)left : sizeof f->skipped, &got));
    }
    return NULL;
}

bool inflater_is_on(const struct inflater *f, uint64_t start)
{
    return f->begun && !f->broken && f->stream.start == start;
}

uint64_t inflater_output(const struct inflater *f)
{
    return f->output;
}

uint32_t inflater_crc32(const struct inflater *f)
{
    return f->crc32;
}

const struct restart_point *inflater_point(const struct inflater *f)
{
    return f->has_point ? &f->point : NULL;
}

void inflater_point_taken(struct inflater *f)
{
    f->has_point = false;
}
