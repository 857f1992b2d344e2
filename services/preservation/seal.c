/* A validated delivery begins its way into the vault: what preservation adds to the package is
 * sealed and its rows committed before the object is made, so that an object that is made again
 * after a crash is the same one. A large package is cut into parts. */
#include "services/preservation/room.h"
#include "text/json.h"

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

/* Makes one of our own files, seals it, and notes of it what those after it tell. */
static struct err *seal_own(const struct work *work, struct plan *plan, const struct aip *aip,
                            enum aip_what what, struct aip_file *file)
{
    static struct err *(*const makers[AIP_OWN])(const struct aip *, struct buf *) = {
        [AIP_METS] = aip_mets, [AIP_PREMIS] = aip_premis, [AIP_CATALOGUE] = aip_catalogue};
    autobuf struct buf text = buf_new(TEXT_LIMIT);
    TRY(makers[what](aip, &text));
    file->bytes = (int64_t)text.len;
    file->sha256 = sha256_of(buf_str(&text));
    return seal(work, plan, aip->delivery->id, what, file->what, buf_str(&text));
}

/* The METS comes last: it tells of the others. */
static struct err *seal_texts(const struct work *work, struct plan *plan,
                              const struct stored_delivery *d)
{
    static const enum aip_what order[AIP_OWN] = {AIP_PREMIS, AIP_CATALOGUE, AIP_METS};
    const struct store_facts *facts = work->facts;
    size_t judged = facts->judged.count;
    struct segment *segments = NULL;
    struct aip_file *files = ARENA_ARRAY(work->arena, struct aip_file, AIP_OWN + judged);
    struct aip aip = {.delivery = d,
                      .tenant = work->tenant,
                      .now = work->message->now,
                      .segment_count = facts->segments.count,
                      .files = files,
                      .file_count = AIP_OWN + judged};
    TRY(segment_rows_read(facts->segments.at, facts->segments.count, work->arena, &segments));
    if (d->stated.text.len > 0)
        TRY(json_read(d->stated.text, package_stated_fields, JSON_IGNORE_UNKNOWN, "stated",
                      work->arena, &aip.stated));
    aip.segments = segments;
    for (int i = 0; i < AIP_OWN; i++)
        files[i] = (struct aip_file){
            .number = i, .what = str_from(aip_places[i].name), .key = work->fresh[i].id};
    for (size_t i = 0; i < judged; i++)
        files[AIP_OWN + i] = *ROW(struct aip_file, facts->judged, i);
    for (int i = 0; i < AIP_OWN; i++)
        TRY(seal_own(work, plan, &aip, order[i], &files[order[i]]));
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
    TRY(seal_texts(work, plan, d));
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
    const struct stored_delivery *d = ROW(struct stored_delivery, facts->delivery, 0);
    if (facts->deletion.count > 0)
        plan_let_go(work, plan, d->id, d->package, &facts->work); /* nobody stores it (again) */
    else if (facts->package.count > 0)
        plan_stored(work, plan, d);
    else if (facts->work.count > 0)
        plan_again(plan, d, facts);
    else
        return begin(work, plan, d);
    return NULL;
}
