/* From a piece to cells: text/xml.h says what the piece means, its tags say where each element
 * stands. */
#include "xml_row.h"

#include "base/base.h"
#include "text/xml.h"

enum { DEPTH_MAX = 128 };

/* head, bytes and tail read one after another. */
struct parts {
    struct str at[3];
    size_t next;
};

struct reading {
    const struct xml_piece *piece;
    struct buf *text;
    struct cell *cells;
    size_t *starts; /* where each cell's text begins in `text` */
    size_t count;
    size_t limit;
    size_t run;    /* bytes of text since the last tag */
    size_t tag_at; /* in the piece: behind the last tag seen */
    size_t open[DEPTH_MAX];
    size_t depth;
    struct str namespace;
};

static struct err *read_parts(void *state, void *out, size_t capacity, size_t *out_length)
{
    struct parts *parts = state;
    while (parts->next < COUNT(parts->at) && parts->at[parts->next].len == 0)
        parts->next++;
    *out_length = 0;
    if (parts->next == COUNT(parts->at))
        return NULL;
    struct str *part = &parts->at[parts->next];
    *out_length = part->len < capacity ? part->len : capacity;
    memcpy(out, part->ptr, *out_length);
    *part = str_slice(*part, *out_length, part->len);
    return NULL;
}

/* The next tag of an element in the piece; false at its end. */
static bool element_tag(struct str piece, size_t *at, struct xml_tag *out)
{
    do {
        bool whole = false;
        *at += str_find(str_slice(piece, *at, piece.len), '<');
        if (xml_tag_read(str_slice(piece, *at, piece.len), out, &whole) != NULL || !whole)
            return false;
        *at += out->text.len;
    } while (out->kind == XML_TAG_OTHER);
    return true;
}

/* No fewer cells than the piece has: one for each start tag and one for each '=' in it. */
static size_t count_cells(struct str piece)
{
    size_t count = 1;
    struct xml_tag tag;
    for (size_t at = 0; element_tag(piece, &at, &tag);) {
        count += tag.kind != XML_TAG_CLOSES;
        for (size_t i = 0; i < tag.text.len && tag.kind != XML_TAG_CLOSES; i++)
            count += tag.text.ptr[i] == '=';
    }
    return count;
}

static struct err *misread(void)
{
    return err_new(ERR_CORRUPT, "its tags and its meaning differ");
}

static struct cell *add_cell(struct reading *r, struct str name, struct arena *arena)
{
    struct cell *cell = &r->cells[r->count];
    r->starts[r->count++] = r->text->len;
    cell->name = arena_str(arena, name);
    cell->up = r->depth > 0 ? &r->cells[r->open[r->depth - 1]] : NULL;
    return cell;
}

static struct err *open_element(struct reading *r, const struct xml *x, struct arena *arena)
{
    struct xml_tag tag;
    size_t attribute_count = 0;
    const struct xml_attribute *attributes = xml_attributes(x, &attribute_count);
    if (r->depth == DEPTH_MAX || r->count + 1 + attribute_count > r->limit)
        return err_new(ERR_TOO_LARGE, "nested too deep");
    if (!element_tag(r->piece->bytes, &r->tag_at, &tag) || tag.kind == XML_TAG_CLOSES)
        return misread();
    if (r->count == 0)
        r->namespace = arena_str(arena, xml_namespace(x));
    size_t mine = r->count;
    struct cell *cell = add_cell(r, xml_name(x), arena);
    r->run = 0;
    cell->offset = r->piece->offset + r->tag_at - tag.text.len;
    cell->length = tag.kind == XML_TAG_EMPTY ? tag.text.len : 0;
    r->open[r->depth++] = mine;
    for (size_t i = 0; i < attribute_count; i++) {
        struct str name = arena_format(arena, "@%.*s", STR_ARG(attributes[i].name));
        add_cell(r, name, arena)->text = arena_str(arena, attributes[i].value);
    }
    return NULL;
}

static struct err *close_element(struct reading *r)
{
    struct xml_tag tag;
    size_t mine = r->open[--r->depth];
    r->run = 0;
    struct cell *cell = &r->cells[mine];
    if (cell->length == 0) { /* not an empty element: its end tag is next */
        if (!element_tag(r->piece->bytes, &r->tag_at, &tag) || tag.kind != XML_TAG_CLOSES)
            return misread();
        cell->length = r->piece->offset + r->tag_at - cell->offset;
    }
    /* A length for now: the text may still move. */
    cell->text.len = r->text->len - r->starts[mine];
    return NULL;
}

/* Keeps just enough of a long text to see that it is too long. */
static void add_text(struct reading *r, struct str text)
{
    size_t room = r->run <= XML_TEXT_MAX ? XML_TEXT_MAX + 1 - r->run : 0;
    r->run += text.len;
    buf_put(r->text, str_slice(text, 0, room));
}

static struct err *read_elements(struct reading *r, struct xml *x, struct arena *arena)
{
    enum xml_event event;
    for (size_t i = 0; i < r->piece->ancestors; i++)
        do
            TRY(xml_next(x, &event));
        while (event != XML_OPEN);
    do {
        TRY(xml_next(x, &event));
        if (event == XML_OPEN)
            TRY(open_element(r, x, arena));
        else if (event == XML_CLOSE)
            TRY(close_element(r));
        else if (event == XML_TEXT)
            add_text(r, xml_characters(x));
    } while (event != XML_END && (r->depth > 0 || r->count == 0));
    return buf_done(r->text, "the text of an element");
}

static void point_texts(struct reading *r)
{
    struct str all = buf_str(r->text);
    for (size_t i = 0; i < r->count; i++) {
        struct cell *cell = &r->cells[i];
        bool attribute = cell->text.ptr != NULL;
        if (!attribute)
            cell->text = str_slice(all, r->starts[i], r->starts[i] + cell->text.len);
        cell->text = cell->text.len <= XML_TEXT_MAX ? str_trim(cell->text) : (struct str){0};
    }
}

static const char *why_unreadable(const struct err *e)
{
    if (e->code == ERR_TOO_LARGE)
        return "is larger or deeper than the limits";
    return e->code == ERR_UNSAFE ? "holds what could harm its reader" : "is no well-formed XML";
}

struct row xml_row_read(const struct xml_piece *piece, struct arena *arena, struct buf *text)
{
    struct row row = {.number = piece->number, .offset = piece->offset, .length = piece->bytes.len};
    struct reading r = {.piece = piece, .text = text, .limit = count_cells(piece->bytes)};
    struct parts parts = {{piece->head, piece->bytes, piece->tail}, 0};
    if (r.limit > XML_CELLS_MAX) {
        row.unreadable = "has more elements and attributes than the limit";
        return row;
    }
    buf_clear(text);
    r.cells = ARENA_ARRAY(arena, struct cell,
                          r.limit + 1); /* the last one stays empty: row.c looks one ahead */
    r.starts = ARENA_ARRAY(arena, size_t, r.limit);
    autoxml struct xml *x = xml_open((struct xml_input){read_parts, &parts}, NULL);
    struct err *e = read_elements(&r, x, arena);
    if (e != NULL) {
        row.unreadable = why_unreadable(e);
        return row;
    }
    point_texts(&r);
    row.cells = row.top = r.cells;
    row.count = r.count;
    row.namespace = r.namespace;
    return row;
}
