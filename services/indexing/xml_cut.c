/* Cutting XML by its tags. */
#include "xml_cut.h"

#include "base/base.h"

enum { HEAD_MAX = 256 * 1024, TAG_MAX = 1024 * 1024 };

struct str xml_local_name(struct str name)
{
    size_t colon = str_find(name, ':');
    return colon < name.len ? str_slice(name, colon + 1, name.len) : name;
}

/* What stands between `open` and `close`, both counted; false while the end is not seen. */
static bool between(struct str bytes, struct str open, struct str close, struct str *out)
{
    const char *end = bytes.len > open.len
                          ? memmem(bytes.ptr + open.len, bytes.len - open.len, close.ptr, close.len)
                          : NULL;
    if (end == NULL)
        return false;
    *out = str_slice(bytes, 0, (size_t)(end - bytes.ptr) + close.len);
    return true;
}

/* To the '>' that is not inside an attribute's quotes. */
static bool start_tag(struct str bytes, struct str *out)
{
    char quote = '\0';
    for (size_t i = 1; i < bytes.len; i++) {
        char c = bytes.ptr[i];
        if (quote != '\0')
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '>') {
            *out = str_slice(bytes, 0, i + 1);
            return true;
        }
    }
    return false;
}

static bool ends_name(char c)
{
    return c == '>' || c == '/' || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

static struct str tag_name(struct str tag, size_t from)
{
    size_t to = from;
    while (to < tag.len && !ends_name(tag.ptr[to]))
        to++;
    return str_slice(tag, from, to);
}

struct err *xml_tag_read(struct str bytes, struct xml_tag *out, bool *out_whole)
{
    struct xml_tag tag = {.kind = XML_TAG_OTHER};
    bool whole = false;
    if (str_starts(bytes, S("<!--"))) {
        whole = between(bytes, S("<!--"), S("-->"), &tag.text);
    } else if (str_starts(bytes, S("<![CDATA["))) {
        whole = between(bytes, S("<![CDATA["), S("]]>"), &tag.text);
    } else if (str_starts(bytes, S("<?"))) {
        whole = between(bytes, S("<?"), S("?>"), &tag.text);
    } else if (str_starts(bytes, S("<!"))) {
        if (bytes.len >= 9)
            return err_rule(ERR_UNSAFE, "xml_doctype", "a DOCTYPE is not accepted");
    } else if (str_starts(bytes, S("</"))) {
        tag.kind = XML_TAG_CLOSES;
        whole = between(bytes, S("</"), S(">"), &tag.text);
        tag.name = tag_name(tag.text, 2);
    } else {
        whole = start_tag(bytes, &tag.text);
        tag.kind = str_ends(tag.text, S("/>")) ? XML_TAG_EMPTY : XML_TAG_OPENS;
        tag.name = tag_name(tag.text, 1);
    }
    if (whole && tag.kind != XML_TAG_OTHER && tag.name.len == 0)
        return err_new(ERR_CORRUPT, "a tag has no name");
    if (whole)
        *out = tag;
    *out_whole = whole;
    return NULL;
}

/* Brings `at`, counted in the view, to the next tag and reads it; *out_more is false when none
 * follows. Only inside a piece (keep) may the view grow far; outside what was seen is forgotten. */
static struct err *next_tag(struct window *w, size_t *at, bool keep, struct xml_tag *out,
                            bool *out_more)
{
    for (;;) {
        bool whole = false;
        struct str rest = str_slice(window_view(w), *at, SIZE_MAX);
        size_t open = str_find(rest, '<');
        *at += open;
        if (!keep) {
            window_skip(w, *at);
            *at = 0;
        }
        if (open < rest.len)
            TRY(xml_tag_read(str_slice(window_view(w), *at, SIZE_MAX), out, &whole));
        if (whole) {
            *out_more = true;
            return NULL;
        }
        if (!keep && window_view(w).len > TAG_MAX)
            return err_new(ERR_TOO_LARGE, "a tag or comment is longer than 1 MiB");
        TRY(window_more(w, out_more));
        if (!*out_more)
            return open < rest.len ? err_new(ERR_CORRUPT, "the file ends inside a tag") : NULL;
    }
}

/* Encodings in which '<' is always '<'. */
static struct err *check_declaration(struct str declaration)
{
    static const char *const known[] = {"utf-8", "iso-8859-", "windows-125", "us-ascii", "ascii"};
    const char *word = memmem(declaration.ptr, declaration.len, "encoding", 8);
    if (word == NULL)
        return NULL;
    struct str value =
        str_slice(declaration, (size_t)(word - declaration.ptr) + 8, declaration.len);
    while (value.len > 0 && strchr("= \t\r\n\"'", value.ptr[0]) != NULL)
        value = str_slice(value, 1, value.len);
    for (size_t i = 0; i < COUNT(known); i++)
        if (str_equal_nocase(str_slice(value, 0, strlen(known[i])), str_from(known[i])))
            return NULL;
    return err_new(ERR_UNSUPPORTED, "its encoding is not read here; deliver UTF-8");
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* An attribute with its quotes from `*at` on, which moves behind it; what is none is passed. */
static struct str next_attribute(struct str tag, size_t *at)
{
    size_t from = *at;
    while (from < tag.len && is_space(tag.ptr[from]))
        from++;
    size_t to = from;
    while (to < tag.len && tag.ptr[to] != '"' && tag.ptr[to] != '\'')
        to++;
    size_t quote = to;
    while (to < tag.len && (to == quote || tag.ptr[to] != tag.ptr[quote]))
        to++;
    *at = to < tag.len ? to + 1 : tag.len;
    return str_slice(tag, from, *at);
}

/* The start tag with what elements inside it need of it, its namespaces. What else it says may
 * differ between two that are cut alike, and be no XML in a file that is none. */
static void put_start(struct buf *out, struct str tag)
{
    size_t at = 1 + tag_name(tag, 1).len;
    buf_put(out, str_slice(tag, 0, at));
    while (at < tag.len) {
        struct str attribute = next_attribute(tag, &at);
        if (!str_starts(attribute, S("xmlns")) || str_ends(attribute, S(">")))
            continue;
        buf_put(out, S(" "));
        buf_put(out, attribute);
    }
    buf_put(out, S(">"));
}

static struct str ancestor_name(const struct xml_cut *cut)
{
    return tag_name(str_slice(buf_str(&cut->head), cut->starts[cut->ancestors - 1], SIZE_MAX), 1);
}

static struct err *enter(struct xml_cut *cut, struct str tag)
{
    if (cut->ancestors == XML_ANCESTORS_MAX)
        return err_new(ERR_TOO_LARGE, "elements are nested deeper than %d", XML_ANCESTORS_MAX);
    cut->starts[cut->ancestors++] = cut->head.len;
    put_start(&cut->head, tag);
    return buf_done(&cut->head, "the start tags around the rows");
}

static struct err *leave(struct xml_cut *cut, struct str name)
{
    if (cut->ancestors == 0 || !str_equal(ancestor_name(cut), name))
        return err_new(ERR_CORRUPT, "an end tag matches no start tag");
    cut->head.len = cut->starts[--cut->ancestors];
    return NULL;
}

static bool is_piece(const struct xml_cut *cut, const struct xml_tag *tag)
{
    struct str name = xml_local_name(tag->name);
    for (size_t i = 0; i < cut->except.count; i++)
        if (memmem(tag->text.ptr, tag->text.len, cut->except.at[i].ptr, cut->except.at[i].len) !=
            NULL)
            return false;
    for (size_t i = 0; i < cut->names.count; i++)
        if (str_equal(name, cut->names.at[i]))
            return true;
    return false;
}

/* Deals with one tag outside pieces. */
static struct err *pass_tag(struct xml_cut *cut, const struct xml_tag *tag)
{
    switch (tag->kind) {
    case XML_TAG_OPENS:
        return enter(cut, tag->text);
    case XML_TAG_CLOSES:
        return leave(cut, tag->name);
    case XML_TAG_OTHER:
        if (!str_starts(tag->text, S("<?xml ")) || cut->ancestors > 0)
            return NULL;
        buf_clear(&cut->head);
        buf_put(&cut->head, tag->text);
        return check_declaration(tag->text);
    case XML_TAG_EMPTY:
        break;
    }
    return NULL;
}

/* Goes to the start tag of the next piece, which is left at the view's beginning. */
static struct err *find_piece(struct xml_cut *cut, struct xml_tag *tag, bool *out_more)
{
    for (;;) {
        size_t at = 0;
        TRY(next_tag(&cut->window, &at, false, tag, out_more));
        if (!*out_more)
            return NULL;
        if ((tag->kind == XML_TAG_OPENS || tag->kind == XML_TAG_EMPTY) && is_piece(cut, tag))
            return NULL;
        TRY(pass_tag(cut, tag));
        window_skip(&cut->window, tag->text.len);
    }
}

/* The length of the element that begins the view. */
static struct err *measure(struct window *w, struct xml_tag tag, size_t *out_length)
{
    size_t at = 0;
    size_t depth = 0;
    bool more = true;
    do {
        depth += tag.kind == XML_TAG_OPENS;
        depth -= tag.kind == XML_TAG_CLOSES;
        at += tag.text.len;
        if (depth == 0)
            break;
        TRY(next_tag(w, &at, true, &tag, &more));
    } while (more);
    if (!more)
        return err_new(ERR_CORRUPT, "the file ends inside an element");
    *out_length = at;
    return NULL;
}

static void write_tail(struct xml_cut *cut)
{
    buf_clear(&cut->tail);
    for (size_t i = cut->ancestors; i > 0; i--) {
        struct str name = tag_name(str_slice(buf_str(&cut->head), cut->starts[i - 1], SIZE_MAX), 1);
        buf_format(&cut->tail, "</%.*s>", STR_ARG(name));
    }
}

struct err *xml_cut_next(struct xml_cut *cut, struct xml_piece *out, bool *out_more)
{
    struct xml_tag tag;
    size_t length = 0;
    window_skip(&cut->window, cut->taken);
    cut->taken = 0;
    TRY(find_piece(cut, &tag, out_more));
    if (!*out_more && cut->window.offset == cut->window.source->size && cut->ancestors > 0)
        return err_new(ERR_CORRUPT, "the file ends inside an element");
    if (!*out_more)
        return NULL;
    TRY(err_wrap(measure(&cut->window, tag, &length), "could not read element %lld",
                 (long long)cut->next_number));
    write_tail(cut);
    if (cut->next_number == 1)
        buf_put(&cut->first, buf_str(&cut->head));
    cut->taken = length;
    struct str bytes = str_slice(window_view(&cut->window), 0, length);
    *out = (struct xml_piece){.number = cut->next_number++,
                              .offset = cut->window.offset,
                              .name = xml_local_name(tag_name(bytes, 1)),
                              .head = buf_str(&cut->head),
                              .bytes = bytes,
                              .tail = buf_str(&cut->tail),
                              .ancestors = cut->ancestors};
    return buf_done(&cut->tail, "the end tags around the rows");
}

struct err *xml_cut_skip(struct xml_cut *cut, uint64_t target, uint64_t *out_at,
                         int64_t *out_next_number)
{
    uint64_t begin = cut->window.offset;
    struct xml_piece piece;
    bool more = true;
    while (cut->window.offset + cut->taken - begin < target ||
           !str_equal(buf_str(&cut->head), buf_str(&cut->first))) {
        TRY(xml_cut_next(cut, &piece, &more));
        if (!more)
            break;
    }
    *out_at = cut->window.offset + cut->taken;
    *out_next_number = cut->next_number;
    return NULL;
}

static struct err *check_beginning(struct window *w)
{
    bool more = false;
    TRY(window_more(w, &more));
    struct str first = window_view(w);
    if (!more)
        return err_new(ERR_CORRUPT, "the file is empty");
    if (str_starts(first, S("\xff\xfe")) || str_starts(first, S("\xfe\xff")) ||
        str_starts(first, S("<\0")))
        return err_new(ERR_UNSUPPORTED, "UTF-16 is not read here; deliver UTF-8");
    return NULL;
}

struct err *xml_cut_open(struct xml_cut *cut, const struct source *source, uint64_t from,
                         uint64_t to, int64_t number, struct strs names, struct strs except)
{
    struct xml_tag tag;
    bool more = true;
    *cut = (struct xml_cut){.window =
                                window_new(source, 0, from == 0 ? to : source->size, XML_PIECE_MAX),
                            .names = names,
                            .except = except,
                            .head = buf_new(HEAD_MAX),
                            .tail = buf_new(HEAD_MAX),
                            .first = buf_new(HEAD_MAX),
                            .next_number = from == 0 ? 1 : number};
    TRY(check_beginning(&cut->window));
    if (from == 0)
        return NULL;
    TRY(find_piece(cut, &tag, &more));
    buf_put(&cut->first, buf_str(&cut->head));
    window_free(&cut->window);
    cut->window = window_new(source, from, to, XML_PIECE_MAX);
    return NULL;
}

void xml_cut_close(struct xml_cut *cut)
{
    window_free(&cut->window);
    buf_free(&cut->head);
    buf_free(&cut->tail);
    buf_free(&cut->first);
}
