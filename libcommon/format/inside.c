/* The second step: what lies inside a ZIP or an OLE2 file, against the container signatures. */
#include "format/identify.h"
#include "format/ole2.h"
#include "vault/entries.h"

static const struct entry_limits zip_limits = {
    .entries = 100000, .length = 1ULL << 42, .ratio = 200, .ratio_from = 256 << 20};

/* How far each container signature of this type has come. */
struct progress {
    const struct container_signature *signature;
    bool *found; /* its files */
    size_t left;
};

struct look {
    struct arena *arena;
    struct progress *list;
    size_t count;
    struct matcher matcher;
    char *bytes; /* FORMAT_INNER of them */
};

static void look_begin(struct look *look, const struct format_signatures *s,
                       enum format_inside inside)
{
    look->list = ARENA_ARRAY(look->arena, struct progress, s->container_count + 1);
    look->bytes = arena_alloc(look->arena, FORMAT_INNER, 1);
    look->matcher.effort = MATCH_EFFORT;
    for (size_t i = 0; i < s->container_count; i++) {
        const struct container_signature *c = &s->containers[i];
        if (c->inside == inside)
            look->list[look->count++] = (struct progress){
                c, arena_alloc(look->arena, c->file_count, sizeof(bool)), c->file_count};
    }
}

/* A path that ends with '/' is a folder's. */
static bool is_path(const struct inner_file *file, struct str path, bool folder)
{
    struct str wanted = file->path;
    bool wants_folder = str_ends(wanted, S("/"));
    if (wants_folder)
        wanted = str_slice(wanted, 0, wanted.len - 1);
    return (!wants_folder || folder) && str_equal(wanted, path);
}

enum wanted { NOT_WANTED, BY_NAME, WITH_CONTENT };

static enum wanted wanted(const struct look *look, struct str path, bool folder)
{
    enum wanted most = NOT_WANTED;
    for (size_t i = 0; i < look->count && most < WITH_CONTENT; i++)
        for (size_t f = 0; f < look->list[i].signature->file_count; f++) {
            const struct inner_file *file = &look->list[i].signature->files[f];
            enum wanted now = file->any ? BY_NAME : WITH_CONTENT;
            if (now > most && !look->list[i].found[f] && is_path(file, path, folder))
                most = now;
        }
    return most;
}

static bool content_matches(struct look *look, const struct inner_file *file)
{
    for (size_t i = 0; i < file->count; i++)
        if (signature_matches(&file->signatures[i], &look->matcher))
            return true;
    return file->any;
}

/* Its content, if there is any, lies in the matcher. */
static void see(struct look *look, struct str path, bool folder)
{
    for (size_t i = 0; i < look->count; i++) {
        struct progress *p = &look->list[i];
        for (size_t f = 0; f < p->signature->file_count; f++) {
            const struct inner_file *file = &p->signature->files[f];
            if (p->found[f] || !is_path(file, path, folder) || !content_matches(look, file))
                continue;
            p->found[f] = true;
            p->left--;
        }
    }
}

static void set_content(struct look *look, size_t got, uint64_t length)
{
    look->matcher.head = (struct str){look->bytes, got};
    look->matcher.tail = got == length ? look->matcher.head : (struct str){look->bytes, 0};
}

/* --- ZIP */

static struct err *see_entry(struct look *look, struct entry_reader *reader,
                             const struct entry *entry)
{
    bool folder = entry->kind == ENTRY_FOLDER;
    enum wanted need = wanted(look, entry->path, folder);
    size_t got = 0;
    set_content(look, 0, 0);
    if (need == WITH_CONTENT && !folder) {
        TRY(entry_open(reader, entry, 0));
        TRY(entry_read(reader, look->bytes, FORMAT_INNER, &got));
        set_content(look, got, entry->length);
    }
    if (need != NOT_WANTED)
        see(look, entry->path, folder);
    return NULL;
}

static struct err *look_into_zip(struct look *look, const struct source *whole)
{
    autoentries struct entries *list = NULL;
    TRY(entries_open(whole, CONTAINER_ZIP, &zip_limits, &list));
    autoreader struct entry_reader *reader = entry_reader_new(whole, CONTAINER_ZIP, NULL);
    struct err *damaged = NULL;
    for (enum entries_step step = ENTRIES_POINT; step != ENTRIES_END;) {
        struct entry entry;
        TRY(entries_next(list, &entry, &step));
        struct err *e = step == ENTRIES_ENTRY ? see_entry(look, reader, &entry) : NULL;
        if (e != NULL && err_class(e) != ERR_CLASS_REJECT)
            return e;
        damaged = damaged == NULL ? e : damaged;
    }
    return damaged;
}

/* --- OLE2 */

static struct err *see_ole2_entry(struct look *look, struct ole2 *ole2,
                                  const struct ole2_entry *entry)
{
    enum wanted need = wanted(look, entry->path, entry->folder);
    size_t got = 0;
    set_content(look, 0, 0);
    if (need == WITH_CONTENT && !entry->folder) {
        TRY(ole2_read(ole2, entry, look->bytes, FORMAT_INNER, &got));
        set_content(look, got, entry->length);
    }
    if (need != NOT_WANTED)
        see(look, entry->path, entry->folder);
    return NULL;
}

static struct err *look_into_ole2(struct look *look, const struct source *whole)
{
    struct ole2 *ole2 = NULL;
    size_t count = 0;
    struct err *damaged = NULL;
    TRY(ole2_open(whole, look->arena, &ole2));
    const struct ole2_entry *entries = ole2_entries(ole2, &count);
    for (size_t i = 0; i < count; i++) {
        struct err *e = see_ole2_entry(look, ole2, &entries[i]);
        if (e != NULL && err_class(e) != ERR_CLASS_REJECT)
            return e;
        damaged = damaged == NULL ? e : damaged;
    }
    return damaged;
}

/* --- both */

static void to_hits(const struct look *look, const struct format_signatures *s, struct hits *hits)
{
    for (size_t i = 0; i < look->count; i++) {
        const struct container_signature *c = look->list[i].signature;
        for (size_t f = 0; f < c->format_count && look->list[i].left == 0; f++)
            hits_add(hits, (struct hit){.format = &s->formats[c->formats[f]]}, look->arena);
    }
}

struct err *format_identify_inside(const struct format_signatures *signatures,
                                   const struct source *whole, struct arena *arena,
                                   struct format_result *result)
{
    struct look look = {.arena = arena};
    struct hits hits = {0};
    if (result->inside == FORMAT_NOTHING_INSIDE)
        return NULL;
    look_begin(&look, signatures, result->inside);
    struct err *e =
        result->inside == FORMAT_ZIP ? look_into_zip(&look, whole) : look_into_ole2(&look, whole);
    if (e != NULL && err_class(e) != ERR_CLASS_REJECT)
        return e;
    if (look.matcher.effort == 0)
        return effort_spent();
    result->unopened = e;
    to_hits(&look, signatures, &hits);
    if (hits.count > 0)
        hits_to_result(&hits, FORMAT_BY_CONTAINER, arena, result);
    return NULL;
}
