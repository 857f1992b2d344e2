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
        .message = {
            .topic = raw->topic, .raw = raw, .now = worker_now(worker), .trace = trace_of(raw)}};
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

/* In rounds, each of one tenant with no subject twice. */
struct err *walk_batch(struct worker *worker, const struct input *input,
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

struct err *walk_refused(struct worker *worker, const struct input *input,
                         const struct bus_message *message, struct err *why)
{
    struct unit unit;
    read_message(worker, input, message, &unit);
    unit.failure = why;
    return walk_unreadable(worker, &unit);
}
