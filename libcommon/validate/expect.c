/* References by place: an external sort. A run is a buffer of packed records and an index of it. */
#include "validate/expect.h"

#include "base/base.h"

enum { RUN_BYTES = 8 * 1024 * 1024, RUNS_MAX = 4096, WRITE_BYTES = 256 * 1024 };

struct row {
    uint64_t place;
    uint32_t at; /* of its record in the run's buffer */
    uint32_t length;
};

struct run {
    uint64_t from; /* in the spool */
    uint64_t to;
    struct packed_reader *reader;
    uint64_t place; /* of its next record; UINT64_MAX: none is left */
    struct packed record;
};

struct expectations {
    struct spool *spool;
    struct source source;
    struct buf records;
    struct row *rows;
    size_t row_count;
    size_t row_capacity;
    struct run *runs;
    size_t run_count; /* RUNS_MAX at most */
    size_t run_capacity;
    uint64_t written;  /* to the spool */
    size_t count;      /* in all */
    struct run *given; /* the run whose record was given last: it moves on with the next call */
};

struct expectations *expectations_new(int folder)
{
    struct expectations *e = must_calloc(1, sizeof *e);
    e->spool = spool_new(folder);
    e->records = buf_new(RUN_BYTES + PACKED_MAX + 64);
    return e;
}

void expectations_free(struct expectations *e)
{
    if (e == NULL)
        return;
    for (size_t i = 0; i < e->run_count; i++)
        packed_reader_free(e->runs[i].reader);
    spool_free(e->spool);
    buf_free(&e->records);
    free(e->rows);
    free(e->runs);
    free(e);
}

void expectation_put(const struct expectation *e, struct buf *out)
{
    packed_number(out, (uint64_t)e->element << 2 | (uint64_t)e->by);
    packed_text(out, e->mets);
    packed_number(out, (uint64_t)e->line);
    packed_text(out, finding_text(e->id));
    packed_text(out, finding_text(e->size));
    packed_text(out, finding_text(e->checksum));
    packed_text(out, finding_text(e->checksum_type));
}

struct expectation expectation_take(struct packed *record)
{
    uint64_t first = packed_take_number(record);
    struct expectation e = {.element = (enum mets_element)(first >> 2),
                            .by = (enum said_by)(first & 3)};
    e.mets = packed_take_text(record);
    e.line = (int64_t)packed_take_number(record);
    e.id = packed_take_text(record);
    e.size = packed_take_text(record);
    e.checksum = packed_take_text(record);
    e.checksum_type = packed_take_text(record);
    return e;
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *left = a;
    const struct row *right = b;
    int order = (left->place > right->place) - (left->place < right->place);
    return order != 0 ? order : (left->at > right->at) - (left->at < right->at);
}

static struct err *flush(struct expectations *e, struct buf *sorted, size_t least)
{
    if (sorted->len < least)
        return NULL;
    TRY(buf_done(sorted, "what METS says of the files"));
    TRY(spool_add(e->spool, buf_str(sorted)));
    e->written += sorted->len;
    buf_clear(sorted);
    return NULL;
}

static struct err *end_run(struct expectations *e)
{
    autobuf struct buf sorted = buf_new(WRITE_BYTES + PACKED_MAX + 64);
    if (e->row_count == 0)
        return NULL;
    if (e->run_count == RUNS_MAX)
        return ERR_BUG_AT("a sort has more than %d runs", RUNS_MAX);
    qsort(e->rows, e->row_count, sizeof *e->rows, compare_rows);
    GROW(e->runs, e->run_count, e->run_capacity);
    struct run *run = &e->runs[e->run_count];
    *run = (struct run){.from = e->written};
    for (size_t i = 0; i < e->row_count; i++) {
        buf_put(&sorted, (struct str){e->records.ptr + e->rows[i].at, e->rows[i].length});
        TRY(flush(e, &sorted, WRITE_BYTES));
    }
    TRY(flush(e, &sorted, 1));
    run->to = e->written;
    e->run_count++;
    e->row_count = 0;
    buf_clear(&e->records);
    return NULL;
}

struct err *expectations_add(struct expectations *e, uint64_t place, const struct mets_reference *r,
                             struct str mets, enum said_by by)
{
    if (e->count++ == EXPECTATIONS_MAX)
        return err_rule(ERR_TOO_LARGE, "mets_references", "METS lists more than %d files",
                        EXPECTATIONS_MAX);
    GROW(e->rows, e->row_count, e->row_capacity);
    const struct expectation said = {.element = r->element,
                                     .mets = mets,
                                     .line = r->line,
                                     .id = r->id,
                                     .size = r->size,
                                     .checksum = r->checksum,
                                     .checksum_type = r->checksum_type,
                                     .by = by};
    size_t at = packed_begin(&e->records);
    packed_number(&e->records, place);
    expectation_put(&said, &e->records);
    packed_end(&e->records, at);
    e->rows[e->row_count++] = (struct row){place, (uint32_t)at, (uint32_t)(e->records.len - at)};
    return e->records.len >= RUN_BYTES ? end_run(e) : NULL;
}

static struct err *advance(struct run *run)
{
    bool more = false;
    TRY(packed_next(run->reader, &run->record, &more));
    run->place = more ? packed_take_number(&run->record) : UINT64_MAX;
    return more ? packed_done(&run->record) : NULL;
}

struct err *expectations_sort(struct expectations *e)
{
    TRY(end_run(e));
    buf_free(&e->records);
    free(e->rows);
    e->rows = NULL;
    TRY(spool_end(e->spool, &e->source));
    for (size_t i = 0; i < e->run_count; i++) {
        struct run *run = &e->runs[i];
        run->reader = packed_reader_new(&e->source, run->from, run->to);
        TRY(advance(run));
    }
    return NULL;
}

struct err *expectations_next(struct expectations *e, uint64_t place, struct expectation *out,
                              bool *out_found)
{
    if (e->given != NULL)
        TRY(advance(e->given));
    e->given = NULL;
    for (size_t i = 0; i < e->run_count; i++) /* the first run of the lowest was added first */
        if (e->given == NULL || e->runs[i].place < e->given->place)
            e->given = &e->runs[i];
    *out_found = e->given != NULL && e->given->place == place;
    if (!*out_found) {
        e->given = NULL;
        return NULL;
    }
    *out = expectation_take(&e->given->record);
    return packed_done(&e->given->record);
}
