/* What people ask of ingest, and its housekeeping. */
#include "domain/ingest_api.h"
#include "services/ingest/acceptance.h"
#include "services/ingest/announce.h"
#include "services/ingest/gather.h"
#include "svc/subject.h"
#include "svc/svc_sql.h"
#include "text/json.h"

enum { PAGE = 100 };

static const enum permission_role staff[] = {ROLE_ARCHIVIST, ROLE_LOCAL_ADMINISTRATOR};

struct err *ingest_let_in(struct request *request)
{
    struct subject subject;
    TRY(subject_load(request, &subject));
    return subject_need_role(request, &subject, staff, COUNT(staff));
}

struct err *ingest_show_delivery(struct request *request, struct uuid id)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &ingest_select_judged, delivery_view_fields, struct delivery_view, &rows, V(id));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such delivery");
    json_write(delivery_view_fields, ROW(struct delivery_view, rows, 0), request->out);
    return NULL;
}

static struct err *asked_delivery(const struct request *request, struct uuid *out)
{
    return uuid_parse(http_param(&request->match, "delivery"), out)
               ? NULL
               : err_new(ERR_NOT_FOUND, "there is no such delivery");
}

struct err *ingest_get_delivery(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct uuid id;
    TRY(ingest_let_in(request));
    TRY(asked_delivery(request, &id));
    return ingest_show_delivery(request, id);
}

struct err *ingest_get_progress(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct uuid id;
    struct rows rows = {0};
    TRY(asked_delivery(request, &id));
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &ingest_select_standing, standing_view_fields, struct standing_view, &rows, V(id),
         V(request->system));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such delivery of this system");
    json_write(standing_view_fields, ROW(struct standing_view, rows, 0), request->out);
    return NULL;
}

/* The words that ingest.delivery.state has, and the one of those that wait to be one. */
static const char *const states[] = {
    "announced",  "received", "rejected", "returned",   "test",    "awaiting_acceptance",
    "superseded", "accepted", "archived", "searchable", "removed", NULL};

static struct err *known_state(struct str given)
{
    for (size_t i = 0; states[i] != NULL; i++)
        if (str_equal(str_from(states[i]), given))
            return NULL;
    return err_field(ERR_INVALID, "state", "no state of a delivery");
}

/* ?state=&system=&before=<received_at>: newest first, a page at a time. */
struct err *ingest_list_deliveries(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct rows rows = {0};
    struct instant before = {0};
    struct str given = http_call_query(request->call, "before");
    TRY(ingest_let_in(request));
    if (given.len > 0 && !instant_parse(given, &before))
        return err_field(ERR_INVALID, "before", "not a time with zone");
    struct str system = http_call_query(request->call, "system");
    struct str state = http_call_query(request->call, "state");
    struct load *load = load_new(request->db, request->tenant, request->arena);
    if (state.ptr == NULL) {
        LOAD(load, &ingest_select_deliveries, delivery_view_fields, struct delivery_view, &rows,
             V(system), V(before), V(PAGE));
    } else {
        TRY(known_state(state));
        LOAD(load, &ingest_select_deliveries_in, delivery_view_fields, struct delivery_view, &rows,
             V(system), V(before), V(PAGE), V(state));
    }
    TRY(load_run(load));
    buf_put(request->out, S("{\"deliveries\":"));
    json_write_list(delivery_view_fields, rows.at, sizeof(struct delivery_view), rows.count,
                    request->out);
    buf_format(request->out, ",\"more\":%s}", rows.count == PAGE ? "true" : "false");
    return NULL;
}

/* --- housekeeping
 * ----------------------------------------------------------------------------------- */

struct tenant_row {
    int32_t id;
    struct str name;
};
static const struct field tenant_fields[] = {FIELD(struct tenant_row, id, REQUIRED),
                                             FIELD(struct tenant_row, name, REQUIRED), FIELDS_END};
struct still_row {
    struct uuid id;
    struct str trace;
};
static const struct field still_fields[] = {FIELD(struct still_row, id, REQUIRED),
                                            FIELD(struct still_row, trace, OPTIONAL), FIELDS_END};
struct over_row {
    struct uuid id;
};
static const struct field over_fields[] = {FIELD(struct over_row, id, REQUIRED), FIELDS_END};

static struct err *keep_tenant(const struct house *house, struct worker *worker,
                               struct arena *arena, const struct tenant_row *tenant)
{
    struct rows still = {0};
    struct rows over = {0};
    struct plan plan;
    plan_begin(&plan, arena);
    struct load *load = load_new(worker_db(worker), tenant->id, arena);
    LOAD(load, &ingest_select_still, still_fields, struct still_row, &still);
    LOAD(load, &ingest_select_over, over_fields, struct over_row, &over);
    TRY(load_run(load));
    for (size_t i = 0; i < still.count; i++) {
        const struct delivery_received event = {ROW(struct still_row, still, i)->id};
        PLAN_SQL(&plan, &ingest_touch, V(event.delivery));
        plan_event(&plan, S(TOPIC_DELIVERY_RECEIVED), event.delivery, 1, delivery_received_fields,
                   &event);
    }
    for (size_t i = 0; i < over.count; i++) {
        struct uuid id = ROW(struct over_row, over, i)->id;
        PLAN_SQL(&plan, &ingest_delete_quarantine, V(id));
        PLAN_SQL(&plan, &house->svc->tables->staged_drop, V(id));
        plan_cleanup(&plan, id);
    }
    if (still.count + over.count > 0)
        TRY(worker_apply(worker, tenant->id, &plan, arena));
    TRY(announcements_settle(worker, arena, tenant->id, (struct uuid){0}));
    return discard_tenant(worker, arena, tenant->id, tenant->name);
}

struct err *ingest_housekeep(const struct house *house, struct worker *worker, struct arena *arena)
{
    struct rows tenants = {0};
    struct load *load = load_new(worker_db(worker), 0, arena);
    LOAD(load, &ingest_select_tenants, tenant_fields, struct tenant_row, &tenants);
    TRY(load_run(load));
    TRY(set_aside_forget(worker, arena, 0));
    for (size_t i = 0; i < tenants.count; i++) {
        const struct tenant_row *tenant = ROW(struct tenant_row, tenants, i);
        TRY(set_aside_forget(worker, arena, tenant->id));
        TRY(gather_housekeep(house, worker, arena, tenant->id));
        TRY(keep_tenant(house, worker, arena, tenant));
    }
    return NULL;
}
