/* Lines of the journals whose row is missing, carried out before the room takes any work (S19 in
 * libcommon/README.md). A line is missing its row when a process died between the two, or when the
 * database was restored to an earlier time. base.journal_line tells which have one: the line's id
 * goes there with the row, in one transaction, so that a line is carried out once whoever does it.
 *
 * Each room reads the journal of each tenant from where it had seen all of its own lines done
 * (base.journal_place), in one location: journal_end makes all of them the same. */
#include "svc/internal.h"
#include "text/json.h"

enum { TRIES = 5, KNOWN_AT_ONCE = 1000 };
static const size_t LINES_LIMIT = (size_t)1 << 30;

static const struct sql journal_place = {"svc_journal_place",
                                         "select file, \"offset\" from base.journal_place"
                                         " where tenant = base.tenant() and room = $1"};
static const struct sql journal_set_place = {"svc_journal_set_place",
                                             "insert into base.journal_place (tenant, room, file, "
                                             "\"offset\") values (base.tenant(), $1, $2, $3)"
                                             " on conflict (tenant, room) do update set file = "
                                             "excluded.file, \"offset\" = excluded.\"offset\""};
static const struct sql journal_known = {
    "svc_journal_known",
    "select id from base.journal_line where tenant = base.tenant() and id = any($1)"};
const struct sql svc_journal_put = {
    "svc_journal_put",
    "insert into base.journal_line (id, tenant, room) values ($1, base.tenant(), $2)"};
const struct sql *const svc_journal_sql[] = {&journal_place, &journal_set_place, &journal_known,
                                             &svc_journal_put, NULL};

struct place_row {
    int64_t file;
    int64_t offset;
};
static const struct field place_fields[] = {FIELD(struct place_row, file, REQUIRED),
                                            FIELD(struct place_row, offset, REQUIRED), FIELDS_END};
struct known_row {
    struct uuid id;
};
static const struct field known_fields[] = {FIELD(struct known_row, id, REQUIRED), FIELDS_END};

struct tenant_row {
    int32_t id;
    struct str name;
};
static const struct field tenant_fields[] = {FIELD(struct tenant_row, id, REQUIRED),
                                             FIELD(struct tenant_row, name, REQUIRED), FIELDS_END};

/* One tenant's journal, as this room reads it. */
struct reading {
    struct worker *worker;
    const struct journal_reader *reader;
    int32_t tenant;
    struct str name;
    struct journal_place from;
    struct journal_place end;
    struct buf lines; /* struct told, in order */
};

static struct str room_name(const struct reading *r)
{
    return str_from(r->worker->service->house.svc->name);
}

static struct told *lines_of(const struct reading *r, size_t *out_count)
{
    *out_count = r->lines.len / sizeof(struct told);
    return (struct told *)(void *)r->lines.ptr;
}

static bool before(struct journal_place a, struct journal_place b)
{
    return a.file < b.file || (a.file == b.file && a.offset < b.offset);
}

/* --- reading
 * ---------------------------------------------------------------------------------------- */

/* The line at the place, which moves on. There is none: the location lacks what another has. */
static struct err *read_line(const struct reading *r, struct journal_place *place,
                             struct journal_line *out)
{
    autobuf struct buf text = buf_new(JOURNAL_LINE_MAX);
    bool more = false;
    TRY(journal_next(r->worker->vault.locations[0], r->name, place, &out->id, &text, &more));
    if (!more)
        return err_rule(ERR_CORRUPT, "journal_shorter",
                        "the journal of %.*s lacks lines in the first location", STR_ARG(r->name));
    struct str line = arena_str(r->worker->arena, buf_str(&text));
    return json_member(line, "entry", r->worker->arena, &out->entry);
}

static struct err *read_place(struct reading *r)
{
    struct rows rows = {0};
    struct load *load = load_new(r->worker->db, r->tenant, r->worker->arena);
    LOAD(load, &journal_place, place_fields, struct place_row, &rows, V(room_name(r)));
    TRY(load_run(load));
    if (rows.count > 0) {
        const struct place_row *row = ROW(struct place_row, rows, 0);
        r->from = (struct journal_place){(uint32_t)row->file, (uint64_t)row->offset};
    }
    TRY(journal_end(&r->worker->vault, r->name, &r->end));
    return before(r->end, r->from)
               ? err_rule(ERR_CORRUPT, "journal_shorter",
                          "the journal of %.*s is shorter than it was", STR_ARG(r->name))
               : NULL;
}

/* The room's own lines up to the end. What is appended meanwhile is its writer's to carry out, who
 * is alive, or the next start's. */
