/* Where each file of a package stands in its listing, by its path below the root folder: exactly,
 * and, for what METS may have meant, without regard to case and to how its letters are composed.
 * Memory: 16 bytes an entry, and 16 more once something was looked for without case. */
#pragma once

#include "validate/listing.h"

struct lookup;

/* `listing` outlives it. */
struct lookup *lookup_new(struct listing *listing);
void lookup_free(struct lookup *l); /* NULL is fine */
/* Each entry with its whole path, before anything else. */
void lookup_add(struct lookup *l, const struct entry *entry, uint64_t place);
/* After the last. REJECT (container_duplicate_name) when two have the same path. */
MUST_USE struct err *lookup_end(struct lookup *l);
/* The folder that everything lies in, which outlives it; empty when nothing is around the package;
 * absent, as it is at first, when there is none: then nothing is found. */
void lookup_below_root(struct lookup *l, struct str root);

/* Where in an entry's path what lies below the root folder begins; 0 for the folder itself and what
 * lies outside of it. */
size_t lookup_below(const struct lookup *l, struct str path);
/* The file of this path below the root folder; false when there is no such file. */
bool lookup_find(const struct lookup *l, struct str path, uint64_t *out_place);
/* Is there a file of this whole path? */
bool lookup_is_file(const struct lookup *l, struct str whole);
/* A file of another path that is the same text, composed or decomposed (text/composed.h), as a
 * whole; its path is *out_path, in the arena. */
bool lookup_find_composed(const struct lookup *l, struct str path, struct arena *arena,
                          struct str *out_path, uint64_t *out_place);
/* One whose path differs in upper and lower case or in how its letters are composed, and in nothing
 * else, the first in the listing; its path, below the root folder, lives in the arena. */
MUST_USE struct err *lookup_find_folded(struct lookup *l, struct str path, struct arena *arena,
                                        struct str *out_path, uint64_t *out_place, bool *out_found);
