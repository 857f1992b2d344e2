/* A delivery is judged: its bytes are inspected, what was found is sealed as a report, the entry
 * index beside it. */
#include "services/validation/report.h"
#include "services/validation/room.h"

enum { SEALED_MOST = 64, REPORT_LIMIT = 60 * 1024 * 1024 };

struct judged_delivery {
    struct uuid id;
    struct uuid staged;
    int64_t bytes;
};
static const struct field delivery_fields[] = {
    FIELD(struct judged_delivery, id, REQUIRED), FIELD(struct judged_delivery, staged, OPTIONAL),
    FIELD(struct judged_delivery, bytes, REQUIRED), FIELDS_END};

struct work_row {
    int64_t errors;
    int64_t warnings;
    int64_t files;
    struct uuid staged;
    struct str rule;
};
static const struct field work_fields[] = {
    FIELD(struct work_row, errors, REQUIRED), FIELD(struct work_row, warnings, REQUIRED),
    FIELD(struct work_row, files, REQUIRED),  FIELD(struct work_row, staged, REQUIRED),
    FIELD(struct work_row, rule, OPTIONAL),   FIELDS_END};

void judge_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    (void)arena;
    const struct delivery_received *event = m->data;
    struct judge_facts *facts = state;
    LOAD(load, &validation_select_delivery, delivery_fields, struct judged_delivery,
         &facts->delivery, V(event->delivery));
    LOAD(load, &validation_select_segments, segment_row_fields, struct segment_row,
         &facts->segments, V(event->delivery));
    LOAD(load, &validation_select_work, work_fields, struct work_row, &facts->work,
         V(event->delivery));
}

/* An index takes less than twice the container's bytes: a ZIP spends at least 76 bytes and two
 * names on an entry. */
static size_t index_keys(int64_t bytes)
{
    return 1 + (size_t)segment_count(2 * (uint64_t)bytes);
}

struct err *judge_keys(const struct message *message, const void *state, struct arena *arena,
                       struct key_request *out)
{
    (void)message;
    const struct judge_facts *facts = state;
    *out = (struct key_request){.purpose = "validate"};
    if (facts->delivery.count == 0 || facts->work.count > 0)
        return NULL;
    struct uuid *ids = ARENA_ARRAY(arena, struct uuid, facts->segments.count + 1);
    for (size_t i = 0; i < facts->segments.count; i++)
        ids[i] = ROW(struct segment_row, facts->segments, i)->key;
    out->known = ids;
    out->known_count = facts->segments.count;
    out->fresh = 1 + index_keys(ROW(struct judged_delivery, facts->delivery, 0)->bytes);
    return NULL;
}

/* What was judged, and what of it was sealed. */
struct judgement {
    struct inspection inspection;
    struct segment index[SEALED_MOST];
    struct segment_total index_total;
    struct segment report;
    struct segment_total report_total;
    struct err *refusal;
    struct findings *findings;
};

/* The bytes through the inspection; the index's segments are written on the way. */
static struct err *inspect_bytes(const struct work *work, struct judgement *j)
{
    const struct judge_facts *facts = work->facts;
    const struct judged_delivery *d = ROW(struct judged_delivery, facts->delivery, 0);
    struct segment *segments = NULL;
    autostaged struct staged staged = STAGED_NONE;
    TRY(segment_rows_read(facts->segments.at, facts->segments.count, work->arena, &segments));
    TRY(staged_open(work->vault, work->tenant, d->staged, segments, work->keys,
                    facts->segments.count, work->arena, &staged));
    struct segment_writer *index =
        segment_writer_new(work->staged_folder, work->fresh + 1, work->fresh_count - 1, j->index);
    j->inspection = (struct inspection){.source = &staged.source,
                                        .schema = work->house->state,
                                        .now = work->message->now,
                                        .index = index,
                                        .arena = work->arena,
                                        .findings = j->findings};
    struct err *e = inspect(&j->inspection);
    if (e == NULL)
        e = segment_writer_end(index, &j->index_total);
    segment_writer_free(index);
    if (e == NULL || err_class(e) != ERR_CLASS_REJECT || e->rule == NULL)
        return e;
    j->refusal = e; /* theirs, with a rule; what has no rule is the storage's or ours */
    return NULL;
}

static struct err *seal_report(const struct work *work, struct judgement *j)
{
    const struct judge_facts *facts = work->facts;
    autobuf struct buf text = buf_new(REPORT_LIMIT);
    const struct report_about about = {
        .delivery = arena_str(
            work->arena,
            str_from(uuid_text(ROW(struct judged_delivery, facts->delivery, 0)->id).text)),
        .objid = j->inspection.objid,
        .files = j->inspection.files,
        .bytes = j->inspection.bytes,
        .refusal = j->refusal};
    TRY(report_write(&about, j->findings, &text));
    struct segment_writer *writer =
        segment_writer_new(work->staged_folder, work->fresh, 1, &j->report);
    struct err *e = segment_writer_add(writer, buf_str(&text));
    if (e == NULL)
        e = segment_writer_end(writer, &j->report_total);
    segment_writer_free(writer);
    return e;
}

