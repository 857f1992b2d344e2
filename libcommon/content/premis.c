/* PREMIS 3.0: what must be there of objects, events, agents and rights, and that what they refer to
 * is in the document. Of an AIP more: who caused each event. */
#include "content/grammar.h"

#include "base/base.h"
#include "content/identities.h"

enum { NAME_KEPT = 1024 };

enum {
    PREMIS = FIRST_CONTEXT,
    OBJECT,
    OBJECT_ID,
    CHARACTERISTICS,
    FIXITY,
    LINK_EVENT,
    LINK_RIGHTS,
    EVENT,
    EVENT_ID,
    LINK_AGENT,
    LINK_OBJECT,
    AGENT,
    AGENT_ID,
    RIGHTS,
    STATEMENT,
    RIGHTS_ID,
};

static const struct grammar_row rows[] = {
#include "content/premis_elements.def"
};

static const char *const namespaces[] = {PREMIS_NAMESPACE, NULL};

static const struct grammar grammar = {
    .rows = rows, .count = COUNT(rows), .namespaces = namespaces, GRAMMAR_OF_LEAST(premis)};

struct reading {
    struct grammar_walk *walk;
    struct identities identifiers;
    struct identities links;
    struct identities event_agents; /* links of events at agents, of an AIP */
    bool of_aip;
    bool alone;     /* one entity is the document: what it refers to is in others */
    uint8_t entity; /* that is open: OBJECT, EVENT, AGENT or RIGHTS */
    bool caused;    /* the event names an agent */
    bool is_file;   /* the object */
    bool described;
    char type[NAME_KEPT]; /* of the identifier that is open */
    size_t type_length;
};

/* Whose identifier a context holds, and is it a link; 0: none. */
static char kind_of(uint8_t context, bool *out_link)
{
    static const struct {
        uint8_t context;
        char kind;
        bool link;
    } kinds[] = {{OBJECT_ID, 'o', false}, {EVENT_ID, 'e', false},   {AGENT_ID, 'a', false},
                 {RIGHTS_ID, 'r', false}, {LINK_OBJECT, 'o', true}, {LINK_EVENT, 'e', true},
                 {LINK_AGENT, 'a', true}, {LINK_RIGHTS, 'r', true}};
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (kinds[i].context == context) {
            *out_link = kinds[i].link;
            return kinds[i].kind;
        }
    return 0;
}

static struct identities *list_of(struct reading *r, char kind, bool link)
{
    if (!link)
        return &r->identifiers;
    return r->of_aip && r->entity == EVENT && kind == 'a' ? &r->event_agents : &r->links;
}

/* A value ends an identifier: its type has come before it. */
static void note_identifier(struct reading *r, const struct grammar_event *event)
{
    bool link = false;
    char kind = kind_of(event->row->parent, &link);
    if (kind == 0)
        return;
    if (str_ends(str_from(event->row->name), S("Type"))) {
        r->type_length = event->text.len < NAME_KEPT ? event->text.len : NAME_KEPT;
        if (r->type_length > 0)
            memcpy(r->type, event->text.ptr, r->type_length);
        return;
    }
    autobuf struct buf all = buf_new(8 * NAME_KEPT);
    buf_byte(&all, kind);
    buf_put(&all, (struct str){r->type, r->type_length});
    buf_byte(&all, '\0');
    buf_put(&all, event->text);
    identities_add(list_of(r, kind, link), buf_str(&all), event->line);
    r->type_length = 0;
}

static void on_open(struct reading *r, const struct grammar_event *event)
{
    if (event->row->parent == ROOT)
        r->alone = event->row->child != PREMIS;
    if (event->row->parent == ROOT || event->row->parent == PREMIS)
        r->entity = event->row->child;
    if (event->row->child == EVENT)
        r->caused = false;
    r->caused |= event->row->child == LINK_AGENT;
    if (event->row->child == OBJECT) {
        struct str type = xml_attribute(grammar_xml(r->walk), XML_SCHEMA_XSI, "type");
        if (type.ptr == NULL)
            grammar_fault(r->walk, CONTENT_premis_missing, S("@xsi:type"), S("object/@xsi:type"));
        r->is_file = str_equal(type, S("file")) || str_ends(type, S(":file"));
        r->described = false;
    }
    r->described |= event->row->child == CHARACTERISTICS;
}

static void on_close(struct reading *r, const struct grammar_event *event)
{
    note_identifier(r, event);
    if (event->row->child == OBJECT && r->is_file && !r->described)
        grammar_fault(r->walk, CONTENT_premis_missing, S("objectCharacteristics"),
                      S("object/objectCharacteristics"));
    if (event->row->child == EVENT && r->of_aip && !r->caused)
        grammar_fault(r->walk, CONTENT_aip_event_agent, (struct str){0},
                      S("event/linkingAgentIdentifier"));
}

/* --- at the end */

static void check_links(const struct reading *r, const struct identities *links,
                        enum content_rule rule, const struct content_report *report)
{
    for (size_t i = 0; i < links->count; i++)
        if (!identities_have(&r->identifiers, links->at[i]))
            content_fault(report, &(struct content_fault){.rule = rule, .line = links->at[i].line});
}

static void check_identifiers(const struct reading *r, const struct content_report *report)
{
    identities_check_unique(&r->identifiers, CONTENT_premis_identifier, report);
    if (r->alone)
        return;
    check_links(r, &r->links, CONTENT_premis_link, report);
    check_links(r, &r->event_agents, CONTENT_aip_agent, report);
}

static void read_all(struct reading *r, const struct content_report *report)
{
    struct grammar_event event;
    while (grammar_next(r->walk, &event))
        if (event.closes)
            on_close(r, &event);
        else
            on_open(r, &event);
    identities_sort(&r->identifiers);
    if (grammar_is_whole(r->walk) && !r->identifiers.too_many)
        check_identifiers(r, report);
}

struct err *premis_check(const struct source *file, bool of_aip,
                         const struct content_report *report)
{
    struct reading r = {.walk = grammar_open(&grammar, file, report), .of_aip = of_aip};
    read_all(&r, report);
    identities_free(&r.identifiers);
    identities_free(&r.links);
    identities_free(&r.event_agents);
    return grammar_close(r.walk);
}
