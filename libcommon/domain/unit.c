/* The register of units as records and decisions see it. */
#include "domain/unit.h"

struct instant unit_record_time(const struct record *record)
{
    const struct instant times[] = {record->occurred_at, record->documented_at, record->authored_at,
                                    record->signed_at};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (times[i].known)
            return times[i];
    return (struct instant){0};
}

/* At that time, or whenever it is asked for when there is no time. */
static bool meant_then(const struct unit_meaning *meaning, struct instant at)
{
    return !at.known || permission_in_force(meaning->valid, at);
}

static const struct unit_meaning *by_system(const struct record *record,
                                            const struct unit_meaning *meanings, size_t count)
{
    const struct unit_meaning *found = NULL;
    struct instant at = unit_record_time(record);
    for (size_t i = 0; i < count; i++) {
        const struct unit_meaning *m = &meanings[i];
        if (!str_equal(m->source_system, record->source_system) ||
            !str_equal(m->code, record->unit_id) || !meant_then(m, at))
            continue;
        if (found != NULL && !at.known)
            return NULL;
        if (found == NULL || instant_before(found->valid.from, m->valid.from))
            found = m;
    }
    return found;
}

const struct unit_meaning *unit_meaning_of(const struct record *record,
                                           const struct unit_meaning *meanings, size_t count)
{
    bool has_codes = false;
    if (record->unit_id.len == 0)
        return NULL;
    for (size_t i = 0; i < count && !has_codes; i++)
        has_codes = meanings[i].source_system.len > 0 &&
                    str_equal(meanings[i].source_system, record->source_system) &&
                    str_equal(meanings[i].code, record->unit_id);
    if (has_codes)
        return by_system(record, meanings, count);
    for (size_t i = 0; i < count; i++)
        if (meanings[i].source_system.len == 0 && str_equal(meanings[i].code, record->unit_id))
            return &meanings[i];
    return NULL;
}

void unit_map(struct record *record, const struct unit_meaning *meanings, size_t count)
{
    const struct unit_meaning *meaning = unit_meaning_of(record, meanings, count);
    if (meaning == NULL)
        return;
    record->unit = meaning->unit;
    if (record->care_unit.len == 0)
        record->care_unit = meaning->care_unit;
    if (record->care_provider.len == 0)
        record->care_provider = meaning->care_provider;
}

/* --- succession
 * ------------------------------------------------------------------------------------- */

static struct permission_span both(struct permission_span a, struct permission_span b)
{
    if (instant_before(a.from, b.from))
        a.from = b.from;
    if (!a.until.known || instant_before(b.until, a.until))
        a.until = b.until;
    return a;
}

/* A way back from a unit: where it has come to, and how long it is open. */
struct way {
    const struct unit_succession *last;
    const struct way *before;
    struct permission_span valid;
};

static bool was_passed(const struct way *way, struct str unit)
{
    for (; way != NULL; way = way->before)
        if (str_equal(way->last->unit, unit) || str_equal(way->last->successor, unit))
            return true;
    return false;
}

struct closure {
    const struct unit_succession *successions;
    size_t count;
    struct permission_succession *out;
    size_t filled;
};

/* As deep as the longest chain of decisions, which a ring ends. */
static struct err *go_back(struct closure *c, struct str from, const struct way *before)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct unit_succession *s = &c->successions[i];
        if (!str_equal(s->successor, from) || was_passed(before, s->unit))
            continue;
        struct way way = {s, before, before == NULL ? s->valid : both(before->valid, s->valid)};
        if (way.valid.until.known && !instant_before(way.valid.from, way.valid.until))
            continue;
        if (c->filled == UNIT_PREDECESSORS_MAX)
            return err_new(ERR_TOO_LARGE, "a unit with over %d ways to predecessors",
                           UNIT_PREDECESSORS_MAX);
        c->out[c->filled++] = (struct permission_succession){s->unit, s->unit, way.valid};
        if (s->covers_predecessors)
            TRY(go_back(c, s->unit, &way));
    }
    return NULL;
}

struct err *unit_predecessors(const struct unit_succession *successions, size_t count,
                              struct strs units, struct permission_succession *out,
                              size_t *out_count)
{
    struct closure closure = {successions, count, out, 0};
    for (size_t i = 0; i < units.count; i++)
        TRY(go_back(&closure, units.at[i], NULL));
    *out_count = closure.filled;
    return NULL;
}
