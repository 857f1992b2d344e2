/* tableN.xml: rows and cells against what metadata tells of them; and its schema beside it. */
#include "content/siard.h"

#include "base/base.h"

enum {
    DEPTH_TABLE = 1,
    DEPTH_ROW = 2,
    DEPTH_CELL = 3,
    NULLS_TOLD = 1000,
    TEXT_KEPT = XML_FACET_TEXT + 1
};

static const struct xml_options options = {.elements = UINT64_MAX};

struct hex {
    size_t count;
    bool after; /* white space came behind them */
    bool bad;
};

struct table_reading {
    struct siard *s;
    const struct siard_table *table;
    struct str inside;
    struct xml *xml;
    uint64_t rows;
    uint64_t *row_of;         /* of each column: the row that had its cell last */
    struct siard_cells cells; /* what its schema says of them */
    size_t column;            /* of the cell that is open, from 1; 0: none */
    size_t before;            /* of the cell before it in the row */
    enum grammar_value value; /* of that cell by metadata; ANY: it is not judged */
    enum grammar_value plain; /* the same by the schema */
    bool faceted;             /* its type there has facets … */
    bool exact;               /* … for which white space around it is part of it */
    struct hex hex;           /* its digits, when it is of such */
    struct grammar_base64 base64;
    struct buf text; /* from the first character that is no space, unless it is exact */
    bool disordered; /* told … */
    bool elsewhere;  /* … and of another namespace */
    bool nil;        /* … and xsi:nil */
    bool stray;      /* … and text beside the cells */
    size_t *needed;  /* columns that must have a value */
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

static void on_cell(struct table_reading *t)
{
    struct str name = xml_name(t->xml);
    t->column = siard_column_of(name);
    if (t->column == 0 || t->column > t->table->columns) {
        fault(t, CONTENT_siard_cell, name, (struct str){0});
        t->column = 0;
        return;
    }
    if (t->row_of[t->column - 1] == t->rows)
        fault(t, CONTENT_siard_cell_again, name, (struct str){0});
    else if (t->column < t->before && !t->disordered) {
        t->disordered = true;
        fault(t, CONTENT_siard_cell_order, name, (struct str){0});
    }
    t->row_of[t->column - 1] = t->rows;
    t->before = t->column;
}

/* Told once of a table. */
static void check_namespace(struct table_reading *t, uint32_t depth)
{
    const struct siard_cells *cells = &t->cells;
    struct str wanted = {cells->namespace, cells->namespace_length};
    if (!cells->whole || !cells->namespace_known || t->elsewhere ||
        (depth > DEPTH_TABLE && !cells->qualified) || str_equal(xml_namespace(t->xml), wanted))
        return;
    t->elsewhere = true;
    fault(t, CONTENT_siard_namespace, xml_namespace(t->xml), wanted);
}

/* A cell without a value is left out: xsi:nil is for elements that a schema lets be empty, which a
 * table's does not. Told once of a table. */
static void find_nil(struct table_reading *t)
{
    struct str nil = xml_attribute(t->xml, XML_SCHEMA_XSI, "nil");
    if (nil.ptr == NULL || t->nil)
        return;
    t->nil = true;
    fault(t, CONTENT_siard_nil, xml_name(t->xml), (struct str){0});
}

static const struct siard_column *column_open(const struct table_reading *t)
{
    return &t->s->columns[t->table->first_column + t->column - 1];
}

/* The same by the schema. */
static const struct siard_cell *cell_open(const struct table_reading *t)
{
    return &t->cells.at[t->column - 1];
}

/* The text of a cell that has no elements; it is not quoted, for it may be a person's number. */
static void begin_value(struct table_reading *t, uint32_t depth)
{
    static const struct siard_cell unknown = {.value = VALUE_ANY};
    bool cell = depth == DEPTH_CELL && t->column > 0;
    const struct siard_cell *known = cell && t->cells.whole ? cell_open(t) : &unknown;
    t->value = cell ? column_open(t)->value : VALUE_ANY;
    t->plain = known->value;
    t->faceted = known->faceted;
    t->exact = known->faceted && known->value == VALUE_SIMPLE;
    t->hex = (struct hex){0};
    t->base64 = (struct grammar_base64){0};
    buf_clear(&t->text);
}

static void add_hex(struct hex *hex, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        hex->after |= space && hex->count > 0;
        hex->bad |= (!digit && !space) || (digit && hex->after);
        hex->count += digit;
    }
}

