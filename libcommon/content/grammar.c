/* A table of elements walked along an XML document. */
#include "content/grammar.h"

#include "base/base.h"

enum { DEPTH = 128, TEXT_KEPT = 4096, CONTEXTS = 256, ROWS_OF_CONTEXT = 64, NAME_TOLD = 128 };

struct frame {
    const struct grammar_row *row;
    bool told;     /* that text stands in it, where none may */
    uint64_t seen; /* of the rows of its context */
    size_t last;   /* the row seen last, for the order */
};

struct grammar_walk {
    const struct grammar *grammar;
    const struct content_report *report;
    struct str inside;            /* absent: the file itself is the document */
    struct content_stream stream; /* of that file */
    struct xml *xml;
    uint8_t versions;
    struct frame frames[DEPTH];
    size_t depth;
    size_t first[CONTEXTS];       /* row of each context */
    bool only_elements[CONTEXTS]; /* may stand in what has the context, and no text */
    struct buf text; /* since the last tag, from its first character that is no space */
    bool padded;     /* a space stands before it */
    struct grammar_base64 base64;
    bool stale; /* the text was given away */
    int64_t line;
    bool whole;
    struct err *failure; /* of the bytes */
};

static struct grammar_walk *walk_new(const struct grammar *g, const struct content_report *report)
{
    struct grammar_walk *w = must_calloc(1, sizeof *w);
    w->grammar = g;
    w->report = report;
    w->versions = UINT8_MAX;
    w->text = buf_new(TEXT_KEPT);
    w->only_elements[ANY_ELEMENTS] = g->closed;
    for (size_t i = g->count; i-- > 1;) {
        w->first[g->rows[i].parent] = i;
        w->only_elements[g->rows[i].parent] |= g->closed && g->rows[i].name[0] != '@';
    }
    return w;
}

static const struct xml_options options = {.depth = DEPTH, .elements = UINT64_MAX};

struct grammar_walk *grammar_open(const struct grammar *grammar, const struct source *file,
                                  const struct content_report *report)
{
    struct grammar_walk *w = walk_new(grammar, report);
    w->stream = (struct content_stream){file, 0};
    w->xml = xml_open((struct xml_input){content_stream_read, &w->stream}, &options);
    return w;
}

struct grammar_walk *grammar_open_inside(const struct grammar *grammar, struct xml_input input,
                                         struct str path, const struct content_report *report)
{
    struct grammar_walk *w = walk_new(grammar, report);
    w->inside = path;
    w->xml = xml_open(input, &options);
    return w;
}

struct err *grammar_close(struct grammar_walk *w)
{
    struct err *failure = w->failure;
    xml_close(w->xml);
    buf_free(&w->text);
    free(w);
    return failure;
}

void grammar_versions(struct grammar_walk *w, uint8_t versions)
{
    w->versions = versions;
}

bool grammar_is_whole(const struct grammar_walk *w)
{
    return w->whole;
}

struct str grammar_attribute(const struct grammar_walk *w, const char *name)
{
    return xml_attribute(w->xml, NO_NAMESPACE, name);
}

const struct xml *grammar_xml(const struct grammar_walk *w)
{
    return w->xml;
}

/* --- faults */

void grammar_fault(struct grammar_walk *w, enum content_rule rule, struct str found,
                   struct str expected)
{
    content_fault(w->report, &(struct content_fault){.rule = rule,
                                                     .line = w->line,
                                                     .inside = w->inside,
                                                     .found = found,
                                                     .expected = expected});
}

/* "column/type", with where it comes from behind it. */
static void name_row(const struct grammar_walk *w, const struct grammar_row *row, struct buf *out)
{
    const char *around = w->depth > 0 ? w->frames[w->depth - 1].row->name : NULL;
    buf_format(out, "%s%s%s", around != NULL ? around : "", around != NULL ? "/" : "", row->name);
    if (row->source != NULL)
        buf_format(out, " (%s)", row->source);
}

static void fault_at(struct grammar_walk *w, enum content_rule rule, const struct grammar_row *row,
                     struct str found)
{
    autobuf struct buf text = buf_new(512);
    name_row(w, row, &text);
    if (rule == w->grammar->value)
        grammar_fault(w, rule, w->grammar->secret ? (struct str){0} : found, buf_str(&text));
    else if (rule == w->grammar->missing)
        grammar_fault(w, rule, found, buf_str(&text));
    else
        grammar_fault(w, rule, found.ptr != NULL ? found : buf_str(&text), buf_str(&text));
}

/* --- rows */

static bool holds(const struct grammar_walk *w, const struct grammar_row *row)
{
    return row->versions == 0 || (row->versions & w->versions) != 0;
}

static const struct grammar_row *end_of(const struct grammar *g)
{
    return g->rows + g->count;
}

/* The first row of what may stand in the frame's element. */
static const struct grammar_row *rows_in(const struct grammar_walk *w, const struct frame *f)
{
    const struct grammar *g = w->grammar;
    size_t first = f->row->child >= FIRST_CONTEXT ? w->first[f->row->child] : 0;
    return first > 0 ? &g->rows[first] : end_of(g);
}

