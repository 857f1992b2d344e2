/* Fetches announced objects, a turn at a time, into their uploads. */
#include "base/base.h"
#include "base/log.h"
#include "services/ingest/announce.h"
#include "services/ingest/object.h"
#include "services/ingest/object_keys.h"
#include "services/ingest/upload_write.h"
#include "vault/staging.h"

/* A turn ends after a segment or these seconds, whatever has come: nobody waits longer for his. */
enum { TURN_SECONDS = 30, WAIT_SECONDS_MAX = 300, ANSWER_MAX = 64 * 1024, TIMEOUT_MS = 10000 };

/* --- whose turn it is
 * ------------------------------------------------------------------------ */

struct tenant_row {
    int32_t id;
    struct str name;
};
static const struct field tenant_fields[] = {FIELD(struct tenant_row, id, REQUIRED),
                                             FIELD(struct tenant_row, name, REQUIRED), FIELDS_END};

struct next_row {
    struct uuid id;
    struct instant served; /* when one of the region's last had its turn */
};
static const struct field next_fields[] = {FIELD(struct next_row, id, REQUIRED),
                                           FIELD(struct next_row, served, OPTIONAL), FIELDS_END};

/* Everything of one turn. */
struct turn {
    const struct ingest_settings *settings;
    struct worker *worker;
    struct arena *arena;
    int32_t tenant;
    struct str tenant_name;
    struct uuid id; /* of the delivery; nil: nobody's turn */
    const struct announcement *announcement;
    const struct agreement *agreement;
    const struct upload *upload;
    int64_t due; /* bytes that unfinished uploads have yet to bring */
    struct object_range asked;
    struct http_client *store;
    struct upload_write *write;
    int64_t ends_at;
    bool begun;    /* the lock is ours */
    bool unwanted; /* what came is not to be laid down */
    bool complete; /* all of the object is there */
};

/* Never is longest. */
static bool is_longer_ago(struct instant a, struct instant b)
{
    return b.known && (!a.known || instant_before(a, b));
}

/* Of the regions that have one waiting, the one that has waited longest since its last turn. */
static struct err *find_turn(struct turn *t)
{
    struct rows tenants = {0};
    struct instant served = {0};
    struct load *load = load_new(worker_db(t->worker), 0, t->arena);
    LOAD(load, &ingest_select_tenants, tenant_fields, struct tenant_row, &tenants);
    TRY(load_run(load));
    for (size_t i = 0; i < tenants.count; i++) {
        const struct tenant_row *tenant = ROW(struct tenant_row, tenants, i);
        struct rows next = {0};
        load = load_new(worker_db(t->worker), tenant->id, t->arena);
        LOAD(load, &object_select_next, next_fields, struct next_row, &next);
        TRY(load_run(load));
        const struct next_row *n = next.count > 0 ? ROW(struct next_row, next, 0) : NULL;
        if (n == NULL || (!uuid_is_nil(t->id) && !is_longer_ago(n->served, served)))
            continue;
        t->tenant = tenant->id;
        t->tenant_name = tenant->name;
        t->id = n->id;
        served = n->served;
    }
    return NULL;
}

static struct err *run_one(const struct turn *t, const struct sql *sql, struct values values)
{
    struct batch *batch = batch_new(worker_db(t->worker), t->tenant, t->arena);
    batch_add(batch, sql, values);
    return batch_run(batch);
}

struct due_row {
    int64_t due;
};
static const struct field due_fields[] = {FIELD(struct due_row, due, REQUIRED), FIELDS_END};

