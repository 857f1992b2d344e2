/* Suspects: messages that were in hand when the process died (crash.c). Each is tried alone, and
 * set aside when it has ended the service too often (libcommon/README.md, "What crashes us"). */
#include "svc/internal.h"

enum { ATTEMPTS_ALONE = 3 };

struct suspect {
    struct str topic;
    int32_t partition;
    struct str identity;
    int32_t attempts;
};

static const struct field suspect_fields[] = {
    FIELD(struct suspect, topic, REQUIRED), FIELD(struct suspect, partition, REQUIRED),
    FIELD(struct suspect, identity, REQUIRED), FIELD(struct suspect, attempts, REQUIRED),
    FIELDS_END};

static const struct sql svc_suspects = {
    "svc_suspects", "select topic, partition, identity, attempts from base.suspect"
                    " where consumer = $1"};
static const struct sql svc_suspect_put = {
    "svc_suspect_put", "insert into base.suspect (consumer, topic, partition, identity)"
                       " values ($1, $2, $3, $4) on conflict do nothing"};
static const struct sql svc_suspect_try = {
    "svc_suspect_try", "update base.suspect set attempts = attempts + 1 where consumer = $1"
                       " and topic = $2 and partition = $3 and identity = $4"};
static const struct sql svc_suspect_spare = {
    "svc_suspect_spare", "update base.suspect set attempts = attempts - 1 where consumer = $1"
                         " and topic = $2 and partition = $3 and identity = $4 and attempts > 0"};
static const struct sql svc_suspect_gone = {
    "svc_suspect_gone", "delete from base.suspect where consumer = $1 and topic = $2"
                        " and partition = $3 and identity = $4"};

const struct sql *const svc_suspect_sql[] = {
    &svc_suspects, &svc_suspect_put, &svc_suspect_try, &svc_suspect_spare, &svc_suspect_gone, NULL};

struct err *suspects_confess(struct worker *worker, const struct crash_note *note)
{
    struct batch *batch = batch_new(worker->db, 0, worker->arena);
    struct str rest = crash_note_left(note);
    for (struct str line = {0}; str_cut(&rest, '\n', &line);) {
        struct str topic = {0};
        struct str partition = {0};
        int64_t number = 0;
        if (str_cut(&line, ' ', &topic) && str_cut(&line, ' ', &partition) &&
            str_to_i64(partition, 0, INT32_MAX, &number))
            batch_add(batch, &svc_suspect_put,
                      VALUES(V(str_from(worker->service->house.svc->name)), V(topic), V(number),
                             V(line)));
    }
    return batch_run(batch);
}

static const struct suspect *find_suspect(const struct rows *suspects, const struct bus_message *m,
                                          struct str offset)
{
    for (size_t i = 0; i < suspects->count; i++) {
        const struct suspect *s = ROW(struct suspect, *suspects, i);
        if (str_equal(s->topic, m->topic) && s->partition == m->partition &&
            str_equal(s->identity, offset))
            return s;
    }
    return NULL;
}

static struct err *note_suspect(struct worker *worker, const struct sql *sql, struct values key)
{
    struct batch *batch = batch_new(worker->db, 0, worker->arena);
    batch_add(batch, sql, key);
    return batch_run(batch);
}

/* A message that was in hand when the process died: its attempt is committed first, then it is
 * tried alone. */
static struct err *walk_suspect(struct worker *worker, const struct input *input,
                                const struct bus_message *message, const struct suspect *suspect)
{
    struct values key = VALUES(V(str_from(worker->service->house.svc->name)), V(suspect->topic),
                               V(suspect->partition), V(suspect->identity));
    TRY(note_suspect(worker, &svc_suspect_try, key));
    if (suspect->attempts < ATTEMPTS_ALONE) {
        struct err *e = walk_batch(worker, input, message, 1, 1);
        if (e != NULL) { /* it must wait, and has ended nobody */
            struct err *untold = note_suspect(worker, &svc_suspect_spare, key);
            (void)untold; /* the database is away: its own attempts will show */
            return e;
        }
    } else {
        TRY(walk_refused(worker, input, message,
                         err_rule(ERR_UNSUPPORTED, "crashes_reader",
                                  "it ended the service %d times when alone", ATTEMPTS_ALONE)));
    }
    return note_suspect(worker, &svc_suspect_gone, key);
}

struct err *suspects_walk(struct worker *worker, const struct input *input, size_t most,
                          struct crash_note *note, const struct bus_message *messages, size_t count)
{
    struct rows suspects = {0};
    struct load *load = load_new(worker->db, 0, worker->arena);
    LOAD(load, &svc_suspects, suspect_fields, struct suspect, &suspects,
         V(str_from(worker->service->house.svc->name)));
    TRY(load_run(load));
    size_t from = 0;
    for (size_t i = 0; i <= count && suspects.count > 0; i++) {
        const struct suspect *suspect =
            i < count
                ? find_suspect(&suspects, &messages[i],
                               arena_format(worker->arena, "%lld", (long long)messages[i].offset))
                : NULL;
        if (suspect == NULL)
            continue;
        if (i > from)
            TRY(walk_batch(worker, input, messages + from, i - from, most));
        crash_note_write(note, &messages[i], 1);
        TRY(walk_suspect(worker, input, &messages[i], suspect));
        from = i + 1;
    }
    crash_note_write(note, messages + from, count - from);
    return from < count ? walk_batch(worker, input, messages + from, count - from, most) : NULL;
}
