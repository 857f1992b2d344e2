/* A table of elements walked along an XML document. */
#include "content/grammar.h"

#include "base/base.h"

enum { DEPTH = 128, TEXT_KEPT = 4096, CONTEXTS = 256, ROWS_OF_CONTEXT = 64 };

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
    struct buf text;              /* since the last tag */
    bool stale;                   /* the text was given away */
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

static bool digits(struct str *rest, size_t count)
{
    if (rest->len < count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (rest->ptr[i] < '0' || rest->ptr[i] > '9')
            return false;
    *rest = str_slice(*rest, count, rest->len);
    return true;
}

static bool sign(struct str *rest, const char *any)
{
    if (rest->len == 0 || strchr(any, rest->ptr[0]) == NULL || rest->ptr[0] == '\0')
        return false;
    *rest = str_slice(*rest, 1, rest->len);
    return true;
}

static bool is_zone(struct str rest)
{
    return rest.len == 0 || str_equal(rest, S("Z")) ||
           (sign(&rest, "+-") && digits(&rest, 2) && sign(&rest, ":") && digits(&rest, 2) &&
            rest.len == 0);
}

/* xs:date and xs:dateTime by their form; months and days that no calendar has are let pass. */
static bool is_date(struct str text, bool with_time)
{
    bool good = digits(&text, 4) && sign(&text, "-") && digits(&text, 2) && sign(&text, "-") &&
                digits(&text, 2);
    if (good && with_time)
        good = sign(&text, "T") && digits(&text, 2) && sign(&text, ":") && digits(&text, 2) &&
               sign(&text, ":") && digits(&text, 2);
    if (good && with_time && sign(&text, ".")) {
        good = digits(&text, 1);
        while (digits(&text, 1)) {
        }
    }
    return good && is_zone(text);
}

/* Two digits, a number from `first` to `last`. */
static bool two_digits(struct str *rest, int first, int last)
{
    struct str text = *rest;
    if (!digits(rest, 2))
        return false;
    int value = 10 * (text.ptr[0] - '0') + text.ptr[1] - '0';
    return value >= first && value <= last;
}

static bool is_stamp(struct str text)
{
    return two_digits(&text, 19, 20) && digits(&text, 2) && two_digits(&text, 1, 12) &&
           two_digits(&text, 1, 31) && two_digits(&text, 0, 23) && two_digits(&text, 0, 59) &&
           two_digits(&text, 0, 59) && text.len == 0;
}

static bool is_integer(struct str text)
{
    sign(&text, "+-");
    if (!digits(&text, 1))
        return false;
    while (digits(&text, 1)) {
    }
    return text.len == 0;
}

static bool is_boolean(struct str text)
{
    return str_equal(text, S("true")) || str_equal(text, S("false")) || str_equal(text, S("0")) ||
           str_equal(text, S("1"));
}

static bool is_one_of(const char *const *values, struct str text)
{
    for (; values != NULL && *values != NULL; values++)
        if (str_equal(text, str_from(*values)))
            return true;
    return values == NULL;
}

bool grammar_value_fits(enum grammar_value value, struct str text)
{
    switch (value) {
    case VALUE_ANY:
        return true;
    case VALUE_FULL:
        return text.len > 0;
    case VALUE_NONE:
        return text.len == 0;
    case VALUE_INTEGER:
        return is_integer(text);
    case VALUE_BOOLEAN:
        return is_boolean(text);
    case VALUE_DATE:
        return is_date(text, false);
    case VALUE_TIME:
        return is_date(text, true);
    case VALUE_STAMP:
        return is_stamp(text);
    }
    return true;
}

static bool is_good(const struct grammar_row *row, struct str text)
{
    return grammar_value_fits(row->value, text) && is_one_of(row->values, text);
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
        else if (value.ptr != NULL && !is_good(r, str_trim(value)))
            fault_at(w, g->value, r, value);
    }
}

/* Attributes of other namespaces are none of the table's. */
static void find_unknown(struct grammar_walk *w, const struct frame *f)
{
    char name[64];
    size_t count = 0;
    const struct xml_attribute *all = xml_attributes(w->xml, &count);
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "@%.*s", STR_ARG(all[i].name));
        if (all[i].namespace.ptr == NULL && find(w, f, str_from(name)) == NULL)
            grammar_fault(w, w->grammar->unknown, str_from(name), str_from(f->row->name));
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
    if (row == NULL)
        return pass_over(w, around == NULL || (g->closed && (own || !g->extensible) &&
                                               around->row->child != ANY_ELEMENTS));
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
    *out = (struct grammar_event){.row = row, .line = w->line};
    return NULL;
}

static void on_close(struct grammar_walk *w, struct grammar_event *out)
{
    const struct grammar_row *row = w->frames[w->depth - 1].row;
    struct str text = w->stale ? S("") : str_trim(buf_str(&w->text));
    check_needed(w, &w->frames[w->depth - 1]);
    w->depth--;
    if (!is_good(row, text))
        fault_at(w, w->grammar->value, row, text);
    *out = (struct grammar_event){.row = row, .closes = true, .line = w->line, .text = text};
    w->stale = true;
}

/* May the text stand in an element of this row? */
static bool may_hold(const struct grammar_walk *w, const struct grammar_row *row, struct str text)
{
    if (row->value == VALUE_NONE)
        return text.len == 0;
    return !w->only_elements[row->child] || str_trim(text).len == 0;
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
    if (w->stale)
        buf_clear(&w->text);
    w->stale = false;
    if (w->text.len < TEXT_KEPT)
        buf_put(&w->text, str_slice(text, 0, TEXT_KEPT - w->text.len));
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
