/* A run of a large package's segments is placed into the object that is being built. */
#include "base/base.h"
#include "services/preservation/room.h"

void plan_part_event(struct plan *plan, struct uuid delivery, int32_t number)
{
    const struct preservation_part event = {delivery, number};
    /* A subject of its own: it is the key by which parts are dealt out among the workers. */
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    struct uuid subject =
        UUID_FROM(S(TOPIC_PRESERVATION_PART), str_from(uuid_text(delivery).text), str_from(text));
    plan_event(plan, S(TOPIC_PRESERVATION_PART), subject, 1, preservation_part_fields, &event);
}

struct ocfl_object *object_new(const struct work *work, const struct stored_delivery *d,
                               struct instant created, size_t part_count,
                               struct ocfl_part **out_parts)
{
    struct ocfl_object *object = ARENA_NEW(work->arena, struct ocfl_object);
    *out_parts = ARENA_ARRAY(work->arena, struct ocfl_part, part_count);
    *object = (struct ocfl_object){
        .tenant = work->tenant,
        .package = d->package,
        .test = str_equal(d->record_status, S("TEST")),
        .parts = *out_parts,
        .part_count = part_count,
        .note = {created, S("delivered and validated"), S("r7e"), S("urn:r7e:preservation")}};
    return object;
}

static struct err *plan_run(const struct work *work, struct plan *plan,
                            const struct stored_delivery *d)
{
    const struct store_facts *facts = work->facts;
    struct segment *segments = NULL;
    struct ocfl_part *run = NULL;
    TRY(segment_rows_read(facts->segments.at, facts->segments.count, work->arena, &segments));
    struct ocfl_object *object =
        object_new(work, d, ROW(struct work_row, facts->work, 0)->begun_at, 1, &run);
    *run = (struct ocfl_part){OCFL_DELIVERED, d->staged, segments, facts->segments.count, false};
    plan_place(plan, object);
    return NULL;
}

struct err *part_decide(const struct work *work, struct plan *plan)
{
    const struct message *m = work->message;
    const struct store_facts *facts = work->facts;
    if (facts->delivery.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such delivery");
    const struct stored_delivery *d = ROW(struct stored_delivery, facts->delivery, 0);
    if (facts->deletion.count > 0) {
        plan_let_go(work, plan, d->id, d->package, &facts->work);
        return NULL;
    }
    if (facts->package.count > 0) {
        plan_stored(work, plan, d);
        return NULL;
    }
    if (facts->work.count == 0 || facts->parts.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such part");
    const struct work_row *row = ROW(struct work_row, facts->work, 0);
    const struct part_row *part = ROW(struct part_row, facts->parts, 0);
    if (part->number + row->at_once < row->parts)
        plan_part_event(plan, d->id, part->number + row->at_once);
    if (part->done_at.known) {
        if (row->parts_left == 0)
            plan_close_event(plan, d->id, d->package);
        return NULL;
    }
    TRY(plan_run(work, plan, d));
    struct str room = str_from(work->house->svc->name);
    PLAN_SQL(plan, &preservation_hold_part, V(d->id), V(part->number));
    PLAN_SQL(plan, &preservation_close_part, V(d->id), V((int64_t)part->number),
             V(event_id(room, d->id, S(TOPIC_PRESERVATION_CLOSE), 1)), V(room), V(m->topic),
             V(m->identity), V(m->trace));
    return NULL;
}
