/* Text encodings of retired systems. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/* Windows-1252 in UTF-8 (WHATWG's table: 81, 8D, 8F, 90 and 9D, which mean nothing, and NUL become
 * U+FFFD). ASCII is returned as it is, not copied. */
struct str windows_1252_to_utf8(struct str text, struct arena *arena);
