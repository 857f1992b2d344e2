/* Are a patient's records blocked for who wants to read them? Asked of the services that keep the
 * blocks, by who cares for the patient, for one member of staff at one unit, and good here for the
 * minutes that the region has decided: meanwhile the blocks on what was asked about are known, and
 * what is blocked there is blocked here. A fact that search reads (block, block_source); the
 * decision has no rule of its own for it. */
#include "services/access/block_check.h"
#include "svc/units.h"
#include "text/json.h"

enum { PLACES_MAX = 2000 };

/* --- the fact
 * ------------------------------------------------------------------------------------------ */

struct blocks_checked {
    struct uuid id;
    struct uuid person;
    struct str care_unit; /* for whom: this member of staff, at this PDL care unit */
    struct uuid user;
    struct instant valid_until;
    struct json_text units; /* checked_fields */
};
static const struct field fact_fields[] = {FIELD(struct blocks_checked, id, REQUIRED),
                                           FIELD(struct blocks_checked, person, REQUIRED),
                                           FIELD(struct blocks_checked, care_unit, REQUIRED),
                                           FIELD(struct blocks_checked, user, REQUIRED),
                                           FIELD(struct blocks_checked, valid_until, REQUIRED),
                                           FIELD(struct blocks_checked, units, REQUIRED),
                                           FIELDS_END};
static const struct field checked_fields[] = {
    FIELD(struct block_check_entity, service, REQUIRED),
    FIELD(struct block_check_entity, care_provider, REQUIRED),
    FIELD(struct block_check_entity, care_unit, REQUIRED),
    FIELD(struct block_check_entity, kind, OPTIONAL),
    FIELD(struct block_check_entity, records_from, REQUIRED),
    FIELD(struct block_check_entity, records_until, REQUIRED),
    FIELD(struct block_check_entity, blocked, REQUIRED),
    FIELDS_END};

/* What was said last counts, and nothing of what was said before. */
static void plan_checked(struct change *change, const void *fact)
{
    const struct blocks_checked *c = fact;
    change_concerns_ids(change, S("person"), c->person, (struct uuid){0});
    CHANGE_SQL(change, &access_end_block_checks, V(c->person), V(c->user), V(c->care_unit),
               V(change->at));
    CHANGE_SQL(change, &access_insert_block_check, V(c->id), V(c->person), V(c->user),
               V(c->care_unit), V(change->at), V(c->valid_until), V(c->units));
}
const struct change_kind change_blocks_checked = {"blocks_checked", fact_fields,
                                                  sizeof(struct blocks_checked), plan_checked};

/* --- which services, and who asks
 * --------------------------------------------------------------------- */

struct asked_service {
    struct str name;
    struct str logical_address;
    struct strs care_providers;
    int32_t checked_minutes;
    bool failed; /* a moment ago */
    struct str employee;
};
static const struct field service_fields[] = {
    FIELD(struct asked_service, name, REQUIRED),
    FIELD(struct asked_service, logical_address, REQUIRED),
    FIELD(struct asked_service, care_providers, REQUIRED),
    FIELD(struct asked_service, checked_minutes, REQUIRED),
    FIELD(struct asked_service, failed, REQUIRED),
    FIELD(struct asked_service, employee, OPTIONAL),
    FIELDS_END};

static struct err *load_services(struct request *request, const struct care_question *q,
                                 struct rows *out)
{
    const struct access_settings *settings = request->house->settings;
    if (settings->blocks_url.len == 0)
        return err_new(ERR_UNSUPPORTED, "this house is not connected to a block service");
    TRY(request_rows(request, &access_select_checked_services, service_fields,
                     sizeof(struct asked_service), out, VALUES(V(q->change.by))));
    if (out->count == 0)
        return err_new(ERR_PRECONDITION,
                       "the region has not decided to ask a block service about a patient");
    if (ROW(struct asked_service, *out, 0)->employee.len == 0 ||
        q->by.permission.assignment.care_unit.len == 0)
        return err_new(ERR_PRECONDITION, "the service asks for your HSA-id and your care unit's");
    for (size_t i = 0; i < out->count; i++)
        if (ROW(struct asked_service, *out, i)->failed)
            return err_new(ERR_TRANSIENT, "a block service gave no answer a moment ago");
    return NULL;
}

/* --- where the patient has records
 * -------------------------------------------------------------------- */

