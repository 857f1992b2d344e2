/* Strings by pointer and length, and the numbers and bytes written in them. */
#include "base/base.h"

struct str str_from(const char *text)
{
    return (struct str){text, text != NULL ? strlen(text) : 0};
}

bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool str_equal_nocase(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

int str_compare(struct str a, struct str b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared != 0 ? memcmp(a.ptr, b.ptr, shared) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

int str_compare_nocase(struct str a, struct str b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        int order = (unsigned char)lower(a.ptr[i]) - (unsigned char)lower(b.ptr[i]);
        if (order != 0)
            return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len &&
           str_equal((struct str){s.ptr + (s.len - suffix.len), suffix.len}, suffix);
}

struct str str_slice(struct str s, size_t from, size_t to)
{
    to = to < s.len ? to : s.len;
    from = from < to ? from : to;
    return (struct str){s.ptr + from, to - from};
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim_start(struct str s)
{
    while (s.len > 0 && is_space(s.ptr[0]))
        s = (struct str){s.ptr + 1, s.len - 1};
    return s;
}

struct str str_trim(struct str s)
{
    s = str_trim_start(s);
    while (s.len > 0 && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

size_t str_find(struct str s, char c)
{
    const char *found = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
    return found != NULL ? (size_t)(found - s.ptr) : s.len;
}

bool str_cut(struct str *rest, char separator, struct str *out_part)
{
    if (rest->ptr == NULL)
        return false;
    size_t at = str_find(*rest, separator);
    *out_part = str_slice(*rest, 0, at);
    *rest = at < rest->len ? str_slice(*rest, at + 1, rest->len) : (struct str){0};
    return true;
}

/* Length of the well-formed sequence at `p`, 0 when there is none (RFC 3629 table in section 4). */
static size_t utf8_sequence(const uint8_t *p, size_t left)
{
    if (p[0] < 0x80)
        return p[0] != 0;
    size_t length = p[0] >= 0xc2 && p[0] <= 0xdf   ? 2
                    : (p[0] & 0xf0) == 0xe0        ? 3
                    : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
                                                   : 0;
    if (length == 0 || length > left)
        return 0;
    uint8_t low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    uint8_t high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

bool str_is_utf8(struct str s)
{
    const uint8_t *p = (const uint8_t *)s.ptr;
    for (size_t at = 0; at < s.len;) {
        size_t length = utf8_sequence(p + at, s.len - at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

bool str_to_u64(struct str s, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9' || __builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.ptr[i] - '0'), &value))
            return false;
    }
    if (value > max)
        return false;
    *out = value;
    return true;
}

bool str_to_i64(struct str s, int64_t min, int64_t max, int64_t *out)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    uint64_t magnitude = 0;
    if (!str_to_u64(negative ? str_slice(s, 1, s.len) : s, (uint64_t)INT64_MAX, &magnitude))
        return false;
    int64_t value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    if (value < min || value > max)
        return false;
    *out = value;
    return true;
}

void hex_encode(const uint8_t *bytes, size_t length, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(struct str hex, uint8_t *out, size_t length)
{
    if (hex.len != 2 * length)
        return false;
    for (size_t i = 0; i < length; i++) {
        int high = hex_digit(hex.ptr[2 * i]);
        int low = hex_digit(hex.ptr[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
