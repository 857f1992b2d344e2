/* A gathering that has closed becomes a delivery: its package is written from the spool, and the
 * spool is destroyed. */
#include "base/base.h"
#include "services/ingest/gather.h"
#include "svc/svc_sql.h"
#include "text/json.h"

static const struct field extent_fields[] = {
    FIELD(struct extent, number, REQUIRED),       FIELD(struct extent, first, REQUIRED),
    FIELD(struct extent, records, REQUIRED),      FIELD(struct extent, staged, REQUIRED),
    FIELD(struct extent, key, REQUIRED),          FIELD(struct extent, bytes, REQUIRED),
    FIELD(struct extent, stored_bytes, REQUIRED), FIELDS_END};
static const struct field gathering_agreement_fields[] = {
    FIELD(struct gathering_agreement, title, REQUIRED),
    FIELD(struct gathering_agreement, information_type, REQUIRED),
    FIELD(struct gathering_agreement, archive_creator, REQUIRED),
    FIELD(struct gathering_agreement, source_system, REQUIRED),
    FIELD(struct gathering_agreement, accepts_by_itself, REQUIRED),
    FIELDS_END};

void closed_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    (void)arena;
    struct closed_facts *facts = state;
    const struct gathering_closed *event = m->data;
    LOAD(load, &ingest_select_gathering, gathering_fields, struct gathering, &facts->gathering,
         V(event->delivery));
    LOAD(load, &ingest_select_extents, extent_fields, struct extent, &facts->extents,
         V(event->delivery));
    LOAD(load, &ingest_select_gathering_agreement, gathering_agreement_fields,
         struct gathering_agreement, &facts->agreement, V(event->delivery));
}

/* NULL when it is a delivery already. */
static struct err *unfinished(const struct closed_facts *facts, const struct gathering **out)
{
    if (facts->gathering.count == 0 || facts->agreement.count == 0)
        return ERR_BUG_AT("a gathering closed that is not there");
    *out = ROW(struct gathering, facts->gathering, 0);
    if ((*out)->received_at.known)
        *out = NULL;
    return NULL;
}

struct err *closed_keys(const struct message *m, const void *state, struct arena *arena,
                        struct key_request *out)
{
    (void)m;
    const struct closed_facts *facts = state;
    const struct gathering *g = NULL;
    *out = (struct key_request){.purpose = "ingest"};
    TRY(unfinished(facts, &g));
    if (g == NULL)
        return NULL;
    struct uuid *keys = ARENA_ARRAY(arena, struct uuid, facts->extents.count);
    for (size_t i = 0; i < facts->extents.count; i++)
        keys[i] = ROW(struct extent, facts->extents, i)->key;
    out->known = keys;
    out->known_count = facts->extents.count;
    out->fresh = gather_package_segments(g);
    return NULL;
}

static struct err *write_package(const struct work *work, const struct gathering *g,
                                 struct segment *segments, struct segment_total *total)
{
    const struct closed_facts *facts = work->facts;
    const struct gather_source source = {g,
                                         ROW(struct gathering_agreement, facts->agreement, 0),
                                         facts->extents.at,
                                         facts->extents.count,
                                         work->keys,
                                         work->vault->locations[0],
                                         work->tenant};
    struct segment_writer *writer =
        segment_writer_new(work->staged_folder, work->fresh, work->fresh_count, segments);
    struct err *e = gather_package_write(&source, writer);
    if (e == NULL)
        e = segment_writer_end(writer, total);
    segment_writer_free(writer);
    return e;
}

/* The folders of the spool: the rows let them go in the transaction, and what a crash leaves of
 * them is the sweeper's. */
static void plan_spool_gone(const struct closed_facts *facts, struct plan *plan)
{
    struct uuid last = {0};
    for (size_t i = 0; i < facts->extents.count; i++) {
        struct uuid staged = ROW(struct extent, facts->extents, i)->staged;
        if (uuid_equal(staged, last))
            continue;
        PLAN_SQL(plan, &ingest_release_spool, V(staged));
        plan_cleanup(plan, staged);
        last = staged;
    }
}

static void plan_delivery(const struct work *work, const struct gathering *g,
                          const struct segment *segments, const struct segment_total *total,
                          struct plan *plan)
{
    const struct closed_facts *facts = work->facts;
    const struct delivery d = {.id = g->id,
                               .system = g->system,
                               .identity = g->identity,
                               .agreement = g->agreement,
                               .package = gathering_package(g->id),
                               .kind = S("record"),
                               .bytes = (int64_t)total->bytes,
                               .sha256 = total->sha256,
                               .staged = work->staged,
                               .records = g->records,
                               .trace = g->trace,
                               .received_at = work->message->now};
    plan_received(plan, receipts_topic(work->arena, work->tenant, g->system), &d,
                  ROW(struct gathering_agreement, facts->agreement, 0)->accepts_by_itself);
    for (size_t i = 0; i < total->segments; i++)
        PLAN_SQL(plan, &ingest_insert_segment, V(d.id), V((int64_t)segments[i].index),
                 V(segments[i].key_id), V((int64_t)segments[i].plain_bytes),
                 V((int64_t)segments[i].stored_bytes),
                 V(((struct bytes){
                     {(const char *)segments[i].sha512.bytes, sizeof segments[i].sha512.bytes}})));
}

