/* What the national person service says of a person, asked where a number is at hand (the archive
 * keeps none) and recorded by pseudonym (person_told.c): protection, death, and links to the
 * person's other identities. It is asked before any transaction; then all of it is one change. */
#include "services/access/person_links.h"
#include "services/access/person_service.h"
#include "services/access/person_told.h"
#include "services/access/proposals.h"
#include "text/json.h"

enum {
    ROUNDS_MAX = 3, /* reserve number, main identity, that one's others */
    IDENTITIES_MAX = PERSONS_ASKED_MAX,
    PAIRS_MAX = 256,
    LINKS_MAX = 1000,          /* there already, of one person */
    SEARCH_DEADLINE_MS = 4000, /* somebody waits for an answer to a search */
};

/* --- a region's decision to ask
 * --------------------------------------------------------------------- */

struct rule {
    bool asked;
    int32_t fresh_hours;
    struct str decided_by;
};
const struct field person_service_whole_fields[] = {
    FIELD(struct rule, asked, REQUIRED),
    FIELD(struct rule, fresh_hours, REQUIRED, .min = 1, .max = 720),
    FIELD(struct rule, decided_by, REQUIRED, .min = 1, .max = 200), FIELDS_END};
static const struct field rule_fact_fields[] = {
    FIELD(struct rule, asked, REQUIRED), FIELD(struct rule, fresh_hours, REQUIRED), FIELDS_END};

static void plan_rule(struct change *change, const void *fact)
{
    const struct rule *r = fact;
    change_concerns_rules(change);
    CHANGE_SQL(change, &access_put_person_service, V(r->asked), V(r->fresh_hours),
               V(told_or_from_journal(r->decided_by)), V(change->at), V(change->again));
}
const struct change_kind change_person_service = {"person_service", rule_fact_fields,
                                                  sizeof(struct rule), plan_rule};

struct err *access_set_person_service(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct rule body = {0};
    bool waits = false;
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, person_service_whole_fields, JSON_REFUSE_UNKNOWN, "",
                  request->arena, &body));
    reply->status = 204;
    return proposal_or_apply(request, reply, &change, &change_person_service, &body, &waits);
}

/* --- asking
 * ----------------------------------------------------------------------------------------- */

struct known {
    struct uuid person;
    struct person_number number;
    struct person_told told;
    bool own_number;
};
struct refresh {
    struct request *request;
    struct str key;
    int timeout_ms;
    struct known identities[IDENTITIES_MAX];
    size_t count;
    size_t asked; /* the first so many */
    struct pair_told pairs[PAIRS_MAX];
    size_t pair_count;
    struct rows links;      /* struct link_known, of all that were seen */
    struct rows fictitious; /* struct id_row, among them */
};

static const struct field link_known_fields[] = {
    FIELD(struct link_known, id, REQUIRED),
    FIELD_NAMED(struct link_known, one, "person", REQUIRED),
    FIELD_NAMED(struct link_known, two, "other", REQUIRED),
    FIELD(struct link_known, from_service, REQUIRED),
    FIELD(struct link_known, assurance, REQUIRED),
    FIELD(struct link_known, in_force, REQUIRED),
    FIELD(struct link_known, withdrawn, REQUIRED),
    FIELDS_END};

struct rule_row {
    bool asked;
    bool failed; /* a moment ago */
};
static const struct field rule_row_fields[] = {
    FIELD(struct rule_row, asked, REQUIRED), FIELD(struct rule_row, failed, REQUIRED), FIELDS_END};

static struct err *check_asked(struct request *request, bool patient)
{
    const struct access_settings *own = request->house->settings;
    struct rows rows = {0};
    if (own->person_url.len == 0)
        return err_new(ERR_UNSUPPORTED, "this house is not connected to the person service");
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_person_service, rule_row_fields, struct rule_row, &rows);
    TRY(load_run(load));
    if (rows.count == 0 || !ROW(struct rule_row, rows, 0)->asked)
        return err_new(ERR_PRECONDITION, "the region has not decided to ask the person service");
    return !patient && ROW(struct rule_row, rows, 0)->failed
               ? err_new(ERR_TRANSIENT, "the person service gave no answer a moment ago")
               : NULL;
}

