/* Filters of SCIM: a recursive descent over a bounded text. */
#include "base/base.h"
#include "services/access/scim_filter_node.h"

struct parser {
    struct str text;
    size_t at;
    enum scim_kind kind;
    const struct scim_attribute *whole; /* inside its brackets */
    struct arena *arena;
    size_t depth;
    size_t nodes;
};

#define REFUSE(...) err_rule(ERR_INVALID, "invalidFilter", __VA_ARGS__)

/* --- words
 * ------------------------------------------------------------------------------------------ */

static void skip_spaces(struct parser *p)
{
    while (p->at < p->text.len && p->text.ptr[p->at] == ' ')
        p->at++;
}

static bool take(struct parser *p, char c)
{
    skip_spaces(p);
    bool there = p->at < p->text.len && p->text.ptr[p->at] == c;
    p->at += there;
    return there;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '$' || c == ':' || c == '.';
}

/* The next word, which stays where it is. */
static struct str peek_word(struct parser *p)
{
    skip_spaces(p);
    size_t end = p->at;
    while (end < p->text.len && is_word(p->text.ptr[end]))
        end++;
    return str_slice(p->text, p->at, end);
}

static bool take_keyword(struct parser *p, struct str keyword)
{
    struct str word = peek_word(p);
    bool there = str_equal_nocase(word, keyword);
    p->at += there ? word.len : 0;
    return there;
}

static struct err *new_node(struct parser *p, enum operator op, const struct scim_filter *left,
                            const struct scim_filter *right, struct scim_filter **out)
{
    if (++p->nodes > SCIM_FILTER_NODES)
        return REFUSE("the filter has more than %d parts", SCIM_FILTER_NODES);
    *out = ARENA_NEW(p->arena, struct scim_filter);
    **out = (struct scim_filter){.op = op, .left = left, .right = right};
    return NULL;
}

/* --- literals
 * --------------------------------------------------------------------------------------- */

/* Where the literal that begins here ends: a string after its quote, anything else with its word.
 */
static size_t literal_end(const struct parser *p)
{
    size_t end = p->at;
    if (end < p->text.len && p->text.ptr[end] == '"') {
        for (end++; end < p->text.len && p->text.ptr[end] != '"'; end++)
            end += p->text.ptr[end] == '\\';
        return end < p->text.len ? end + 1 : p->text.len;
    }
    while (end < p->text.len && (is_word(p->text.ptr[end]) || p->text.ptr[end] == '+'))
        end++;
    return end;
}

/* JSON says what a literal is, and nobody reads it twice. */
static struct err *parse_literal(struct parser *p, struct scim_filter *node)
{
    struct json_part *parts = NULL;
    size_t count = 0;
    skip_spaces(p);
    size_t end = literal_end(p);
    struct str list = arena_format(p->arena, "[%.*s]", STR_ARG(str_slice(p->text, p->at, end)));
    if (end == p->at || json_parts(list, 1, "", p->arena, &parts, &count) != NULL || count != 1 ||
        parts[0].kind == JSON_IS_OBJECT || parts[0].kind == JSON_IS_LIST)
        return REFUSE("no value at character %zu", p->at + 1);
    p->at = end;
    node->kind = parts[0].kind;
    node->text = parts[0].text;
    return NULL;
}

static bool kind_fits(const struct scim_attribute *a, enum json_kind kind)
{
    if (kind == JSON_IS_NULL || (a->flags & NOT_KEPT) != 0)
        return true;
    return kind == (a->type == TYPE_BOOLEAN ? JSON_IS_BOOL : JSON_IS_STRING);
}

static struct err *check_comparison(struct scim_filter *node)
{
    const struct scim_attribute *a = node->attribute;
    bool equality = node->op == OP_EQ || node->op == OP_NE;
    if (!kind_fits(a, node->kind))
        return REFUSE("%s is compared with a value of another type", a->name);
    if (!equality && (node->kind == JSON_IS_NULL || a->type == TYPE_BOOLEAN))
        return REFUSE("%s has no such comparison", a->name);
    bool timed = a->type == TYPE_DATE_TIME && node->kind == JSON_IS_STRING;
    if (timed && node->op != OP_CO && node->op != OP_SW && node->op != OP_EW &&
        !instant_parse(node->text, &node->instant))
        return REFUSE("%s is compared with something that is no time", a->name);
    return NULL;
}

/* --- grammar
 * ---------------------------------------------------------------------------------------- */

static struct err *parse_or(struct parser *p, const struct scim_filter **out);

static struct err *parse_inside(struct parser *p, char end, const struct scim_filter **out)
{
    if (++p->depth > SCIM_FILTER_DEPTH)
        return REFUSE("the filter is nested more than %d deep", SCIM_FILTER_DEPTH);
    TRY(parse_or(p, out));
    p->depth--;
    return take(p, end) ? NULL : REFUSE("no %c at character %zu", end, p->at + 1);
}

static struct err *parse_attribute(struct parser *p, const struct scim_attribute **out)
{
    struct str word = peek_word(p);
    *out = word.len > 0 ? scim_attribute_find(p->kind, word, p->whole) : NULL;
    if (*out == NULL)
        return REFUSE("no attribute of the schema at character %zu", p->at + 1);
    p->at += word.len;
    return NULL;
}

