/* What rooms set aside, shown to those who decide on it. Ingest answers for all rooms because the
 * wave of a delivery begins here: what is to be tried again is let in by its row, and then
 * delivery.received is told once more; each room that has seen it tells on, so the message comes
 * again to the room that could not use it. */
#include "domain/ingest_api.h"
#include "services/ingest/room.h"
#include "svc/subject.h"
#include "text/json.h"

enum { PAGE = 100, FORGOTTEN_AT_ONCE = 10000 };

/* Who operates the house sees what was set aside in every region, and what has none; a local
 * administrator that of the own. There is no content in it. */
static struct err *let_in(struct request *request, struct subject *out, bool *out_all)
{
    static const enum permission_role roles[] = {ROLE_OPERATOR, ROLE_CENTRAL_ADMINISTRATOR,
                                                 ROLE_LOCAL_ADMINISTRATOR};
    TRY(subject_load(request, out));
    TRY(subject_need_role(request, out, roles, COUNT(roles)));
    *out_all = out->permission.assignment.role != ROLE_LOCAL_ADMINISTRATOR;
    return NULL;
}

static struct err *find(struct request *request, bool all, struct aside *out)
{
    struct uuid id;
    struct rows rows = {0};
    if (!uuid_parse(http_param(&request->match, "message"), &id))
        return err_new(ERR_NOT_FOUND, "there is no such message");
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &ingest_select_set_aside, aside_fields, struct aside, &rows, V(all), V(id));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such message");
    *out = *ROW(struct aside, rows, 0);
    return NULL;
}

struct err *ingest_get_set_aside(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct subject subject;
    struct aside aside;
    bool all = false;
    TRY(let_in(request, &subject, &all));
    TRY(find(request, all, &aside));
    json_write(aside_fields, &aside, request->out);
    return NULL;
}

/* ?topic=&before=<set_aside_at>: what nobody has decided on, newest first, a page at a time. */
struct err *ingest_list_set_aside(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct subject subject;
    struct rows rows = {0};
    struct instant before = {0};
    bool all = false;
    struct str given = http_call_query(request->call, "before");
    TRY(let_in(request, &subject, &all));
    if (given.len > 0 && !instant_parse(given, &before))
        return err_field(ERR_INVALID, "before", "not a time with zone");
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &ingest_select_set_aside_open, aside_fields, struct aside, &rows, V(all),
         V(http_call_query(request->call, "topic")), V(before), V(PAGE));
    TRY(load_run(load));
    buf_put(request->out, S("{\"set_aside\":"));
    json_write_list(aside_fields, rows.at, sizeof(struct aside), rows.count, request->out);
    buf_format(request->out, ",\"more\":%s}", rows.count == PAGE ? "true" : "false");
    return NULL;
}

/* The same decision once more changes nothing; another one is a conflict. */
static struct err *settle(struct request *request, const char *decision, struct str reason,
                          struct aside *out)
{
    struct subject subject;
    bool all = false;
    TRY(let_in(request, &subject, &all));
    TRY(find(request, all, out));
    if (str_equal(out->state, str_from(decision)))
        return NULL;
    if (!str_equal(out->state, S("open")))
        return err_new(ERR_CONFLICT, "it was %.*s before", STR_ARG(out->state));
    struct batch *batch = batch_new(request->db, request->tenant, request->arena);
    batch_add(batch, &ingest_decide_set_aside,
              VALUES(V(out->id), V(str_from(decision)), V(subject.user), V(reason), V(out->times)));
    return batch_run(batch);
}

struct concerned_row {
    struct uuid id;
};
static const struct field concerned_fields[] = {FIELD(struct concerned_row, id, REQUIRED),
                                                FIELDS_END};

/* Tells of the delivery again. Lost in a crash without harm: the watchdog tells of it too. */
static struct err *tell_again(struct request *request, const struct aside *aside)
{
    struct rows rows = {0};
    struct plan plan;
    plan_begin(&plan, request->arena);
    struct load *load = load_new(request->db, aside->tenant, request->arena);
    LOAD(load, &ingest_select_concerned, concerned_fields, struct concerned_row, &rows,
         V(aside->subject));
    TRY(load_run(load));
    for (size_t i = 0; i < rows.count; i++) {
        const struct delivery_received event = {ROW(struct concerned_row, rows, i)->id};
        plan_event(&plan, S(TOPIC_DELIVERY_RECEIVED), event.delivery, 1, delivery_received_fields,
                   &event);
    }
    return worker_apply(request->worker, aside->tenant, &plan, request->arena);
}

struct err *ingest_retry_set_aside(struct request *request, struct http_reply *reply)
{
    struct aside aside;
    TRY(settle(request, "retried", (struct str){0}, &aside));
    if (aside.tenant != 0)
        TRY(tell_again(request, &aside));
    reply->status = 204;
    return NULL;
}

struct discard_body {
    struct str reason;
};
static const struct field discard_fields[] = {
    FIELD(struct discard_body, reason, REQUIRED, .min = 1, .max = 1000), FIELDS_END};

struct err *ingest_discard_set_aside(struct request *request, struct http_reply *reply)
{
    struct aside aside;
    struct discard_body body = {0};
    TRY(json_read(request->body, discard_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    TRY(settle(request, "discarded", body.reason, &aside));
    reply->status = 204;
    return NULL;
}

struct err *set_aside_forget(struct worker *worker, struct arena *arena, int32_t tenant)
{
    struct batch *batch = batch_new(worker_db(worker), tenant, arena);
    batch_add(batch, &ingest_prune_set_aside, VALUES(V(FORGOTTEN_AT_ONCE)));
    return batch_run(batch);
}
