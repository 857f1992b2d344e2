/* A region's people, set by its own administrators: users, and what each may do. */
#include "services/access/password.h"
#include "services/access/room.h"
#include "text/json.h"

struct made {
    struct uuid id;
};
static const struct field answer_fields[] = {FIELD(struct made, id, REQUIRED), FIELDS_END};

static void answer_id(struct request *request, struct http_reply *reply, struct uuid id)
{
    json_write(answer_fields, &(struct made){id}, request->out);
    reply->status = 201;
}

static struct err *param_id(const struct request *request, const char *name, struct uuid *out)
{
    return uuid_parse(http_param(&request->match, name), out)
               ? NULL
               : err_new(ERR_NOT_FOUND, "there is no such %s", name);
}

/* --- users
 * ------------------------------------------------------------------------------------------ */

struct user {
    struct uuid id;
    struct str login;
    struct str name;
    struct str hsa_id;
    struct str password;
    struct instant active_until;
};
static const struct field user_body_fields[] = {
    FIELD(struct user, login, REQUIRED, .max = 64),
    FIELD(struct user, name, REQUIRED, .min = 1, .max = 200),
    FIELD(struct user, hsa_id, OPTIONAL, .min = 1, .max = 64),
    FIELD(struct user, password, REQUIRED, .max = PASSWORD_MAX),
    FIELD(struct user, active_until, OPTIONAL),
    FIELDS_END};
static const struct field user_fact_fields[] = {
    FIELD(struct user, id, REQUIRED), FIELD(struct user, active_until, OPTIONAL), FIELDS_END};

/* Asked before, because the journal's line comes before the row. */
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
    PLAN_SQL(&change.plan, &access_insert_user, V(body.id), V(body.login), V(body.name),
             V(body.hsa_id), V(buf_str(&hash)), V(body.active_until));
    change_concerns_id(&change, S("user"), body.id);
    TRY(change_apply(request, &change, "user", user_fact_fields, &body));
    answer_id(request, reply, body.id);
    return NULL;
}

/* A leaver: the account ends now, and with it every token, because rooms ask at each request. */
struct err *access_stop_user(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct user user = {.active_until = request->now};
    TRY(change_begin_own(request, &change));
    TRY(people_find(request, &user.id));
    PLAN_SQL(&change.plan, &access_end_user, V(user.id));
    change_concerns_id(&change, S("user"), user.id);
    reply->status = 204;
    return change_apply(request, &change, "user", user_fact_fields, &user);
}

/* --- assignments
 * ------------------------------------------------------------------------------------ */

struct assignment {
    struct uuid id;
    struct uuid user;
    struct str role;
    struct str unit;
    struct str care_unit;
    struct str care_provider;
    struct strs purposes;
    struct strs information_types;
    struct str analysis;
    struct instant valid_from;
    struct instant valid_until;
};
#define ASSIGNMENT_FIELDS                                                                          \
    FIELD(struct assignment, unit, OPTIONAL, .min = 1, .max = 64),                                 \
        FIELD(struct assignment, care_unit, OPTIONAL, .min = 1, .max = 64),                        \
        FIELD(struct assignment, care_provider, OPTIONAL, .min = 1, .max = 64),                    \
        FIELD(struct assignment, purposes, REQUIRED, .max = 16),                                   \
        FIELD(struct assignment, information_types, REQUIRED, .max = 64),                          \
        FIELD(struct assignment, valid_from, OPTIONAL),                                            \
        FIELD(struct assignment, valid_until, OPTIONAL)
static const struct field assignment_body_fields[] = {
    FIELD(struct assignment, role, REQUIRED, .max = 64),
    FIELD(struct assignment, analysis, REQUIRED, .min = 1, .max = 1000), ASSIGNMENT_FIELDS,
    FIELDS_END};
static const struct field assignment_fact_fields[] = {
    FIELD(struct assignment, id, REQUIRED), FIELD(struct assignment, user, REQUIRED),
    FIELD(struct assignment, role, REQUIRED), ASSIGNMENT_FIELDS, FIELDS_END};

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

static struct err *check_assignment(const struct request *request, const struct assignment *body)
{
    TRY(check_role(request, body->role));
    for (size_t i = 0; i < body->purposes.count; i++)
        if (permission_word(permission_purposes, body->purposes.at[i]) == PURPOSE_NOT_KNOWN)
            return err_field(ERR_INVALID, "purposes", "no purpose of permission_words.def");
    return change_check_span(body->valid_from, body->valid_until);
}

struct err *access_add_assignment(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct assignment body = {.id = uuid_random()};
    TRY(change_begin_own(request, &change));
    TRY(param_id(request, "user", &body.user));
    TRY(json_read(request->body, assignment_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    if (!body.valid_from.known)
        body.valid_from = request->now;
    TRY(check_assignment(request, &body));
    TRY(check_user(request, body.user));
    PLAN_SQL(&change.plan, &access_insert_assignment, V(body.id), V(body.user), V(body.role),
             V(body.unit), V(body.care_unit), V(body.care_provider), V(body.purposes),
             V(body.information_types), V(body.analysis), V(body.valid_from), V(body.valid_until));
    change_concerns_id(&change, S("user"), body.user);
    TRY(change_apply(request, &change, "assignment", assignment_fact_fields, &body));
    answer_id(request, reply, body.id);
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
    PLAN_SQL(&change.plan, &access_end_assignment, V(fact.id), V(fact.user));
    change_concerns_id(&change, S("user"), fact.user);
    reply->status = 204;
    return change_apply(request, &change, "assignment_ended", ended_fields, &fact);
}
