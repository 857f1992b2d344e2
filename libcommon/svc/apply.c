/* Carrying out plans: vault effects first, then one transaction for the whole batch, then cleanup.
 * If the batch's transaction fails it is sent again unit by unit, so that only the bad one fails.
 */
#include "base/fault.h"
#include "svc/internal.h"
#include "vault/flush.h"
#include "vault/staging.h"

struct str inbox_events(const struct svc *svc, const struct plan *plan, struct arena *arena)
{
    autobuf struct buf json = buf_new((size_t)64 << 20);
    buf_byte(&json, '[');
    for (const struct event *e = plan->events; e != NULL; e = e->next) {
        struct uuid id = event_id(str_from(svc->name), e->subject, e->topic, e->sequence);
        buf_format(&json,
                   "%s{\"event\":\"%s\",\"topic\":\"%.*s\",\"type\":\"%s\",\"subject\":\"%s\","
                   "\"sequence\":%lld,"
                   "\"data\":%.*s}",
                   e == plan->events ? "" : ",", uuid_text(id).text, STR_ARG(e->topic), e->type,
                   uuid_text(e->subject).text, (long long)e->sequence, STR_ARG(e->data));
    }
    buf_byte(&json, ']');
    return arena_str(arena, buf_str(&json));
}

/* What outbox_put takes. */
enum { OUTBOX_COLUMNS = 8 };
static struct values outbox_values(const struct worker *worker, const struct message *m,
                                   const struct event *e)
{
    struct str room = str_from(worker->service->house.svc->name);
    struct str subject = arena_str(worker->arena, str_from(uuid_text(e->subject).text));
    const struct value row[OUTBOX_COLUMNS] = {V(event_id(room, e->subject, e->topic, e->sequence)),
                                              V(m->tenant),
                                              V(e->topic),
                                              V(str_from(e->type)),
                                              V(subject),
                                              V(e->sequence),
                                              V(m->trace),
                                              V(((struct json_text){e->data}))};
    struct value *kept = ARENA_ARRAY(worker->arena, struct value, OUTBOX_COLUMNS);
    memcpy(kept, row, sizeof row);
    return (struct values){kept, OUTBOX_COLUMNS};
}

/* The inbox row comes first: an effect may add to its events what only the database can decide (the
 * last of several parts). */
static struct values inbox_values(const struct worker *worker, const struct unit *unit)
{
    const struct svc *svc = worker->service->house.svc;
    const struct message *m = &unit->message;
    struct json_text events = {inbox_events(svc, &unit->plan, worker->arena)};
    const struct value row[] = {V(str_from(svc->name)), V(m->topic), V(m->identity), V(m->tenant),
                                V(events)};
    struct value *kept = ARENA_ARRAY(worker->arena, struct value, COUNT(row));
    memcpy(kept, row, sizeof row);
    return (struct values){kept, COUNT(row)};
}

/* That the unit's lines in the journal are rows now, of the same transaction: whoever else carries
 * one out has a conflict. */
static struct sql_effect *line_effects(const struct worker *worker, const struct unit *unit)
{
    struct plan noted;
    plan_begin(&noted, worker->arena);
    struct str room = str_from(worker->service->house.svc->name);
    if (unit->replay != NULL)
        PLAN_SQL(&noted, &svc_journal_put, V(unit->replay->line), V(room));
    for (const struct vault_effect *e = unit->plan.vault; e != NULL && unit->replay == NULL;
         e = e->next)
        if (e->type == VAULT_JOURNAL)
            PLAN_SQL(&noted, &svc_journal_put, V(e->line), V(room));
    return noted.sql;
}

static bool has_inbox(const struct unit *unit)
{
    return unit->input != NULL && unit->input->fields != NULL && !unit->input->decides_again &&
           !unit->set_aside;
}

