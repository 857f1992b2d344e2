/* Bytes that a unit of work writes and reads again and that end with it: in memory while they are
 * few, then in a file sealed with a key that only this unit has. So nothing is asked of room `keys`
 * for them, a small package touches no disk for them, and what a crash leaves cannot be read. */
#pragma once

#include "vault/source.h"

struct spool;

/* `folder`, where its file would lie, stays the caller's and outlives the spool. */
struct spool *spool_new(int folder);
void spool_free(struct spool *spool); /* NULL is fine */
MUST_USE struct err *spool_add(struct spool *spool, struct str bytes);
/* Ends the writing; may be asked again. The source lives as long as the spool. */
MUST_USE struct err *spool_end(struct spool *spool, struct source *out);
