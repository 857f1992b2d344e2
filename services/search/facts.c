/* What a decision rests on. Versions come with the facts or before
 * them, never after: a fact that changes in between is then a conflict, not a wrong answer. */
#include "domain/unit.h"
#include "services/search/room.h"

static const struct field person_fields[] = {FIELD(struct known_person, seed, REQUIRED),
                                             FIELD(struct known_person, person, REQUIRED),
                                             FIELD(struct known_person, restricted, REQUIRED),
                                             FIELD(struct known_person, protection, REQUIRED),
                                             FIELD(struct known_person, known_until, OPTIONAL),
                                             FIELD(struct known_person, to_be_asked, REQUIRED),
                                             FIELD(struct known_person, version, REQUIRED),
                                             FIELDS_END};
static const struct field unit_fields[] = {FIELD(struct known_unit, id, REQUIRED),
                                           FIELD(struct known_unit, is_protected, REQUIRED),
                                           FIELD(struct known_unit, version, REQUIRED), FIELDS_END};

struct block_row {
    struct uuid id;
    bool is_outer;
    struct str care_provider;
    struct str care_unit;
    struct instant records_from;
    struct instant records_until;
    struct strs excluded;
    struct instant valid_from;
    struct instant valid_until;
};
static const struct field block_fields[] = {FIELD(struct block_row, id, REQUIRED),
                                            FIELD(struct block_row, is_outer, REQUIRED),
                                            FIELD(struct block_row, care_provider, REQUIRED),
                                            FIELD(struct block_row, care_unit, OPTIONAL),
                                            FIELD(struct block_row, records_from, OPTIONAL),
                                            FIELD(struct block_row, records_until, OPTIONAL),
                                            FIELD(struct block_row, excluded, REQUIRED),
                                            FIELD(struct block_row, valid_from, REQUIRED),
                                            FIELD(struct block_row, valid_until, OPTIONAL),
                                            FIELDS_END};

struct opening_row {
    struct str kind; /* relation, consent, emergency, lift, agreement */
    bool is_outer;
    struct str care_provider;
    struct str care_unit;
    struct uuid block;
    struct instant valid_from;
    struct instant valid_until;
};
static const struct field opening_fields[] = {FIELD(struct opening_row, kind, REQUIRED),
                                              FIELD(struct opening_row, is_outer, REQUIRED),
                                              FIELD(struct opening_row, care_provider, OPTIONAL),
                                              FIELD(struct opening_row, care_unit, OPTIONAL),
                                              FIELD(struct opening_row, block, OPTIONAL),
                                              FIELD(struct opening_row, valid_from, REQUIRED),
                                              FIELD(struct opening_row, valid_until, OPTIONAL),
                                              FIELDS_END};

static const struct field system_fields[] = {
    FIELD(struct known_system, id, REQUIRED), FIELD(struct known_system, known_until, OPTIONAL),
    FIELD(struct known_system, care_providers, OPTIONAL), FIELDS_END};

#define CHECK_FIELD(member) FIELD(struct known_check, member, REQUIRED)
static const struct field check_fields[] = {CHECK_FIELD(person),
                                            CHECK_FIELD(system),
                                            CHECK_FIELD(care_provider),
                                            CHECK_FIELD(care_unit),
                                            FIELD(struct known_check, kind, OPTIONAL),
                                            CHECK_FIELD(records_from),
                                            CHECK_FIELD(records_until),
                                            CHECK_FIELD(valid_until),
                                            FIELDS_END};

struct rules_row {
    int64_t version;
};
static const struct field rules_fields[] = {FIELD(struct rules_row, version, REQUIRED), FIELDS_END};

static struct record **records_of(struct found *found, size_t count, struct arena *arena)
{
    struct record **all = ARENA_ARRAY(arena, struct record *, count + 1);
    for (size_t i = 0; i < count; i++)
        all[i] = &found[i].record;
    return all;
}

static void ask_persons(struct load *load, struct uuids seeds, struct facts *facts)
{
    if (facts->on.known)
        LOAD(load, &search_select_persons_at, person_fields, struct known_person, &facts->persons,
             V(seeds), V(facts->on));
    else
        LOAD(load, &search_select_persons, person_fields, struct known_person, &facts->persons,
             V(seeds));
}

