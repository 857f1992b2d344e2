/* The register of blocks (spärrar): what patients have closed, for which source systems it is
 * whole, and what is opened for a time in spite of it. Nothing is removed from it: a block ends.
 *
 * A guardian cannot block a child's records (PDL 4:4): only what the patient has asked for is
 * recorded here. */
#include "services/access/block_services.h"
#include "services/access/person_register.h"
#include "text/json.h"

enum { BLOCKS_SHOWN = 1000 };
/* A lift is for the care at hand; who needs longer asks the patient again. */
#define LIFT_LONGEST_US (24 * INT64_C(3600) * 1000000)
#define REGISTER        "register"

/* --- blocks
 * ----------------------------------------------------------------------------------------- */

struct block {
    struct uuid id;
    struct json_text person; /* as stated */
    struct uuid pseudonym;
    bool outer;
    struct str care_provider;
    struct str care_unit;
    struct instant records_from;
    struct instant records_until;
    struct strs excluded; /* kinds of information that the patient has left out of it */
    struct instant valid_from;
    struct instant valid_until;
    struct str source;
    struct str source_id;
    struct instant recorded_at;
};
#define BLOCK_FIELDS                                                                               \
    FIELD(struct block, outer, REQUIRED),                                                          \
        FIELD(struct block, care_provider, REQUIRED, .min = 1, .max = 64),                         \
        FIELD(struct block, care_unit, OPTIONAL, .min = 1, .max = 64),                             \
        FIELD(struct block, records_from, OPTIONAL), FIELD(struct block, records_until, OPTIONAL), \
        FIELD(struct block, excluded, OPTIONAL), FIELD(struct block, valid_from, OPTIONAL),        \
        FIELD(struct block, valid_until, OPTIONAL),                                                \
        FIELD(struct block, source, OPTIONAL, .min = 1, .max = 64),                                \
        FIELD(struct block, source_id, OPTIONAL, .min = 1, .max = 128)
static const struct field block_body_fields[] = {FIELD(struct block, person, REQUIRED),
                                                 BLOCK_FIELDS, FIELDS_END};
static const struct field block_fact_fields[] = {
    FIELD(struct block, id, REQUIRED), FIELD_NAMED(struct block, pseudonym, "person", REQUIRED),
    BLOCK_FIELDS, FIELDS_END};
static const struct field block_row_fields[] = {FIELD(struct block, id, REQUIRED), BLOCK_FIELDS,
                                                FIELD(struct block, recorded_at, REQUIRED),
                                                FIELDS_END};

static void plan_block(struct change *change, const void *fact)
{
    const struct block *b = fact;
    change_concerns_ids(change, S("person"), b->pseudonym, (struct uuid){0});
    CHANGE_SQL(change, &access_insert_block, V(b->id), V(b->pseudonym), V(b->outer),
               V(b->care_provider), V(b->care_unit), V(b->records_from), V(b->records_until),
               V(b->excluded), V(b->valid_from), V(b->valid_until), V(b->source), V(b->source_id),
               V(change->by), V(change->at));
}
const struct change_kind change_block = {"block", block_fact_fields, sizeof(struct block),
                                         plan_block};

static struct err *check_block(const struct block *body)
{
    if (body->outer && body->care_unit.len > 0)
        return err_field(ERR_INVALID, "care_unit", "a block between care providers has none");
    if (body->records_from.known && body->records_until.known &&
        !instant_before(body->records_from, body->records_until))
        return err_field(ERR_INVALID, "records_until", "not after records_from");
    for (size_t i = 0; i < body->excluded.count; i++)
        if (!str_equal(body->excluded.at[i], S("lak")) &&
            !str_equal(body->excluded.at[i], S("upp")))
            return err_field(ERR_INVALID, "excluded", "only lak and upp can be left out");
    if (body->source.len > 0 && body->source_id.len == 0)
        return err_field(ERR_INVALID, "source_id", "missing: the block's id in its source");
    return change_check_span(body->valid_from, body->valid_until);
}

/* A block of a source has one id however often it is taken in. */
static struct uuid block_id(int32_t tenant, const struct block *body)
{
    char region[16];
    if (body->source_id.len == 0)
        return uuid_random();
    snprintf(region, sizeof region, "%d", (int)tenant);
    return UUID_FROM(S("block"), str_from(region), body->source, body->source_id);
}

static void plan_block_ended(struct change *change, const void *fact)
{
    const struct ending *e = fact;
    change_concerns_ids(change, S("person"), e->person, (struct uuid){0});
    CHANGE_SQL(change, &access_close_block, V(e->id), V(e->valid_until));
}
const struct change_kind change_block_ended = {"block_ended", ending_fields, sizeof(struct ending),
                                               plan_block_ended};

