/* The register of blocks and consents, asked by care systems of the region over mutual TLS. It is
 * here and not in room gateway because access alone writes these facts, and gateway, which never
 * filters on them, has no right to read them. */
#include "services/access/register.h"
#include "services/access/room.h"

#include "base/base.h"
#include "text/json.h"

/* --- who asks
 * ----------------------------------------------------------------------------------------- */

struct care_system {
    struct str subject; /* of the certificate: HSA-id or CN */
    int32_t tenant;
    struct str name;
};
static const struct field care_system_fields[] = {
    FIELD(struct care_system, subject, REQUIRED), FIELD(struct care_system, tenant, REQUIRED),
    FIELD(struct care_system, name, REQUIRED), FIELDS_END};
static const struct field served_fields[] = {FIELD(struct tenant_row, id, REQUIRED), FIELDS_END};

/* A care system's certificate is one region's; the address that it asks at is that region's too. */
static struct err *know_caller(struct request *request, struct str address, struct care_system *out)
{
    struct rows callers = {0};
    struct rows served = {0};
    const struct http_peer *peer = request->peer;
    struct str serial = peer->verified ? str_from(peer->serial) : (struct str){0};
    struct str name = peer->verified ? str_from(peer->name) : (struct str){0};
    struct load *load = load_new(request->db, 0, request->arena);
    LOAD(load, &access_select_care_system, care_system_fields, struct care_system, &callers,
         V(serial), V(name));
    LOAD(load, &access_select_served, served_fields, struct tenant_row, &served, V(address));
    TRY(load_run(load));
    if (callers.count == 0)
        return err_new(ERR_FORBIDDEN, "a registered care system's certificate is needed");
    *out = *ROW(struct care_system, callers, 0);
    if (served.count == 0 || ROW(struct tenant_row, served, 0)->id != out->tenant)
        return err_field(ERR_INVALID, "LogicalAddress", "is not served here");
    request->tenant = out->tenant;
    return NULL;
}

/* --- facts
 * -------------------------------------------------------------------------------------------- */

enum { PERSONS_MAX = 100, ROWS_MAX = 1000 };

struct person_row {
    struct uuid person;
};
static const struct field person_fields[] = {FIELD(struct person_row, person, REQUIRED),
                                             FIELDS_END};

struct block_row {
    struct permission_block block;
    struct register_row told;
};
#define BLOCK(member, name, ...) FIELD_NAMED(struct block_row, member, name, __VA_ARGS__)
static const struct field block_fields[] = {BLOCK(block.id, "id", REQUIRED),
                                            BLOCK(block.outer, "outer", REQUIRED),
                                            BLOCK(block.care_provider, "care_provider", REQUIRED),
                                            BLOCK(block.care_unit, "care_unit", OPTIONAL),
                                            BLOCK(block.records_from, "records_from", OPTIONAL),
                                            BLOCK(block.records_until, "records_until", OPTIONAL),
                                            BLOCK(block.excluded, "excluded", REQUIRED),
                                            BLOCK(block.valid.from, "valid_from", REQUIRED),
                                            BLOCK(block.valid.until, "valid_until", OPTIONAL),
                                            BLOCK(told.source, "source", REQUIRED),
                                            BLOCK(told.recorded_at, "recorded_at", REQUIRED),
                                            FIELDS_END};

struct lift_row {
    struct permission_lift lift;
    struct register_row told;
};
#define LIFT(member, name, ...) FIELD_NAMED(struct lift_row, member, name, __VA_ARGS__)
static const struct field lift_fields[] = {LIFT(told.id, "id", REQUIRED),
                                           LIFT(lift.block, "block", OPTIONAL),
                                           LIFT(lift.outer, "outer", REQUIRED),
                                           LIFT(lift.care_provider, "care_provider", REQUIRED),
                                           LIFT(lift.care_unit, "care_unit", OPTIONAL),
                                           LIFT(lift.valid.from, "valid_from", REQUIRED),
                                           LIFT(lift.valid.until, "valid_until", REQUIRED),
                                           LIFT(told.for_unit, "for_unit", OPTIONAL),
                                           LIFT(told.for_employee, "for_employee", OPTIONAL),
                                           LIFT(told.recorded_at, "recorded_at", REQUIRED),
                                           FIELDS_END};

#define SPAN(member, name, ...) FIELD_NAMED(struct permission_span, member, name, __VA_ARGS__)
static const struct field span_fields[] = {SPAN(from, "valid_from", REQUIRED),
                                           SPAN(until, "valid_until", OPTIONAL), FIELDS_END};

static void take_blocks(const struct rows *rows, struct arena *arena, struct register_facts *facts)
{
    struct permission_block *blocks = ARENA_ARRAY(arena, struct permission_block, rows->count + 1);
    struct register_row *told = ARENA_ARRAY(arena, struct register_row, rows->count + 1);
    for (size_t i = 0; i < rows->count; i++) {
        blocks[i] = ROW(struct block_row, *rows, i)->block;
        told[i] = ROW(struct block_row, *rows, i)->told;
    }
    facts->blocks = told;
    facts->permission.blocks = blocks;
    facts->permission.block_count = rows->count;
}