static const struct grammar_row *find(const struct grammar_walk *w, const struct frame *f,
                                      struct str name)
{
    for (const struct grammar_row *r = rows_in(w, f);
         r < end_of(w->grammar) && r->parent == f->row->child; r++)
        if (holds(w, r) && str_equal(str_from(r->name), name))
            return r;
    return NULL;
}

static const struct grammar_row *find_root(const struct grammar_walk *w, struct str name)
{
    for (const struct grammar_row *r = w->grammar->rows; r->parent == ROOT; r++)
        if (str_equal(str_from(r->name), name))
            return r;
    return NULL;
}

static bool is_own(const struct grammar_walk *w, struct str namespace)
{
    for (const char *const *own = w->grammar->namespaces; *own != NULL; own++)
        if (str_equal(namespace, str_from(*own)))
            return true;
    return false;
}

/* --- values */

/* `padded`: white space stands around it. */
static bool is_good(const struct grammar_row *row, struct str text, bool padded)
{
    bool exact = row->exact || row->value == VALUE_STAMP;
    return grammar_value_fits(row->value, text) && grammar_is_one_of(row->values, text) &&
           (row->fits == NULL || row->fits(text)) && !(exact && padded) &&
           (row->value != VALUE_SOME || text.len > 0 || padded);
}

static bool is_good_attribute(const struct grammar_row *row, struct str value)
{
    struct str text = str_trim(value);
    return is_good(row, text, text.len < value.len);
}

/* --- elements */

static void check_attributes(struct grammar_walk *w, const struct frame *f)
{
    const struct grammar *g = w->grammar;
    for (const struct grammar_row *r = rows_in(w, f); r < end_of(g) && r->parent == f->row->child;
         r++) {
        if (r->name[0] != '@' || !holds(w, r))
            continue;
        struct str value = grammar_attribute(w, r->name + 1);
        if (value.ptr == NULL && r->need == NEEDED)
            fault_at(w, g->missing, r, (struct str){0});
        else if (value.ptr != NULL && !is_good_attribute(r, value))
            fault_at(w, g->value, r, value);
    }
}

/* Which schema a document is of may be told of any element, and which type one is of, which is not
 * judged. */
static bool is_of_schemas(const struct xml_attribute *a)
{
    static const char *const names[] = {"schemaLocation", "noNamespaceSchemaLocation", "type",
                                        NULL};
    return str_equal(a->namespace, S(XML_SCHEMA_XSI)) && grammar_is_one_of(names, a->name);
}

static void find_unknown(struct grammar_walk *w, const struct frame *f)
{
    size_t count = 0;
    const struct xml_attribute *all = xml_attributes(w->xml, &count);
    for (size_t i = 0; i < count; i++) {
        autobuf struct buf name = buf_new(4 * NAME_TOLD);
        bool foreign = all[i].namespace.ptr != NULL;
        if (foreign)
            buf_format(&name, "@{%.*s}", STR_ARG(str_slice(all[i].namespace, 0, NAME_TOLD)));
        else
            buf_byte(&name, '@');
        buf_put(&name, str_slice(all[i].name, 0, NAME_TOLD));
        if (!(foreign && is_of_schemas(&all[i])) &&
            find(w, f, foreign ? S("@*") : buf_str(&name)) == NULL)
            grammar_fault(w, w->grammar->unknown, buf_str(&name), str_from(f->row->name));
    }
}

static void fault_order(struct grammar_walk *w, const struct frame *f,
                        const struct grammar_row *row)
{
    autobuf struct buf found = buf_new(512);
    autobuf struct buf expected = buf_new(512);
    name_row(w, row, &found);
    buf_put(&expected, S("before "));
    name_row(w, rows_in(w, f) + f->last, &expected);
    grammar_fault(w, w->grammar->order, buf_str(&found), buf_str(&expected));
}

/* It stands where it may: as often as it may, and behind what comes before it? */
static void note(struct grammar_walk *w, struct frame *f, const struct grammar_row *row)
{
    const struct grammar *g = w->grammar;
    size_t at = (size_t)(row - rows_in(w, f));
    uint64_t bit = UINT64_C(1) << at;
    assert(at < ROWS_OF_CONTEXT);
    if ((f->seen & bit) != 0 && !row->many)
        fault_at(w, g->repeated, row, (struct str){0});
    if (g->ordered && at < f->last)
        fault_order(w, f, row);
    f->seen |= bit;
    f->last = at > f->last ? at : f->last;
}

/* What must stand in an element that closes now. */
static void check_needed(struct grammar_walk *w, const struct frame *f)
{
    const struct grammar *g = w->grammar;
    const struct grammar_row *first = rows_in(w, f);
    const struct grammar_row *choice = NULL;
    const struct grammar_row *some = NULL; /* of which none is there */
    size_t chosen = 0;
    bool any = false;
    for (const struct grammar_row *r = first; r < end_of(g) && r->parent == f->row->child; r++) {
        bool seen = (f->seen >> (r - first) & 1) != 0;
        if (r->name[0] == '@' || !holds(w, r))
            continue;
        if (r->need == NEEDED && !seen)
            fault_at(w, g->missing, r, (struct str){0});
        choice = r->need == CHOICE ? r : choice;
        chosen += r->need == CHOICE && seen;
        some = r->need == SOME && some == NULL ? r : some;
        any |= r->need == SOME && seen;
    }
    if (some != NULL && !any)
        fault_at(w, g->missing, some, (struct str){0});
    if (choice != NULL && chosen != 1)
        fault_at(w, chosen == 0 ? g->missing : g->repeated, choice, (struct str){0});
}