static struct uuid pseudonym_of(const struct refresh *r, const struct person_number *number)
{
    const struct identity_told told = {.number = number->extension.digits, .type = number->root};
    const struct identity identity = identity_read(&told, r->request->arena);
    return person_pseudonym(r->key, &identity);
}

static struct uuids fictitious_of(const struct refresh *r)
{
    struct uuid *all = ARENA_ARRAY(r->request->arena, struct uuid, r->fictitious.count + 1);
    for (size_t i = 0; i < r->fictitious.count; i++)
        all[i] = ROW(struct id_row, r->fictitious, i)->id;
    return (struct uuids){all, r->fictitious.count};
}

/* What is known here of the identities and of those they were said to be linked to. */
static struct err *load_known(struct refresh *r)
{
    struct uuid all[IDENTITIES_MAX + 2 * PAIRS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++)
        all[count++] = r->identities[i].person;
    for (size_t i = 0; i < r->pair_count; i++) {
        all[count++] = r->pairs[i].one;
        all[count++] = r->pairs[i].two;
    }
    struct load *load = load_new(r->request->db, r->request->tenant, r->request->arena);
    LOAD(load, &access_select_links_of, link_known_fields, struct link_known, &r->links,
         V(((struct uuids){all, count})), V(LINKS_MAX + 1));
    LOAD(load, &access_select_fictitious, id_fields, struct id_row, &r->fictitious,
         V(((struct uuids){all, count})));
    TRY(load_run(load));
    return r->links.count <= LINKS_MAX
               ? NULL
               : err_new(ERR_TOO_LARGE, "the person has over %d links", LINKS_MAX);
}

static bool is_listed(const struct refresh *r, struct uuid person)
{
    for (size_t i = 0; i < r->count; i++)
        if (uuid_equal(r->identities[i].person, person))
            return true;
    return false;
}

static struct err *take_pairs(struct refresh *r, const struct known *of)
{
    for (size_t i = 0; i < of->told.link_count; i++) {
        const struct person_linked *link = &of->told.links[i];
        const struct pair_told pair = {of->person, pseudonym_of(r, &link->number), link->assurance};
        if (uuid_equal(pair.one, pair.two))
            continue;
        if (r->pair_count == PAIRS_MAX)
            return err_new(ERR_TOO_LARGE, "the person has over %d links", PAIRS_MAX);
        r->pairs[r->pair_count++] = pair;
    }
    return NULL;
}

/* Whom to ask for next: never over a link that may not be made, or what is recorded of one identity
 * would stand beside the other's in the journal, with one request's id. */
static struct err *take_others(struct refresh *r, const struct known *of)
{
    const struct uuids fictitious = fictitious_of(r);
    for (size_t i = 0; i < of->told.link_count; i++) {
        const struct person_linked *link = &of->told.links[i];
        const struct pair_told pair = {of->person, pseudonym_of(r, &link->number), link->assurance};
        if (is_listed(r, pair.two) ||
            !pair_may_be_linked(&pair, r->links.at, r->links.count, fictitious))
            continue;
        if (r->count == IDENTITIES_MAX)
            return err_new(ERR_TOO_LARGE, "the person has over %d identities", IDENTITIES_MAX);
        r->identities[r->count++] = (struct known){.person = pair.two, .number = link->number};
    }
    return NULL;
}

