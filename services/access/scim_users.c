/* SCIM's users, kept as accounts: what the directory says of them, and what ends when it says so.
 */
#include "services/access/scim.h"

/* --- rows
 * ------------------------------------------------------------------------------------------- */

struct user_row {
    struct uuid id;
    struct str login;
    struct str external_id;
    struct str given_name;
    struct str family_name;
    struct str display_name;
    struct str hsa_id;
    struct str active;
    struct instant provisioned_at;
    struct instant modified_at;
    int64_t version;
};
static const struct field user_row_fields[] = {FIELD(struct user_row, id, REQUIRED),
                                               FIELD(struct user_row, login, REQUIRED),
                                               FIELD(struct user_row, external_id, OPTIONAL),
                                               FIELD(struct user_row, given_name, OPTIONAL),
                                               FIELD(struct user_row, family_name, OPTIONAL),
                                               FIELD(struct user_row, display_name, OPTIONAL),
                                               FIELD(struct user_row, hsa_id, OPTIONAL),
                                               FIELD(struct user_row, active, OPTIONAL),
                                               FIELD(struct user_row, provisioned_at, REQUIRED),
                                               FIELD(struct user_row, modified_at, REQUIRED),
                                               FIELD(struct user_row, version, REQUIRED),
                                               FIELDS_END};

struct in_group_row {
    struct uuid owner;
    struct uuid id;
    struct str display_name;
};
static const struct field in_group_fields[] = {
    FIELD(struct in_group_row, owner, REQUIRED), FIELD(struct in_group_row, id, REQUIRED),
    FIELD(struct in_group_row, display_name, REQUIRED), FIELDS_END};

static struct str id_text(struct uuid id, struct arena *arena)
{
    return arena_str(arena, str_from(uuid_text(id).text));
}

static void from_row(const struct user_row *row, struct arena *arena, struct scim_stored *out)
{
    struct scim_resource *r = &out->resource;
    scim_resource_begin(SCIM_USER, arena, r);
    out->id = row->id;
    out->version = row->version;
    scim_put_meta(out, row->provisioned_at, row->modified_at);
    scim_put(r, SCIM_EXTERNAL_ID, row->external_id);
    scim_put(r, SCIM_USER_NAME, row->login);
    scim_put(r, SCIM_GIVEN_NAME, row->given_name);
    scim_put(r, SCIM_FAMILY_NAME, row->family_name);
    scim_put(r, SCIM_DISPLAY_NAME, row->display_name);
    scim_put(r, SCIM_ACTIVE, row->active.len > 0 ? row->active : (struct str){0});
    scim_put(r, SCIM_EMPLOYEE_NUMBER, row->hsa_id);
}

static struct err *put_groups(struct scim_ask *ask, struct scim_found *found)
{
    struct arena *arena = ask->request->arena;
    struct rows rows = {0};
    struct uuid *ids = ARENA_ARRAY(arena, struct uuid, found->count + 1);
    for (size_t i = 0; i < found->count; i++)
        ids[i] = found->at[i].id;
    struct load *load = load_new(ask->request->db, ask->request->tenant, arena);
    LOAD(load, &access_select_user_groups, in_group_fields, struct in_group_row, &rows,
         V(((struct uuids){ids, found->count})), V(SCIM_SEVERAL_MAX + 1));
    TRY(load_run(load));
    TRY(scim_check_several(&rows));
    for (size_t i = 0; i < found->count; i++)
        for (size_t k = 0; k < rows.count; k++) {
            const struct in_group_row *row = ROW(struct in_group_row, rows, k);
            if (uuid_equal(row->owner, found->at[i].id))
                scim_put_group(&found->at[i].resource, id_text(row->id, arena), row->display_name);
        }
    return NULL;
}

static struct err *load_users(struct scim_ask *ask, const struct scim_query *query,
                              struct scim_found *out)
{
    struct request *request = ask->request;
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_provisioned, user_row_fields, struct user_row, &rows, V(query->id),
         V(query->name), V(query->external_id), V(query->employee_number), V(query->offset),
         V(query->limit));
    TRY(load_run(load));
    out->count = rows.count;
    out->at = ARENA_ARRAY(request->arena, struct scim_stored, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++)
        from_row(ROW(struct user_row, rows, i), request->arena, &out->at[i]);
    return query->without_several || out->count == 0 ? NULL : put_groups(ask, out);
}

static struct err *count_users(struct scim_ask *ask, const struct scim_query *query, int64_t *out)
{
    struct rows rows = {0};
    struct load *load = load_new(ask->request->db, ask->request->tenant, ask->request->arena);
    LOAD(load, &access_count_provisioned, scim_count_fields, struct scim_count, &rows, V(query->id),
         V(query->name), V(query->external_id), V(query->employee_number));
    TRY(load_run(load));
    *out = ROW(struct scim_count, rows, 0)->count;
    return NULL;
}

/* --- changes
 * ---------------------------------------------------------------------------------------- */

/* The journal tells that there is such an account and whether it is let in. Its words come again
 * from the directory, which knows them by the id. */
