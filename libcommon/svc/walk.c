/* The walk: read, load, decide, apply, for a batch of one tenant with one message per subject. */
#include "base/fault.h"
#include "svc/internal.h"
#include "text/json.h"
#include "vault/staging.h"

#include <unistd.h>

enum {
    BATCH_MESSAGES = 200,
    BATCH_BYTES = 64 * 1024 * 1024,
    BATCH_MS = 50,
    IDLE_MS = 250,
    TRIES = 5,
    ATTEMPTS_ALONE = 3, /* of a message that was in hand when the process died */
};

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

struct seen_row {
    struct str identity;
};
static const struct field seen_fields[] = {FIELD(struct seen_row, identity, REQUIRED), FIELDS_END};

/* --- read
 * ------------------------------------------------------------------------------------------- */

static struct err *read_event(const struct input *input, const struct bus_message *raw,
                              struct arena *arena, struct message *out)
{
    struct str tenant = bus_header_get(raw, "tenant");
    struct str subject = bus_header_get(raw, "ce_subject");
    int64_t number = 0;
    out->identity = bus_header_get(raw, "ce_id");
    if (!str_to_i64(tenant, 1, INT16_MAX, &number))
        return err_field(ERR_INVALID, "tenant", "missing or not a tenant");
    if (!uuid_parse(subject, &out->subject))
        return err_field(ERR_INVALID, "ce_subject", "missing or not a UUID");
    if (out->identity.len == 0 || out->identity.len > 64)
        return err_field(ERR_INVALID, "ce_id", "missing or too long");
    out->tenant = (int32_t)number;
    void *data = arena_alloc(arena, 1, input->data_size);
    TRY(json_read(raw->value, input->fields, JSON_IGNORE_UNKNOWN, "data", arena, data));
    out->data = data;
    return NULL;
}

/* "00-<32 hex>-<16 hex>-<flags>" (W3C Trace Context); absent when it is none. */
static struct str trace_of(const struct bus_message *raw)
{
    struct str parent = bus_header_get(raw, "traceparent");
    return parent.len == 55 && str_is_utf8(parent) ? str_slice(parent, 3, 35) : (struct str){0};
}

static void read_message(struct worker *worker, const struct input *input,
                         const struct bus_message *raw, struct unit *out)
{
    struct arena *arena = worker->arena;
    *out = (struct unit){
        .input = input,
        .message = {.topic = raw->topic, .raw = raw, .now = clock_now(), .trace = trace_of(raw)}};
    plan_begin(&out->plan, arena);
    out->failure = input->fields != NULL ? read_event(input, raw, arena, &out->message)
                                         : input->read_raw(raw, arena, &out->message);
    if (out->failure == NULL && input->fields == NULL)
        out->failure = worker_tenant_id(worker, out->message.tenant_name, &out->message.tenant);
    out->facts = arena_alloc(arena, 1, input->facts_size > 0 ? input->facts_size : 1);
}

/* --- load
 * ------------------------------------------------------------------------------------------- */

static struct err *load_units(struct worker *worker, struct unit *units, size_t count)
{
    const struct svc *svc = worker->service->house.svc;
    struct rows *seen = ARENA_ARRAY(worker->arena, struct rows, count);
    struct load *load = load_new(worker->db, units[0].message.tenant, worker->arena);
    for (size_t i = 0; i < count; i++) {
        const struct message *m = &units[i].message;
        if (units[i].input->fields != NULL)
            LOAD(load, &svc->tables->inbox_seen, seen_fields, struct seen_row, &seen[i],
                 V(str_from(svc->name)), V(m->topic), V(m->identity));
        units[i].input->load(m, units[i].facts, worker->arena, load);
    }
    TRY(load_run(load));
    for (size_t i = 0; i < count; i++) {
        units[i].seen = seen[i].count > 0;
        METRIC_ADD(worker->service, repeated, units[i].seen);
    }
    return NULL;
}

/* --- decide
 * ----------------------------------------------------------------------------------------- */

static struct err *decide_unit(struct worker *worker, struct unit *unit)
{
    struct work *work = &unit->work;
    if (!uuid_is_nil(work->staged))
        TRY(staging_open(worker->vault.locations[0], work->tenant, work->staged, true,
                         &work->staged_folder));
    struct err *e = unit->input->decide(work, &unit->plan);
    if (work->staged_folder >= 0)
        close(work->staged_folder);
    work->staged_folder = -1;
    return e;
}

/* Decides each; a refusal becomes a set-aside, what must wait or is to be taken apart stays in
 * unit->failure. */
