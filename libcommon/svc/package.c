/* Packages in the vault for rooms that show what is in them. */
#include "svc/package.h"

#include "svc/internal.h"
#include "vault/segment_row.h"

static const struct sql svc_packages = {
    "svc_packages",
    "select p.id, p.bytes, coalesce(i.root, '') as root from unnest($1::uuid[]) as w(id)"
    " join preservation.package p on p.tenant = base.tenant() and p.id = w.id"
    " left join indexing.package i on i.id = p.id"};
static const struct sql svc_package_starts = {
    "svc_package_starts",
    "select s.package, s.kind, s.number, s.key, s.bytes, s.stored_bytes, s.sha512"
    " from unnest($1::uuid[]) as w(id) join preservation.segment s on s.package = w.id"
    " where s.tenant = base.tenant()"
    " and ((s.kind = 'aip' and s.what = 'entries') or (s.kind = 'delivered' and s.number = 0))"
    " order by s.package, s.kind, s.number"};
static const struct sql svc_package_segments = {
    "svc_package_segments",
    "select number, key, bytes, stored_bytes, sha512 from preservation.segment"
    " where tenant = base.tenant() and package = $1 and kind = 'delivered'"
    " and number between $2 and $3 order by number"};
const struct sql *const svc_package_sql[] = {&svc_packages, &svc_package_starts,
                                             &svc_package_segments, NULL};

struct package_row {
    struct uuid id;
    int64_t bytes;
    struct str root;
};
static const struct field package_fields[] = {
    FIELD(struct package_row, id, REQUIRED), FIELD(struct package_row, bytes, REQUIRED),
    FIELD(struct package_row, root, REQUIRED), FIELDS_END};

struct start_row {
    struct segment_row segment;
    struct uuid package;
    struct str kind;
};
static const struct field start_fields[] = {
    FIELD(struct start_row, package, REQUIRED),
    FIELD(struct start_row, kind, REQUIRED),
    FIELD_NAMED(struct start_row, segment.number, "number", REQUIRED),
    FIELD_NAMED(struct start_row, segment.key, "key", REQUIRED),
    FIELD_NAMED(struct start_row, segment.bytes, "bytes", REQUIRED),
    FIELD_NAMED(struct start_row, segment.stored_bytes, "stored_bytes", REQUIRED),
    FIELD_NAMED(struct start_row, segment.sha512, "sha512", REQUIRED),
    FIELDS_END};

/* Segments of a package that follow one another, to be opened as one part. */
struct run {
    struct uuid package;
    enum ocfl_kind kind;
    struct segment *segments;
    size_t count;
    uint64_t bytes; /* of the whole package; of the AIP part, of these segments */
};

/* The part reads with keys of its own: those in `keys` end sooner. */
static struct err *open_run(const struct package_reading *reading, const struct run *run,
                            const struct file_key *keys, struct package_part **out)
{
    struct package_place place = {.vault = worker_vault(reading->worker), .package = run->package};
    struct file_key *own = NULL;
    if (place.vault == NULL)
        return ERR_BUG_AT("R7_VAULT_LOCATIONS is not set");
    TRY(worker_tenant(reading->worker, reading->tenant, &place.tenant));
    TRY(file_keys_new(run->count, &own));
    memcpy(own, keys, run->count * sizeof *own);
    return package_part_open(&place, run->kind, run->segments, own, run->count, run->bytes, out);
}

/* --- packages together
 * ------------------------------------------------------------------------------- */

/* What is known of one of the packages. */
struct start {
    const struct package_row *row; /* NULL: there is no such package */
    struct run entries;
    struct run delivered; /* empty where there are several segments */
};

static const struct package_row *row_of(const struct rows *rows, struct uuid id)
{
    for (size_t i = 0; i < rows->count; i++)
        if (uuid_equal(ROW(struct package_row, *rows, i)->id, id))
            return ROW(struct package_row, *rows, i);
    return NULL;
}

