/* Passwords changed, and the tokens that end with them: rooms refuse a token that was made before
 * its user's `tokens_from` (svc/subject.h). */
#include "services/access/password.h"
#include "services/access/proposals.h"
#include "services/access/room.h"
#include "text/json.h"

struct session_fact {
    struct uuid user;
    struct str hash; /* absent: the password stays as it is */
};
static const struct field session_fact_fields[] = {FIELD(struct session_fact, user, REQUIRED),
                                                   FIELDS_END};

const struct field password_whole_fields[] = {FIELD(struct session_fact, user, REQUIRED),
                                              FIELD(struct session_fact, hash, OPTIONAL),
                                              FIELDS_END};

struct instant session_next_second(struct instant now)
{
    return (struct instant){(now.us / 1000000 + 1) * 1000000, true};
}

/* From the journal the tokens end and the password stays, for no journal has one: to take it away
 * could leave a region without anyone who signs in. */
static void plan_sessions(struct change *change, const void *fact)
{
    const struct session_fact *s = fact;
    change_concerns_ids(change, S("user"), s->user, (struct uuid){0});
    CHANGE_SQL(change, &access_end_sessions, V(s->user), V(session_next_second(change->at)),
               V(s->hash));
}
const struct change_kind change_password = {"password", session_fact_fields,
                                            sizeof(struct session_fact), plan_sessions};
const struct change_kind change_tokens = {"tokens", session_fact_fields,
                                          sizeof(struct session_fact), plan_sessions};

static struct err *set_password(struct request *request, struct change *change, struct uuid user,
                                struct str password)
{
    autobuf struct buf hash = buf_new(PASSWORD_HASH_MAX);
    TRY(password_hash(password, &hash));
    const struct session_fact fact = {user, buf_str(&hash)};
    return change_apply(request, change, &change_password, &fact);
}

/* --- the own password
 * -------------------------------------------------------------------------------- */

struct own_password_body {
    struct str current;
    struct str password;
};
static const struct field own_password_fields[] = {
    FIELD(struct own_password_body, current, REQUIRED, .max = PASSWORD_MAX),
    FIELD(struct own_password_body, password, REQUIRED, .max = PASSWORD_MAX), FIELDS_END};

struct own_row {
    struct str login;
    struct str password;
};
static const struct field own_row_fields[] = {
    FIELD(struct own_row, login, REQUIRED), FIELD(struct own_row, password, OPTIONAL), FIELDS_END};

/* Whoever has found a token must not be able to guess the password by it: tries are counted as
 * those to sign in. */
static struct err *check_current(struct request *request, struct uuid user, struct str current)
{
    struct rows rows = {0};
    bool right = false;
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_own, own_row_fields, struct own_row, &rows, V(user));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_UNAUTHENTICATED, "the account is no more");
    const struct own_row *row = ROW(struct own_row, rows, 0);
    TRY(login_count_try(request, request->tenant, row->login));
    TRY(password_check(row->password, current, &right));
    return right ? NULL : err_field(ERR_FORBIDDEN, "current", "not the password");
}

struct err *access_change_password(struct request *request, struct http_reply *reply)
{
    struct own_password_body body = {0};
    struct change change;
    TRY(change_begin_self(request, &change));
    TRY(json_read(request->body, own_password_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    TRY(check_current(request, change.by, body.current));
    reply->status = 204;
    return set_password(request, &change, change.by, body.password);
}

/* --- another's, by an administrator
 * ------------------------------------------------------------------ */

struct password_body {
    struct str password;
};
static const struct field password_fields[] = {
    FIELD(struct password_body, password, REQUIRED, .max = PASSWORD_MAX), FIELDS_END};

struct err *access_set_password(struct request *request, struct http_reply *reply)
{
    struct password_body body = {0};
    struct session_fact fact = {0};
    struct change change;
    autobuf struct buf hash = buf_new(PASSWORD_HASH_MAX);
    bool wide = false;
    bool waits = false;
    TRY(change_begin_own(request, &change));
    TRY(people_find(request, &fact.user));
    TRY(json_read(request->body, password_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    TRY(password_hash(body.password, &hash));
    fact.hash = buf_str(&hash);
    reply->status = 204;
    TRY(proposal_holds_wide_role(request, fact.user, &wide));
    return wide ? proposal_or_apply(request, reply, &change, &change_password, &fact, &waits)
                : change_apply(request, &change, &change_password, &fact);
}

struct err *access_revoke_tokens(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct uuid user;
    TRY(change_begin_own(request, &change));
    TRY(people_find(request, &user));
    reply->status = 204;
    return change_apply(request, &change, &change_tokens, &(struct session_fact){.user = user});
}
