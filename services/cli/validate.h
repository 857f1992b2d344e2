/* r7 validate, for what makes packages. */
#pragma once

#include "base/base.h"

/* Judges the package at `path` as r7 validate does, without viruses and formats. INVALID when it is
 * not valid; its errors are on standard error then, under the name. As r7 validate ends by 2: it
 * could not be told, as without the schemas. */
MUST_USE struct err *validate_package(const char *path, const char *name);
