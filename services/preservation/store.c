/* A validated delivery becomes a package: its sealed bytes, exactly as staged, are linked into an
 * object of the tenant's storage root in each location, with the AIP part beside them. */
#include "services/preservation/room.h"
#include "vault/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { OWN_FILES = 2, TEXT_LIMIT = 32 * 1024 * 1024 };

static const struct field delivery_fields[] = {FIELD(struct stored_delivery, id, REQUIRED),
                                               FIELD(struct stored_delivery, package, REQUIRED),
                                               FIELD(struct stored_delivery, system, REQUIRED),
                                               FIELD(struct stored_delivery, agreement, REQUIRED),
                                               FIELD(struct stored_delivery, identity, REQUIRED),
                                               FIELD(struct stored_delivery, bytes, REQUIRED),
                                               FIELD(struct stored_delivery, sha256, REQUIRED),
                                               FIELD(struct stored_delivery, staged, REQUIRED),
                                               FIELD(struct stored_delivery, received_at, REQUIRED),
                                               FIELD(struct stored_delivery, objid, OPTIONAL),
                                               FIELD(struct stored_delivery, files, REQUIRED),
                                               FIELD(struct stored_delivery, errors, REQUIRED),
                                               FIELD(struct stored_delivery, warnings, REQUIRED),
                                               FIELDS_END};

static const struct field sealed_fields[] = {
    FIELD(struct sealed_row, staged, REQUIRED), FIELD(struct sealed_row, number, REQUIRED),
    FIELD(struct sealed_row, what, REQUIRED),   FIELD(struct sealed_row, key, REQUIRED),
    FIELD(struct sealed_row, bytes, REQUIRED),  FIELD(struct sealed_row, stored_bytes, REQUIRED),
    FIELD(struct sealed_row, sha512, REQUIRED), FIELDS_END};

struct package_row {
    struct uuid id;
};
static const struct field package_fields[] = {FIELD(struct package_row, id, REQUIRED), FIELDS_END};

void store_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    (void)arena;
    const struct delivery_validated *event = m->data;
    struct store_facts *facts = state;
    LOAD(load, &preservation_select_delivery, delivery_fields, struct stored_delivery,
         &facts->delivery, V(event->delivery));
    LOAD(load, &preservation_select_segments, segment_row_fields, struct segment_row,
         &facts->segments, V(event->delivery));
    LOAD(load, &preservation_select_sealed, sealed_fields, struct sealed_row, &facts->sealed,
         V(event->delivery));
    LOAD(load, &preservation_select_package, package_fields, struct package_row, &facts->package,
         V(event->delivery));
}

struct err *store_keys(const struct message *message, const void *state, struct arena *arena,
                       struct key_request *out)
{
    (void)message, (void)arena;
    const struct store_facts *facts = state;
    *out = (struct key_request){.purpose = "preserve",
                                .fresh = facts->package.count == 0 ? OWN_FILES : 0};
    return NULL;
}

/* Seals a text as one file of the AIP part. */
static struct err *seal(const struct work *work, size_t number, const char *what, struct str text,
                        struct aip_file *out)
{
    struct segment segment = {0};
    struct segment_total total = {0};
    struct segment_writer *writer =
        segment_writer_new(work->staged_folder, &work->fresh[number], 1, &segment);
    struct err *e = segment_writer_add(writer, text);
    if (e == NULL)
        e = segment_writer_end(writer, &total);
    segment_writer_free(writer);
    segment.index = (uint32_t)number;
    *out = (struct aip_file){what, segment};
    return e;
}

/* Gives a file that validation sealed a second name in our folder; its header is copied, so that
 * destroying one never reaches the other. */
static struct err *adopt(const struct work *work, const struct sealed_row *row, uint32_t number,
                         struct aip_file *out)
{
    struct segment *segment = NULL;
    const struct segment_row as_row = {(int32_t)number, row->key, row->bytes, row->stored_bytes,
                                       row->sha512};
    TRY(segment_rows_read(&as_row, 1, work->arena, &segment));
    autoclose int from = -1;
    TRY(staging_open(work->vault->locations[0], work->tenant, row->staged, false, &from));
    struct segment_name payload = segment_payload_name(row->key);
    struct segment_name header = segment_header_name(row->key);
    if (linkat(from, payload.text, work->staged_folder, payload.text, 0) != 0 && errno != EEXIST)
        return err_errno(ERR_STORAGE, "could not link a sealed file");
    autobuf struct buf bytes = buf_new(AGE_HEADER_MAX);
    TRY(vault_get(from, header.text, &bytes));
    TRY(vault_put(work->staged_folder, header.text, buf_str(&bytes)));
    *out = (struct aip_file){arena_cstr(work->arena, row->what), *segment};
    return NULL;
}