static struct err *read_lines(struct reading *r)
{
    struct journal_place place = r->from;
    while (before(place, r->end)) {
        struct journal_line line = {0};
        struct told told = {.at = place};
        TRY(read_line(r, &place, &line));
        told.id = line.id;
        struct err *e = r->reader->about(&line, r->worker->arena, &told.about);
        if (e != NULL || !uuid_is_nil(told.about))
            buf_put(&r->lines, (struct str){(const char *)&told, sizeof told});
        worker_end_unit(r->worker);
    }
    return buf_done(&r->lines, "the list of a journal's lines");
}

struct numbered {
    struct uuid about;
    size_t number;
};

static int by_about(const void *a, const void *b)
{
    const struct numbered *one = a;
    const struct numbered *two = b;
    int order = memcmp(&one->about, &two->about, sizeof one->about);
    return order != 0 ? order : one->number < two->number ? -1 : 1;
}

void replay_mark_overtaken(struct told *lines, size_t count)
{
    struct numbered *sorted = must_calloc(count + 1, sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct numbered){lines[i].about, i};
    qsort(sorted, count, sizeof *sorted, by_about);
    for (size_t i = 0; i + 1 < count; i++)
        lines[sorted[i].number].overtaken =
            !uuid_is_nil(sorted[i].about) && uuid_equal(sorted[i].about, sorted[i + 1].about);
    free(sorted);
}

/* --- carrying out
 * -------------------------------------------------------------------------------- */

/* Which of these have their row. */
static struct err *find_known(const struct reading *r, const struct told *lines, size_t count,
                              struct rows *out)
{
    struct uuid *ids = ARENA_ARRAY(r->worker->arena, struct uuid, count + 1);
    for (size_t i = 0; i < count; i++)
        ids[i] = lines[i].id;
    struct load *load = load_new(r->worker->db, r->tenant, r->worker->arena);
    LOAD(load, &journal_known, known_fields, struct known_row, out,
         V(((struct uuids){ids, count})));
    return load_run(load);
}

static bool is_known(const struct rows *known, struct uuid id)
{
    for (size_t i = 0; i < known->count; i++)
        if (uuid_equal(ROW(struct known_row, *known, i)->id, id))
            return true;
    return false;
}

/* The rows that the plan holds are ours now, and whoever appends a line about the same holds them
 * too, before the append and until its transaction ends. So a line that is not in the journal yet
 * comes after our commit, and one that is there was written by somebody whose transaction is over:
 * it counts, and not ours. */
struct err *replay_is_last(struct worker *worker, const struct replay *replay)
{
    const struct journal_reader *reader = worker->service->house.svc->journal;
    struct journal_place place = replay->end;
    for (;;) {
        autobuf struct buf text = buf_new(JOURNAL_LINE_MAX);
        struct journal_line line;
        struct uuid about = {0};
        bool more = false;
        TRY(journal_next(worker->vault.locations[0], replay->tenant, &place, &line.id, &text,
                         &more));
        if (!more)
            return NULL;
        TRY(json_member(buf_str(&text), "entry", worker->arena, &line.entry));
        TRY(reader->about(&line, worker->arena, &about));
        if (uuid_equal(about, replay->about))
            return err_rule(ERR_CONFLICT, "overtaken", "another line is about the same");
    }
}

static struct err *apply_line(const struct reading *r, const struct told *told)
{
    const struct replay replay = {told->id, told->about, r->name, r->end};
    struct journal_place place = told->at;
    struct journal_line line = {0};
    struct unit unit = {.message = {.tenant = r->tenant}, .replay = &replay};
    TRY(read_line(r, &place, &line));
    plan_begin(&unit.plan, r->worker->arena);
    TRY(r->reader->decide(&line, r->worker, r->tenant, r->worker->arena, &unit.plan));
    TRY(apply_units(r->worker, &unit, 1));
    return unit.failure;
}

/* A conflict: a replica that is alive was faster, with this line or with another. */
static struct err *carry_out(const struct reading *r, const struct told *told)
{
    struct err *e = apply_line(r, told);
    for (int i = 1; i < TRIES && e != NULL && err_class(e) == ERR_CLASS_CONFLICT; i++) {
        struct rows known = {0};
        TRY(find_known(r, told, 1, &known));
        if (known.count > 0)
            return NULL;
        e = apply_line(r, told);
    }
    return e;
}

static void tell(const struct reading *r, const struct told *told, const struct err *e)
{
    struct service *service = r->worker->service;
    if (e == NULL) {
        METRIC_ADD(service, journal_replayed, 1);
        log_warning("a line of the journal was carried out", kv("line", told->id),
                    kv("region", r->name));
    } else if (e->code == ERR_PRECONDITION) {
        log_info("a line of the journal waits", kv("line", told->id), kv("region", r->name),
                 kv("why", e->detail));
    } else {
        METRIC_ADD(service, journal_left, 1);
        log_error("a line of the journal is left for the next start", e, kv("line", told->id),
                  kv("region", r->name));
    }
}

