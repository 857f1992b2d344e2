/* What the two steps of identification share; nobody outside this folder includes it. */
#pragma once

#include "format/signatures.h"

/* A format that something matched, and how much that says. */
struct hit {
    const struct known_format *format;
    size_t weight;
};
/* Each format once, the heaviest first; among equals in the order of the signature file. */
struct hits {
    struct hit *at;
    size_t count;
};
void hits_add(struct hits *hits, struct hit hit, struct arena *arena);
/* Less those that others have priority over; by extension all. */
void hits_to_result(const struct hits *hits, enum format_basis basis, struct arena *arena,
                    struct format_result *out);
struct err *effort_spent(void) __attribute__((returns_nonnull));
