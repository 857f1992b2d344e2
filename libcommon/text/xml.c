/* A pull reader on libxml2's push parser: bytes go in by the chunk, what they make is queued and
 * handed out one by one. SAX costs a third of xmlTextReader and knows the line of every tag,
 * however large the document. */
#include "text/xml.h"
#include "base/base.h"
#include "text/xml_schema.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

enum {
    CHUNK = 32 * 1024,
    /* libxml2 2.9 compares every attribute of a tag with every other before we see the tag, so
     * their number is bounded by the '=' that may go in without a tag coming out. */
    EQUALS_LIMIT = 16 * 1024,
    PROBLEMS_SIZE = 4 * 1024 * 1024,
    DEPTH_DEFAULT = 256,
    ATTRIBUTES_DEFAULT = 256,
    TOKEN_DEFAULT = 1024 * 1024,
    ELEMENTS_DEFAULT = 32 * 1000 * 1000,
};

struct queued {
    enum xml_event event;
    uint32_t depth;
    int64_t line;
    const char *name; /* names and namespaces are interned by the parser and live as long as it */
    const char *namespace;
    struct str text;
    struct xml_attribute *attributes;
    size_t attribute_count;
};

struct xml {
    struct xml_input input;
    struct xml_options options;
    struct str memory; /* what xml_open_str has left to read */
    xmlParserCtxtPtr parser;
    xmlSchemaValidCtxtPtr validation;
    xmlSchemaSAXPlugPtr plug;

    struct arena *arena; /* of the queued events; emptied with the queue */
    struct queued *queue;
    size_t queue_at;
    size_t queue_length;
    size_t queue_capacity;
    struct queued current;

    uint32_t depth;
    uint64_t elements;
    uint64_t quiet_bytes; /* fed since something came out */
    uint64_t quiet_equals;
    bool ended;
    struct err *failure;

    struct arena *problem_arena;
    struct xml_problem *problems;
    size_t problems_kept;
    uint64_t problems_all;
};

static int64_t line_now(const struct xml *x)
{
    return x->parser->input != NULL ? x->parser->input->line : 0;
}

/* The first failure stands: what comes after is its consequence. */
static void fail(struct xml *x, struct err *failure)
{
    if (x->failure == NULL)
        x->failure = failure;
    xmlStopParser(x->parser);
}

static void fail_limit(struct xml *x, const char *what, uint64_t limit)
{
    fail(x, err_rule(ERR_TOO_LARGE, "xml_limit", "line %lld: %s: the limit is %llu",
                     (long long)line_now(x), what, (unsigned long long)limit));
}

static struct queued *enqueue(struct xml *x, enum xml_event event)
{
    GROW(x->queue, x->queue_length, x->queue_capacity);
    struct queued *q = &x->queue[x->queue_length++];
    *q = (struct queued){.event = event, .line = line_now(x), .depth = x->depth};
    x->quiet_bytes = x->quiet_equals = 0;
    return q;
}

/* --- what the parser tells
 * ------------------------------------------------------------------------- */

enum { SAX_NAME, SAX_PREFIX, SAX_NAMESPACE, SAX_VALUE, SAX_VALUE_END, SAX_PARTS };

/* libxml2 hands out each '&' of a value as "&#38;", other than in the text of an element. */
static struct str attribute_value(struct str sax, struct arena *arena)
{
    if (memchr(sax.ptr, '&', sax.len) == NULL)
        return arena_str(arena, sax);
    char *copy = arena_alloc(arena, sax.len + 1, 1);
    size_t length = 0;
    for (size_t i = 0; i < sax.len; i++) {
        copy[length++] = sax.ptr[i];
        if (str_starts(str_slice(sax, i, sax.len), S("&#38;")))
            i += sizeof "&#38;" - 2;
    }
    copy[length] = '\0';
    return (struct str){copy, length};
}

static void copy_attributes(struct xml *x, struct queued *q, size_t count, const xmlChar **sax)
{
    q->attributes = ARENA_ARRAY(x->arena, struct xml_attribute, count);
    q->attribute_count = count;
    for (size_t i = 0; i < count; i++, sax += SAX_PARTS) {
        struct str value = {(const char *)sax[SAX_VALUE],
                            (size_t)(sax[SAX_VALUE_END] - sax[SAX_VALUE])};
        q->attributes[i] = (struct xml_attribute){str_from((const char *)sax[SAX_NAMESPACE]),
                                                  str_from((const char *)sax[SAX_NAME]),
                                                  attribute_value(value, x->arena)};
    }
}

