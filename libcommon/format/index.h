/* Which signatures can match at all, told by one look at a few places and one pass over the ends of
 * a file; nobody outside this folder includes it.
 *
 * Of each signature the bytes are chosen that say most (its key): best such as stand at the very
 * beginning, then those in a narrow range from an end, then the longest. Keys that may lie anywhere
 * in a wide range are found by two of their bytes. */
#pragma once

#include "format/match.h"

struct key {
    size_t signature;
    const uint8_t *bytes;
    size_t length; /* 0: there are no such bytes, the signature is always tried */
    bool from_tail;
    size_t low; /* where it begins: bytes from the beginning, or before the end */
    size_t high;
    uint16_t next; /* of those with the same two bytes: its place in the list, from 1 */
    uint8_t pair;  /* the first of these two */
};

enum { KEYS_MAX = 60000 };

/* Keys that are found by two of their bytes. */
struct pairs {
    uint16_t *first; /* of 65,536 pairs: a key's place in the list, from 1 */
    struct key *keys;
    size_t count;
    size_t reach; /* how far in, or before the end, any may lie */
};

struct index {
    size_t signatures;
    struct key *at_start[256]; /* those at byte 0, by that byte */
    size_t at_start_count[256];
    struct key *near; /* in a narrow range */
    size_t near_count;
    size_t *always;
    size_t always_count;
    struct pairs head;
    struct pairs tail;
};

/* `count` is at most KEYS_MAX. */
void index_build(struct index *index, const struct signature *signatures, size_t count,
                 struct arena *arena);
/* Sets a bit for each signature that may match. `bits` has room for all of them and is zero. */
void index_candidates(const struct index *index, struct str head, struct str tail, uint8_t *bits);
