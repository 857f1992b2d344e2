/* Instants (UTC, microseconds) and their RFC 3339 form. The zero value is "not known". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct instant {
    int64_t us; /* microseconds since 1970-01-01T00:00:00Z */
    bool known;
};

enum { INSTANT_TEXT = 40, INSTANT_FOR_PEOPLE = 20 };

struct instant clock_now(void);
int64_t clock_monotonic_us(void); /* for durations only; goes on while the machine sleeps */
struct instant instant_add(struct instant at, int64_t us);
bool instant_before(struct instant a, struct instant b); /* false when either is not known */

/* RFC 3339 with zone, or PostgreSQL's "2026-01-31 12:00:00.5+00"; years 0001 to 9999. */
bool instant_parse(struct str text, struct instant *out);
/* xs:dateTime with zone: as instant_parse, and 24:00:00, with no fraction but zero, is the end of
 * the day (XML Schema 1.0, part 2, 3.2.7). */
bool instant_from_xsd(struct str text, struct instant *out);
/* "2026-01-31T12:00:00.000000Z"; fractions are left out when zero. Empty when not known. */
void instant_print(struct instant at, char out[INSTANT_TEXT]);

/* Swedish local time, as RIV-TA and most retired systems write it: YYYYMMDD or YYYYMMDDhhmmss in
 * the zone Europe/Stockholm as it applied then. A date alone is its first second. False outside
 * 1900–2099. */
bool instant_from_swedish(struct str text, struct instant *out);
/* 14 digits YYYYMMDDhhmmss and a NUL. */
void instant_to_swedish(struct instant at, char out[15]);
/* The same as people write it: "2026-01-31 13:00:00". */
void instant_for_people(struct instant at, char out[INSTANT_FOR_PEOPLE]);
