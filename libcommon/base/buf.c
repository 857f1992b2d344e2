/* The bounded, latching buffer. */
#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>

struct buf buf_new(size_t limit)
{
    return (struct buf){.limit = limit};
}

void buf_free(struct buf *b)
{
    free(b->ptr);
    *b = buf_new(b->limit);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

void buf_cut(struct buf *b, size_t length)
{
    b->failed = false;
    if (length >= b->len)
        return;
    b->len = length;
    b->ptr[length] = '\0';
}

char *buf_reserve(struct buf *b, size_t length)
{
    if (b->failed || length > b->limit || b->len > b->limit - length) {
        b->failed = true;
        return NULL;
    }
    size_t needed = b->len + length + 1;
    if (needed > b->capacity) {
        size_t capacity = b->capacity < 256 ? 256 : b->capacity * 2;
        b->capacity = capacity < needed ? needed : capacity;
        b->ptr = must_realloc(b->ptr, b->capacity);
    }
    return b->ptr + b->len;
}

void buf_put(struct buf *b, struct str s)
{
    char *at = buf_reserve(b, s.len);
    if (at == NULL)
        return;
    if (s.len > 0)
        memcpy(at, s.ptr, s.len);
    b->len += s.len;
    b->ptr[b->len] = '\0';
}

void buf_byte(struct buf *b, char c)
{
    buf_put(b, (struct str){&c, 1});
}

void buf_format(struct buf *b, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *at = length >= 0 ? buf_reserve(b, (size_t)length) : NULL;
    if (at != NULL) {
        vsnprintf(at, (size_t)length + 1, format, again);
        b->len += (size_t)length;
    }
    va_end(again);
}

void buf_hex(struct buf *b, const uint8_t *bytes, size_t length)
{
    char *at = buf_reserve(b, 2 * length);
    if (at == NULL)
        return;
    hex_encode(bytes, length, at);
    b->len += 2 * length;
    b->ptr[b->len] = '\0';
}

void buf_base64(struct buf *b, struct str bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *at = buf_reserve(b, (bytes.len + 2) / 3 * 4);
    if (at == NULL)
        return;
    const uint8_t *in = (const uint8_t *)bytes.ptr;
    for (size_t i = 0; i < bytes.len; i += 3, at += 4) {
        size_t left = bytes.len - i;
        uint32_t group = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                         (left > 2 ? in[i + 2] : 0);
        at[0] = digits[group >> 18];
        at[1] = digits[group >> 12 & 63];
        at[2] = left > 1 ? digits[group >> 6 & 63] : '=';
        at[3] = left > 2 ? digits[group & 63] : '=';
    }
    b->len += (bytes.len + 2) / 3 * 4;
    b->ptr[b->len] = '\0';
}

void buf_base64url(struct buf *b, struct str bytes)
{
    size_t from = b->len;
    buf_base64(b, bytes);
    if (b->failed)
        return;
    buf_cut(b, from + (bytes.len * 8 + 5) / 6);
    for (char *at = b->ptr + from; at < b->ptr + b->len; at++)
        *at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
}

void buf_percent(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '.' || c == '_' || c == '~')
            buf_byte(b, (char)c);
        else
            buf_format(b, "%%%02X", c);
    }
}

struct str buf_str(const struct buf *b)
{
    return (struct str){b->ptr != NULL ? b->ptr : "", b->len};
}

struct err *buf_done(const struct buf *b, const char *what)
{
    return b->failed ? err_new(ERR_TOO_LARGE, "%s is over %zu bytes", what, b->limit) : NULL;
}
