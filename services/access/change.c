/* Changes of facts: who may make them, and how they are carried out. */
#include "services/access/room.h"
#include "text/json.h"

const struct field tenant_fields[] = {FIELD(struct tenant_row, id, REQUIRED),
                                      FIELD(struct tenant_row, name, REQUIRED), FIELDS_END};
const struct field id_fields[] = {FIELD(struct id_row, id, REQUIRED), FIELDS_END};
const struct field ending_fields[] = {FIELD(struct ending, id, REQUIRED),
                                      FIELD(struct ending, person, OPTIONAL),
                                      FIELD(struct ending, valid_until, REQUIRED), FIELDS_END};

static void begin_by(struct request *request, const struct subject *subject, struct change *out)
{
    *out = (struct change){.tenant = request->tenant, .by = subject->user, .at = request->now};
    plan_begin(&out->plan, request->arena);
}

static struct err *begin(struct request *request, const enum permission_role *roles, size_t count,
                         struct change *out)
{
    struct subject subject;
    TRY(subject_load(request, &subject));
    TRY(subject_need_role(request, &subject, roles, count));
    begin_by(request, &subject, out);
    return NULL;
}

struct err *change_begin_self(struct request *request, struct change *out)
{
    struct subject subject;
    TRY(subject_load(request, &subject));
    if (!permission_in_force(subject.permission.active, request->now))
        return err_new(ERR_FORBIDDEN, "the account has ended");
    begin_by(request, &subject, out);
    return NULL;
}

struct err *change_begin_central(struct request *request, struct change *out)
{
    static const enum permission_role roles[] = {ROLE_CENTRAL_ADMINISTRATOR};
    if (request->tenant != TENANT_CENTRAL)
        return err_new(ERR_FORBIDDEN, "only central administrators do this");
    return begin(request, roles, COUNT(roles), out);
}

struct err *change_begin_own(struct request *request, struct change *out)
{
    static const enum permission_role local[] = {ROLE_LOCAL_ADMINISTRATOR};
    return request->tenant == TENANT_CENTRAL ? change_begin_central(request, out)
                                             : begin(request, local, COUNT(local), out);
}

/* Who cares for the patient records what the patient has said, in the own care provider's name. */
struct err *change_begin_care(struct request *request, struct change *out,
                              struct subject *out_subject)
{
    static const enum permission_role care[] = {ROLE_CARE_STAFF};
    struct subject subject;
    TRY(subject_load(request, &subject));
    TRY(subject_need_role(request, &subject, care, COUNT(care)));
    const struct permission_assignment *a = &subject.permission.assignment;
    if ((a->purposes & 1U << PURPOSE_CARE) == 0 || a->care_provider.len == 0)
        return err_new(ERR_FORBIDDEN, "your assignment is not one of care at a care provider");
    begin_by(request, &subject, out);
    *out_subject = subject;
    return NULL;
}

static void raise(struct change *change, struct str kind, struct strs ids)
{
    CHANGE_SQL(change, &access_raise, V(kind), V(ids));
}

void change_concerns(struct change *change, struct str kind, struct str id, struct str other)
{
    raise(change, kind, (struct strs){(struct str[]){id, other}, other.ptr != NULL ? 2 : 1});
}

void change_concerns_ids(struct change *change, struct str kind, struct uuid id, struct uuid other)
{
    struct uuid_text one = uuid_text(id);
    struct uuid_text two = uuid_text(other);
    change_concerns(change, kind, str_from(one.text),
                    uuid_is_nil(other) ? (struct str){0} : str_from(two.text));
}

void change_concerns_all(struct change *change, struct str kind, struct uuids ids)
{
    struct arena *arena = change->plan.arena;
    struct str *texts = ARENA_ARRAY(arena, struct str, ids.count + 1);
    for (size_t i = 0; i < ids.count; i++)
        texts[i] = arena_str(arena, str_from(uuid_text(ids.at[i]).text));
    if (ids.count > 0)
        raise(change, kind, (struct strs){texts, ids.count});
}

void change_concerns_rules(struct change *change)
{
    change_concerns(change, S("rules"), S("tenant"), (struct str){0});
}

/* Region after region inside the one transaction, and back to its own. */
struct err *change_raise_everywhere(struct db *db, struct change *change)
{
    struct rows tenants = {0};
    if (!change->everywhere)
        return NULL;
    struct load *load = load_new(db, 0, change->plan.arena);
    LOAD(load, &access_select_tenants, tenant_fields, struct tenant_row, &tenants);
    TRY(load_run(load));
    for (size_t i = 0; i < tenants.count; i++) {
        CHANGE_SQL(change, &access_enter, V(ROW(struct tenant_row, tenants, i)->id));
        change_concerns_rules(change);
    }
    CHANGE_SQL(change, &access_enter, V(change->tenant));
    return NULL;
}

struct err *change_apply(struct request *request, struct change *change,
                         const struct change_kind *kind, const void *fact)
{
    kind->plan(change, fact);
    TRY(change_raise_everywhere(request->db, change));
    TRY(change_plan_line(change, kind, request->id, fact));
    return worker_apply(request->worker, change->tenant, &change->plan, request->arena);
}

struct err *change_find_tenant(struct request *request, struct str name, int32_t *out)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, 0, request->arena);
    LOAD(load, &access_select_tenant, tenant_fields, struct tenant_row, &rows, V(name));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such region");
    *out = ROW(struct tenant_row, rows, 0)->id;
    return NULL;
}

struct err *change_check_span(struct instant from, struct instant until)
{
    return until.known && !instant_before(from, until)
               ? err_field(ERR_INVALID, "valid_until", "not after valid_from")
               : NULL;
}

void answer_made(struct request *request, struct http_reply *reply, struct uuid id)
{
    json_write(id_fields, &(struct id_row){id}, request->out);
    reply->status = 201;
}

struct err *param_id(const struct request *request, const char *name, struct uuid *out)
{
    return uuid_parse(http_param(&request->match, name), out)
               ? NULL
               : err_new(ERR_NOT_FOUND, "there is no such %s", name);
}
