/* The container of a package, its entry index, and one open file. */
#include "services/indexing/contents.h"

#include "base/base.h"

enum {
    ARENA_LIMIT = 128 * 1024 * 1024,
    HELD_INDEX_MAX = 16 * 1024 * 1024, /* so much of an index is read at once, not chunk by chunk */
    LISTED_MAX = 96 * 1024 * 1024,     /* of the index of a container that had none */
};

struct contents {
    struct arena *arena;
    struct package_part *delivered_part;
    struct package_part *entries_part; /* NULL: there is no index */
    struct source delivered;
    enum container container;
    struct str held; /* the whole index, when it is small or was made here */
    struct buf listed;
    struct source index_source;
    struct entry_index *index;
    struct str root;
    struct entry_reader *reader;
    struct entry entry; /* the open file */
    uint64_t at;        /* where its reader stands; UINT64_MAX: nowhere yet */
    bool failed;
    struct restart_point point; /* scratch: passed over on the way to the next file */
};

static struct err *recognise(struct contents *c)
{
    char first[CONTAINER_FIRST_BYTES];
    const struct source *source = &c->delivered;
    size_t length = source->size < sizeof first ? (size_t)source->size : sizeof first;
    TRY(source_read(source, 0, first, length));
    return container_recognise((struct str){first, length}, &c->container);
}

/* --- the index
 * ------------------------------------------------------------------------------------- */

static struct err *hold_index(struct contents *c)
{
    c->index_source = package_part_source(c->entries_part);
    uint64_t size = c->index_source.size;
    if (size > HELD_INDEX_MAX)
        return NULL;
    char *bytes = arena_alloc(c->arena, size + 1, 1);
    TRY(source_read(&c->index_source, 0, bytes, size));
    c->held = (struct str){bytes, size};
    c->index_source = source_from_str(&c->held);
    return NULL;
}

static struct err *list(struct contents *c)
{
    autoentries struct entries *entries = NULL;
    autoindexwriter struct entry_index_writer *writer =
        entry_index_writer_new(c->container, &c->listed);
    enum entries_step step = ENTRIES_ENTRY;
    struct entry entry;
    TRY(entries_open(&c->delivered, c->container, NULL, &entries));
    for (;;) {
        TRY(entries_next(entries, &entry, &step));
        if (step == ENTRIES_END)
            break;
        if (step == ENTRIES_POINT)
            entry_index_add_point(writer, entries_point(entries), &c->listed);
        else
            entry_index_add(writer, &entry, &c->listed);
    }
    TRY(entry_index_end(writer, &c->listed));
    TRY(buf_done(&c->listed, "the list of the package's files"));
    c->held = buf_str(&c->listed);
    c->index_source = source_from_str(&c->held);
    return NULL;
}

/* --- where the package begins
 * --------------------------------------------------------------------------------- */

static struct err *is_there(struct contents *c, struct str folder, const char *name, bool *out)
{
    struct entry entry = {0};
    struct str path = arena_format(c->arena, "%.*s%s", STR_ARG(folder), name);
    const struct err *mark = err_mark();
    struct err *e = contents_find(c, path, &entry);
    *out = e == NULL;
    if (e != NULL && e->code != ERR_NOT_FOUND)
        return e;
    err_forget(mark);
    return NULL;
}

/* Does the folder hold the package's description: E-ARK's, or FGS's? */
static struct err *is_described(struct contents *c, struct str folder, bool *out)
{
    static const char *const descriptions[] = {"METS.xml", "sip.xml", "mets.xml"};
    *out = false;
    for (size_t i = 0; i < COUNT(descriptions) && !*out; i++)
        TRY(is_there(c, folder, descriptions[i], out));
    return NULL;
}

/* The first folder right below `prefix`, with the '/' at its end; empty when no file lies so deep.
 */
static struct err *first_folder(struct contents *c, struct str prefix, struct str *out)
{
    struct entry entry = {0};
    uint64_t cursor = 0;
    *out = S("");
    for (bool more = true;;) {
        TRY(contents_next(c, &cursor, c->arena, &entry, &more));
        if (!more)
            return NULL;
        struct str rest = str_slice(entry.path, prefix.len, entry.path.len);
        size_t length = str_find(rest, '/');
        if (!str_starts(entry.path, prefix) || length == rest.len)
            continue;
        *out = arena_str(c->arena, str_slice(entry.path, 0, prefix.len + length + 1));
        return NULL;
    }
}