static void on_open(void *state, const xmlChar *name, const xmlChar *prefix,
                    const xmlChar *namespace, int namespace_count, const xmlChar **namespaces,
                    int attribute_count, int defaulted, const xmlChar **attributes)
{
    (void)prefix, (void)namespaces, (void)defaulted;
    struct xml *x = state;
    size_t count = (size_t)attribute_count;
    if (++x->depth > x->options.depth)
        return fail_limit(x, "elements inside each other", x->options.depth);
    if (++x->elements > x->options.elements)
        return fail_limit(x, "elements in the document", x->options.elements);
    if (count + (size_t)namespace_count > x->options.attributes)
        return fail_limit(x, "attributes of one element", x->options.attributes);
    struct queued *q = enqueue(x, XML_OPEN);
    q->name = (const char *)name;
    q->namespace = (const char *)namespace;
    copy_attributes(x, q, count, attributes);
}

static void on_close(void *state, const xmlChar *name, const xmlChar *prefix,
                     const xmlChar *namespace)
{
    (void)prefix;
    struct xml *x = state;
    struct queued *q = enqueue(x, XML_CLOSE);
    q->name = (const char *)name;
    q->namespace = (const char *)namespace;
    x->depth--;
}

static void on_text(void *state, const xmlChar *text, int length)
{
    struct xml *x = state;
    struct queued *q = enqueue(x, XML_TEXT);
    q->text = arena_str(x->arena, (struct str){(const char *)text, (size_t)length});
}

static void on_comment(void *state, const xmlChar *text)
{
    (void)text;
    struct xml *x = state;
    x->quiet_bytes = x->quiet_equals = 0;
}

static void on_instruction(void *state, const xmlChar *target, const xmlChar *data)
{
    (void)target;
    on_comment(state, data);
}

static void on_doctype(void *state, const xmlChar *name, const xmlChar *public_id,
                       const xmlChar *system_id)
{
    (void)name, (void)public_id, (void)system_id;
    struct xml *x = state;
    fail(x, err_rule(ERR_UNSAFE, "xml_doctype", "line %lld: a DOCTYPE is not accepted",
                     (long long)line_now(x)));
}

static void on_problem(void *state, xmlErrorPtr error)
{
    struct xml *x = state;
    if (xml_schema_is_wrong(error))
        return;
    x->problems_all++;
    if (x->problems_kept == XML_PROBLEMS_KEPT || error->message == NULL)
        return;
    struct str message = str_from(error->message);
    /* Room for all that may be kept: a message that quotes more than its share is cut. */
    enum { MESSAGE_MAX = PROBLEMS_SIZE / XML_PROBLEMS_KEPT - 64 };
    const char *text = arena_cstr(x->arena, str_slice(message, 0, MESSAGE_MAX));
    x->problems[x->problems_kept++] =
        (struct xml_problem){line_now(x), xml_message(text, x->problem_arena)};
}

/* --- a reader
 * -------------------------------------------------------------------------------------- */

static void attach_schema(struct xml *x)
{
    x->problem_arena = arena_new(PROBLEMS_SIZE + XML_PROBLEMS_KEPT * sizeof *x->problems);
    x->problems = ARENA_ARRAY(x->problem_arena, struct xml_problem, XML_PROBLEMS_KEPT);
    x->validation = xml_schema_validation(x->options.schema);
    xmlSchemaSetValidStructuredErrors(x->validation, on_problem, x);
    x->plug = xmlSchemaSAXPlug(x->validation, &x->parser->sax, &x->parser->userData);
    if (x->plug == NULL)
        abort();
}

