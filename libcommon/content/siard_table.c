/* tableN.xml: rows and cells against what metadata tells of them; and its schema beside it. */
#include "content/siard.h"

#include "base/base.h"

#define XML_SCHEMA "http://www.w3.org/2001/XMLSchema"

enum { DEPTH_TABLE = 1, DEPTH_ROW = 2, DEPTH_CELL = 3, NULLS_TOLD = 1000, TEXT_KEPT = 128 };

static const struct xml_options options = {.elements = UINT64_MAX};

struct table_reading {
    struct siard *s;
    const struct siard_table *table;
    struct str inside;
    struct xml *xml;
    uint64_t rows;
    uint64_t *row_of;         /* of each column: the row that had its cell last */
    size_t column;            /* of the cell that is open, from 1; 0: none */
    enum grammar_value value; /* of that cell; ANY: it is not judged */
    struct buf text;
    size_t *needed; /* columns that must have a value */
    size_t needed_count;
    size_t nulls; /* told; after NULLS_TOLD no more are looked for, or they would cost rows times
                     columns */
};

static void fault(const struct table_reading *t, enum content_rule rule, struct str found,
                  struct str expected)
{
    content_fault(t->s->report, &(struct content_fault){.rule = rule,
                                                        .line = xml_line(t->xml),
                                                        .inside = t->inside,
                                                        .found = found,
                                                        .expected = expected});
}

static void fault_number(const struct table_reading *t, enum content_rule rule, uint64_t found,
                         uint64_t expected)
{
    char texts[2][24];
    snprintf(texts[0], sizeof texts[0], "%llu", (unsigned long long)found);
    snprintf(texts[1], sizeof texts[1], "%llu", (unsigned long long)expected);
    fault(t, rule, str_from(texts[0]), str_from(texts[1]));
}

/* N of cN; 0: it is no such name. */
static size_t column_of(struct str name)
{
    uint64_t number = 0;
    if (!str_starts(name, S("c")) ||
        !str_to_u64(str_slice(name, 1, name.len), SIARD_COLUMNS, &number))
        return 0;
    return (size_t)number;
}

static void on_cell(struct table_reading *t)
{
    struct str name = xml_name(t->xml);
    t->column = column_of(name);
    if (t->column == 0 || t->column > t->table->columns) {
        fault(t, CONTENT_siard_cell, name, (struct str){0});
        t->column = 0;
        return;
    }
    if (t->row_of[t->column - 1] == t->rows)
        fault(t, CONTENT_siard_cell_again, name, (struct str){0});
    t->row_of[t->column - 1] = t->rows;
}

static const struct siard_column *column_open(const struct table_reading *t)
{
    return &t->s->columns[t->table->first_column + t->column - 1];
}

/* The text of a cell that has no elements; it is not quoted, for it may be a person's number. */
static void begin_value(struct table_reading *t, uint32_t depth)
{
    t->value = depth == DEPTH_CELL && t->column > 0 ? column_open(t)->value : VALUE_ANY;
    buf_clear(&t->text);
}

static void on_text(struct table_reading *t)
{
    struct str text = xml_characters(t->xml);
    if (t->value != VALUE_ANY)
        buf_put(&t->text, str_slice(text, 0, TEXT_KEPT - t->text.len));
}

static void end_value(struct table_reading *t)
{
    static const char *const names[] = {
        [VALUE_INTEGER] = "xs:integer", [VALUE_BOOLEAN] = "xs:boolean", [VALUE_DATE] = "xs:date"};
    if (t->value != VALUE_ANY && !grammar_value_fits(t->value, str_trim(buf_str(&t->text))))
        fault(t, CONTENT_siard_cell_type, xml_name(t->xml), str_from(names[t->value]));
    t->value = VALUE_ANY;
}

/* A cell, or a field in it, whose value lies in a file of its own. */
static struct err *on_reference(struct table_reading *t)
{
    struct str file = xml_attribute(t->xml, NO_NAMESPACE, "file");
    struct str digest = xml_attribute(t->xml, NO_NAMESPACE, "messageDigest");
    if (file.len == 0 || t->column == 0)
        return NULL;
    if (digest.ptr == NULL)
        digest = xml_attribute(t->xml, NO_NAMESPACE, "digest");
    const struct siard_reference reference = {
        .table = t->table,
        .column = column_open(t),
        .inside = t->inside,
        .line = xml_line(t->xml),
        .nested = xml_depth(t->xml) > DEPTH_CELL,
        .file = file,
        .length = xml_attribute(t->xml, NO_NAMESPACE, "length"),
        .digest = digest,
        .digest_type = xml_attribute(t->xml, NO_NAMESPACE, "digestType")};
    return siard_lob_check(t->s, &reference);
}

