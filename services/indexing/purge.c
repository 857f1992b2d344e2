/* A package was removed: its rows go, in one transaction. Nobody is shown them by then, since only
 * what was accepted is shown and that is never removed here. */
#include "services/indexing/room.h"

/* The package's row goes first: it waits for parts that hold it, and is what later ones miss. */
struct err *removed_decide(const struct work *work, struct plan *plan)
{
    const struct package_removed *event = work->message->data;
    const struct index_facts *facts = work->facts;
    if (facts->deletion.count == 0)
        return err_new(ERR_INVALID, "preservation has not removed this package");
    PLAN_SQL(plan, &indexing_lock_package, V(event->package));
    PLAN_SQL(plan, &indexing_delete_package, V(event->package));
    PLAN_SQL(plan, &indexing_delete_records, V(event->package));
    return NULL;
}
