/* The postman: reads the outbox, publishes, deletes what the brokers acknowledged. Woken after a
 * commit; looks by itself ten times a second for what a dead replica left. It reads rows, not ids
 * above a mark, so that a transaction that commits late is not missed. One replica at a time, by an
 * advisory lock. */
#include "svc/internal.h"

#include <poll.h>
#include <unistd.h>

enum { ROWS = 500, FLUSH_MS = 30000 };

struct letter {
    int64_t id;
    struct uuid event;
    int32_t tenant;
    struct str topic;
    struct str type;
    struct str subject;
    int64_t sequence;
    struct str trace;
    struct json_text data;
    struct instant made_at;
};

static const struct field letter_fields[] = {FIELD(struct letter, id, REQUIRED),
                                             FIELD(struct letter, event, REQUIRED),
                                             FIELD(struct letter, tenant, REQUIRED),
                                             FIELD(struct letter, topic, REQUIRED),
                                             FIELD(struct letter, type, REQUIRED),
                                             FIELD(struct letter, subject, REQUIRED),
                                             FIELD(struct letter, sequence, REQUIRED),
                                             FIELD(struct letter, trace, OPTIONAL),
                                             FIELD(struct letter, data, REQUIRED),
                                             FIELD(struct letter, made_at, REQUIRED),
                                             FIELDS_END};

struct lock_row {
    bool locked;
};
static const struct field lock_fields[] = {FIELD(struct lock_row, locked, REQUIRED), FIELDS_END};

static void header(struct bus_message *message, const char *name, struct str value)
{
    message->headers[message->header_count++] = (struct bus_header){str_from(name), value};
}

/* CloudEvents 1.0, binary mode in Kafka: attributes as ce_ headers, the data as the value. */
static struct bus_message envelope(const struct service *service, const struct letter *l,
                                   struct arena *arena)
{
    struct bus_message message = {.topic = l->topic, .key = l->subject, .value = l->data.text};
    char made[INSTANT_TEXT];
    instant_print(l->made_at, made);
    header(&message, "ce_specversion", S("1.0"));
    header(&message, "ce_id", arena_str(arena, str_from(uuid_text(l->event).text)));
    header(&message, "ce_source", arena_format(arena, "urn:r7e:%s", service->house.svc->name));
    header(&message, "ce_type", l->type);
    header(&message, "ce_subject", l->subject);
    header(&message, "ce_time", arena_str(arena, str_from(made)));
    header(&message, "ce_sequence", arena_format(arena, "%lld", (long long)l->sequence));
    header(&message, "content-type", S("application/json"));
    header(&message, "tenant", arena_format(arena, "%d", l->tenant));
    if (l->trace.len == 32)
        header(&message, "traceparent",
               arena_format(arena, "00-%.*s-%.16s-01", STR_ARG(l->trace),
                            sha256_text(sha256_of(l->subject)).text));
    return message;
}

static struct err *take(struct worker *worker, struct rows *out)
{
    struct load *load = load_new(worker->db, 0, worker->arena);
    LOAD(load, &worker->service->house.svc->tables->outbox_take, letter_fields, struct letter, out,
         V(ROWS));
    return load_run(load);
}

static struct err *forget(struct worker *worker, const struct rows *letters,
                          const bool *acknowledged)
{
    struct str *ids = ARENA_ARRAY(worker->arena, struct str, letters->count);
    size_t count = 0;
    for (size_t i = 0; i < letters->count; i++)
        if (acknowledged[i])
            ids[count++] =
                arena_format(worker->arena, "%lld", (long long)ROW(struct letter, *letters, i)->id);
    if (count == 0)
        return NULL;
    METRIC_ADD(worker->service, events, (int64_t)count);
    struct batch *batch = batch_new(worker->db, 0, worker->arena);
    batch_add(batch, &worker->service->house.svc->tables->outbox_done,
              VALUES(V(((struct strs){ids, count}))));
    return batch_run(batch);
}