/* In a bag the package is its data, or a folder in that. */
static struct err *find_root_in_bag(struct contents *c)
{
    struct str data = arena_format(c->arena, "%.*sdata/", STR_ARG(c->root));
    struct str folder = {0};
    bool described = false;
    TRY(is_described(c, data, &described));
    if (described) {
        c->root = data;
        return NULL;
    }
    TRY(first_folder(c, data, &folder));
    TRY(is_described(c, folder, &described));
    if (described && folder.len > 0)
        c->root = folder;
    return NULL;
}

/* The folder of the package's description, or else that around everything; none when there is none.
 */
static struct err *find_root(struct contents *c)
{
    bool bare = false;
    bool bag = false;
    TRY(is_described(c, S(""), &bare));
    if (!bare)
        TRY(is_there(c, S(""), "bagit.txt", &bag));
    if (!bare && !bag) {
        TRY(first_folder(c, S(""), &c->root));
        TRY(is_there(c, c->root, "bagit.txt", &bag));
    }
    return bag ? find_root_in_bag(c) : NULL;
}

/* --- opening
 * --------------------------------------------------------------------------------------- */

static struct err *open_all(struct contents *c)
{
    c->delivered = package_part_source(c->delivered_part);
    if (c->entries_part != NULL) {
        TRY(hold_index(c));
    } else {
        TRY(recognise(c));
        TRY(list(c));
    }
    TRY(entry_index_open(&c->index_source, &c->index));
    c->container = entry_index_container(c->index);
    c->reader = entry_reader_new(&c->delivered, c->container, c->index);
    return find_root(c);
}

struct err *contents_open(struct package_part *delivered, struct package_part *entries,
                          struct contents **out)
{
    struct contents *c = must_calloc(1, sizeof *c);
    c->delivered_part = delivered;
    c->entries_part = entries;
    c->arena = arena_new(ARENA_LIMIT);
    c->listed = buf_new(LISTED_MAX);
    c->root = S("");
    struct err *e = open_all(c);
    if (e != NULL)
        contents_close(c);
    else
        *out = c;
    return e;
}

void contents_close(struct contents *c)
{
    if (c == NULL)
        return;
    entry_reader_free(c->reader);
    entry_index_free(c->index);
    package_part_free(c->entries_part);
    package_part_free(c->delivered_part);
    buf_free(&c->listed);
    arena_free(c->arena);
    free(c);
}

/* --- reading
 * --------------------------------------------------------------------------------------- */

struct str contents_root(const struct contents *c)
{
    return c->root;
}

struct err *contents_find(struct contents *c, struct str path, struct entry *out)
{
    struct err *e = entry_index_find(c->index, path, out);
    if (e != NULL && e->code != ERR_NOT_FOUND)
        c->failed = true;
    return e;
}

struct err *contents_next(struct contents *c, uint64_t *cursor, struct arena *arena,
                          struct entry *out, bool *out_more)
{
    enum entries_step step = ENTRIES_POINT;
    while (step == ENTRIES_POINT || (step == ENTRIES_ENTRY && out->kind != ENTRY_FILE))
        TRY(entry_index_next(c->index, cursor, arena, out, &c->point, &step));
    *out_more = step == ENTRIES_ENTRY;
    return NULL;
}

static struct err *read_on(struct contents *c, uint64_t offset, char *out, size_t length)
{
    if (c->at != offset)
        TRY(entry_open(c->reader, &c->entry, offset));
    c->at = UINT64_MAX;
    for (size_t done = 0, got = 0; done < length; done += got)
        TRY(entry_read(c->reader, out + done, length - done, &got));
    c->at = offset + length;
    return NULL;
}

static struct err *read_file(void *state, uint64_t offset, void *out, size_t length)
{
    struct contents *c = state;
    struct err *e = read_on(c, offset, out, length);
    c->failed = e != NULL;
    return e;
}

struct source contents_source(struct contents *c, const struct entry *entry)
{
    c->entry = *entry;
    c->at = UINT64_MAX;
    c->failed = false;
    return (struct source){read_file, c, entry->length};
}

bool contents_failed(const struct contents *c)
{
    return c->failed;
}