static struct err *load_turn(struct turn *t)
{
    struct rows announcement = {0};
    struct rows agreement = {0};
    struct rows upload = {0};
    struct rows due = {0};
    struct load *load = load_new(worker_db(t->worker), t->tenant, t->arena);
    LOAD(load, &object_select, announcement_fields, struct announcement, &announcement, V(t->id));
    LOAD(load, &object_select_agreement, agreement_fields, struct agreement, &agreement, V(t->id));
    LOAD(load, &object_select_upload, upload_fields, struct upload, &upload, V(t->id));
    LOAD(load, &object_select_due, due_fields, struct due_row, &due, V(t->id));
    TRY(load_run(load));
    t->announcement = announcement.count > 0 ? ROW(struct announcement, announcement, 0) : NULL;
    t->agreement = agreement.count > 0 ? ROW(struct agreement, agreement, 0) : NULL;
    t->upload = upload.count > 0 ? ROW(struct upload, upload, 0) : NULL;
    t->due = ROW(struct due_row, due, 0)->due;
    return NULL;
}

/* --- one question to the store
 * --------------------------------------------------------------------- */

static struct err *answer_begins(void *state, int status)
{
    struct turn *t = state;
    const struct object_head head = {status, http_client_header(t->store, "Content-Range"),
                                     http_client_header(t->store, "ETag")};
    TRY(object_judge(&head, &t->asked));
    if (t->asked.etag.ptr == NULL)
        TRY(run_one(t, &object_pin, VALUES(V(t->id), V(head.etag))));
    TRY(upload_write_begin(t->write, t->worker, t->arena));
    t->begun = true;
    return NULL;
}

static struct err *answer_goes_on(void *state, struct str bytes)
{
    struct turn *t = state;
    struct err *e = upload_write_add(t->write, t->worker, t->arena, bytes);
    t->unwanted = e != NULL;
    return e;
}

static bool turn_is_over(void *state)
{
    const struct turn *t = state;
    return clock_monotonic_us() > t->ends_at || worker_is_stopping(t->worker);
}

static struct err *ask_store(struct turn *t, struct str key)
{
    const struct http_taker taker = {answer_begins, answer_goes_on, turn_is_over, t};
    struct http_answer_in answer = {0};
    const char *headers[] = {arena_format(t->arena, "Range: bytes=%lld-%lld",
                                          (long long)t->asked.from, (long long)t->asked.to - 1)
                                 .ptr,
                             NULL, NULL};
    if (t->asked.etag.ptr != NULL)
        headers[1] = arena_format(t->arena, "If-Match: %.*s", STR_ARG(t->asked.etag)).ptr;
    TRY(http_receive(t->store, object_url(&t->agreement->store, key, t->arena), headers, &taker,
                     ANSWER_MAX, t->arena, &answer));
    const struct object_head head = {.status = answer.status};
    return t->begun ? NULL : object_judge(&head, &t->asked);
}

/* What has come is made sure, also of an answer that was cut short. */
static struct err *keep_what_came(struct turn *t, struct err *e)
{
    bool over = turn_is_over(t);
    struct err *kept = t->unwanted ? e : NULL;
    if (t->begun && kept == NULL)
        kept = upload_write_lay_down(t->write, t->worker, t->arena);
    if (kept != NULL || !t->begun)
        upload_write_let_go(t->write, t->worker, t->arena);
    TRY(kept);
    t->complete = upload_write_is_complete(t->write);
    if (upload_write_received(t->write) > t->asked.from || worker_is_stopping(t->worker))
        return NULL;
    return e != NULL && !over ? e : err_new(ERR_TRANSIENT, "the object store is too slow to go on");
}

/* Room for all of it is asked for before its first byte; later only for what comes now. */
static struct err *has_room(const struct turn *t)
{
    int64_t room = 0;
    int64_t wanted = t->asked.to - t->asked.from;
    TRY(staging_room(worker_vault(t->worker)->locations[0], &room));
    if (t->asked.from == 0 && __builtin_add_overflow(t->asked.bytes, t->due, &wanted))
        wanted = INT64_MAX;
    return wanted <= room - t->settings->staging_reserve
               ? NULL
               : err_new(ERR_STORAGE_FULL, "the storage has no room for it now");
}