static void ask_units(struct load *load, struct strs units, struct facts *facts)
{
    if (facts->on.known)
        LOAD(load, &search_select_units_at, unit_fields, struct known_unit, &facts->units, V(units),
             V(facts->on));
    else
        LOAD(load, &search_select_units, unit_fields, struct known_unit, &facts->units, V(units));
}

struct err *facts_first(struct request *request, struct uuids seeds, struct instant on,
                        struct found *found, size_t count, struct facts *facts)
{
    struct rows meanings = {0};
    facts->on = on;
    struct record **records = records_of(found, count, request->arena);
    struct load *load = load_new(request->db, request->tenant, request->arena);
    if (seeds.count > 0)
        ask_persons(load, seeds, facts);
    TRY(units_ask(&search_select_meanings, (const struct record *const *)records, count,
                  request->arena, load, &meanings));
    TRY(load_run(load));
    units_take(&meanings, request->arena, records, count, &facts->codes);
    return NULL;
}

static void take_blocks(const struct rows *rows, struct arena *arena,
                        struct permission_facts *permission)
{
    struct permission_block *blocks = ARENA_ARRAY(arena, struct permission_block, rows->count + 1);
    for (size_t i = 0; i < rows->count; i++) {
        const struct block_row *row = ROW(struct block_row, *rows, i);
        blocks[i] = (struct permission_block){.id = row->id,
                                              .outer = row->is_outer,
                                              .care_provider = row->care_provider,
                                              .care_unit = row->care_unit,
                                              .valid = {row->valid_from, row->valid_until},
                                              .records_from = row->records_from,
                                              .records_until = row->records_until,
                                              .excluded = row->excluded};
    }
    permission->blocks = blocks;
    permission->block_count = rows->count;
}

static struct permission_spans spans_of(const struct rows *rows, struct str kind,
                                        struct arena *arena)
{
    struct permission_span *spans = ARENA_ARRAY(arena, struct permission_span, rows->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct opening_row *row = ROW(struct opening_row, *rows, i);
        if (str_equal(row->kind, kind))
            spans[count++] = (struct permission_span){row->valid_from, row->valid_until};
    }
    return (struct permission_spans){spans, count};
}

static void take_openings(const struct rows *rows, struct arena *arena,
                          struct permission_facts *permission)
{
    struct permission_lift *lifts = ARENA_ARRAY(arena, struct permission_lift, rows->count + 1);
    struct permission_agreement *agreements =
        ARENA_ARRAY(arena, struct permission_agreement, rows->count + 1);
    for (size_t i = 0; i < rows->count; i++) {
        const struct opening_row *row = ROW(struct opening_row, *rows, i);
        const struct permission_span valid = {row->valid_from, row->valid_until};
        if (str_equal(row->kind, S("lift")))
            lifts[permission->lift_count++] = (struct permission_lift){
                row->block, row->is_outer, row->care_provider, row->care_unit, valid};
        else if (str_equal(row->kind, S("agreement")))
            agreements[permission->agreement_count++] =
                (struct permission_agreement){row->care_provider, valid};
    }
    permission->lifts = lifts;
    permission->agreements = agreements;
    permission->relation = spans_of(rows, S("relation"), arena);
    permission->consent = spans_of(rows, S("consent"), arena);
    permission->emergency = spans_of(rows, S("emergency"), arena);
}

