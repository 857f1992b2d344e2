/* A stored package: cut into parts that several workers read. */
#include "base/base.h"
#include "services/indexing/room.h"

enum { PART_BYTES = 8 * 1024 * 1024, PART_FILES = 5000, PARTS_MAX = 1000000 };

struct cut_part {
    struct part_row row;
    struct cut_part *next;
};

struct cut {
    struct drivers *drivers;
    struct arena *arena;
    struct cut_part *first, **last;
    int32_t count;
    int64_t unreadable;  /* files that could not be cut */
    struct part_row run; /* of small files, not yet a part */
    struct part_findings findings;
};

static struct err *add_part(struct cut *cut, const struct part_row *row)
{
    if (cut->count == PARTS_MAX)
        return err_new(ERR_TOO_LARGE, "the package has more than %d parts", PARTS_MAX);
    struct cut_part *part = ARENA_NEW(cut->arena, struct cut_part);
    part->row = *row;
    part->row.number = cut->count++;
    part->row.path = arena_str(cut->arena, row->path);
    *cut->last = part;
    cut->last = &part->next;
    return NULL;
}

/* Several files in a part are read whole, and their bytes only counted here. */
static struct err *end_run(struct cut *cut)
{
    if (cut->run.files == 0)
        return NULL;
    TRY(add_part(cut, &cut->run));
    cut->run = (struct part_row){0};
    return NULL;
}

static struct err *add_small(struct cut *cut, const struct driver *driver)
{
    if (cut->run.files == 0)
        cut->run = (struct part_row){.path = arena_str(cut->arena, driver->path),
                                     .place = (int64_t)driver->place};
    cut->run.files++;
    cut->run.last_byte += (int64_t)driver->entry.length;
    return cut->run.files >= PART_FILES || cut->run.last_byte >= PART_BYTES ? end_run(cut) : NULL;
}

/* What cannot be cut gives its parts so far. */
static struct err *add_large(struct cut *cut, const struct driver *driver)
{
    struct source source = contents_source(cut->drivers->files, &driver->entry);
    struct reader_input input = drivers_input(cut->drivers, driver, &source);
    struct reader_part piece = {0};
    while (input.from < source.size) {
        struct err *e = reader_cut(&input, PART_BYTES, &piece);
        if (e != NULL && drivers_is_theirs(cut->drivers, e)) {
            part_findings_add_file(&cut->findings, (int64_t)driver->place, e);
            cut->unreadable++;
            return NULL;
        }
        TRY(e);
        const struct part_row row = {.path = driver->path,
                                     .place = (int64_t)driver->place,
                                     .files = 1,
                                     .first_byte = (int64_t)piece.from,
                                     .last_byte = (int64_t)piece.to,
                                     .first_row = piece.first_row};
        TRY(add_part(cut, &row));
        if (piece.to <= input.from)
            return ERR_BUG_AT("a reader cut nothing off");
        input.from = piece.to;
        input.first_row = piece.next_row;
    }
    return NULL;
}

/* The package as a whole gives no record. */
static void give_up(struct cut *cut, struct str column, const char *rule, const char *why)
{
    const struct finding finding = {.column = column, .rule = rule, .why = why};
    part_findings_add(&cut->findings, FINDING_NO_PLACE, &finding, true);
    cut->unreadable = 1;
}

static struct err *cut_package(struct cut *cut)
{
    autoarena struct arena *names = arena_new((size_t)1 << 20);
    struct driver driver;
    uint64_t cursor = 0;
    for (bool more = true;;) {
        TRY(drivers_next(cut->drivers, &cursor, names, &driver, &more));
        if (!more)
            break;
        if (driver.entry.length <= PART_BYTES) {
            TRY(add_small(cut, &driver));
            continue;
        }
        TRY(end_run(cut));
        TRY(add_large(cut, &driver));
    }
    TRY(end_run(cut));
    if (cut->count == 0 && cut->unreadable == 0)
        give_up(cut, (struct str){0}, "nothing_to_read",
                "no file of the package is one that tells of records");
    return NULL;
}

/* --- the plan
 * -------------------------------------------------------------------------------------- */

