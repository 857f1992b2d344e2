/* All parts are done: their pieces of the entry index become one, their findings one report. */
#include "services/validation/finding_file.h"
#include "services/validation/room.h"

#include "base/base.h"

struct close_work {
    const struct work *work;
    struct sealing sealing;
    struct sealed_files files;
    struct findings *findings;
    struct listing *listing; /* of a tar.gz, for its restart points */
    struct listing *parts;   /* the pieces of the index: one behind the other, as a listing is */
    struct index_out index;
    struct sealed_file entries;
    struct err **refusals;
    size_t refusal_count;
};

/* In the order of the container, what was found before the parts first. */
static struct err *read_findings(struct close_work *c)
{
    size_t count = 0;
    const struct source *found = sealed_files_of(&c->files, "findings", c->work->arena, &count);
    c->refusals = ARENA_ARRAY(c->work->arena, struct err *, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct err *refusal = NULL;
        TRY(finding_file_read(&found[i], c->work->arena, c->findings, &refusal));
        if (refusal != NULL)
            c->refusals[c->refusal_count++] = refusal;
    }
    return NULL;
}

static struct err *join_entries(struct close_work *c, struct segment_writer *into)
{
    const struct judge_facts *facts = c->work->facts;
    const struct work_row *row = ROW(struct work_row, facts->work, 0);
    enum container container = CONTAINER_ZIP;
    size_t pieces = 0;
    size_t parts = 0;
    const struct source *piece = sealed_files_of(&c->files, "listing", c->work->arena, &pieces);
    const struct source *part = sealed_files_of(&c->files, "part_entries", c->work->arena, &parts);
    if (parts != (size_t)row->parts || !container_named(row->container, &container))
        return ERR_BUG_AT("a package has not all parts of its index");
    TRY(listing_open(piece, pieces, &c->listing));
    TRY(listing_open(part, parts, &c->parts));
    index_out_begin(&c->index, container, into);
    TRY(listing_copy_points(c->listing, &c->index));
    TRY(listing_copy(c->parts, &c->index));
    return index_out_end(&c->index);
}

static struct err *seal_entries(struct close_work *c)
{
    struct segment_writer *into = sealing_begin(&c->sealing, &c->entries);
    struct err *e = join_entries(c, into);
    if (e == NULL)
        e = sealing_end(&c->sealing, into, &c->entries);
    segment_writer_free(into);
    return e;
}

static struct err *run(struct close_work *c, struct plan *plan)
{
    const struct judge_facts *facts = c->work->facts;
    const struct work_row *row = ROW(struct work_row, facts->work, 0);
    TRY(sealed_files_open(c->work, &facts->sealed, c->work->keys, &c->files));
    TRY(read_findings(c));
    if (c->refusal_count == 0)
        TRY(seal_entries(c));
    const struct verdict verdict = {.objid = row->objid,
                                    .record_status = row->record_status,
                                    .stated = row->stated,
                                    .container = row->container,
                                    .files = row->files,
                                    .bytes = row->bytes,
                                    .findings = c->findings,
                                    .refusals = c->refusals,
                                    .refusal_count = c->refusal_count,
                                    .entries = c->refusal_count == 0 ? &c->entries : NULL};
    return verdict_plan(c->work, &c->sealing, &verdict, plan);
}

struct err *close_decide(const struct work *work, struct plan *plan)
{
    struct close_work c = {.work = work, .sealing.work = work, .findings = findings_new()};
    struct err *e = run(&c, plan);
    index_out_free(&c.index);
    listing_free(c.listing);
    listing_free(c.parts);
    findings_free(c.findings);
    sealed_files_close(&c.files);
    return e;
}
