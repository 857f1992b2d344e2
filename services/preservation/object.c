/* The object that a delivery becomes: its sealed bytes exactly as staged, the AIP part beside them,
 * and the rows that tell of it. */
#include "base/base.h"
#include "services/preservation/room.h"

enum { TEXT_LIMIT = 32 * 1024 * 1024 };

/* A sealed file of the AIP part. */
struct aip_file {
    struct str what; /* premis, catalogue, entries, report */
    struct uuid staging;
    struct segment *segment; /* index: its number in the AIP part */
};

/* Seals a text of our own. */
static struct err *seal(const struct work *work, uint32_t number, struct str what, struct str text,
                        struct aip_file *out)
{
    struct segment_total total = {0};
    struct segment *segment = ARENA_NEW(work->arena, struct segment);
    struct segment_writer *writer =
        segment_writer_new(work->staged_folder, &work->fresh[number], 1, segment);
    struct err *e = segment_writer_add(writer, text);
    if (e == NULL)
        e = segment_writer_end(writer, &total);
    segment_writer_free(writer);
    segment->index = number;
    *out = (struct aip_file){what, work->staged, segment};
    return e;
}

/* What validation has sealed. */
static struct err *take(const struct work *work, uint32_t number, const struct sealed_row *row,
                        struct aip_file *out)
{
    const struct segment_row as_row = {(int32_t)number, row->key, row->bytes, row->stored_bytes,
                                       row->sha512};
    *out = (struct aip_file){row->what, row->staged, NULL};
    return segment_rows_read(&as_row, 1, work->arena, &out->segment);
}

static struct err *make_aip(const struct work *work, const struct object_facts *facts,
                            const struct segment *delivered, struct aip_file *files)
{
    const struct stored_delivery *d = ROW(struct stored_delivery, facts->delivery, 0);
    autobuf struct buf premis = buf_new(TEXT_LIMIT);
    autobuf struct buf catalogue = buf_new(TEXT_LIMIT);
    TRY(aip_premis(d, work->tenant, work->message->now, &premis));
    TRY(aip_catalogue(d, work->tenant, delivered, facts->segments.count, &catalogue));
    TRY(seal(work, 0, S("premis"), buf_str(&premis), &files[0]));
    TRY(seal(work, 1, S("catalogue"), buf_str(&catalogue), &files[1]));
    for (size_t i = 0; i < facts->sealed.count; i++)
        TRY(take(work, (uint32_t)(OWN_FILES + i), ROW(struct sealed_row, facts->sealed, i),
                 &files[OWN_FILES + i]));
    return NULL;
}

static void plan_rows(const struct work *work, struct plan *plan, const struct stored_delivery *d,
                      const struct aip_file *files, size_t count)
{
    struct instant now = work->message->now;
    PLAN_SQL(plan, &preservation_insert_package, V(d->package), V(d->id), V(d->system),
             V(d->agreement), V(d->objid), V(d->bytes), V(d->sha256), V(d->files), V(now));
    PLAN_SQL(plan, &preservation_insert_delivered, V(d->package), V(d->id));
    for (size_t i = 0; i < count; i++) {
        const struct segment *s = files[i].segment;
        PLAN_SQL(plan, &preservation_insert_aip, V(d->package), V((int64_t)s->index),
                 V(files[i].what), V(s->key_id), V((int64_t)s->plain_bytes),
                 V((int64_t)s->stored_bytes), V(segment_sha512(s)));
    }
    for (size_t i = 0; i < work->vault->count; i++)
        PLAN_SQL(plan, &preservation_insert_copy, V(d->package), V((int64_t)i), V(now));
    struct uuid event =
        UUID_FROM(S("premis"), S("replication"), str_from(uuid_text(d->package).text));
    struct str detail = arena_format(work->arena, "{\"copies\":%zu}", work->vault->count);
    PLAN_SQL(plan, &preservation_insert_event, V(event), V(d->package), V(S("replication")),
             V(S("success")), V(((struct json_text){detail})), V(S("preservation")), V(now));
}

struct ocfl_object *object_new(const struct work *work, const struct stored_delivery *d,
                               size_t part_count, struct ocfl_part **out_parts)
{
    struct ocfl_object *object = ARENA_NEW(work->arena, struct ocfl_object);
    *out_parts = ARENA_ARRAY(work->arena, struct ocfl_part, part_count);
    *object = (struct ocfl_object){.tenant = work->tenant,
                                   .package = d->package,
                                   .parts = *out_parts,
                                   .part_count = part_count,
                                   .note = {work->message->now, S("delivered and validated"),
                                            S("r7e"), S("urn:r7e:preservation")},
                                   .unrecorded = true};
    return object;
}

struct err *object_store(const struct work *work, const struct object_facts *facts, bool placed,
                         struct plan *plan)
{
    const struct stored_delivery *d = ROW(struct stored_delivery, facts->delivery, 0);
    size_t count = OWN_FILES + facts->sealed.count;
    struct aip_file *files = ARENA_ARRAY(work->arena, struct aip_file, count);
    struct segment *delivered = NULL;
    struct ocfl_part *parts = NULL;
    TRY(segment_rows_read(facts->segments.at, facts->segments.count, work->arena, &delivered));
    TRY(make_aip(work, facts, delivered, files));
    const struct ocfl_object *object = object_new(work, d, 1 + count, &parts);
    parts[0] =
        (struct ocfl_part){OCFL_DELIVERED, d->staged, delivered, facts->segments.count, placed};
    for (size_t i = 0; i < count; i++)
        parts[1 + i] = (struct ocfl_part){OCFL_AIP, files[i].staging, files[i].segment, 1, false};
    plan_object(plan, object);
    plan_rows(work, plan, d, files, count);
    PLAN_SQL(plan, &work->house->svc->tables->staged_drop, V(work->staged));
    plan_cleanup(plan, work->staged);
    return NULL;
}
