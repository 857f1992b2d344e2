/* JSON in its one canonical form, RFC 8785: the same value gives the same bytes, whoever writes it.
 */
#include "base/base.h"
#include "text/json.h"

#include <jansson.h>

enum { DIGITS = 17, EXPONENT_LEAST = -6, EXPONENT_MOST = 21 };

/* --- numbers, as ECMAScript's Number::toString (ECMA-262, 6.1.6.1.20) */

/* The fewest digits that are read as the same double, and the place of its point behind them. */
static void shortest(double value, char digits[DIGITS + 1], int *out_point)
{
    char text[40];
    for (int precision = 0; precision < DIGITS; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    size_t count = 0;
    const char *at = text;
    for (; *at != 'e'; at++)
        if (*at != '.')
            digits[count++] = *at;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = '\0';
    *out_point = (int)strtol(at + 1, NULL, 10) + 1;
}

static void put_zeros(struct buf *out, int count)
{
    while (count-- > 0)
        buf_byte(out, '0');
}

static void put_number(double value, struct buf *out)
{
    char digits[DIGITS + 1];
    int point = 0;
    if (value < 0)
        buf_byte(out, '-');
    if (value == 0) {
        buf_byte(out, '0');
        return;
    }
    shortest(value < 0 ? -value : value, digits, &point);
    int count = (int)strlen(digits);
    if (point > EXPONENT_MOST || point <= EXPONENT_LEAST) {
        buf_byte(out, digits[0]);
        if (count > 1)
            buf_format(out, ".%s", digits + 1);
        buf_format(out, "e%+d", point - 1);
    } else if (point <= 0) {
        buf_put(out, S("0."));
        put_zeros(out, -point);
        buf_put(out, str_from(digits));
    } else {
        buf_format(out, "%.*s", point, digits);
        put_zeros(out, point - count);
        if (count > point)
            buf_format(out, ".%s", digits + point);
    }
}

/* --- strings: only what JSON cannot hold is escaped (RFC 8785, 3.2.2.2) */

void json_canonical_string(struct str text, struct buf *out)
{
    static const char *const escaped[0x20] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};
    size_t from = 0;
    buf_byte(out, '"');
    for (size_t i = 0; i <= text.len; i++) {
        const uint8_t c = i < text.len ? (uint8_t)text.ptr[i] : 0;
        if (i < text.len && c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_put(out, str_slice(text, from, i));
        from = i + 1;
        if (i == text.len)
            break;
        if (c >= 0x20)
            buf_format(out, "\\%c", c);
        else if (escaped[c] != NULL)
            buf_put(out, str_from(escaped[c]));
        else
            buf_format(out, "\\u%04x", c);
    }
    buf_byte(out, '"');
}

/* --- names, in the order of their UTF-16 units */

/* UTF-8 sorts as code points do; in UTF-16 those from U+10000 (first byte from F0) come before
 * U+E000 (first byte EE). */
static int utf16_weight(uint8_t byte)
{
    enum { FIRST_AFTER_SURROGATES = 0xEE, FIRST_OF_PAIRS = 0xF0, SPAN = 0x10 };
    if (byte < FIRST_AFTER_SURROGATES)
        return byte;
    return byte < FIRST_OF_PAIRS ? byte + SPAN : byte - SPAN / 8;
}

static int by_utf16(const void *a, const void *b)
{
    const uint8_t *one = *(const uint8_t *const *)a;
    const uint8_t *two = *(const uint8_t *const *)b;
    while (*one != 0 && *one == *two)
        one++, two++;
    return utf16_weight(*one) - utf16_weight(*two);
}

static void put_value(const json_t *value, struct buf *out);

static void put_object(const json_t *object, struct buf *out)
{
    size_t count = 0;
    autofree const char **names = must_calloc(json_object_size(object) + 1, sizeof *names);
    for (void *at = json_object_iter((json_t *)(uintptr_t)object); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)object, at))
        names[count++] = json_object_iter_key(at);
    qsort(names, count, sizeof *names, by_utf16);
    buf_byte(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_byte(out, ',');
        json_canonical_string(str_from(names[i]), out);
        buf_byte(out, ':');
        put_value(json_object_get(object, names[i]), out);
    }
    buf_byte(out, '}');
}

/* As deep as jansson reads (2,048). */
static void put_value(const json_t *value, struct buf *out)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        put_object(value, out);
        return;
    case JSON_ARRAY:
        buf_byte(out, '[');
        for (size_t i = 0; i < json_array_size(value); i++) {
            if (i > 0)
                buf_byte(out, ',');
            put_value(json_array_get(value, i), out);
        }
        buf_byte(out, ']');
        return;
    case JSON_STRING:
        json_canonical_string((struct str){json_string_value(value), json_string_length(value)},
                              out);
        return;
    case JSON_INTEGER:
    case JSON_REAL:
        put_number(json_number_value(value), out);
        return;
    case JSON_TRUE:
        buf_put(out, S("true"));
        return;
    case JSON_FALSE:
        buf_put(out, S("false"));
        return;
    case JSON_NULL:
        buf_put(out, S("null"));
        return;
    }
}

struct err *json_canonical(struct str text, struct buf *out)
{
    json_error_t where;
    json_auto_t *root =
        json_loadb(text.ptr != NULL ? text.ptr : "", text.len,
                   JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &where);
    if (root == NULL)
        return err_new(ERR_INVALID, "not valid JSON: line %d column %d: %s", where.line,
                       where.column, where.text);
    put_value(root, out);
    return buf_done(out, "canonical JSON");
}
