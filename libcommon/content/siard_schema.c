/* tableN.xsd: which cells a row has, which of them it must have, and of what kind they are. Of an
 * XML Schema so much is read as tables have: elements cN, and named types by what they restrict or
 * extend. Patterns and bounds of types are not. */
#include "content/siard.h"

#include "base/base.h"

#define XML_SCHEMA "http://www.w3.org/2001/XMLSchema"

enum { TYPES = 64, NAME_KEPT = 48 };

/* Types by their number, from 1; 0: none that is known. */
struct schema_reading {
    struct xml *xml;
    struct siard_cells *cells;
    char names[TYPES][NAME_KEPT]; /* without what stands before a colon */
    uint8_t bases[TYPES];         /* what each is made of */
    size_t count;
    uint8_t *open; /* whose base is read next; NULL: nobody's that is asked for */
    uint32_t open_depth;
};

static uint8_t number_of(struct schema_reading *r, struct str name)
{
    size_t colon = str_find(name, ':');
    name = str_trim(colon < name.len ? str_slice(name, colon + 1, name.len) : name);
    for (size_t i = 1; i <= r->count; i++)
        if (str_equal(name, str_from(r->names[i])))
            return (uint8_t)i;
    if (name.len == 0 || name.len >= NAME_KEPT || r->count + 1 == TYPES)
        return 0;
    memcpy(r->names[++r->count], name.ptr, name.len);
    return (uint8_t)r->count;
}

/* --- what a type is in the end */

static enum grammar_value builtin(struct str name)
{
    static const struct {
        const char *name;
        enum grammar_value value;
    } types[] = {{"integer", VALUE_INTEGER}, {"long", VALUE_INTEGER},
                 {"int", VALUE_INTEGER},     {"short", VALUE_INTEGER},
                 {"decimal", VALUE_DECIMAL}, {"float", VALUE_FLOAT},
                 {"double", VALUE_FLOAT},    {"boolean", VALUE_BOOLEAN},
                 {"date", VALUE_DATE},       {"time", VALUE_TIME_OF_DAY},
                 {"dateTime", VALUE_TIME},   {"duration", VALUE_DURATION},
                 {"hexBinary", VALUE_HEX},   {"base64Binary", VALUE_BASE64},
                 {"string", VALUE_SIMPLE},   {"normalizedString", VALUE_SIMPLE},
                 {"token", VALUE_SIMPLE},    {"anyURI", VALUE_SIMPLE}};
    for (size_t i = 0; i < COUNT(types); i++)
        if (str_equal(name, str_from(types[i].name)))
            return types[i].value;
    return VALUE_ANY;
}

/* A type of the schema's own stands before one of XML Schema that is called the same. */
static enum grammar_value value_of(const struct schema_reading *r, uint8_t type)
{
    for (size_t steps = 0; steps < TYPES && type != 0; steps++) {
        if (r->bases[type] == 0 || r->bases[type] == type)
            return builtin(str_from(r->names[type]));
        type = r->bases[type];
    }
    return VALUE_ANY;
}

/* --- events */

size_t siard_column_of(struct str name)
{
    uint64_t number = 0;
    if (!str_starts(name, S("c")) ||
        !str_to_u64(str_slice(name, 1, name.len), SIARD_COLUMNS, &number))
        return 0;
    return (size_t)number;
}

static void on_element(struct schema_reading *r)
{
    size_t column = siard_column_of(xml_attribute(r->xml, NO_NAMESPACE, "name"));
    struct str least = xml_attribute(r->xml, NO_NAMESPACE, "minOccurs");
    struct str type = xml_attribute(r->xml, NO_NAMESPACE, "type");
    r->cells->highest = column > r->cells->highest ? column : r->cells->highest;
    if (column == 0 || column > r->cells->count)
        return;
    struct siard_cell *cell = &r->cells->at[column - 1];
    cell->needed = !str_equal(str_trim(least), S("0"));
    cell->type = number_of(r, type);
    r->open = type.ptr == NULL ? &cell->type : NULL;
    r->open_depth = xml_depth(r->xml);
}

static void on_type(struct schema_reading *r)
{
    struct str name = xml_attribute(r->xml, NO_NAMESPACE, "name");
    uint8_t type = number_of(r, name);
    if (name.ptr == NULL)
        return;
    r->open = type != 0 ? &r->bases[type] : NULL;
    r->open_depth = xml_depth(r->xml);
}

/* Of the type that is open: a simple one at once, a complex one inside its content. */
static void on_base(struct schema_reading *r)
{
    if (r->open != NULL && xml_depth(r->xml) <= r->open_depth + 3)
        *r->open = number_of(r, xml_attribute(r->xml, NO_NAMESPACE, "base"));
    r->open = NULL;
}

static void on_open(struct schema_reading *r)
{
    struct str name = xml_name(r->xml);
    if (!str_equal(xml_namespace(r->xml), S(XML_SCHEMA)))
        return;
    if (str_equal(name, S("element")))
        on_element(r);
    else if (str_equal(name, S("simpleType")) || str_equal(name, S("complexType")))
        on_type(r);
    else if (str_equal(name, S("restriction")) || str_equal(name, S("extension")))
        on_base(r);
    else if (str_equal(name, S("sequence")) || str_equal(name, S("list")) ||
             str_equal(name, S("union")))
        r->open = NULL; /* it is of elements, or of several */
}

static void on_schema(struct schema_reading *r)
{
    struct siard_cells *cells = r->cells;
    struct str namespace = xml_attribute(r->xml, NO_NAMESPACE, "targetNamespace");
    cells->namespace_length = namespace.len <= sizeof cells->namespace ? namespace.len : 0;
    cells->namespace_known = namespace.len <= sizeof cells->namespace;
    if (cells->namespace_length > 0)
        memcpy(cells->namespace, namespace.ptr, namespace.len);
    cells->qualified =
        str_equal(xml_attribute(r->xml, NO_NAMESPACE, "elementFormDefault"), S("qualified"));
}

static struct err *read_all(struct schema_reading *r)
{
    enum xml_event event = XML_OPEN;
    TRY(xml_next(r->xml, &event));
    r->cells->is_schema = event == XML_OPEN && xml_is(r->xml, XML_SCHEMA, "schema");
    if (!r->cells->is_schema)
        return NULL;
    on_schema(r);
    while (event != XML_END) {
        TRY(xml_next(r->xml, &event));
        if (event == XML_OPEN)
            on_open(r);
    }
    for (size_t i = 0; i < r->cells->count; i++)
        r->cells->at[i].value = value_of(r, r->cells->at[i].type);
    r->cells->whole = true;
    return NULL;
}

struct err *siard_schema_read(struct xml *xml, struct siard_cells *cells)
{
    struct schema_reading *r = must_calloc(1, sizeof *r);
    r->xml = xml;
    r->cells = cells;
    struct err *e = read_all(r);
    free(r);
    return e;
}