static struct err *pass_over(struct grammar_walk *w, bool unknown)
{
    if (unknown)
        grammar_fault(w, w->grammar->unknown, xml_name(w->xml),
                      w->depth > 0 ? str_from(w->frames[w->depth - 1].row->name)
                                   : str_from(w->grammar->rows[0].name));
    return xml_skip(w->xml);
}

static struct err *on_open(struct grammar_walk *w, struct grammar_event *out)
{
    const struct grammar *g = w->grammar;
    struct frame *around = w->depth > 0 ? &w->frames[w->depth - 1] : NULL;
    bool own = is_own(w, xml_namespace(w->xml));
    const struct grammar_row *row = NULL;
    if (own && around != NULL)
        row = find(w, around, xml_name(w->xml));
    else if (own)
        row = find_root(w, xml_name(w->xml));
    else if (around != NULL && xml_namespace(w->xml).ptr != NULL)
        row = find(w, around, S("*"));
    if (row == NULL)
        return pass_over(w, around == NULL || (g->closed && around->row->child != ANY_ELEMENTS));
    if (around != NULL)
        note(w, around, row);
    if (row->child == ANYTHING)
        return xml_skip(w->xml);
    assert(w->depth < DEPTH); /* the reader refuses more */
    w->frames[w->depth++] = (struct frame){.row = row};
    check_attributes(w, &w->frames[w->depth - 1]);
    if (g->closed)
        find_unknown(w, &w->frames[w->depth - 1]);
    w->stale = true;
    w->base64 = (struct grammar_base64){0};
    *out = (struct grammar_event){.row = row, .line = w->line};
    return NULL;
}

static void on_close(struct grammar_walk *w, struct grammar_event *out)
{
    const struct grammar_row *row = w->frames[w->depth - 1].row;
    struct str all = w->stale ? S("") : buf_str(&w->text);
    struct str text = str_trim(all);
    check_needed(w, &w->frames[w->depth - 1]);
    w->depth--;
    bool padded = !w->stale && (w->padded || text.len < all.len);
    if (!is_good(row, text, padded) ||
        (row->value == VALUE_BASE64 && !grammar_base64_is_good(&w->base64)))
        fault_at(w, w->grammar->value, row, text);
    *out = (struct grammar_event){
        .row = row, .closes = true, .line = w->line, .text = text, .padded = padded};
    w->stale = true;
}

/* May the text stand in an element of this row? */
static bool may_hold(const struct grammar_walk *w, const struct grammar_row *row, struct str text)
{
    if (row->value == VALUE_NONE)
        return text.len == 0;
    return !w->only_elements[row->child] || str_trim(text).len == 0;
}

static void keep_text(struct grammar_walk *w, struct str text)
{
    if (w->stale) {
        buf_clear(&w->text);
        w->padded = false;
    }
    w->stale = false;
    if (w->text.len == 0) {
        struct str trimmed = str_trim_start(text);
        w->padded |= trimmed.len < text.len;
        text = trimmed;
    }
    if (w->text.len < TEXT_KEPT)
        buf_put(&w->text, str_slice(text, 0, TEXT_KEPT - w->text.len));
}

static void on_text(struct grammar_walk *w)
{
    struct frame *around = w->depth > 0 ? &w->frames[w->depth - 1] : NULL;
    struct str text = xml_characters(w->xml);
    if (around != NULL && !may_hold(w, around->row, text)) {
        if (!around->told)
            grammar_fault(w, w->grammar->unknown, S("text()"), str_from(around->row->name));
        around->told = true;
        return;
    }
    if (around != NULL && around->row->value == VALUE_BASE64)
        grammar_base64_add(&w->base64, text);
    keep_text(w, text);
}

static struct err *step(struct grammar_walk *w, struct grammar_event *out)
{
    enum xml_event event = XML_OPEN;
    while (out->row == NULL) {
        TRY(xml_next(w->xml, &event));
        w->line = xml_line(w->xml);
        switch (event) {
        case XML_OPEN:
            TRY(on_open(w, out));
            break;
        case XML_CLOSE:
            on_close(w, out);
            break;
        case XML_TEXT:
            on_text(w);
            break;
        case XML_END:
            w->whole = true;
            return NULL;
        }
    }
    return NULL;
}

bool grammar_next(struct grammar_walk *w, struct grammar_event *out)
{
    *out = (struct grammar_event){0};
    struct err *e = step(w, out);
    w->failure = content_refusal(w->report, w->inside, w->xml, e);
    return e == NULL && out->row != NULL;
}