static struct err *decide_units(struct worker *worker, struct unit *units, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct unit *unit = &units[i];
        if (unit->seen)
            continue;
        log_context(unit->message.trace, unit->message.subject);
        struct err *e = unit->failure != NULL ? unit->failure : decide_unit(worker, unit);
        unit->failure = NULL;
        if (e == NULL)
            continue;
        switch (err_class(e)) {
        case ERR_CLASS_TRANSIENT:
            return e;
        case ERR_CLASS_CONFLICT:
            unit->failure = e;
            break;
        case ERR_CLASS_REJECT:
            if (unit->message.next != NULL)
                unit->failure = e;
            else
                unit_set_aside(worker, unit, e);
            break;
        case ERR_CLASS_BUG:
            log_error("stopping: a fault of ours", e);
            abort();
        }
    }
    return NULL;
}

/* --- a batch
 * ---------------------------------------------------------------------------------------- */

/* What decide may look at, before its keys. */
static struct err *begin_work(struct worker *worker, struct unit *unit)
{
    unit->sent = false;
    unit->work = (struct work){.message = &unit->message,
                               .facts = unit->facts,
                               .house = &worker->service->house,
                               .arena = worker->arena,
                               .vault = worker->has_vault ? &worker->vault : NULL,
                               .staged_folder = -1};
    return worker_tenant(worker, unit->message.tenant, &unit->work.tenant);
}

static struct err *walk_steps(struct worker *worker, struct unit *units, size_t count)
{
    struct service *service = worker->service;
    int64_t start = clock_monotonic_us();
    for (size_t i = 0; i < count; i++)
        TRY(begin_work(worker, &units[i]));
    TRY(units_open(worker, units, count));
    TRY(load_units(worker, units, count));
    TRY(units_get_keys(worker, units, count));
    int64_t loaded = clock_monotonic_us();
    TRY(decide_units(worker, units, count));
    METRIC_ADD(service, load_us, loaded - start);
    METRIC_ADD(service, decide_us, clock_monotonic_us() - loaded);
    FAULT("svc.before_apply");
    TRY(apply_units(worker, units, count));
    METRIC_ADD(service, batches, 1);
    return NULL;
}

static struct err *walk_units(struct worker *worker, struct unit *units, size_t count)
{
    struct err *e = walk_steps(worker, units, count);
    for (size_t i = 0; i < count; i++)
        if (e != NULL || units[i].failure != NULL)
            units_give_back(worker, &units[i], 1);
    return e;
}

/* No one can use it. */
static struct err *walk_unreadable(struct worker *worker, struct unit *unit)
{
    struct err *why = unit->failure;
    unit->failure = NULL;
    unit_set_aside(worker, unit, why);
    return apply_units(worker, unit, 1);
}

/* One unit whose facts changed under it: loaded and decided again, a few times. */
static struct err *walk_again(struct worker *worker, struct unit *unit)
{
    for (int i = 0;
         i < TRIES && unit->failure != NULL && err_class(unit->failure) == ERR_CLASS_CONFLICT;
         i++) {
        METRIC_ADD(worker->service, conflicts, 1);
        struct message *joined = unit->message.next;
        read_message(worker, unit->input, unit->message.raw, unit);
        unit->message.next = joined;
        TRY(walk_units(worker, unit, 1));
    }
    struct err *e = unit->failure;
    if (e == NULL || err_class(e) == ERR_CLASS_TRANSIENT)
        return e;
    if (err_class(e) ==
        ERR_CLASS_CONFLICT) /* somebody is always faster: wait like for anything that is away */
        return err_private(err_new(ERR_TRANSIENT, "changed at the same time again and again"), "%s",
                           e->detail);
    if (err_class(e) == ERR_CLASS_REJECT && unit->message.next != NULL)
        return NULL; /* walk_apart's */
    if (err_class(e) ==
        ERR_CLASS_REJECT) /* the vault found other bytes than were meant: an alarm */
        return walk_unreadable(worker, unit);
    log_error("stopping: a fault of ours", e);
    abort();
}

/* Messages that were refused together: each alone, so that only the bad ones are. */
static struct err *walk_apart(struct worker *worker, const struct unit *together)
{
    for (const struct message *m = &together->message; m != NULL; m = m->next) {
        struct unit alone;
        read_message(worker, together->input, m->raw, &alone);
        TRY(walk_units(worker, &alone, 1));
        TRY(walk_again(worker, &alone));
    }
    return NULL;
}