/* A letter that cannot be sent holds those behind it of its subject up, or they would come before
 * it, and no others. */
static bool waits(const struct letter *letter, const struct letter *const *unsent, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(unsent[i]->subject, letter->subject) &&
            str_equal(unsent[i]->topic, letter->topic))
            return true;
    return false;
}

/* One load of letters; *out_count tells whether there may be more. */
static struct err *deliver(struct worker *worker, struct bus_producer *producer, size_t *out_count)
{
    struct rows letters = {0};
    TRY(take(worker, &letters));
    *out_count = letters.count;
    bool *acknowledged = ARENA_ARRAY(worker->arena, bool, letters.count + 1);
    const struct letter **unsent =
        ARENA_ARRAY(worker->arena, const struct letter *, letters.count + 1);
    size_t unsent_count = 0;
    struct err *failed = NULL;
    for (size_t i = 0; i < letters.count; i++) {
        const struct letter *letter = ROW(struct letter, letters, i);
        if (failed != NULL && waits(letter, unsent, unsent_count))
            continue;
        const struct bus_message message = envelope(worker->service, letter, worker->arena);
        struct err *e = bus_produce(producer, &message, &acknowledged[i]);
        if (e != NULL)
            unsent[unsent_count++] = letter;
        failed = failed != NULL ? failed : e;
    }
    struct err *flushed =
        letters.count > 0 ? bus_flush(producer, FLUSH_MS, &worker->service->stopping) : NULL;
    TRY(forget(worker, &letters, acknowledged));
    return failed != NULL ? failed : flushed;
}

static struct err *lock(struct worker *worker, bool *out_locked)
{
    struct rows rows = {0};
    struct load *load = load_new(worker->db, 0, worker->arena);
    LOAD(load, &svc_try_lock, lock_fields, struct lock_row, &rows,
         V(str_from(worker->service->house.svc->name)));
    TRY(load_run(load));
    *out_locked = ROW(struct lock_row, rows, 0)->locked;
    return NULL;
}

/* While a server is away no mail wakes it, and it looks more and more seldom: each look is a line
 * in the log. */
static void wait_for_mail(const struct service *service, int failures)
{
    struct pollfd mail = {.fd = failures == 0 ? service->mail : -1, .events = POLLIN};
    uint64_t count = 0;
    if (poll(&mail, 1, backoff_ms(failures)) > 0 && read(service->mail, &count, sizeof count) < 0)
        return; /* another reader was faster; there is none, and it would do no harm */
}

void *postman_thread(void *state)
{
    struct service *service = state;
    struct worker worker = {.service = service};
    struct bus_producer *producer = NULL;
    const struct bus_config bus = service_bus(service);
    bool locked = false;
    int failures = 0; /* in a row */
    struct err *e = bus_producer_open(&bus, &producer);
    if (e != NULL) {
        log_error("stopping: cannot write to topics", e);
        abort();
    }
    /* When the service stops, what is already in the outbox still goes: the last pass after
     * `stopping`. */
    for (bool last = false; !last;) {
        last = atomic_load(&service->stopping);
        size_t count = 0;
        if (!last)
            wait_for_mail(service, failures);
        locked = locked && worker.db != NULL;
        e = worker_open(&worker);
        if (e == NULL && !worker.ready)
            atomic_fetch_add(&service->threads_ready, 1), worker.ready = true;
        if (e == NULL && !locked)
            e = lock(&worker, &locked);
        do {
            if (e == NULL && locked)
                e = deliver(&worker, producer, &count);
            if (e != NULL)
                log_error("mail is kept and sent later", e);
            if (worker.arena != NULL)
                worker_end_unit(&worker);
        } while (e == NULL && worker.db != NULL && count == ROWS);
        failures = e != NULL ? failures + 1 : 0;
    }
    bus_producer_close(producer);
    worker_close(&worker);
    return NULL;
}
