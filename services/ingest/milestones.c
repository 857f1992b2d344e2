/* Milestones: what other rooms tell of a delivery. Each is set once; receipts follow from all of
 * them together. */
#include "services/ingest/acceptance.h"
#include "svc/svc_sql.h"

/* What validation learned of the package. */
struct checked {
    struct str objid;
    struct str record_status;
    int64_t files;
    int64_t errors;
    int64_t warnings;
};
static const struct field checked_fields[] = {
    FIELD(struct checked, objid, OPTIONAL),    FIELD(struct checked, record_status, OPTIONAL),
    FIELD(struct checked, files, REQUIRED),    FIELD(struct checked, errors, REQUIRED),
    FIELD(struct checked, warnings, REQUIRED), FIELDS_END};

/* Every event about a delivery begins with its id. */
static struct uuid delivery_of(const struct message *m)
{
    return *(const struct uuid *)m->data;
}

void milestone_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    (void)arena;
    struct milestone_facts *facts = state;
    struct uuid id = delivery_of(m);
    LOAD(load, &ingest_select_delivery, delivery_fields, struct delivery, &facts->delivery, V(id));
    LOAD(load, &ingest_select_delivery_agreement, agreement_fields, struct agreement,
         &facts->agreement, V(id));
    LOAD(load, &ingest_select_checked, checked_fields, struct checked, &facts->checked, V(id));
    LOAD(load, &ingest_select_current, current_fields, struct current, &facts->current, V(id));
}

static struct err *known_delivery(const struct work *work, struct delivery *out)
{
    const struct milestone_facts *facts = work->facts;
    if (facts->delivery.count == 0 || facts->agreement.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such delivery");
    *out = *ROW(struct delivery, facts->delivery, 0);
    return NULL;
}

static void tell(const struct work *work, struct plan *plan, const struct delivery *d, unsigned due)
{
    plan_receipts(plan, receipts_topic(work->arena, work->tenant, d->system), d, due);
}

static unsigned due_of(const struct work *work, const struct delivery *d)
{
    const struct milestone_facts *facts = work->facts;
    return receipts_due(d, ROW(struct agreement, facts->agreement, 0)->accepts_by_itself);
}

/* Sets the milestone of a refusal, destroys nothing: rejected bytes stay in staging. */
static void reject(const struct work *work, struct plan *plan, struct delivery *d, struct str rule,
                   int64_t errors)
{
    d->rejected_at = work->message->now;
    d->rule = rule;
    d->errors = errors;
    unsigned due = due_of(work, d);
    PLAN_SQL(plan, &ingest_set_rejected, V(d->id), V(d->rejected_at), V(d->rule), V(d->errors),
             V((int64_t)((unsigned)d->receipts | due)), V(d->version));
    tell(work, plan, d, due);
}

struct err *validated_decide(const struct work *work, struct plan *plan)
{
    const struct milestone_facts *facts = work->facts;
    struct delivery d;
    TRY(known_delivery(work, &d));
    if (d.validated_at.known || d.rejected_at.known)
        return NULL;
    if (facts->checked.count == 0)
        return ERR_BUG_AT("a delivery was validated without a work row");
    const struct checked *checked = ROW(struct checked, facts->checked, 0);
    const struct current *current =
        facts->current.count > 0 ? ROW(struct current, facts->current, 0) : NULL;
    const char *rule = package_refusal(checked->record_status, current, d.system);
    if (rule != NULL) {
        reject(work, plan, &d, str_from(rule), 1);
        return NULL;
    }
    d.validated_at = work->message->now;
    d.record_status = checked->record_status;
    d.files = checked->files;
    d.errors = checked->errors;
    d.warnings = checked->warnings;
    bool accepts = ROW(struct agreement, facts->agreement, 0)->accepts_by_itself &&
                   !str_equal(d.record_status, S("TEST"));
    if (accepts) {
        d.accepted_at = d.validated_at;
        plan_accepted_by_agreement(plan, &d, current);
    }
    struct uuid about = accepts && current != NULL ? current->id : (struct uuid){0};
    unsigned due = due_of(work, &d);
    PLAN_SQL(plan, &ingest_set_validated, V(d.id), V(d.validated_at), V(d.accepted_at),
             V(checked->objid), V(checked->record_status), V(d.files), V(d.errors), V(d.warnings),
             V((int64_t)((unsigned)d.receipts | due)), V(d.version), V(about));
    tell(work, plan, &d, due);
    return NULL;
}

struct err *rejected_decide(const struct work *work, struct plan *plan)
{
    const struct delivery_rejected *event = work->message->data;
    struct delivery d;
    TRY(known_delivery(work, &d));
    if (!d.rejected_at.known && !d.validated_at.known)
        reject(work, plan, &d, event->rule, event->errors);
    return NULL;
}

struct err *stored_decide(const struct work *work, struct plan *plan)
{
    struct delivery d;
    TRY(known_delivery(work, &d));
    if (d.stored_at.known)
        return NULL;
    d.stored_at = work->message->now;
    unsigned due = due_of(work, &d);
    PLAN_SQL(plan, &ingest_set_stored, V(d.id), V(d.stored_at),
             V((int64_t)((unsigned)d.receipts | due)), V(d.version));
    tell(work, plan, &d, due);
    /* The vault has the bytes: the staging names go, after this commit. */
    PLAN_SQL(plan, &work->house->svc->tables->staged_drop, V(d.staged));
    plan_cleanup(plan, d.staged);
    return NULL;
}

struct err *indexed_decide(const struct work *work, struct plan *plan)
{
    const struct package_indexed *event = work->message->data;
    struct delivery d;
    TRY(known_delivery(work, &d));
    if (d.indexed_at.known)
        return NULL;
    d.indexed_at = work->message->now;
    d.records = event->records;
    d.unreadable = event->unreadable;
    unsigned due = due_of(work, &d);
    PLAN_SQL(plan, &ingest_set_indexed, V(d.id), V(d.indexed_at), V(d.records), V(d.unreadable),
             V((int64_t)((unsigned)d.receipts | due)), V(d.version));
    tell(work, plan, &d, due);
    return NULL;
}
