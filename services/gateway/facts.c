/* What an answer rests on: who asks, at which address, about which identities, and their rows. */
#include "services/gateway/room.h"

#include "base/base.h"

enum { PERSONS_MAX = 100, ROWS_MAX = 20000 };

/* Whose version room access raises when the region's addresses, policies or services change. */
#define RULES S("tenant")

/* The engagement index's category of care documentation. */
#define CATEGORY S("voo")

struct address_row {
    int32_t tenant;
    bool processor_agreement;
    struct instant valid_from;
    struct instant valid_until;
};
static const struct field address_fields[] = {
    FIELD(struct address_row, tenant, REQUIRED),
    FIELD(struct address_row, processor_agreement, REQUIRED),
    FIELD(struct address_row, valid_from, REQUIRED),
    FIELD(struct address_row, valid_until, OPTIONAL), FIELDS_END};

struct service_row {
    struct str name;
    struct str purpose;
    struct instant valid_from;
    struct instant valid_until;
};
static const struct field service_fields[] = {
    FIELD(struct service_row, name, REQUIRED), FIELD(struct service_row, purpose, REQUIRED),
    FIELD(struct service_row, valid_from, REQUIRED),
    FIELD(struct service_row, valid_until, OPTIONAL), FIELDS_END};

static const struct field policy_fields[] = {
    FIELD(struct policy, care_provider, REQUIRED),
    FIELD(struct policy, care_unit, OPTIONAL),
    FIELD(struct policy, valid_from, REQUIRED),
    FIELD(struct policy, valid_until, OPTIONAL),
    FIELD(struct policy, approved_for_patient_from, OPTIONAL),
    FIELDS_END};

struct version_row {
    int64_t version;
};
static const struct field version_fields[] = {FIELD(struct version_row, version, REQUIRED),
                                              FIELDS_END};

struct person_row {
    struct uuid person;
    bool restricted;
};
static const struct field person_fields[] = {FIELD(struct person_row, person, REQUIRED),
                                             FIELD(struct person_row, restricted, REQUIRED),
                                             FIELDS_END};

/* A row of the index, and what the query joins to it. */
struct care_row {
    struct record record; /* first, so that its fields are the row's */
    struct stored_record stored;
};
static const struct field care_row_fields[] = {
    FIELD(struct record, tenant, REQUIRED),
    FIELD(struct record, shard, REQUIRED),
    FIELD(struct record, package, REQUIRED),
    FIELD(struct record, part, REQUIRED),
    FIELD(struct record, person, REQUIRED),
    FIELD(struct record, unit, OPTIONAL),
    FIELD(struct record, stage, REQUIRED),
    FIELD(struct record, hold, REQUIRED),
    FIELD(struct record, driver, OPTIONAL),
    FIELD(struct record, row_offset, REQUIRED),
    FIELD(struct record, row_length, REQUIRED),
    FIELD(struct record, path, OPTIONAL),
    FIELD(struct record, offset, REQUIRED),
    FIELD(struct record, length, REQUIRED),
    FIELD(struct record, attachments, OPTIONAL),
    FIELD(struct record, type, REQUIRED),
    FIELD(struct record, category, REQUIRED),
    FIELD(struct record, title, OPTIONAL),
    FIELD(struct record, reference, OPTIONAL),
    FIELD(struct record, belongs_to, OPTIONAL),
    FIELD(struct record, occurred_at, OPTIONAL),
    FIELD(struct record, ended_at, OPTIONAL),
    FIELD(struct record, documented_at, OPTIONAL),
    FIELD(struct record, authored_at, OPTIONAL),
    FIELD(struct record, signed_at, OPTIONAL),
    FIELD(struct record, author_id, OPTIONAL),
    FIELD(struct record, author_name, OPTIONAL),
    FIELD(struct record, author_role, OPTIONAL),
    FIELD(struct record, unit_id, OPTIONAL),
    FIELD(struct record, unit_name, OPTIONAL),
    FIELD(struct record, care_unit, OPTIONAL),
    FIELD(struct record, care_provider, OPTIONAL),
    FIELD(struct record, responsible_authority, OPTIONAL),
    FIELD(struct record, archive_creator, REQUIRED),
    FIELD(struct record, source_system, REQUIRED),
    FIELD(struct record, source_id, REQUIRED),
    FIELD(struct record, version, OPTIONAL),
    FIELD(struct record, predecessor, OPTIONAL),
    FIELD(struct record, status, REQUIRED),
    FIELD(struct record, approved_for_patient, REQUIRED),
    FIELD(struct record, protected_person, REQUIRED),
    FIELD(struct record, restricted, REQUIRED),
    FIELD(struct record, dissent, REQUIRED),
    FIELD_NAMED(struct care_row, stored.test, "test", REQUIRED),
    FIELDS_END};

