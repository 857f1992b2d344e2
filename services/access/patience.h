/* How many of this process's workers may wait for one identity provider at once: a slow one keeps
 * nobody else from this room. */
#pragma once

#include "base/str.h"
#include "services/access/issuer.h"

#include <stdatomic.h>

enum { PATIENCE_PLACES = 256 };

/* The room's own for its process's life: made at the start, then used by every worker. */
struct access_state {
    struct issuer *issuer;
    /* Who waits, by a digest of the provider's issuer; two that share a place share its bound. */
    atomic_uint waiting[PATIENCE_PLACES];
};

/* May one more wait for this provider, when so many may? Then *out_place is to be given back. */
bool patience_enter(struct access_state *state, struct str provider, unsigned most,
                    size_t *out_place);
void patience_leave(struct access_state *state, size_t place);
/* Half of the workers, and one at least. Pure. */
unsigned patience_most(int32_t workers);
