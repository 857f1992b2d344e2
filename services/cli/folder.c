/* A folder listed, and read as one source. */
#include "folder.h"

#include "base/base.h"
#include "vault/vault.h"
#include "walk.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITE_BYTES = 1024 * 1024, INDEX_BYTES = 1 << 28 };

/* Where a file with bytes begins in the source, and which place it has in the listing. */
struct placed {
    uint64_t offset;
    uint64_t place;
};

struct folder {
    int root;
    size_t above; /* bytes of the folder's own name and '/' before each path */
    struct spool *spool;
    struct source index;
    struct listing *listing;
    struct placed *files;
    size_t count;
    size_t capacity;
    struct source source;
    /* The file that was read last. */
    int file;
    uint64_t begins;
    uint64_t ends;
};

/* --- listing */

struct folding {
    struct folder *folder;
    struct entry_index_writer *writer;
    struct buf bytes;
    uint64_t entries;
    uint64_t offset;
};

static struct err *refuse_kind(enum walk_kind kind)
{
    return kind == WALK_LINK ? err_rule(ERR_UNSAFE, "container_link", "the entry is a link")
                             : err_rule(ERR_UNSUPPORTED, "container_kind",
                                        "the entry is neither file nor folder");
}

static struct err *add_entry(struct folding *f, const struct entry *entry)
{
    struct err *unsafe = entry_path_check(entry->path, f->entries++);
    if (unsafe != NULL)
        unsafe->field = NULL; /* the walk names the path */
    TRY(unsafe);
    entry_index_add(f->writer, entry, &f->bytes);
    if (f->bytes.len < WRITE_BYTES)
        return NULL;
    TRY(buf_done(&f->bytes, "the list of entries"));
    TRY(spool_add(f->folder->spool, buf_str(&f->bytes)));
    buf_clear(&f->bytes);
    return NULL;
}

static struct err *see(void *state, enum walk_kind kind, int descriptor, struct str path)
{
    struct folding *f = state;
    struct stat about;
    struct entry entry = {.path = path, .kind = ENTRY_FOLDER, .offset = f->offset};
    if (kind == WALK_LINK || kind == WALK_OTHER)
        return refuse_kind(kind);
    if (kind == WALK_FILE) {
        if (fstat(descriptor, &about) != 0)
            return err_errno(ERR_STORAGE, "could not ask for its size");
        entry.kind = ENTRY_FILE;
        entry.length = (uint64_t)about.st_size;
        entry.stored_length = entry.length;
        f->offset += entry.length;
    }
    return add_entry(f, &entry);
}

static struct err *list_all(struct folding *f, const char *path, const char *name)
{
    TRY(see(f, WALK_FOLDER, -1, str_from(name)));
    TRY(walk_all(path, name, see, f));
    TRY(entry_index_end(f->writer, &f->bytes));
    TRY(buf_done(&f->bytes, "the list of entries"));
    return spool_add(f->folder->spool, buf_str(&f->bytes));
}

static struct err *list(struct folder *folder, const char *path, const char *name)
{
    struct folding f = {.folder = folder, .bytes = buf_new(INDEX_BYTES)};
    f.writer = entry_index_writer_new(CONTAINER_TAR, &f.bytes);
    struct err *e = list_all(&f, path, name);
    entry_index_writer_free(f.writer);
    buf_free(&f.bytes);
    folder->source.size = f.offset;
    TRY(e);
    TRY(spool_end(folder->spool, &folder->index));
    return listing_open(&folder->index, 1, &folder->listing);
}

static void place(struct folder *f, const struct entry *entry, uint64_t at)
{
    if (entry->length == 0)
        return;
    if (f->count == f->capacity) {
        f->capacity = f->capacity == 0 ? 1024 : f->capacity + f->capacity / 2;
        f->files = must_realloc(f->files, f->capacity * sizeof *f->files);
    }
    f->files[f->count++] = (struct placed){entry->offset, at};
}