/* What must wait stops the start; any other line that fails is left, and those after it are tried:
 * one bad line stops nothing else (S5). */
static struct err *carry_out_or_leave(const struct reading *r, const struct told *told,
                                      bool *out_left)
{
    struct err *e = carry_out(r, told);
    *out_left = e != NULL;
    if (e != NULL && err_class(e) == ERR_CLASS_TRANSIENT)
        return e;
    tell(r, told, e);
    worker_end_unit(r->worker);
    return worker_open(r->worker);
}

/* Moves `place` to the first line that is left, if any is. */
static struct err *carry_out_lines(const struct reading *r, struct journal_place *place)
{
    size_t count;
    struct told *lines = lines_of(r, &count);
    replay_mark_overtaken(lines, count);
    for (size_t from = 0; from < count; from += KNOWN_AT_ONCE) {
        size_t some = count - from < KNOWN_AT_ONCE ? count - from : KNOWN_AT_ONCE;
        autoarena struct arena *arena = arena_new((size_t)1 << 20);
        struct rows known = {0};
        TRY(find_known(r, &lines[from], some, &known));
        bool *done = ARENA_ARRAY(arena, bool, some);
        for (size_t i = 0; i < some; i++)
            done[i] = lines[from + i].overtaken || is_known(&known, lines[from + i].id);
        worker_end_unit(r->worker);
        for (size_t i = 0; i < some; i++) {
            bool left = false;
            if (!done[i])
                TRY(carry_out_or_leave(r, &lines[from + i], &left));
            if (left && before(lines[from + i].at, *place))
                *place = lines[from + i].at;
        }
    }
    return NULL;
}

static struct err *set_place(const struct reading *r, struct journal_place place)
{
    TRY(db_begin(r->worker->db, r->tenant));
    TRY(db_run(r->worker->db, &journal_set_place,
               VALUES(V(room_name(r)), V((int64_t)place.file), V((int64_t)place.offset))));
    return db_commit(r->worker->db);
}

static struct err *replay_tenant(struct reading *r)
{
    TRY(read_place(r));
    struct journal_place place = r->end;
    TRY(read_lines(r));
    TRY(carry_out_lines(r, &place));
    return before(r->from, place) ? set_place(r, place) : NULL;
}

static bool is_region(const struct rows *tenants, const char *name)
{
    for (size_t i = 0; i < tenants->count; i++)
        if (str_equal(ROW(struct tenant_row, *tenants, i)->name, str_from(name)))
            return true;
    return false;
}

/* A region that the restored database does not know is connected again by people: its number and
 * title are in no line. */
static struct err *tell_of_no_region(const struct worker *worker, const struct rows *tenants)
{
    autoclose int folder = -1;
    autodir DIR *directory = NULL;
    const char *name = NULL;
    struct err *e = vault_folder(worker->vault.locations[0], "journal", false, &folder);
    if (e != NULL)
        return e->code == ERR_NOT_FOUND ? NULL : e;
    TRY(vault_list(folder, &directory));
    for (;;) {
        TRY(vault_next(directory, &name));
        if (name == NULL)
            return NULL;
        if (!is_region(tenants, name))
            log_error("a journal is not read",
                      err_new(ERR_NOT_FOUND, "the database knows no region of that name"),
                      kv("region", name));
    }
}

/* The central region comes last by its number and first here: what it decides stands under what
 * the others do. */
static struct err *replay_all(struct worker *worker)
{
    autoarena struct arena *arena = arena_new((size_t)16 << 20);
    struct rows tenants = {0};
    TRY(worker_open(worker));
    if (worker->db == NULL || !worker->has_vault)
        return NULL;
    struct load *load = load_new(worker->db, 0, arena);
    LOAD(load, &svc_tenants, tenant_fields, struct tenant_row, &tenants);
    TRY(load_run(load));
    TRY(tell_of_no_region(worker, &tenants));
    for (size_t i = tenants.count; i-- > 0;) {
        const struct tenant_row *tenant = ROW(struct tenant_row, tenants, i);
        struct reading reading = {.worker = worker,
                                  .reader = worker->service->house.svc->journal,
                                  .tenant = tenant->id,
                                  .name = tenant->name,
                                  .lines = buf_new(LINES_LIMIT)};
        struct err *e = replay_tenant(&reading);
        buf_free(&reading.lines);
        TRY(e);
    }
    return NULL;
}

bool replay_journals(struct service *service)
{
    struct worker worker = {.service = service};
    struct err *e = service->house.svc->journal != NULL ? replay_all(&worker) : NULL;
    if (e != NULL)
        log_error("cannot start: the journals could not be read and carried out", e);
    worker_close(&worker);
    return e == NULL;
}
