/* Listing in steps, and the pieces seen as one. */
#include "validate/listing.h"

#include "base/base.h"

enum { WRITE_BYTES = 1024 * 1024, PASSED_BY = 64 * 1024 };

struct err *listing_recognise(const struct source *source, enum container *out)
{
    char first[CONTAINER_FIRST_BYTES];
    size_t length = source->size < sizeof first ? (size_t)source->size : sizeof first;
    TRY(source_read(source, 0, first, length));
    return container_recognise((struct str){first, length}, out);
}

static const char *const names[] = {
    [CONTAINER_ZIP] = "zip", [CONTAINER_TAR] = "tar", [CONTAINER_TAR_GZ] = "tar.gz"};

struct str container_name(enum container container)
{
    return str_from(names[container]);
}

bool container_named(struct str name, enum container *out)
{
    for (size_t i = 0; i < COUNT(names); i++)
        if (str_equal(name, str_from(names[i]))) {
            *out = (enum container)i;
            return true;
        }
    return false;
}

static struct err *write_piece(struct buf *bytes, size_t least, struct spool *piece)
{
    if (bytes->len < least)
        return NULL;
    TRY(buf_done(bytes, "the list of entries"));
    TRY(spool_add(piece, buf_str(bytes)));
    buf_clear(bytes);
    return NULL;
}

/* How much of the step an item takes. A file of a TAR is passed by without being read. */
static uint64_t work_of(const struct listing_step *step, const struct entry *entry)
{
    if (step->container != CONTAINER_TAR)
        return 0;
    return entry->length < PASSED_BY ? entry->length + 1024 : PASSED_BY;
}

static struct err *list_some(struct listing_step *step, struct entries *entries,
                             struct entry_index_writer *writer, struct buf *bytes,
                             struct spool *piece)
{
    struct entry entry;
    enum entries_step item = ENTRIES_ENTRY;
    uint64_t begun = step->point != NULL ? step->point->output : 0;
    for (uint64_t done = 0; done < step->bytes;) {
        TRY(entries_next(entries, &entry, &item));
        if (item == ENTRIES_END)
            break;
        if (item == ENTRIES_POINT) {
            entry_index_add_point(writer, entries_point(entries), bytes);
            done = entries_point(entries)->output - begun;
        } else {
            entry_index_add(writer, &entry, bytes);
            done += work_of(step, &entry);
        }
        TRY(write_piece(bytes, WRITE_BYTES, piece));
    }
    step->ended = item == ENTRIES_END;
    step->stopped = entries_mark(entries);
    return NULL;
}

struct err *listing_step(struct listing_step *step, struct spool *piece)
{
    autobuf struct buf bytes = buf_new((size_t)1 << 28);
    autoentries struct entries *entries = NULL;
    TRY(entries_resume(step->source, step->container, NULL, &step->mark, step->point, &entries));
    autoindexwriter struct entry_index_writer *writer =
        entry_index_writer_new(step->container, &bytes);
    TRY(list_some(step, entries, writer, &bytes, piece));
    TRY(entry_index_end(writer, &bytes));
    return write_piece(&bytes, 1, piece);
}

struct err *listing_last_point(const struct source *piece, struct restart_point *out,
                               bool *out_found)
{
    autoindex struct entry_index *index = NULL;
    TRY(entry_index_open(piece, &index));
    return entry_index_point(index, 0, entry_index_points(index), UINT64_MAX, out, out_found);
}

/* --- all pieces as one
 * ------------------------------------------------------------------------------ */

struct piece {
    struct entry_index *index;
    uint64_t base; /* place of its first byte */
};

struct listing {
    struct piece *pieces;
    size_t count;
};

struct err *listing_open(const struct source *pieces, size_t count, struct listing **out)
{
    autolisting struct listing *l = must_calloc(1, sizeof *l);
    uint64_t base = 0;
    l->pieces = must_calloc(count + 1, sizeof *l->pieces);
    for (size_t i = 0; i < count; i++) {
        l->pieces[i].base = base;
        TRY(entry_index_open(&pieces[i], &l->pieces[i].index));
        l->count++;
        base += pieces[i].size;
    }
    *out = TAKE(l);
    return NULL;
}

void listing_free(struct listing *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < l->count; i++)
        entry_index_free(l->pieces[i].index);
    free(l->pieces);
    free(l);
}

void listing_drop(struct listing **l)
{
    listing_free(*l);
    *l = NULL;
}

struct err *listing_next(struct listing *l, struct listing_cursor *cursor, struct arena *arena,
                         struct entry_index_item *out, uint64_t *out_place)
{
    out->step = ENTRIES_END;
    for (; cursor->piece < l->count; *cursor = (struct listing_cursor){cursor->piece + 1, 0}) {
        const struct piece *piece = &l->pieces[cursor->piece];
        TRY(entry_index_item(piece->index, &cursor->at, arena, out));
        *out_place = piece->base + out->at;
        if (out->step != ENTRIES_END)
            return NULL;
    }
    return NULL;
}

struct err *listing_at(const struct listing *l, uint64_t place, struct arena *arena,
                       struct entry *out)
{
    struct entry_index_item item;
    size_t number = l->count;
    while (number > 1 && l->pieces[number - 1].base > place)
        number--;
    if (number == 0)
        return ERR_BUG_AT("an empty listing was asked for a place");
    uint64_t at = place - l->pieces[number - 1].base;
    TRY(entry_index_item(l->pieces[number - 1].index, &at, arena, &item));
    if (item.step != ENTRIES_ENTRY)
        return ERR_BUG_AT("a place of the listing is no entry");
    *out = item.entry;
    return NULL;
}

struct err *listing_points(const struct listing *l, uint64_t output, const struct entry_index **out)
{
    struct restart_point point;
    bool found = false;
    *out = NULL;
    for (size_t i = l->count; i > 0 && !found; i--) {
        const struct entry_index *index = l->pieces[i - 1].index;
        TRY(entry_index_point(index, 0, entry_index_points(index), output, &point, &found));
        *out = found ? index : NULL;
    }
    return NULL;
}

static struct err *copy_piece(const struct entry_index *piece, bool entries, struct arena *path,
                              struct index_out *out)
{
    struct entry_index_item item;
    for (uint64_t cursor = 0;;) {
        arena_reset(path);
        TRY(entry_index_item(piece, &cursor, path, &item));
        if (item.step == ENTRIES_END)
            return NULL;
        if (item.step == ENTRIES_POINT)
            TRY(entry_index_copy_point(piece, &item, out->writer, &out->bytes));
        else if (entries)
            entry_index_add(out->writer, &item.entry, &out->bytes);
        TRY(index_out_flush(out));
    }
}

static struct err *copy(const struct listing *l, bool entries, struct index_out *out)
{
    autoarena struct arena *path = arena_new(2 * ENTRY_PATH_MAX);
    for (size_t i = 0; i < l->count; i++)
        TRY(copy_piece(l->pieces[i].index, entries, path, out));
    return NULL;
}

struct err *listing_copy(const struct listing *l, struct index_out *out)
{
    return copy(l, true, out);
}

struct err *listing_copy_points(const struct listing *l, struct index_out *out)
{
    return copy(l, false, out);
}
