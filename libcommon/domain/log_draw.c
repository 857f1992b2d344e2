/* Samples of the log, drawn. */
#include "domain/log_draw.h"

#include <stdlib.h>
#include <string.h>

struct sha256 log_draw_rank(const uint8_t seed[LOG_DRAW_SEED], struct uuid id)
{
    static const char prefix[] = "r7e-draw-v1";
    char told[sizeof prefix - 1 + LOG_DRAW_SEED + sizeof id.bytes];
    memcpy(told, prefix, sizeof prefix - 1);
    memcpy(told + sizeof prefix - 1, seed, LOG_DRAW_SEED);
    memcpy(told + sizeof prefix - 1 + LOG_DRAW_SEED, id.bytes, sizeof id.bytes);
    return sha256_of((struct str){told, sizeof told});
}

static int compare_text(struct str a, struct str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter > 0 ? memcmp(a.ptr, b.ptr, shorter) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare(const void *one, const void *other)
{
    const struct log_draw_row *a = one;
    const struct log_draw_row *b = other;
    int order = compare_text(a->stratum, b->stratum);
    if (order == 0)
        order = memcmp(a->rank.bytes, b->rank.bytes, sizeof a->rank.bytes);
    return order != 0 ? order : memcmp(a->id.bytes, b->id.bytes, sizeof a->id.bytes);
}

size_t log_draw(const uint8_t seed[LOG_DRAW_SEED], struct log_draw_row *rows, size_t count,
                size_t each)
{
    size_t drawn = 0;
    size_t of_stratum = 0;
    for (size_t i = 0; i < count; i++)
        rows[i].rank = log_draw_rank(seed, rows[i].id);
    qsort(rows, count, sizeof *rows, compare);
    for (size_t i = 0; i < count; i++) {
        bool same = drawn > 0 && str_equal(rows[drawn - 1].stratum, rows[i].stratum);
        if (same && uuid_equal(rows[drawn - 1].id, rows[i].id))
            continue;
        of_stratum = same ? of_stratum : 0;
        if (of_stratum == each)
            continue;
        of_stratum++;
        rows[drawn++] = rows[i];
    }
    return drawn;
}
