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

_Static_assert((int)UNIT_COLUMNS <= TABLE_COLUMNS_MAX, "a header has room for all");

struct err *unit_table_read(const struct str *cells, size_t count, struct table_header *out)
{
    TRY(table_read_header(cells, count, names, UNIT_COLUMNS, "units", out));
    if (out->place[UNIT_COLUMN_what] < 0 || out->place[UNIT_COLUMN_unit] < 0)
        return err_new(ERR_INVALID, "the columns what and unit are needed");
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
        return table_put_time(names[column], text, false, out);
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

struct err *unit_table_row(const struct table_header *table, const struct str *cells, size_t count,
                           struct arena *arena, struct table_change *out)
{
    autobuf struct buf body = buf_new(64 * 1024);
    TRY(table_check_row(table, count));
    struct str unit = table_cell(table, cells, UNIT_COLUMN_unit);
    const struct row_kind *kind = kind_of(table_cell(table, cells, UNIT_COLUMN_what));
    if (kind == NULL)
        return err_field(ERR_INVALID, "what", "is none of unit, name, code, succession");
    if (!table_is_id(unit))
        return err_field(ERR_INVALID, "unit", "is empty, or no id");
    buf_byte(&body, '{');
    for (size_t c = UNIT_COLUMN_unit; c < UNIT_COLUMNS; c++) {
        struct str text = table_cell(table, cells, c);
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
        (struct table_change){.method = kind->below != NULL ? HTTP_PUT : HTTP_POST,
                              .path = kind->below != NULL ? arena_format(arena, "/units/%.*s%s",
                                                                         STR_ARG(unit), kind->below)
                                                          : S("/successions"),
                              .body = arena_str(arena, buf_str(&body))};
    return NULL;
}
