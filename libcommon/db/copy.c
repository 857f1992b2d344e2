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

void copy_int2(struct buf *out, int16_t value)
{
    big_endian(out, 2, 4);
    big_endian(out, (uint16_t)value, 2);
}

void copy_int4(struct buf *out, int32_t value)
{
    big_endian(out, 4, 4);
    big_endian(out, (uint32_t)value, 4);
}

static void sized(struct buf *out, struct str bytes)
{
    big_endian(out, bytes.len, 4);
    buf_put(out, bytes);
}

void copy_value(struct buf *out, struct value v)
{
    if (v.null) {
        big_endian(out, UINT32_MAX, 4);
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
    case FIELD_UUIDS:
        assert(!"lists are not copied in bulk");
    }
}
