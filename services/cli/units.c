/* r7 units: the register of units from a table, and what delivered records have that it lacks. */
#include "services/cli/units.h"
#include "remote.h"
#include "text/csv_row.h"
#include "text/json.h"

enum { FILE_ARENA = 512 * 1024 * 1024, ROW_ARENA = 8 * 1024 * 1024, GAPS_MAX = 10000 };

/* --- import
 * ----------------------------------------------------------------------------------------- */

struct table_reading {
    struct str rest; /* of the file */
    size_t line;     /* where the next row begins */
    char separator;
    struct unit_table table;
    struct arena *row; /* of one row */
    size_t sent;
    size_t refused;
};

static bool next_row(struct table_reading *r, struct str *out)
{
    struct csv_scan scan = {0};
    if (r->rest.len == 0)
        return false;
    if (!csv_scan_row(&scan, r->rest, r->separator))
        scan.at = r->rest.len;
    *out = str_slice(r->rest, 0, scan.at);
    r->rest = str_slice(r->rest, scan.at, r->rest.len);
    return true;
}

static struct err *split(const struct table_reading *r, struct str row, struct str **out_cells,
                         size_t *out_count)
{
    const char *doubtful = NULL;
    TRY(csv_split_row(row, r->separator, TEXT_DETECT, r->row, out_cells, out_count, &doubtful));
    return doubtful == NULL ? NULL : err_new(ERR_INVALID, "the row %s", doubtful);
}

static struct err *read_header(struct table_reading *r)
{
    struct str row = {0};
    struct str *cells = NULL;
    size_t count = 0;
    if (str_starts(r->rest, S("\xef\xbb\xbf")))
        r->rest = str_slice(r->rest, 3, r->rest.len);
    r->separator = csv_separator(str_slice(r->rest, 0, str_find(r->rest, '\n')));
    if (!next_row(r, &row))
        return err_new(ERR_INVALID, "the table is empty");
    TRY(split(r, row, &cells, &count));
    return unit_table_read(cells, count, &r->table);
}

static struct err *send_row(struct table_reading *r, struct str row)
{
    struct str *cells = NULL;
    size_t count = 0;
    struct unit_change change = {0};
    struct str ignored = {0};
    TRY(split(r, row, &cells, &count));
    TRY(unit_table_row(&r->table, cells, count, r->row, &change));
    return remote_ask(REMOTE_PERSON, "ACCESS", change.method, change.path, change.body, r->row,
                      &ignored);
}