static bool same_batch(const struct unit *first, const struct unit *units, size_t count,
                       const struct unit *next)
{
    if (next->message.tenant != first->message.tenant || next->input != first->input)
        return false;
    bool raw = next->input->fields == NULL; /* has no subject before it is decided */
    for (size_t i = 0; i < count; i++)
        if (raw ? str_equal(units[i].message.identity, next->message.identity)
                : uuid_equal(units[i].message.subject, next->message.subject))
            return false;
    return true;
}

/* Adds the message to a unit of the round that it belongs to, if there is one. */
static bool join(struct worker *worker, struct unit *units, size_t count, const struct unit *next)
{
    for (size_t i = 0; i < count && next->input->joins != NULL; i++) {
        if (!next->input->joins(&units[i].message, &next->message))
            continue;
        struct message *copy = ARENA_NEW(worker->arena, struct message);
        *copy = next->message;
        units[i].last =
            units[i].last != NULL ? (units[i].last->next = copy) : (units[i].message.next = copy);
        return true;
    }
    return false;
}

/* Works through all that was polled: in rounds, each of one tenant with no subject twice. */
static struct err *walk_batch(struct worker *worker, const struct input *input,
                              const struct bus_message *messages, size_t count, size_t most)
{
    struct unit *units = ARENA_ARRAY(worker->arena, struct unit, count);
    bool *taken = ARENA_ARRAY(worker->arena, bool, count);
    for (size_t done = 0; done < count;) {
        size_t in_round = 0;
        for (size_t i = 0; i < count && in_round < most; i++) {
            if (taken[i])
                continue;
            struct unit *unit = &units[in_round];
            read_message(worker, input, &messages[i], unit);
            if (unit->failure != NULL) {
                taken[i] = true;
                done++;
                TRY(walk_unreadable(worker, unit));
                continue;
            }
            if (join(worker, units, in_round, unit)) {
                taken[i] = true;
                done++;
                continue;
            }
            if (in_round > 0 && !same_batch(&units[0], units, in_round, unit))
                continue;
            taken[i] = true;
            in_round++;
        }
        if (in_round == 0)
            continue;
        TRY(walk_units(worker, units, in_round));
        for (size_t i = 0; i < in_round; i++) {
            TRY(walk_again(worker, &units[i]));
            if (units[i].failure != NULL)
                TRY(walk_apart(worker, &units[i]));
        }
        done += in_round;
    }
    svc_post(worker->service);
    return NULL;
}

/* Polled as they are worked on: what one worker holds, another could have taken. */
static size_t batch_size(const struct input *input)
{
    return input->batch != 0 ? input->batch : BATCH_MESSAGES;
}

/* --- suspects
 * --------------------------------------------------------------------------------------- */

static struct err *confess(struct worker *worker, const struct crash_note *note)
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
        struct unit unit;
        read_message(worker, input, message, &unit);
        unit.failure = err_rule(ERR_UNSUPPORTED, "crashes_reader",
                                "it ended the service %d times when alone", ATTEMPTS_ALONE);
        TRY(walk_unreadable(worker, &unit));
    }
    return note_suspect(worker, &svc_suspect_gone, key);
}

static struct err *walk_with_suspects(struct worker *worker, const struct input *input,
                                      struct crash_note *note, const struct bus_message *messages,
                                      size_t count)
{
    struct rows suspects = {0};
    struct load *load = load_new(worker->db, 0, worker->arena);
    LOAD(load, &svc_suspects, suspect_fields, struct suspect, &suspects,
         V(str_from(worker->service->house.svc->name)));
    TRY(load_run(load));
    size_t most = batch_size(input);
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

/* --- the thread
 * ------------------------------------------------------------------------------------- */

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
    struct err *e = walk_with_suspects(worker, walk->input, note, messages, *out_count);
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
    const struct svc_config *config = &walk->service->house.config;
    const struct bus_config bus = {config->kafka_bootstrap, config->kafka_ca, config->kafka_cert,
                                   config->kafka_key};
    char group[128];
    snprintf(group, sizeof group, "%s.%s", walk->service->house.svc->name,
             walk->input->fields != NULL ? walk->input->topic : "deliveries");
    const char *const topics[] = {walk->input->topic, NULL};
    return bus_consumer_open(&bus, group, topics, out);
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
            e = confess(&worker, note);
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
        if (e == NULL && count == 0 && bus_is_assigned(consumer) && bus_lag(consumer) == 0)
            svc_idle(service, walk->number);
    }
    crash_note_close(note);
    places_free(places);
    bus_consumer_close(consumer);
    worker_close(&worker);
    return NULL;
}
