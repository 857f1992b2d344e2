/* The thread of one input: polls, walks through what came, sets bookmarks; begins again after any
 * failure. */
#include "base/fault.h"
#include "svc/internal.h"

enum { BATCH_MESSAGES = 200, BATCH_BYTES = 64 * 1024 * 1024, BATCH_MS = 50, IDLE_MS = 250 };

/* Polled as they are worked on: what one worker holds, another could have taken. */
static size_t batch_size(const struct input *input)
{
    return input->batch != 0 ? input->batch : BATCH_MESSAGES;
}

static struct err *set_bookmarks(struct bus_consumer *consumer, const struct bus_message *messages,
                                 size_t count)
{
    FAULT("svc.before_bookmark");
    for (size_t i = 0; i < count; i++)
        bus_done(consumer, &messages[i]);
    FAULT("svc.after_bookmark");
    return NULL;
}

static struct err *take_batch(struct worker *worker, const struct walk *walk,
                              struct bus_consumer *consumer, struct places *places,
                              struct crash_note *note, size_t *out_count)
{
    struct service *service = worker->service;
    const struct bus_limits limits = {batch_size(walk->input), BATCH_BYTES, IDLE_MS, BATCH_MS};
    struct bus_message *messages = NULL;
    *out_count = 0;
    TRY(worker_open(worker));
    TRY(bus_poll(consumer, &limits, worker->arena, &messages, out_count));
    TRY(places_make_sure(worker, places, consumer, messages, out_count));
    if (*out_count == 0) {
        places_empty(worker, places, consumer);
        return NULL;
    }
    METRIC_ADD(service, messages, (int64_t)*out_count);
    crash_note_write(note, messages, *out_count);
    struct err *e =
        suspects_walk(worker, walk->input, batch_size(walk->input), note, messages, *out_count);
    crash_note_clear(note);
    if (e == NULL)
        e = set_bookmarks(consumer, messages, *out_count);
    if (e == NULL) {
        places_done(places, messages, *out_count);
        places_empty(worker, places, consumer);
    } else {
        struct err *lost = bus_rewind(consumer, messages, *out_count);
        (void)lost; /* the consumer is opened again, and begins at the bookmarks */
    }
    return e;
}

static struct err *open_consumer(const struct walk *walk, struct bus_consumer **out)
{
    const struct bus_config bus = service_bus(walk->service);
    char group[128];
    snprintf(group, sizeof group, "%s.%s", walk->service->house.svc->name,
             walk->input->fields != NULL ? walk->input->topic : "deliveries");
    const char *const topics[] = {walk->input->topic, NULL};
    return bus_consumer_open(&bus, group, walk->service->house.config.kafka_session_ms, topics,
                             out);
}

static void reopen_consumer(const struct walk *walk, struct bus_consumer **consumer)
{
    bus_consumer_close(*consumer);
    struct err *e = open_consumer(walk, consumer);
    if (e == NULL)
        return;
    log_error("stopping: cannot read topics", e);
    abort();
}

void *walk_thread(void *state)
{
    const struct walk *walk = state;
    struct service *service = walk->service;
    struct worker worker = {.service = service};
    struct bus_consumer *consumer = NULL;
    struct places *places = places_new(walk->input);
    struct crash_note *note = crash_note_open(service->house.config.state_dir.ptr,
                                              service->house.svc->name, walk->number);
    int failures = 0;
    bool confessed = false;
    struct err *e = NULL;
    reopen_consumer(walk, &consumer);
    while (!atomic_load(&service->stopping)) {
        size_t count = 0;
        if (bus_is_lost(consumer))
            reopen_consumer(walk, &consumer);
        e = confessed ? take_batch(&worker, walk, consumer, places, note, &count)
                      : worker_open(&worker);
        if (e == NULL && !confessed) {
            e = suspects_confess(&worker, note);
            confessed = e == NULL;
            if (confessed && !worker.ready)
                atomic_fetch_add(&service->threads_ready, 1), worker.ready = true;
        }
        if (count > 0)
            svc_busy(service, walk->number);
        bus_release(consumer);
        if (e != NULL) {
            log_error("trying again soon", e);
            worker_backoff(&worker, consumer, &failures);
        } else {
            failures = 0;
        }
        log_context((struct str){0}, (struct uuid){0});
        if (worker.arena != NULL)
            worker_end_unit(&worker);
        if (atomic_load(&service->drain) && e == NULL && count == 0 && bus_is_assigned(consumer) &&
            bus_lag(consumer) == 0)
            svc_idle(service, walk->number);
    }
    crash_note_close(note);
    places_free(places);
    bus_consumer_close(consumer);
    worker_close(&worker);
    return NULL;
}
