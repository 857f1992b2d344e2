/* Who waits for which identity provider. */
#include "services/access/patience.h"

#include "base/digest.h"

bool patience_enter(struct access_state *state, struct str provider, unsigned most,
                    size_t *out_place)
{
    size_t place = sha256_of(provider).bytes[0] % PATIENCE_PLACES;
    if (atomic_fetch_add(&state->waiting[place], 1) >= most) {
        atomic_fetch_sub(&state->waiting[place], 1);
        return false;
    }
    *out_place = place;
    return true;
}

void patience_leave(struct access_state *state, size_t place)
{
    atomic_fetch_sub(&state->waiting[place], 1);
}

unsigned patience_most(int32_t workers)
{
    return workers < 4 ? 1 : (unsigned)workers / 2;
}
