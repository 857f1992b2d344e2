/* What was found becomes a report, rows, and an event: validated or rejected. */
#include "services/validation/room.h"
#include "validate/report.h"

enum { REPORT_LIMIT = 60 * 1024 * 1024 };

static struct err *seal_report(struct sealing *sealing, struct uuid delivery,
                               const struct verdict *v, struct sealed_file *out)
{
    autobuf struct buf text = buf_new(REPORT_LIMIT);
    const struct report_about about = {
        .delivery = arena_str(sealing->work->arena, str_from(uuid_text(delivery).text)),
        .objid = v->objid,
        .files = (uint64_t)v->files,
        .bytes = (uint64_t)v->bytes,
        .refusals = v->refusals,
        .refusal_count = v->refusal_count};
    TRY(report_write(&about, v->findings, &text));
    return seal_text(sealing, buf_str(&text), out);
}

/* The first rule that refuses, or absent. A virus comes before all else: it says how the bytes that
 * are kept are to be treated. */
static struct str first_rule(const struct verdict *v)
{
    if (findings_count_rule(v->findings, rule_find(REQ_virus, 1)) > 0)
        return str_from(requirement_name(REQ_virus));
    if (v->refusal_count > 0)
        return str_from(v->refusals[0]->rule);
    size_t count = 0;
    const struct finding *kept = findings_kept(v->findings, &count);
    for (size_t i = 0; i < count; i++)
        if (kept[i].rule->level == LEVEL_ERROR)
            return str_from(requirement_name(kept[i].rule->requirement));
    return (struct str){0};
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

void verdict_plan_again(struct plan *plan, struct uuid delivery, const struct work_row *row)
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

struct err *verdict_plan(const struct work *work, struct sealing *sealing, const struct verdict *v,
                         struct plan *plan)
{
    const struct judge_facts *facts = work->facts;
    struct uuid delivery = ROW(struct judged_delivery, facts->delivery, 0)->id;
    struct sealed_file report = {0};
    TRY(seal_report(sealing, delivery, v, &report));
    const struct work_row row = {.errors = (int64_t)findings_count(v->findings, LEVEL_ERROR) +
                                           (int64_t)v->refusal_count,
                                 .warnings = (int64_t)findings_count(v->findings, LEVEL_WARNING),
                                 .files = v->files,
                                 .bytes = v->bytes,
                                 .staged = work->staged,
                                 .rule = first_rule(v)};
    plan_flush(plan, work->staged);
    PLAN_SQL(plan, &work->house->svc->tables->staged_claim, V(work->staged));
    PLAN_SQL(plan, &validation_finish_work, V(delivery), V(row.staged), V(row.files), V(row.bytes),
             V(row.errors), V(row.warnings), V(row.rule), V(v->objid), V(v->record_status),
             V(v->stated), V(v->container), V(work->message->now));
    PLAN_SQL(plan, &validation_go_on, V(delivery));
    verdict_drop_steps(work, plan);
    sealing_plan(sealing, plan, delivery, "report", -1, &report);
    if (v->entries != NULL)
        sealing_plan(sealing, plan, delivery, "entries", -1, v->entries);
    plan_findings(plan, delivery, v->findings);
    verdict_plan_again(plan, delivery, &row);
    return NULL;
}

void verdict_drop_steps(const struct work *work, struct plan *plan)
{
    const struct judge_facts *facts = work->facts;
    struct uuid delivery = ROW(struct judged_delivery, facts->delivery, 0)->id;
    struct uuids dropped = {.at = NULL};
    struct uuid *folders = ARENA_ARRAY(work->arena, struct uuid, facts->sealed.count + 1);
    dropped.at = folders;
    for (size_t i = 0; i < facts->sealed.count; i++) {
        struct uuid staged = ROW(struct sealed_row, facts->sealed, i)->staged;
        bool known = false;
        for (size_t k = 0; k < dropped.count && !known; k++)
            known = uuid_equal(folders[k], staged);
        if (!known)
            folders[dropped.count++] = staged;
    }
    for (size_t i = 0; i < dropped.count; i++) {
        PLAN_SQL(plan, &validation_delete_sealed, V(folders[i]));
        PLAN_SQL(plan, &work->house->svc->tables->staged_drop, V(folders[i]));
        plan_cleanup(plan, folders[i]);
    }
    if (facts->work.count == 0)
        return;
    PLAN_SQL(plan, &validation_delete_listing, V(delivery));
    PLAN_SQL(plan, &validation_delete_parts, V(delivery));
}
