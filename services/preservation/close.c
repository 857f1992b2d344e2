/* The object of a package: its sealed bytes exactly as staged, the AIP part beside them, and the
 * rows that tell of it. All of it was committed before, so that who does it again makes the same.
 */
#include "services/preservation/room.h"

void plan_close_event(struct plan *plan, struct uuid delivery, struct uuid package)
{
    const struct preservation_close event = {delivery, package};
    plan_event(plan, S(TOPIC_PRESERVATION_CLOSE), delivery, 1, preservation_close_fields, &event);
}

void plan_stored(const struct work *work, struct plan *plan, const struct stored_delivery *d)
{
    const struct package_stored event = {d->id, d->package, (int32_t)work->vault->count};
    plan_event(plan, S(TOPIC_PACKAGE_STORED), d->package, 1, package_stored_fields, &event);
}

static void plan_rows(const struct work *work, struct plan *plan, const struct stored_delivery *d)
{
    struct instant now = work->message->now;
    int64_t copies = (int64_t)work->vault->count;
    struct uuid event =
        UUID_FROM(S("premis"), S("replication"), str_from(uuid_text(d->package).text));
    struct str detail = arena_format(work->arena, "{\"copies\":%lld}", (long long)copies);
    PLAN_SQL(plan, &preservation_insert_package, V(d->package), V(d->id), V(d->system),
             V(d->agreement), V(d->objid), V(d->bytes), V(d->sha256), V(d->files), V(now));
    PLAN_SQL(plan, &preservation_insert_delivered, V(d->id), V(d->package));
    PLAN_SQL(plan, &preservation_insert_aip, V(d->id), V(d->package));
    PLAN_SQL(plan, &preservation_insert_copies, V(d->package), V(copies), V(now));
    PLAN_SQL(plan, &preservation_insert_event, V(event), V(d->package), V(S("replication")),
             V(S("success")), V(((struct json_text){detail})), V(S("preservation")), V(now));
}

static struct err *make_object(const struct work *work, const struct stored_delivery *d,
                               const struct work_row *row, const struct ocfl_object **out)
{
    const struct store_facts *facts = work->facts;
    struct segment *delivered = NULL;
    struct ocfl_part *parts = NULL;
    *out = object_new(work, d, row->begun_at, 1 + facts->aip.count, &parts);
    TRY(segment_rows_read(facts->segments.at, facts->segments.count, work->arena, &delivered));
    *parts = (struct ocfl_part){OCFL_DELIVERED, d->staged, delivered, facts->segments.count,
                                row->parts > 0};
    for (size_t i = 0; i < facts->aip.count; i++) {
        const struct aip_row *file = ROW(struct aip_row, facts->aip, i);
        const struct segment_row as_row = {file->number, file->key, file->bytes, file->stored_bytes,
                                           file->sha512};
        struct segment *segment = NULL;
        TRY(segment_rows_read(&as_row, 1, work->arena, &segment));
        parts[1 + i] = (struct ocfl_part){OCFL_AIP, file->staged, segment, 1, false};
    }
    return NULL;
}

struct err *close_decide(const struct work *work, struct plan *plan)
{
    const struct store_facts *facts = work->facts;
    if (facts->delivery.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such delivery");
    const struct stored_delivery *d = ROW(struct stored_delivery, facts->delivery, 0);
    if (facts->deletion.count > 0) { /* nobody stores it (again) */
        plan_let_go(work, plan, d->id, d->package, &facts->work);
        return NULL;
    }
    if (facts->package.count == 0) {
        const struct work_row *row =
            facts->work.count > 0 ? ROW(struct work_row, facts->work, 0) : NULL;
        const struct ocfl_object *object = NULL;
        if (row == NULL || row->parts_left > 0)
            return err_new(ERR_NOT_FOUND, "the package has not come so far");
        TRY(make_object(work, d, row, &object));
        plan_object(plan, object);
        plan_rows(work, plan, d);
        PLAN_SQL(plan, &preservation_delete_work, V(d->id));
        PLAN_SQL(plan, &work->house->svc->tables->staged_drop, V(row->staged));
        plan_cleanup(plan, row->staged);
    }
    plan_stored(work, plan, d);
    return NULL;
}