static bool same_time(struct instant a, struct instant b)
{
    return a.known == b.known && (!a.known || a.us == b.us);
}

static bool same_words(struct strs a, struct strs b)
{
    bool same = a.count == b.count;
    for (size_t i = 0; same && i < a.count; i++)
        same = str_equal(a.at[i], b.at[i]);
    return same;
}

/* What a block says, but for when it ends. */
static const char *different(const struct block *a, const struct block *b)
{
    if (!uuid_equal(a->pseudonym, b->pseudonym))
        return "person";
    if (a->outer != b->outer)
        return "outer";
    if (!str_equal(a->care_provider, b->care_provider))
        return "care_provider";
    if (!str_equal(a->care_unit, b->care_unit))
        return "care_unit";
    if (!same_time(a->records_from, b->records_from))
        return "records_from";
    if (!same_time(a->records_until, b->records_until))
        return "records_until";
    return same_words(a->excluded, b->excluded) ? NULL : "excluded";
}

/* A block of a source told again: nothing is written, but for the end that it has got there. One
 * that has ended here stays ended. */
static struct err *told_again(struct request *request, struct change *change,
                              const struct block *known, const struct block *body)
{
    const char *field = different(known, body);
    if (field != NULL)
        return err_field(ERR_CONFLICT, field, "the source has told this block otherwise before");
    if (!body->valid_until.known ||
        (known->valid_until.known && !instant_before(body->valid_until, known->valid_until)))
        return NULL;
    const struct ending fact = {known->id, known->pseudonym, body->valid_until};
    return change_apply(request, change, &change_block_ended, &fact);
}

static struct err *find_told(struct request *request, struct uuid id, struct rows *out)
{
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_told_block, block_fact_fields, struct block, out, V(id));
    return load_run(load);
}

/* What a mirror takes in, it ends. */
static struct err *refuse_service(struct request *request, struct str source)
{
    struct block_service service;
    const struct err *mark = err_mark();
    struct err *e = block_service_find(request, source, &service);
    if (e == NULL)
        return err_field(ERR_INVALID, "source",
                         "a service that is mirrored tells its blocks itself");
    if (e->code != ERR_NOT_FOUND)
        return e;
    err_forget(mark);
    return NULL;
}

struct err *access_add_block(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct block body = {0};
    struct rows told = {0};
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, block_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    if (!body.valid_from.known)
        body.valid_from = request->now;
    TRY(check_block(&body));
    TRY(person_read(request, body.person, "person", &body.pseudonym));
    if (body.source.len == 0)
        body.source = S(REGISTER);
    body.id = block_id(request->tenant, &body);
    TRY(find_told(request, body.id, &told));
    TRY(refuse_service(request, body.source));
    if (told.count == 0)
        TRY(change_apply(request, &change, &change_block, &body));
    else
        TRY(told_again(request, &change, ROW(struct block, told, 0), &body));
    answer_made(request, reply, body.id);
    if (told.count > 0)
        reply->status = 200;
    return NULL;
}

static const struct field found_fields[] = {FIELD(struct ending, id, REQUIRED),
                                            FIELD(struct ending, person, REQUIRED), FIELDS_END};

struct err *access_end_block(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct uuid id;
    struct rows rows = {0};
    TRY(change_begin_own(request, &change));
    TRY(param_id(request, "block", &id));
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_block, found_fields, struct ending, &rows, V(id));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such block");
    struct ending fact = *ROW(struct ending, rows, 0);
    fact.valid_until = request->now;
    reply->status = 204;
    return change_apply(request, &change, &change_block_ended, &fact);
}

/* --- one patient's blocks, to those who keep the register
 * -------------------------------------------- */

/* Where a patient has blocked tells where the patient has been. */
struct err *access_find_blocks(struct request *request, struct http_reply *reply)
{
    static const struct person_register blocks = {"blocks", &access_select_blocks, block_row_fields,
                                                  sizeof(struct block), BLOCKS_SHOWN};
    (void)reply;
    return person_register_find(request, &blocks);
}

/* --- for which systems the register is whole
 * --------------------------------------------------------- */

struct block_source {
    struct str system;
    bool complete;
    struct str service; /* that has them; absent: the register has */
    struct str decided_by;
};
static const struct field source_body_fields[] = {
    FIELD(struct block_source, complete, REQUIRED),
    FIELD(struct block_source, service, OPTIONAL, .min = 1, .max = 64),
    FIELD(struct block_source, decided_by, REQUIRED, .min = 1, .max = 200), FIELDS_END};
static const struct field source_fact_fields[] = {
    FIELD(struct block_source, system, REQUIRED), FIELD(struct block_source, complete, REQUIRED),
    FIELD(struct block_source, service, OPTIONAL), FIELDS_END};

