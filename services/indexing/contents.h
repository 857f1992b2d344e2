/* All files of a stored package, read in place: gone through in order, found by path, read from any
 * byte on. (vault/package.h reads one file for whoever asks; here a worker reads many.)
 *
 * Paths are those of the container, with the root folder in front; records leave it out. Belongs to
 * one thread. Memory: the entry index when it is small, else some chunks of it; about 500 KiB
 * besides. */
#pragma once

#include "vault/entry_index.h"
#include "vault/package.h"

struct contents;
/* `entries` are the segments of the entry index; none: the container is listed, for which a TAR is
 * read whole (TOO_LARGE past a million files). The parts are taken over, also when it fails. */
struct err *contents_open(struct package_part *delivered, struct package_part *entries,
                          struct contents **out) MUST_USE;
void contents_close(struct contents *contents); /* NULL is fine */

/* The folder that everything lies in, with its '/'; empty when there is none. */
struct str contents_root(const struct contents *contents);
/* By its whole path; NOT_FOUND when there is none. */
struct err *contents_find(struct contents *contents, struct str path, struct entry *out) MUST_USE;
/* The next file after the cursor, which is 0 at first and may be kept for ever. Its path lives in
 * the arena. */
struct err *contents_next(struct contents *contents, uint64_t *cursor, struct arena *arena,
                          struct entry *out, bool *out_more) MUST_USE;
/* The content of a file, until the next call. Reading on is cheap; reading elsewhere costs up to 1
 * MiB of inflating. */
struct source contents_source(struct contents *contents, const struct entry *entry);
/* Has reading failed, of the index or of the last source? Then what is wrong is the vault's copy
 * and not what a file says. */
bool contents_failed(const struct contents *contents);
