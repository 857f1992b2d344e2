/* A region's people, set by its own administrators: users, and what each may do. */
#include "services/access/analysis.h"
#include "services/access/password.h"
#include "services/access/proposals.h"
#include "services/access/room.h"
#include "text/json.h"

/* --- users
 * ------------------------------------------------------------------------------------------ */

static const struct field user_body_fields[] = {
    FIELD(struct user, login, REQUIRED, .max = 64),
    FIELD(struct user, name, REQUIRED, .min = 1, .max = 200),
    FIELD(struct user, hsa_id, OPTIONAL, .min = 1, .max = 64),
    FIELD(struct user, password, REQUIRED, .max = PASSWORD_MAX),
    FIELD(struct user, active_until, OPTIONAL),
    FIELDS_END};
static const struct field user_fact_fields[] = {
    FIELD(struct user, id, REQUIRED), FIELD(struct user, active_until, OPTIONAL), FIELDS_END};

/* The end of an account is a line of its own, and the earliest end is the one that holds. What the
 * journal does not know is its login, name and password: an account that is made again has its id
 * for a login, and nobody signs in to it before an administrator has set a password. */
static void plan_user(struct change *change, const void *fact)
{
    const struct user *u = fact;
    change_concerns_ids(change, S("user"), u->id, (struct uuid){0});
    CHANGE_SQL(change, &access_put_user, V(u->id), V(u->login), V(u->name), V(u->hsa_id),
               V(u->hash), V(u->active_until));
}
const struct change_kind change_user = {"user", user_fact_fields, sizeof(struct user), plan_user};

static struct err *check_login_free(struct request *request, struct str login)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_login, id_fields, struct id_row, &rows, V(login));
    TRY(load_run(load));
    return rows.count == 0 ? NULL : err_field(ERR_CONFLICT, "login", "taken already");
}

static struct err *check_user(struct request *request, struct uuid user)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_user, id_fields, struct id_row, &rows, V(user));
    TRY(load_run(load));
    return rows.count > 0 ? NULL : err_new(ERR_NOT_FOUND, "there is no such user");
}

struct err *people_find(struct request *request, struct uuid *out)
{
    TRY(param_id(request, "user", out));
    return check_user(request, *out);
}

struct err *access_add_user(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct user body = {0};
    autobuf struct buf hash = buf_new(PASSWORD_HASH_MAX);
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, user_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    TRY(account_check_login(body.login));
    TRY(check_login_free(request, body.login));
    TRY(password_hash(body.password, &hash));
    body.id = uuid_random();
    body.hash = buf_str(&hash);
    TRY(change_apply(request, &change, &change_user, &body));
    answer_made(request, reply, body.id);
    return NULL;
}

/* A leaver: the account ends now, and with it every token, because rooms ask at each request. */
struct err *access_stop_user(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct user user = {.active_until = request->now};
    TRY(change_begin_own(request, &change));
    TRY(people_find(request, &user.id));
    reply->status = 204;
    return change_apply(request, &change, &change_user, &user);
}

/* --- assignments
 * ------------------------------------------------------------------------------------ */

#define ASSIGNMENT_FIELDS                                                                          \
    FIELD(struct assignment, unit, OPTIONAL, .min = 1, .max = 64),                                 \
        FIELD(struct assignment, care_unit, OPTIONAL, .min = 1, .max = 64),                        \
        FIELD(struct assignment, care_provider, OPTIONAL, .min = 1, .max = 64),                    \
        FIELD(struct assignment, purposes, REQUIRED, .max = 16),                                   \
        FIELD(struct assignment, information_types, REQUIRED, .max = 64),                          \
        FIELD(struct assignment, valid_from, OPTIONAL),                                            \
        FIELD(struct assignment, valid_until, OPTIONAL)
const struct field assignment_body_fields[] = {
    FIELD(struct assignment, role, REQUIRED, .max = 64),
    FIELD(struct assignment, analysis, OPTIONAL, .min = 1, .max = ANALYSIS_ID_MAX),
    ASSIGNMENT_FIELDS, FIELDS_END};
