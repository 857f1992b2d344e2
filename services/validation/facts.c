/* What validation must know before it judges, and the keys for it. */
#include "services/validation/room.h"

#include "base/base.h"

static const struct field delivery_fields[] = {
    FIELD(struct judged_delivery, id, REQUIRED), FIELD(struct judged_delivery, staged, OPTIONAL),
    FIELD(struct judged_delivery, bytes, REQUIRED), FIELDS_END};

static const struct field work_fields[] = {
    FIELD(struct work_row, errors, REQUIRED),        FIELD(struct work_row, warnings, REQUIRED),
    FIELD(struct work_row, files, REQUIRED),         FIELD(struct work_row, bytes, REQUIRED),
    FIELD(struct work_row, staged, REQUIRED),        FIELD(struct work_row, rule, OPTIONAL),
    FIELD(struct work_row, parts, REQUIRED),         FIELD(struct work_row, parts_left, REQUIRED),
    FIELD(struct work_row, container, OPTIONAL),     FIELD(struct work_row, objid, OPTIONAL),
    FIELD(struct work_row, record_status, OPTIONAL), FIELD(struct work_row, stated, OPTIONAL),
    FIELD(struct work_row, done_at, OPTIONAL),       FIELDS_END};

static const struct field listing_fields[] = {
    FIELD(struct listing_row, number, REQUIRED), FIELD(struct listing_row, offset, REQUIRED),
    FIELD(struct listing_row, entries, REQUIRED), FIELD(struct listing_row, length, REQUIRED),
    FIELDS_END};

static const struct field part_fields[] = {
    FIELD(struct part_row, number, REQUIRED),   FIELD(struct part_row, first_row, REQUIRED),
    FIELD(struct part_row, end_row, REQUIRED),  FIELD(struct part_row, first_byte, REQUIRED),
    FIELD(struct part_row, end_byte, REQUIRED), FIELD(struct part_row, files, REQUIRED),
    FIELD(struct part_row, bytes, REQUIRED),    FIELD(struct part_row, piece, REQUIRED),
    FIELD(struct part_row, done_at, OPTIONAL),  FIELDS_END};

static const struct field terms_fields[] = {
    FIELD(struct terms_row, refuse_unscanned, REQUIRED),
    FIELD_NAMED(struct terms_row, terms.profiles, "profiles", REQUIRED),
    FIELD_NAMED(struct terms_row, terms.content_types, "content_types", REQUIRED),
    FIELD_NAMED(struct terms_row, terms.formats, "formats", REQUIRED),
    FIELD_NAMED(struct terms_row, terms.descriptions, "descriptions", REQUIRED),
    FIELD_NAMED(struct terms_row, terms.files_max, "files_max", REQUIRED),
    FIELD_NAMED(struct terms_row, terms.file_bytes_max, "file_bytes_max", REQUIRED),
    FIELDS_END};

static const struct field ruling_fields[] = {
    FIELD(struct format_ruling, puid, REQUIRED), FIELD(struct format_ruling, verdict, REQUIRED),
    FIELD(struct format_ruling, reason, REQUIRED), FIELDS_END};

static void load_delivery(struct uuid delivery, struct judge_facts *facts, struct load *load)
{
    LOAD(load, &validation_select_delivery, delivery_fields, struct judged_delivery,
         &facts->delivery, V(delivery));
    LOAD(load, &validation_select_terms, terms_fields, struct terms_row, &facts->terms,
         V(delivery));
    LOAD(load, &validation_select_policy, ruling_fields, struct format_ruling, &facts->policy,
         V(delivery));
    LOAD(load, &validation_select_segments, segment_row_fields, struct segment_row,
         &facts->segments, V(delivery));
    LOAD(load, &validation_select_work, work_fields, struct work_row, &facts->work, V(delivery));
}

static void load_listing(struct uuid delivery, struct judge_facts *facts, struct load *load)
{
    LOAD(load, &validation_select_listing, listing_fields, struct listing_row, &facts->listing,
         V(delivery));
}

void judge_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    (void)arena;
    const struct delivery_received *event = m->data;
    struct judge_facts *facts = state;
    load_delivery(event->delivery, facts, load);
    load_listing(event->delivery, facts, load);
    LOAD(load, &validation_select_under_way, part_fields, struct part_row, &facts->parts,
         V(event->delivery));
}

void task_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    (void)arena;
    const struct validation_part *event = m->data;
    struct judge_facts *facts = state;
    load_delivery(event->delivery, facts, load);
    load_listing(event->delivery, facts, load);
    if (!str_equal(event->task, S("check"))) {
        LOAD(load, &validation_select_sealed, sealed_row_fields, struct sealed_row, &facts->sealed,
             V(event->delivery));
        return;
    }
    LOAD(load, &validation_select_part, part_fields, struct part_row, &facts->parts,
         V(event->delivery), V(event->number));
    LOAD(load, &validation_select_sealed_for_part, sealed_row_fields, struct sealed_row,
         &facts->sealed, V(event->delivery), V(event->number));
}

/* --- what is to be done
 * ------------------------------------------------------------------------------ */

