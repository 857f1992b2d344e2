/* A region's facts about national services and persons, set by its own administrators. */
#include "services/access/person_told.h"
#include "services/access/proposals.h"
#include "text/json.h"

/* --- national services
 * ------------------------------------------------------------------------------ */

struct policy {
    struct str service;
    struct str care_provider;
    struct str care_unit;
    struct instant valid_from;
    struct instant valid_until;
    struct instant approved_for_patient_from;
};
const struct field policy_whole_fields[] = {
    FIELD(struct policy, service, REQUIRED, .min = 1, .max = 64),
    FIELD(struct policy, care_provider, REQUIRED, .min = 1, .max = 64),
    FIELD(struct policy, care_unit, OPTIONAL, .min = 1, .max = 64),
    FIELD(struct policy, valid_from, REQUIRED),
    FIELD(struct policy, valid_until, OPTIONAL),
    FIELD(struct policy, approved_for_patient_from, OPTIONAL),
    FIELDS_END};

static void plan_policy(struct change *change, const void *fact)
{
    const struct policy *p = fact;
    CHANGE_REPLACES(change, S("policy"), p->service, p->care_provider, p->care_unit);
    change_concerns_rules(change);
    CHANGE_SQL(change, &access_put_policy, V(p->service), V(p->care_provider), V(p->care_unit),
               V(p->valid_from), V(p->valid_until), V(p->approved_for_patient_from));
}
const struct change_kind change_policy = {"consumer_policy", policy_whole_fields,
                                          sizeof(struct policy), plan_policy};

struct service_row {
    struct str kind;
};
static const struct field service_fields[] = {FIELD(struct service_row, kind, REQUIRED),
                                              FIELDS_END};

static struct err *check_service(struct request *request, struct str service)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_service, service_fields, struct service_row, &rows, V(service));
    TRY(load_run(load));
    return rows.count > 0
               ? NULL
               : err_field(ERR_INVALID, "service", "no national service is known by this HSA-id");
}

struct err *access_set_policy(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct policy body = {0};
    bool waits = false;
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, policy_whole_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    TRY(change_check_span(body.valid_from, body.valid_until));
    if (instant_before(body.approved_for_patient_from, body.valid_from))
        return err_field(ERR_INVALID, "approved_for_patient_from", "before valid_from");
    TRY(check_service(request, body.service));
    reply->status = 204;
    return proposal_or_apply(request, reply, &change, &change_policy, &body, &waits);
}

/* --- persons
 * ---------------------------------------------------------------------------------------- */

struct person_facts {
    struct json_text person; /* as stated */
    struct uuid pseudonym;
    struct str protection;
    bool deceased;
    struct str source;
};
static const char *const protections[] = {"none", "protected", "fictitious", NULL};
static const struct field person_body_fields[] = {
    FIELD(struct person_facts, person, REQUIRED),
    FIELD(struct person_facts, protection, REQUIRED, .one_of = protections),
    FIELD(struct person_facts, deceased, REQUIRED),
    FIELD(struct person_facts, source, REQUIRED, .min = 1, .max = 64), FIELDS_END};
static const struct field person_fact_fields[] = {
    FIELD_NAMED(struct person_facts, pseudonym, "person", REQUIRED),
    FIELD(struct person_facts, protection, REQUIRED),
    FIELD(struct person_facts, deceased, REQUIRED), FIELDS_END};

static void plan_person(struct change *change, const void *fact)
{
    const struct person_facts *p = fact;
    change_concerns_ids(change, S("person"), p->pseudonym, (struct uuid){0});
    CHANGE_SQL(change, &access_put_person_fact, V(p->pseudonym), V(p->protection), V(p->deceased),
               V(told_or_from_journal(p->source)), V(change->at), V(change->again));
}
const struct change_kind change_person = {"person", person_fact_fields, sizeof(struct person_facts),
                                          plan_person};

struct err *access_set_person(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct person_facts body = {0};
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, person_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    TRY(person_read(request, body.person, "person", &body.pseudonym));
    TRY(officer_check(request, &change, (struct uuids){&body.pseudonym, 1}));
    TRY(person_note_own(request, &change, body.person, body.pseudonym));
    reply->status = 204;
    return change_apply(request, &change, &change_person, &body);
}

struct link {
    struct uuid id;
    struct json_text person;
    struct json_text other;
    struct uuid one;
    struct uuid two;
    struct str assurance;
    struct str decided_by;
    struct str reason;
    struct str visibility; /* absent: as the two identities are */
    struct instant valid_from;
    struct instant valid_until;
};
static const char *const visibilities[] = {"open", "restricted", NULL};
static const struct field link_body_fields[] = {
    FIELD(struct link, person, REQUIRED),
    FIELD(struct link, other, REQUIRED),
    FIELD(struct link, assurance, REQUIRED, .min = 1, .max = 64),
    FIELD(struct link, decided_by, REQUIRED, .min = 1, .max = 200),
    FIELD(struct link, reason, REQUIRED, .min = 1, .max = 1000),
    FIELD(struct link, visibility, OPTIONAL, .one_of = visibilities),
    FIELD(struct link, valid_from, OPTIONAL),
    FIELD(struct link, valid_until, OPTIONAL),
    FIELDS_END};
static const struct field link_fact_fields[] = {FIELD(struct link, id, REQUIRED),
                                                FIELD_NAMED(struct link, one, "person", REQUIRED),
                                                FIELD_NAMED(struct link, two, "other", REQUIRED),
                                                FIELD(struct link, assurance, REQUIRED),
                                                FIELD(struct link, visibility, OPTIONAL),
                                                FIELD(struct link, valid_from, REQUIRED),
                                                FIELD(struct link, valid_until, OPTIONAL),
                                                FIELDS_END};

static void plan_link(struct change *change, const void *fact)
{
    const struct link *l = fact;
    change_concerns_ids(change, S("person"), l->one, l->two);
    CHANGE_SQL(change, &access_insert_link, V(l->id), V(l->one), V(l->two), V(l->assurance),
               V(told_or_from_journal(l->decided_by)), V(told_or_from_journal(l->reason)),
               V(l->valid_from), V(l->valid_until), V(l->visibility));
}
const struct change_kind change_link = {"person_link", link_fact_fields, sizeof(struct link),
                                        plan_link};

struct err *access_add_link(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct link body = {.id = uuid_random()};
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, link_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    TRY(person_read(request, body.person, "person", &body.one));
    TRY(person_read(request, body.other, "other", &body.two));
    if (uuid_equal(body.one, body.two))
        return err_field(ERR_INVALID, "other", "the same identity");
    if (!body.valid_from.known)
        body.valid_from = request->now;
    TRY(change_check_span(body.valid_from, body.valid_until));
    const struct uuid both[] = {body.one, body.two};
    TRY(officer_check(request, &change, (struct uuids){both, COUNT(both)}));
    TRY(person_note_own(request, &change, body.person, body.one));
    TRY(person_note_own(request, &change, body.other, body.two));
    TRY(change_apply(request, &change, &change_link, &body));
    answer_made(request, reply, body.id);
    return NULL;
}
