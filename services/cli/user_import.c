/* r7 user import: a list of staff as CSV, one account with one assignment in each row, for a region
 * without a directory that speaks SCIM. Room access judges each row; the same again changes
 * nothing, so a list that was cut short is sent again whole. */
#include "remote.h"
#include "text/csv_row.h"
#include "text/json.h"

enum { ROWS_MAX = 1000000 };

/* In the order of the struct; a list's items stand with spaces between. */
enum column {
    LOGIN,
    NAME,
    HSA_ID,
    PASSWORD,
    ROLE,
    UNIT,
    CARE_UNIT,
    CARE_PROVIDER,
    PURPOSES,
    INFORMATION_TYPES,
    ANALYSIS,
    VALID_FROM,
    VALID_UNTIL,
    COLUMNS
};
static const struct {
    const char *name;
    bool list;
} columns[COLUMNS] = {{"login", false},      {"name", false},
                      {"hsa_id", false},     {"password", false},
                      {"role", false},       {"unit", false},
                      {"care_unit", false},  {"care_provider", false},
                      {"purposes", true},    {"information_types", true},
                      {"analysis", false},   {"valid_from", false},
                      {"valid_until", false}};

struct sheet {
    struct str rest;
    char separator;
    size_t line;  /* where the row begins */
    size_t lines; /* read so far */
    enum column order[CSV_COLUMNS_MAX];
    size_t count;
};

struct tally {
    size_t made;
    size_t given;
    size_t waiting; /* for another administrator */
    size_t there;
    size_t refused;
};

struct outcome {
    struct str id;
    bool made;
    bool assignment_made;
    bool assignment_waits;
};
static const struct field outcome_fields[] = {
    FIELD(struct outcome, id, REQUIRED), FIELD(struct outcome, made, REQUIRED),
    FIELD(struct outcome, assignment_made, REQUIRED),
    FIELD(struct outcome, assignment_waits, REQUIRED), FIELDS_END};

static struct err *next_row(struct sheet *sheet, struct arena *arena, struct str **out_cells,
                            size_t *out_count)
{
    struct csv_scan scan = {0};
    const char *doubtful = NULL;
    (void)csv_scan_row(&scan, sheet->rest, sheet->separator);
    struct str row = str_slice(sheet->rest, 0, scan.at);
    sheet->rest = str_slice(sheet->rest, scan.at, sheet->rest.len);
    sheet->line = sheet->lines + 1;
    sheet->lines++;
    for (size_t i = 0; i + 1 < row.len; i++)
        sheet->lines += row.ptr[i] == '\n';
    if (row.len > CSV_ROW_MAX)
        return err_new(ERR_TOO_LARGE, "the row is longer than %d bytes", CSV_ROW_MAX);
    TRY(csv_split_row(row, sheet->separator, TEXT_DETECT, arena, out_cells, out_count, &doubtful));
    return doubtful != NULL ? err_new(ERR_INVALID, "%s", doubtful) : NULL;
}

static struct err *read_header(struct sheet *sheet, struct arena *arena)
{
    struct str *cells = NULL;
    bool seen[COLUMNS] = {false};
    sheet->separator = csv_separator(str_slice(sheet->rest, 0, str_find(sheet->rest, '\n')));
    TRY(next_row(sheet, arena, &cells, &sheet->count));
    for (size_t i = 0; i < sheet->count; i++) {
        size_t c = 0;
        while (c < COLUMNS && !str_equal_nocase(str_trim(cells[i]), str_from(columns[c].name)))
            c++;
        if (c == COLUMNS || seen[c])
            return err_new(ERR_INVALID, "line 1: column %zu is unknown, or there twice", i + 1);
        sheet->order[i] = (enum column)c;
        seen[c] = true;
    }
    return seen[LOGIN] && seen[NAME]
               ? NULL
               : err_new(ERR_INVALID, "line 1: the columns login and name are needed");
}

static void put_list(struct str text, struct buf *body)
{
    const char *before = "[";
    struct str item;
    while (str_cut(&text, ' ', &item)) {
        if (item.len == 0)
            continue;
        buf_put(body, str_from(before));
        json_quote(item, body);
        before = ",";
    }
    buf_put(body, before[0] == '[' ? S("[]") : S("]"));
}

static void put_column(enum column column, struct str text, bool *first, struct buf *body)
{
    if (text.len == 0 && !columns[column].list)
        return;
    buf_format(body, "%s\"%s\":", *first ? "" : ",", columns[column].name);
    *first = false;
    if (columns[column].list)
        put_list(text, body);
    else
        json_quote(text, body);
}

