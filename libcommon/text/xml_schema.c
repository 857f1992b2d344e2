/* XML schemas: compiled once, from one folder. */
#include "text/xml_schema.h"
#include "base/base.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemastypes.h>
#include <pthread.h>

struct xml_schema {
    xmlSchemaPtr compiled;
};

/* libxml2 has one loader for the process; which folder it may open is a matter of the thread that
 * compiles. */
static _Thread_local const char *open_folder;

static xmlParserInputPtr load_from_folder(const char *url, const char *id, xmlParserCtxtPtr context)
{
    (void)id;
    if (open_folder == NULL || url == NULL)
        return NULL;
    const char *slash = strrchr(url, '/');
    autobuf struct buf path = buf_new(4096);
    buf_format(&path, "%s%s", open_folder, slash != NULL ? slash + 1 : url);
    return path.failed ? NULL : xmlNewInputFromFile(context, path.ptr);
}

static void set_up_once(void)
{
    xmlInitParser();
    xmlSchemaInitTypes();
    xmlSetExternalEntityLoader(load_from_folder);
}

void xml_set_up(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_once);
}

/* "{http://…}name", but not the list of values "{'a', 'b'}". */
static bool starts_namespace(const char *at, size_t length)
{
    return length > 1 && at[0] == '{' && at[1] != '\'' && memchr(at, '}', length) != NULL;
}

/* "[facet 'enumeration'] " says nothing that the sentence after it does not. */
static bool starts_facet(const char *at, size_t length)
{
    return str_starts((struct str){at, length}, S("[facet ")) && memchr(at, ']', length) != NULL;
}

struct str xml_message(const char *message, struct arena *arena)
{
    struct str from = str_trim(str_from(message));
    char *out = arena_alloc(arena, from.len + 1, 1);
    size_t length = 0;
    for (size_t i = 0; i < from.len; i++) {
        const char *at = from.ptr + i;
        char ends = starts_namespace(at, from.len - i) ? '}'
                    : starts_facet(at, from.len - i)   ? ']'
                                                       : '\0';
        if (ends != '\0') {
            i = (size_t)((const char *)memchr(at, ends, from.len - i) - from.ptr);
            i += ends == ']' && i + 1 < from.len;
        } else {
            out[length++] = *at == '\n' ? ' ' : *at;
        }
    }
    if (length > 0 && out[length - 1] == '.')
        length--;
    return (struct str){out, length};
}

/* The first thing that libxml2 says about a schema. */
struct complaint {
    char text[512];
    int line;
};

static void note_complaint(void *state, xmlErrorPtr error)
{
    struct complaint *first = state;
    if (first->text[0] != '\0' || error->level == XML_ERR_WARNING || error->message == NULL)
        return;
    snprintf(first->text, sizeof first->text, "%s", error->message);
    first->line = error->line;
}

struct err *xml_schema_open(const char *path, struct xml_schema **out)
{
    xml_set_up();
    const char *slash = strrchr(path, '/');
    autofree char *folder = slash != NULL ? strndup(path, (size_t)(slash - path) + 1) : strdup("");
    struct complaint complaint = {0};
    xmlSchemaPtr compiled = NULL;
    open_folder = folder;
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(path);
    if (parser != NULL) {
        xmlSchemaSetParserStructuredErrors(parser, note_complaint, &complaint);
        compiled = xmlSchemaParse(parser);
        xmlSchemaFreeParserCtxt(parser);
    }
    open_folder = NULL;
    if (compiled == NULL)
        return err_new(ERR_BUG, "could not compile the schema %s: line %d: %s", path,
                       complaint.line, complaint.text);
    struct xml_schema *schema = must_calloc(1, sizeof *schema);
    schema->compiled = compiled;
    *out = schema;
    return NULL;
}

void xml_schema_close(struct xml_schema *schema)
{
    if (schema == NULL)
        return;
    xmlSchemaFree(schema->compiled);
    free(schema);
}

xmlSchemaValidCtxtPtr xml_schema_validation(const struct xml_schema *schema)
{
    xmlSchemaValidCtxtPtr validation = xmlSchemaNewValidCtxt(schema->compiled);
    if (validation == NULL)
        abort();
    return validation;
}

/* The type of "… of the atomic type 'xs:long'."; absent when it is none of XML Schema's own. */
static struct str type_said(struct str message)
{
    struct str type = {0};
    struct str rest = str_trim(message);
    if (!str_ends(rest, S("'.")))
        return type;
    size_t end = rest.len - 2;
    size_t from = end;
    while (from > 0 && rest.ptr[from - 1] != '\'')
        from--;
    type = str_slice(rest, from, end);
    return str_starts(type, S("xs:")) ? str_slice(type, 3, type.len) : (struct str){0};
}

bool xml_schema_is_wrong(const xmlError *said)
{
    /* No type's name is longer, nor what a value of these may be. */
    enum { NAME = 32, VALUE = 256 };
    static const char namespace[] = "http://www.w3.org/2001/XMLSchema";
    if (said->code != XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1 || said->str1 == NULL)
        return false;
    struct str type = type_said(str_from(said->message));
    struct str value = str_trim(str_from(said->str1));
    char name[NAME];
    char text[VALUE];
    if (type.len == 0 || type.len >= sizeof name || value.len == 0 || value.len >= sizeof text ||
        value.len == strlen(said->str1))
        return false;
    snprintf(name, sizeof name, "%.*s", STR_ARG(type));
    snprintf(text, sizeof text, "%.*s", STR_ARG(value));
    xmlSchemaTypePtr known =
        xmlSchemaGetPredefinedType((const xmlChar *)name, (const xmlChar *)namespace);
    return known != NULL &&
           xmlSchemaValidatePredefinedType(known, (const xmlChar *)text, NULL) == 0;
}