void plan_part_event(struct plan *plan, const struct package_row *package, int32_t number)
{
    const struct indexing_part event = {package->delivery, package->id, number};
    /* A subject of its own: it is the key by which parts are dealt out among the workers. */
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    struct uuid subject =
        UUID_FROM(S(TOPIC_INDEXING_PART), str_from(uuid_text(package->id).text), str_from(text));
    plan_event(plan, S(TOPIC_INDEXING_PART), subject, 1, indexing_part_fields, &event);
}

void plan_indexed(struct plan *plan, const struct package_row *package,
                  const struct indexed_row *indexed)
{
    const struct package_indexed event = {package->delivery, package->id, indexed->records,
                                          indexed->unreadable};
    if (indexed->indexed_at.known)
        plan_event(plan, S(TOPIC_PACKAGE_INDEXED), package->id, 1, package_indexed_fields, &event);
}

/* Cut before: tells once more what is still to be told. */
static void plan_again(struct plan *plan, const struct index_facts *facts)
{
    const struct package_row *package = ROW(struct package_row, facts->package, 0);
    plan_indexed(plan, package, ROW(struct indexed_row, facts->indexed, 0));
    for (size_t i = 0; i < facts->parts.count; i++)
        plan_part_event(plan, package, ROW(struct part_row, facts->parts, i)->number);
}

static struct err *plan_package(const struct work *work, struct plan *plan, struct cut *cut)
{
    const struct package_row *package = cut->drivers->package;
    struct str root = cut->drivers->files != NULL ? contents_root(cut->drivers->files) : S("");
    const struct indexed_row indexed = {.unreadable = cut->unreadable,
                                        .indexed_at = cut->count == 0 ? work->message->now
                                                                      : (struct instant){0}};
    PLAN_SQL(plan, &indexing_lock_package, V(package->id));
    PLAN_SQL(plan, &indexing_expect_package, V(package->id));
    PLAN_SQL(plan, &indexing_insert_package, V(package->id), V(package->delivery),
             V(package->agreement), V(root), V(cut->count), V(indexed.unreadable),
             V(indexed.indexed_at));
    for (const struct cut_part *p = cut->first; p != NULL; p = p->next)
        PLAN_SQL(plan, &indexing_insert_part, V(package->id), V(p->row.number), V(p->row.path),
                 V(p->row.place), V(p->row.files), V(p->row.first_byte), V(p->row.last_byte),
                 V(p->row.first_row));
    plan_indexed(plan, package, &indexed);
    for (int32_t i = 0; cut->count > 1 && i < cut->count && i < PARTS_IN_FLIGHT; i++)
        plan_part_event(plan, package, i);
    return part_findings_plan(&cut->findings, plan, package->id, FINDING_NO_PART);
}

/* A package whose mappings cannot be read gives no record, and is done: a correction is another
 * delivery. */
static struct err *cut_or_give_up(const struct work *work, struct cut *cut)
{
    struct err *e = drivers_open(work, cut->drivers);
    if (e == NULL)
        return cut_package(cut);
    if (cut->drivers->files == NULL || !drivers_is_theirs(cut->drivers, e))
        return e;
    give_up(cut, e->field != NULL ? str_from(e->field) : (struct str){0}, "bad_mapping", e->detail);
    return NULL;
}

struct err *stored_decide(const struct work *work, struct plan *plan)
{
    const struct index_facts *facts = work->facts;
    if (facts->deletion.count > 0)
        return NULL;
    if (facts->package.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such package");
    if (facts->indexed.count > 0) {
        plan_again(plan, facts);
        return NULL;
    }
    autodrivers struct drivers drivers = {0};
    struct cut cut = {.drivers = &drivers, .arena = work->arena, .findings = part_findings_new()};
    cut.last = &cut.first;
    struct err *e = cut_or_give_up(work, &cut);
    if (e == NULL)
        e = plan_package(work, plan, &cut);
    part_findings_free(&cut.findings);
    TRY(e);
    return cut.count == 1 ? part_read(work, &drivers, &cut.first->row, plan) : NULL;
}
