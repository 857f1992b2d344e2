/* The register of units beside records (units.h). */
#include "svc/units.h"
#include "base/base.h"

/* A code that was asked for, with what it may mean; one without a unit means nothing here. */
struct meaning_row {
    struct unit_meaning meaning;
    int64_t code_version;
    int64_t unit_version;
};
#define MEANING(member, ...) FIELD_NAMED(struct meaning_row, meaning.member, #member, __VA_ARGS__)
static const struct field meaning_fields[] = {
    MEANING(source_system, OPTIONAL),
    MEANING(code, REQUIRED),
    MEANING(unit, OPTIONAL),
    MEANING(care_unit, OPTIONAL),
    MEANING(care_provider, OPTIONAL),
    FIELD_NAMED(struct meaning_row, meaning.valid.from, "valid_from", OPTIONAL),
    FIELD_NAMED(struct meaning_row, meaning.valid.until, "valid_until", OPTIONAL),
    FIELD(struct meaning_row, code_version, REQUIRED),
    FIELD(struct meaning_row, unit_version, REQUIRED),
    FIELDS_END};

struct code {
    struct str source_system;
    struct str code;
};

static int compare_codes(const void *a, const void *b)
{
    const struct code *one = a;
    const struct code *two = b;
    int systems = str_compare(one->source_system, two->source_system);
    return systems != 0 ? systems : str_compare(one->code, two->code);
}

/* Each once. */
static struct err *distinct_codes(const struct record *const *records, size_t count,
                                  struct arena *arena, struct strs *out_systems,
                                  struct strs *out_codes)
{
    struct code *all = ARENA_ARRAY(arena, struct code, count + 1);
    struct str *systems = ARENA_ARRAY(arena, struct str, UNITS_MAX);
    struct str *codes = ARENA_ARRAY(arena, struct str, UNITS_MAX);
    size_t filled = 0;
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++)
        if (records[i]->unit_id.len > 0)
            all[filled++] = (struct code){records[i]->source_system, records[i]->unit_id};
    qsort(all, filled, sizeof *all, compare_codes);
    for (size_t i = 0; i < filled; i++) {
        if (i > 0 && compare_codes(&all[i - 1], &all[i]) == 0)
            continue;
        if (distinct == UNITS_MAX)
            return err_new(ERR_TOO_LARGE, "the records are of over %d units: ask for less",
                           UNITS_MAX);
        systems[distinct] = all[i].source_system;
        codes[distinct++] = all[i].code;
    }
    *out_systems = (struct strs){systems, distinct};
    *out_codes = (struct strs){codes, distinct};
    return NULL;
}

struct err *units_ask(const struct sql *meanings, const struct record *const *records, size_t count,
                      struct arena *arena, struct load *load, struct rows *out)
{
    struct strs systems = {0};
    struct strs codes = {0};
    TRY(distinct_codes(records, count, arena, &systems, &codes));
    if (codes.count > 0)
        LOAD(load, meanings, meaning_fields, struct meaning_row, out, V(systems), V(codes));
    return NULL;
}

void units_take(const struct rows *rows, struct arena *arena, struct record *const *records,
                size_t count, struct unit_versions *out_versions)
{
    size_t used = 0;
    struct unit_meaning *meanings = ARENA_ARRAY(arena, struct unit_meaning, rows->count + 1);
    struct fact_version *versions = ARENA_ARRAY(arena, struct fact_version, 2 * rows->count + 1);
    *out_versions = (struct unit_versions){.at = versions};
    for (size_t i = 0; i < rows->count; i++) {
        const struct meaning_row *row = ROW(struct meaning_row, *rows, i);
        versions[out_versions->count++] =
            (struct fact_version){S("unit"), row->meaning.code, row->code_version};
        if (row->meaning.unit.len == 0)
            continue;
        versions[out_versions->count++] =
            (struct fact_version){S("unit"), row->meaning.unit, row->unit_version};
        meanings[used++] = row->meaning;
    }
    for (size_t i = 0; i < count; i++)
        unit_map(records[i], meanings, used);
}

/* --- successions
 * ------------------------------------------------------------------------------------- */

#define SUCCESSION(member, ...) FIELD(struct unit_succession, member, __VA_ARGS__)
static const struct field succession_fields[] = {
    SUCCESSION(unit, REQUIRED),
    SUCCESSION(successor, REQUIRED),
    SUCCESSION(covers_predecessors, REQUIRED),
    FIELD_NAMED(struct unit_succession, valid.from, "valid_from", REQUIRED),
    FIELD_NAMED(struct unit_succession, valid.until, "valid_until", OPTIONAL),
    FIELDS_END};

void predecessors_ask(const struct sql *predecessors, struct strs units, struct load *load,
                      struct rows *out)
{
    LOAD(load, predecessors, succession_fields, struct unit_succession, out, V(units));
}

struct err *predecessors_take(const struct rows *rows, struct strs units, struct arena *arena,
                              const struct permission_succession **out, size_t *out_count)
{
    if (rows->count == 0)
        return NULL;
    struct permission_succession *all =
        ARENA_ARRAY(arena, struct permission_succession, UNIT_PREDECESSORS_MAX);
    *out = all;
    return unit_predecessors(rows->at, rows->count, units, all, out_count);
}