/* Columns from `from` to before `until`, of one object. */
static void put_columns(const struct str *values, enum column from, enum column until, bool *first,
                        struct buf *body)
{
    for (enum column c = from; c < until; c++)
        put_column(c, values[c], first, body);
}

static struct err *send_row(const struct str *values, struct arena *arena, struct tally *tally)
{
    autobuf struct buf body = buf_new(2 * (size_t)CSV_ROW_MAX);
    struct str answer = {0};
    struct outcome outcome = {0};
    bool first = true;
    bool first_inside = true;
    buf_byte(&body, '{');
    put_columns(values, NAME, ROLE, &first, &body);
    if (values[ROLE].len > 0) {
        buf_put(&body, S(",\"assignment\":{"));
        put_columns(values, ROLE, COLUMNS, &first_inside, &body);
        buf_byte(&body, '}');
    }
    buf_byte(&body, '}');
    TRY(buf_done(&body, "the row"));
    for (size_t i = 0; i < values[LOGIN].len; i++)
        if (values[LOGIN].ptr[i] == '/' || values[LOGIN].ptr[i] == '?' ||
            values[LOGIN].ptr[i] == '%' || values[LOGIN].ptr[i] == '#')
            return err_field(ERR_INVALID, "login", "not of the characters a-z 0-9 . _ @ -");
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_PUT,
                   arena_format(arena, "/logins/%.*s", STR_ARG(values[LOGIN])), buf_str(&body),
                   arena, &answer));
    TRY(json_read(answer, outcome_fields, JSON_IGNORE_UNKNOWN, "", arena, &outcome));
    tally->made += outcome.made;
    tally->given += outcome.assignment_made;
    tally->waiting += outcome.assignment_waits;
    tally->there += !outcome.made && !outcome.assignment_made && !outcome.assignment_waits;
    return NULL;
}

static struct err *import_row(struct sheet *sheet, struct arena *arena, struct tally *tally)
{
    struct str values[COLUMNS] = {0};
    struct str *cells = NULL;
    size_t count = 0;
    TRY(next_row(sheet, arena, &cells, &count));
    if (count == 1 && str_trim(cells[0]).len == 0)
        return NULL; /* an empty line */
    if (count != sheet->count)
        return err_new(ERR_INVALID, "%zu cells, where the header has %zu", count, sheet->count);
    for (size_t i = 0; i < count; i++)
        values[sheet->order[i]] = str_trim(cells[i]);
    if (values[LOGIN].len == 0)
        return err_field(ERR_INVALID, "login", "missing");
    return send_row(values, arena, tally);
}

/* What a row is refused for is that row's; that nobody answers, or who signed in may not, is all
 * rows'. */
static bool ends_all(const struct err *e)
{
    return err_class(e) == ERR_CLASS_TRANSIENT || e->code == ERR_UNAUTHENTICATED;
}

static struct err *import_rows(struct sheet *sheet, struct tally *tally)
{
    autoarena struct arena *arena = arena_new((size_t)32 << 20);
    for (size_t rows = 0; sheet->rest.len > 0; rows++) {
        if (rows == ROWS_MAX)
            return err_new(ERR_TOO_LARGE, "the list has over %d rows", ROWS_MAX);
        struct err *e = import_row(sheet, arena, tally);
        if (e != NULL && ends_all(e))
            return err_wrap(e, "line %zu; those before are done, and the same list goes on here",
                            sheet->line);
        if (e != NULL) {
            fprintf(stderr, "line %zu: %s%s%s\n", sheet->line, e->field != NULL ? e->field : "",
                    e->field != NULL ? ": " : "", e->detail);
            tally->refused++;
        }
        err_reset();
        arena_reset(arena);
    }
    return NULL;
}

struct err *user_import(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new((size_t)512 << 20);
    struct sheet sheet = {0};
    struct tally tally = {0};
    const char *path = NULL;
    TRY(cli_arguments(argc, argv, none, 1, &path));
    TRY(remote_read_file(path, arena, &sheet.rest));
    if (str_starts(sheet.rest, S("\xef\xbb\xbf")))
        sheet.rest = str_slice(sheet.rest, 3, sheet.rest.len);
    TRY(read_header(&sheet, arena));
    struct err *e = import_rows(&sheet, &tally);
    printf("%zu users made, %zu assignments given, %zu wait for another administrator, "
           "%zu rows there before, %zu refused\n",
           tally.made, tally.given, tally.waiting, tally.there, tally.refused);
    if (e != NULL)
        return e;
    return tally.refused == 0 ? NULL : err_new(ERR_INVALID, "%zu rows were refused", tally.refused);
}