static const struct field assignment_fact_fields[] = {FIELD(struct assignment, id, REQUIRED),
                                                      FIELD(struct assignment, user, REQUIRED),
                                                      FIELD(struct assignment, role, REQUIRED),
                                                      FIELD(struct assignment, analysis, OPTIONAL),
                                                      ASSIGNMENT_FIELDS,
                                                      FIELDS_END};

const struct field assignment_whole_fields[] = {FIELD(struct assignment, id, REQUIRED),
                                                FIELD(struct assignment, user, REQUIRED),
                                                FIELD(struct assignment, role, REQUIRED),
                                                FIELD(struct assignment, analysis, OPTIONAL),
                                                ASSIGNMENT_FIELDS,
                                                FIELDS_END};

static void plan_assignment(struct change *change, const void *fact)
{
    const struct assignment *a = fact;
    change_concerns_ids(change, S("user"), a->user, (struct uuid){0});
    struct str analysis = analysis_plan_for(change, a);
    CHANGE_SQL(change, &access_expect_user, V(a->user));
    CHANGE_SQL(change, &access_insert_assignment, V(a->id), V(a->user), V(a->role), V(a->unit),
               V(a->care_unit), V(a->care_provider), V(a->purposes), V(a->information_types),
               V(analysis), V(a->valid_from), V(a->valid_until));
}
const struct change_kind change_assignment = {"assignment", assignment_fact_fields,
                                              sizeof(struct assignment), plan_assignment};

/* Those who operate the house hold their roles in the central region and nobody there holds
 * another; so no role that sees content and no role over all regions meet in one place. */
static struct err *check_role(const struct request *request, struct str word)
{
    enum permission_role role = permission_word(permission_roles, word);
    bool central = role == ROLE_CENTRAL_ADMINISTRATOR || role == ROLE_OPERATOR;
    if (role == ROLE_NOT_KNOWN)
        return err_field(ERR_INVALID, "role", "no role of permission_roles.def");
    return central == (request->tenant == TENANT_CENTRAL)
               ? NULL
               : err_field(ERR_FORBIDDEN, "role", "not given in this region");
}

struct err *assignment_check(struct request *request, const struct assignment *body)
{
    TRY(check_role(request, body->role));
    for (size_t i = 0; i < body->purposes.count; i++)
        if (permission_word(permission_purposes, body->purposes.at[i]) == PURPOSE_NOT_KNOWN)
            return err_field(ERR_INVALID, "purposes", "no purpose of permission_words.def");
    TRY(change_check_span(body->valid_from, body->valid_until));
    return analysis_check(request, body);
}

struct err *access_add_assignment(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct assignment body = {.id = uuid_random()};
    bool waits = false;
    TRY(change_begin_own(request, &change));
    TRY(param_id(request, "user", &body.user));
    TRY(json_read(request->body, assignment_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    if (!body.valid_from.known)
        body.valid_from = request->now;
    TRY(assignment_check(request, &body));
    TRY(check_user(request, body.user));
    TRY(proposal_or_apply(request, reply, &change, &change_assignment, &body, &waits));
    if (!waits)
        answer_made(request, reply, body.id);
    return NULL;
}

struct ended {
    struct uuid id;
    struct uuid user;
    struct instant valid_until;
};
static const struct field ended_fields[] = {FIELD(struct ended, id, REQUIRED),
                                            FIELD(struct ended, user, REQUIRED),
                                            FIELD(struct ended, valid_until, REQUIRED), FIELDS_END};

static void plan_ended(struct change *change, const void *fact)
{
    const struct ended *e = fact;
    change_concerns_ids(change, S("user"), e->user, (struct uuid){0});
    CHANGE_SQL(change, &access_end_assignment, V(e->id), V(e->user), V(e->valid_until));
}
const struct change_kind change_assignment_ended = {"assignment_ended", ended_fields,
                                                    sizeof(struct ended), plan_ended};

struct err *access_stop_assignment(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct ended fact = {.valid_until = request->now};
    struct rows rows = {0};
    TRY(change_begin_own(request, &change));
    TRY(param_id(request, "user", &fact.user));
    TRY(param_id(request, "assignment", &fact.id));
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_assignment, id_fields, struct id_row, &rows, V(fact.id),
         V(fact.user));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such assignment");
    reply->status = 204;
    return change_apply(request, &change, &change_assignment_ended, &fact);
}