static struct err *ask_round(struct refresh *r)
{
    const struct access_settings *own = r->request->house->settings;
    const struct soap_service service = {.url = own->person_url,
                                         .logical_address = own->person_address,
                                         .certificate = own->national_cert,
                                         .key = own->national_key,
                                         .ca = own->national_ca,
                                         .timeout_ms = r->timeout_ms};
    struct arena *arena = r->request->arena;
    struct person_number *numbers = ARENA_ARRAY(arena, struct person_number, IDENTITIES_MAX);
    struct person_told *told = ARENA_ARRAY(arena, struct person_told, IDENTITIES_MAX);
    size_t first = r->asked;
    size_t last = r->count;
    for (size_t i = first; i < last; i++)
        numbers[i - first] = r->identities[i].number;
    TRY(person_service_ask(&service, numbers, last - first, arena, told));
    for (size_t i = first; i < last; i++) {
        /* A test person in a real region is nobody (rule 4 of the contract). */
        if (told[i - first].is_test && !own->person_test)
            told[i - first] = (struct person_told){0};
        r->identities[i].told = told[i - first];
        TRY(take_pairs(r, &r->identities[i]));
    }
    r->asked = last;
    TRY(load_known(r));
    for (size_t i = first; i < last; i++)
        TRY(take_others(r, &r->identities[i]));
    return NULL;
}

static struct err *ask_all(struct refresh *r)
{
    for (int round = 0; round < ROUNDS_MAX && r->asked < r->count; round++)
        TRY(ask_round(r));
    return NULL;
}

/* So that not each search waits for a service that is away. */
static struct err *remember_failure(struct request *request, struct err *cause)
{
    struct batch *batch = batch_new(request->db, request->tenant, request->arena);
    batch_add(batch, &access_person_service_failed, NO_VALUES);
    struct err *e = batch_run(batch);
    return e != NULL ? e : cause;
}

/* --- recording
 * -------------------------------------------------------------------------------------- */

struct outcome {
    struct instant told_at;
    bool known;
    int32_t identities;
    int32_t links_made;
    int32_t links_ended;
};
static const struct field outcome_fields[] = {
    FIELD(struct outcome, told_at, REQUIRED),     FIELD(struct outcome, known, REQUIRED),
    FIELD(struct outcome, identities, REQUIRED),  FIELD(struct outcome, links_made, REQUIRED),
    FIELD(struct outcome, links_ended, REQUIRED), FIELDS_END};

static struct uuids answered(const struct refresh *r)
{
    struct uuid *all = ARENA_ARRAY(r->request->arena, struct uuid, r->asked + 1);
    size_t count = 0;
    for (size_t i = 0; i < r->asked; i++)
        if (r->identities[i].told.known)
            all[count++] = r->identities[i].person;
    return (struct uuids){all, count};
}

/* All versions at first and in order, so that two refreshes never wait for each other in a ring. */
static void concern_all(const struct refresh *r, const struct links_decided *links,
                        struct change *change)
{
    size_t most = r->asked + 2 * (links->made_count + links->ended_count);
    struct uuid *all = ARENA_ARRAY(r->request->arena, struct uuid, most + 1);
    size_t count = 0;
    for (size_t i = 0; i < r->asked; i++)
        all[count++] = r->identities[i].person;
    for (size_t i = 0; i < links->made_count; i++) {
        all[count++] = links->made[i].one;
        all[count++] = links->made[i].two;
    }
    for (size_t i = 0; i < links->ended_count; i++) {
        all[count++] = links->ended[i].one;
        all[count++] = links->ended[i].two;
    }
    change_concerns_all(change, S("person"), (struct uuids){all, count});
}