/* Of one source system: at a care unit, or by a code and a time that the register of units maps. */
struct place {
    struct str service; /* that has the system's blocks */
    struct record record;
    struct instant first_at;
    struct instant last_at;
};
#define PLACE(member, ...) FIELD_NAMED(struct place, record.member, #member, __VA_ARGS__)
static const struct field place_fields[] = {FIELD(struct place, service, REQUIRED),
                                            PLACE(source_system, REQUIRED),
                                            PLACE(unit_id, OPTIONAL),
                                            PLACE(care_unit, OPTIONAL),
                                            PLACE(care_provider, OPTIONAL),
                                            PLACE(category, REQUIRED),
                                            PLACE(occurred_at, OPTIONAL),
                                            FIELD(struct place, first_at, REQUIRED),
                                            FIELD(struct place, last_at, REQUIRED),
                                            FIELDS_END};

static struct err *load_places(struct request *request, struct uuid person, struct rows *out)
{
    struct arena *arena = request->arena;
    struct rows meanings = {0};
    struct unit_versions versions;
    TRY(request_rows(request, &access_select_places, place_fields, sizeof(struct place), out,
                     VALUES(V(person), V(PLACES_MAX + 1))));
    if (out->count > PLACES_MAX)
        return err_new(ERR_TOO_LARGE, "the patient has records at over %d times and units",
                       PLACES_MAX);
    struct record **records = ARENA_ARRAY(arena, struct record *, out->count + 1);
    for (size_t i = 0; i < out->count; i++)
        records[i] = &ROW(struct place, *out, i)->record;
    struct load *load = load_new(request->db, request->tenant, arena);
    TRY(units_ask(&access_select_meanings, (const struct record *const *)records, out->count, arena,
                  load, &meanings));
    TRY(load_run(load));
    units_take(&meanings, arena, records, out->count, &versions);
    return NULL;
}

/* --- what is asked about
 * ------------------------------------------------------------------------------ */

/* All of one check; a service's own stand together. */
struct check {
    const struct care_question *q;
    struct block_check_entity *entities;
    size_t count;
};

static bool is_hsa_id(struct str text)
{
    return text.len > 0 && text.len <= 32;
}

static bool keeps_blocks_of(const struct asked_service *service, struct str care_provider)
{
    for (size_t i = 0; i < service->care_providers.count; i++)
        if (str_equal(service->care_providers.at[i], care_provider))
            return true;
    return false;
}

static bool is_asked_about(const struct check *check, const struct asked_service *service,
                           const struct place *place)
{
    const struct permission_assignment *own = &check->q->by.permission.assignment;
    const struct record *r = &place->record;
    bool own_unit =
        str_equal(r->care_provider, own->care_provider) && str_equal(r->care_unit, own->care_unit);
    return str_equal(place->service, service->name) && !own_unit && is_hsa_id(r->care_unit) &&
           is_hsa_id(r->care_provider) && keeps_blocks_of(service, r->care_provider);
}

static bool of_same(const struct block_check_entity *a, const struct block_check_entity *b)
{
    return str_equal(a->care_unit, b->care_unit) && str_equal(a->care_provider, b->care_provider) &&
           str_equal(a->kind, b->kind);
}

static void widen(struct block_check_entity *entity, const struct place *place)
{
    if (instant_before(place->first_at, entity->records_from))
        entity->records_from = place->first_at;
    if (instant_before(entity->records_until, place->last_at))
        entity->records_until = place->last_at;
}

static struct err *add_place(struct check *check, size_t first, const struct asked_service *service,
                             const struct place *place)
{
    const struct record *r = &place->record;
    const struct block_check_entity new = {.service = service->name,
                                           .care_provider = r->care_provider,
                                           .care_unit = r->care_unit,
                                           .kind = permission_block_kind(r->category),
                                           .records_from = place->first_at,
                                           .records_until = place->last_at};
    for (size_t i = first; i < check->count; i++)
        if (of_same(&check->entities[i], &new)) {
            widen(&check->entities[i], place);
            return NULL;
        }
    if (check->count == BLOCK_CHECK_MAX)
        return err_new(ERR_TOO_LARGE,
                       "the patient has records at more care units than can be asked about");
    check->entities[check->count++] = new;
    return NULL;
}

/* The own unit, now, comes first, whose blocks stop nobody there: so each service is asked whether
 * the patient has records or not, and neither the answer nor a failure tells which. */
