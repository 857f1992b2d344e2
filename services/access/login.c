/* Signing in: a password for a token with one assignment. */
#include "services/access/password.h"
#include "services/access/room.h"
#include "text/json.h"

enum { TRIES_MAX = 10, TOKEN_SECONDS = 8 * 3600 };

struct err *access_jwks(struct request *request, struct http_reply *reply)
{
    (void)reply;
    return issuer_jwks(request->house->state, request->out);
}

struct login_body {
    struct str tenant;
    struct str login;
    struct str password;
    struct uuid assignment;
};
static const struct field login_body_fields[] = {
    FIELD(struct login_body, tenant, REQUIRED, .min = 1, .max = 32),
    FIELD(struct login_body, login, REQUIRED, .min = 1, .max = 64),
    FIELD(struct login_body, password, REQUIRED, .max = PASSWORD_MAX),
    FIELD(struct login_body, assignment, OPTIONAL), FIELDS_END};

struct tries_row {
    int32_t tries;
};
static const struct field tries_fields[] = {FIELD(struct tries_row, tries, REQUIRED), FIELDS_END};

struct account_row {
    struct uuid id;
    struct str name;
    struct str password;
    struct instant tokens_from;
};
static const struct field account_fields[] = {
    FIELD(struct account_row, id, REQUIRED), FIELD(struct account_row, name, REQUIRED),
    FIELD(struct account_row, password, OPTIONAL), FIELD(struct account_row, tokens_from, OPTIONAL),
    FIELDS_END};

struct assignment_row {
    struct uuid id;
    struct str role;
    struct str unit;
    struct str care_unit;
    struct str care_provider;
    struct strs purposes;
    struct strs information_types;
    struct instant valid_until;
};
static const struct field assignment_fields[] = {
    FIELD(struct assignment_row, id, REQUIRED),
    FIELD(struct assignment_row, role, REQUIRED),
    FIELD(struct assignment_row, unit, OPTIONAL),
    FIELD(struct assignment_row, care_unit, OPTIONAL),
    FIELD(struct assignment_row, care_provider, OPTIONAL),
    FIELD(struct assignment_row, purposes, REQUIRED),
    FIELD(struct assignment_row, information_types, REQUIRED),
    FIELD(struct assignment_row, valid_until, OPTIONAL),
    FIELDS_END};

struct login_answer {
    struct str token;
    struct instant expires_at;
    struct str name;
    struct json_text assignment;
    struct json_text assignments;
};
static const struct field login_answer_fields[] = {
    FIELD(struct login_answer, token, OPTIONAL),
    FIELD(struct login_answer, expires_at, OPTIONAL),
    FIELD(struct login_answer, name, REQUIRED),
    FIELD(struct login_answer, assignment, OPTIONAL),
    FIELD(struct login_answer, assignments, OPTIONAL),
    FIELDS_END};

/* Counted and committed before the password is looked at, so that tries at the same time cannot
 * slip through; for logins that do not exist as for those that do. */
struct err *login_count_try(struct request *request, int32_t tenant, struct str login)
{
    struct rows rows = {0};
    TRY(db_begin(request->db, tenant));
    TRY(db_rows(request->db, &access_count_try, tries_fields, sizeof(struct tries_row),
                request->arena, &rows, VALUES(V(login))));
    TRY(db_commit(request->db));
    return ROW(struct tries_row, rows, 0)->tries <= TRIES_MAX
               ? NULL
               : err_new(ERR_THROTTLED,
                         "too many tries for this account: wait a quarter of an hour");
}

/* One answer, after the same work, for a region, a login and a password that are not right. */
static struct err *check_password(const struct rows *accounts, struct str password)
{
    bool right = false;
    struct str stored =
        accounts->count > 0 ? ROW(struct account_row, *accounts, 0)->password : (struct str){0};
    TRY(password_check(stored, password, &right));
    return right ? NULL : err_new(ERR_UNAUTHENTICATED, "the login or the password is not right");
}

static const struct assignment_row *choose(const struct rows *assignments, struct uuid wanted)
{
    if (uuid_is_nil(wanted) && assignments->count == 1)
        return ROW(struct assignment_row, *assignments, 0);
    for (size_t i = 0; i < assignments->count; i++)
        if (uuid_equal(ROW(struct assignment_row, *assignments, i)->id, wanted))
            return ROW(struct assignment_row, *assignments, i);
    return NULL;
}

