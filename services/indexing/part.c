/* A part: a range of driver bytes read into records. */
#include "base/base.h"
#include "services/indexing/room.h"

enum {
    HELD_MAX = 48 * 1024 * 1024, /* of driver bytes: a part, and its largest element */
    ROWS_MAX = 64 * 1024 * 1024,
    ROWS_ENOUGH = 1024 * 1024,      /* then they go into the plan */
    DIGESTS_MAX = 1024 * 1024,      /* of a record's files */
    SEARCHED_TEXT_MAX = 256 * 1024, /* its words come to less than the 1 MiB a tsvector may have */
};

struct part_reading {
    const struct work *work;
    struct plan *plan;
    struct drivers *drivers;
    const struct part_row *part;
    bool text_search;
    struct buf held; /* the driver's bytes [held_from, …), so that a row can be looked at again */
    uint64_t held_from;
    struct source file; /* the driver; what is not held is read from it */
    struct arena *scratch;
    struct buf digests;
    struct buf row;  /* a row's bytes */
    struct buf rows; /* for COPY, not yet in the plan */
    size_t in_rows;
    struct part_findings findings;
    int64_t place; /* of the driver, in the entry index */
    int64_t records;
    int64_t unreadable;
};

/* --- the driver's bytes
 * ---------------------------------------------------------------------------- */

static struct err *read_held(void *state, uint64_t offset, void *out, size_t length)
{
    const struct part_reading *r = state;
    if (offset < r->held_from || offset - r->held_from > r->held.len ||
        length > r->held.len - (offset - r->held_from))
        return source_read(&r->file, offset, out, length);
    memcpy(out, r->held.ptr + (offset - r->held_from), length);
    return NULL;
}

/* A range without any row may be as long as its file: then nothing is held. */
static struct err *hold(struct part_reading *r, uint64_t from, uint64_t to)
{
    buf_clear(&r->held);
    r->held_from = from;
    if (to - from > HELD_MAX || to == from)
        return NULL;
    char *at = buf_reserve(&r->held, to - from);
    if (at == NULL)
        return buf_done(&r->held, "a part");
    TRY(source_read(&r->file, from, at, to - from));
    r->held.len = to - from;
    return NULL;
}

/* --- a record
 * -------------------------------------------------------------------------------------- */

static struct err *add_digest(struct part_reading *r, struct str path)
{
    struct entry entry = {0};
    arena_reset(r->scratch);
    struct str whole = arena_format(r->scratch, "%.*s%.*s",
                                    STR_ARG(contents_root(r->drivers->files)), STR_ARG(path));
    struct err *e = contents_find(r->drivers->files, whole, &entry);
    if (e != NULL)
        return e->code == ERR_NOT_FOUND ? NULL : e;
    buf_put(&r->digests, (struct str){(const char *)entry.sha256.bytes, sizeof entry.sha256.bytes});
    return NULL;
}

/* Over the row or element, and the digests of the files it points at: the same index row with
 * another scan is another record. */
static struct err *content_hmac(struct part_reading *r, const struct source *driver,
                                const struct record *record, struct uuid *out)
{
    buf_clear(&r->row);
    buf_clear(&r->digests);
    char *at = buf_reserve(&r->row, (size_t)record->row_length);
    if (at == NULL)
        return buf_done(&r->row, "a row");
    TRY(source_read(driver, (uint64_t)record->row_offset, at, (size_t)record->row_length));
    r->row.len = (size_t)record->row_length;
    if (record->path.len > 0 && !str_equal(record->path, record->driver))
        TRY(add_digest(r, record->path));
    for (size_t i = 0; i < record->attachments.count; i++)
        TRY(add_digest(r, record->attachments.at[i]));
    TRY(buf_done(&r->digests, "the digests of a record's files"));
    const struct str parts[] = {buf_str(&r->row), buf_str(&r->digests)};
    struct sha256 mac = hmac_sha256(r->work->pseudonym_key, parts, COUNT(parts));
    memcpy(out->bytes, mac.bytes, sizeof out->bytes);
    return NULL;
}

/* At most so much of it, without half a character at the end. */
static struct str searched(struct str text)
{
    size_t length = text.len < SEARCHED_TEXT_MAX ? text.len : SEARCHED_TEXT_MAX;
    while (length < text.len && ((unsigned char)text.ptr[length] & 0xC0) == 0x80)
        length--;
    return text.ptr != NULL ? str_slice(text, 0, length) : S("");
}

/* Fills in what a reader leaves alone. */
static struct err *finish(struct part_reading *r, const struct source *driver,
                          struct record *record)
{
    bool about_nobody = identity_is_absent(&record->identity);
    TRY(content_hmac(r, driver, record, &record->content_hmac));
    record->package = r->drivers->package->id;
    record->part = r->part->number;
    record->person = about_nobody ? record->package
                                  : person_pseudonym(r->work->pseudonym_key, &record->identity);
    record->shard = person_shard(record->person);
    record->stage = S("intermediate");
    record->text = r->text_search ? searched(record->text) : (struct str){0};
    if (str_equal(record->driver, record->path))
        record->driver = (struct str){0};
    return NULL;
}

static void end_rows(struct part_reading *r)
{
    if (r->in_rows == 0)
        return;
    plan_bulk(r->plan, &indexing_copy_records, arena_str(r->plan->arena, buf_str(&r->rows)),
              r->in_rows);
    buf_clear(&r->rows);
    r->in_rows = 0;
}

