/* A validated delivery becomes a package. */
#include "services/preservation/room.h"

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
         &facts->object.delivery, V(event->delivery));
    LOAD(load, &preservation_select_segments, segment_row_fields, struct segment_row,
         &facts->object.segments, V(event->delivery));
    LOAD(load, &preservation_select_sealed, sealed_fields, struct sealed_row, &facts->object.sealed,
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

struct err *store_decide(const struct work *work, struct plan *plan)
{
    const struct store_facts *facts = work->facts;
    if (facts->object.delivery.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such delivery");
    const struct stored_delivery *d = ROW(struct stored_delivery, facts->object.delivery, 0);
    const struct package_stored event = {d->id, d->package, (int32_t)work->vault->count};
    if (facts->package.count == 0)
        TRY(object_store(work, &facts->object, false, plan));
    plan_event(plan, S(TOPIC_PACKAGE_STORED), d->package, 1, package_stored_fields, &event);
    return NULL;
}
