/* A step of listing; after the last one the package is surveyed, and cut into parts or, when it
 * makes one, checked at once. */
#include "services/validation/finding_file.h"
#include "services/validation/room.h"

struct list_work {
    const struct work *work;
    const struct validation_settings *settings;
    struct plan *plan;
    struct uuid delivery;
    int32_t number;
    struct sealing sealing;
    struct staged package;
    struct sealed_files earlier; /* pieces of the listing */
    struct restart_point point;
    struct spool *piece;
    struct spool *manifest;
    struct source piece_source;
    struct source manifest_source;
    struct findings *findings;
    struct listing *listing;
    struct listing_step step;
    struct survey survey;
};

static struct err *open_bytes(struct list_work *l)
{
    const struct work *work = l->work;
    const struct judge_facts *facts = work->facts;
    struct segment *segments = NULL;
    size_t count = facts->segments.count;
    TRY(segment_rows_read(facts->segments.at, count, work->arena, &segments));
    TRY(staged_open(work->vault, work->tenant,
                    ROW(struct judged_delivery, facts->delivery, 0)->staged, segments, work->keys,
                    count, work->arena, &l->package));
    return sealed_files_open(work, &facts->sealed, work->keys + count, &l->earlier);
}

/* --- one step
 * --------------------------------------------------------------------------------------- */

static struct err *take_up(struct list_work *l)
{
    const struct judge_facts *facts = l->work->facts;
    bool found = false;
    if (l->number == 0)
        return NULL;
    const struct listing_row *row =
        ROW(struct listing_row, facts->listing, facts->listing.count - 1);
    l->step.mark =
        (struct entries_mark){(uint64_t)row->offset, (uint64_t)row->entries, (uint64_t)row->length};
    if (l->earlier.count != facts->listing.count)
        return ERR_BUG_AT("a step of the listing has no piece");
    if (l->step.container == CONTAINER_TAR_GZ)
        TRY(listing_last_point(&l->earlier.at[l->earlier.count - 1].staged.source, &l->point,
                               &found));
    l->step.point = found ? &l->point : NULL;
    return NULL;
}

static struct err *run_step(struct list_work *l)
{
    l->step = (struct listing_step){.source = &l->package.source,
                                    .bytes = (uint64_t)l->settings->step_bytes};
    TRY(listing_recognise(l->step.source, &l->step.container));
    TRY(take_up(l));
    TRY(listing_step(&l->step, l->piece));
    return spool_end(l->piece, &l->piece_source);
}

static struct err *plan_next_step(struct list_work *l)
{
    struct sealed_file piece = {0};
    const struct judge_facts *facts = l->work->facts;
    const struct entries_mark *mark = &l->step.stopped;
    TRY(seal_source(&l->sealing, &l->piece_source, &piece));
    plan_flush(l->plan, l->work->staged);
    PLAN_SQL(l->plan, &l->work->house->svc->tables->staged_claim, V(l->work->staged));
    if (facts->work.count == 0)
        PLAN_SQL(l->plan, &validation_begin_work, V(l->delivery), V(l->work->staged));
    PLAN_SQL(l->plan, &validation_insert_listing, V(l->delivery), V(l->number),
             V((int64_t)mark->offset), V((int64_t)mark->number), V((int64_t)mark->length));
    sealing_plan(&l->sealing, l->plan, l->delivery, "listing", l->number, &piece);
    plan_task(l->plan, l->delivery, TASK_LIST, l->number + 1);
    return NULL;
}

/* --- the plan of the work
 * ---------------------------------------------------------------------------- */

static struct err *run_survey(struct list_work *l)
{
    const struct work *work = l->work;
    const struct validation_state *state = work->house->state;
    const struct inspection *inspection = judge_inspection(work);
    size_t count = 0;
    struct source *pieces = ARENA_ARRAY(work->arena, struct source, l->earlier.count + 1);
    for (; count < l->earlier.count; count++)
        pieces[count] = l->earlier.at[count].staged.source;
    pieces[count++] = l->piece_source;
    TRY(listing_open(pieces, count, &l->listing));
    l->survey = (struct survey){.source = &l->package.source,
                                .container = l->step.container,
                                .listing = l->listing,
                                .schema = state->schema,
                                .now = work->message->now,
                                .inspection = inspection,
                                .limits = {l->settings->part_files, l->settings->part_bytes},
                                .folder = work->staged_folder,
                                .arena = work->arena,
                                .findings = l->findings,
                                .manifest = l->manifest};
    inspection_note(inspection, l->findings);
    TRY(survey(&l->survey));
    return spool_end(l->manifest, &l->manifest_source);
}

static bool is_one_part(const struct list_work *l)
{
    return l->survey.cut.count <= 1 && l->survey.bytes <= l->settings->part_bytes;
}

static struct err *plan_sealed_parts(struct list_work *l)
{
    struct sealed_file file = {0};
    autobuf struct buf found = buf_new(FINDING_FILE_MAX);
    TRY(seal_source(&l->sealing, &l->manifest_source, &file));
    sealing_plan(&l->sealing, l->plan, l->delivery, "manifest", -1, &file);
    if (l->step.container == CONTAINER_TAR_GZ) { /* its restart points are still needed */
        TRY(seal_source(&l->sealing, &l->piece_source, &file));
        sealing_plan(&l->sealing, l->plan, l->delivery, "listing", l->number, &file);
    }
    TRY(finding_file_write(l->findings, NULL, &found));
    if (found.len == 0)
        return NULL;
    TRY(seal_text(&l->sealing, buf_str(&found), &file));
    sealing_plan(&l->sealing, l->plan, l->delivery, "findings", -1, &file);
    return NULL;
}