struct provisioned {
    struct uuid id;
    struct str state; /* active, inactive, unsaid, removed */
    int64_t version;  /* before; 0: whatever it was */
    struct str login;
    struct str name;
    struct str external_id;
    struct str given_name;
    struct str family_name;
    struct str display_name;
    struct str hsa_id;
};
static const char *const states[] = {"active", "inactive", "unsaid", "removed", NULL};
static const struct field provisioned_fields[] = {
    FIELD(struct provisioned, id, REQUIRED),
    FIELD(struct provisioned, state, REQUIRED, .one_of = states), FIELDS_END};

static void plan_words(struct change *change, const struct provisioned *p)
{
    CHANGE_SQL(change, &access_name_provisioned, V(p->id), V(p->login), V(p->name),
               V(p->external_id), V(p->given_name), V(p->family_name), V(p->display_name),
               V(p->hsa_id));
}

/* A token tells its making in whole seconds, so those of this second end too. */
static void plan_provisioned(struct change *change, const void *fact)
{
    const struct provisioned *p = fact;
    struct uuid_text id = uuid_text(p->id);
    bool removed = str_equal(p->state, S("removed"));
    bool in = str_equal(p->state, S("active"));
    struct instant end = in ? (struct instant){0} : change->at;
    struct instant gone = removed ? change->at : (struct instant){0};
    struct instant tokens = {(change->at.us / 1000000 + 1) * 1000000, true};
    struct value active = V(in);
    active.null = str_equal(p->state, S("unsaid"));
    CHANGE_REPLACES(change, S("provisioned"), str_from(id.text));
    change_concerns_ids(change, S("user"), p->id, (struct uuid){0});
    CHANGE_SQL(change, &access_put_provisioned, V(p->id), active, V(end), V(change->at), V(gone),
               V(tokens), scim_version_value(p->version));
    if (removed) {
        CHANGE_SQL(change, &access_leave_groups, V(p->id));
        CHANGE_SQL(change, &access_end_rule_assignments, V(p->id), V(change->at));
    }
    if (removed || p->login.ptr != NULL)
        plan_words(change, p);
}
const struct change_kind change_provisioned = {"provisioned_user", provisioned_fields,
                                               sizeof(struct provisioned), plan_provisioned};

struct login_row {
    struct str login;
};
static const struct field login_fields[] = {FIELD(struct login_row, login, REQUIRED), FIELDS_END};

static struct err *check_unique(struct scim_ask *ask, const struct provisioned *p)
{
    struct rows rows = {0};
    struct load *load = load_new(ask->request->db, ask->request->tenant, ask->request->arena);
    LOAD(load, &access_select_same_user, login_fields, struct login_row, &rows, V(p->id),
         V(p->login), V(p->hsa_id));
    TRY(load_run(load));
    if (rows.count == 0)
        return NULL;
    bool login = str_equal(ROW(struct login_row, rows, 0)->login, p->login);
    return err_rule(ERR_CONFLICT, "uniqueness", "%s: another account has it",
                    login ? "userName" : "employeeNumber");
}

struct str scim_login(struct str user_name, struct arena *arena)
{
    struct str login = arena_str(arena, user_name);
    char *bytes = (char *)(uintptr_t)login.ptr;
    for (size_t i = 0; i < login.len; i++)
        bytes[i] = (char)(bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] - 'A' + 'a' : bytes[i]);
    return login;
}

/* The disclosure log needs one. */
static struct str name_of(const struct provisioned *p, struct arena *arena)
{
    if (p->display_name.ptr != NULL)
        return p->display_name;
    if (p->given_name.ptr == NULL && p->family_name.ptr == NULL)
        return p->login;
    return str_trim(
        arena_format(arena, "%.*s %.*s", STR_ARG(p->given_name), STR_ARG(p->family_name)));
}

static struct err *save_user(struct scim_ask *ask, struct uuid id, const struct scim_stored *before,
                             const struct scim_resource *after)
{
    struct arena *arena = ask->request->arena;
    struct change change;
    struct str active = scim_get(after, SCIM_ACTIVE);
    if (before == NULL && active.ptr == NULL)
        active = S("true");
    struct provisioned p = {.id = id,
                            .version = before != NULL ? before->version : 0,
                            .login = scim_login(scim_get(after, SCIM_USER_NAME), arena),
                            .external_id = scim_get(after, SCIM_EXTERNAL_ID),
                            .given_name = scim_get(after, SCIM_GIVEN_NAME),
                            .family_name = scim_get(after, SCIM_FAMILY_NAME),
                            .display_name = scim_get(after, SCIM_DISPLAY_NAME),
                            .hsa_id = scim_get(after, SCIM_EMPLOYEE_NUMBER)};
    p.state = active.ptr == NULL             ? S("unsaid")
              : str_equal(active, S("true")) ? S("active")
                                             : S("inactive");
    p.name = name_of(&p, arena);
    if (account_check_login(p.login) != NULL)
        return err_rule(ERR_INVALID, "invalidValue",
                        "userName: not 2 to 64 of the characters a-z 0-9 . _ @ -");
    TRY(check_unique(ask, &p));
    scim_change_begin(ask, &change);
    return change_apply(ask->request, &change, &change_provisioned, &p);
}

static struct err *remove_user(struct scim_ask *ask, const struct scim_stored *before)
{
    struct change change;
    const struct provisioned p = {
        .id = before->id, .state = S("removed"), .version = before->version};
    scim_change_begin(ask, &change);
    return change_apply(ask->request, &change, &change_provisioned, &p);
}

const struct scim_kept scim_kept_users = {load_users, count_users, save_user, remove_user};
