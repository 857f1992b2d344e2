/* Time. Swedish local time goes through the C library's zone table: the process runs with
 * TZ=Europe/Stockholm, set once in clock's first use, and UTC conversions use the _r functions that
 * take no zone. */
#include "base/base.h"
#include "base/fault.h"

#include <stdio.h>
#include <time.h>

enum { SECOND = 1000000 };

struct instant clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t us = (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000;
    return (struct instant){.us = us + FAULT_CLOCK_US(), .known = true};
}

int64_t clock_monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000;
}

struct instant instant_add(struct instant at, int64_t us)
{
    at.us += us;
    return at;
}

bool instant_before(struct instant a, struct instant b)
{
    return a.known && b.known && a.us < b.us;
}

/* Reads exactly `digits` digits at *at. */
static bool number(struct str *at, size_t digits, int64_t min, int64_t max, int *out)
{
    int64_t value = 0;
    if (at->len < digits || !str_to_i64(str_slice(*at, 0, digits), min, max, &value) ||
        at->ptr[0] == '-')
        return false;
    *at = str_slice(*at, digits, at->len);
    *out = (int)value;
    return true;
}

static bool skip(struct str *at, char c)
{
    if (at->len == 0 || at->ptr[0] != c)
        return false;
    *at = str_slice(*at, 1, at->len);
    return true;
}

static bool real_date(const struct tm *t)
{
    static const int8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = t->tm_year + 1900;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return t->tm_mday <= days[t->tm_mon] && (t->tm_mon != 1 || t->tm_mday <= 28 || leap);
}

/* Up to six digits after a point, as microseconds. */
static bool fraction(struct str *at, int64_t *out_us)
{
    int64_t us = 0;
    int64_t unit = SECOND;
    if (!skip(at, '.') && !skip(at, ','))
        return true;
    if (at->len == 0 || at->ptr[0] < '0' || at->ptr[0] > '9')
        return false;
    while (at->len > 0 && at->ptr[0] >= '0' && at->ptr[0] <= '9') {
        unit /= 10;
        us += (at->ptr[0] - '0') * unit;
        *at = str_slice(*at, 1, at->len);
    }
    *out_us = us;
    return true;
}

/* Z, or +hh, +hhmm, +hh:mm. */
static bool zone(struct str *at, int64_t *out_seconds)
{
    if (skip(at, 'Z') || skip(at, 'z'))
        return true;
    int sign = skip(at, '+') ? 1 : skip(at, '-') ? -1 : 0;
    int hours = 0;
    int minutes = 0;
    if (sign == 0 || !number(at, 2, 0, 15, &hours))
        return false;
    bool colon = skip(at, ':');
    if ((colon || at->len > 0) && !number(at, 2, 0, 59, &minutes))
        return false;
    *out_seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool instant_parse(struct str text, struct instant *out)
{
    struct tm t = {0};
    int64_t us = 0;
    int64_t offset = 0;
    if (!number(&text, 4, 1, 9999, &t.tm_year) || !skip(&text, '-') ||
        !number(&text, 2, 1, 12, &t.tm_mon) || !skip(&text, '-') ||
        !number(&text, 2, 1, 31, &t.tm_mday))
        return false;
    t.tm_year -= 1900;
    t.tm_mon -= 1;
    if (!(skip(&text, 'T') || skip(&text, 't') || skip(&text, ' ')) ||
        !number(&text, 2, 0, 23, &t.tm_hour) || !skip(&text, ':') ||
        !number(&text, 2, 0, 59, &t.tm_min) || !skip(&text, ':') ||
        !number(&text, 2, 0, 60, &t.tm_sec) || !fraction(&text, &us) || !zone(&text, &offset) ||
        text.len != 0 || !real_date(&t))
        return false;
    *out = (struct instant){.us = ((int64_t)timegm(&t) - offset) * SECOND + us, .known = true};
    return true;
}

bool instant_from_xsd(struct str text, struct instant *out)
{
    enum { TIME = sizeof "2026-01-31" - 1, LONGEST = 100 };
    const struct str end_of_day = S("T24:00:00");
    char begun[LONGEST];
    struct instant at = {0};
    if (!str_equal(str_slice(text, TIME, TIME + end_of_day.len), end_of_day))
        return instant_parse(text, out);
    if (text.len > sizeof begun)
        return false;
    memcpy(begun, text.ptr, text.len);
    memcpy(begun + TIME, "T00", 3);
    if (!instant_parse((struct str){begun, text.len}, &at) || at.us % SECOND != 0)
        return false;
    *out = instant_add(at, INT64_C(24) * 3600 * SECOND);
    return true;
}

/* Whole seconds, rounded towards the past, and the rest. */
static time_t seconds_of(struct instant at, int64_t *out_rest)
{
    int64_t seconds = at.us / SECOND;
    int64_t rest = at.us % SECOND;
    if (rest < 0) {
        seconds--;
        rest += SECOND;
    }
    *out_rest = rest;
    return (time_t)seconds;
}

void instant_print(struct instant at, char out[INSTANT_TEXT])
{
    out[0] = '\0';
    if (!at.known)
        return;
    int64_t rest = 0;
    time_t seconds = seconds_of(at, &rest);
    struct tm t;
    gmtime_r(&seconds, &t);
    int length = snprintf(out, INSTANT_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", t.tm_year + 1900,
                          t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
    if (rest != 0)
        length += snprintf(out + length, INSTANT_TEXT - (size_t)length, ".%06d", (int)rest);
    snprintf(out + length, INSTANT_TEXT - (size_t)length, "Z");
}

__attribute__((constructor)) static void use_swedish_zone(void)
{
    setenv("TZ", "Europe/Stockholm", 1); /* NOLINT(concurrency-mt-unsafe): runs before main */
    tzset();
}

bool instant_from_swedish(struct str text, struct instant *out)
{
    struct tm t = {.tm_isdst = -1};
    bool date_only = text.len == 8;
    if (!(date_only || text.len == 14) || !number(&text, 4, 1900, 2099, &t.tm_year) ||
        !number(&text, 2, 1, 12, &t.tm_mon) || !number(&text, 2, 1, 31, &t.tm_mday))
        return false;
    if (!date_only && (!number(&text, 2, 0, 23, &t.tm_hour) ||
                       !number(&text, 2, 0, 59, &t.tm_min) || !number(&text, 2, 0, 59, &t.tm_sec)))
        return false;
    t.tm_year -= 1900;
    t.tm_mon -= 1;
    if (!real_date(&t))
        return false;
    *out = (struct instant){.us = (int64_t)mktime(&t) * SECOND, .known = true};
    return true;
}

void instant_to_swedish(struct instant at, char out[15])
{
    int64_t rest = 0;
    time_t seconds = seconds_of(at, &rest);
    struct tm t;
    localtime_r(&seconds, &t);
    snprintf(out, 15, "%04u%02u%02u%02u%02u%02u", (unsigned)(t.tm_year + 1900) % 10000U,
             (unsigned)(t.tm_mon + 1) % 100U, (unsigned)t.tm_mday % 100U,
             (unsigned)t.tm_hour % 100U, (unsigned)t.tm_min % 100U, (unsigned)t.tm_sec % 100U);
}

void instant_for_people(struct instant at, char out[INSTANT_FOR_PEOPLE])
{
    char d[15];
    instant_to_swedish(at, d);
    snprintf(out, INSTANT_FOR_PEOPLE, "%.4s-%.2s-%.2s %.2s:%.2s:%.2s", d, d + 4, d + 6, d + 8,
             d + 10, d + 12);
}
