/* Signing in: a password for a token with one assignment. */
#include "services/access/log.h"
#include "services/access/log_kept.h"
#include "services/access/password.h"
#include "services/access/patience.h"
#include "services/access/sign_in.h"
#include "text/json.h"

enum { TRIES_MAX = 10 };

const struct issuer *access_issuer(const struct request *request)
{
    return ((const struct access_state *)request->house->state)->issuer;
}

struct err *access_jwks(struct request *request, struct http_reply *reply)
{
    (void)reply;
    return issuer_jwks(access_issuer(request), request->out);
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

static struct err *sign_in(struct request *request, int32_t tenant, const struct login_body *body)
{
    struct rows accounts = {0};
    struct rows assignments = {0};
    struct rows passwords = {0};
    static const struct str method = S("pwd");
    const struct way_in way = {.methods = {&method, 1}};
    if (tenant == TENANT_CENTRAL)
        TRY(account_central(request->house, request->worker, request->arena));
    TRY(login_count_try(request, tenant, body->login));
    struct load *load = load_new(request->db, tenant, request->arena);
    LOAD(load, &access_select_account, account_fields, struct account_row, &accounts,
         V(body->login));
    LOAD(load, &access_select_assignments, assignment_fields, struct assignment_row, &assignments,
         V(body->login));
    LOAD(load, &access_select_break_glass_only, tenant_fields, struct tenant_row, &passwords);
    TRY(load_run(load));
    TRY(check_password(&accounts, body->password));
    struct batch *batch = batch_new(request->db, tenant, request->arena);
    batch_add(batch, &access_forget_tries, VALUES(V(body->login)));
    TRY(batch_run(batch));
    const struct account_row *account = ROW(struct account_row, accounts, 0);
    if (passwords.count > 0 && !account->break_glass)
        return err_new(ERR_FORBIDDEN, "the region's people sign in through its identity provider");
    return sign_in_answer(request, tenant, account, &assignments, body->assignment, &way);
}

struct err *access_login(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct login_body body = {0};
    struct rows tenants = {0};
    TRY(json_read(request->body, login_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
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
        batch_add(batch, &access_prune_states, NO_VALUES);
        batch_add(batch, &access_prune_sessions, NO_VALUES);
        batch_add(batch, &access_prune_ended, NO_VALUES);
        batch_add(batch, &access_prune_logouts, NO_VALUES);
        TRY(batch_run(batch));
        TRY(log_purge_some(worker, ROW(struct tenant_row, tenants, i)->id, arena));
    }
    return log_look_all(house, worker, &tenants);
}