static void plan_source(struct change *change, const void *fact)
{
    const struct block_source *s = fact;
    CHANGE_REPLACES(change, S("block_source"), s->system);
    change_concerns_rules(change);
    CHANGE_SQL(change, &access_put_block_source, V(s->system), V(s->complete), V(s->service),
               V(told_or_from_journal(s->decided_by)), V(change->at));
}
const struct change_kind change_block_source = {"block_source", source_fact_fields,
                                                sizeof(struct block_source), plan_source};

struct err *access_set_block_source(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct block_source body = {.system = http_param(&request->match, "system")};
    struct block_service service;
    TRY(change_begin_own(request, &change));
    if (body.system.len > 64)
        return err_field(ERR_INVALID, "system", "longer than 64 bytes");
    TRY(json_read(request->body, source_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    if (body.service.len > 0)
        TRY(block_service_find(request, body.service, &service));
    reply->status = 204;
    return change_apply(request, &change, &change_block_source, &body);
}

/* --- lifts
 * ----------------------------------------------------------------------------------------- */

struct lift {
    struct uuid id;
    struct json_text person;
    struct uuid pseudonym;
    bool outer;
    struct str care_provider;
    struct str care_unit;
    struct str for_unit;
    struct str for_provider;
    struct str ground;
    struct str reason;
    struct instant valid_until;
};
static const char *const grounds[] = {"consent", "danger", NULL};
#define LIFT_FIELDS                                                                                \
    FIELD(struct lift, outer, REQUIRED),                                                           \
        FIELD(struct lift, care_provider, OPTIONAL, .min = 1, .max = 64),                          \
        FIELD(struct lift, care_unit, OPTIONAL, .min = 1, .max = 64),                              \
        FIELD(struct lift, ground, REQUIRED, .one_of = grounds),                                   \
        FIELD(struct lift, valid_until, OPTIONAL)
static const struct field lift_body_fields[] = {
    FIELD(struct lift, person, REQUIRED),
    FIELD(struct lift, reason, REQUIRED, .min = 1, .max = 1000), LIFT_FIELDS, FIELDS_END};
static const struct field lift_fact_fields[] = {
    FIELD(struct lift, id, REQUIRED),
    FIELD_NAMED(struct lift, pseudonym, "person", REQUIRED),
    LIFT_FIELDS,
    FIELD(struct lift, for_unit, OPTIONAL),
    FIELD(struct lift, for_provider, REQUIRED),
    FIELDS_END};

static void plan_lift(struct change *change, const void *fact)
{
    const struct lift *l = fact;
    change_concerns_ids(change, S("person"), l->pseudonym, (struct uuid){0});
    CHANGE_SQL(change, &access_insert_lift, V(l->id), V(l->pseudonym), V(l->outer),
               V(l->care_provider), V(l->care_unit), V(l->for_unit), V(l->for_provider),
               V(l->ground), V(told_or_from_journal(l->reason)), V(change->by), V(change->at),
               V(l->valid_until));
}
const struct change_kind change_lift = {"block_lift", lift_fact_fields, sizeof(struct lift),
                                        plan_lift};

/* For whom it is opened is who asks: nobody opens for another. */
static struct err *complete_lift(const struct permission_assignment *own, struct instant now,
                                 struct lift *lift)
{
    const struct instant longest = instant_add(now, LIFT_LONGEST_US);
    lift->for_provider = own->care_provider;
    lift->for_unit = own->care_unit;
    if (!lift->outer && own->care_unit.len == 0)
        return err_new(ERR_FORBIDDEN, "your assignment has no care unit to lift inner blocks for");
    bool told = lift->care_provider.len > 0;
    bool of_own = str_equal(lift->care_provider, own->care_provider);
    if (lift->outer ? !told || of_own : told && !of_own)
        return err_field(ERR_INVALID, "care_provider",
                         lift->outer ? "say whose records: another care provider's"
                                     : "inner blocks are of your own care provider");
    if (lift->outer && lift->care_unit.len > 0)
        return err_field(ERR_INVALID, "care_unit", "a block between care providers has none");
    lift->care_provider = lift->outer ? lift->care_provider : own->care_provider;
    if (!lift->valid_until.known)
        lift->valid_until = longest;
    if (!instant_before(now, lift->valid_until) || instant_before(longest, lift->valid_until))
        return err_field(ERR_INVALID, "valid_until", "not within 24 hours from now");
    return NULL;
}

struct err *access_lift_blocks(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct subject by;
    struct lift body = {.id = uuid_random()};
    TRY(change_begin_care(request, &change, &by));
    TRY(json_read(request->body, lift_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    TRY(complete_lift(&by.permission.assignment, request->now, &body));
    TRY(person_read(request, body.person, "person", &body.pseudonym));
    TRY(change_apply(request, &change, &change_lift, &body));
    answer_made(request, reply, body.id);
    return NULL;
}
