/* What kind of file it is, by its first bytes, and by the name only for what bytes do not tell.
 * Knows what retired systems deliver as documents; the archive's own format identification is room
 * validation's. */
#pragma once

#include "base/str.h"

/* A media type (RFC 6838) without parameters; "application/octet-stream" when nothing fits.
 * "text/plain" is only said of well-formed UTF-8. `bytes` may be the beginning of the file, 64 KiB
 * or all of it. */
struct str media_type_of(struct str path, struct str bytes);
