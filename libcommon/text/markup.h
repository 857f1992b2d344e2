/* XML put together in a stream, for documents that may be too large for a struct buf: text with
 * what XML reserves escaped, and nothing else looked at. What XML cannot carry is kept out by
 * whoever read it. Whether the writing went well is told by the stream. */
#pragma once

#include <stdio.h>

#include "base/str.h"

void markup_text(FILE *out, struct str text);
/* ' NAME="value"' and '<NAME>value</NAME>', both left out when the value is absent. */
void markup_attribute(FILE *out, const char *name, struct str value);
void markup_element(FILE *out, const char *name, struct str value);
/* A path as a URI reference (RFC 3986): everything but unreserved characters and "/" as %XX. */
void markup_href(FILE *out, struct str path);