static struct err *place_all(struct folder *f)
{
    autoarena struct arena *path = arena_new(2 * ENTRY_PATH_MAX);
    struct listing_cursor cursor = {0};
    struct entry_index_item item;
    uint64_t at = 0;
    for (;;) {
        arena_reset(path);
        TRY(listing_next(f->listing, &cursor, path, &item, &at));
        if (item.step == ENTRIES_END)
            return NULL;
        place(f, &item.entry, at);
    }
}

/* --- reading */

/* The last that begins at or before the offset. */
static const struct placed *find_file(const struct folder *f, uint64_t offset)
{
    size_t low = 0;
    size_t high = f->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (f->files[middle].offset <= offset)
            low = middle;
        else
            high = middle;
    }
    return &f->files[low];
}

static struct err *open_entry(struct folder *f, const struct entry *entry, struct arena *arena)
{
    struct stat about;
    const char *path = arena_cstr(arena, str_slice(entry->path, f->above, entry->path.len));
    cleanup_close(&f->file);
    f->file = vault_open_below(f->root, path, O_RDONLY | O_NONBLOCK);
    if (f->file < 0)
        return err_errno(ERR_STORAGE, "could not open \"%s\"", path);
    if (fstat(f->file, &about) != 0 || !S_ISREG(about.st_mode) ||
        (uint64_t)about.st_size != entry->length)
        return err_new(ERR_STORAGE, "\"%s\" was changed while it was judged", path);
    f->begins = entry->offset;
    f->ends = entry->offset + entry->length;
    return NULL;
}

static struct err *open_at(struct folder *f, uint64_t offset)
{
    autoarena struct arena *arena = arena_new(4 * ENTRY_PATH_MAX);
    struct entry entry;
    if (offset >= f->begins && offset < f->ends)
        return NULL;
    f->ends = 0;
    TRY(listing_at(f->listing, find_file(f, offset)->place, arena, &entry));
    return open_entry(f, &entry, arena);
}

static struct err *read_folder(void *state, uint64_t offset, void *out, size_t length)
{
    struct folder *f = state;
    while (length > 0) {
        TRY(open_at(f, offset));
        uint64_t left = f->ends - offset;
        size_t some = left < length ? (size_t)left : length;
        const struct source file = source_from_file(&f->file, f->ends - f->begins);
        TRY(source_read(&file, offset - f->begins, out, some));
        out = (char *)out + some;
        offset += some;
        length -= some;
    }
    return NULL;
}

/* --- the whole */

/* What the folder is called, also when it was given as ".". */
static struct err *name_of(const char *path, char out[NAME_MAX + 1])
{
    autofree char *whole = realpath(path, NULL);
    if (whole == NULL)
        return err_errno(ERR_NOT_FOUND, "could not open the folder \"%s\"", path);
    const char *name = strrchr(whole, '/') + 1;
    if (*name == '\0')
        return err_new(ERR_INVALID, "the root of the file system is no package");
    snprintf(out, NAME_MAX + 1, "%s", name);
    return NULL;
}

struct err *folder_open(const char *path, int scratch, struct folder **out)
{
    autofolder struct folder *f = must_calloc(1, sizeof *f);
    char name[NAME_MAX + 1];
    f->file = -1;
    f->spool = spool_new(scratch);
    f->source = (struct source){read_folder, f, 0};
    f->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->root < 0)
        return err_errno(ERR_NOT_FOUND, "could not open the folder \"%s\"", path);
    TRY(name_of(path, name));
    f->above = strlen(name) + 1;
    TRY(list(f, path, name));
    TRY(place_all(f));
    *out = TAKE(f);
    return NULL;
}

void folder_drop(struct folder **folder)
{
    struct folder *f = *folder;
    if (f == NULL)
        return;
    cleanup_close(&f->root);
    cleanup_close(&f->file);
    listing_free(f->listing);
    spool_free(f->spool);
    free(f->files);
    free(f);
    *folder = NULL;
}

const struct source *folder_listing(const struct folder *folder)
{
    return &folder->index;
}

const struct source *folder_source(const struct folder *folder)
{
    return &folder->source;
}