/* The rows of one package and kind, which stand behind each other. */
static struct err *take_run(const struct rows *rows, struct uuid package, enum ocfl_kind kind,
                            struct arena *arena, struct run *out)
{
    struct str word = kind == OCFL_AIP ? S("aip") : S("delivered");
    struct segment_row *found = ARENA_ARRAY(arena, struct segment_row, rows->count + 1);
    struct run run = {.package = package, .kind = kind};
    for (size_t i = 0; i < rows->count; i++) {
        const struct start_row *row = ROW(struct start_row, *rows, i);
        if (uuid_equal(row->package, package) && str_equal(row->kind, word))
            found[run.count++] = row->segment;
    }
    if (run.count == 0)
        return ERR_BUG_AT("package %s has no segments", uuid_text(package).text);
    TRY(segment_rows_read(found, run.count, arena, &run.segments));
    for (size_t i = 0; i < run.count; i++)
        run.bytes += run.segments[i].plain_bytes;
    *out = run;
    return NULL;
}

static struct err *load_starts(const struct package_reading *reading,
                               const struct package_opened *packages, struct start *starts,
                               size_t count)
{
    struct rows rows = {0};
    struct rows segments = {0};
    struct uuid *ids = ARENA_ARRAY(reading->arena, struct uuid, count);
    for (size_t i = 0; i < count; i++)
        ids[i] = packages[i].id;
    struct uuids all = {ids, count};
    struct load *load = load_new(worker_db(reading->worker), reading->tenant, reading->arena);
    LOAD(load, &svc_packages, package_fields, struct package_row, &rows, V(all));
    LOAD(load, &svc_package_starts, start_fields, struct start_row, &segments, V(all));
    TRY(load_run(load));
    for (size_t i = 0; i < count; i++) {
        struct start *start = &starts[i];
        start->row = row_of(&rows, ids[i]);
        if (start->row == NULL)
            continue;
        TRY(take_run(&segments, ids[i], OCFL_AIP, reading->arena, &start->entries));
        if (segment_count((uint64_t)start->row->bytes) == 1)
            TRY(take_run(&segments, ids[i], OCFL_DELIVERED, reading->arena, &start->delivered));
    }
    return NULL;
}

static size_t put_ids(const struct run *run, struct uuid *out)
{
    for (size_t i = 0; i < run->count; i++)
        out[i] = run->segments[i].key_id;
    return run->count;
}

static struct err *open_start(const struct package_reading *reading, const struct start *start,
                              const struct file_key *keys, struct package_file **out)
{
    struct package_part *part = NULL;
    struct package_file *file = NULL;
    uint64_t bytes = (uint64_t)start->row->bytes;
    TRY(open_run(reading, &start->entries, keys, &part));
    TRY(package_file_new(part, start->row->root, bytes, &file));
    if (start->delivered.count > 0) {
        struct err *e = open_run(reading, &start->delivered, keys + start->entries.count, &part);
        if (e != NULL) {
            package_file_free(file);
            return e;
        }
        package_file_use(file, part);
    }
    *out = file;
    return NULL;
}

/* All of them with one unwrap, which gives all keys or none. */
static struct err *open_together(const struct package_reading *reading,
                                 struct package_opened *packages, size_t count)
{
    struct start *starts = ARENA_ARRAY(reading->arena, struct start, count);
    struct file_key *keys = NULL;
    size_t wanted = 0;
    TRY(load_starts(reading, packages, starts, count));
    for (size_t i = 0; i < count; i++)
        wanted += starts[i].entries.count + starts[i].delivered.count;
    struct uuid *ids = ARENA_ARRAY(reading->arena, struct uuid, wanted + 1);
    for (size_t i = 0, at = 0; i < count; i++) {
        at += put_ids(&starts[i].entries, ids + at);
        at += put_ids(&starts[i].delivered, ids + at);
    }
    TRY(file_keys_new(wanted, &keys));
    struct err *e = worker_unwrap_into(reading->worker, reading->tenant, reading->purpose, ids,
                                       wanted, reading->arena, keys);
    for (size_t i = 0, at = 0; i < count && e == NULL; i++) {
        if (starts[i].row == NULL)
            packages[i].failure = err_new(ERR_NOT_FOUND, "there is no such package");
        else
            packages[i].failure = open_start(reading, &starts[i], keys + at, &packages[i].file);
        at += starts[i].entries.count + starts[i].delivered.count;
    }
    file_keys_free(keys, wanted);
    return e;
}