struct err *closed_decide(const struct work *work, struct plan *plan)
{
    const struct closed_facts *facts = work->facts;
    const struct gathering *g = NULL;
    struct segment_total total = {0};
    TRY(unfinished(facts, &g));
    if (g == NULL)
        return NULL;
    struct segment *segments = ARENA_ARRAY(work->arena, struct segment, work->fresh_count);
    TRY(write_package(work, g, segments, &total));
    plan_flush(plan, work->staged);
    PLAN_SQL(plan, &work->house->svc->tables->staged_claim, V(work->staged));
    PLAN_SQL(plan, &ingest_receive_gathering, V(g->id), V(work->message->now));
    plan_delivery(work, g, segments, &total, plan);
    plan_spool_gone(facts, plan);
    return NULL;
}

/* --- by the clock
 * ------------------------------------------------------------------------------------ */

struct due_row {
    struct uuid id;
    int32_t version;
    bool open;
};
static const struct field due_fields[] = {FIELD(struct due_row, id, REQUIRED),
                                          FIELD(struct due_row, version, REQUIRED),
                                          FIELD(struct due_row, open, REQUIRED), FIELDS_END};

static struct err *close_one(struct worker *worker, struct arena *arena, int32_t tenant,
                             const struct due_row *due)
{
    const struct gathering_closed event = {due->id};
    struct plan plan;
    plan_begin(&plan, arena);
    if (due->open)
        PLAN_SQL(&plan, &ingest_close_gathering, V(due->id), V(worker_now(worker)),
                 V(due->version));
    plan_event(&plan, S(TOPIC_GATHERING_CLOSED), due->id, 1, gathering_closed_fields, &event);
    struct err *e = worker_apply(worker, tenant, &plan, arena);
    /* A record came just now: then that closes it, or the next look does. */
    return e != NULL && err_class(e) == ERR_CLASS_CONFLICT ? NULL : e;
}

struct err *gather_housekeep(const struct house *house, struct worker *worker, struct arena *arena,
                             int32_t tenant)
{
    const struct ingest_settings *settings = house->settings;
    struct rows due = {0};
    struct load *load = load_new(worker_db(worker), tenant, arena);
    LOAD(load, &ingest_select_due_gatherings, due_fields, struct due_row, &due,
         V(settings->gather.seconds));
    TRY(load_run(load));
    for (size_t i = 0; i < due.count; i++)
        TRY(close_one(worker, arena, tenant, ROW(struct due_row, due, i)));
    return NULL;
}

/* --- the list that receipts link to
 * ------------------------------------------------------------------ */

struct list_row {
    int64_t first;
    struct strs identities;
};
static const struct field list_fields[] = {FIELD(struct list_row, first, REQUIRED),
                                           FIELD(struct list_row, identities, REQUIRED),
                                           FIELDS_END};

/* ?after=<number>: in order, a page at a time, until a page is empty. */
struct err *ingest_list_records(struct request *request, struct http_reply *reply)
{
    enum { PAGE = 1000 };
    (void)reply;
    struct uuid delivery;
    struct rows rows = {0};
    int64_t after = 0;
    struct str given = http_call_query(request->call, "after");
    if (given.len > 0 && !str_to_i64(given, 0, INT64_MAX - 1, &after))
        return err_field(ERR_INVALID, "after", "not a number");
    if (!uuid_parse(http_param(&request->match, "delivery"), &delivery))
        return err_new(ERR_NOT_FOUND, "there is no such delivery");
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &ingest_select_record_list, list_fields, struct list_row, &rows, V(delivery),
         V(request->system), V(after + 1));
    TRY(load_run(load));
    if (rows.count == 0 && after == 0)
        return err_new(ERR_NOT_FOUND, "there is no such delivery of single records");
    int64_t written = 0;
    buf_put(request->out, S("{\"records\":["));
    for (size_t i = 0; i < rows.count; i++) {
        const struct list_row *row = ROW(struct list_row, rows, i);
        for (size_t k = 0; k < row->identities.count && written < PAGE; k++) {
            int64_t number = row->first + (int64_t)k;
            if (number <= after)
                continue;
            buf_format(request->out, "%s{\"number\":%lld,\"id\":", written > 0 ? "," : "",
                       (long long)number);
            json_quote(row->identities.at[k], request->out);
            buf_byte(request->out, '}');
            written++;
        }
    }
    buf_put(request->out, S("]}"));
    return NULL;
}
