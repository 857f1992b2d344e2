/* What svc does with a message that no one can use: a row in base.set_aside, which is the truth,
 * and a word of it on the topic's own set-aside topic. Neither has bytes of the message: internal
 * topics carry no content, and what came from outside stays on its topic unopened, from where
 * nothing is removed then (places.c). */
#include "svc/internal.h"

enum { IDENTITY_MAX = 64, PROBLEM_MAX = 64 * 1024, RULES_MAX = 100 };

struct set_aside {
    struct str topic;
    int32_t partition;
    int64_t offset;
    struct json_text problem;
};
const struct field set_aside_fields[] = {FIELD(struct set_aside, topic, REQUIRED),
                                         FIELD(struct set_aside, partition, REQUIRED),
                                         FIELD(struct set_aside, offset, REQUIRED),
                                         FIELD(struct set_aside, problem, REQUIRED), FIELDS_END};

/* Set aside again, it is open again. What rooms tell each other stays discarded when it comes
 * again, and counts once however often it is read from its place (a bookmark that was lost): a
 * person decides on one time. The place of what came from outside may be another message's by then
 * (a topic made again). */
const struct sql svc_set_aside_put = {
    "svc_set_aside_put",
    "insert into base.set_aside as s (id, consumer, tenant, topic, partition, \"offset\", identity,"
    " subject, rule, problem) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    " on conflict (id) do update set partition = excluded.partition, \"offset\" = "
    "excluded.\"offset\","
    " rule = excluded.rule, problem = excluded.problem, state = 'open', times = s.times + 1,"
    " set_aside_at = now() where $11 or s.state <> 'discarded' and"
    " (s.partition, s.\"offset\") <> (excluded.partition, excluded.\"offset\")"};
const struct sql svc_set_aside_count = {
    "svc_set_aside_count", "select rule, count(*) as count from base.set_aside"
                           " where consumer = $1 and state = 'open' group by rule order by rule"
                           " limit $2"};

const struct sql *const svc_set_aside_sql[] = {&svc_set_aside_put, &svc_set_aside_count, NULL};

/* Inside the house only our own ids travel: what came from outside is known by its place. */
static void name_message(struct message *m, bool outside, struct arena *arena)
{
    struct str place = arena_format(arena, "%d/%lld", m->raw->partition, (long long)m->raw->offset);
    if (outside || m->identity.len == 0 || m->identity.len > IDENTITY_MAX ||
        !str_is_utf8(m->identity))
        m->identity = place;
    if (uuid_is_nil(m->subject))
        m->subject = UUID_FROM(m->raw->topic, place);
}

void unit_set_aside(struct worker *worker, struct unit *unit, const struct err *why)
{
    autobuf struct buf problem = buf_new(PROBLEM_MAX);
    problem_write(why, (struct str){0}, &problem);
    struct message *m = &unit->message;
    const struct bus_message *raw = m->raw;
    struct str room = str_from(worker->service->house.svc->name);
    struct set_aside data = {
        raw->topic, raw->partition, raw->offset, {arena_str(worker->arena, buf_str(&problem))}};
    bool outside = unit->input->fields == NULL;
    name_message(m, outside, worker->arena);
    unit->set_aside = true;
    plan_begin(&unit->plan, worker->arena);
    PLAN_SQL(&unit->plan, &svc_set_aside_put, V(UUID_FROM(room, raw->topic, m->identity)), V(room),
             V(m->tenant), V(raw->topic), V(raw->partition), V(raw->offset), V(m->identity),
             V(m->subject), V(str_from(why->rule != NULL ? why->rule : err_type(why))),
             V(data.problem), V(outside));
    plan_event(&unit->plan, arena_format(worker->arena, "%.*s.set-aside", STR_ARG(raw->topic)),
               m->subject, raw->offset, set_aside_fields, &data);
    if (unit->input->places != NULL && m->tenant != 0)
        PLAN_SQL(&unit->plan, unit->input->places->kept, V(raw->topic), V(raw->partition),
                 V(raw->offset));
    METRIC_ADD(worker->service, set_aside, 1);
    log_error("message set aside", why, kv("topic", raw->topic), kv("partition", raw->partition),
              kv("offset", raw->offset));
}

/* --- the gauge
 * ------------------------------------------------------------------------------------------- */

struct count_row {
    struct str rule;
    int64_t count;
};
static const struct field count_fields[] = {FIELD(struct count_row, rule, REQUIRED),
                                            FIELD(struct count_row, count, REQUIRED), FIELDS_END};

struct err *set_aside_write(struct worker *worker, struct buf *out)
{
    struct str room = str_from(worker->service->house.svc->name);
    struct rows rows = {0};
    TRY(worker_open(worker));
    struct load *load = load_new(worker->db, 0, worker->arena);
    LOAD(load, &svc_set_aside_count, count_fields, struct count_row, &rows, V(room), V(RULES_MAX));
    TRY(load_run(load));
    buf_put(out, S("# HELP r7_set_aside_open Messages set aside that nobody has decided on\n"
                   "# TYPE r7_set_aside_open gauge\n"));
    for (size_t i = 0; i < rows.count; i++) {
        const struct count_row *row = ROW(struct count_row, rows, i);
        buf_format(out, "r7_set_aside_open{service=\"%.*s\",rule=\"%.*s\"} %lld\n", STR_ARG(room),
                   STR_ARG(row->rule), (long long)row->count);
    }
    return NULL;
}