static int compare_str(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* Sorts, and keeps each once. */
static size_t distinct(struct str *all, size_t filled)
{
    size_t count = 0;
    qsort(all, filled, sizeof *all, compare_str);
    for (size_t i = 0; i < filled; i++)
        if (count == 0 || !str_equal(all[count - 1], all[i]))
            all[count++] = all[i];
    return count;
}

/* The subject's own units and those of the records, each once. */
static struct err *distinct_units(const struct permission_assignment *own,
                                  const struct found *found, size_t count, struct arena *arena,
                                  struct strs *out)
{
    struct str *all = ARENA_ARRAY(arena, struct str, 3 * count + 2);
    size_t filled = 0;
    if (own->unit.len > 0)
        all[filled++] = own->unit;
    if (own->care_unit.len > 0)
        all[filled++] = own->care_unit;
    for (size_t i = 0; i < count; i++) {
        const struct record *r = &found[i].record;
        const struct str units[] = {r->unit, r->unit_id, r->care_unit};
        for (size_t u = 0; u < COUNT(units); u++)
            if (units[u].len > 0)
                all[filled++] = units[u];
    }
    *out = (struct strs){all, distinct(all, filled)};
    return out->count <= UNITS_MAX
               ? NULL
               : err_new(ERR_TOO_LARGE, "the records are of over %d units: ask for less",
                         UNITS_MAX);
}

static struct strs distinct_systems(const struct found *found, size_t count, struct arena *arena)
{
    struct str *all = ARENA_ARRAY(arena, struct str, count + 1);
    for (size_t i = 0; i < count; i++)
        all[i] = found[i].record.source_system;
    return (struct strs){all, distinct(all, count)};
}

static struct uuids persons_of(const struct facts *facts, struct arena *arena)
{
    struct uuid *all = ARENA_ARRAY(arena, struct uuid, facts->persons.count + 1);
    for (size_t i = 0; i < facts->persons.count; i++)
        all[i] = ROW(struct known_person, facts->persons, i)->person;
    return (struct uuids){all, facts->persons.count};
}

struct err *facts_read(struct request *request, const struct subject *subject,
                       const struct found *found, size_t count, struct facts *facts)
{
    const struct permission_assignment *own = &subject->permission.assignment;
    const struct uuids persons = persons_of(facts, request->arena);
    struct strs units = {0};
    struct str *mine = ARENA_ARRAY(request->arena, struct str, 2);
    struct rows rules = {0};
    struct rows blocks = {0};
    struct rows openings = {0};
    struct rows predecessors = {0};
    size_t my_count = 0;
    if (own->unit.len > 0)
        mine[my_count++] = own->unit;
    if (own->care_unit.len > 0)
        mine[my_count++] = own->care_unit;
    const struct strs my_units = {mine, my_count};
    TRY(distinct_units(own, found, count, request->arena, &units));
    const struct strs systems = distinct_systems(found, count, request->arena);
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &search_select_rules, rules_fields, struct rules_row, &rules);
    ask_units(load, units, facts);
    LOAD(load, &search_select_block_sources, system_fields, struct known_system,
         &facts->block_sources, V(systems));
    LOAD(load, &search_select_blocks, block_fields, struct block_row, &blocks, V(persons),
         V(subject->user), V(own->care_unit));
    LOAD(load, &search_select_checks, check_fields, struct known_check, &facts->checks, V(persons),
         V(subject->user), V(own->care_unit), V(systems), V(facts->on));
    LOAD(load, &search_select_openings, opening_fields, struct opening_row, &openings, V(persons),
         V(own->care_provider), V(own->care_unit), V(subject->user));
    predecessors_ask(&search_select_predecessors, my_units, load, &predecessors);
    TRY(load_run(load));
    facts->rules = ROW(struct rules_row, rules, 0)->version;
    take_blocks(&blocks, request->arena, &facts->permission);
    take_openings(&openings, request->arena, &facts->permission);
    /* The decision is on one unit; where that unit was a care unit of its own, records name it so.
     */
    return predecessors_take(&predecessors, my_units, request->arena,
                             &facts->permission.predecessors, &facts->permission.predecessor_count);
}

struct fact_version *facts_versions(const struct subject *subject, const struct facts *facts,
                                    struct arena *arena, size_t *out_count)
{
    struct fact_version *all =
        ARENA_ARRAY(arena, struct fact_version,
                    facts->persons.count + facts->codes.count + facts->units.count + 2);
    size_t count = 0;
    all[count++] = subject->version;
    if (facts->rules >= 0)
        all[count++] = (struct fact_version){S("rules"), S("tenant"), facts->rules};
    for (size_t i = 0; i < facts->persons.count; i++) {
        const struct known_person *p = ROW(struct known_person, facts->persons, i);
        struct str id = arena_str(arena, str_from(uuid_text(p->person).text));
        all[count++] = (struct fact_version){S("person"), id, p->version};
    }
    for (size_t i = 0; i < facts->codes.count; i++)
        all[count++] = facts->codes.at[i];
    for (size_t i = 0; i < facts->units.count; i++) {
        const struct known_unit *u = ROW(struct known_unit, facts->units, i);
        all[count++] = (struct fact_version){S("unit"), u->id, u->version};
    }
    *out_count = count;
    return all;
}