static struct err *add_record(struct part_reading *r, const struct source *driver,
                              struct record *record)
{
    TRY(finish(r, driver, record));
    record_copy(record, r->records, &r->rows);
    TRY(buf_done(&r->rows, "the rows of a part"));
    r->records++;
    r->in_rows++;
    if (r->rows.len >= ROWS_ENOUGH)
        end_rows(r);
    return NULL;
}

/* --- a driver
 * -------------------------------------------------------------------------------------- */

static struct err *read_items(struct part_reading *r, struct reader *reader,
                              const struct source *driver)
{
    const struct str type = r->drivers->package->information_type;
    const struct err *mark = err_mark();
    struct item item;
    for (bool more = true;;) {
        err_forget(mark); /* what findings have left */
        TRY(reader_next(reader, &item, &more));
        if (!more)
            return NULL;
        /* An agreement covers one information type: another one has other rules of access. */
        bool covered = item.has_record && str_equal(item.record.type, type);
        if (covered)
            TRY(add_record(r, driver, &item.record));
        else if (item.has_record)
            item_find(&item, item.row, S("type"), "other_type",
                      "is of another information type than the agreement's");
        r->unreadable += !covered;
        part_findings_add_item(&r->findings, r->place, &item, !covered);
    }
}

static struct err *read_range(struct part_reading *r, const struct driver *driver)
{
    bool whole = r->part->files > 1;
    r->file = contents_source(r->drivers->files, &driver->entry);
    r->place = (int64_t)driver->place;
    uint64_t from = whole ? 0 : (uint64_t)r->part->first_byte;
    uint64_t to = whole ? r->file.size : (uint64_t)r->part->last_byte;
    TRY(hold(r, from, to));
    struct source source = {read_held, r, r->file.size};
    struct reader_input input = drivers_input(r->drivers, driver, &source);
    input.from = from;
    input.to = to;
    input.first_row = r->part->first_row;
    struct reader *reader = NULL;
    TRY(reader_open(&input, &reader));
    struct err *e = read_items(r, reader, &source);
    reader_close(reader);
    return e;
}

static struct err *read_files(struct part_reading *r)
{
    autoarena struct arena *names = arena_new((size_t)1 << 20);
    struct driver driver;
    uint64_t cursor = (uint64_t)r->part->place;
    bool more = true;
    for (int32_t i = 0; i < r->part->files; i++) {
        TRY(drivers_next(r->drivers, &cursor, names, &driver, &more));
        if (!more)
            return ERR_BUG_AT("the part has fewer files than it was cut with");
        struct err *e = read_range(r, &driver);
        if (e != NULL && !drivers_is_theirs(r->drivers, e))
            return e;
        if (e != NULL) { /* from there on the file gives no more */
            part_findings_add_file(&r->findings, r->place, e);
            r->unreadable++;
        }
    }
    end_rows(r);
    return NULL;
}

static struct err *plan_close(struct part_reading *r)
{
    const struct message *m = r->work->message;
    struct uuid package = r->drivers->package->id;
    struct str room = str_from(r->work->house->svc->name);
    PLAN_SQL(r->plan, &indexing_hold_package, V(package));
    if (r->records > 0) {
        PLAN_SQL(r->plan, &indexing_insert_records, V(package), V(r->part->number), V(r->records));
        PLAN_SQL(r->plan, &indexing_insert_unit_counts, V(package), V(r->part->number));
    }
    PLAN_SQL(r->plan, &indexing_close_part, V(package), V(r->part->number), V(r->records),
             V(r->unreadable), V(event_id(room, package, S(TOPIC_PACKAGE_INDEXED), 1)), V(room),
             V(m->topic), V(m->identity), V(m->trace));
    return part_findings_plan(&r->findings, r->plan, package, r->part->number);
}

struct err *part_read(const struct work *work, struct drivers *drivers, const struct part_row *part,
                      struct plan *plan)
{
    const struct information_type *type =
        information_type_named(work->house->state, drivers->package->information_type);
    if (type == NULL)
        return err_new(ERR_INVALID, "the agreement's information type is none of this archive's");
    struct part_reading r = {.work = work,
                             .plan = plan,
                             .drivers = drivers,
                             .part = part,
                             .text_search = type->text_search,
                             .held = buf_new(HELD_MAX + 1),
                             .scratch = arena_new((size_t)1 << 20),
                             .digests = buf_new(DIGESTS_MAX),
                             .row = buf_new(HELD_MAX),
                             .findings = part_findings_new(),
                             .rows = buf_new(ROWS_MAX)};
    struct err *e = read_files(&r);
    if (e == NULL)
        e = plan_close(&r);
    part_findings_free(&r.findings);
    buf_free(&r.held);
    buf_free(&r.digests);
    buf_free(&r.row);
    buf_free(&r.rows);
    arena_free(r.scratch);
    return e;
}

struct err *part_decide(const struct work *work, struct plan *plan)
{
    const struct index_facts *facts = work->facts;
    if (facts->deletion.count > 0)
        return NULL;
    if (facts->package.count == 0 || facts->parts.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such part");
    const struct package_row *package = ROW(struct package_row, facts->package, 0);
    const struct part_row *part = ROW(struct part_row, facts->parts, 0);
    const struct indexed_row *indexed = ROW(struct indexed_row, facts->indexed, 0);
    if (part->number + PARTS_IN_FLIGHT < indexed->parts)
        plan_part_event(plan, package, part->number + PARTS_IN_FLIGHT);
    if (part->done_at.known) {
        plan_indexed(plan, package, indexed);
        return NULL;
    }
    autodrivers struct drivers drivers = {0};
    TRY(drivers_open(work, &drivers));
    return part_read(work, &drivers, part, plan);
}
