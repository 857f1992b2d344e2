/* Changes of facts: who may make them, and how they are carried out. */
#include "services/access/room.h"
#include "text/json.h"

const struct field tenant_fields[] = {FIELD(struct tenant_row, id, REQUIRED),
                                      FIELD(struct tenant_row, name, REQUIRED), FIELDS_END};
const struct field id_fields[] = {FIELD(struct id_row, id, REQUIRED), FIELDS_END};

static void begin_by(struct request *request, const struct subject *subject, struct change *out)
{
    *out = (struct change){.tenant = request->tenant, .by = subject->user};
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

void change_concerns(struct change *change, struct str kind, struct str id)
{
    assert(change->concerns < CHANGE_CONCERNS);
    change->kinds[change->concerns] = kind;
    change->ids[change->concerns++] = id;
}

void change_concerns_id(struct change *change, struct str kind, struct uuid id)
{
    change_concerns(change, kind, arena_str(change->plan.arena, str_from(uuid_text(id).text)));
}

struct line {
    struct str change;
    struct uuid by;
    struct uuid request;
    struct instant at;
    struct json_text fact;
};
static const struct field line_fields[] = {
    FIELD(struct line, change, REQUIRED),  FIELD(struct line, by, REQUIRED),
    FIELD(struct line, request, REQUIRED), FIELD(struct line, at, REQUIRED),
    FIELD(struct line, fact, REQUIRED),    FIELDS_END};

struct err *change_apply(struct request *request, struct change *change, const char *what,
                         const struct field *fields, const void *fact)
{
    autobuf struct buf told = buf_new(32 * 1024);
    autobuf struct buf text = buf_new(64 * 1024);
    json_write(fields, fact, &told);
    const struct line line = {.change = str_from(what),
                              .by = change->by,
                              .request = request->id,
                              .at = request->now,
                              .fact = {buf_str(&told)}};
    json_write(line_fields, &line, &text);
    TRY(buf_done(&text, "the journal's line"));
    plan_journal(&change->plan, uuid_random(), buf_str(&text));
    PLAN_SQL(&change->plan, &access_raise, V(((struct strs){change->kinds, change->concerns})),
             V(((struct strs){change->ids, change->concerns})));
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
