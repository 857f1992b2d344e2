/* Hashes of names, sorted where they are compared. */
#include "content/identities.h"

#include "base/base.h"
#include "base/digest.h"
#include "content/inside.h"

void identities_free(struct identities *list)
{
    free(list->at);
    *list = (struct identities){0};
}

static uint64_t hash_of(struct str name)
{
    uint64_t hash;
    memcpy(&hash, sha256_of(name).bytes, sizeof hash);
    return hash;
}

void identities_add(struct identities *list, struct str name, int64_t line)
{
    if (list->count == IDENTITIES_MAX) {
        list->too_many = true;
        return;
    }
    GROW(list->at, list->count, list->capacity);
    list->at[list->count++] = (struct identity){hash_of(name), line};
}

static int compare_identities(const void *a, const void *b)
{
    const struct identity *left = a;
    const struct identity *right = b;
    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    return (left->line > right->line) - (left->line < right->line);
}

static int compare_hashes(const void *a, const void *b)
{
    const struct identity *left = a;
    const struct identity *right = b;
    return (left->hash > right->hash) - (left->hash < right->hash);
}

void identities_sort(struct identities *list)
{
    if (list->count > 0)
        qsort(list->at, list->count, sizeof *list->at, compare_identities);
}

void identities_check_unique(const struct identities *sorted, enum content_rule rule,
                             const struct content_report *report)
{
    for (size_t i = 1; i < sorted->count; i++)
        if (sorted->at[i].hash == sorted->at[i - 1].hash)
            content_fault(report,
                          &(struct content_fault){.rule = rule, .line = sorted->at[i].line});
}

size_t identities_distinct(const struct identities *sorted)
{
    size_t count = sorted->count > 0;
    for (size_t i = 1; i < sorted->count; i++)
        count += sorted->at[i].hash != sorted->at[i - 1].hash;
    return count;
}

bool identities_have(const struct identities *sorted, struct identity name)
{
    return sorted->count > 0 &&
           bsearch(&name, sorted->at, sorted->count, sizeof *sorted->at, compare_hashes) != NULL;
}

struct identity *identities_find(const struct identities *sorted, struct str name,
                                 size_t *out_count)
{
    const struct identity wanted = {.hash = hash_of(name)};
    *out_count = 0;
    struct identity *at = sorted->count == 0 ? NULL
                                             : bsearch(&wanted, sorted->at, sorted->count,
                                                       sizeof *sorted->at, compare_hashes);
    if (at == NULL)
        return NULL;
    while (at > sorted->at && at[-1].hash == wanted.hash)
        at--;
    while (at + *out_count < sorted->at + sorted->count && at[*out_count].hash == wanted.hash)
        ++*out_count;
    return at;
}