/* Several, and none chosen: the caller signs in again with one of them. */
static struct err *answer_choice(struct request *request, const struct account_row *account,
                                 const struct rows *assignments)
{
    autobuf struct buf list = buf_new((size_t)1 << 20);
    json_write_list(assignment_fields, assignments->at, sizeof(struct assignment_row),
                    assignments->count, &list);
    TRY(buf_done(&list, "the list of assignments"));
    const struct login_answer answer = {.name = account->name, .assignments = {buf_str(&list)}};
    json_write(login_answer_fields, &answer, request->out);
    return NULL;
}

static struct err *answer_token(struct request *request, int32_t tenant,
                                const struct account_row *account,
                                const struct assignment_row *assignment)
{
    int64_t now = request->now.us / 1000000;
    if (account->tokens_from.known && account->tokens_from.us / 1000000 > now)
        now = account->tokens_from.us / 1000000; /* a second ahead */
    const struct token token = {.issuer = S(TOKEN_ISSUER),
                                .user = account->id,
                                .audience = S(TOKEN_AUDIENCE),
                                .tenant = tenant,
                                .assignment = assignment->id,
                                .id = uuid_random(),
                                .issued_at = now,
                                .not_before = now,
                                .expires_at = now + TOKEN_SECONDS};
    autobuf struct buf text = buf_new(TOKEN_MAX);
    autobuf struct buf chosen = buf_new((size_t)64 * 1024);
    TRY(issuer_sign(request->house->state, &token, &text));
    json_write(assignment_fields, assignment, &chosen);
    TRY(buf_done(&chosen, "the assignment"));
    const struct login_answer answer = {
        .token = buf_str(&text),
        .expires_at = {.us = token.expires_at * 1000000, .known = true},
        .name = account->name,
        .assignment = {buf_str(&chosen)}};
    json_write(login_answer_fields, &answer, request->out);
    return NULL;
}

static struct err *sign_in(struct request *request, int32_t tenant, const struct login_body *body)
{
    struct rows accounts = {0};
    struct rows assignments = {0};
    if (tenant == TENANT_CENTRAL)
        TRY(account_central(request->house, request->worker, request->arena));
    TRY(login_count_try(request, tenant, body->login));
    struct load *load = load_new(request->db, tenant, request->arena);
    LOAD(load, &access_select_account, account_fields, struct account_row, &accounts,
         V(body->login));
    LOAD(load, &access_select_assignments, assignment_fields, struct assignment_row, &assignments,
         V(body->login));
    TRY(load_run(load));
    TRY(check_password(&accounts, body->password));
    struct batch *batch = batch_new(request->db, tenant, request->arena);
    batch_add(batch, &access_forget_tries, VALUES(V(body->login)));
    TRY(batch_run(batch));
    const struct account_row *account = ROW(struct account_row, accounts, 0);
    const struct assignment_row *chosen = choose(&assignments, body->assignment);
    if (chosen != NULL)
        return answer_token(request, tenant, account, chosen);
    if (!uuid_is_nil(body->assignment) || assignments.count == 0)
        return err_new(ERR_FORBIDDEN, "the account has no such assignment in force");
    return answer_choice(request, account, &assignments);
}

struct err *access_login(struct request *request, struct http_reply *reply)
{
    struct login_body body = {0};
    struct rows tenants = {0};
    TRY(json_read(request->body, login_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    reply->headers[0].name = "Cache-Control";
    reply->headers[0].value = "no-store";
    struct load *load = load_new(request->db, 0, request->arena);
    LOAD(load, &access_select_tenant, tenant_fields, struct tenant_row, &tenants, V(body.tenant));
    TRY(load_run(load));
    if (tenants.count == 0)
        return check_password(&(struct rows){0}, body.password);
    return sign_in(request, ROW(struct tenant_row, tenants, 0)->id, &body);
}

struct err *access_housekeep(const struct house *house, struct worker *worker, struct arena *arena)
{
    struct rows tenants = {0};
    TRY(account_central(house, worker, arena));
    struct load *load = load_new(worker_db(worker), 0, arena);
    LOAD(load, &access_select_tenants, tenant_fields, struct tenant_row, &tenants);
    TRY(load_run(load));
    for (size_t i = 0; i < tenants.count; i++) {
        struct batch *batch =
            batch_new(worker_db(worker), ROW(struct tenant_row, tenants, i)->id, arena);
        batch_add(batch, &access_prune_tries, NO_VALUES);
        TRY(batch_run(batch));
    }
    return NULL;
}
