/* The METS reader: a stack of open elements over the XML stream. */
#include "text/mets.h"
#include "base/base.h"

#define METS_NAMESPACE  "http://www.loc.gov/METS/"
#define XLINK_NAMESPACE "http://www.w3.org/1999/xlink"
#define CSIP_NAMESPACE  "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
#define SIP_NAMESPACE   "https://DILCIS.eu/XML/METS/SIPExtensionMETS"
#define FGS_NAMESPACE   "ExtensionMETS"
#define XSI_NAMESPACE   "http://www.w3.org/2001/XMLSchema-instance"
#define NONE_NAMESPACE  NULL

enum {
    DEPTH = 128,             /* of elements; divs are what goes deep */
    TOKEN = 4 * 1024 * 1024, /* a div may name hundreds of thousands of sections in ADMID */
    NAMES_BITS = 8,          /* of the cache of attribute names, which has room for 2^8 */
    NODE_MEMORY = 2 * TOKEN + 64 * 1024,
};

static const struct {
    enum mets_element parent;
    const char *name;
    const char *place;
} elements[METS_ELEMENTS] = {
    [METS_OTHER] = {METS_OTHER, "", "mets//*"},
#define METS_ELEMENT(name, parent, xml, place) [METS_##name] = {METS_##parent, xml, place},
#include "text/mets_elements.def"
#undef METS_ELEMENT
};

static const struct {
    const char *namespace;
    const char *name;
    const char *place;
} attributes[METS_ATTRIBUTES] = {
#define METS_ATTRIBUTE(name, namespace, xml, place)                                                \
    [METS_AT_##name] = {namespace##_NAMESPACE, xml, place},
#include "text/mets_attributes.def"
#undef METS_ATTRIBUTE
};

struct level {
    struct mets_node node;
    struct arena *arena; /* of the node's values */
};

struct mets {
    struct xml *xml;
    struct level *stack[DEPTH]; /* NULL: never used; nodes point at their parents, so none moves */
    uint32_t depth;             /* levels in use */
    bool leaving; /* the top level was handed out as closing; it goes with the next call */
    struct buf text;
    /* libxml2 gives one name one address as long as it parses: what was found by comparing is found
     * again by it. */
    struct {
        const char *name;
        const char *namespace;
        enum mets_attribute attribute;
    } names[1 << NAMES_BITS];
};

static struct mets *start(struct xml *xml)
{
    struct mets *m = must_calloc(1, sizeof *m);
    m->xml = xml;
    m->text = buf_new(METS_TEXT_MAX);
    return m;
}

static struct xml_options options(const struct xml_schema *schema)
{
    return (struct xml_options){.schema = schema, .depth = DEPTH, .token = TOKEN};
}

struct mets *mets_open(struct xml_input input, const struct xml_schema *schema)
{
    struct xml_options o = options(schema);
    return start(xml_open(input, &o));
}

struct mets *mets_open_str(struct str bytes, const struct xml_schema *schema)
{
    struct xml_options o = options(schema);
    return start(xml_open_str(bytes, &o));
}

void mets_close(struct mets *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < DEPTH && m->stack[i] != NULL; i++) {
        arena_free(m->stack[i]->arena);
        free(m->stack[i]);
    }
    buf_free(&m->text);
    xml_close(m->xml);
    free(m);
}

void mets_drop(struct mets **m)
{
    mets_close(*m);
    *m = NULL;
}

const struct xml_problem *mets_problems(const struct mets *m, size_t *out_kept, uint64_t *out_all)
{
    return xml_problems(m->xml, out_kept, out_all);
}

const char *mets_place(enum mets_element element)
{
    return elements[element].place;
}

const char *mets_attribute_name(enum mets_attribute attribute)
{
    return attributes[attribute].place;
}

static bool text_is(struct str a, const char *b)
{
    return b == NULL ? a.ptr == NULL : a.ptr != NULL && str_equal(a, str_from(b));
}

/* The names that the profile and the schema spell differently (SIP34, SIP35). */
static struct str one_spelling(struct str name)
{
    if (str_equal(name, S("FILEFORMATREGISTRY")))
        return S("FORMATREGISTRY");
    return str_equal(name, S("FILEFORMATKEY")) ? S("FORMATREGISTRYKEY") : name;
}

static enum mets_attribute attribute_find(const struct xml_attribute *a)
{
    struct str name = one_spelling(a->name);
    for (size_t i = METS_AT_NONE + 1; i < METS_ATTRIBUTES; i++)
        if (text_is(name, attributes[i].name) && text_is(a->namespace, attributes[i].namespace))
            return (enum mets_attribute)i;
    return METS_AT_NONE;
}

static enum mets_attribute attribute_of(struct mets *m, const struct xml_attribute *a)
{
    /* The parser lays short names side by side: every bit of an address counts. */
    uint64_t address = (uintptr_t)a->name.ptr ^ (uintptr_t)a->namespace.ptr << 16;
    size_t slot = address * 0x9e3779b97f4a7c15U >> (64 - NAMES_BITS);
    typeof(&m->names[0]) cached = &m->names[slot];
    if (cached->name != a->name.ptr || cached->namespace != a->namespace.ptr) {
        cached->name = a->name.ptr;
        cached->namespace = a->namespace.ptr;
        cached->attribute = attribute_find(a);
    }
    return cached->attribute;
}

static bool fits_under(enum mets_element element, enum mets_element parent)
{
    bool nests = element == METS_DIV || element == METS_GROUP || element == METS_FILE;
    return elements[element].parent == parent || (nests && element == parent);
}

