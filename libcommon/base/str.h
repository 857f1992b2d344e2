/* Strings are a pointer and a length, passed by value. They are never owned: whoever made the bytes
 * (an arena, a buffer, a literal) decides how long they live. ptr NULL is "absent", len 0 "empty".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *ptr;
    size_t len;
};

/* A literal as a struct str; works in static initialisers. */
#define S(literal)                                                                                 \
    (struct str)                                                                                   \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
/* A macro's value as a literal, for a text that is made of literals. */
#define TEXT_OF(value)  TEXT_OF_(value)
#define TEXT_OF_(value) #value
/* For "%.*s" in a format. */
#define STR_ARG(s) (int)(s).len, (s).ptr != NULL ? (s).ptr : ""

struct str str_from(const char *text); /* NULL becomes the absent string */
bool str_equal(struct str a, struct str b);
bool str_equal_nocase(struct str a, struct str b);  /* ASCII letters only */
int str_compare(struct str a, struct str b);        /* bytewise, as memcmp; shorter first */
int str_compare_nocase(struct str a, struct str b); /* the same, of ASCII letters in either case */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_slice(struct str s, size_t from, size_t to); /* clipped to the string */
struct str str_trim(struct str s);                          /* ASCII white space at both ends */
struct str str_trim_start(struct str s);                    /* before the first other */
/* Position of the first occurrence, or s.len. */
size_t str_find(struct str s, char c);
/* Cuts `*rest` at the first separator; returns the part before it and leaves the part after in
 * `*rest`. When none is left `*rest` becomes absent. Returns false when `*rest` was already absent.
 */
bool str_cut(struct str *rest, char separator, struct str *out_part);
bool str_is_utf8(struct str s); /* well-formed UTF-8 (RFC 3629), no NUL */

/* The whole string as a decimal number inside [min, max]; false leaves *out alone. */
bool str_to_i64(struct str s, int64_t min, int64_t max, int64_t *out);
bool str_to_u64(struct str s, uint64_t max, uint64_t *out);

/* Hexadecimal, lower case. `out` has room for 2 * length bytes and gets no NUL. */
void hex_encode(const uint8_t *bytes, size_t length, char *out);
bool hex_decode(struct str hex, uint8_t *out, size_t length); /* needs exactly 2 * length digits */