/* Between rows and cells stands none. */
static void find_stray(struct table_reading *t, struct str text)
{
    uint32_t depth = xml_depth(t->xml);
    if (t->stray || depth > DEPTH_ROW || str_trim(text).len == 0)
        return;
    t->stray = true;
    fault(t, CONTENT_siard_table_root, S("text()"), (struct str){0});
}

static void on_text(struct table_reading *t)
{
    struct str text = xml_characters(t->xml);
    find_stray(t, text);
    if (t->plain == VALUE_HEX)
        add_hex(&t->hex, text);
    else if (t->plain == VALUE_BASE64)
        grammar_base64_add(&t->base64, text);
    if (t->text.len == 0 && !t->exact)
        text = str_trim_start(text);
    if (t->value != VALUE_ANY || t->plain != VALUE_ANY)
        buf_put(&t->text, str_slice(text, 0, TEXT_KEPT - t->text.len));
}

static bool is_of(const struct table_reading *t, enum grammar_value value)
{
    if (value == VALUE_HEX)
        return !t->hex.bad && t->hex.count % 2 == 0;
    if (value == VALUE_BASE64)
        return grammar_base64_is_good(&t->base64);
    return grammar_value_fits(value, str_trim(buf_str(&t->text)));
}

static void fault_value(const struct table_reading *t, enum grammar_value value)
{
    static const char *const names[] = {
        [VALUE_INTEGER] = "xs:integer",     [VALUE_BOOLEAN] = "xs:boolean",
        [VALUE_DATE] = "xs:date",           [VALUE_TIME] = "xs:dateTime",
        [VALUE_BASE64] = "xs:base64Binary", [VALUE_SIMPLE] = "xs:string",
        [VALUE_DECIMAL] = "xs:decimal",     [VALUE_FLOAT] = "xs:double",
        [VALUE_TIME_OF_DAY] = "xs:time",    [VALUE_DURATION] = "xs:duration",
        [VALUE_HEX] = "xs:hexBinary"};
    fault(t, CONTENT_siard_cell_type, xml_name(t->xml), str_from(names[value]));
}

static void check_facets(const struct table_reading *t)
{
    autobuf struct buf expected = buf_new(512);
    struct str text = buf_str(&t->text);
    if (!siard_cell_fits(&t->cells, cell_open(t), t->exact ? text : str_trim(text), &expected))
        fault(t, CONTENT_siard_cell_facet, xml_name(t->xml), buf_str(&expected));
}

static void end_value(struct table_reading *t)
{
    if (!is_of(t, t->value))
        fault_value(t, t->value);
    else if (!is_of(t, t->plain))
        fault_value(t, t->plain);
    else if (t->faceted)
        check_facets(t);
    t->value = t->plain = VALUE_ANY;
    t->faceted = false;
}

/* An element in a cell that, by the schema, has none: its text is then not judged. */
static void check_plain(struct table_reading *t, uint32_t depth)
{
    if (depth > DEPTH_CELL && t->plain != VALUE_ANY)
        fault_value(t, t->plain);
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
    if (depth <= DEPTH_CELL)
        check_namespace(t, depth);
    find_nil(t);
    if (depth == DEPTH_ROW) {
        t->rows++;
        t->before = 0;
    }
    if (depth == DEPTH_CELL)
        on_cell(t);
    check_plain(t, depth);
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
    TRY(siard_schema_read(t->xml, &t->cells));
    if (!t->cells.is_schema)
        fault(t, CONTENT_siard_schema_root, xml_name(t->xml), S("xs:schema"));
    else if (t->cells.highest != t->table->columns)
        fault_number(t, CONTENT_siard_schema_columns, t->cells.highest, t->table->columns);
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

/* By metadata or by the schema. */
static void find_needed(struct table_reading *t)
{
    for (size_t i = 0; i < t->table->columns; i++)
        if (t->s->columns[t->table->first_column + i].needed ||
            (t->cells.whole && t->cells.at[i].needed))
            t->needed[t->needed_count++] = i;
}

static struct err *check(struct table_reading *t)
{
    bool there = false;
    TRY(read_one(t, ".xsd", read_schema, &there));
    if (!there)
        siard_fault(t->s, CONTENT_siard_no_schema, t->table->path, (struct str){0}, t->table->name);
    find_needed(t);
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
    t.cells = (struct siard_cells){.at = must_calloc(table->columns + 1, sizeof *t.cells.at),
                                   .count = table->columns};
    struct err *e = check(&t);
    free(t.row_of);
    free(t.needed);
    free(t.cells.at);
    xml_facets_free(t.cells.facets);
    buf_free(&t.text);
    return e;
}