struct xml *xml_open(struct xml_input input, const struct xml_options *options)
{
    xml_set_up();
    struct xml_options o = options != NULL ? *options : (struct xml_options){0};
    o.depth = o.depth != 0 ? o.depth : DEPTH_DEFAULT;
    o.attributes = o.attributes != 0 ? o.attributes : ATTRIBUTES_DEFAULT;
    o.token = o.token != 0 ? o.token : TOKEN_DEFAULT;
    o.elements = o.elements != 0 ? o.elements : ELEMENTS_DEFAULT;
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .startElementNs = on_open,
                         .endElementNs = on_close,
                         .characters = on_text,
                         .ignorableWhitespace = on_text,
                         .cdataBlock = on_text,
                         .comment = on_comment,
                         .processingInstruction = on_instruction,
                         .internalSubset = on_doctype};
    struct xml *x = must_calloc(1, sizeof *x);
    x->input = input;
    x->options = o;
    /* One event costs at most some fifty times its bytes in the document (an empty element of
     * four). */
    x->arena = arena_new(64 * ((size_t)o.token + 4 * CHUNK));
    x->parser = xmlCreatePushParserCtxt(&sax, x, NULL, 0, NULL);
    if (x->parser == NULL)
        abort();
    xmlCtxtUseOptions(x->parser,
                      XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (o.schema != NULL)
        attach_schema(x);
    return x;
}

static struct err *read_memory(void *state, void *out, size_t capacity, size_t *out_length)
{
    struct xml *x = state;
    struct str part = str_slice(x->memory, 0, capacity);
    if (part.len > 0)
        memcpy(out, part.ptr, part.len);
    x->memory = str_slice(x->memory, part.len, x->memory.len);
    *out_length = part.len;
    return NULL;
}

struct xml *xml_open_str(struct str bytes, const struct xml_options *options)
{
    struct xml *x = xml_open((struct xml_input){.read = read_memory}, options);
    x->input.state = x;
    x->memory = bytes;
    return x;
}

void xml_close(struct xml *x)
{
    if (x == NULL)
        return;
    if (x->plug != NULL)
        xmlSchemaSAXUnplug(x->plug);
    if (x->validation != NULL)
        xmlSchemaFreeValidCtxt(x->validation);
    xmlFreeParserCtxt(x->parser);
    arena_free(x->arena);
    arena_free(x->problem_arena);
    free(x->queue);
    free(x);
}

void xml_drop(struct xml **x)
{
    xml_close(*x);
    *x = NULL;
}

static const char *why_not_wellformed(const struct xml *x, const xmlError *last)
{
    if (x->ended && last != NULL && last->code == XML_ERR_DOCUMENT_END && x->elements == 0)
        return "there is no element";
    if (x->ended && last != NULL && last->code == XML_ERR_DOCUMENT_END && x->depth > 0)
        return "the document ends inside an element";
    return last != NULL && last->message != NULL ? last->message : "this is not XML";
}

static void check_wellformed(struct xml *x)
{
    if (x->failure != NULL || (x->parser->wellFormed && x->parser->nsWellFormed))
        return;
    const xmlError *last = xmlCtxtGetLastError(x->parser);
    struct str why = xml_message(why_not_wellformed(x, last), x->arena);
    long long line = last != NULL ? last->line : line_now(x);
    fail(x, err_rule(ERR_CORRUPT, "xml_wellformed", "line %lld: %.*s", line, STR_ARG(why)));
}

/* By blocks of a fixed length, which compilers count with a few instructions. */
static size_t count_equals(const char *at, size_t length)
{
    enum { BLOCK = 64 };
    size_t count = 0;
    for (; length >= BLOCK; at += BLOCK, length -= BLOCK) {
        uint8_t here = 0;
        for (size_t i = 0; i < BLOCK; i++)
            here = (uint8_t)(here + (at[i] == '='));
        count += here;
    }
    for (size_t i = 0; i < length; i++)
        count += at[i] == '=';
    return count;
}

static void check_quiet(struct xml *x, const char *chunk, size_t length)
{
    x->quiet_bytes += length;
    x->quiet_equals += count_equals(chunk, length);
    if (x->quiet_bytes > x->options.token + CHUNK)
        fail_limit(x, "bytes of one tag, comment or instruction", x->options.token);
    else if (x->quiet_equals > EQUALS_LIMIT + CHUNK)
        fail_limit(x, "attributes of one element", x->options.attributes);
}

