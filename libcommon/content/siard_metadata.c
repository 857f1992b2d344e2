/* header/metadata.xml: its elements against the table, its tables and columns kept. */
#include "content/siard.h"

#include "base/base.h"

enum { FOLDER_MAX = 255 };

enum {
    ARCHIVE = FIRST_CONTEXT,
    DIGEST,
    SCHEMAS,
    SCHEMA,
    TYPES,
    TYPE,
    ATTRIBUTES,
    ATTRIBUTE,
    TABLES,
    TABLE,
    VIEWS,
    VIEW,
    COLUMNS,
    COLUMN,
    FIELDS,
    FIELD,
    PRIMARY_KEY,
    FOREIGN_KEYS,
    FOREIGN_KEY,
    REFERENCE,
    CANDIDATE_KEYS,
    CANDIDATE_KEY,
    CONSTRAINTS,
    CONSTRAINT,
    TRIGGERS,
    TRIGGER,
    ROUTINES,
    ROUTINE,
    PARAMETERS,
    PARAMETER,
    USERS,
    NAMED,
    ROLES,
    ROLE,
    PRIVILEGES,
    PRIVILEGE,
};

enum { V_2 = SIARD_2_0 | SIARD_2_1 | SIARD_2_2 };

static const char *const digest_types[] = {"MD5", "SHA-1", "SHA-256", NULL};
static const char *const categories_2_0[] = {"distinct", "row", "array", "udt", NULL};
static const char *const categories[] = {"distinct", "udt", NULL};
static const char *const match_types[] = {"FULL", "PARTIAL", "SIMPLE", NULL};
static const char *const actions[] = {"CASCADE",  "SET NULL",  "SET DEFAULT",
                                      "RESTRICT", "NO ACTION", NULL};
static const char *const options[] = {"ADMIN", "GRANT", NULL};
static const char *const action_times_2_0[] = {"BEFORE", "AFTER", NULL};
static const char *const action_times[] = {"BEFORE", "INSTEAD OF", "AFTER", NULL};

static const struct grammar_row rows[] = {
#include "content/siard_elements.def"
};

static const char *const namespaces[] = {"http://www.bar.admin.ch/xmlns/siard/1.0/metadata.xsd",
                                         "http://www.bar.admin.ch/xmlns/siard/2.0/metadata.xsd",
                                         "http://www.bar.admin.ch/xmlns/siard/2/metadata.xsd",
                                         NULL};

static const struct {
    const char *name;
    enum siard_version version;
    const char *namespace;
} versions[] = {{"1.0", SIARD_1_0, "http://www.bar.admin.ch/xmlns/siard/1.0/metadata.xsd"},
                {"2.0", SIARD_2_0, "http://www.bar.admin.ch/xmlns/siard/2.0/metadata.xsd"},
                {"2.1", SIARD_2_1, "http://www.bar.admin.ch/xmlns/siard/2/metadata.xsd"},
                {"2.2", SIARD_2_2, "http://www.bar.admin.ch/xmlns/siard/2/metadata.xsd"}};

static const struct grammar grammar = {
    .rows = rows, .count = COUNT(rows), .namespaces = namespaces, GRAMMAR_OF_ALL(siard)};

/* A name that is needed until its element closes. */
struct name {
    char text[SIARD_NAME_KEPT];
    size_t length;
};

struct reading {
    struct siard *s;
    struct grammar_walk *walk;
    struct name schema;
    struct name schema_folder;
    struct name table;
    struct name referenced_schema;
    struct name referenced_table;
    bool in_table; /* and in no view */
    bool too_many; /* told */
    struct siard_table current;
    struct siard_column column;
    struct siard_fields fields; /* of that column */
    size_t table_capacity;
    size_t column_capacity;
    struct siard_keys keys;
};

static void keep(struct name *name, struct str text)
{
    name->length = text.len < SIARD_NAME_KEPT ? text.len : SIARD_NAME_KEPT;
    if (name->length > 0)
        memcpy(name->text, text.ptr, name->length);
}

static struct str name_str(const struct name *name)
{
    return (struct str){name->text, name->length};
}

bool siard_has_room(const struct siard *s, size_t count, size_t most)
{
    return count < most && arena_used(s->arena) < SIARD_MEMORY - SIARD_SPARE;
}

/* What does not fit is told once. */
static bool fits(struct reading *r, bool room)
{
    if (!room && !r->too_many)
        grammar_fault(r->walk, CONTENT_siard_many, (struct str){0}, (struct str){0});
    r->too_many |= !room;
    return room;
}

static bool has_room_for_text(const struct reading *r)
{
    return siard_has_room(r->s, 0, 1);
}

/* --- what is kept */

static void add_column(struct reading *r)
{
    struct siard *s = r->s;
    if (!r->in_table || !fits(r, siard_has_room(s, s->column_count, SIARD_COLUMNS)))
        return;
    GROW(s->columns, s->column_count, r->column_capacity);
    s->columns[s->column_count++] = r->column;
    r->current.columns++;
}

