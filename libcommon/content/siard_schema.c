/* tableN.xsd: which cells a row has, which of them it must have, and of what kind they are. Of an
 * XML Schema so much is read as tables have: elements cN, and types by what they restrict or
 * extend, with the facets of restrictions. */
#include "content/siard.h"

#include "base/base.h"

#define XML_SCHEMA "http://www.w3.org/2001/XMLSchema"

enum { NAME_KEPT = 48 };

/* Types by their number, from 1; 0: none that is known. */
struct schema_reading {
    struct xml *xml;
    struct siard_cells *cells;
    char names[SIARD_TYPES][NAME_KEPT]; /* without what stands before a colon; empty: it has none */
    bool own[SIARD_TYPES];              /* the schema says what it is */
    size_t count;
    uint8_t open; /* whose base is read next; 0: of none that is asked for */
    uint32_t open_depth;
    uint8_t restricted; /* whose facets stand at this depth; 0: of none that is asked for */
    uint32_t facet_depth;
};

static uint8_t add_type(struct schema_reading *r, struct str name)
{
    if (name.len >= NAME_KEPT || r->count + 1 == SIARD_TYPES)
        return 0;
    if (name.len > 0)
        memcpy(r->names[r->count + 1], name.ptr, name.len);
    return (uint8_t)++r->count;
}

static uint8_t number_of(struct schema_reading *r, struct str name)
{
    size_t colon = str_find(name, ':');
    name = str_trim(colon < name.len ? str_slice(name, colon + 1, name.len) : name);
    if (name.len == 0)
        return 0;
    for (size_t i = 1; i <= r->count; i++)
        if (str_equal(name, str_from(r->names[i])))
            return (uint8_t)i;
    return add_type(r, name);
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

/* A type of the schema's own may be made of one of XML Schema that is called the same. */
static uint8_t base_of(const struct siard_cells *cells, uint8_t type)
{
    return cells->bases[type] != type ? cells->bases[type] : 0;
}

/* The type at the end of what it is made of; 0: it is made of itself by others. */
static uint8_t root_of(const struct siard_cells *cells, uint8_t type)
{
    for (size_t steps = 0; steps < SIARD_TYPES; steps++) {
        if (base_of(cells, type) == 0)
            return type;
        type = cells->bases[type];
    }
    return 0;
}

static enum grammar_value value_of(const struct schema_reading *r, uint8_t type)
{
    uint8_t root = root_of(r->cells, type);
    bool known = root != 0 && (!r->own[root] || r->cells->bases[root] == root);
    return known ? builtin(str_from(r->names[root])) : VALUE_ANY;
}

/* As which type of XML Schema a value is held against facets; NULL: none. Of texts only plain
 * strings: others lose white space before. */
static const char *judged_as(const struct schema_reading *r, uint8_t type)
{
    static const char *const names[] = {
        [VALUE_INTEGER] = "integer",    [VALUE_DECIMAL] = "decimal",   [VALUE_FLOAT] = "double",
        [VALUE_BOOLEAN] = "boolean",    [VALUE_DATE] = "date",         [VALUE_TIME_OF_DAY] = "time",
        [VALUE_TIME] = "dateTime",      [VALUE_DURATION] = "duration", [VALUE_HEX] = "hexBinary",
        [VALUE_BASE64] = "base64Binary"};
    enum grammar_value value = value_of(r, type);
    if (value == VALUE_SIMPLE)
        return strcmp(r->names[root_of(r->cells, type)], "string") == 0 ? "string" : NULL;
    return (size_t)value < COUNT(names) ? names[value] : NULL;
}

static void settle(struct schema_reading *r)
{
    struct siard_cells *cells = r->cells;
    for (size_t i = 1; i <= r->count; i++)
        xml_facets_settle(cells->facets, (uint8_t)i, judged_as(r, (uint8_t)i));
    for (struct siard_cell *cell = cells->at; cell < cells->at + cells->count; cell++) {
        cell->value = value_of(r, cell->type);
        for (uint8_t type = cell->value != VALUE_ANY ? cell->type : 0; type != 0;
             type = base_of(cells, type))
            cell->faceted |= xml_facets_has(cells->facets, type);
    }
}

bool siard_cell_fits(const struct siard_cells *cells, const struct siard_cell *cell,
                     struct str text, struct buf *out_expected)
{
    for (uint8_t type = cell->faceted ? cell->type : 0; type != 0; type = base_of(cells, type))
        if (!xml_facets_fit(cells->facets, type, text, out_expected))
            return false;
    return true;
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
    cell->type = type.ptr != NULL ? number_of(r, type) : add_type(r, S(""));
    r->own[cell->type] |= type.ptr == NULL;
    r->open = type.ptr == NULL ? cell->type : 0;
    r->open_depth = xml_depth(r->xml);
}

static void on_type(struct schema_reading *r)
{
    struct str name = xml_attribute(r->xml, NO_NAMESPACE, "name");
    if (name.ptr == NULL)
        return;
    r->open = number_of(r, name);
    r->own[r->open] = true;
    r->open_depth = xml_depth(r->xml);
}

/* Of the type that is open: a simple one at once, a complex one inside its content. */
static void on_base(struct schema_reading *r)
{
    uint32_t depth = xml_depth(r->xml);
    r->restricted = depth <= r->open_depth + 3 ? r->open : 0;
    r->facet_depth = depth + 1;
    if (r->restricted != 0)
        r->cells->bases[r->open] = number_of(r, xml_attribute(r->xml, NO_NAMESPACE, "base"));
    r->open = 0;
}

static void on_facet(struct schema_reading *r, struct str name)
{
    if (r->restricted != 0 && xml_depth(r->xml) == r->facet_depth)
        xml_facets_add(r->cells->facets, r->restricted, name,
                       xml_attribute(r->xml, NO_NAMESPACE, "value"));
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
        r->open = 0; /* it is of elements, or of several */
    else
        on_facet(r, name);
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
    settle(r);
    r->cells->whole = true;
    return NULL;
}

struct err *siard_schema_read(struct xml *xml, struct siard_cells *cells)
{
    struct schema_reading *r = must_calloc(1, sizeof *r);
    r->xml = xml;
    r->cells = cells;
    cells->facets = xml_facets_new();
    struct err *e = read_all(r);
    free(r);
    return e;
}
