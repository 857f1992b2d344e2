/* A part of the manifest checked: its piece of the entry index and its findings are sealed for the
 * closing of the whole. */
#include "services/validation/finding_file.h"
#include "services/validation/room.h"

#include "base/base.h"

struct part_work {
    const struct work *work;
    struct uuid delivery;
    const struct part_row *part;
    struct sealing sealing;
    struct staged package; /* the segments that the part lies in */
    struct sealed_files files;
    struct findings *findings;
    struct entry_index *points;
    struct index_out index;
    struct sealed_file entries;
    struct err *refusal;
};

static struct err *open_bytes(struct part_work *p)
{
    const struct work *work = p->work;
    const struct judge_facts *facts = work->facts;
    const struct judged_delivery *delivery = ROW(struct judged_delivery, facts->delivery, 0);
    const struct judge_task task = {.what = TASK_CHECK};
    struct segment *segments = NULL;
    size_t first = 0;
    size_t count = 0;
    judge_segments(&task, facts, &first, &count);
    TRY(segment_rows_read(ROW(struct segment_row, facts->segments, first), count, work->arena,
                          &segments));
    TRY(staged_open_some(work->vault, work->tenant, delivery->staged, segments, work->keys, count,
                         (uint64_t)delivery->bytes, work->arena, &p->package));
    return sealed_files_open(work, &facts->sealed, work->keys + count, &p->files);
}

static struct err *check_rows(struct part_work *p, struct segment_writer *into)
{
    const struct judge_facts *facts = p->work->facts;
    const struct work_row *row = ROW(struct work_row, facts->work, 0);
    size_t manifests = 0;
    size_t pieces = 0;
    enum container container = CONTAINER_ZIP;
    const struct source *manifest =
        sealed_files_of(&p->files, "manifest", p->work->arena, &manifests);
    const struct source *piece = sealed_files_of(&p->files, "listing", p->work->arena, &pieces);
    if (manifests != 1 || (pieces != 1 && p->part->piece >= 0) ||
        !container_named(row->container, &container))
        return ERR_BUG_AT("a part has no manifest, container or piece of the listing");
    if (pieces == 1)
        TRY(entry_index_open(piece, &p->points));
    index_out_begin(&p->index, container, into);
    struct manifest_check rows = {.source = &p->package.source,
                                  .container = container,
                                  .points = p->points,
                                  .manifest = manifest,
                                  .first_row = (uint64_t)p->part->first_row,
                                  .end_row = (uint64_t)p->part->end_row,
                                  .inspection = judge_inspection(p->work),
                                  .findings = p->findings,
                                  .folder = p->work->staged_folder,
                                  .index = &p->index};
    TRY(manifest_check(&rows));
    return index_out_end(&p->index);
}

static struct err *seal_entries(struct part_work *p)
{
    struct segment_writer *into = sealing_begin(&p->sealing, &p->entries);
    struct err *e = check_rows(p, into);
    if (e == NULL)
        e = sealing_end(&p->sealing, into, &p->entries);
    segment_writer_free(into);
    if (!is_refusal(e))
        return e;
    p->refusal = e;
    return NULL;
}

static struct err *plan_findings(struct part_work *p, struct plan *plan)
{
    struct sealed_file file = {0};
    autobuf struct buf found = buf_new(FINDING_FILE_MAX);
    TRY(finding_file_write(p->findings, p->refusal, &found));
    if (found.len == 0)
        return NULL;
    TRY(seal_text(&p->sealing, buf_str(&found), &file));
    sealing_plan(&p->sealing, plan, p->delivery, "findings", p->part->number, &file);
    return NULL;
}

static struct err *plan_part(struct part_work *p, struct plan *plan)
{
    const struct work *work = p->work;
    int64_t errors = (int64_t)findings_count(p->findings, LEVEL_ERROR) + (p->refusal != NULL);
    plan_flush(plan, work->staged);
    plan_sql(plan, &validation_lock_parts, NO_VALUES);
    PLAN_SQL(plan, &work->house->svc->tables->staged_claim, V(work->staged));
    PLAN_SQL(plan, &validation_close_part, V(p->delivery), V(p->part->number), V(errors),
             V((int64_t)findings_count(p->findings, LEVEL_WARNING)),
             V(task_event(work, p->delivery, TASK_CLOSE, 0)),
             V(task_subject(p->delivery, TASK_CLOSE, 0)), V(work->message->trace));
    PLAN_SQL(plan, &validation_go_on, V(p->delivery));
    if (p->refusal == NULL)
        sealing_plan(&p->sealing, plan, p->delivery, "part_entries", p->part->number, &p->entries);
    TRY(plan_findings(p, plan));
    PLAN_SQL(plan, &validation_release_parts, V(PARTS_OF_DELIVERY), V(PARTS_OF_TENANT));
    return NULL;
}

static struct err *run(struct part_work *p, struct plan *plan)
{
    TRY(open_bytes(p));
    TRY(seal_entries(p));
    return plan_part(p, plan);
}

struct err *part_decide(const struct work *work, struct plan *plan)
{
    const struct judge_facts *facts = work->facts;
    struct part_work p = {.work = work,
                          .delivery = ROW(struct judged_delivery, facts->delivery, 0)->id,
                          .part = ROW(struct part_row, facts->parts, 0),
                          .sealing.work = work,
                          .package = STAGED_NONE,
                          .findings = findings_new()};
    struct err *e = run(&p, plan);
    index_out_free(&p.index);
    entry_index_free(p.points);
    findings_free(p.findings);
    sealed_files_close(&p.files);
    staged_close(&p.package);
    return e;
}