static enum mets_element element_of(const struct mets *m, enum mets_element parent)
{
    for (size_t i = METS_ROOT; i < METS_ELEMENTS; i++)
        if (fits_under((enum mets_element)i, parent) &&
            xml_is(m->xml, METS_NAMESPACE, elements[i].name))
            return (enum mets_element)i;
    return METS_OTHER;
}

static void read_attributes(struct mets *m, struct level *level)
{
    size_t count = 0;
    const struct xml_attribute *a = xml_attributes(m->xml, &count);
    for (size_t i = 0; i < count; i++) {
        enum mets_attribute attribute = attribute_of(m, &a[i]);
        if (attribute != METS_AT_NONE)
            level->node.at[attribute] = arena_str(level->arena, a[i].value);
    }
}

/* Its node still is what stood there before. */
static struct level *next_level(struct mets *m)
{
    struct level **level = &m->stack[m->depth++];
    if (*level == NULL) {
        *level = must_realloc(NULL, sizeof **level);
        (*level)->arena = arena_new(NODE_MEMORY);
    }
    arena_reset((*level)->arena);
    return *level;
}

static struct err *open_element(struct mets *m, struct mets_event *out)
{
    struct mets_node *parent = m->depth > 0 ? &m->stack[m->depth - 1]->node : NULL;
    enum mets_element element = element_of(m, parent != NULL ? parent->element : METS_NONE);
    if (parent == NULL && element != METS_ROOT)
        return err_rule(ERR_INVALID, "mets_root", "line %lld: the root element is not mets of METS",
                        (long long)xml_line(m->xml));
    struct level *level = next_level(m);
    bool nested = parent != NULL && parent->element == element;
    level->node = (struct mets_node){.element = element,
                                     .line = xml_line(m->xml),
                                     .level = nested ? parent->level + 1 : 1,
                                     .parent = parent};
    read_attributes(m, level);
    if (parent != NULL)
        parent->children[element]++;
    buf_clear(&m->text);
    *out = (struct mets_event){.node = &level->node};
    return NULL;
}

static bool has_text(enum mets_element element)
{
    return element == METS_AGENT_NAME || element == METS_AGENT_NOTE ||
           element == METS_ALT_RECORD_ID;
}

static struct err *close_element(struct mets *m, struct mets_event *out)
{
    struct level *level = m->stack[m->depth - 1];
    if (has_text(level->node.element)) {
        TRY(buf_done(&m->text, "the text of an agent or of altRecordID"));
        level->node.text = arena_str(level->arena, m->text.len > 0 ? buf_str(&m->text) : S(""));
    }
    m->leaving = true;
    *out = (struct mets_event){.node = &level->node, .closes = true};
    return NULL;
}

static bool is_foreign(const struct mets *m)
{
    return !text_is(xml_namespace(m->xml), METS_NAMESPACE) ||
           xml_is(m->xml, METS_NAMESPACE, "xmlData") || xml_is(m->xml, METS_NAMESPACE, "binData");
}

struct err *mets_next(struct mets *m, struct mets_event *out)
{
    if (m->leaving)
        m->depth--;
    m->leaving = false;
    enum xml_event event = XML_TEXT;
    while (true) {
        TRY(xml_next(m->xml, &event));
        switch (event) {
        case XML_OPEN:
            if (m->depth == 0 || !is_foreign(m))
                return open_element(m, out);
            TRY(xml_skip(m->xml));
            break;
        case XML_CLOSE:
            return close_element(m, out);
        case XML_TEXT:
            if (m->depth > 0 && has_text(m->stack[m->depth - 1]->node.element))
                buf_put(&m->text, xml_characters(m->xml));
            break;
        case XML_END:
            *out = (struct mets_event){0};
            return NULL;
        }
    }
}

static bool is_reference(enum mets_element element)
{
    return element == METS_LOCATION || element == METS_MPTR || element == METS_DMD_REF ||
           element == METS_TECH_REF || element == METS_RIGHTS_REF || element == METS_SOURCE_REF ||
           element == METS_DIGIPROV_REF;
}

bool mets_points_elsewhere(const struct mets_node *node)
{
    static const char *const others[] = {"ARK", "URN", "PURL", "HANDLE", "DOI", "OTHER"};
    for (size_t i = 0; node->element == METS_MPTR && i < COUNT(others); i++)
        if (str_equal(node->at[METS_AT_LOCTYPE], str_from(others[i])))
            return true;
    return false;
}

bool mets_reference(const struct mets_event *event, struct mets_reference *out)
{
    const struct mets_node *n = event->node;
    if (n == NULL || event->closes || !is_reference(n->element) || mets_points_elsewhere(n))
        return false;
    /* A file states size and checksum on the element around its location, metadata on the reference
     * itself. */
    const struct mets_node *stated = n->element == METS_LOCATION ? n->parent : n;
    const struct mets_node *group = n->element == METS_LOCATION ? n->parent->parent : NULL;
    while (group != NULL && group->element == METS_FILE)
        group = group->parent;
    *out = (struct mets_reference){.element = n->element,
                                   .line = n->line,
                                   .href = n->at[METS_AT_HREF],
                                   .id = n->parent->at[METS_AT_ID],
                                   .use = group != NULL ? group->at[METS_AT_USE] : (struct str){0},
                                   .size = stated->at[METS_AT_SIZE],
                                   .checksum = stated->at[METS_AT_CHECKSUM],
                                   .checksum_type = stated->at[METS_AT_CHECKSUMTYPE],
                                   .mimetype = stated->at[METS_AT_MIMETYPE],
                                   .created = stated->at[METS_AT_CREATED],
                                   .owner_id = stated->at[METS_AT_OWNERID]};
    return true;
}