/* Everything of one unit that fits in a pipeline. */
static void add_unit(const struct worker *worker, struct batch *batch, const struct unit *unit)
{
    const struct svc *svc = worker->service->house.svc;
    const struct message *m = &unit->message;
    if (unit->seen) {
        batch_add(batch, &svc->tables->inbox_repeat,
                  VALUES(V(str_from(svc->name)), V(m->topic), V(m->identity)));
        return;
    }
    if (has_inbox(unit))
        batch_add(batch, &svc->tables->inbox_put, inbox_values(worker, unit));
    for (const struct sql_effect *e = line_effects(worker, unit); e != NULL; e = e->next)
        batch_add(batch, e->sql, e->values);
    for (const struct sql_effect *e = unit->plan.sql; e != NULL; e = e->next)
        batch_add(batch, e->sql, e->values);
    for (const struct event *e = unit->plan.events; e != NULL; e = e->next)
        batch_add(batch, &svc->tables->outbox_put, outbox_values(worker, m, e));
}

/* --- vault
 * ------------------------------------------------------------------------------------------ */

static struct err *vault_effects(struct worker *worker, struct unit *units, size_t count)
{
    bool flush = false;
    size_t objects = 0;
    struct str tenant = {0};
    for (size_t i = 0; i < count; i++) {
        for (const struct vault_effect *e = units[i].plan.vault; e != NULL; e = e->next) {
            flush = flush || e->type == VAULT_FLUSH;
            objects += e->type == VAULT_OBJECT;
        }
    }
    if (flush)
        TRY(flush_filesystem(worker->vault.locations[0]));
    struct ocfl_object *all = ARENA_ARRAY(worker->arena, struct ocfl_object, objects + 1);
    enum read_back how = READ_FROM_DEVICE;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (units[i].replay != NULL)
            TRY(replay_is_last(worker, units[i].replay));
        for (const struct vault_effect *e = units[i].plan.vault; e != NULL; e = e->next) {
            if (e->type == VAULT_OBJECT)
                all[at++] = *e->object;
            if (e->type == VAULT_PLACE)
                TRY(ocfl_place(&worker->vault, e->object, &how));
            if (e->type != VAULT_JOURNAL || units[i].replay != NULL)
                continue;
            TRY(worker_tenant(worker, units[i].message.tenant, &tenant));
            TRY(journal_append(&worker->vault, tenant, e->line, e->text));
        }
    }
    if (objects > 0)
        TRY(ocfl_store(&worker->vault, all, objects, &how));
    for (size_t i = 0; i < count; i++)
        TRY(destroy_effects(worker, &units[i]));
    FAULT("svc.after_vault");
    return NULL;
}

/* The folder's row was let go by the transaction and stays until the sweeper has seen that the
 * folder is gone. */
static struct err *destroy(struct worker *worker, int32_t tenant, struct uuid staged)
{
    struct str name = {0};
    TRY(worker_tenant(worker, tenant, &name));
    return staging_destroy(worker->vault.locations[0], name, staged);
}

static void cleanup(struct worker *worker, const struct unit *unit)
{
    for (const struct cleanup_effect *c = unit->plan.cleanup; c != NULL; c = c->next) {
        struct err *e = destroy(worker, unit->message.tenant, c->staged);
        if (e != NULL)
            log_warning("staging folder left for the sweeper", kv("staged", c->staged),
                        kv("detail", e->detail));
    }
}

/* --- SQL
 * -------------------------------------------------------------------------------------------- */

/* The same inside an explicit transaction: COPY cannot go in a pipeline. */
static struct err *run_unit(struct worker *worker, const struct unit *unit)
{
    const struct svc *svc = worker->service->house.svc;
    const struct message *m = &unit->message;
    if (unit->seen)
        return db_run(worker->db, &svc->tables->inbox_repeat,
                      VALUES(V(str_from(svc->name)), V(m->topic), V(m->identity)));
    if (has_inbox(unit))
        TRY(db_run(worker->db, &svc->tables->inbox_put, inbox_values(worker, unit)));
    for (const struct sql_effect *e = line_effects(worker, unit); e != NULL; e = e->next)
        TRY(db_run(worker->db, e->sql, e->values));
    for (const struct bulk_effect *b = unit->plan.bulk; b != NULL; b = b->next)
        TRY(db_copy(worker->db, b->copy, b->rows));
    for (const struct sql_effect *e = unit->plan.sql; e != NULL; e = e->next)
        TRY(db_run(worker->db, e->sql, e->values));
    for (const struct event *e = unit->plan.events; e != NULL; e = e->next)
        TRY(db_run(worker->db, &svc->tables->outbox_put, outbox_values(worker, m, e)));
    return NULL;
}