static void add_table(struct reading *r)
{
    struct siard *s = r->s;
    if (r->current.name.len == 0 || !fits(r, siard_has_room(s, s->table_count, SIARD_TABLES)))
        return;
    GROW(s->tables, s->table_count, r->table_capacity);
    s->tables[s->table_count++] = r->current;
}

static void name_table_folder(struct reading *r, struct str folder)
{
    if (folder.len == 0 || folder.len > FOLDER_MAX || r->schema_folder.length > FOLDER_MAX ||
        !has_room_for_text(r))
        return;
    r->current.path = arena_format(r->s->arena, "content/%.*s/%.*s",
                                   STR_ARG(name_str(&r->schema_folder)), STR_ARG(folder));
    r->current.name =
        str_slice(r->current.path, r->current.path.len - folder.len, r->current.path.len);
}

/* Types whose length counts characters, not bytes. */
static bool is_of_characters(struct str type)
{
    static const char *const types[] = {"CHAR",  "VARCHAR",  "CLOB", "NCHAR",
                                        "NCLOB", "NATIONAL", "XML"};
    for (size_t i = 0; i < COUNT(types); i++)
        if (str_starts(type, str_from(types[i])))
            return true;
    return false;
}

/* eCH-0165, the XML Schema types of cells; of other types anything is let pass. */
static enum grammar_value value_of(struct str type)
{
    static const struct {
        const char *type;
        enum grammar_value value;
    } types[] = {{"SMALLINT", VALUE_INTEGER}, {"INT", VALUE_INTEGER},
                 {"INTEGER", VALUE_INTEGER},  {"BIGINT", VALUE_INTEGER},
                 {"BOOLEAN", VALUE_BOOLEAN},  {"DATE", VALUE_DATE}};
    for (size_t i = 0; i < COUNT(types); i++)
        if (str_equal(type, str_from(types[i].type)))
            return types[i].value;
    return VALUE_ANY;
}

/* --- events */

static bool is(const struct grammar_event *event, uint8_t parent, const char *name)
{
    return event->row->parent == parent && str_equal(str_from(event->row->name), str_from(name));
}

/* What states no version, or none that is known, is judged as the newest of its namespace. */
static void begin_archive(struct reading *r)
{
    struct siard *s = r->s;
    struct str version = str_trim(grammar_attribute(r->walk, "version"));
    struct str namespace = xml_namespace(grammar_xml(r->walk));
    enum siard_version judged = SIARD_2_2;
    for (size_t i = 0; i < COUNT(versions) && s->version == 0; i++) {
        bool same = str_equal(namespace, str_from(versions[i].namespace));
        judged = same ? versions[i].version : judged;
        if (same && str_equal(version, str_from(versions[i].name)))
            s->version = versions[i].version;
    }
    if (s->version == 0 && version.len > 0)
        grammar_fault(r->walk, CONTENT_siard_version, version, (struct str){0});
    grammar_versions(r->walk, (uint8_t)judged);
}

static void on_open(struct reading *r, const struct grammar_event *event)
{
    switch (event->row->child) {
    case ARCHIVE:
        begin_archive(r);
        break;
    case TABLE:
        r->in_table = true;
        r->current = (struct siard_table){.line = event->line, .first_column = r->s->column_count};
        keep(&r->table, (struct str){0});
        break;
    case VIEW:
        r->in_table = false;
        break;
    case COLUMN:
        r->column = (struct siard_column){0};
        siard_fields_begin(&r->fields);
        break;
    case FIELD:
        siard_field_open(&r->fields);
        break;
    default:
        break;
    }
}

static void name_column(struct reading *r, struct str name)
{
    const struct siard_column_name column = {name_str(&r->schema), name_str(&r->table), name};
    if (r->in_table)
        (void)fits(r, siard_keys_add_column(&r->keys, &column));
}

static void on_column_part(struct reading *r, const struct grammar_event *event)
{
    struct siard_column *column = &r->column;
    if (is(event, COLUMN, "name"))
        name_column(r, event->text);
    else if (is(event, COLUMN, "type")) {
        column->characters = is_of_characters(event->text);
        column->value = value_of(event->text);
    } else if (is(event, COLUMN, "cardinality"))
        column->value = VALUE_ANY; /* an array: its values are elements */
    else if (is(event, COLUMN, "nullable"))
        column->needed = str_equal(event->text, S("false")) || str_equal(event->text, S("0"));
    else if ((is(event, COLUMN, "lobFolder") || is(event, COLUMN, "folder")) && r->in_table &&
             event->text.len <= FOLDER_MAX && has_room_for_text(r))
        column->lob_folder = arena_str(r->s->arena, event->text);
}