static struct err *parse_operator(struct parser *p, enum operator* out)
{
    static const struct {
        struct str word;
        enum operator op;
    } operators[] = {{{"pr", 2}, OP_PR}, {{"eq", 2}, OP_EQ}, {{"ne", 2}, OP_NE}, {{"co", 2}, OP_CO},
                     {{"sw", 2}, OP_SW}, {{"ew", 2}, OP_EW}, {{"gt", 2}, OP_GT}, {{"ge", 2}, OP_GE},
                     {{"lt", 2}, OP_LT}, {{"le", 2}, OP_LE}};
    for (size_t i = 0; i < COUNT(operators); i++) {
        if (!take_keyword(p, operators[i].word))
            continue;
        *out = operators[i].op;
        return NULL;
    }
    return REFUSE("no comparison at character %zu", p->at + 1);
}

static struct err *parse_item(struct parser *p, const struct scim_attribute *whole,
                              const struct scim_filter **out)
{
    const struct scim_filter *inside = NULL;
    struct scim_filter *node = NULL;
    if (p->whole != NULL || whole->type != TYPE_COMPLEX || (whole->flags & MULTI) == 0)
        return REFUSE("%s has no several values to choose from", whole->name);
    p->whole = whole;
    TRY(parse_inside(p, ']', &inside));
    p->whole = NULL;
    TRY(new_node(p, OP_ITEM, inside, NULL, &node));
    assert(node != NULL);
    node->attribute = whole;
    *out = node;
    return NULL;
}

static struct err *parse_comparison(struct parser *p, const struct scim_filter **out)
{
    const struct scim_attribute *attribute = NULL;
    struct scim_filter *node = NULL;
    TRY(parse_attribute(p, &attribute));
    if (take(p, '['))
        return parse_item(p, attribute, out);
    TRY(new_node(p, OP_PR, NULL, NULL, &node));
    TRY(parse_operator(p, &node->op));
    node->attribute = attribute;
    *out = node;
    if (node->op == OP_PR)
        return NULL;
    if (attribute->type == TYPE_COMPLEX && (attribute->flags & NOT_KEPT) == 0) { /* its "value" */
        node->attribute = scim_attribute_find(p->kind, S("value"), attribute);
        if (node->attribute == NULL)
            return REFUSE("%s is compared by its parts", attribute->name);
    }
    TRY(parse_literal(p, node));
    return check_comparison(node);
}

static struct err *parse_one(struct parser *p, const struct scim_filter **out)
{
    size_t begun = p->at;
    if (take(p, '('))
        return parse_inside(p, ')', out);
    if (take_keyword(p, S("not")) && take(p, '(')) {
        const struct scim_filter *inside = NULL;
        struct scim_filter *node = NULL;
        TRY(parse_inside(p, ')', &inside));
        TRY(new_node(p, OP_NOT, inside, NULL, &node));
        *out = node;
        return NULL;
    }
    p->at = begun;
    return parse_comparison(p, out);
}

static struct err *parse_and(struct parser *p, const struct scim_filter **out)
{
    TRY(parse_one(p, out));
    while (take_keyword(p, S("and"))) {
        const struct scim_filter *right = NULL;
        struct scim_filter *node = NULL;
        TRY(parse_one(p, &right));
        TRY(new_node(p, OP_AND, *out, right, &node));
        *out = node;
    }
    return NULL;
}

static struct err *parse_or(struct parser *p, const struct scim_filter **out)
{
    TRY(parse_and(p, out));
    while (take_keyword(p, S("or"))) {
        const struct scim_filter *right = NULL;
        struct scim_filter *node = NULL;
        TRY(parse_and(p, &right));
        TRY(new_node(p, OP_OR, *out, right, &node));
        *out = node;
    }
    return NULL;
}

static struct err *check_text(struct str text)
{
    return text.len <= SCIM_FILTER_MAX && str_is_utf8(text)
               ? NULL
               : err_rule(ERR_INVALID, "invalidFilter", "longer than %d bytes, or not UTF-8",
                          SCIM_FILTER_MAX);
}

struct err *scim_filter_parse(struct str text, enum scim_kind kind, struct arena *arena,
                              const struct scim_filter **out)
{
    struct parser p = {.text = text, .kind = kind, .arena = arena};
    const struct scim_filter *filter = NULL;
    TRY(check_text(text));
    TRY(parse_or(&p, &filter));
    skip_spaces(&p);
    if (p.at < text.len)
        return REFUSE("something follows the filter at character %zu", p.at + 1);
    *out = filter;
    return NULL;
}

static struct err *parse_path(struct parser *p, struct scim_path *path)
{
    const struct scim_filter *item = NULL;
    TRY(parse_attribute(p, &path->attribute));
    if (take(p, '[')) {
        TRY(parse_item(p, path->attribute, &item));
        path->filter = item->left;
    }
    if (path->filter != NULL && take(p, '.')) {
        p->whole = path->attribute;
        TRY(parse_attribute(p, &path->part));
    }
    skip_spaces(p);
    return p->at == p->text.len ? NULL : REFUSE("something follows the path");
}

struct err *scim_path_parse(struct str text, enum scim_kind kind, struct arena *arena,
                            struct scim_path *out)
{
    struct parser p = {.text = text, .kind = kind, .arena = arena};
    struct scim_path path = {0};
    struct err *e = check_text(text);
    if (kind == SCIM_USER && str_equal_nocase(text, S(SCIM_URN_ENTERPRISE))) {
        *out = path;
        return NULL;
    }
    if (e == NULL)
        e = parse_path(&p, &path);
    if (e != NULL)
        return err_rule(ERR_INVALID, "invalidPath", "the path leads nowhere: %s", e->detail);
    *out = path;
    return NULL;
}
