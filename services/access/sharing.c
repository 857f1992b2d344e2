/* What opens another care provider's records (lag 2022:913): an agreement between the two, which a
 * local administrator records; the care relation and the patient's consent, which those who care
 * for the patient record, for their own care provider. */
#include "services/access/proposals.h"
#include "text/json.h"

/* --- agreements
 * ------------------------------------------------------------------------------------- */

struct agreement {
    struct uuid id;
    struct str care_provider;
    struct str other_provider;
    struct str reference;
    struct str decided_by;
    struct instant valid_from;
    struct instant valid_until;
};
#define AGREEMENT_FIELDS                                                                           \
    FIELD(struct agreement, care_provider, REQUIRED, .min = 1, .max = 64),                         \
        FIELD(struct agreement, other_provider, REQUIRED, .min = 1, .max = 64),                    \
        FIELD(struct agreement, reference, REQUIRED, .min = 1, .max = 200),                        \
        FIELD(struct agreement, valid_from, OPTIONAL),                                             \
        FIELD(struct agreement, valid_until, OPTIONAL)
static const struct field agreement_body_fields[] = {
    AGREEMENT_FIELDS, FIELD(struct agreement, decided_by, REQUIRED, .min = 1, .max = 200),
    FIELDS_END};
const struct field agreement_whole_fields[] = {
    FIELD(struct agreement, id, REQUIRED), AGREEMENT_FIELDS,
    FIELD(struct agreement, decided_by, REQUIRED), FIELDS_END};
static const struct field agreement_fact_fields[] = {FIELD(struct agreement, id, REQUIRED),
                                                     AGREEMENT_FIELDS, FIELDS_END};

static void plan_agreement(struct change *change, const void *fact)
{
    const struct agreement *a = fact;
    change_concerns_rules(change);
    CHANGE_SQL(change, &access_insert_agreement, V(a->id), V(a->care_provider),
               V(a->other_provider), V(a->reference), V(told_or_from_journal(a->decided_by)),
               V(a->valid_from), V(a->valid_until));
}
const struct change_kind change_agreement = {"provider_agreement", agreement_fact_fields,
                                             sizeof(struct agreement), plan_agreement};

struct err *access_add_agreement(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct agreement body = {.id = uuid_random()};
    bool waits = false;
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, agreement_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    if (str_equal(body.care_provider, body.other_provider))
        return err_field(ERR_INVALID, "other_provider", "the care provider itself");
    if (!body.valid_from.known)
        body.valid_from = request->now;
    TRY(change_check_span(body.valid_from, body.valid_until));
    TRY(proposal_or_apply(request, reply, &change, &change_agreement, &body, &waits));
    if (!waits)
        answer_made(request, reply, body.id);
    return NULL;
}

static void plan_agreement_ended(struct change *change, const void *fact)
{
    const struct ending *e = fact;
    change_concerns_rules(change);
    CHANGE_SQL(change, &access_close_agreement, V(e->id), V(e->valid_until));
}
const struct change_kind change_agreement_ended = {"provider_agreement_ended", ending_fields,
                                                   sizeof(struct ending), plan_agreement_ended};

struct err *access_end_agreement(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct ending fact = {.valid_until = request->now};
    struct rows rows = {0};
    TRY(change_begin_own(request, &change));
    TRY(param_id(request, "agreement", &fact.id));
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_agreement, id_fields, struct id_row, &rows, V(fact.id));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such agreement");
    reply->status = 204;
    return change_apply(request, &change, &change_agreement_ended, &fact);
}

/* --- what those who care for the patient record
 * ------------------------------------------------------- */

/* A care relation or a consent. */
struct sharing {
    struct uuid id;
    struct json_text person; /* as stated */
    struct uuid pseudonym;
    struct str care_provider; /* who asked: nobody records for another */
    struct instant valid_until;
};
static const struct field relation_body_fields[] = {FIELD(struct sharing, person, REQUIRED),
                                                    FIELD(struct sharing, valid_until, REQUIRED),
                                                    FIELDS_END};
static const struct field consent_body_fields[] = {FIELD(struct sharing, person, REQUIRED),
                                                   FIELD(struct sharing, valid_until, OPTIONAL),
                                                   FIELDS_END};
static const struct field sharing_fact_fields[] = {
    FIELD(struct sharing, id, REQUIRED), FIELD_NAMED(struct sharing, pseudonym, "person", REQUIRED),
    FIELD(struct sharing, care_provider, REQUIRED), FIELD(struct sharing, valid_until, OPTIONAL),
    FIELDS_END};

static void plan_sharing(struct change *change, const struct sharing *s, const struct sql *insert)
{
    change_concerns_ids(change, S("person"), s->pseudonym, (struct uuid){0});
    CHANGE_SQL(change, insert, V(s->id), V(s->pseudonym), V(s->care_provider), V(change->by),
               V(change->at), V(s->valid_until));
}

static void plan_relation(struct change *change, const void *fact)
{
    plan_sharing(change, fact, &access_insert_relation);
}
const struct change_kind change_relation = {"care_relation", sharing_fact_fields,
                                            sizeof(struct sharing), plan_relation};

static void plan_consent(struct change *change, const void *fact)
{
    plan_sharing(change, fact, &access_insert_consent);
}
const struct change_kind change_consent = {"consent", sharing_fact_fields, sizeof(struct sharing),
                                           plan_consent};

static struct err *add_sharing(struct request *request, struct http_reply *reply,
                               const struct field *fields, const struct change_kind *kind)
{
    struct change change;
    struct subject by;
    struct sharing body = {.id = uuid_random()};
    TRY(change_begin_care(request, &change, &by));
    TRY(json_read(request->body, fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    if (body.valid_until.known && !instant_before(request->now, body.valid_until))
        return err_field(ERR_INVALID, "valid_until", "not after now");
    TRY(person_read(request, body.person, "person", &body.pseudonym));
    body.care_provider = by.permission.assignment.care_provider;
    TRY(change_apply(request, &change, kind, &body));
    answer_made(request, reply, body.id);
    return NULL;
}

struct err *access_add_relation(struct request *request, struct http_reply *reply)
{
    return add_sharing(request, reply, relation_body_fields, &change_relation);
}

struct err *access_add_consent(struct request *request, struct http_reply *reply)
{
    return add_sharing(request, reply, consent_body_fields, &change_consent);
}

static void plan_consent_ended(struct change *change, const void *fact)
{
    const struct ending *e = fact;
    change_concerns_ids(change, S("person"), e->person, (struct uuid){0});
    CHANGE_SQL(change, &access_close_consent, V(e->id), V(e->valid_until));
}
const struct change_kind change_consent_ended = {"consent_ended", ending_fields,
                                                 sizeof(struct ending), plan_consent_ended};

static const struct field found_fields[] = {FIELD(struct ending, id, REQUIRED),
                                            FIELD(struct ending, person, REQUIRED), FIELDS_END};

/* The patient takes it back. */
struct err *access_end_consent(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct subject by;
    struct uuid id;
    struct rows rows = {0};
    TRY(change_begin_care(request, &change, &by));
    TRY(param_id(request, "consent", &id));
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_consent, found_fields, struct ending, &rows, V(id),
         V(by.permission.assignment.care_provider));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "your care provider has no such consent");
    struct ending fact = *ROW(struct ending, rows, 0);
    fact.valid_until = request->now;
    reply->status = 204;
    return change_apply(request, &change, &change_consent_ended, &fact);
}