/* Who asks and where: no region is known yet. An address that is not served, or not any longer, is
 * the platform's mistake in routing: an empty answer would hide records from care. */
static struct err *load_address(struct request *request, const struct gateway_caller *caller,
                                struct str address, struct care_facts *facts)
{
    struct rows addresses = {0};
    struct rows platform = {0};
    struct rows consumer = {0};
    struct load *load = load_new(request->db, 0, request->arena);
    LOAD(load, &gateway_select_address, address_fields, struct address_row, &addresses, V(address));
    LOAD(load, &gateway_select_service, service_fields, struct service_row, &platform,
         V(caller->platform));
    LOAD(load, &gateway_select_service, service_fields, struct service_row, &consumer,
         V(caller->consumer));
    TRY(load_run(load));
    const struct address_row *row =
        addresses.count > 0 ? ROW(struct address_row, addresses, 0) : NULL;
    if (row == NULL ||
        !permission_in_force((struct permission_span){row->valid_from, row->valid_until},
                             request->now))
        return err_field(ERR_INVALID, "LogicalAddress", "is not served here");
    facts->tenant = row->tenant;
    facts->logical_address = (struct permission_span){row->valid_from, row->valid_until};
    if (row->processor_agreement)
        facts->processor_agreement = facts->logical_address;
    if (platform.count > 0) {
        const struct service_row *service = ROW(struct service_row, platform, 0);
        facts->certificate = (struct permission_span){service->valid_from, service->valid_until};
    }
    facts->consumer_name = caller->consumer;
    if (consumer.count > 0) {
        const struct service_row *service = ROW(struct service_row, consumer, 0);
        facts->consumer_name = service->name;
        facts->purpose = permission_word(permission_purposes, service->purpose);
    }
    return worker_tenant(request->worker, facts->tenant, &facts->tenant_name);
}

bool care_is_asked(const struct care_facts *facts, const struct record *record)
{
    return uuid_equal(record->person, facts->asked[0]) ||
           uuid_equal(record->person, facts->asked[1]);
}

/* A number of the system's own making is asked for by a type, but may have been delivered without
 * one. */
static void know_asked(struct request *request, const struct gcd3_question *question,
                       struct str address, struct care_facts *facts)
{
    const struct identity_told typed = {.number = question->patient_id.extension,
                                        .type = question->patient_id.root};
    const struct identity_told untyped = {.number = question->patient_id.extension,
                                          .system = address};
    const struct identity identities[] = {identity_read(&typed, request->arena),
                                          identity_read(&untyped, request->arena)};
    for (size_t i = 0; i < COUNT(identities); i++)
        facts->asked[i] = person_pseudonym(facts->pseudonym_key, &identities[i]);
}

static struct err *load_region(struct request *request, const struct gateway_caller *caller,
                               struct care_facts *facts, struct rows *persons)
{
    struct rows policies = {0};
    struct rows version = {0};
    struct fact_version *rules = ARENA_ARRAY(request->arena, struct fact_version, 1);
    struct load *load = load_new(request->db, facts->tenant, request->arena);
    LOAD(load, &gateway_select_policies, policy_fields, struct policy, &policies,
         V(caller->consumer));
    LOAD(load, &gateway_select_rules, version_fields, struct version_row, &version, V(RULES));
    LOAD(load, &gateway_select_persons, person_fields, struct person_row, persons,
         V(((struct uuids){facts->asked, COUNT(facts->asked)})), V(PERSONS_MAX));
    TRY(load_run(load));
    facts->policies = policies.at;
    facts->policy_count = policies.count;
    *rules = (struct fact_version){S("rules"), RULES, ROW(struct version_row, version, 0)->version};
    facts->versions = rules;
    facts->version_count = 1;
    return NULL;
}

/* --- units
 * ------------------------------------------------------------------------------------------ */

static struct strs units_asked(const struct gcd3_question *question, struct arena *arena)
{
    struct str *units = ARENA_ARRAY(arena, struct str, question->care_units.count + 1);
    for (size_t i = 0; i < question->care_units.count; i++)
        units[i] = question->care_units.at[i].extension;
    return (struct strs){units, question->care_units.count};
}

/* Whoever asks for a unit is given the records that it reads as its own, too, though each is told
 * of under the unit that made it: a unit that is no more is asked for by nobody. */
