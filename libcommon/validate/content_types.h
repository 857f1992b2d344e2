/* Which content information type METS states for which part of a package: a representation's own
 * METS says it of the representation, else the file group in the root METS, else the package's. */
#pragma once

#include "base/arena.h"
#include "content/content.h"
#include "text/mets.h"

struct content_types;

/* What is kept lives in the arena. */
struct content_types *content_types_new(struct arena *arena);
void content_types_free(struct content_types *types);
/* An element of the METS file at this path that opens. The first CONTENT_TYPES_MAX that tell of
 * different parts are kept. */
enum { CONTENT_TYPES_MAX = 20000 };
void content_types_see(struct content_types *types, const struct mets_node *node, struct str mets);
/* After the last was seen. `path` lies below the root folder. */
void content_types_end(struct content_types *types);
enum content_kind content_types_kind(const struct content_types *types, struct str path);
