/* What room preservation must know before it decides. */
#include "services/preservation/room.h"

static const struct field delivery_fields[] = {
    FIELD(struct stored_delivery, id, REQUIRED),
    FIELD(struct stored_delivery, package, REQUIRED),
    FIELD(struct stored_delivery, system, REQUIRED),
    FIELD(struct stored_delivery, agreement, REQUIRED),
    FIELD(struct stored_delivery, identity, REQUIRED),
    FIELD(struct stored_delivery, bytes, REQUIRED),
    FIELD(struct stored_delivery, sha256, REQUIRED),
    FIELD(struct stored_delivery, staged, REQUIRED),
    FIELD(struct stored_delivery, received_at, REQUIRED),
    FIELD(struct stored_delivery, validated_at, REQUIRED),
    FIELD(struct stored_delivery, objid, OPTIONAL),
    FIELD(struct stored_delivery, record_status, OPTIONAL),
    FIELD(struct stored_delivery, archive_creator, OPTIONAL),
    FIELD(struct stored_delivery, stated, OPTIONAL),
    FIELD(struct stored_delivery, container, OPTIONAL),
    FIELD(struct stored_delivery, files, REQUIRED),
    FIELDS_END};

static const struct field aip_fields[] = {
    FIELD(struct aip_row, number, REQUIRED), FIELD(struct aip_row, what, REQUIRED),
    FIELD(struct aip_row, staged, REQUIRED), FIELD(struct aip_row, key, REQUIRED),
    FIELD(struct aip_row, bytes, REQUIRED),  FIELD(struct aip_row, stored_bytes, REQUIRED),
    FIELD(struct aip_row, sha512, REQUIRED), FIELDS_END};

static const struct field file_fields[] = {
    FIELD(struct aip_file, number, REQUIRED), FIELD(struct aip_file, what, REQUIRED),
    FIELD(struct aip_file, key, REQUIRED),    FIELD(struct aip_file, bytes, REQUIRED),
    FIELD(struct aip_file, sha256, REQUIRED), FIELDS_END};

const struct field work_fields[] = {FIELD(struct work_row, package, REQUIRED),
                                    FIELD(struct work_row, staged, REQUIRED),
                                    FIELD(struct work_row, parts, REQUIRED),
                                    FIELD(struct work_row, parts_left, REQUIRED),
                                    FIELD(struct work_row, at_once, REQUIRED),
                                    FIELD(struct work_row, begun_at, REQUIRED),
                                    FIELDS_END};

static const struct field part_fields[] = {FIELD(struct part_row, number, REQUIRED),
                                           FIELD(struct part_row, done_at, OPTIONAL), FIELDS_END};

struct package_row {
    struct uuid id;
};
static const struct field package_fields[] = {FIELD(struct package_row, id, REQUIRED), FIELDS_END};

static const struct field busy_fields[] = {FIELD(struct busy_row, parts, REQUIRED), FIELDS_END};

static void load_state(struct uuid delivery, struct store_facts *facts, struct load *load)
{
    LOAD(load, &preservation_select_delivery, delivery_fields, struct stored_delivery,
         &facts->delivery, V(delivery));
    LOAD(load, &preservation_select_package, package_fields, struct package_row, &facts->package,
         V(delivery));
    LOAD(load, &preservation_select_deletion_of, package_fields, struct package_row,
         &facts->deletion, V(delivery));
    LOAD(load, &preservation_select_work, work_fields, struct work_row, &facts->work, V(delivery));
}

void seal_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    (void)arena;
    const struct delivery_validated *event = m->data;
    struct store_facts *facts = state;
    load_state(event->delivery, facts, load);
    LOAD(load, &preservation_select_segments, segment_row_fields, struct segment_row,
         &facts->segments, V(event->delivery));
    LOAD(load, &preservation_select_open_parts, part_fields, struct part_row, &facts->parts,
         V(event->delivery));
    LOAD(load, &preservation_select_judged, file_fields, struct aip_file, &facts->judged,
         V(event->delivery));
    LOAD(load, &preservation_select_busy, busy_fields, struct busy_row, &facts->busy);
}

void part_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    (void)arena;
    const struct preservation_part *event = m->data;
    struct store_facts *facts = state;
    load_state(event->delivery, facts, load);
    LOAD(load, &preservation_select_part, part_fields, struct part_row, &facts->parts,
         V(event->delivery), V(event->part));
    LOAD(load, &preservation_select_run, segment_row_fields, struct segment_row, &facts->segments,
         V(event->delivery), V(event->part));
}

void close_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    (void)arena;
    const struct preservation_close *event = m->data;
    struct store_facts *facts = state;
    load_state(event->delivery, facts, load);
    LOAD(load, &preservation_select_segments, segment_row_fields, struct segment_row,
         &facts->segments, V(event->delivery));
    LOAD(load, &preservation_select_aip, aip_fields, struct aip_row, &facts->aip,
         V(event->delivery));
}

struct err *seal_keys(const struct message *message, const void *state, struct arena *arena,
                      struct key_request *out)
{
    (void)message, (void)arena;
    const struct store_facts *facts = state;
    bool begun = facts->package.count > 0 || facts->work.count > 0 || facts->deletion.count > 0;
    *out = (struct key_request){.purpose = "preserve", .fresh = begun ? 0 : AIP_OWN};
    return NULL;
}
