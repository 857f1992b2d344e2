/* What kind of file it is (RFC 6838), by its first bytes and else by its name. Knows what retired
 * systems deliver; identifying formats for preservation is room validation's. */
#pragma once

#include "base/str.h"

struct media {
    const char *type; /* without parameters; "application/octet-stream" when nothing fits */
    bool compressed;  /* gains nothing from being compressed again */
};

enum { MEDIA_FIRST_BYTES = 256 }; /* what is looked at, if the file has so many */

struct media media_of(struct str name, struct str first_bytes);
