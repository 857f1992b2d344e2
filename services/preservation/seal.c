/* A validated delivery begins its way into the vault: what preservation adds to the package is
 * sealed and its rows committed before the object is made, so that an object that is made again
 * after a crash is the same one. A large package is cut into parts. */
#include "services/preservation/room.h"

enum {
    TEXT_LIMIT = 32 * 1024 * 1024,
    STORED_AT_ONCE =
        8 * 1024 * 1024,    /* larger packages go in parts: a batch holds many at a time */
    PART_SEGMENTS = 4,      /* 256 MiB: seconds */
    PARTS_OF_DELIVERY = 16, /* under way at a time … */
    PARTS_OF_TENANT = 64,   /* … and those of all its packages; a package has one at least */
};

static struct err *seal(const struct work *work, struct plan *plan, struct uuid delivery,
                        uint32_t number, struct str what, struct str text)
{
    struct segment s = {0};
    struct segment_total total = {0};
    struct segment_writer *writer =
        segment_writer_new(work->staged_folder, &work->fresh[number], 1, &s);
    struct err *e = segment_writer_add(writer, text);
    if (e == NULL)
        e = segment_writer_end(writer, &total);
    segment_writer_free(writer);
    if (e == NULL)
        PLAN_SQL(plan, &preservation_insert_sealed, V(delivery), V((int64_t)number), V(what),
                 V(s.key_id), V((int64_t)s.plain_bytes), V((int64_t)s.stored_bytes),
                 V(segment_sha512(&s)));
    return e;
}

static struct err *seal_own(const struct work *work, struct plan *plan,
                            const struct stored_delivery *d)
{
    const struct store_facts *facts = work->facts;
    struct segment *segments = NULL;
    autobuf struct buf premis = buf_new(TEXT_LIMIT);
    autobuf struct buf catalogue = buf_new(TEXT_LIMIT);
    TRY(segment_rows_read(facts->segments.at, facts->segments.count, work->arena, &segments));
    TRY(aip_premis(d, work->tenant, work->message->now, &premis));
    TRY(aip_catalogue(d, work->tenant, segments, facts->segments.count, &catalogue));
    TRY(seal(work, plan, d->id, 0, S("premis"), buf_str(&premis)));
    TRY(seal(work, plan, d->id, 1, S("catalogue"), buf_str(&catalogue)));
    plan_flush(plan, work->staged);
    PLAN_SQL(plan, &work->house->svc->tables->staged_claim, V(work->staged));
    return NULL;
}

static int32_t parts_at_once(const struct store_facts *facts)
{
    int64_t left = PARTS_OF_TENANT - ROW(struct busy_row, facts->busy, 0)->parts;
    return left < 1 ? 1 : left < PARTS_OF_DELIVERY ? (int32_t)left : PARTS_OF_DELIVERY;
}

static struct err *begin(const struct work *work, struct plan *plan,
                         const struct stored_delivery *d)
{
    const struct store_facts *facts = work->facts;
    size_t segments = facts->segments.count;
    int32_t parts =
        d->bytes > STORED_AT_ONCE ? (int32_t)((segments + PART_SEGMENTS - 1) / PART_SEGMENTS) : 0;
    int32_t at_once = parts_at_once(facts);
    PLAN_SQL(plan, &preservation_insert_work, V(d->id), V(d->package), V(work->staged), V(parts),
             V(at_once), V(work->message->now));
    TRY(seal_own(work, plan, d));
    if (parts == 0) {
        plan_close_event(plan, d->id, d->package);
        return NULL;
    }
    PLAN_SQL(plan, &preservation_insert_parts, V(d->id), V((int64_t)segments),
             V((int64_t)PART_SEGMENTS));
    for (int32_t i = 0; i < parts && i < at_once; i++)
        plan_part_event(plan, d->id, i);
    return NULL;
}

/* Begun before: tells once more what is still to be told. */
static void plan_again(struct plan *plan, const struct stored_delivery *d,
                       const struct store_facts *facts)
{
    if (ROW(struct work_row, facts->work, 0)->parts_left == 0)
        plan_close_event(plan, d->id, d->package);
    for (size_t i = 0; i < facts->parts.count; i++)
        plan_part_event(plan, d->id, ROW(struct part_row, facts->parts, i)->number);
}

struct err *seal_decide(const struct work *work, struct plan *plan)
{
    const struct store_facts *facts = work->facts;
    if (facts->delivery.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such delivery");
    if (facts->deletion.count > 0)
        return NULL; /* it was purged: nobody stores it again */
    const struct stored_delivery *d = ROW(struct stored_delivery, facts->delivery, 0);
    if (facts->package.count > 0)
        plan_stored(work, plan, d);
    else if (facts->work.count > 0)
        plan_again(plan, d, facts);
    else
        return begin(work, plan, d);
    return NULL;
}