static struct err *fetch(struct turn *t)
{
    struct str key = {0};
    struct http_signer signer = {0};
    const int64_t segment = (int64_t)SEGMENT_BYTES;
    const struct upload *u = t->upload;
    int64_t end = (u->received / segment + 1) * segment;
    t->asked = (struct object_range){u->received, end < u->bytes ? end : u->bytes, u->bytes,
                                     t->announcement->etag};
    TRY(object_key(t->announcement->uri, &t->agreement->store, &key));
    TRY(has_room(t));
    TRY(object_keys_read(t->settings, t->tenant_name, &t->agreement->store, t->arena, &signer));
    t->store = http_client_new(&(struct http_client_config){
        .ca = t->settings->store_ca, .timeout_ms = TIMEOUT_MS, .signer = signer});
    t->write = upload_write_new(t->settings, t->tenant, u, t->arena);
    upload_write_expect(t->write, t->announcement->sha256);
    struct err *e = keep_what_came(t, ask_store(t, key));
    upload_write_free(t->write);
    http_client_free(t->store);
    return e;
}

/* --- what becomes of it
 * ---------------------------------------------------------------------------- */

static struct err *refuse(const struct turn *t, const struct err *why)
{
    const struct announcement *a = t->announcement;
    struct rows upload = {0};
    struct plan plan;
    plan_begin(&plan, t->arena);
    /* As the turn has left it. */
    struct load *load = load_new(worker_db(t->worker), t->tenant, t->arena);
    LOAD(load, &object_select_upload, upload_fields, struct upload, &upload, V(t->id));
    TRY(load_run(load));
    PLAN_SQL(&plan, &announcement_delete, V(a->id));
    plan_refusal(&plan, receipts_topic(t->arena, t->tenant_name, a->system), a->id, a->identity,
                 why, (struct uuid){0});
    if (upload.count > 0)
        plan_upload_end(&plan, ROW(struct upload, upload, 0));
    log_line(LOG_INFO, "an object is refused", why, LOG_PAIRS());
    return worker_apply(t->worker, t->tenant, &plan, t->arena);
}

static struct err *wait(const struct turn *t, const struct err *why)
{
    log_line(LOG_WARNING, "an object is fetched later", why,
             LOG_PAIRS(kv("received", t->upload->received),
                       kv("failures", t->announcement->failures + 1)));
    return run_one(t, &object_wait,
                   VALUES(V(t->id), V(WAIT_SECONDS_MAX), V(str_from(why->detail))));
}

static struct err *end_turn(const struct turn *t, struct err *e)
{
    if (e == NULL) {
        TRY(run_one(t, &object_go_on, VALUES(V(t->id))));
        return t->complete ? announcements_settle(t->worker, t->arena, t->tenant, t->upload->id)
                           : NULL;
    }
    switch (err_class(e)) {
    case ERR_CLASS_REJECT:
        return e->rule != NULL ? refuse(t, e) : wait(t, e);
    case ERR_CLASS_TRANSIENT:
        return e->code != ERR_DATABASE_LOST ? wait(t, e) : e;
    case ERR_CLASS_CONFLICT: /* another has it by now */
        return NULL;
    case ERR_CLASS_BUG:
        break;
    }
    return e;
}

struct err *object_errand(const struct house *house, struct worker *worker, struct arena *arena,
                          bool *out_done)
{
    struct turn t = {.settings = house->settings,
                     .worker = worker,
                     .arena = arena,
                     .ends_at = clock_monotonic_us() + TURN_SECONDS * INT64_C(1000000)};
    TRY(find_turn(&t));
    *out_done = !uuid_is_nil(t.id);
    if (!*out_done)
        return NULL;
    struct err *e = run_one(&t, &object_take_turn, VALUES(V(t.id), V(t.settings->upload_lock)));
    if (e != NULL)
        return e->code == ERR_CONFLICT ? NULL : e; /* another worker was faster */
    TRY(load_turn(&t));
    if (t.announcement == NULL)
        return NULL;
    log_context(t.announcement->trace, t.id);
    /* Complete before a death, or out of time. */
    if (t.upload == NULL || !sha256_is_zero(t.upload->sha256))
        return announcements_settle(worker, arena, t.tenant, t.announcement->upload);
    return end_turn(&t, fetch(&t));
}