/* Reads until something is queued, the document ends or it fails. */
static void refill(struct xml *x)
{
    x->queue_at = x->queue_length = 0;
    arena_reset(x->arena);
    while (x->queue_length == 0 && !x->ended && x->failure == NULL) {
        unfilled char chunk[CHUNK];
        size_t length = 0;
        struct err *unread = x->input.read(x->input.state, chunk, sizeof chunk, &length);
        if (unread != NULL)
            return fail(x, unread);
        check_quiet(x, chunk, length);
        if (x->failure != NULL)
            return;
        x->ended = length == 0;
        xmlParseChunk(x->parser, chunk, (int)length, x->ended);
        check_wellformed(x);
    }
}

struct err *xml_next(struct xml *x, enum xml_event *out)
{
    if (x->queue_at == x->queue_length)
        refill(x);
    if (x->queue_at < x->queue_length) {
        x->current = x->queue[x->queue_at++];
        *out = x->current.event;
        return NULL;
    }
    if (x->failure != NULL)
        return x->failure;
    x->current = (struct queued){.event = XML_END, .line = x->current.line};
    *out = XML_END;
    return NULL;
}

int64_t xml_cut_line(struct str *detail)
{
    static const char line[] = "line ";
    uint64_t number = 0;
    size_t colon = str_find(*detail, ':');
    size_t from = sizeof line - 1;
    if (!str_starts(*detail, str_from(line)) ||
        !str_to_u64(str_slice(*detail, from, colon), INT64_MAX, &number))
        return 0;
    *detail = str_trim(str_slice(*detail, colon + 1, detail->len));
    return (int64_t)number;
}

/* --- what the last event was
 * ------------------------------------------------------------------------ */

static bool same(struct str a, const char *b)
{
    return b == NULL ? a.ptr == NULL : a.ptr != NULL && str_equal(a, str_from(b));
}

bool xml_is(const struct xml *x, const char *namespace, const char *name)
{
    return same(xml_name(x), name) && same(xml_namespace(x), namespace);
}

struct str xml_name(const struct xml *x)
{
    return str_from(x->current.name);
}

struct str xml_namespace(const struct xml *x)
{
    return str_from(x->current.namespace);
}

struct str xml_attribute(const struct xml *x, const char *namespace, const char *name)
{
    for (size_t i = 0; i < x->current.attribute_count; i++) {
        const struct xml_attribute *a = &x->current.attributes[i];
        if (same(a->name, name) && same(a->namespace, namespace))
            return a->value;
    }
    return (struct str){0};
}

const struct xml_attribute *xml_attributes(const struct xml *x, size_t *out_count)
{
    *out_count = x->current.attribute_count;
    return x->current.attributes;
}

struct str xml_characters(const struct xml *x)
{
    return x->current.text;
}

int64_t xml_line(const struct xml *x)
{
    return x->current.line;
}

uint32_t xml_depth(const struct xml *x)
{
    return x->current.depth;
}

struct err *xml_text(struct xml *x, struct arena *arena, size_t limit, struct str *out)
{
    assert(x->current.event == XML_OPEN);
    uint32_t depth = x->current.depth;
    autobuf struct buf text = buf_new(limit);
    enum xml_event event = XML_OPEN;
    while (event != XML_CLOSE || x->current.depth != depth) {
        TRY(xml_next(x, &event));
        if (event == XML_TEXT)
            buf_put(&text, x->current.text);
        if (text.failed)
            return err_rule(ERR_TOO_LARGE, "xml_limit",
                            "line %lld: the text of %s is longer than %zu bytes",
                            (long long)x->current.line,
                            x->current.name != NULL ? x->current.name : "an element", limit);
    }
    *out = arena_str(arena, text.len > 0 ? buf_str(&text) : S(""));
    return NULL;
}

struct err *xml_skip(struct xml *x)
{
    assert(x->current.event == XML_OPEN);
    uint32_t depth = x->current.depth;
    enum xml_event event = XML_OPEN;
    while (event != XML_CLOSE || x->current.depth != depth)
        TRY(xml_next(x, &event));
    return NULL;
}

const struct xml_problem *xml_problems(const struct xml *x, size_t *out_kept, uint64_t *out_all)
{
    *out_kept = x->problems_kept;
    *out_all = x->problems_all;
    return x->problems;
}
