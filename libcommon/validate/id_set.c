/* Open addressing over hashes; doubles at three quarters. */
#include "validate/id_set.h"
#include "base/base.h"

enum { TAG_MASK = 15, FIRST_CAPACITY = 64 };

static uint64_t hash_of(struct str name, bool folded)
{
    uint64_t hash = 0xcbf29ce484222325U; /* FNV-1a */
    for (size_t i = 0; i < name.len; i++) {
        uint8_t byte = (uint8_t)name.ptr[i];
        if (folded && byte >= 'A' && byte <= 'Z')
            byte = (uint8_t)(byte + 32);
        hash = (hash ^ byte) * 0x100000001b3U;
    }
    hash ^= hash >> 32; /* its low bits are weak */
    hash *= 0x9e3779b97f4a7c15U;
    hash &= ~(uint64_t)TAG_MASK;
    return hash != 0 ? hash : TAG_MASK + 1;
}

/* The slot of the hash, or the empty one where it belongs. */
static uint64_t *slot_of(const struct id_set *set, uint64_t hash)
{
    size_t at = (hash >> 20) & (set->capacity - 1);
    while (set->slots[at] != 0 && (set->slots[at] & ~(uint64_t)TAG_MASK) != hash)
        at = (at + 1) & (set->capacity - 1);
    return &set->slots[at];
}

static void grow(struct id_set *set)
{
    struct id_set larger = {.count = set->count,
                            .capacity = set->capacity != 0 ? 2 * set->capacity : FIRST_CAPACITY};
    larger.slots = must_calloc(larger.capacity, sizeof *larger.slots);
    for (size_t i = 0; i < set->capacity; i++)
        if (set->slots[i] != 0)
            *slot_of(&larger, set->slots[i] & ~(uint64_t)TAG_MASK) = set->slots[i];
    free(set->slots);
    *set = larger;
}

static unsigned put(struct id_set *set, uint64_t hash, unsigned tag)
{
    assert(tag >= 1 && tag <= TAG_MASK);
    if (4 * (set->count + 1) > 3 * set->capacity)
        grow(set);
    uint64_t *slot = slot_of(set, hash);
    unsigned before = *slot & TAG_MASK;
    set->count += *slot == 0;
    *slot = hash | before | tag;
    return before;
}

static unsigned get(const struct id_set *set, uint64_t hash)
{
    return set->capacity == 0 ? 0 : *slot_of(set, hash) & TAG_MASK;
}

void id_set_free(struct id_set *set)
{
    free(set->slots);
    *set = (struct id_set){0};
}

unsigned id_set_put(struct id_set *set, struct str name, unsigned tag)
{
    return put(set, hash_of(name, false), tag);
}

unsigned id_set_put_folded(struct id_set *set, struct str name, unsigned tag)
{
    return put(set, hash_of(name, true), tag);
}

unsigned id_set_get(const struct id_set *set, struct str name)
{
    return get(set, hash_of(name, false));
}

unsigned id_set_get_folded(const struct id_set *set, struct str name)
{
    return get(set, hash_of(name, true));
}

size_t id_set_count(const struct id_set *set, unsigned mask, unsigned value)
{
    size_t count = 0;
    for (size_t i = 0; i < set->capacity; i++)
        count += set->slots[i] != 0 && (set->slots[i] & mask) == value;
    return count;
}