static struct err *gather(struct check *check, const struct asked_service *service,
                          const struct rows *places, struct instant now)
{
    const struct permission_assignment *own = &check->q->by.permission.assignment;
    const struct place here = {
        .record = {.care_provider = own->care_provider, .care_unit = own->care_unit},
        .first_at = now,
        .last_at = now};
    size_t first = check->count;
    TRY(add_place(check, first, service, &here));
    for (size_t i = 0; i < places->count; i++) {
        const struct place *place = ROW(struct place, *places, i);
        if (is_asked_about(check, service, place))
            TRY(add_place(check, first, service, place));
    }
    return NULL;
}

/* --- asking
 * ----------------------------------------------------------------------------------------- */

static struct err *ask_service(struct request *request, const struct asked_service *asked,
                               struct check *check, size_t first)
{
    const struct access_settings *settings = request->house->settings;
    const struct care_question *q = check->q;
    struct soap_service service;
    TRY(care_question_begin(request, q, "CheckBlocks", settings->blocks_url, asked->logical_address,
                            &service));
    const struct actor_question question = care_question_by(q, asked->employee);
    struct err *e = block_check_ask(&service, &question, &check->entities[first],
                                    check->count - first, request->arena);
    if (e == NULL || e->code != ERR_TRANSIENT)
        return e;
    /* So that nobody else waits for a service that is away. */
    struct batch *batch = batch_new(request->db, request->tenant, request->arena);
    batch_add(batch, &access_block_service_failed, VALUES(V(asked->name)));
    struct err *failed = batch_run(batch);
    return failed != NULL ? failed : e;
}

/* Of a service's own: what is told of the own unit, the first, is not kept; nor is a unit that it
 * does not judge (a retired system's own code), of which as little is known as before. */
static void keep_judged(struct check *check, size_t first)
{
    size_t kept = first;
    for (size_t i = first + 1; i < check->count; i++)
        if (check->entities[i].judged)
            check->entities[kept++] = check->entities[i];
    check->count = kept;
}

/* All services, or nothing is known. */
static struct err *ask_all(struct request *request, const struct rows *services,
                           const struct rows *places, struct check *check)
{
    for (size_t i = 0; i < services->count; i++) {
        const struct asked_service *service = ROW(struct asked_service, *services, i);
        size_t first = check->count;
        TRY(gather(check, service, places, request->now));
        TRY(ask_service(request, service, check, first));
        keep_judged(check, first);
    }
    return NULL;
}

static struct err *record(struct request *request, struct care_question *q,
                          const struct check *check, struct instant valid_until)
{
    autobuf struct buf units = buf_new(64 * 1024);
    json_write_list(checked_fields, check->entities, sizeof *check->entities, check->count, &units);
    TRY(buf_done(&units, "what was checked"));
    const struct blocks_checked fact = {.id = uuid_random(),
                                        .person = q->person,
                                        .care_unit = q->by.permission.assignment.care_unit,
                                        .user = q->change.by,
                                        .valid_until = valid_until,
                                        .units = {buf_str(&units)}};
    return change_apply(request, &q->change, &change_blocks_checked, &fact);
}

static struct instant shortest(const struct rows *services, struct instant now)
{
    int64_t minutes = ROW(struct asked_service, *services, 0)->checked_minutes;
    for (size_t i = 1; i < services->count; i++)
        if (ROW(struct asked_service, *services, i)->checked_minutes < minutes)
            minutes = ROW(struct asked_service, *services, i)->checked_minutes;
    return instant_add(now, minutes * 60 * 1000000);
}

/* That it was checked, and until when: never what is where, and not whether there is anything. */
struct check_answer {
    struct instant valid_until;
};
static const struct field answer_fields[] = {FIELD(struct check_answer, valid_until, REQUIRED),
                                             FIELDS_END};

struct err *access_check_blocks(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct care_question q;
    struct rows services = {0};
    struct rows places = {0};
    TRY(care_question_read(request, &q));
    TRY(load_services(request, &q, &services));
    TRY(load_places(request, q.person, &places));
    struct check check = {
        .q = &q,
        .entities = ARENA_ARRAY(request->arena, struct block_check_entity, BLOCK_CHECK_MAX)};
    TRY(ask_all(request, &services, &places, &check));
    const struct check_answer answer = {shortest(&services, request->now)};
    TRY(record(request, &q, &check, answer.valid_until));
    json_write(answer_fields, &answer, request->out);
    return NULL;
}
