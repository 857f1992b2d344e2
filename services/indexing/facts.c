/* What room indexing must know before it decides. */
#include "services/indexing/room.h"

static const struct field package_fields[] = {FIELD(struct package_row, id, REQUIRED),
                                              FIELD(struct package_row, delivery, REQUIRED),
                                              FIELD(struct package_row, agreement, REQUIRED),
                                              FIELD(struct package_row, bytes, REQUIRED),
                                              FIELD(struct package_row, reader, REQUIRED),
                                              FIELD(struct package_row, information_type, REQUIRED),
                                              FIELD(struct package_row, archive_creator, REQUIRED),
                                              FIELD(struct package_row, care_provider, OPTIONAL),
                                              FIELD(struct package_row, source_system, REQUIRED),
                                              FIELDS_END};

static const struct field indexed_fields[] = {
    FIELD(struct indexed_row, parts, REQUIRED), FIELD(struct indexed_row, records, REQUIRED),
    FIELD(struct indexed_row, unreadable, REQUIRED),
    FIELD(struct indexed_row, indexed_at, OPTIONAL), FIELDS_END};

static const struct field part_fields[] = {FIELD(struct part_row, number, REQUIRED),
                                           FIELD(struct part_row, path, REQUIRED),
                                           FIELD(struct part_row, place, REQUIRED),
                                           FIELD(struct part_row, files, REQUIRED),
                                           FIELD(struct part_row, first_byte, REQUIRED),
                                           FIELD(struct part_row, last_byte, REQUIRED),
                                           FIELD(struct part_row, first_row, REQUIRED),
                                           FIELD(struct part_row, done_at, OPTIONAL),
                                           FIELDS_END};

struct deletion_row {
    struct uuid id;
};
static const struct field deletion_fields[] = {FIELD(struct deletion_row, id, REQUIRED),
                                               FIELDS_END};

static void load_package(struct uuid package, struct index_facts *facts, struct load *load)
{
    LOAD(load, &indexing_select_package, package_fields, struct package_row, &facts->package,
         V(package));
    LOAD(load, &indexing_select_delivered, segment_row_fields, struct segment_row,
         &facts->delivered, V(package));
    LOAD(load, &indexing_select_entries, segment_row_fields, struct segment_row, &facts->entries,
         V(package));
    LOAD(load, &indexing_select_indexed, indexed_fields, struct indexed_row, &facts->indexed,
         V(package));
    LOAD(load, &indexing_select_deletion, deletion_fields, struct deletion_row, &facts->deletion,
         V(package));
}

void stored_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    (void)arena;
    const struct package_stored *event = m->data;
    struct index_facts *facts = state;
    load_package(event->package, facts, load);
    LOAD(load, &indexing_select_open_parts, part_fields, struct part_row, &facts->parts,
         V(event->package), V(PARTS_IN_FLIGHT));
}

void part_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    (void)arena;
    const struct indexing_part *event = m->data;
    struct index_facts *facts = state;
    load_package(event->package, facts, load);
    LOAD(load, &indexing_select_part, part_fields, struct part_row, &facts->parts,
         V(event->package), V(event->part));
}

void removed_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    (void)arena;
    const struct package_removed *event = m->data;
    struct index_facts *facts = state;
    LOAD(load, &indexing_select_deletion, deletion_fields, struct deletion_row, &facts->deletion,
         V(event->package));
}

/* Those of the delivered segments, then those of the entry index. */
static struct key_request keys_of(const struct index_facts *facts, struct arena *arena)
{
    const struct rows lists[] = {facts->delivered, facts->entries};
    size_t count = 0;
    struct uuid *known =
        ARENA_ARRAY(arena, struct uuid, facts->delivered.count + facts->entries.count + 1);
    for (size_t l = 0; l < COUNT(lists); l++)
        for (size_t i = 0; i < lists[l].count; i++)
            known[count++] = ROW(struct segment_row, lists[l], i)->key;
    return (struct key_request){
        .purpose = "index", .known = known, .known_count = count, .pseudonym = true};
}

struct err *stored_keys(const struct message *message, const void *state, struct arena *arena,
                        struct key_request *out)
{
    (void)message;
    const struct index_facts *facts = state;
    if (facts->package.count > 0 && facts->indexed.count == 0)
        *out = keys_of(facts, arena);
    return NULL;
}

struct err *part_keys(const struct message *message, const void *state, struct arena *arena,
                      struct key_request *out)
{
    (void)message;
    const struct index_facts *facts = state;
    if (facts->package.count > 0 && facts->parts.count > 0 &&
        !ROW(struct part_row, facts->parts, 0)->done_at.known)
        *out = keys_of(facts, arena);
    return NULL;
}
