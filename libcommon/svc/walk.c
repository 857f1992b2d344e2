/* The walk: read, load, decide, apply, for a batch of one tenant with one message per subject. */
#include "base/fault.h"
#include "svc/internal.h"
#include "text/json.h"
#include "vault/staging.h"

#include <unistd.h>

enum { TRIES = 5 };

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

/* A message of a batch. */
struct arrival {
    struct message message;
    struct err *unreadable;
    bool taken; /* into a round */
};

static void read_message(struct worker *worker, const struct input *input,
                         const struct bus_message *raw, struct arrival *out)
{
    struct message *m = &out->message;
    *out = (struct arrival){.message = {.topic = raw->topic,
                                        .raw = raw,
                                        .trace = trace_of(bus_header_get(raw, "traceparent"))}};
    out->unreadable = input->fields != NULL ? read_event(input, raw, worker->arena, m)
                                            : input->read_raw(raw, worker->arena, m);
    if (out->unreadable == NULL && input->fields == NULL)
        out->unreadable = worker_tenant_id(worker, m->tenant_name, &m->tenant);
}

/* All of them, and what is encrypted is opened: who joins whom depends on what opens. */
static struct err *read_batch(struct worker *worker, const struct input *input,
                              const struct bus_message *messages, size_t count, struct arrival *out)
{
    struct message **sealed = ARENA_ARRAY(worker->arena, struct message *, count);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        read_message(worker, input, &messages[i], &out[i]);
        if (out[i].unreadable == NULL && out[i].message.sealed.len > 0)
            sealed[found++] = &out[i].message;
    }
    return messages_open(worker, input, sealed, found);
}

