/* A consent that the patient gave elsewhere: asked of the service that keeps it, for one member of
 * staff at one unit, and good here for the minutes that the region has decided. An emergency that
 * somebody vouched for there opens nothing here: ours has a reason and an alert of its own. */
#include "services/access/consent_service.h"
#include "services/access/proposals.h"
#include "text/json.h"

/* --- a region's decision to ask
 * --------------------------------------------------------------------- */

struct rule {
    bool asked;
    struct str logical_address;
    int32_t valid_minutes;
    struct str decided_by;
};
#define RULE_FIELDS                                                                                \
    FIELD(struct rule, asked, REQUIRED),                                                           \
        FIELD(struct rule, logical_address, REQUIRED, .min = 1, .max = 32),                        \
        FIELD(struct rule, valid_minutes, REQUIRED, .min = 1, .max = 1440)
const struct field consent_service_whole_fields[] = {
    RULE_FIELDS, FIELD(struct rule, decided_by, REQUIRED, .min = 1, .max = 200), FIELDS_END};
static const struct field rule_fact_fields[] = {RULE_FIELDS, FIELDS_END};

static void plan_rule(struct change *change, const void *fact)
{
    const struct rule *r = fact;
    CHANGE_REPLACES(change, S("consent_service"));
    change_concerns_rules(change);
    CHANGE_SQL(change, &access_put_consent_service, V(r->asked), V(r->logical_address),
               V(r->valid_minutes), V(told_or_from_journal(r->decided_by)));
}
const struct change_kind change_consent_service = {"consent_service", rule_fact_fields,
                                                   sizeof(struct rule), plan_rule};

struct err *access_set_consent_service(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct rule body = {0};
    bool waits = false;
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, consent_service_whole_fields, JSON_REFUSE_UNKNOWN, "",
                  request->arena, &body));
    reply->status = 204;
    return proposal_or_apply(request, reply, &change, &change_consent_service, &body, &waits);
}

/* --- the fact
 * ------------------------------------------------------------------------------------------ */

struct consent_found {
    struct uuid id;
    struct uuid person;
    struct str care_provider;
    struct str care_unit; /* for whom: this member of staff, at this PDL care unit */
    struct uuid user;
    struct instant valid_until;
};
static const struct field found_fields[] = {FIELD(struct consent_found, id, REQUIRED),
                                            FIELD(struct consent_found, person, REQUIRED),
                                            FIELD(struct consent_found, care_provider, REQUIRED),
                                            FIELD(struct consent_found, care_unit, REQUIRED),
                                            FIELD(struct consent_found, user, REQUIRED),
                                            FIELD(struct consent_found, valid_until, REQUIRED),
                                            FIELDS_END};

static void plan_found(struct change *change, const void *fact)
{
    const struct consent_found *c = fact;
    change_concerns_ids(change, S("person"), c->person, (struct uuid){0});
    CHANGE_SQL(change, &access_insert_consent_found, V(c->id), V(c->person), V(c->care_provider),
               V(c->care_unit), V(c->user), V(change->at), V(c->valid_until));
}
const struct change_kind change_consent_found = {"consent_found", found_fields,
                                                 sizeof(struct consent_found), plan_found};

/* --- asking
 * ----------------------------------------------------------------------------------------- */

struct asking_row {
    struct str logical_address;
    int32_t valid_minutes;
    bool failed; /* a moment ago */
    struct str employee;
};
static const struct field asking_fields[] = {
    FIELD(struct asking_row, logical_address, REQUIRED),
    FIELD(struct asking_row, valid_minutes, REQUIRED), FIELD(struct asking_row, failed, REQUIRED),
    FIELD(struct asking_row, employee, OPTIONAL), FIELDS_END};

/* By whom and at what address the service is asked. */
static struct err *load_asking(struct request *request, const struct change *change,
                               const struct permission_assignment *own, struct asking_row *out)
{
    const struct access_settings *settings = request->house->settings;
    struct rows rows = {0};
    if (settings->consents_url.len == 0)
        return err_new(ERR_UNSUPPORTED, "this house is not connected to a consent service");
    TRY(request_rows(request, &access_select_consent_service, asking_fields, sizeof *out, &rows,
                     VALUES(V(change->by))));
    if (rows.count == 0)
        return err_new(ERR_PRECONDITION, "the region has not decided to ask a consent service");
    *out = *ROW(struct asking_row, rows, 0);
    if (out->employee.len == 0 || own->care_unit.len == 0)
        return err_new(ERR_PRECONDITION, "the service asks for your HSA-id and your care unit's");
    return out->failed ? err_new(ERR_TRANSIENT, "the consent service gave no answer a moment ago")
                       : NULL;
}

static struct err *ask_service(struct request *request, const struct asking_row *asking,
                               const struct care_question *q, struct consent_told *out)
{
    const struct access_settings *settings = request->house->settings;
    struct soap_service service;
    TRY(care_question_begin(request, q, "CheckConsent", settings->consents_url,
                            asking->logical_address, &service));
    const struct actor_question question = care_question_by(q, asking->employee);
    struct err *e = consent_service_ask(&service, &question, request->arena, out);
    if (e == NULL || e->code != ERR_TRANSIENT)
        return e;
    /* So that nobody else waits for a service that is away. */
    struct batch *batch = batch_new(request->db, request->tenant, request->arena);
    batch_add(batch, &access_consent_service_failed, NO_VALUES);
    struct err *failed = batch_run(batch);
    return failed != NULL ? failed : e;
}

struct ask_answer {
    bool consent;
    bool emergency;
    struct uuid id;
    struct instant valid_until;
};
static const struct field answer_fields[] = {
    FIELD(struct ask_answer, consent, REQUIRED), FIELD(struct ask_answer, emergency, REQUIRED),
    FIELD(struct ask_answer, id, OPTIONAL), FIELD(struct ask_answer, valid_until, OPTIONAL),
    FIELDS_END};

static struct err *record(struct request *request, struct care_question *q, int32_t minutes,
                          struct ask_answer *answer)
{
    const struct permission_assignment *own = &q->by.permission.assignment;
    struct consent_found fact = {.id = uuid_random(),
                                 .person = q->person,
                                 .care_provider = own->care_provider,
                                 .care_unit = own->care_unit,
                                 .user = q->change.by,
                                 .valid_until =
                                     instant_add(request->now, (int64_t)minutes * 60 * 1000000)};
    TRY(change_apply(request, &q->change, &change_consent_found, &fact));
    answer->id = fact.id;
    answer->valid_until = fact.valid_until;
    return NULL;
}

struct err *access_find_consent(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct care_question q;
    struct asking_row asking;
    struct consent_told told = {0};
    TRY(care_question_read(request, &q));
    TRY(load_asking(request, &q.change, &q.by.permission.assignment, &asking));
    TRY(ask_service(request, &asking, &q, &told));
    struct ask_answer answer = {.consent = told.consent, .emergency = told.emergency};
    if (told.consent)
        TRY(record(request, &q, asking.valid_minutes, &answer));
    json_write(answer_fields, &answer, request->out);
    return NULL;
}
