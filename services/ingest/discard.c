/* What is not kept: found by housekeeping when the agreement's time for it is over, and let go of
 * when preservation tells that nothing is left. What was accepted is never touched here; the table
 * itself refuses it. */
#include "services/ingest/acceptance.h"
#include "svc/svc_sql.h"

/* One at a time: each holds its row, and a person may decide at the same moment. */
static struct err *apply_one(struct worker *worker, int32_t tenant, const struct plan *plan,
                             struct arena *arena)
{
    struct err *e = worker_apply(worker, tenant, plan, arena);
    return e != NULL && err_class(e) == ERR_CLASS_CONFLICT ? NULL
                                                           : e; /* next minute, if still so */
}

static struct err *return_expired(struct worker *worker, struct arena *arena, int32_t tenant,
                                  struct str name, const struct rows *expired)
{
    const struct decided decided = {.reason = S("acceptance_expired"), .at = worker_now(worker)};
    for (size_t i = 0; i < expired->count; i++) {
        struct plan plan;
        plan_begin(&plan, arena);
        plan_returned(&plan, name, ROW(struct delivery, *expired, i), &decided);
        TRY(apply_one(worker, tenant, &plan, arena));
    }
    return NULL;
}

static struct err *discard_over(struct worker *worker, struct arena *arena, int32_t tenant,
                                const struct rows *over)
{
    for (size_t i = 0; i < over->count; i++) {
        struct plan plan;
        plan_begin(&plan, arena);
        plan_discarded(&plan, ROW(struct delivery, *over, i), worker_now(worker));
        TRY(apply_one(worker, tenant, &plan, arena));
    }
    return NULL;
}

/* The watchdog of what is being removed: topics may be lost. */
static struct err *tell_again(struct worker *worker, struct arena *arena, int32_t tenant,
                              const struct rows *unremoved)
{
    struct plan plan;
    plan_begin(&plan, arena);
    if (unremoved->count == 0)
        return NULL;
    for (size_t i = 0; i < unremoved->count; i++) {
        const struct delivery *d = ROW(struct delivery, *unremoved, i);
        const struct delivery_discarded event = {d->id, d->package};
        PLAN_SQL(&plan, &ingest_touch, V(d->id));
        plan_event(&plan, S(TOPIC_DELIVERY_DISCARDED), d->id, 1, delivery_discarded_fields, &event);
    }
    return worker_apply(worker, tenant, &plan, arena);
}

static struct err *prune_commands(struct worker *worker, struct arena *arena, int32_t tenant)
{
    struct batch *batch = batch_new(worker_db(worker), tenant, arena);
    batch_add(batch, &ingest_prune_commands, NO_VALUES);
    return batch_run(batch);
}

struct err *discard_tenant(struct worker *worker, struct arena *arena, int32_t tenant,
                           struct str name)
{
    struct rows expired = {0};
    struct rows over = {0};
    struct rows unremoved = {0};
    struct load *load = load_new(worker_db(worker), tenant, arena);
    LOAD(load, &ingest_select_expired, delivery_fields, struct delivery, &expired);
    LOAD(load, &ingest_select_over_deliveries, delivery_fields, struct delivery, &over);
    LOAD(load, &ingest_select_unremoved, delivery_fields, struct delivery, &unremoved);
    TRY(load_run(load));
    TRY(return_expired(worker, arena, tenant, name, &expired));
    TRY(discard_over(worker, arena, tenant, &over));
    TRY(tell_again(worker, arena, tenant, &unremoved));
    return prune_commands(worker, arena, tenant);
}

/* Nothing is left in the vault: what lies in staging goes too, and the row stays as a tombstone. */
struct err *removed_decide(const struct work *work, struct plan *plan)
{
    const struct milestone_facts *facts = work->facts;
    if (facts->delivery.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such delivery");
    const struct delivery *d = ROW(struct delivery, facts->delivery, 0);
    if (d->removed_at.known)
        return NULL;
    if (!d->discarded_at.known)
        return err_new(ERR_INVALID, "nobody has discarded this delivery");
    if (!uuid_is_nil(d->staged))
        plan_destroy_staged(plan, d->staged);
    PLAN_SQL(plan, &work->house->svc->tables->staged_gone, V(d->staged));
    PLAN_SQL(plan, &ingest_delete_segments, V(d->id));
    PLAN_SQL(plan, &ingest_set_removed, V(d->id), V(work->message->now), V(d->version));
    return NULL;
}
