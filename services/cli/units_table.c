/* A row of a table of units → what is asked of room access. Pure. */
#include "services/cli/units.h"
#include "text/json.h"

static const char *const names[UNIT_COLUMNS] = {
#define UNIT_COLUMN(name) #name,
#include "services/cli/units_columns.def"
};

#define TAKES(name) (1U << UNIT_COLUMN_##name)
#define SPAN        (TAKES(valid_from) | TAKES(valid_until))
static const unsigned times = SPAN | TAKES(decided_at);
static const unsigned truths = TAKES(is_protected) | TAKES(withdrawn) | TAKES(covers_predecessors);

/* Of what a row may be, and what it takes beside `what`. */
static const struct row_kind {
    const char *what;
    const char *below; /* /units/{unit}; NULL: it is a list of its own, and takes the unit too */
    unsigned takes;
} kinds[] = {{"unit", "",
              TAKES(name) | TAKES(hsa_id) | TAKES(care_unit) | TAKES(care_provider) |
                  TAKES(is_protected) | SPAN},
             {"name", "/names", TAKES(name) | TAKES(withdrawn) | SPAN},
             {"code", "/codes", TAKES(source_system) | TAKES(code) | TAKES(withdrawn) | SPAN},
             {"succession", NULL,
              TAKES(unit) | TAKES(successor) | TAKES(kind) | TAKES(decided_by) | TAKES(decided_at) |
                  TAKES(covers_predecessors) | SPAN}};

struct err *unit_table_read(const struct str *header, size_t count, struct unit_table *out)
{
    struct unit_table table = {.count = count};
    for (size_t c = 0; c < UNIT_COLUMNS; c++)
        table.place[c] = -1;
    for (size_t i = 0; i < count; i++) {
        struct str name = str_trim(header[i]);
        size_t c = 0;
        while (c < UNIT_COLUMNS && !str_equal(name, str_from(names[c])))
            c++;
        if (c == UNIT_COLUMNS)
            return err_new(ERR_INVALID, "\"%.*s\" is no column of a table of units", STR_ARG(name));
        if (table.place[c] >= 0)
            return err_new(ERR_INVALID, "the column %s stands twice", names[c]);
        table.place[c] = (int)i;
    }
    if (table.place[UNIT_COLUMN_what] < 0 || table.place[UNIT_COLUMN_unit] < 0)
        return err_new(ERR_INVALID, "the columns what and unit are needed");
    *out = table;
    return NULL;
}

static struct str cell(const struct unit_table *table, const struct str *cells,
                       enum unit_column column)
{
    return table->place[column] < 0 ? (struct str){0} : str_trim(cells[table->place[column]]);
}

/* A date is its first second in Sweden; what has a time has a zone too. */
static struct err *put_time(const char *name, struct str text, struct buf *out)
{
    char digits[9] = "";
    struct instant at = {0};
    if (text.len == 10)
        snprintf(digits, sizeof digits, "%.4s%.2s%.2s", text.ptr, text.ptr + 5, text.ptr + 8);
    bool date = text.len == 10 && text.ptr[4] == '-' && text.ptr[7] == '-' &&
                instant_from_swedish(str_from(digits), &at);
    if (!date && !instant_parse(text, &at))
        return err_field(ERR_INVALID, name, "is no date (1998-05-31) and no time with its zone");
    char printed[INSTANT_TEXT];
    instant_print(at, printed);
    json_quote(str_from(printed), out);
    return NULL;
}

static struct err *put_truth(const char *name, struct str text, struct buf *out)
{
    bool yes = str_equal_nocase(text, S("yes")) || str_equal_nocase(text, S("ja"));
    if (!yes && !str_equal_nocase(text, S("no")) && !str_equal_nocase(text, S("nej")))
        return err_field(ERR_INVALID, name, "is neither yes nor no");
    buf_format(out, "%s", yes ? "true" : "false");
    return NULL;
}

static struct err *put_member(size_t column, struct str text, struct buf *out)
{
    buf_format(out, "%s\"%s\":", out->len > 1 ? "," : "", names[column]);
    if ((times >> column & 1U) != 0)
        return put_time(names[column], text, out);
    if ((truths >> column & 1U) != 0)
        return put_truth(names[column], text, out);
    json_quote(text, out);
    return NULL;
}

static const struct row_kind *kind_of(struct str what)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_equal(what, str_from(kinds[i].what)))
            return &kinds[i];
    return NULL;
}

bool unit_is_id(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= ' ' || c >= 0x7F || strchr("/?#%\\\"<>", (char)c) != NULL)
            return false;
    }
    return text.len > 0;
}

struct err *unit_table_row(const struct unit_table *table, const struct str *cells, size_t count,
                           struct arena *arena, struct unit_change *out)
{
    autobuf struct buf body = buf_new(64 * 1024);
    if (count != table->count)
        return err_new(ERR_INVALID, "the row has %zu cells, the header %zu", count, table->count);
    struct str unit = cell(table, cells, UNIT_COLUMN_unit);
    const struct row_kind *kind = kind_of(cell(table, cells, UNIT_COLUMN_what));
    if (kind == NULL)
        return err_field(ERR_INVALID, "what", "is none of unit, name, code, succession");
    if (!unit_is_id(unit))
        return err_field(ERR_INVALID, "unit", "is empty, or no id");
    buf_byte(&body, '{');
    for (size_t c = UNIT_COLUMN_unit; c < UNIT_COLUMNS; c++) {
        struct str text = cell(table, cells, (enum unit_column)c);
        bool in_path = c == UNIT_COLUMN_unit && kind->below != NULL;
        if (text.len == 0 || in_path)
            continue;
        if ((kind->takes >> c & 1U) == 0)
            return err_field(ERR_INVALID, names[c], "means nothing in a row for a %s", kind->what);
        TRY(put_member(c, text, &body));
    }
    buf_byte(&body, '}');
    TRY(buf_done(&body, "the row"));
    *out =
        (struct unit_change){.method = kind->below != NULL ? HTTP_PUT : HTTP_POST,
                             .path = kind->below != NULL ? arena_format(arena, "/units/%.*s%s",
                                                                        STR_ARG(unit), kind->below)
                                                         : S("/successions"),
                             .body = arena_str(arena, buf_str(&body))};
    return NULL;
}