/* The message, and those that were joined to it, with no facts yet. */
static void begin_unit(struct worker *worker, const struct input *input,
                       const struct message *message, struct unit *out)
{
    *out = (struct unit){.input = input, .message = *message};
    out->message.now = worker_now(worker);
    out->facts = arena_alloc(worker->arena, 1, input->facts_size > 0 ? input->facts_size : 1);
    plan_begin(&out->plan, worker->arena);
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

/* Whoever waits for the messages sees why; that it cannot be told is no failure of its own. */
static void tell_waits(struct worker *worker, const struct unit *units, size_t count,
                       const struct err *why)
{
    struct plan plan;
    plan_begin(&plan, worker->arena);
    for (size_t i = 0; i < count; i++)
        if (units[i].input->waits != NULL && !units[i].seen)
            units[i].input->waits(&units[i].message, why, &plan);
    if (plan.sql == NULL)
        return;
    struct err *untold = worker_apply(worker, units[0].message.tenant, &plan, worker->arena);
    (void)untold; /* the next try tells it again */
}

static struct err *walk_units(struct worker *worker, struct unit *units, size_t count)
{
    struct err *e = walk_steps(worker, units, count);
    if (e != NULL && e->rule != NULL && err_class(e) == ERR_CLASS_TRANSIENT)
        tell_waits(worker, units, count, e);
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
        const struct message message = unit->message;
        begin_unit(worker, unit->input, &message, unit);
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

/* Messages that were refused together are taken apart in halves, in their order, so that the good
 * ones stay together and the bad are alone in the end. */
static struct err *walk_apart(struct worker *worker, struct unit *together)
{
    struct message *half = &together->message;
    for (const struct message *m = half->next->next; m != NULL && m->next != NULL;
         m = m->next->next)
        half = half->next;
    const struct message *second = half->next;
    half->next = NULL;
    const struct message *const halves[] = {&together->message, second};
    for (size_t i = 0; i < COUNT(halves); i++) {
        struct unit unit;
        begin_unit(worker, together->input, halves[i], &unit);
        TRY(walk_units(worker, &unit, 1));
        TRY(walk_again(worker, &unit));
        if (unit.failure != NULL)
            TRY(walk_apart(worker, &unit));
    }
    return NULL;
}

/* --- a round
 * ------------------------------------------------------------------------------------- */

/* Units of one tenant with no subject twice: one transaction. */
struct round {
    struct unit *units;
    size_t count;
    const struct message **waiting; /* the first of each place that is for a later round */
    size_t waiting_count;
};

static bool fits(const struct round *round, const struct input *input, const struct message *m)
{
    if (round->count > 0 && m->tenant != round->units[0].message.tenant)
        return false;
    bool raw = input->fields == NULL; /* has no subject before it is decided */
    for (size_t i = 0; i < round->count; i++) {
        const struct message *other = &round->units[i].message;
        if (raw ? str_equal(other->topic, m->topic) && str_equal(other->identity, m->identity)
                : uuid_equal(other->subject, m->subject))
            return false;
    }
    return true;
}

/* Messages that may be joined keep the order of their place: what a room has taken in is told by an
 * offset, and one that is overtaken would be below it. */
static bool overtakes(const struct round *round, const struct message *m)
{
    for (size_t i = 0; i < round->waiting_count; i++)
        if (round->waiting[i]->raw->partition == m->raw->partition &&
            str_equal(round->waiting[i]->topic, m->topic))
            return true;
    return false;
}

/* Adds the message to a unit of the round that it belongs to, if there is one. */
static bool join(struct round *round, const struct input *input, struct message *m)
{
    for (size_t i = 0; i < round->count; i++) {
        struct unit *unit = &round->units[i];
        if (!input->joins(&unit->message, m))
            continue;
        unit->last = unit->last != NULL ? (unit->last->next = m) : (unit->message.next = m);
        return true;
    }
    return false;
}

/* Into the round, if it may. */
static bool take(struct worker *worker, struct round *round, const struct input *input,
                 struct message *m)
{
    if (input->joins != NULL && overtakes(round, m))
        return false;
    if (input->joins != NULL && join(round, input, m))
        return true;
    if (fits(round, input, m)) {
        begin_unit(worker, input, m, &round->units[round->count++]);
        return true;
    }
    round->waiting[round->waiting_count++] = m;
    return false;
}

static struct err *walk_round(struct worker *worker, struct round *round)
{
    if (round->count == 0)
        return NULL;
    TRY(walk_units(worker, round->units, round->count));
    for (size_t i = 0; i < round->count; i++) {
        TRY(walk_again(worker, &round->units[i]));
        if (round->units[i].failure != NULL)
            TRY(walk_apart(worker, &round->units[i]));
    }
    return NULL;
}

/* --- a batch of messages
 * -------------------------------------------------------------------------------- */

static struct err *set_unreadable_aside(struct worker *worker, const struct input *input,
                                        struct arrival *arrivals, size_t count, size_t *out_done)
{
    for (size_t i = 0; i < count; i++) {
        struct unit unit;
        if (arrivals[i].unreadable == NULL)
            continue;
        begin_unit(worker, input, &arrivals[i].message, &unit);
        unit.failure = arrivals[i].unreadable;
        TRY(walk_unreadable(worker, &unit));
        arrivals[i].taken = true;
        ++*out_done;
    }
    return NULL;
}

struct err *walk_batch(struct worker *worker, const struct input *input,
                       const struct bus_message *messages, size_t count, size_t most)
{
    struct arrival *arrivals = ARENA_ARRAY(worker->arena, struct arrival, count);
    struct round round = {.units = ARENA_ARRAY(worker->arena, struct unit, count),
                          .waiting = ARENA_ARRAY(worker->arena, const struct message *, count)};
    size_t done = 0;
    TRY(read_batch(worker, input, messages, count, arrivals));
    TRY(set_unreadable_aside(worker, input, arrivals, count, &done));
    while (done < count) {
        round.count = round.waiting_count = 0;
        for (size_t i = 0; i < count && round.count < most; i++) {
            if (arrivals[i].taken || !take(worker, &round, input, &arrivals[i].message))
                continue;
            arrivals[i].taken = true;
            done++;
        }
        TRY(walk_round(worker, &round));
    }
    svc_post(worker->service);
    return NULL;
}

struct err *walk_refused(struct worker *worker, const struct input *input,
                         const struct bus_message *message, struct err *why)
{
    struct arrival arrival;
    struct unit unit;
    read_message(worker, input, message, &arrival);
    begin_unit(worker, input, &arrival.message, &unit);
    unit.failure = why;
    return walk_unreadable(worker, &unit);
}
