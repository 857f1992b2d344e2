/* The least that anybody could do with the same packages: what the house is measured against.
 *
 *   bare FOLDER OUT     what FOLDER/deliveries.tsv lists; sealed bytes go to OUT (made before)
 *
 * Reads each package, hashes it and every file in it, seals it, writes it, reads its rows into
 * records by the same readers, and COPYs them into a plain table of the same columns without index,
 * key or check: one process, one transaction, one flush at the end. No queue, no rules, no log, no
 * second copy, nobody asked for keys. Prints one line: packages, bytes, records, milliseconds, and
 * milliseconds of each kind of work. R7_DATABASE_URL: a database of its own. */
#include "packages.h"
#include "services/indexing/room.h"
#include "vault/flush.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum {
    PACKAGE_MAX = 64 * 1024 * 1024,
    FILE_MAX = 256 * 1024 * 1024,
    ROWS_ENOUGH = 1024 * 1024,
};

/* What the milliseconds went to. */
enum work_kind { READING, SEALING, UNPACKING, ROWS, COPYING, FLUSHING, WORK_KINDS };
static const char *const work_names[WORK_KINDS] = {"read", "seal", "unpack",
                                                   "rows", "copy", "flush"};

struct bare {
    const char *folder;
    int out;
    struct db *db;
    struct arena *arena; /* of a package */
    struct arena *entry_arena;
    struct age_stream *stream;
    struct buf package;
    struct buf sealed;
    struct buf rows;
    struct uuid id;
    struct mapping *mappings;
    size_t mapping_count;
    size_t packages;
    int64_t bytes;
    int64_t records;
    int64_t spent[WORK_KINDS];
};

#define COLUMN_TYPE(name, type) "\"" #name "\" " #type ", "
#define COLUMN_NAME(name, type) "\"" #name "\", "
static const char table[] =
    "drop table if exists public.bare; create table public.bare (" RECORD_COLUMNS(
        COLUMN_TYPE) "number bigint, text text)";
static const struct sql copy_rows = {
    "bare_copy",
    "copy public.bare (" RECORD_COLUMNS(COLUMN_NAME) "number, text) from stdin (format binary)"};
static const struct str key = {"0123456789abcdef0123456789abcdef", 32};

/* Counts the time since `*at` to a kind of work, and begins anew. */
static void spend(struct bare *b, enum work_kind kind, int64_t *at)
{
    int64_t now = clock_monotonic_us();
    b->spent[kind] += now - *at;
    *at = now;
}

static struct err *seal(struct bare *b)
{
    struct file_key file_key;
    file_key_random(&file_key);
    (void)sha256_of(buf_str(&b->package));
    buf_clear(&b->sealed);
    age_stream_begin(b->stream, &file_key, NULL, &b->sealed);
    age_stream_add(b->stream, buf_str(&b->package), &b->sealed);
    age_stream_end(b->stream, &b->sealed);
    TRY(buf_done(&b->sealed, "a sealed package"));
    return vault_put(b->out, uuid_text(b->id).text, buf_str(&b->sealed));
}

/* --- records
 * --------------------------------------------------------------------------------------- */

static struct err *copy(struct bare *b)
{
    int64_t at = clock_monotonic_us();
    TRY(buf_done(&b->rows, "rows"));
    if (b->rows.len > 0)
        TRY(db_copy(b->db, &copy_rows, buf_str(&b->rows)));
    buf_clear(&b->rows);
    spend(b, COPYING, &at);
    return NULL;
}

static void add_record(struct bare *b, struct str file, struct record *r)
{
    const struct str row =
        str_slice(file, (size_t)r->row_offset, (size_t)r->row_offset + (size_t)r->row_length);
    struct sha256 mac = hmac_sha256(key, &row, 1);
    memcpy(r->content_hmac.bytes, mac.bytes, sizeof r->content_hmac.bytes);
    r->package = b->id;
    r->person = person_pseudonym(key, &r->identity);
    r->shard = person_shard(r->person);
    r->stage = S("intermediate");
    r->text = (struct str){0}; /* care records have no full-text search */
    record_copy(r, b->records++, &b->rows);
}

static struct err *read_rows(struct bare *b, struct reader *reader, struct str file)
{
    const struct err *mark = err_mark();
    struct item item;
    for (bool more = true;;) {
        err_forget(mark);
        TRY(reader_next(reader, &item, &more));
        if (!more)
            return NULL;
        if (item.has_record)
            add_record(b, file, &item.record);
        if (b->rows.len > ROWS_ENOUGH)
            TRY(copy(b));
    }
}

static struct err *read_driver(struct bare *b, struct str path, struct str file)
{
    static const struct record defaults = {.type = {"care", 4},
                                           .archive_creator = {"Region Ekeby", 12},
                                           .care_provider = {"SE0000000001-1001", 17},
                                           .source_system = {"SE0000000001-3009", 17}};
    const struct mapping *mapping = mapping_for(b->mappings, b->mapping_count, path, b->arena);
    if (mapping == NULL)
        return NULL;
    struct source source = source_from_str(&file);
    const struct reader_input input = {.name = mapping->reader,
                                       .path = path,
                                       .source = &source,
                                       .to = source.size,
                                       .mapping = mapping,
                                       .defaults = &defaults};
    struct reader *reader = NULL;
    TRY(reader_open(&input, &reader));
    struct err *e = read_rows(b, reader, file);
    reader_close(reader);
    return e;
}

