/* Persons with a fictitious identity are handled by named officers, and links of persons end with a
 * reason. */
#include "services/access/room.h"
#include "text/json.h"

/* --- named officers
 * --------------------------------------------------------------------------------- */

struct officer {
    struct uuid user;
    struct str decided_by;
    struct instant valid_from;
    struct instant valid_until;
};
static const struct field officer_body_fields[] = {
    FIELD(struct officer, decided_by, REQUIRED, .min = 1, .max = 200),
    FIELD(struct officer, valid_from, OPTIONAL), FIELD(struct officer, valid_until, OPTIONAL),
    FIELDS_END};
static const struct field officer_fact_fields[] = {
    FIELD(struct officer, user, REQUIRED), FIELD(struct officer, valid_from, REQUIRED),
    FIELD(struct officer, valid_until, OPTIONAL), FIELDS_END};

static void plan_officer(struct change *change, const void *fact)
{
    const struct officer *o = fact;
    struct uuid_text user = uuid_text(o->user);
    CHANGE_REPLACES(change, S("officer"), str_from(user.text));
    change_concerns_ids(change, S("user"), o->user, (struct uuid){0});
    CHANGE_SQL(change, &access_put_officer, V(o->user), V(told_or_from_journal(o->decided_by)),
               V(o->valid_from), V(o->valid_until));
}
const struct change_kind change_officer = {"identity_officer", officer_fact_fields,
                                           sizeof(struct officer), plan_officer};

struct err *access_set_officer(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct officer body = {0};
    TRY(change_begin_own(request, &change));
    TRY(people_find(request, &body.user));
    TRY(json_read(request->body, officer_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    if (uuid_equal(body.user, change.by))
        return err_new(ERR_FORBIDDEN, "nobody names themselves");
    if (!body.valid_from.known)
        body.valid_from = request->now;
    TRY(change_check_span(body.valid_from, body.valid_until));
    reply->status = 204;
    return change_apply(request, &change, &change_officer, &body);
}

/* It is asked anew when the change is written: an identity that becomes fictitious in between, or
 * an officer whose time ends, is then a conflict. */
struct err *officer_check(struct request *request, struct change *change, struct uuids persons)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_need_of_officer, id_fields, struct id_row, &rows, V(persons),
         V(change->by));
    TRY(load_run(load));
    if (rows.count > 0)
        return err_rule(ERR_FORBIDDEN, "named_officer",
                        "an identity is fictitious: only a named officer does this");
    CHANGE_SQL(change, &access_expect_officer, V(persons), V(change->by));
    return NULL;
}

/* --- the end of a link
 * ------------------------------------------------------------------------------ */

enum { REASON_MAX = 1000 };

struct revocation {
    struct uuid id;
    struct uuid one;
    struct uuid two;
    struct str reason;
};
static const struct field link_row_fields[] = {
    FIELD(struct revocation, id, REQUIRED), FIELD_NAMED(struct revocation, one, "person", REQUIRED),
    FIELD_NAMED(struct revocation, two, "other", REQUIRED), FIELDS_END};

static void plan_revocation(struct change *change, const void *fact)
{
    const struct revocation *r = fact;
    change_concerns_ids(change, S("person"), r->one, r->two);
    CHANGE_SQL(change, &access_end_link, V(r->id), V(change->at), V(change->by),
               V(told_or_from_journal(r->reason)));
}
const struct change_kind change_link_revoked = {"person_link_revoked", link_row_fields,
                                                sizeof(struct revocation), plan_revocation};

/* The reason comes in a header, as search takes it: a DELETE has no body. */
struct err *access_revoke_link(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct uuid id = {0};
    struct rows rows = {0};
    struct str reason = str_trim(http_call_header(request->call, "R7-Reason"));
    TRY(change_begin_own(request, &change));
    TRY(param_id(request, "link", &id));
    if (reason.len == 0 || reason.len > REASON_MAX || !str_is_utf8(reason))
        return err_field(ERR_INVALID, "R7-Reason", "missing, or over %d bytes", REASON_MAX);
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_link, link_row_fields, struct revocation, &rows, V(id));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such link in force");
    struct revocation *fact = ROW(struct revocation, rows, 0);
    fact->reason = reason;
    const struct uuid both[] = {fact->one, fact->two};
    TRY(officer_check(request, &change, (struct uuids){both, COUNT(both)}));
    reply->status = 204;
    return change_apply(request, &change, &change_link_revoked, fact);
}
