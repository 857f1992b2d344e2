/* Text encodings of retired systems. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/* Windows-1252 in UTF-8 (WHATWG's table: 81, 8D, 8F, 90 and 9D, which mean nothing, and NUL become
 * U+FFFD). ASCII is returned as it is, not copied. */
struct str windows_1252_to_utf8(struct str text, struct arena *arena);

/* UTF-16 on its way to UTF-8. Zeroed: a byte order mark tells the order, and without one the first
 * byte of each two is the higher (RFC 2781, 4.3); with `little` it is the lower. */
struct utf16 {
    bool little;
    bool begun;
    bool halved; /* the last piece ended inside a unit … */
    uint8_t half;
    uint16_t high; /* … or of a pair */
};
/* The next bytes; how many were written to `out`, which has room for 3 for each 2 and 3 more. The
 * byte order mark is left out, half a pair is U+FFFD, and what the end cuts off is lost. */
size_t utf16_to_utf8(struct utf16 *state, struct str piece, char *out);
