/* Packed records: lengths and numbers big-endian. */
#include "validate/packed.h"
#include "base/base.h"

#include <endian.h>

enum { LENGTH = sizeof(uint32_t), AHEAD = 2 * (PACKED_MAX + LENGTH) };

size_t packed_begin(struct buf *out)
{
    buf_put(out, (struct str){"\0\0\0\0", LENGTH});
    return out->len - (out->failed ? 0 : LENGTH);
}

void packed_end(struct buf *out, size_t record)
{
    if (out->failed)
        return;
    size_t length = out->len - record - LENGTH;
    assert(length <= PACKED_MAX);
    uint32_t big = htobe32((uint32_t)length);
    memcpy(out->ptr + record, &big, LENGTH);
}

void packed_number(struct buf *out, uint64_t value)
{
    uint64_t big = htobe64(value);
    buf_put(out, (struct str){(const char *)&big, sizeof big});
}

void packed_text(struct buf *out, struct str text)
{
    uint32_t big = htobe32(text.ptr != NULL ? (uint32_t)text.len : UINT32_MAX);
    buf_put(out, (struct str){(const char *)&big, LENGTH});
    buf_put(out, text.ptr != NULL ? text : S(""));
}

static const char *take(struct packed *r, size_t length)
{
    static const char zeros[sizeof(uint64_t)];
    if (r->bad || length > r->rest.len) {
        r->bad = true;
        return zeros;
    }
    const char *at = r->rest.ptr;
    r->rest = str_slice(r->rest, length, r->rest.len);
    return at;
}

static uint32_t take_length(struct packed *r)
{
    uint32_t big;
    memcpy(&big, take(r, LENGTH), LENGTH);
    return be32toh(big);
}

uint64_t packed_take_number(struct packed *r)
{
    uint64_t big;
    memcpy(&big, take(r, sizeof big), sizeof big);
    return be64toh(big);
}

struct str packed_take_text(struct packed *r)
{
    uint32_t length = take_length(r);
    if (r->bad || length == UINT32_MAX)
        return (struct str){0};
    const char *at = take(r, length);
    return r->bad ? (struct str){0} : (struct str){at, length};
}

static struct err *corrupt(void)
{
    return err_new(ERR_CORRUPT, "a file that validation sealed makes no sense");
}

struct err *packed_done(const struct packed *r)
{
    return r->bad ? corrupt() : NULL;
}

struct packed_reader {
    const struct source *source;
    uint64_t at; /* the next record */
    uint64_t to;
    uint64_t from; /* where `ahead` begins */
    size_t length;
    char ahead[AHEAD];
};

struct packed_reader *packed_reader_new(const struct source *source, uint64_t from, uint64_t to)
{
    /* Not cleared: of `ahead` nothing is read that was not written. */
    struct packed_reader *r = must_realloc(NULL, sizeof *r);
    r->source = source;
    r->at = r->from = from;
    r->to = to;
    r->length = 0;
    return r;
}

void packed_reader_free(struct packed_reader *r)
{
    free(r);
}

/* `length` bytes at r->at. */
static struct err *look(struct packed_reader *r, size_t length, struct str *out)
{
    if (length > r->to - r->at)
        return corrupt();
    if (r->at - r->from + length > r->length) {
        uint64_t left = r->to - r->at;
        size_t fetched = left < AHEAD ? (size_t)left : AHEAD;
        TRY(source_read(r->source, r->at, r->ahead, fetched));
        r->from = r->at;
        r->length = fetched;
    }
    *out = (struct str){r->ahead + (r->at - r->from), length};
    return NULL;
}

struct err *packed_next(struct packed_reader *r, struct packed *out, bool *out_more)
{
    struct str bytes = {0};
    *out_more = r->at < r->to;
    if (!*out_more)
        return NULL;
    TRY(look(r, LENGTH, &bytes));
    struct packed head = {.rest = bytes};
    size_t length = take_length(&head);
    if (length > PACKED_MAX)
        return corrupt();
    TRY(look(r, LENGTH + length, &bytes));
    *out = (struct packed){.rest = str_slice(bytes, LENGTH, bytes.len)};
    r->at += LENGTH + length;
    return NULL;
}
