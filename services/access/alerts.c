/* Alerts that nobody has in hand yet, and taking one in hand. */
#include "services/access/alerts.h"
#include "text/json.h"

enum { ALERTS_SHOWN = 200 };

struct alert_row {
    struct uuid id;
    struct str kind;
    struct instant at;
    struct str subject_name;
    struct str unit;
    struct str care_provider;
    struct str reason;
    bool escalated;
};
static const struct field row_fields[] = {FIELD(struct alert_row, id, REQUIRED),
                                          FIELD(struct alert_row, kind, REQUIRED),
                                          FIELD(struct alert_row, at, REQUIRED),
                                          FIELD(struct alert_row, subject_name, REQUIRED),
                                          FIELD(struct alert_row, unit, OPTIONAL),
                                          FIELD(struct alert_row, care_provider, OPTIONAL),
                                          FIELD(struct alert_row, reason, OPTIONAL),
                                          FIELD(struct alert_row, escalated, REQUIRED),
                                          FIELDS_END};

/* The same list has the same tag: who asks again and again is told 304. */
static const char *tag_of(struct request *request)
{
    struct sha256_text text = sha256_text(sha256_of(buf_str(request->out)));
    return arena_format(request->arena, "\"%.32s\"", text.text).ptr;
}

/* Who did what kind of thing and why, never about whom: that is for who reviews the log. */
struct err *access_list_alerts(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct rows rows = {0};
    TRY(change_begin_own(request, &change));
    TRY(request_rows(request, &access_select_alerts, row_fields, sizeof(struct alert_row), &rows,
                     VALUES(V(ALERTS_SHOWN))));
    buf_put(request->out, S("{\"alerts\":"));
    json_write_list(row_fields, rows.at, sizeof(struct alert_row), rows.count, request->out);
    buf_format(request->out, ",\"more\":%s}", rows.count == ALERTS_SHOWN ? "true" : "false");
    reply->headers[0].name = "ETag";
    reply->headers[0].value = tag_of(request);
    if (str_equal(http_call_header(request->call, "If-None-Match"),
                  str_from(reply->headers[0].value))) {
        buf_clear(request->out);
        reply->status = 304;
    }
    return NULL;
}

struct acknowledged {
    struct uuid id;
};
static const struct field acknowledged_fields[] = {FIELD(struct acknowledged, id, REQUIRED),
                                                   FIELDS_END};

/* An emergency's alert has its id, and is seen with it. */
static void plan_acknowledged(struct change *change, const void *fact)
{
    const struct acknowledged *a = fact;
    CHANGE_SQL(change, &access_acknowledge_alert, V(a->id), V(change->by), V(change->at));
    CHANGE_SQL(change, &access_see_emergency_of_alert, V(a->id), V(change->by), V(change->at));
}
const struct change_kind change_alert_acknowledged = {
    "alert_acknowledged", acknowledged_fields, sizeof(struct acknowledged), plan_acknowledged};

struct err *access_acknowledge(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct acknowledged fact = {0};
    struct rows rows = {0};
    TRY(change_begin_own(request, &change));
    TRY(param_id(request, "alert", &fact.id));
    TRY(request_rows(request, &access_select_alert, id_fields, sizeof(struct id_row), &rows,
                     VALUES(V(fact.id))));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such alert");
    reply->status = 204;
    return change_apply(request, &change, &change_alert_acknowledged, &fact);
}
