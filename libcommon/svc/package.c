/* Packages in the vault for rooms that show what is in them. */
#include "svc/package.h"

#include "svc/internal.h"
#include "vault/segment_row.h"

enum { KEYS_AT_ONCE = 2000 }; /* what room `keys` gives in one answer */

static const struct sql svc_package_bytes = {
    "svc_package_bytes",
    "select p.bytes, coalesce(i.root, '') as root from preservation.package p"
    " left join indexing.package i on i.id = p.id where p.tenant = base.tenant() and p.id = $1"};
static const struct sql svc_package_segments = {
    "svc_package_segments",
    "select number, key, bytes, stored_bytes, sha512 from preservation.segment"
    " where tenant = base.tenant() and package = $1 and kind = $2 and what = $3"
    " and number between $4 and $5 order by number"};
const struct sql *const svc_package_sql[] = {&svc_package_bytes, &svc_package_segments, NULL};

struct bytes_row {
    int64_t bytes;
    struct str root;
};
static const struct field bytes_fields[] = {FIELD(struct bytes_row, bytes, REQUIRED),
                                            FIELD(struct bytes_row, root, REQUIRED), FIELDS_END};

/* Segments of one kind by number, and their keys. */
struct segments {
    enum ocfl_kind kind;
    uint32_t first;
    uint32_t last;
    uint64_t package_bytes;
    struct str root; /* the package's own folder, with its '/' */
    uint64_t bytes;  /* of these segments */
    struct segment *at;
    size_t count;
};

static struct err *load_segments(const struct package_reading *reading, struct segments *s)
{
    struct rows bytes = {0};
    struct rows rows = {0};
    bool aip = s->kind == OCFL_AIP;
    struct load *load = load_new(worker_db(reading->worker), reading->tenant, reading->arena);
    LOAD(load, &svc_package_bytes, bytes_fields, struct bytes_row, &bytes, V(reading->package));
    LOAD(load, &svc_package_segments, segment_row_fields, struct segment_row, &rows,
         V(reading->package), V(aip ? S("aip") : S("delivered")),
         V(aip ? S("entries") : S("bytes")), V((int64_t)s->first), V((int64_t)s->last));
    TRY(load_run(load));
    if (bytes.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such package");
    if (rows.count == 0 || (!aip && rows.count != (uint64_t)s->last - s->first + 1))
        return ERR_BUG_AT("package %s has not the segments that were asked for",
                          uuid_text(reading->package).text);
    s->package_bytes = (uint64_t)ROW(struct bytes_row, bytes, 0)->bytes;
    s->root = ROW(struct bytes_row, bytes, 0)->root;
    s->count = rows.count;
    TRY(segment_rows_read(rows.at, rows.count, reading->arena, &s->at));
    for (size_t i = 0; i < s->count; i++)
        s->bytes += s->at[i].plain_bytes;
    return NULL;
}

/* Into keys of the part's own: what the worker holds ends with its unit of work. */
static struct err *unwrap(const struct package_reading *reading, const struct segments *s,
                          struct file_key *keys)
{
    struct uuid *ids = ARENA_ARRAY(reading->arena, struct uuid, s->count);
    for (size_t i = 0; i < s->count; i++)
        ids[i] = s->at[i].key_id;
    for (size_t at = 0; at < s->count; at += KEYS_AT_ONCE) {
        struct file_key *some = NULL;
        size_t count = s->count - at < KEYS_AT_ONCE ? s->count - at : KEYS_AT_ONCE;
        TRY(worker_unwrap(reading->worker, reading->tenant, reading->purpose, ids + at, count,
                          reading->arena, &some));
        memcpy(keys + at, some, count * sizeof *some);
    }
    return NULL;
}

static struct err *open_part(const struct package_reading *reading, struct segments *s,
                             struct package_part **out)
{
    struct package_place place = {.vault = &reading->worker->vault, .package = reading->package};
    struct file_key *keys = NULL;
    if (!reading->worker->has_vault)
        return ERR_BUG_AT("R7_VAULT_LOCATIONS is not set");
    TRY(worker_tenant(reading->worker, reading->tenant, &place.tenant));
    TRY(load_segments(reading, s));
    TRY(file_keys_new(s->count, &keys));
    struct err *e = unwrap(reading, s, keys);
    if (e == NULL)
        return package_part_open(&place, s->kind, s->at, keys, s->count,
                                 s->kind == OCFL_AIP ? s->bytes : s->package_bytes, out);
    file_keys_free(keys, s->count);
    return e;
}

struct err *package_find(const struct package_reading *reading, struct str path,
                         struct package_file **out)
{
    struct segments s = {.kind = OCFL_AIP, .last = INT32_MAX};
    struct package_part *index = NULL;
    TRY(open_part(reading, &s, &index));
    return package_file_find(index, s.root, path, s.package_bytes, out);
}

struct err *package_fetch(const struct package_reading *reading, struct package_file *file,
                          uint64_t from, uint64_t length)
{
    struct segments s = {.kind = OCFL_DELIVERED};
    struct package_part *delivered = NULL;
    TRY(package_file_touches(file, from, length, &s.first, &s.last));
    if (package_file_has(file, s.first, s.last))
        return package_file_open(file, NULL, from);
    TRY(open_part(reading, &s, &delivered));
    return package_file_open(file, delivered, from);
}

struct err *package_fetch_all(const struct package_reading *reading, struct package_part **out)
{
    struct rows bytes = {0};
    struct load *load = load_new(worker_db(reading->worker), reading->tenant, reading->arena);
    LOAD(load, &svc_package_bytes, bytes_fields, struct bytes_row, &bytes, V(reading->package));
    TRY(load_run(load));
    if (bytes.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such package");
    uint64_t size = (uint64_t)ROW(struct bytes_row, bytes, 0)->bytes;
    struct segments s = {.kind = OCFL_DELIVERED, .last = (uint32_t)segment_count(size) - 1};
    return open_part(reading, &s, out);
}