static void on_field_part(struct reading *r, const struct grammar_event *event)
{
    if (is(event, FIELD, "lobFolder") || is(event, FIELD, "folder"))
        siard_field_folder(&r->fields, event->text);
    else if (event->row->child == FIELD)
        siard_field_close(&r->fields);
}

static void end_column(struct reading *r)
{
    r->column.fields_known = r->fields.there && !r->fields.many && has_room_for_text(r);
    if (r->column.fields_known && r->in_table)
        r->column.fields = arena_str(r->s->arena, siard_fields_all(&r->fields));
    add_column(r);
}

static void on_key_part(struct reading *r, const struct grammar_event *event)
{
    const struct siard_column_name own = {name_str(&r->schema), name_str(&r->table), event->text};
    const struct siard_column_name other = {name_str(&r->referenced_schema),
                                            name_str(&r->referenced_table), event->text};
    if (is(event, FOREIGN_KEY, "referencedSchema"))
        keep(&r->referenced_schema, event->text);
    else if (is(event, FOREIGN_KEY, "referencedTable"))
        keep(&r->referenced_table, event->text);
    else if (is(event, PRIMARY_KEY, "column") || is(event, CANDIDATE_KEY, "column") ||
             is(event, REFERENCE, "column"))
        (void)fits(r, siard_keys_add_key(&r->keys, &own, event->line));
    else if (is(event, REFERENCE, "referenced"))
        (void)fits(r, siard_keys_add_key(&r->keys, &other, event->line));
}

static void on_table_part(struct reading *r, const struct grammar_event *event)
{
    if (is(event, TABLE, "name"))
        keep(&r->table, event->text);
    else if (is(event, TABLE, "folder"))
        name_table_folder(r, event->text);
    else if (is(event, TABLE, "rows") && !str_to_u64(event->text, UINT64_MAX, &r->current.rows))
        r->current.rows = 0; /* told already: no number */
}

static void on_close(struct reading *r, const struct grammar_event *event)
{
    if (is(event, ARCHIVE, "lobFolder"))
        r->s->lob_folder = arena_str(r->s->arena, event->text);
    else if (is(event, SCHEMA, "name"))
        keep(&r->schema, event->text);
    else if (is(event, SCHEMA, "folder"))
        keep(&r->schema_folder, event->text);
    else if (event->row->child == TABLE)
        add_table(r);
    else if (event->row->child == COLUMN)
        end_column(r);
    on_table_part(r, event);
    on_column_part(r, event);
    on_field_part(r, event);
    on_key_part(r, event);
}

/* --- at the end */

void siard_metadata_fault(const struct siard *s, enum content_rule rule, int64_t line,
                          struct str found)
{
    content_fault(s->report,
                  &(struct content_fault){
                      .rule = rule, .line = line, .inside = S(SIARD_METADATA), .found = found});
}

static int compare_paths(const void *a, const void *b)
{
    const struct siard_table *const *left = a;
    const struct siard_table *const *right = b;
    int order = str_compare((*left)->path, (*right)->path);
    return order != 0 ? order : (*left > *right) - (*left < *right);
}

static void check_folders(const struct siard *s)
{
    const struct siard_table **sorted =
        must_calloc(s->table_count + 1, sizeof(struct siard_table *));
    for (size_t i = 0; i < s->table_count; i++)
        sorted[i] = &s->tables[i];
    qsort(sorted, s->table_count, sizeof(struct siard_table *), compare_paths);
    for (size_t i = 1; i < s->table_count; i++)
        if (str_equal(sorted[i - 1]->path, sorted[i]->path))
            siard_metadata_fault(s, CONTENT_siard_folder, sorted[i]->line, sorted[i]->path);
    free(sorted);
}

static struct err *read_all(struct reading *r)
{
    struct siard *s = r->s;
    r->walk = grammar_open_inside(&grammar, (struct xml_input){siard_read, s->reader},
                                  S(SIARD_METADATA), s->report);
    struct grammar_event event;
    while (grammar_next(r->walk, &event))
        if (event.closes)
            on_close(r, &event);
        else
            on_open(r, &event);
    bool whole = grammar_is_whole(r->walk) && !r->too_many;
    TRY(grammar_close(r->walk));
    s->not_whole = !whole;
    if (whole)
        siard_keys_check(&r->keys);
    check_folders(s);
    return NULL;
}

struct err *siard_metadata(struct siard *s)
{
    const struct entry entry = siard_entry(siard_find(s, S(SIARD_METADATA)));
    struct reading *r = must_calloc(1, sizeof *r);
    r->s = s;
    r->keys.s = s;
    struct err *e = entry_open(s->reader, &entry, 0);
    if (e == NULL)
        e = read_all(r);
    siard_keys_free(&r->keys);
    free(r);
    s->not_whole |= e != NULL;
    return siard_damaged(s, S(SIARD_METADATA), e);
}
