/* A set of names that costs 8 to 16 bytes a name whatever its length: 60 bits of a hash and 4 bits
 * of tag are kept, not the name. Two different names out of a million are taken for one with a
 * probability of 4 in 10 million; a supplier who builds such a pair misleads the report on its own
 * package and nothing else. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct id_set {
    uint64_t *slots; /* 0: empty */
    size_t count;
    size_t capacity;
};

/* Zeroed is empty. */
void id_set_free(struct id_set *set);
/* Adds the name or adds the tag's bits (1 to 15) to it; returns the bits it had, 0 when it is new.
 */
unsigned id_set_put(struct id_set *set, struct str name, unsigned tag);
/* As id_set_put for the name in ASCII lower case. */
unsigned id_set_put_folded(struct id_set *set, struct str name, unsigned tag);
unsigned id_set_get(const struct id_set *set, struct str name); /* 0: not there */
unsigned id_set_get_folded(const struct id_set *set, struct str name);
/* How many names have exactly `value` of the bits in `mask`. */
size_t id_set_count(const struct id_set *set, unsigned mask, unsigned value);