static struct err *make_aip(const struct work *work, const struct stored_delivery *d,
                            const struct segment *segments, size_t count, struct aip_file *files)
{
    const struct store_facts *facts = work->facts;
    autobuf struct buf premis = buf_new(TEXT_LIMIT);
    autobuf struct buf catalogue = buf_new(TEXT_LIMIT);
    TRY(aip_premis(d, work->tenant, work->message->now, &premis));
    TRY(aip_catalogue(d, work->tenant, segments, count, &catalogue));
    TRY(seal(work, 0, "premis", buf_str(&premis), &files[0]));
    TRY(seal(work, 1, "catalogue", buf_str(&catalogue), &files[1]));
    for (size_t i = 0; i < facts->sealed.count; i++)
        TRY(adopt(work, ROW(struct sealed_row, facts->sealed, i), (uint32_t)(OWN_FILES + i),
                  &files[OWN_FILES + i]));
    return NULL;
}

static const struct ocfl_object *make_object(const struct work *work,
                                             const struct stored_delivery *d,
                                             const struct segment *segments, size_t count,
                                             const struct aip_file *files, size_t file_count)
{
    struct segment *aip = ARENA_ARRAY(work->arena, struct segment, file_count);
    for (size_t i = 0; i < file_count; i++)
        aip[i] = files[i].segment;
    struct ocfl_object *object = ARENA_NEW(work->arena, struct ocfl_object);
    *object = (struct ocfl_object){
        .tenant = work->tenant,
        .package = d->package,
        .delivered = {.staging = d->staged, .segments = segments, .count = count},
        .aip = {.staging = work->staged, .segments = aip, .count = file_count},
        .note = {work->message->now, S("delivered and validated"), S("r7e"),
                 S("urn:r7e:preservation")}};
    return object;
}

static void plan_segment(struct plan *plan, struct uuid package, const char *kind, const char *what,
                         const struct segment *s)
{
    PLAN_SQL(plan, &preservation_insert_segment, V(package), V(str_from(kind)),
             V((int64_t)s->index), V(str_from(what)), V(s->key_id), V((int64_t)s->plain_bytes),
             V((int64_t)s->stored_bytes), V(segment_sha512(s)));
}

static void plan_rows(const struct work *work, struct plan *plan, const struct stored_delivery *d,
                      const struct ocfl_object *object, const struct aip_file *files)
{
    struct instant now = work->message->now;
    PLAN_SQL(plan, &preservation_insert_package, V(d->package), V(d->id), V(d->system),
             V(d->agreement), V(d->objid), V(d->bytes), V(d->sha256), V(d->files), V(now));
    for (size_t i = 0; i < object->delivered.count; i++)
        plan_segment(plan, d->package, "delivered", "bytes", &object->delivered.segments[i]);
    for (size_t i = 0; i < object->aip.count; i++)
        plan_segment(plan, d->package, "aip", files[i].what, &object->aip.segments[i]);
    for (size_t i = 0; i < work->vault->count; i++)
        PLAN_SQL(plan, &preservation_insert_copy, V(d->package), V((int64_t)i), V(now));
    struct uuid event =
        UUID_FROM(S("premis"), S("replication"), str_from(uuid_text(d->package).text));
    struct str detail = arena_format(work->arena, "{\"copies\":%zu}", work->vault->count);
    PLAN_SQL(plan, &preservation_insert_event, V(event), V(d->package), V(S("replication")),
             V(S("success")), V(((struct json_text){detail})), V(S("preservation")), V(now));
}

struct err *store_decide(const struct work *work, struct plan *plan)
{
    const struct store_facts *facts = work->facts;
    if (facts->delivery.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such delivery");
    const struct stored_delivery *d = ROW(struct stored_delivery, facts->delivery, 0);
    const struct package_stored event = {d->id, d->package, (int32_t)work->vault->count};
    if (facts->package.count == 0) {
        size_t file_count = OWN_FILES + facts->sealed.count;
        struct aip_file *files = ARENA_ARRAY(work->arena, struct aip_file, file_count);
        struct segment *segments = NULL;
        TRY(segment_rows_read(facts->segments.at, facts->segments.count, work->arena, &segments));
        TRY(make_aip(work, d, segments, facts->segments.count, files));
        const struct ocfl_object *object =
            make_object(work, d, segments, facts->segments.count, files, file_count);
        plan_object(plan, object);
        plan_rows(work, plan, d, object, files);
        PLAN_SQL(plan, &work->house->svc->tables->staged_drop, V(work->staged));
        plan_cleanup(plan, work->staged);
    }
    plan_event(plan, S(TOPIC_PACKAGE_STORED), d->package, 1, package_stored_fields, &event);
    return NULL;
}
