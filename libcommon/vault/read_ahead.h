/* A source that reads ahead of another: small files that lie one behind the other in a container
 * cost a read of 32 KiB together, not one each. For a source all of whose bytes can be had (the
 * sealed bytes of a part of a package are not). Belongs to one thread. */
#pragma once

#include "vault/source.h"

struct read_ahead;

/* `source` must outlive it. */
struct read_ahead *read_ahead_new(const struct source *source);
void read_ahead_free(struct read_ahead *ahead);
struct source read_ahead_source(struct read_ahead *ahead);
