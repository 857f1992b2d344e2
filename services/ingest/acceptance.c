/* Accepting and returning: what may be decided, and what follows. */
#include "services/ingest/acceptance.h"

const struct field current_fields[] = {FIELD(struct current, id, REQUIRED),
                                       FIELD(struct current, system, REQUIRED), FIELDS_END};

bool package_supersedes(struct str record_status)
{
    return str_equal(record_status, S("REPLACEMENT")) || str_equal(record_status, S("VERSION"));
}

const char *package_refusal(struct str status, const struct current *current, struct str system)
{
    if (str_equal(status, S("NEW")))
        return current != NULL ? "objid_exists" : NULL;
    if (str_equal(status, S("TEST")))
        return NULL;
    if (!str_equal(status, S("SUPPLEMENT")) && !package_supersedes(status))
        return "record_status_refused";
    return current != NULL && str_equal(current->system, system) ? NULL : "objid_not_current";
}

struct err *decision_refusal(enum decision decision, const struct delivery *d,
                             const struct current *current)
{
    if (d->rejected_at.known)
        return err_rule(ERR_CONFLICT, "rejected", "the delivery was rejected");
    if (d->accepted_at.known)
        return err_rule(ERR_CONFLICT, "accepted_already", "the delivery is accepted already");
    if (d->returned_at.known)
        return err_rule(ERR_CONFLICT, "returned_already", "the delivery is returned already");
    if (d->discarded_at.known)
        return err_rule(ERR_CONFLICT, "discarded", "the delivery's time is over");
    if (!d->validated_at.known)
        return err_rule(ERR_CONFLICT, "not_validated", "the delivery is not validated yet");
    if (decision == DECISION_RETURN)
        return NULL;
    if (!d->stored_at.known)
        return err_rule(ERR_CONFLICT, "not_stored", "the delivery is not stored yet");
    if (str_equal(d->record_status, S("TEST")))
        return err_rule(ERR_CONFLICT, "test_delivery", "a TEST delivery is never accepted");
    const char *rule = package_refusal(d->record_status, current, d->system);
    return rule == NULL ? NULL
                        : err_rule(ERR_CONFLICT, rule,
                                   "what has the package's OBJID now does not let it in");
}

/* --- what follows
 * ------------------------------------------------------------------------------------ */

/* The package that this one is about; nil for one that is about none. */
static struct uuid about_of(const struct current *current)
{
    return current != NULL ? current->id : (struct uuid){0};
}

static void plan_superseded(struct plan *plan, const struct delivery *d,
                            const struct current *current, struct instant at)
{
    if (current != NULL && package_supersedes(d->record_status))
        PLAN_SQL(plan, &ingest_set_superseded, V(current->id), V(at));
}

/* An agreement that accepts by itself gives no reason and writes none. */
static void plan_decision(struct plan *plan, const char *what, const struct delivery *d,
                          const struct decided *decided)
{
    if (decided->reason.len == 0)
        return;
    PLAN_SQL(plan, &ingest_insert_decision, V(d->id), V(str_from(what)), V(decided->reason),
             V(decided->note), V(decided->by), V(decided->at));
}

void plan_accepted_by_agreement(struct plan *plan, const struct delivery *d,
                                const struct current *current)
{
    const struct decided decided = {.at = d->accepted_at};
    const struct delivery_accepted event = {d->id, true};
    plan_decision_line(plan, "accepted", d, about_of(current), &decided);
    plan_superseded(plan, d, current, d->accepted_at);
    plan_event(plan, S(TOPIC_DELIVERY_ACCEPTED), d->id, 1, delivery_accepted_fields, &event);
}

void plan_accepted(struct plan *plan, struct str tenant, struct delivery *d,
                   const struct current *current, const struct decided *decided)
{
    struct uuid about = about_of(current);
    const struct delivery_accepted event = {d->id, uuid_is_nil(decided->by)};
    d->accepted_at = decided->at;
    unsigned due = receipts_due(d, false);
    plan_hold(plan, &ingest_hold_delivery, VALUES(V(d->id), V(d->version)));
    plan_hold(plan, &ingest_hold_objid, VALUES(V(d->objid)));
    plan_hold(plan, &ingest_hold_current, VALUES(V(d->objid), V(about)));
    plan_decision_line(plan, "accepted", d, about, decided);
    plan_superseded(plan, d, current, decided->at);
    PLAN_SQL(plan, &ingest_set_accepted, V(d->id), V(d->accepted_at), V(about),
             V((int64_t)((unsigned)d->receipts | due)), V(d->version));
    plan_decision(plan, "accepted", d, decided);
    plan_event(plan, S(TOPIC_DELIVERY_ACCEPTED), d->id, 1, delivery_accepted_fields, &event);
    plan_receipts(plan, receipts_topic(plan->arena, tenant, d->system), d, due);
}

void plan_returned(struct plan *plan, struct str tenant, struct delivery *d,
                   const struct decided *decided)
{
    const struct delivery_returned event = {d->id, decided->reason};
    d->returned_at = decided->at;
    d->rule = decided->reason;
    unsigned due = receipts_due(d, false);
    plan_hold(plan, &ingest_hold_delivery, VALUES(V(d->id), V(d->version)));
    plan_decision_line(plan, "returned", d, (struct uuid){0}, decided);
    PLAN_SQL(plan, &ingest_set_returned, V(d->id), V(d->returned_at), V(d->rule),
             V((int64_t)((unsigned)d->receipts | due)), V(d->version));
    plan_decision(plan, "returned", d, decided);
    plan_event(plan, S(TOPIC_DELIVERY_RETURNED), d->id, 1, delivery_returned_fields, &event);
    plan_receipts(plan, receipts_topic(plan->arena, tenant, d->system), d, due);
}

void plan_discarded(struct plan *plan, const struct delivery *d, struct instant at)
{
    const struct decided decided = {.at = at};
    const struct delivery_discarded event = {d->id, d->package};
    plan_hold(plan, &ingest_hold_delivery, VALUES(V(d->id), V(d->version)));
    plan_decision_line(plan, "discarded", d, (struct uuid){0}, &decided);
    PLAN_SQL(plan, &ingest_set_discarded, V(d->id), V(at), V(d->version));
    plan_event(plan, S(TOPIC_DELIVERY_DISCARDED), d->id, 1, delivery_discarded_fields, &event);
}
