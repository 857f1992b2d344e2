/* Values of elements and attributes by their form, as XML Schema and RIV-TA write them. */
#include "base/base.h"
#include "content/grammar.h"

static bool digits(struct str *rest, size_t count)
{
    if (rest->len < count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (rest->ptr[i] < '0' || rest->ptr[i] > '9')
            return false;
    *rest = str_slice(*rest, count, rest->len);
    return true;
}

static size_t count_digits(struct str *rest)
{
    size_t count = 0;
    while (digits(rest, 1))
        count++;
    return count;
}

static bool sign(struct str *rest, const char *any)
{
    if (rest->len == 0 || strchr(any, rest->ptr[0]) == NULL || rest->ptr[0] == '\0')
        return false;
    *rest = str_slice(*rest, 1, rest->len);
    return true;
}

/* Two digits, a number from `first` to `last`. */
static bool two_digits(struct str *rest, int first, int last)
{
    struct str text = *rest;
    if (!digits(rest, 2))
        return false;
    int value = 10 * (text.ptr[0] - '0') + text.ptr[1] - '0';
    return value >= first && value <= last;
}

/* At most 14 hours from UTC. */
static bool is_zone(struct str rest)
{
    struct str most = str_slice(rest, 1, rest.len);
    return rest.len == 0 || str_equal(rest, S("Z")) ||
           (sign(&rest, "+-") &&
            (str_equal(most, S("14:00")) || (two_digits(&rest, 0, 13) && sign(&rest, ":") &&
                                             two_digits(&rest, 0, 59) && rest.len == 0)));
}

/* Four digits or more, then no zero first; there is no year 0. Out: its last four digits, which
 * tell leap years. */
static bool is_year(struct str *rest, int *out)
{
    sign(rest, "-");
    struct str text = *rest;
    size_t length = 0;
    bool any = false;
    *out = 0;
    for (; digits(rest, 1); length++) {
        any |= text.ptr[length] != '0';
        *out = (10 * *out + text.ptr[length] - '0') % 10000;
    }
    return any && (length == 4 || (length > 4 && text.ptr[0] != '0'));
}

static bool is_day(struct str *rest)
{
    static const uint8_t last[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 0;
    if (!is_year(rest, &year) || !sign(rest, "-") || rest->len < 2)
        return false;
    size_t month = (size_t)(10 * (rest->ptr[0] - '0') + rest->ptr[1] - '0') - 1;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return two_digits(rest, 1, 12) && sign(rest, "-") &&
           two_digits(rest, 1, last[month] + (month == 1 && leap));
}

/* Midnight may be 24:00:00. */
static bool is_time_of_day(struct str *rest)
{
    bool midnight = str_starts(*rest, S("24:00:00"));
    if (!two_digits(rest, 0, midnight ? 24 : 23) || !sign(rest, ":") || !two_digits(rest, 0, 59) ||
        !sign(rest, ":") || !two_digits(rest, 0, 59))
        return false;
    if (!sign(rest, "."))
        return true;
    bool zero = true;
    size_t count = 0;
    for (struct str text = *rest; digits(rest, 1); count++)
        zero = zero && text.ptr[count] == '0';
    return count > 0 && (zero || !midnight);
}

/* xs:date, xs:dateTime and xs:time. */
static bool is_moment(struct str text, bool date, bool time)
{
    if (date && !is_day(&text))
        return false;
    if (date && time && !sign(&text, "T"))
        return false;
    return (!time || is_time_of_day(&text)) && is_zone(text);
}

static bool is_stamp(struct str text)
{
    return two_digits(&text, 19, 20) && digits(&text, 2) && two_digits(&text, 1, 12) &&
           two_digits(&text, 1, 31) && two_digits(&text, 0, 23) && two_digits(&text, 0, 59) &&
           two_digits(&text, 0, 59) && text.len == 0;
}

/* -?YYYY, -?YYYYMM or -?YYYYMMDD */
static bool is_part_of_date(struct str text)
{
    sign(&text, "-");
    return digits(&text, 4) &&
           (text.len == 0 || (two_digits(&text, 1, 12) &&
                              (text.len == 0 || (two_digits(&text, 1, 31) && text.len == 0))));
}

static bool is_integer(struct str text)
{
    sign(&text, "+-");
    return count_digits(&text) > 0 && text.len == 0;
}

/* A sign, digits, a point, more digits; one digit at least. */
static bool is_decimal(struct str *rest)
{
    sign(rest, "+-");
    size_t whole = count_digits(rest);
    size_t part = sign(rest, ".") ? count_digits(rest) : 0;
    return whole + part > 0;
}

static bool is_float(struct str text)
{
    if (str_equal(text, S("INF")) || str_equal(text, S("-INF")) || str_equal(text, S("NaN")))
        return true;
    if (!is_decimal(&text))
        return false;
    if (!sign(&text, "eE"))
        return text.len == 0;
    sign(&text, "+-");
    return count_digits(&text) > 0 && text.len == 0;
}

/* Numbers, each with one of the letters, which come in that order; false when something else
 * stands there. Out: how many there were. */
static bool take_parts(struct str *rest, const char *letters, size_t *out)
{
    for (*out = 0; rest->len > 0 && rest->ptr[0] != 'T'; ++*out) {
        if (count_digits(rest) == 0)
            return false;
        bool seconds = sign(rest, ".");
        if ((seconds && count_digits(rest) == 0) || rest->len == 0)
            return false;
        const char *letter = strchr(letters, rest->ptr[0]);
        if (letter == NULL || *letter == '\0' || (seconds && *letter != 'S'))
            return false;
        letters = letter + 1;
        *rest = str_slice(*rest, 1, rest->len);
    }
    return true;
}

static bool is_duration(struct str text)
{
    size_t days = 0;
    size_t hours = 0;
    sign(&text, "-");
    if (!sign(&text, "P") || !take_parts(&text, "YMD", &days))
        return false;
    if (!sign(&text, "T"))
        return days > 0;
    return take_parts(&text, "HMS", &hours) && hours > 0 && text.len == 0;
}

static bool is_boolean(struct str text)
{
    return str_equal(text, S("true")) || str_equal(text, S("false")) || str_equal(text, S("0")) ||
           str_equal(text, S("1"));
}

bool grammar_is_one_of(const char *const *values, struct str text)
{
    for (; values != NULL && *values != NULL; values++)
        if (str_equal(text, str_from(*values)))
            return true;
    return values == NULL;
}

bool grammar_value_fits(enum grammar_value value, struct str text)
{
    switch (value) {
    case VALUE_ANY:
    case VALUE_SOME:
    case VALUE_BASE64:
    case VALUE_SIMPLE:
    case VALUE_HEX:
        return true;
    case VALUE_FULL:
        return text.len > 0;
    case VALUE_NONE:
        return text.len == 0;
    case VALUE_INTEGER:
        return is_integer(text);
    case VALUE_BOOLEAN:
        return is_boolean(text);
    case VALUE_DATE:
        return is_moment(text, true, false);
    case VALUE_TIME:
        return is_moment(text, true, true);
    case VALUE_STAMP:
        return is_stamp(text);
    case VALUE_PART_OF_DATE:
        return is_part_of_date(text);
    case VALUE_DECIMAL:
        return is_decimal(&text) && text.len == 0;
    case VALUE_FLOAT:
        return is_float(text);
    case VALUE_TIME_OF_DAY:
        return is_moment(text, false, true);
    case VALUE_DURATION:
        return is_duration(text);
    }
    return true;
}

/* --- base64 */

/* The letters whose last 2 or 4 bits are no part of the last byte: they are zero. */
static bool may_be_last(char letter, size_t letters)
{
    static const char *const last[] = {[2] = "AQgw", [3] = "AEIMQUYcgkosw048"};
    return letters == 0 || (letters > 1 && strchr(last[letters], letter) != NULL);
}

void grammar_base64_add(struct grammar_base64 *b, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '+' || c == '/';
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
            continue;
        if (c == '=') {
            b->bad |= b->pads == 2 || (b->pads == 0 && !may_be_last(b->last, b->letters));
            b->pads++;
            continue;
        }
        b->bad |= !letter || b->pads > 0;
        b->last = c;
        b->letters = (b->letters + 1) % 4;
    }
}

bool grammar_base64_is_good(const struct grammar_base64 *b)
{
    return !b->bad && (b->letters + b->pads) % 4 == 0 && (b->letters > 0 || b->pads == 0);
}