struct err *packages_open(const struct package_reading *reading, struct package_opened *packages,
                          size_t count)
{
    struct err *e = open_together(reading, packages, count);
    if (e == NULL || err_class(e) == ERR_CLASS_TRANSIENT)
        return e;
    if (count == 1)
        packages[0].failure = e;
    for (size_t i = 0; i < count && count > 1; i++) /* one has keys that are gone: find it */
        TRY(packages_open(reading, &packages[i], 1));
    return NULL;
}

struct err *package_find(const struct package_reading *reading, struct uuid package,
                         struct str path, struct package_file **out)
{
    struct package_opened opened = {.id = package};
    TRY(packages_open(reading, &opened, 1));
    if (opened.failure == NULL)
        opened.failure = package_file_turn(opened.file, path);
    if (opened.failure != NULL) {
        package_file_free(opened.file);
        return opened.failure;
    }
    *out = opened.file;
    return NULL;
}

/* --- delivered segments
 * ------------------------------------------------------------------------------ */

static struct err *load_bytes(const struct package_reading *reading, struct uuid package,
                              uint64_t *out)
{
    struct rows rows = {0};
    struct load *load = load_new(worker_db(reading->worker), reading->tenant, reading->arena);
    LOAD(load, &svc_packages, package_fields, struct package_row, &rows,
         V(((struct uuids){&package, 1})));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such package");
    *out = (uint64_t)ROW(struct package_row, rows, 0)->bytes;
    return NULL;
}

/* The segments from `first` to `last` of a package of so many bytes. */
static struct err *open_segments(const struct package_reading *reading, struct uuid package,
                                 uint64_t bytes, uint32_t first, uint32_t last,
                                 struct package_part **out)
{
    struct rows rows = {0};
    struct run run = {.package = package, .kind = OCFL_DELIVERED, .bytes = bytes};
    struct file_key *keys = NULL;
    struct load *load = load_new(worker_db(reading->worker), reading->tenant, reading->arena);
    LOAD(load, &svc_package_segments, segment_row_fields, struct segment_row, &rows, V(package),
         V((int64_t)first), V((int64_t)last));
    TRY(load_run(load));
    run.count = rows.count;
    if (run.count != (size_t)last - first + 1)
        return ERR_BUG_AT("package %s has not the segments that were asked for",
                          uuid_text(package).text);
    TRY(segment_rows_read(rows.at, rows.count, reading->arena, &run.segments));
    struct uuid *ids = ARENA_ARRAY(reading->arena, struct uuid, run.count);
    TRY(file_keys_new(run.count, &keys));
    struct err *e = worker_unwrap_into(reading->worker, reading->tenant, reading->purpose, ids,
                                       put_ids(&run, ids), reading->arena, keys);
    if (e == NULL)
        e = open_run(reading, &run, keys, out);
    file_keys_free(keys, run.count);
    return e;
}

struct err *package_fetch(const struct package_reading *reading, struct uuid package,
                          struct package_file *file, uint64_t from, uint64_t length)
{
    struct package_part *delivered = NULL;
    uint32_t first = 0;
    uint32_t last = 0;
    TRY(package_file_touches(file, from, length, &first, &last));
    if (!package_file_has(file, first, last)) {
        TRY(open_segments(reading, package, package_file_package_bytes(file), first, last,
                          &delivered));
        package_file_use(file, delivered);
    }
    return package_file_open(file, from);
}

struct err *package_fetch_all(const struct package_reading *reading, struct uuid package,
                              struct package_part **out)
{
    uint64_t bytes = 0;
    TRY(load_bytes(reading, package, &bytes));
    return open_segments(reading, package, bytes, 0, (uint32_t)segment_count(bytes) - 1, out);
}