static struct err *plan_parts(struct list_work *l)
{
    const struct survey *s = &l->survey;
    struct plan *plan = l->plan;
    plan_flush(plan, l->work->staged);
    plan_sql(plan, &validation_lock_parts, NO_VALUES);
    PLAN_SQL(plan, &l->work->house->svc->tables->staged_claim, V(l->work->staged));
    PLAN_SQL(plan, &validation_cut_work, V(l->delivery), V(l->work->staged), V(s->files),
             V(s->bytes), V((int64_t)findings_count(l->findings, LEVEL_ERROR)),
             V((int64_t)findings_count(l->findings, LEVEL_WARNING)), V(s->objid),
             V(s->record_status), V(((struct json_text){s->stated})),
             V(container_name(s->container)), V((int64_t)s->cut.count));
    TRY(plan_sealed_parts(l));
    for (size_t i = 0; i < s->cut.count; i++) {
        const struct manifest_part *p = &s->cut.parts[i];
        int32_t number = (int32_t)i;
        PLAN_SQL(plan, &validation_insert_part, V(l->delivery), V(number), V((int64_t)p->first_row),
                 V((int64_t)p->end_row), V((int64_t)p->first_byte), V((int64_t)p->end_byte),
                 V(p->files), V(p->bytes), V(p->piece),
                 V(task_event(l->work, l->delivery, TASK_CHECK, number)),
                 V(task_subject(l->delivery, TASK_CHECK, number)));
    }
    PLAN_SQL(plan, &validation_release_parts, V(PARTS_OF_DELIVERY), V(PARTS_OF_TENANT));
    return NULL;
}

/* --- all at once
 * ------------------------------------------------------------------------------------- */

static struct err *check_all(struct list_work *l, struct segment_writer *into)
{
    struct index_out index = {0};
    struct manifest_check all = {.source = &l->package.source,
                                 .container = l->step.container,
                                 .manifest = &l->manifest_source,
                                 .end_row = l->manifest_source.size,
                                 .inspection = judge_inspection(l->work),
                                 .findings = l->findings,
                                 .folder = l->work->staged_folder,
                                 .index = &index};
    index_out_begin(&index, l->step.container, into);
    struct err *e =
        l->step.container == CONTAINER_TAR_GZ ? listing_copy_points(l->listing, &index) : NULL;
    if (e == NULL)
        e = manifest_check(&all);
    if (e == NULL)
        e = index_out_end(&index);
    index_out_free(&index);
    return e;
}

static struct err *plan_verdict(struct list_work *l, struct err *refusal,
                                const struct sealed_file *entries)
{
    const struct verdict verdict = {
        .objid = l->survey.objid,
        .record_status = l->survey.record_status,
        .stated = {l->survey.stated},
        .container = refusal == NULL ? container_name(l->survey.container) : (struct str){0},
        .files = l->survey.files,
        .bytes = l->survey.bytes,
        .findings = l->findings,
        .refusals = &refusal,
        .refusal_count = refusal != NULL,
        .entries = refusal == NULL ? entries : NULL};
    return verdict_plan(l->work, &l->sealing, &verdict, l->plan);
}

static struct err *judge_at_once(struct list_work *l)
{
    struct sealed_file entries = {0};
    struct segment_writer *into = sealing_begin(&l->sealing, &entries);
    struct err *e = check_all(l, into);
    if (e == NULL)
        e = sealing_end(&l->sealing, into, &entries);
    segment_writer_free(into);
    if (e != NULL && !is_refusal(e))
        return e;
    return plan_verdict(l, e, &entries);
}

static struct err *run(struct list_work *l)
{
    TRY(open_bytes(l));
    struct err *e = run_step(l);
    if (e == NULL && !l->step.ended)
        return plan_next_step(l);
    if (e == NULL)
        e = run_survey(l);
    if (is_refusal(e))
        return plan_verdict(l, e, NULL);
    TRY(e);
    return is_one_part(l) ? judge_at_once(l) : plan_parts(l);
}

struct err *list_decide(const struct work *work, int32_t number, struct plan *plan)
{
    const struct judge_facts *facts = work->facts;
    struct list_work *l = ARENA_NEW(work->arena, struct list_work);
    l->work = work;
    l->settings = work->house->settings;
    l->plan = plan;
    l->delivery = ROW(struct judged_delivery, facts->delivery, 0)->id;
    l->number = number;
    l->sealing.work = work;
    l->package = (struct staged)STAGED_NONE;
    l->piece = spool_new(work->staged_folder);
    l->manifest = spool_new(work->staged_folder);
    l->findings = findings_new();
    l->survey.record_status = S("NEW");
    struct err *e = run(l);
    listing_free(l->listing);
    findings_free(l->findings);
    spool_free(l->manifest);
    spool_free(l->piece);
    sealed_files_close(&l->earlier);
    staged_close(&l->package);
    return e;
}
