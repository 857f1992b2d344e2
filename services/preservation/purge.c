/* A discarded delivery is purged whole: its keys, its object in every location, its rows. What
 * orders it is the milestone `discarded`, committed by ingest before this begins; a crash at any
 * line leaves the message to be read again. It may never have been stored: then what was on its way
 * goes. The PREMIS event of the deletion stays; it, and the milestone before it, stand in the way
 * of who would store the package. */
#include "services/preservation/room.h"

struct deletion_row {
    struct uuid id;
};
static const struct field deletion_fields[] = {FIELD(struct deletion_row, id, REQUIRED),
                                               FIELDS_END};

void purge_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    (void)arena;
    const struct delivery_discarded *event = m->data;
    struct purge_facts *facts = state;
    LOAD(load, &preservation_select_deletion, deletion_fields, struct deletion_row,
         &facts->deletion, V(event->package));
    LOAD(load, &preservation_select_work, work_fields, struct work_row, &facts->work,
         V(event->delivery));
}

/* A try to store it that was in hand at that moment finds its rows gone, decides again and comes
 * here: what it has left in the vault meanwhile goes too. */
void plan_let_go(const struct work *work, struct plan *plan, struct uuid delivery,
                 struct uuid package, const struct rows *under_way)
{
    plan_remove_object(plan, package);
    if (under_way->count == 0)
        return;
    struct uuid staged = ROW(struct work_row, *under_way, 0)->staged;
    plan_destroy_staged(plan, staged);
    PLAN_SQL(plan, &preservation_delete_work, V(delivery));
    PLAN_SQL(plan, &work->house->svc->tables->staged_gone, V(staged));
}

struct err *purge_decide(const struct work *work, struct plan *plan)
{
    const struct delivery_discarded *order = work->message->data;
    const struct purge_facts *facts = work->facts;
    const struct package_removed event = {order->delivery, order->package};
    if (facts->deletion.count == 0) {
        struct uuid id =
            UUID_FROM(S("premis"), S("deletion"), str_from(uuid_text(order->package).text));
        struct json_text detail = {S("{\"why\":\"discarded\"}")};
        plan_destroy_keys(plan, order->delivery);
        plan_let_go(work, plan, order->delivery, order->package, &facts->work);
        PLAN_SQL(plan, &preservation_delete_package, V(order->package));
        PLAN_SQL(plan, &preservation_insert_event, V(id), V(order->package), V(S("deletion")),
                 V(S("success")), V(detail), V(S("preservation")), V(work->message->now));
    }
    plan_event(plan, S(TOPIC_PACKAGE_REMOVED), order->package, 1, package_removed_fields, &event);
    return NULL;
}
