/* When a package is stored, what validation sealed is in its AIP part: the staged folder goes. When
 * it is removed, so does what no package took over. */
#include "services/validation/room.h"

struct staged_row {
    struct uuid id;
};
static const struct field staged_fields[] = {FIELD(struct staged_row, id, REQUIRED), FIELDS_END};

/* Both events begin with the delivery. */
void release_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    (void)arena;
    const struct uuid *delivery = m->data;
    struct release_facts *facts = state;
    LOAD(load, &validation_select_sealed_of, staged_fields, struct staged_row, &facts->staged,
         V(*delivery));
}

struct err *release_decide(const struct work *work, struct plan *plan)
{
    const struct release_facts *facts = work->facts;
    for (size_t i = 0; i < facts->staged.count; i++) {
        struct uuid id = ROW(struct staged_row, facts->staged, i)->id;
        PLAN_SQL(plan, &validation_delete_sealed, V(id));
        PLAN_SQL(plan, &work->house->svc->tables->staged_drop, V(id));
        plan_cleanup(plan, id);
    }
    return NULL;
}

struct err *release_removed_decide(const struct work *work, struct plan *plan)
{
    const struct release_facts *facts = work->facts;
    for (size_t i = 0; i < facts->staged.count; i++) {
        struct uuid id = ROW(struct staged_row, facts->staged, i)->id;
        plan_destroy_staged(plan, id);
        PLAN_SQL(plan, &validation_delete_sealed, V(id));
        PLAN_SQL(plan, &work->house->svc->tables->staged_gone, V(id));
    }
    return NULL;
}