/* --- a package
 * ------------------------------------------------------------------------------------- */

/* Our packages have one folder outermost. */
static struct str below_root(struct str path)
{
    struct str root = {0};
    return str_cut(&path, '/', &root) ? path : (struct str){0};
}

static struct err *read_mapping(struct bare *b, const struct source *source,
                                struct entry_reader *reader)
{
    autoentries struct entries *list = NULL;
    enum entries_step step = ENTRIES_ENTRY;
    struct entry entry;
    struct str text = {0};
    TRY(entries_open(source, CONTAINER_ZIP, NULL, &list));
    for (;;) {
        TRY(entries_next(list, &entry, &step));
        if (step == ENTRIES_END)
            return err_new(ERR_INVALID, "the package has no documentation/mapping.json");
        if (str_equal(below_root(entry.path), S("documentation/mapping.json")))
            break;
    }
    TRY(entry_read_whole(reader, &entry, FILE_MAX, b->arena, &text));
    return mapping_read(text, b->arena, &b->mappings, &b->mapping_count);
}

static struct err *read_entries(struct bare *b, const struct source *source,
                                struct entry_reader *reader)
{
    autoentries struct entries *list = NULL;
    enum entries_step step = ENTRIES_ENTRY;
    struct entry entry;
    int64_t at = clock_monotonic_us();
    TRY(entries_open(source, CONTAINER_ZIP, NULL, &list));
    for (;;) {
        struct str file = {0};
        arena_reset(b->entry_arena);
        TRY(entries_next(list, &entry, &step));
        if (step == ENTRIES_END)
            return NULL;
        if (entry.kind != ENTRY_FILE)
            continue;
        TRY(entry_read_whole(reader, &entry, FILE_MAX, b->entry_arena, &file));
        (void)sha256_of(file);
        spend(b, UNPACKING, &at);
        TRY(read_driver(b, below_root(entry.path), file));
        spend(b, ROWS, &at);
    }
}

static struct err *do_package(struct bare *b, struct str path)
{
    int64_t at = clock_monotonic_us();
    arena_reset(b->arena);
    buf_clear(&b->package);
    b->id = uuid_random();
    TRY(package_bytes_read(b->folder, path, &b->package));
    spend(b, READING, &at);
    TRY(seal(b));
    spend(b, SEALING, &at);
    struct str bytes = buf_str(&b->package);
    struct source source = source_from_str(&bytes);
    autoreader struct entry_reader *reader = entry_reader_new(&source, CONTAINER_ZIP, NULL);
    TRY(read_mapping(b, &source, reader));
    TRY(read_entries(b, &source, reader));
    b->packages++;
    b->bytes += (int64_t)bytes.len;
    return NULL;
}

static struct err *do_all(struct bare *b)
{
    struct package_line *lines = NULL;
    size_t count = 0;
    autoarena struct arena *arena = arena_new((size_t)64 << 20);
    TRY(package_lines_read(b->folder, arena, &lines, &count));
    TRY(db_begin(b->db, 0));
    for (size_t i = 0; i < count; i++)
        TRY(do_package(b, lines[i].path));
    TRY(copy(b));
    int64_t at = clock_monotonic_us();
    TRY(flush_filesystem(b->out));
    spend(b, FLUSHING, &at);
    TRY(db_commit(b->db));
    spend(b, COPYING, &at);
    return NULL;
}

static struct err *open_all(struct bare *b, const char *out)
{
    const char *url = getenv("R7_DATABASE_URL"); /* NOLINT(concurrency-mt-unsafe): one thread */
    if (url == NULL)
        return err_field(ERR_INVALID, "R7_DATABASE_URL", "not set");
    b->out = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (b->out < 0)
        return err_errno(ERR_STORAGE, "could not open \"%s\"", out);
    return db_open(url, table, NULL, &b->db);
}

static void print_all(const struct bare *b, int64_t us)
{
    printf("packages=%zu bytes=%lld records=%lld ms=%lld", b->packages, (long long)b->bytes,
           (long long)b->records, (long long)us / 1000);
    for (int i = 0; i < WORK_KINDS; i++)
        printf(" %s=%lld", work_names[i], (long long)b->spent[i] / 1000);
    printf("\n");
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: bare FOLDER OUT\n", stderr);
        return 2;
    }
    struct bare b = {.folder = argv[1],
                     .arena = arena_new((size_t)64 << 20),
                     .entry_arena = arena_new(FILE_MAX + 65536),
                     .stream = age_stream_new(),
                     .package = buf_new(PACKAGE_MAX),
                     .sealed = buf_new(PACKAGE_MAX + PACKAGE_MAX / 16),
                     .rows = buf_new((size_t)64 << 20)};
    struct err *e = open_all(&b, argv[2]);
    int64_t start = clock_monotonic_us();
    if (e == NULL)
        e = do_all(&b);
    if (e == NULL)
        print_all(&b, clock_monotonic_us() - start);
    else
        fprintf(stderr, "bare: %s\n", e->detail);
    return e != NULL;
}