static struct iis with_predecessors(const struct request *request, const struct iis *asked,
                                    const struct permission_succession *predecessors, size_t count)
{
    struct ii *all = ARENA_ARRAY(request->arena, struct ii, asked->count + count + 1);
    size_t filled = 0;
    for (size_t i = 0; i < asked->count; i++)
        all[filled++] = asked->at[i];
    for (size_t i = 0; i < count; i++)
        if (permission_in_force(predecessors[i].valid, request->now))
            all[filled++] = (struct ii){OID_HSA, predecessors[i].unit};
    return (struct iis){all, filled};
}

/* The region's rules stand first. */
static void add_versions(struct care_facts *facts, const struct unit_versions *units,
                         struct arena *arena)
{
    struct fact_version *all =
        ARENA_ARRAY(arena, struct fact_version, facts->version_count + units->count + 1);
    memcpy(all, facts->versions, facts->version_count * sizeof *all);
    if (units->count > 0)
        memcpy(all + facts->version_count, units->at, units->count * sizeof *all);
    facts->versions = all;
    facts->version_count += units->count;
}

/* Places the records by the register of units, and finds what the units asked for have become of.
 */
static struct err *load_units(struct request *request, const struct gcd3_question *question,
                              struct record *records, struct care_facts *facts)
{
    struct record **each = ARENA_ARRAY(request->arena, struct record *, facts->count + 1);
    struct rows meanings = {0};
    struct rows successions = {0};
    struct unit_versions versions = {0};
    const struct permission_succession *predecessors = NULL;
    size_t count = 0;
    const struct strs asked = units_asked(question, request->arena);
    for (size_t i = 0; i < facts->count; i++)
        each[i] = &records[i];
    struct load *load = load_new(request->db, facts->tenant, request->arena);
    TRY(units_ask(&gateway_select_meanings, (const struct record *const *)each, facts->count,
                  request->arena, load, &meanings));
    if (asked.count > 0)
        predecessors_ask(&gateway_select_predecessors, asked, load, &successions);
    TRY(load_run(load));
    units_take(&meanings, request->arena, each, facts->count, &versions);
    TRY(predecessors_take(&successions, asked, request->arena, &predecessors, &count));
    facts->care_units = with_predecessors(request, &question->care_units, predecessors, count);
    add_versions(facts, &versions, request->arena);
    return NULL;
}

static struct err *load_rows_of(struct request *request, const struct gcd3_question *question,
                                struct str address, const struct rows *persons,
                                struct care_facts *facts)
{
    struct rows *found = ARENA_ARRAY(request->arena, struct rows, persons->count + 1);
    struct load *load = load_new(request->db, facts->tenant, request->arena);
    for (size_t i = 0; i < persons->count; i++) {
        struct uuid person = ROW(struct person_row, *persons, i)->person;
        LOAD(load, &gateway_select_records, care_row_fields, struct care_row, &found[i],
             V(person_shard(person)), V(person), V(CATEGORY), V(address), V(ROWS_MAX));
    }
    TRY(load_run(load));
    for (size_t i = 0; i < persons->count; i++)
        facts->count += found[i].count;
    if (facts->count >= ROWS_MAX)
        return err_new(ERR_TOO_LARGE, "one person has over %d records in one system", ROWS_MAX);
    struct record *records = ARENA_ARRAY(request->arena, struct record, facts->count + 1);
    struct stored_record *stored =
        ARENA_ARRAY(request->arena, struct stored_record, facts->count + 1);
    size_t at = 0;
    for (size_t i = 0; i < persons->count; i++)
        for (size_t j = 0; j < found[i].count; j++, at++) {
            const struct care_row *row = ROW(struct care_row, found[i], j);
            records[at] = row->record;
            records[at].id = record_id(row->record.package, &row->record);
            stored[at] = row->stored;
            stored[at].restricted_link = ROW(struct person_row, *persons, i)->restricted;
        }
    facts->records = records;
    facts->stored = stored;
    return load_units(request, question, records, facts);
}

struct err *care_facts_load(struct request *request, const struct gateway_caller *caller,
                            const struct gcd3_question *question, struct str address,
                            struct care_facts *out)
{
    struct care_facts facts = {0};
    struct rows persons = {0};
    TRY(load_address(request, caller, address, &facts));
    TRY(worker_pseudonym_key(request->worker, facts.tenant, request->arena, &facts.pseudonym_key));
    know_asked(request, question, address, &facts);
    TRY(load_region(request, caller, &facts, &persons));
    TRY(load_rows_of(request, question, address, &persons, &facts));
    *out = facts;
    return NULL;
}
