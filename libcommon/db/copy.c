/* The binary form of rows for COPY. */
#include "db/copy.h"
#include "base/base.h"

/* Days from 1970-01-01 to PostgreSQL's epoch, 2000-01-01. */
static const int64_t EPOCH_US = (int64_t)10957 * 86400 * 1000000;

static void big_endian(struct buf *out, uint64_t value, size_t size)
{
    char bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(value >> (8 * (size - 1 - i)));
    buf_put(out, (struct str){bytes, size});
}

void copy_row(struct buf *out, int16_t columns)
{
    big_endian(out, (uint16_t)columns, 2);
}

static void sized(struct buf *out, struct str bytes)
{
    big_endian(out, bytes.len, 4);
    buf_put(out, bytes);
}

static void copy_null(struct buf *out)
{
    big_endian(out, UINT32_MAX, 4);
}

/* An array of one dimension: dimensions, a null among them?, type of its elements, how many, from
 * which index; then each element with its length. */
static void copy_strings(struct buf *out, const struct strs *list)
{
    enum { TEXT_OID = 25, HEAD = 20 };
    size_t length = HEAD;
    for (size_t i = 0; i < list->count; i++)
        length += 4 + list->at[i].len;
    const uint32_t head[] = {(uint32_t)length, 1, 0, TEXT_OID, (uint32_t)list->count, 1};
    for (size_t i = 0; i < COUNT(head); i++)
        big_endian(out, head[i], 4);
    for (size_t i = 0; i < list->count; i++)
        sized(out, list->at[i]);
}

void copy_value(struct buf *out, struct value v)
{
    if (v.null) {
        copy_null(out);
        return;
    }
    switch (v.type) {
    case FIELD_STR:
    case FIELD_BYTES:
        sized(out, v.str);
        return;
    case FIELD_I64:
    case FIELD_I32:
        big_endian(out, 8, 4);
        big_endian(out, (uint64_t)v.i64, 8);
        return;
    case FIELD_BOOL:
        big_endian(out, 1, 4);
        buf_byte(out, v.boolean ? 1 : 0);
        return;
    case FIELD_UUID:
        sized(out, (struct str){(const char *)v.uuid.bytes, sizeof v.uuid.bytes});
        return;
    case FIELD_INSTANT:
        big_endian(out, 8, 4);
        big_endian(out, (uint64_t)(v.instant.us - EPOCH_US), 8);
        return;
    case FIELD_SHA256:
        sized(out, (struct str){(const char *)v.sha256.bytes, sizeof v.sha256.bytes});
        return;
    case FIELD_JSON: /* jsonb: version byte 1, then text */
        big_endian(out, v.str.len + 1, 4);
        buf_byte(out, 1);
        buf_put(out, v.str);
        return;
    case FIELD_STRS:
        if (v.strs.count == 0)
            copy_null(out);
        else
            copy_strings(out, &v.strs);
        return;
    case FIELD_UUIDS:
        assert(!"lists of UUIDs are not copied in bulk");
    }
}
