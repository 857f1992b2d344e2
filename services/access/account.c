/* Accounts: their logins, and the first one of a region. */
#include "services/access/password.h"
#include "services/access/room.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <unistd.h>

struct err *account_check_login(struct str login)
{
    bool good = login.len >= 2 && login.len <= 64;
    for (size_t i = 0; i < login.len; i++) {
        char c = login.ptr[i];
        good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                        c == '@' || c == '-');
    }
    return good ? NULL
                : err_field(ERR_INVALID, "login", "not 2 to 64 of the characters a-z 0-9 . _ @ -");
}

struct err *account_hash(struct account *account, struct arena *arena)
{
    autobuf struct buf hash = buf_new(PASSWORD_HASH_MAX);
    TRY(account_check_login(account->login));
    TRY(password_hash(account->password, &hash));
    account->hash = arena_str(arena, buf_str(&hash));
    return NULL;
}

static void plan_assignment(struct plan *plan, const struct account *account, struct instant at)
{
    static const struct str purpose = S("administration");
    struct uuid_text id = uuid_text(account->user);
    struct uuid assignment = UUID_FROM(S("first assignment"), str_from(id.text));
    plan_hold(plan, &access_insert_assignment,
              VALUES(V(assignment), V(account->user),
                     V(str_from(permission_roles[account->role - 1])), V((struct str){0}),
                     V((struct str){0}), V((struct str){0}), V(((struct strs){&purpose, 1})),
                     V(((struct strs){NULL, 0})), V((struct str){0}), V(at),
                     V((struct instant){0})));
}

void account_plan_first(struct plan *plan, const struct account *account, struct instant at)
{
    if (account->hash.ptr == NULL) {
        account_plan_second(plan, account, at);
        return;
    }
    plan_hold(plan, &access_insert_first_user,
              VALUES(V(account->user), V(account->login), V(account->name), V(account->hash)));
    plan_assignment(plan, account, at);
}

void account_plan_second(struct plan *plan, const struct account *account, struct instant at)
{
    plan_hold(plan, &access_put_user,
              VALUES(V(account->user), V(account->login), V(account->name), V((struct str){0}),
                     V(account->hash), V((struct instant){0})));
    plan_assignment(plan, account, at);
}

/* The first line of the file. */
static struct err *read_password(struct str path, char *text, size_t size, struct str *out)
{
    autoclose int file = open(path.ptr, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, text, size) : -1;
    if (got < 0)
        return err_errno(ERR_STORAGE, "could not read the file of R7_ADMIN_PASSWORD_FILE");
    struct str rest = {text, (size_t)got};
    return str_cut(&rest, '\n', out) ? NULL : ERR_BUG_AT("a text without a first line");
}

static struct err *plan_central(const struct access_settings *settings, struct instant now,
                                struct plan *plan)
{
    char text[PASSWORD_MAX + 2];
    struct account first = {.user = uuid_random(),
                            .login = S("admin"),
                            .name = S("Central administrator"),
                            .role = ROLE_CENTRAL_ADMINISTRATOR};
    TRY(read_password(settings->administrator_password, text, sizeof text, &first.password));
    struct err *e = account_hash(&first, plan->arena);
    OPENSSL_cleanse(text, sizeof text);
    TRY(e);
    account_plan_first(plan, &first, now);
    return NULL;
}

/* Not in the journal: whoever restores starts with the same file and the same first account. */
struct err *account_central(const struct house *house, struct worker *worker, struct arena *arena)
{
    const struct access_settings *settings = house->settings;
    struct rows users = {0};
    struct plan plan;
    struct load *load = load_new(worker_db(worker), TENANT_CENTRAL, arena);
    LOAD(load, &access_select_any_password, id_fields, struct id_row, &users);
    TRY(load_run(load));
    if (users.count > 0 || settings->administrator_password.len == 0)
        return NULL;
    plan_begin(&plan, arena);
    TRY(plan_central(settings, worker_now(worker), &plan));
    struct err *e = worker_apply(worker, TENANT_CENTRAL, &plan, arena);
    /* Another worker or replica was first. */
    return e != NULL && err_class(e) == ERR_CLASS_CONFLICT ? NULL : e;
}
