/* A table of CSV, sent to room access row by row. */
#include "remote.h"
#include "services/cli/table.h"
#include "text/csv_row.h"

enum { FILE_ARENA = 512 * 1024 * 1024, ROW_ARENA = 8 * 1024 * 1024 };

struct reading {
    const struct table_kind *kind;
    struct str rest; /* of the file */
    size_t line;     /* where the next row begins */
    char separator;
    struct table_header header;
    struct arena *row; /* of one row */
    size_t sent;
    size_t refused;
};

static bool next_row(struct reading *r, struct str *out)
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

static struct err *split(const struct reading *r, struct str row, struct str **out_cells,
                         size_t *out_count)
{
    const char *doubtful = NULL;
    TRY(csv_split_row(row, r->separator, TEXT_DETECT, r->row, out_cells, out_count, &doubtful));
    return doubtful == NULL ? NULL : err_new(ERR_INVALID, "the row %s", doubtful);
}

static struct err *read_header(struct reading *r)
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
    return r->kind->read_header(cells, count, &r->header);
}

static struct err *send_row(struct reading *r, struct str row)
{
    struct str *cells = NULL;
    size_t count = 0;
    struct table_change *change = arena_alloc(r->row, 1, sizeof *change);
    struct str ignored = {0};
    TRY(split(r, row, &cells, &count));
    TRY(r->kind->read_row(&r->header, cells, count, r->row, change));
    return remote_ask(REMOTE_PERSON, "ACCESS", change->method, change->path, change->body, r->row,
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
static struct err *send_rows(struct reading *r)
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

struct err *table_import(int argc, char **argv, const struct table_kind *kind)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    const char *path = NULL;
    TRY(cli_arguments(argc, argv, none, 1, &path));
    autoarena struct arena *arena = arena_new(FILE_ARENA);
    autoarena struct arena *row = arena_new(ROW_ARENA);
    struct reading r = {.kind = kind, .row = row};
    TRY(remote_read_file(path, arena, &r.rest));
    TRY(read_header(&r));
    TRY(send_rows(&r));
    printf("%zu rows taken, %zu refused\n", r.sent, r.refused);
    return r.refused == 0 ? NULL : err_new(ERR_INVALID, "%zu rows were refused", r.refused);
}