static struct err *record(struct refresh *r, struct change *change, struct outcome *out)
{
    struct links_decided links;
    links_decide(r->pairs, r->pair_count, r->links.at, r->links.count, answered(r),
                 fictitious_of(r), r->request->arena, &links);
    concern_all(r, &links, change);
    for (size_t i = 0; i < r->asked; i++) {
        const struct person_told *t = &r->identities[i].told;
        const struct told_fact fact = {r->identities[i].person,
                                       t->known,
                                       t->is_protected,
                                       t->deceased,
                                       t->deregistered,
                                       t->deregistered_on,
                                       r->identities[i].own_number};
        TRY(change_add(r->request, change, &change_person_told, &fact));
    }
    for (size_t i = 0; i < links.ended_count; i++) {
        const struct link_known *l = &links.ended[i];
        TRY(change_add(r->request, change, &change_link_told,
                       &(struct link_fact){.id = l->id, .one = l->one, .two = l->two}));
    }
    for (size_t i = 0; i < links.made_count; i++) {
        const struct pair_told *p = &links.made[i];
        TRY(change_add(r->request, change, &change_link_told,
                       &(struct link_fact){uuid_random(), p->one, p->two, p->assurance}));
    }
    *out = (struct outcome){.told_at = change->at,
                            .known = r->identities[0].told.known,
                            .identities = (int32_t)r->asked,
                            .links_made = (int32_t)links.made_count,
                            .links_ended = (int32_t)links.ended_count};
    return worker_apply(r->request->worker, change->tenant, &change->plan, r->request->arena);
}

static struct err *refresh(struct request *request, struct change *change,
                           const struct stated_person *stated, int timeout_ms, struct outcome *out)
{
    struct refresh *r = arena_alloc(request->arena, 1, sizeof *r);
    struct identity identity = {0};
    bool askable = false;
    *r = (struct refresh){.request = request, .timeout_ms = timeout_ms, .count = 1};
    TRY(person_identity(request, stated, &identity));
    TRY(person_number_of(&identity, &r->identities[0].number, &askable));
    TRY(worker_pseudonym_key(request->worker, request->tenant, request->arena, &r->key));
    r->identities[0].person = person_pseudonym(r->key, &identity);
    struct err *e = askable ? ask_all(r) : NULL;
    if (e != NULL)
        return e->code == ERR_TRANSIENT ? remember_failure(request, e) : e;
    if (!askable) { /* nobody there knows a system's own numbers: that is recorded */
        r->asked = 1;
        r->identities[0].own_number = true;
    }
    change->at = request->now;
    return record(r, change, out);
}

/* --- routes
 * ----------------------------------------------------------------------------------------- */

struct refresh_body {
    struct json_text person;
};
static const struct field body_fields[] = {FIELD(struct refresh_body, person, REQUIRED),
                                           FIELDS_END};

/* By room search, for somebody who asks there by number. */
struct ask_body {
    int32_t tenant;
    struct uuid user;
    struct json_text person;
};
static const struct field ask_fields[] = {FIELD(struct ask_body, tenant, REQUIRED, .min = 1),
                                          FIELD(struct ask_body, user, REQUIRED),
                                          FIELD(struct ask_body, person, REQUIRED), FIELDS_END};

static struct err *refresh_for(struct request *request, struct change *change,
                               struct json_text text, bool patient)
{
    struct stated_person stated = {0};
    struct outcome outcome;
    struct uuid person = {0};
    TRY(json_read(text.text, stated_person_fields, JSON_REFUSE_UNKNOWN, "person", request->arena,
                  &stated));
    TRY(check_asked(request, patient));
    TRY(person_find(request, &stated, &person));
    TRY(officer_check(request, change, (struct uuids){&person, 1}));
    TRY(refresh(request, change, &stated, patient ? SOAP_DEADLINE_MS : SEARCH_DEADLINE_MS,
                &outcome));
    json_write(outcome_fields, &outcome, request->out);
    return NULL;
}

struct err *access_refresh_person(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct change change;
    struct refresh_body body = {0};
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    return refresh_for(request, &change, body.person, true);
}

struct err *access_ask_person(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct change change;
    struct ask_body body = {0};
    if (!str_equal(str_from(request->peer->name), S("room-search")))
        return err_new(ERR_FORBIDDEN, "only room search asks this");
    TRY(json_read(request->body, ask_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    request->tenant = body.tenant; /* a room speaks for the region it was asked in */
    change = (struct change){.tenant = body.tenant, .by = body.user, .at = request->now};
    plan_begin(&change.plan, request->arena);
    return refresh_for(request, &change, body.person, false);
}
