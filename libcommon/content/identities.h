/* Names of a document, as hashes: is one there twice, does a link lead to one? 16 bytes each. Of
 * more than IDENTITIES_MAX nothing is said. */
#pragma once

#include "content/content.h"

enum { IDENTITIES_MAX = 4000000 };

struct identity {
    uint64_t hash;
    int64_t line;
};
struct identities {
    struct identity *at;
    size_t count;
    size_t capacity;
    bool too_many;
};

void identities_free(struct identities *list);
void identities_add(struct identities *list, struct str name, int64_t line);
/* Before the next two. */
void identities_sort(struct identities *list);
/* The rule is broken at each line whose name has come before. */
void identities_check_unique(const struct identities *sorted, enum content_rule rule,
                             const struct content_report *report);
/* How many different names there are. */
size_t identities_distinct(const struct identities *sorted);
/* The names that are this one, one behind the other; NULL and 0 when there are none. */
struct identity *identities_find(const struct identities *sorted, struct str name,
                                 size_t *out_count);
bool identities_have(const struct identities *sorted, struct identity name);
