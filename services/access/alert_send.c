/* Sending alerts. A receiver is taken by putting off its next try, committed before anything is
 * sent; what was sent is written down after. A death in between sends the alert again, with the
 * same id, when the half minute is over. What is sent names nobody: the alert's id, its kind and
 * its time. */
#include "http/http.h"
#include "http/mail.h"
#include "services/access/alerts.h"
#include "services/access/shared_secret.h"
#include "text/json.h"

enum { SEND_MS = 8000, ANSWER_MAX = 64 * 1024 };

struct owed {
    struct uuid id;
    struct str kind;
    struct instant at;
    struct str name;
    int32_t step;
    struct str address;
    struct str secret;
};
static const struct field owed_fields[] = {
    FIELD(struct owed, id, REQUIRED),     FIELD(struct owed, kind, REQUIRED),
    FIELD(struct owed, at, REQUIRED),     FIELD(struct owed, name, REQUIRED),
    FIELD(struct owed, step, REQUIRED),   FIELD(struct owed, address, REQUIRED),
    FIELD(struct owed, secret, OPTIONAL), FIELDS_END};

struct sending {
    const struct access_settings *settings;
    struct worker *worker;
    struct arena *arena;
    int32_t tenant;
    const struct owed *alert;
};

struct told {
    struct uuid id;
    struct str kind;
    struct instant at;
    struct str region;
    bool escalated;
};
static const struct field told_fields[] = {
    FIELD(struct told, id, REQUIRED),        FIELD(struct told, kind, REQUIRED),
    FIELD(struct told, at, REQUIRED),        FIELD(struct told, region, REQUIRED),
    FIELD(struct told, escalated, REQUIRED), FIELDS_END};

/* --- a webhook
 * -------------------------------------------------------------------------------------- */

/* "t=SECONDS,v1=HEX": HMAC-SHA256 under the secret over the seconds, a dot and the body. */
static const char *signature(const struct sending *s, struct str secret, struct str body)
{
    struct str seconds =
        arena_format(s->arena, "%lld", (long long)(worker_now(s->worker).us / 1000000));
    const struct str parts[] = {seconds, S("."), body};
    struct sha256_text mac = sha256_text(hmac_sha256(secret, parts, COUNT(parts)));
    return arena_format(s->arena, "R7-Signature: t=%.*s,v1=%s", STR_ARG(seconds), mac.text).ptr;
}

static struct err *post(const struct sending *s, struct str region, struct str body)
{
    struct str secret = {0};
    struct http_answer_in answer = {0};
    const char *wrong = shared_secret_read("R7_ALERT_SECRETS", s->settings->alert_secrets, region,
                                           s->alert->secret, s->arena, &secret);
    if (wrong != NULL)
        return err_new(ERR_TRANSIENT, "%s", wrong);
    struct uuid_text id = uuid_text(s->alert->id);
    const char *headers[] = {"Content-Type: application/json",
                             arena_format(s->arena, "Idempotency-Key: %s", id.text).ptr,
                             signature(s, secret, body), NULL};
    struct http_client *client = http_client_new(
        &(struct http_client_config){.ca = s->settings->alert_ca, .timeout_ms = SEND_MS});
    struct err *e = http_fetch(client, HTTP_POST, s->alert->address, headers, body, ANSWER_MAX,
                               s->arena, &answer);
    http_client_free(client);
    TRY(e);
    return answer.status >= 200 && answer.status <= 299
               ? NULL
               : err_new(ERR_TRANSIENT, "it answered %d", answer.status);
}

/* --- a mail
 * ------------------------------------------------------------------------------------------ */

static struct err *mail(const struct sending *s, const struct told *told)
{
    const struct mail_relay relay = {.url = s->settings->alert_mail,
                                     .ca = s->settings->alert_ca,
                                     .from = s->settings->alert_from,
                                     .timeout_ms = SEND_MS};
    bool emergency = str_equal(told->kind, S("emergency"));
    char at[INSTANT_TEXT];
    struct uuid_text id = uuid_text(told->id);
    instant_print(told->at, at);
    struct str text = arena_format(
        s->arena,
        "%s\nTid: %s\nLarm: %s\nRegion: %.*s\n%s\nLogga in i arkivet och kvittera larmet "
        "(r7 alerts).\n",
        emergency ? "En nödöppning har gjorts." : "Någon har öppnat en utmärkt persons uppgifter.",
        at, id.text, STR_ARG(told->region),
        told->escalated ? "Ingen har kvitterat larmet i tid.\n" : "");
    return mail_send(
        &relay, str_slice(s->alert->address, 7, s->alert->address.len), str_from(id.text),
        emergency ? S("R7e larm: emergency") : S("R7e larm: marked_person"), text, s->arena);
}

