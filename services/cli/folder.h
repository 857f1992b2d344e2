/* A folder as a package, without making one: its entries as a listing, in the bytewise order of
 * their names, and its files' bytes, one file behind the other, as one source. What a container may
 * not hold (a link, a path that misleads) a folder may not either, by the same rule. Memory: 16
 * bytes a file. */
#pragma once

#include "validate/listing.h"

struct folder;
#define autofolder __attribute__((cleanup(folder_drop)))

/* `scratch` is a folder for what does not fit in memory; it stays the caller's. REJECT with a rule
 * of container_rules.def, its field the place; others: it could not be read. */
MUST_USE struct err *folder_open(const char *path, int scratch, struct folder **out);
void folder_drop(struct folder **folder);
/* An entry index as of a TAR: each file lies as it is at its offset in folder_source. */
const struct source *folder_listing(const struct folder *folder);
/* Reading fails when a file is not as it was when it was listed. */
const struct source *folder_source(const struct folder *folder);