/* Inside the explicit transaction. */
static struct err *run_open(struct worker *worker, const struct unit *units, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (units[i].failure == NULL)
            TRY(run_unit(worker, &units[i]));
    FAULT("svc.before_commit");
    return db_commit(worker->db);
}

static struct err *run_pipelined(struct worker *worker, const struct unit *units, size_t count)
{
    struct batch *batch = batch_new(worker->db, units[0].message.tenant, worker->arena);
    for (size_t i = 0; i < count; i++)
        if (units[i].failure == NULL)
            add_unit(worker, batch, &units[i]);
    FAULT("svc.before_commit");
    return batch_run(batch);
}

static struct err *run_units(struct worker *worker, const struct unit *units, size_t count,
                             bool is_open)
{
    bool bulk = false;
    for (size_t i = 0; i < count; i++)
        bulk = bulk || units[i].plan.bulk != NULL;
    if (!bulk && !is_open)
        return run_pipelined(worker, units, count);
    struct err *e = is_open ? NULL : db_begin(worker->db, units[0].message.tenant);
    if (e == NULL)
        e = run_open(worker, units, count);
    db_rollback(worker->db);
    return e;
}

static bool has_hold(const struct unit *units, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (units[i].plan.hold != NULL)
            return true;
    return false;
}

/* Begins the transaction and locks what the plans hold, before anything is written anywhere. */
static struct err *hold_rows(struct worker *worker, const struct unit *units, size_t count)
{
    struct str ignored = {0};
    TRY(worker_tenant(worker, units[0].message.tenant, &ignored)); /* later it would need a read */
    TRY(db_begin(worker->db, units[0].message.tenant));
    for (size_t i = 0; i < count; i++)
        for (const struct sql_effect *e = units[i].plan.hold; e != NULL; e = e->next)
            TRY(db_run(worker->db, e->sql, e->values));
    return NULL;
}

/* The failure of a unit alone is the unit's; of several, each is tried alone. */
static struct err *apply_each(struct worker *worker, struct unit *units, size_t count,
                              struct err *e)
{
    if (count == 1) {
        units[0].failure = e;
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (units[i].failure == NULL)
            TRY(apply_units(worker, &units[i], 1));
    return NULL;
}

struct err *apply_units(struct worker *worker, struct unit *units, size_t count)
{
    struct service *service = worker->service;
    int64_t start = clock_monotonic_us();
    bool held = has_hold(units, count);
    struct err *e = held ? hold_rows(worker, units, count) : NULL;
    if (e == NULL)
        e = vault_effects(worker, units, count);
    int64_t stored = clock_monotonic_us();
    for (size_t i = 0; i < count && e == NULL; i++)
        units[i].sent = true;
    if (e == NULL)
        e = run_units(worker, units, count, held);
    else if (held)
        db_rollback(worker->db);
    METRIC_ADD(service, vault_us, stored - start);
    METRIC_ADD(service, sql_us, clock_monotonic_us() - stored);
    if (e != NULL)
        return err_class(e) == ERR_CLASS_TRANSIENT ? e : apply_each(worker, units, count, e);
    FAULT("svc.after_commit");
    for (size_t i = 0; i < count; i++)
        if (units[i].failure == NULL && !units[i].seen)
            cleanup(worker, &units[i]);
    return NULL;
}

struct err *worker_apply(struct worker *worker, int32_t tenant, const struct plan *plan,
                         struct arena *arena)
{
    (void)arena; /* the plan's; a unit of work uses the worker's */
    struct unit unit = {.message = {.tenant = tenant}, .plan = *plan};
    TRY(apply_units(worker, &unit, 1));
    if (unit.failure == NULL)
        svc_post(worker->service);
    return unit.failure;
}