static void take_lifts(const struct rows *rows, struct arena *arena, struct register_facts *facts)
{
    struct permission_lift *lifts = ARENA_ARRAY(arena, struct permission_lift, rows->count + 1);
    struct register_row *told = ARENA_ARRAY(arena, struct register_row, rows->count + 1);
    for (size_t i = 0; i < rows->count; i++) {
        lifts[i] = ROW(struct lift_row, *rows, i)->lift;
        told[i] = ROW(struct lift_row, *rows, i)->told;
    }
    facts->lifts = told;
    facts->permission.lifts = lifts;
    facts->permission.lift_count = rows->count;
}

/* The identities of the patient, those linked too. None when no number is told. */
static struct err *read_persons(struct request *request, const struct register_question *q,
                                struct uuids *out)
{
    const struct stated_person stated = {.number = q->number, .id_type = q->id_type};
    struct rows rows = {0};
    struct uuid asked;
    if (q->number.len == 0)
        return NULL;
    TRY(person_find(request, &stated, &asked));
    TRY(request_rows(request, &access_select_identities, person_fields, sizeof(struct person_row),
                     &rows, VALUES(V(asked), V(PERSONS_MAX + 1))));
    if (rows.count > PERSONS_MAX)
        return err_new(ERR_TOO_LARGE, "the patient has over %d identities", PERSONS_MAX);
    struct uuid *all = ARENA_ARRAY(request->arena, struct uuid, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++)
        all[i] = ROW(struct person_row, rows, i)->person;
    *out = (struct uuids){all, rows.count};
    return NULL;
}

static struct err *read_facts(struct request *request, const struct register_question *q,
                              struct uuids persons, struct register_facts *out)
{
    struct rows blocks = {0};
    struct rows lifts = {0};
    struct rows consents = {0};
    struct rows emergencies = {0};
    bool all = q->contract == REGISTER_GET_BLOCKS;
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_register_blocks, block_fields, struct block_row, &blocks, V(persons),
         V(ROWS_MAX + 1));
    LOAD(load, &access_select_register_lifts, lift_fields, struct lift_row, &lifts, V(persons),
         V(all), V(q->care_provider), V(q->care_unit), V(q->employee), V(ROWS_MAX + 1));
    LOAD(load, &access_select_consents, span_fields, struct permission_span, &consents, V(persons),
         V(q->care_provider));
    LOAD(load, &access_select_emergencies_of, span_fields, struct permission_span, &emergencies,
         V(persons), V(q->care_provider), V(q->employee));
    TRY(load_run(load));
    if (blocks.count > ROWS_MAX || lifts.count > ROWS_MAX)
        return err_new(ERR_TOO_LARGE, "one patient has over %d blocks", ROWS_MAX);
    *out =
        (struct register_facts){.permission = {.now = request->now,
                                               .consent = {consents.at, consents.count},
                                               .emergency = {emergencies.at, emergencies.count}}};
    take_blocks(&blocks, request->arena, out);
    take_lifts(&lifts, request->arena, out);
    return NULL;
}

/* --- the answer
 * --------------------------------------------------------------------------------------- */

static struct err *log_answer(struct request *request, const struct care_system *by,
                              const struct register_question *q, struct uuids persons,
                              const struct fact_version *versions, size_t count)
{
    static const char *const names[] = {"CheckBlocks", "GetBlocks", "CheckConsent"};
    const struct permission permission = {.outcome = PERMISSION_ALLOW,
                                          .reasons = 1ULL << REASON_ASSIGNMENT_COVERS};
    struct batch *log = batch_new(request->db, request->tenant, request->arena);
    autobuf struct buf what = buf_new(1024);
    buf_format(&what, "{\"contract\":\"%s\",\"employee\":", names[q->contract]);
    json_quote(q->employee, &what);
    buf_byte(&what, '}');
    TRY(buf_done(&what, "the log"));
    struct disclosure row = {.subject_kind = "system",
                             .subject = by->subject,
                             .subject_name = by->name,
                             .unit = q->care_unit,
                             .care_provider = q->care_provider,
                             .action = ACTION_ANSWERED_CARE_SYSTEM,
                             .purpose = permission_purposes[PURPOSE_CARE - 1],
                             .records = (int64_t)count,
                             .what = arena_str(request->arena, buf_str(&what)),
                             .permission = &permission};
    if (persons.count > 0)
        row.person = persons.at[0];
    disclosure_write(request, log, &row, versions, persons.count);
    return batch_run(log);
}

/* Versions before the facts: what changes in between is a conflict when the log is written, and all
 * of it is read anew. The answer leaves after the log's row is there. */
static struct err *answer(struct request *request, const struct care_system *by,
                          const struct register_question *q)
{
    struct register_facts facts;
    struct uuids persons = {0};
    size_t count = 0;
    TRY(read_persons(request, q, &persons));
    struct fact_version *versions =
        ARENA_ARRAY(request->arena, struct fact_version, persons.count + 1);
    TRY(fact_versions_read(request, persons.at, persons.count, versions));
    TRY(read_facts(request, q, persons, &facts));
    buf_clear(request->out);
    register_answer(q, &facts, request->out, &count);
    TRY(buf_done(request->out, "the answer"));
    return log_answer(request, by, q, persons, versions, count);
}

struct err *access_ask_register(struct request *request, struct http_reply *reply)
{
    struct care_system by;
    struct register_question question;
    autosoap struct soap_request soap = {0};
    TRY(soap_open(http_call_header(request->call, "Content-Type"), request->body, request->arena,
                  &soap));
    TRY(know_caller(request, soap.logical_address, &by));
    TRY(register_read(&soap, request->arena, &question));
    TRY(answer(request, &by, &question));
    reply->content_type = SOAP_TYPE;
    return NULL;
}