static bool is_open(const struct judge_task *task, const struct judge_facts *facts)
{
    const struct work_row *row =
        facts->work.count > 0 ? ROW(struct work_row, facts->work, 0) : NULL;
    if (facts->delivery.count == 0 || (row != NULL && row->done_at.known))
        return false;
    switch (task->what) {
    case TASK_RECEIVED:
        return row == NULL;
    case TASK_LIST:
        return row != NULL && row->parts == 0 && (size_t)task->number == facts->listing.count;
    case TASK_CHECK:
        return row != NULL && facts->parts.count > 0 &&
               !ROW(struct part_row, facts->parts, 0)->done_at.known;
    case TASK_CLOSE:
        return row != NULL && row->parts > 0 && row->parts_left == 0;
    }
    return false;
}

struct judge_task judge_task_of(const struct message *message, const struct judge_facts *facts)
{
    struct judge_task task = {.what = TASK_RECEIVED};
    if (str_equal(message->topic, S(TOPIC_VALIDATION_PART))) {
        const struct validation_part *event = message->data;
        task.number = event->number;
        task.what = str_equal(event->task, S("list"))    ? TASK_LIST
                    : str_equal(event->task, S("check")) ? TASK_CHECK
                                                         : TASK_CLOSE;
    }
    task.open = is_open(&task, facts);
    return task;
}

/* --- keys
 * ------------------------------------------------------------------------------------------- */

void judge_segments(const struct judge_task *task, const struct judge_facts *facts,
                    size_t *out_first, size_t *out_count)
{
    *out_first = 0;
    *out_count = task->what == TASK_CLOSE ? 0 : facts->segments.count;
    if (task->what != TASK_CHECK)
        return;
    const struct part_row *part = ROW(struct part_row, facts->parts, 0);
    uint64_t first = (uint64_t)part->first_byte / SEGMENT_BYTES;
    uint64_t end = ((uint64_t)part->end_byte + SEGMENT_BYTES - 1) / SEGMENT_BYTES;
    *out_first = first < facts->segments.count ? (size_t)first : facts->segments.count;
    *out_count = end > *out_first ? (size_t)end - *out_first : 0;
    if (*out_count > facts->segments.count - *out_first)
        *out_count = facts->segments.count - *out_first;
}

enum {
    MIB = 1024 * 1024,
    REPORT_AND_INDEX = 2,
    FINDING_FILE_SEGMENTS = 3 /* FINDINGS_KEPT, each with all its texts */
};

/* Of a small package: the report, and the index or the manifest. A list of entries takes less than
 * twice the container's bytes: a ZIP spends at least 76 bytes and two names on an entry. */
static size_t small_keys(int64_t bytes)
{
    size_t more = bytes > 4 * MIB ? FINDING_FILE_SEGMENTS : 0; /* it may come to more than a part */
    return REPORT_AND_INDEX + more + (size_t)segment_count(2 * (uint64_t)bytes);
}

/* Of a large one: a piece of the listing, or the last and the manifest. Both grow with the entries,
 * of which there is a limit. */
static size_t list_keys(int64_t bytes)
{
    const uint64_t most = UINT64_C(2048) * MIB;
    uint64_t wanted = 2 * (uint64_t)bytes + (uint64_t)128 * MIB;
    return FINDING_FILE_SEGMENTS + REPORT_AND_INDEX +
           (size_t)segment_count(wanted < most ? wanted : most);
}

/* An index has the paths of its rows, less than 100 bytes more of each, and 32 KiB for each MiB of
 * deflated content. */
static size_t part_keys(const struct part_row *part)
{
    uint64_t index = (uint64_t)(part->end_row - part->first_row) + (uint64_t)part->bytes / 28;
    return FINDING_FILE_SEGMENTS + (size_t)segment_count(index + (uint64_t)8 * MIB);
}

/* What goes into the one index, and the report. */
static size_t close_keys(const struct judge_facts *facts)
{
    uint64_t index = MIB;
    for (size_t i = 0; i < facts->sealed.count; i++)
        index += (uint64_t)ROW(struct sealed_row, facts->sealed, i)->bytes;
    return REPORT_AND_INDEX + (size_t)segment_count(index);
}

static size_t fresh_keys(const struct judge_task *task, const struct judge_facts *facts)
{
    int64_t bytes = ROW(struct judged_delivery, facts->delivery, 0)->bytes;
    switch (task->what) {
    case TASK_RECEIVED:
        return small_keys(bytes);
    case TASK_LIST:
        return list_keys(bytes);
    case TASK_CHECK:
        return part_keys(ROW(struct part_row, facts->parts, 0));
    case TASK_CLOSE:
        return close_keys(facts);
    }
    return 0;
}

struct err *judge_keys(const struct message *message, const void *state, struct arena *arena,
                       struct key_request *out)
{
    const struct judge_facts *facts = state;
    struct judge_task task = judge_task_of(message, facts);
    *out = (struct key_request){.purpose = "validate"};
    if (!task.open || (task.what == TASK_RECEIVED &&
                       ROW(struct judged_delivery, facts->delivery, 0)->bytes > JUDGED_AT_ONCE))
        return NULL;
    size_t first = 0;
    size_t count = 0;
    judge_segments(&task, facts, &first, &count);
    struct uuid *ids = ARENA_ARRAY(arena, struct uuid, count + facts->sealed.count + 1);
    for (size_t i = 0; i < count; i++)
        ids[out->known_count++] = ROW(struct segment_row, facts->segments, first + i)->key;
    for (size_t i = 0; i < facts->sealed.count; i++)
        ids[out->known_count++] = ROW(struct sealed_row, facts->sealed, i)->key;
    out->known = ids;
    out->fresh = fresh_keys(&task, facts);
    return NULL;
}
