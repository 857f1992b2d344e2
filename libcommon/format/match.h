/* Matching compiled signatures against the ends of a file; nobody outside this folder includes it.
 */
#pragma once

#include "format/format.h"
#include "format/pattern.h"

/* One "InternalSignature": all its sequences must match. */
struct signature {
    struct byte_sequence *sequences;
    size_t count;
    size_t weight; /* of all patterns */
};

/* The bytes that are looked at, and how much work is left: one step for each place that is tried.
 * What spends it all was made to. */
struct matcher {
    struct str head;
    struct str tail;
    uint64_t effort;
};
enum { MATCH_EFFORT = 64 * 1024 * 1024 };

/* False also when effort has come to 0. */
bool signature_matches(const struct signature *signature, struct matcher *m);