static struct err *on_open(struct table_reading *t)
{
    uint32_t depth = xml_depth(t->xml);
    const char *wanted = depth == DEPTH_TABLE ? "table" : "row";
    if (depth <= DEPTH_ROW && !str_equal(xml_name(t->xml), str_from(wanted))) {
        fault(t, CONTENT_siard_table_root, xml_name(t->xml), str_from(wanted));
        return xml_skip(t->xml);
    }
    if (depth == DEPTH_ROW)
        t->rows++;
    if (depth == DEPTH_CELL)
        on_cell(t);
    begin_value(t, depth);
    return depth >= DEPTH_CELL ? on_reference(t) : NULL;
}

static void on_row_end(struct table_reading *t)
{
    for (size_t i = 0; i < t->needed_count && t->nulls < NULLS_TOLD; i++) {
        char name[24];
        if (t->row_of[t->needed[i]] == t->rows)
            continue;
        snprintf(name, sizeof name, "c%zu", t->needed[i] + 1);
        fault(t, CONTENT_siard_null, (struct str){0}, str_from(name));
        t->nulls++;
    }
}

static struct err *read_rows(struct table_reading *t)
{
    for (enum xml_event event = XML_OPEN; event != XML_END;) {
        TRY(xml_next(t->xml, &event));
        if (event == XML_OPEN)
            TRY(on_open(t));
        else if (event == XML_TEXT)
            on_text(t);
        else if (event == XML_CLOSE && xml_depth(t->xml) == DEPTH_CELL)
            end_value(t);
        else if (event == XML_CLOSE && xml_depth(t->xml) == DEPTH_ROW)
            on_row_end(t);
    }
    if (t->rows != t->table->rows)
        fault_number(t, CONTENT_siard_rows, t->rows, t->table->rows);
    return NULL;
}

/* As many elements named c1, c2, … as there are columns. */
static struct err *read_schema(struct table_reading *t)
{
    enum xml_event event = XML_OPEN;
    size_t columns = 0;
    TRY(xml_next(t->xml, &event));
    if (event != XML_OPEN || !xml_is(t->xml, XML_SCHEMA, "schema")) {
        fault(t, CONTENT_siard_schema_root, xml_name(t->xml), S("xs:schema"));
        return NULL;
    }
    while (event != XML_END) {
        TRY(xml_next(t->xml, &event));
        if (event != XML_OPEN || !xml_is(t->xml, XML_SCHEMA, "element"))
            continue;
        size_t column = column_of(xml_attribute(t->xml, NO_NAMESPACE, "name"));
        columns = column > columns ? column : columns;
    }
    if (columns != t->table->columns)
        fault_number(t, CONTENT_siard_schema_columns, columns, t->table->columns);
    return NULL;
}

/* Opens the document beside or of the table and reads it; false in *out_there when there is none.
 */
static struct err *read_one(struct table_reading *t, const char *ending,
                            struct err *(*read)(struct table_reading *t), bool *out_there)
{
    autobuf struct buf path = buf_new(2 * ENTRY_PATH_MAX);
    buf_format(&path, "%.*s/%.*s%s", STR_ARG(t->table->path), STR_ARG(t->table->name), ending);
    t->inside = buf_str(&path);
    const struct siard_file *file = siard_find(t->s, t->inside);
    *out_there = file != NULL;
    if (file == NULL)
        return NULL;
    const struct entry entry = siard_entry(file);
    struct err *e = entry_open(t->s->reader, &entry, 0);
    autoxml struct xml *xml = xml_open((struct xml_input){siard_read, t->s->reader}, &options);
    t->xml = xml;
    if (e == NULL)
        e = content_refusal(t->s->report, t->inside, xml, read(t));
    return siard_damaged(t->s, t->inside, e);
}

static struct err *check(struct table_reading *t)
{
    bool there = false;
    TRY(read_one(t, ".xsd", read_schema, &there));
    if (!there)
        siard_fault(t->s, CONTENT_siard_no_schema, t->table->path, (struct str){0}, t->table->name);
    TRY(read_one(t, ".xml", read_rows, &there));
    if (!there)
        siard_fault(t->s, CONTENT_siard_no_table, t->table->path, (struct str){0}, t->table->name);
    return NULL;
}

struct err *siard_table_check(struct siard *s, const struct siard_table *table)
{
    struct table_reading t = {.s = s, .table = table, .text = buf_new(TEXT_KEPT)};
    t.row_of = must_calloc(table->columns + 1, sizeof *t.row_of);
    t.needed = must_calloc(table->columns + 1, sizeof *t.needed);
    for (size_t i = 0; i < table->columns; i++)
        if (s->columns[table->first_column + i].needed)
            t.needed[t.needed_count++] = i;
    struct err *e = check(&t);
    free(t.row_of);
    free(t.needed);
    buf_free(&t.text);
    return e;
}