static size_t lines_in(struct str text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

/* What is wrong with a row is told and left; what no row can help ends it. */
static struct err *send_rows(struct table_reading *r)
{
    struct str row = {0};
    for (r->line = 2; next_row(r, &row); r->line += lines_in(row)) {
        if (str_trim(row).len == 0)
            continue;
        const struct err *mark = err_mark();
        struct err *e = send_row(r, row);
        arena_reset(r->row);
        r->sent += e == NULL;
        if (e == NULL)
            continue;
        if (err_class(e) != ERR_CLASS_REJECT && e->code != ERR_CONFLICT)
            return err_wrap(e, "line %zu, after %zu rows", r->line, r->sent);
        if (e->code == ERR_UNAUTHENTICATED || e->code == ERR_FORBIDDEN)
            return e;
        r->refused++;
        fprintf(stderr, "line %zu: %s%s%s\n", r->line, e->field != NULL ? e->field : "",
                e->field != NULL ? ": " : "", e->detail);
        err_forget(mark);
    }
    return NULL;
}

static struct err *import(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    const char *path = NULL;
    TRY(cli_arguments(argc, argv, none, 1, &path));
    autoarena struct arena *arena = arena_new(FILE_ARENA);
    autoarena struct arena *row = arena_new(ROW_ARENA);
    struct table_reading r = {.row = row};
    TRY(remote_read_file(path, arena, &r.rest));
    TRY(read_header(&r));
    TRY(send_rows(&r));
    printf("%zu rows taken, %zu refused\n", r.sent, r.refused);
    return r.refused == 0 ? NULL : err_new(ERR_INVALID, "%zu rows were refused", r.refused);
}

/* --- gaps
 * ------------------------------------------------------------------------------------------- */

struct gap {
    struct str source_system;
    struct str code;
    int64_t records;
    struct str first_month;
    struct str last_month;
};
static const struct field gap_fields[] = {
    FIELD(struct gap, source_system, REQUIRED), FIELD(struct gap, code, REQUIRED),
    FIELD(struct gap, records, REQUIRED),       FIELD(struct gap, first_month, OPTIONAL),
    FIELD(struct gap, last_month, OPTIONAL),    FIELDS_END};

static struct err *print_gaps(const void *items, size_t count)
{
    int64_t records = 0;
    for (size_t i = 0; i < count; i++) {
        const struct gap *gap = (const struct gap *)items + i;
        printf("%9lld  %-20.*s %-20.*s %.*s–%.*s\n", (long long)gap->records,
               STR_ARG(gap->source_system), STR_ARG(gap->code), STR_ARG(gap->first_month),
               STR_ARG(gap->last_month));
        records += gap->records;
    }
    if (count == 0)
        puts("none");
    return count == 0 ? NULL
                      : err_new(ERR_INVALID, "the register does not know %zu codes of %lld records",
                                count, (long long)records);
}

static struct err *gaps(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new(FILE_ARENA);
    const char *delivery = NULL;
    struct uuid id;
    bool json = cli_take_flag(&argc, argv, "--json");
    struct str answer = {0};
    struct str list = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(cli_arguments(argc, argv, none, argc > 1 ? 1 : 0, &delivery));
    if (delivery != NULL && !uuid_parse(str_from(delivery), &id))
        return cli_usage_error("\"%s\" is no delivery: r7 deliver prints one", delivery);
    struct str path = delivery == NULL
                          ? S("/units/gaps")
                          : arena_format(arena, "/units/gaps?delivery=%s", uuid_text(id).text);
    TRY(remote_ask(REMOTE_PERSON, "INDEXING", HTTP_GET, path, (struct str){0}, arena, &answer));
    TRY(json_member(answer, "gaps", arena, &list));
    TRY(json_read_list(list, gap_fields, sizeof(struct gap), GAPS_MAX, JSON_IGNORE_UNKNOWN, "gaps",
                       arena, &items, &count));
    if (!json)
        return print_gaps(items, count);
    fwrite(answer.ptr, 1, answer.len, stdout);
    putchar('\n');
    return count == 0 ? NULL : err_new(ERR_INVALID, "there are %zu", count);
}

/* --- refresh
 * ---------------------------------------------------------------------------------------- */

static struct err *refresh(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new(ROW_ARENA);
    bool take = cli_take_flag(&argc, argv, "--take");
    const char **units = ARENA_ARRAY(arena, const char *, (size_t)argc + 1);
    size_t count = 0;
    TRY(cli_arguments_list(argc, argv, none, units, &count));
    for (size_t i = 0; i < count; i++) {
        struct str answer = {0};
        struct str path = arena_format(arena, "/units/%s/refresh", units[i]);
        if (!unit_is_id(str_from(units[i])))
            return cli_usage_error("\"%s\" is no unit", units[i]);
        TRY(err_wrap(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_POST, path,
                                take ? S("{\"take\":true}") : S("{}"), arena, &answer),
                     "%s", units[i]));
        printf("%.*s\n", STR_ARG(answer));
    }
    return NULL;
}

struct err *units_command(int argc, char **argv)
{
    static const struct {
        const char *word;
        struct err *(*run)(int argc, char **argv);
    } words[] = {{"import", import}, {"gaps", gaps}, {"refresh", refresh}};
    for (size_t i = 0; argc > 1 && i < COUNT(words); i++)
        if (strcmp(argv[1], words[i].word) == 0)
            return words[i].run(argc - 1, argv + 1);
    return cli_usage_error("import, gaps or refresh?");
}
