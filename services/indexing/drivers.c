/* Which files of a package tell of records, and what reads them. */
#include "base/base.h"
#include "services/indexing/room.h"

enum { MAPPING_SIZE_MAX = 1024 * 1024 };

/* --- opening
 * --------------------------------------------------------------------------------------- */

/* `count` segments of one kind with a copy of their keys, which the part wipes when it goes. */
static struct err *open_part(const struct work *work, enum ocfl_kind kind, const struct rows *rows,
                             const struct file_key *keys, uint64_t bytes, struct package_part **out)
{
    const struct index_facts *facts = work->facts;
    const struct package_place place = {work->vault, work->tenant,
                                        ROW(struct package_row, facts->package, 0)->id};
    struct segment *segments = NULL;
    struct file_key *own = NULL;
    TRY(segment_rows_read(rows->at, rows->count, work->arena, &segments));
    TRY(file_keys_new(rows->count, &own));
    memcpy(own, keys, rows->count * sizeof *own);
    return package_part_open(&place, kind, segments, own, rows->count, bytes, out);
}

static uint64_t plain_bytes(const struct rows *rows)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < rows->count; i++)
        bytes += (uint64_t)ROW(struct segment_row, *rows, i)->bytes;
    return bytes;
}

static struct err *open_files(const struct work *work, struct drivers *out)
{
    const struct index_facts *facts = work->facts;
    struct package_part *delivered = NULL;
    struct package_part *entries = NULL;
    if (facts->delivered.count == 0)
        return ERR_BUG_AT("a stored package has no segments");
    TRY(open_part(work, OCFL_DELIVERED, &facts->delivered, work->keys,
                  (uint64_t)out->package->bytes, &delivered));
    if (facts->entries.count > 0) {
        struct err *e =
            open_part(work, OCFL_AIP, &facts->entries, work->keys + facts->delivered.count,
                      plain_bytes(&facts->entries), &entries);
        if (e != NULL) {
            package_part_free(delivered);
            return e;
        }
    }
    return contents_open(delivered, entries, &out->files);
}

static struct str below_root(const struct drivers *drivers, struct str path)
{
    struct str root = contents_root(drivers->files);
    return str_starts(path, root) ? str_slice(path, root.len, path.len) : (struct str){0};
}

static struct err *read_mappings(struct drivers *drivers)
{
    struct entry entry = {0};
    struct str path = arena_format(drivers->arena, "%.*sdocumentation/mapping.json",
                                   STR_ARG(contents_root(drivers->files)));
    struct err *e = contents_find(drivers->files, path, &entry);
    if (e != NULL)
        return e->code == ERR_NOT_FOUND ? NULL : e;
    if (entry.length > MAPPING_SIZE_MAX)
        return err_new(ERR_TOO_LARGE, "the mapping is larger than %d bytes", MAPPING_SIZE_MAX);
    struct source source = contents_source(drivers->files, &entry);
    char *text = arena_alloc(drivers->arena, entry.length + 1, 1);
    TRY(source_read(&source, 0, text, entry.length));
    return mapping_read((struct str){text, entry.length}, drivers->arena, &drivers->mappings,
                        &drivers->mapping_count);
}

struct err *drivers_open(const struct work *work, struct drivers *out)
{
    const struct index_facts *facts = work->facts;
    const struct package_row *package = ROW(struct package_row, facts->package, 0);
    out->package = package;
    out->arena = work->arena;
    out->defaults = (struct record){.type = package->information_type,
                                    .archive_creator = package->archive_creator,
                                    .care_provider = package->care_provider,
                                    .source_system = package->source_system};
    TRY(open_files(work, out));
    return read_mappings(out);
}

void drivers_close(struct drivers *drivers)
{
    contents_close(drivers->files);
    drivers->files = NULL;
}

/* --- which
 * ----------------------------------------------------------------------------------------- */

static bool is_xml(struct str path)
{
    return path.len >= 4 && str_equal_nocase(str_slice(path, path.len - 4, path.len), S(".xml"));
}

/* representations/<any>/data/…, in FGS content/…, and for case files the descriptive metadata (CITS
 * ERMS). */
static bool is_content(struct str path, bool descriptive)
{
    struct str part = {0};
    if (descriptive && str_starts(path, S("metadata/descriptive/")))
        return true;
    if (!str_cut(&path, '/', &part))
        return false;
    if (str_equal_nocase(part, S("content")))
        return true;
    return str_equal(part, S("representations")) && str_cut(&path, '/', &part) &&
           str_cut(&path, '/', &part) && str_equal(part, S("data"));
}

/* The package's mappings say it; a package without any is read as its agreement says. */
static bool choose(const struct drivers *drivers, struct arena *arena, struct driver *driver)
{
    driver->mapping = mapping_for(drivers->mappings, drivers->mapping_count, driver->path, arena);
    driver->reader = driver->mapping != NULL ? driver->mapping->reader : drivers->package->reader;
    if (drivers->mapping_count > 0)
        return driver->mapping != NULL;
    return !str_equal(driver->reader, S("files")) && is_xml(driver->path) &&
           is_content(driver->path, str_equal(driver->reader, S("erms")));
}

struct err *drivers_next(struct drivers *drivers, uint64_t *cursor, struct arena *arena,
                         struct driver *out, bool *out_more)
{
    for (;;) {
        arena_reset(arena);
        out->place = *cursor;
        TRY(contents_next(drivers->files, cursor, arena, &out->entry, out_more));
        if (!*out_more)
            return NULL;
        out->path = below_root(drivers, out->entry.path);
        if (out->path.len > 0 && choose(drivers, arena, out))
            return NULL;
    }
}

struct reader_input drivers_input(const struct drivers *drivers, const struct driver *driver,
                                  const struct source *source)
{
    return (struct reader_input){.name = driver->reader,
                                 .path = driver->path,
                                 .source = source,
                                 .to = source->size,
                                 .mapping = driver->mapping,
                                 .defaults = &drivers->defaults};
}

bool drivers_is_theirs(const struct drivers *drivers, const struct err *e)
{
    return err_class(e) == ERR_CLASS_REJECT && !contents_failed(drivers->files);
}
