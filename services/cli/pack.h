/* r7 pack: what its two files share. The package is the one that text/sip.h tells of, with
 * ROOT/documentation/mapping.json (how to read the content) when the description has mappings. Each
 * file is read once. A million files need no more memory than ten, save for the names of the folder
 * being read. */
#pragma once

#include "base/arena.h"
#include "text/sip.h"

/* Reads `path` (JSON, at most 1 MiB). What it does not say gets its default: a new OBJID, the time
 * now, record status NEW. Strings live in `arena`. */
MUST_USE struct err *description_read(const char *path, struct arena *arena,
                                      struct sip_description *out);