/* --- one after the other
 * ----------------------------------------------------------------------------- */

static struct err *send(const struct sending *s)
{
    struct told told = {s->alert->id, s->alert->kind, s->alert->at, {0}, s->alert->step == 2};
    autobuf struct buf body = buf_new(4096);
    TRY(worker_tenant(s->worker, s->tenant, &told.region));
    if (str_starts(s->alert->address, S("mailto:")))
        return mail(s, &told);
    json_write(told_fields, &told, &body);
    TRY(buf_done(&body, "the alert"));
    return post(s, told.region, buf_str(&body));
}

static struct err *write_down(const struct sending *s, struct err *failure)
{
    struct batch *batch = batch_new(worker_db(s->worker), s->tenant, s->arena);
    if (failure == NULL) {
        batch_add(batch, &access_alert_delivered, VALUES(V(s->alert->id), V(s->alert->name)));
        batch_add(batch, &access_alert_receiver_well, VALUES(V(s->alert->name)));
    } else {
        batch_add(batch, &access_alert_receiver_failed,
                  VALUES(V(s->alert->name), V(str_from(failure->detail))));
    }
    struct err *e = batch_run(batch);
    if (e != NULL)
        return e;
    return err_wrap(failure, "an alert does not reach the receiver %.*s", STR_ARG(s->alert->name));
}

struct err *alert_duty(const struct house *house, struct worker *worker, struct arena *arena,
                       bool *out_done)
{
    struct rows tenants = {0};
    struct rows owed = {0};
    int32_t tenant = 0;
    struct load *load = load_new(worker_db(worker), 0, arena);
    LOAD(load, &access_select_tenants, tenant_fields, struct tenant_row, &tenants);
    TRY(load_run(load));
    for (size_t i = 0; i < tenants.count && owed.count == 0; i++) {
        tenant = ROW(struct tenant_row, tenants, i)->id;
        load = load_new(worker_db(worker), tenant, arena);
        LOAD(load, &access_take_alert, owed_fields, struct owed, &owed);
        TRY(load_run(load));
    }
    if (owed.count == 0)
        return NULL;
    const struct sending s = {house->settings, worker, arena, tenant, ROW(struct owed, owed, 0)};
    *out_done = true;
    return write_down(&s, send(&s));
}

/* --- for operators
 * ---------------------------------------------------------------------------------- */

struct counted {
    int64_t open;
    int64_t undelivered;
    int64_t oldest_seconds;
};
static const struct field counted_fields[] = {
    FIELD(struct counted, open, REQUIRED), FIELD(struct counted, undelivered, REQUIRED),
    FIELD(struct counted, oldest_seconds, REQUIRED), FIELDS_END};

static void put_gauge(struct buf *out, const char *name, const char *help)
{
    buf_format(out, "# HELP r7_alerts_%s %s\n# TYPE r7_alerts_%s gauge\n", name, help, name);
}

struct err *alert_measure(const struct house *house, struct worker *worker, struct arena *arena,
                          struct buf *out)
{
    struct rows tenants = {0};
    (void)house;
    struct load *load = load_new(worker_db(worker), 0, arena);
    LOAD(load, &access_select_tenants, tenant_fields, struct tenant_row, &tenants);
    TRY(load_run(load));
    put_gauge(out, "open", "Alerts that no local administrator has acknowledged");
    put_gauge(out, "undelivered", "Alerts that a receiver should have and has not");
    put_gauge(out, "oldest_seconds", "How long the oldest of these has waited");
    for (size_t i = 0; i < tenants.count; i++) {
        const struct tenant_row *tenant = ROW(struct tenant_row, tenants, i);
        struct rows rows = {0};
        load = load_new(worker_db(worker), tenant->id, arena);
        LOAD(load, &access_count_alerts, counted_fields, struct counted, &rows);
        TRY(load_run(load));
        const struct counted *c = ROW(struct counted, rows, 0);
        buf_format(out,
                   "r7_alerts_open{region=\"%.*s\"} %lld\nr7_alerts_undelivered{region=\"%.*s\"} "
                   "%lld\nr7_alerts_oldest_seconds{region=\"%.*s\"} %lld\n",
                   STR_ARG(tenant->name), (long long)c->open, STR_ARG(tenant->name),
                   (long long)c->undelivered, STR_ARG(tenant->name), (long long)c->oldest_seconds);
    }
    return NULL;
}
