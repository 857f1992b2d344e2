/* A SIARD file: its ZIP, and what comes in which order. */
#include "content/siard.h"

#include "base/base.h"
#include "base/digest.h"

static const struct entry_limits limits = {
    .entries = SIARD_FILES, .length = 1ULL << 42, .ratio = 200, .ratio_from = 256ULL << 20};

void siard_fault(const struct siard *s, enum content_rule rule, struct str inside, struct str found,
                 struct str expected)
{
    content_fault(s->report,
                  &(struct content_fault){
                      .rule = rule, .inside = inside, .found = found, .expected = expected});
}

struct err *siard_damaged(const struct siard *s, struct str inside, struct err *e)
{
    if (e == NULL || err_class(e) != ERR_CLASS_REJECT)
        return e;
    siard_fault(s, CONTENT_siard_damaged, inside, str_from(e->detail), (struct str){0});
    return NULL;
}

struct err *siard_read(void *state, void *out, size_t capacity, size_t *out_length)
{
    return entry_read(state, out, capacity, out_length);
}

/* --- files */

static uint64_t hash_of(struct str path)
{
    uint64_t hash;
    memcpy(&hash, sha256_of(path).bytes, sizeof hash);
    return hash;
}

static int compare_files(const void *a, const void *b)
{
    const struct siard_file *left = a;
    const struct siard_file *right = b;
    return (left->hash > right->hash) - (left->hash < right->hash);
}

static struct siard_file *find_hash(struct siard *s, uint64_t hash)
{
    const struct siard_file wanted = {.hash = hash};
    return s->file_count == 0
               ? NULL
               : bsearch(&wanted, s->files, s->file_count, sizeof wanted, compare_files);
}

struct siard_file *siard_find(struct siard *s, struct str path)
{
    struct siard_file *file = find_hash(s, hash_of(path));
    if (file != NULL)
        file->mentioned = true;
    return file;
}

struct entry siard_entry(const struct siard_file *file)
{
    return (struct entry){.kind = ENTRY_FILE,
                          .method = file->deflated ? ENTRY_DEFLATE : ENTRY_STORED,
                          .offset = file->offset,
                          .stored_length = file->stored_length,
                          .length = file->length,
                          .has_crc32 = true,
                          .crc32 = file->crc32};
}

static void add_file(struct siard *s, const struct entry *e)
{
    GROW(s->files, s->file_count, s->file_capacity);
    s->files[s->file_count++] = (struct siard_file){.hash = hash_of(e->path),
                                                    .offset = e->offset,
                                                    .stored_length = e->stored_length,
                                                    .length = e->length,
                                                    .crc32 = e->crc32,
                                                    .deflated = e->method == ENTRY_DEFLATE};
}

/* One walk along the ZIP's entries: `see` for each file. */
typedef void see_entry(struct siard *s, const struct entry *entry);

static struct err *walk_entries(struct siard *s, see_entry *see)
{
    autoentries struct entries *list = NULL;
    struct entry entry;
    TRY(entries_open(s->source, CONTAINER_ZIP, &limits, &list));
    for (enum entries_step step = ENTRIES_POINT;;) {
        TRY(entries_next(list, &entry, &step));
        if (step == ENTRIES_END)
            return NULL;
        if (step == ENTRIES_ENTRY)
            see(s, &entry);
    }
}

static struct err *list(struct siard *s)
{
    char first[CONTAINER_FIRST_BYTES];
    size_t length = s->source->size < sizeof first ? (size_t)s->source->size : sizeof first;
    enum container container = CONTAINER_ZIP;
    TRY(source_read(s->source, 0, first, length));
    TRY(container_recognise((struct str){first, length}, &container));
    if (container != CONTAINER_ZIP)
        return err_new(ERR_UNSUPPORTED, "a ZIP is needed; this is a TAR");
    TRY(walk_entries(s, add_file));
    if (s->file_count > 0)
        qsort(s->files, s->file_count, sizeof *s->files, compare_files);
    return NULL;
}

/* --- what else lies in the ZIP */

static void see_unmentioned(struct siard *s, const struct entry *entry)
{
    const struct siard_file *file = find_hash(s, hash_of(entry->path));
    bool header = str_starts(entry->path, S("header/"));
    if (entry->kind == ENTRY_FILE && !header && file != NULL && !file->mentioned)
        siard_fault(s, CONTENT_siard_unmentioned, entry->path, (struct str){0}, (struct str){0});
}

static const struct {
    enum siard_version version;
    enum content_kind kind;
    const char *folder; /* NULL: it has none */
} versions[] = {{SIARD_1_0, CONTENT_SIARD_1_0, NULL},
                {SIARD_2_0, CONTENT_SIARD_2_0, "header/version/2.0"},
                {SIARD_2_1, CONTENT_SIARD_2_1, "header/version/2.1"},
                {SIARD_2_2, CONTENT_SIARD_2_2, "header/version/2.2"}};

static const char *const version_names[] = {"SIARD_1.0", "SIARD_2.0", "SIARD_2.1", "SIARD_2.2"};

static void check_version(struct siard *s)
{
    struct str found = {0};
    struct str declared = {0};
    for (size_t i = 0; i < COUNT(versions); i++) {
        if (versions[i].version == s->version) {
            found = str_from(version_names[i]);
            if (versions[i].folder != NULL && siard_find(s, str_from(versions[i].folder)) == NULL)
                siard_fault(s, CONTENT_siard_version_folder, (struct str){0}, (struct str){0},
                            str_from(versions[i].folder));
        }
        if (versions[i].kind == s->declared)
            declared = str_from(version_names[i]);
    }
    if (found.len > 0 && declared.len > 0 && !str_equal(found, declared))
        siard_fault(s, CONTENT_siard_declared, (struct str){0}, found, declared);
}

static struct err *check_content(struct siard *s)
{
    TRY(siard_metadata(s));
    check_version(s);
    for (size_t i = 0; i < s->table_count; i++)
        TRY(siard_table_check(s, &s->tables[i]));
    return s->outside || s->in_fields || s->not_whole ? NULL : walk_entries(s, see_unmentioned);
}

static struct err *check(struct siard *s)
{
    struct err *e = list(s);
    if (e != NULL && err_class(e) == ERR_CLASS_REJECT) {
        siard_fault(s, CONTENT_siard_zip, (struct str){0}, str_from(e->detail), (struct str){0});
        return NULL;
    }
    TRY(e);
    struct siard_file *metadata = siard_find(s, S(SIARD_METADATA));
    if (metadata == NULL) {
        siard_fault(s, CONTENT_siard_no_metadata, (struct str){0}, (struct str){0},
                    S(SIARD_METADATA));
        return NULL;
    }
    return check_content(s);
}

struct err *siard_check(const struct source *file, enum content_kind kind,
                        const struct content_around *around, const struct content_report *report)
{
    struct siard s = {.source = file,
                      .report = report,
                      .around = around,
                      .declared = kind,
                      .arena = arena_new(SIARD_MEMORY),
                      .reader = entry_reader_new(file, CONTAINER_ZIP, NULL),
                      .lobs = entry_reader_new(file, CONTAINER_ZIP, NULL)};
    struct err *e = check(&s);
    entry_reader_free(s.reader);
    entry_reader_free(s.lobs);
    arena_free(s.arena);
    free(s.files);
    free(s.tables);
    free(s.columns);
    return e;
}