/* The first rule that refuses, or absent. */
static struct str first_rule(const struct judgement *j)
{
    if (j->refusal != NULL)
        return str_from(j->refusal->rule);
    size_t count = 0;
    const struct finding *kept = findings_kept(j->findings, &count);
    for (size_t i = 0; i < count; i++)
        if (kept[i].rule->level == LEVEL_ERROR)
            return str_from(requirement_name(kept[i].rule->requirement));
    return (struct str){0};
}

static void plan_sealed(const struct work *work, struct plan *plan, struct uuid delivery,
                        const char *what, int64_t number, const struct segment *s,
                        struct sha256 sha256)
{
    PLAN_SQL(plan, &validation_insert_sealed, V(work->staged), V(number), V(delivery),
             V(str_from(what)), V(s->key_id), V((int64_t)s->plain_bytes),
             V((int64_t)s->stored_bytes), V(sha256), V(segment_sha512(s)));
}

/* Each requirement once per level, with how often. */
static void plan_findings(struct plan *plan, struct uuid delivery, const struct findings *findings)
{
    uint64_t counts[REQUIREMENTS][LEVELS] = {0};
    for (size_t i = 0; i < rule_count; i++)
        counts[rules[i].requirement][rules[i].level] += findings_count_rule(findings, &rules[i]);
    for (unsigned r = 0; r < REQUIREMENTS; r++)
        for (unsigned l = 0; l < LEVELS; l++)
            if (counts[r][l] > 0)
                PLAN_SQL(plan, &validation_insert_finding, V(delivery),
                         V(str_from(requirement_name(r))), V(str_from(level_name(l))),
                         V((int64_t)counts[r][l]));
}

static void plan_judgement(const struct work *work, struct plan *plan, struct uuid delivery,
                           struct judgement *j)
{
    const struct inspection *in = &j->inspection;
    struct str rule = first_rule(j);
    int64_t errors = (int64_t)findings_count(j->findings, LEVEL_ERROR) + (j->refusal != NULL);
    int64_t warnings = (int64_t)findings_count(j->findings, LEVEL_WARNING);
    plan_flush(plan, work->staged);
    PLAN_SQL(plan, &work->house->svc->tables->staged_claim, V(work->staged));
    PLAN_SQL(plan, &validation_insert_work, V(delivery), V(work->staged), V((int64_t)in->files),
             V((int64_t)in->bytes), V(errors), V(warnings), V(rule), V(in->objid),
             V(in->record_status), V(work->message->now));
    plan_sealed(work, plan, delivery, "report", 0, &j->report, j->report_total.sha256);
    for (size_t i = 0; i < j->index_total.segments; i++)
        plan_sealed(work, plan, delivery, "entries", 1 + (int64_t)i, &j->index[i],
                    j->index_total.sha256);
    plan_findings(plan, delivery, j->findings);
    if (rule.len > 0) {
        const struct delivery_rejected event = {delivery, rule, errors, work->staged};
        plan_event(plan, S(TOPIC_DELIVERY_REJECTED), delivery, 1, delivery_rejected_fields, &event);
    } else {
        const struct delivery_validated event = {delivery, work->staged, (int64_t)in->files,
                                                 warnings};
        plan_event(plan, S(TOPIC_DELIVERY_VALIDATED), delivery, 1, delivery_validated_fields,
                   &event);
    }
}

/* Judged before: the events once more, from the row. */
static void plan_again(struct plan *plan, struct uuid delivery, const struct work_row *row)
{
    const struct delivery_rejected rejected = {delivery, row->rule, row->errors, row->staged};
    const struct delivery_validated validated = {delivery, row->staged, row->files, row->warnings};
    if (row->rule.len > 0)
        plan_event(plan, S(TOPIC_DELIVERY_REJECTED), delivery, 1, delivery_rejected_fields,
                   &rejected);
    else
        plan_event(plan, S(TOPIC_DELIVERY_VALIDATED), delivery, 1, delivery_validated_fields,
                   &validated);
}

struct err *judge_decide(const struct work *work, struct plan *plan)
{
    const struct judge_facts *facts = work->facts;
    if (facts->delivery.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such delivery");
    struct uuid delivery = ROW(struct judged_delivery, facts->delivery, 0)->id;
    if (facts->work.count > 0) {
        plan_again(plan, delivery, ROW(struct work_row, facts->work, 0));
        return NULL;
    }
    autofindings struct findings *findings = findings_new();
    struct judgement *j = ARENA_NEW(work->arena, struct judgement);
    j->findings = findings;
    TRY(inspect_bytes(work, j));
    TRY(seal_report(work, j));
    plan_judgement(work, plan, delivery, j);
    return NULL;
}
