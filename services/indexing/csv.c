/* CSV rows. */
#include "csv.h"

#include "base/base.h"

static const struct str byte_order_mark = {"\xef\xbb\xbf", 3};

/* The next whole row of the window, left in it; *out_more is false at the end. A last row without
 * line end is whole too. */
static struct err *whole_row(struct window *w, char separator, struct str *out_row, bool *out_more)
{
    struct csv_scan scan = {0};
    bool more = true;
    while (!csv_scan_row(&scan, window_view(w), separator)) {
        if (scan.at > CSV_ROW_MAX)
            return err_new(ERR_CORRUPT, "longer than 1 MiB: is a quote left open?");
        TRY(window_more(w, &more));
        if (!more)
            break;
    }
    *out_row = str_slice(window_view(w), 0, scan.at);
    *out_more = scan.at > 0;
    return NULL;
}

static struct err *check_columns(const struct str *columns, size_t count)
{
    if (count == 0)
        return err_new(ERR_CORRUPT, "the header names no column");
    for (size_t i = 0; i < count; i++) {
        if (columns[i].len == 0)
            return err_new(ERR_CORRUPT, "column %zu of the header has no name", i + 1);
        for (size_t j = 0; j < i; j++)
            if (str_equal(columns[i], columns[j]))
                return err_new(ERR_CORRUPT, "columns %zu and %zu of the header have the same name",
                               j + 1, i + 1);
    }
    return NULL;
}

static struct err *read_header(struct csv *csv, struct window *w, struct arena *arena)
{
    struct str header;
    struct str *columns = NULL;
    const char *doubtful = NULL;
    bool more = false;
    TRY(window_more(w, &more));
    struct str first = window_view(w);
    if (str_starts(first, S("\xff\xfe")) || str_starts(first, S("\xfe\xff")))
        return err_new(ERR_UNSUPPORTED, "UTF-16 is not read; deliver UTF-8 or Windows-1252");
    if (str_starts(first, byte_order_mark)) {
        window_skip(w, byte_order_mark.len);
        csv->encoding = csv->encoding == TEXT_DETECT ? TEXT_UTF8 : csv->encoding;
    }
    if (csv->separator == '\0') {
        TRY(whole_row(w, '\n', &header, &more));
        csv->separator = csv_separator(header);
    }
    TRY(whole_row(w, csv->separator, &header, &more));
    if (!more)
        return err_new(ERR_CORRUPT, "the file is empty");
    TRY(csv_split_row(header, csv->separator, csv->encoding, arena, &columns, &csv->column_count,
                      &doubtful));
    while (csv->column_count > 0 && columns[csv->column_count - 1].len == 0)
        csv->column_count--; /* a separator at the end of each line */
    TRY(check_columns(columns, csv->column_count));
    for (size_t i = 0; i < csv->column_count; i++)
        columns[i] = arena_str(arena, columns[i]);
    csv->columns = columns;
    window_skip(w, header.len);
    return NULL;
}

struct err *csv_open(struct csv *csv, const struct source *source, uint64_t from, uint64_t to,
                     int64_t number, char separator, enum text_encoding encoding,
                     struct arena *arena)
{
    *csv = (struct csv){.separator = separator, .encoding = encoding, .next_number = number};
    if (from > to || to > source->size)
        return ERR_BUG_AT("a part of an index file lies outside it");
    csv->window = window_new(source, 0, source->size, CSV_ROW_MAX + 1);
    TRY(err_wrap(read_header(csv, &csv->window, arena), "could not read the header"));
    if (from == 0) {
        csv->next_number = 2;
        from = csv->window.offset;
    }
    window_free(&csv->window);
    csv->window = window_new(source, from, to > from ? to : from, CSV_ROW_MAX + 1);
    return NULL;
}

void csv_close(struct csv *csv)
{
    window_free(&csv->window);
}

static bool is_blank(struct str row)
{
    return str_trim(row).len == 0;
}

static struct err *take_row(struct csv *csv, struct str *out_row, bool *out_more)
{
    struct err *e = whole_row(&csv->window, csv->separator, out_row, out_more);
    return err_wrap(e, "could not read row %lld", (long long)csv->next_number);
}

/* Names the cells. Too many are forgiven when they are empty: a separator at the end of each line.
 */
static void name_cells(const struct csv *csv, const struct str *texts, size_t count,
                       struct arena *arena, struct row *row)
{
    while (count > csv->column_count && texts[count - 1].len == 0)
        count--;
    if (count != csv->column_count) {
        row->unreadable = count < csv->column_count ? "has fewer cells than the header"
                                                    : "has more cells than the header";
        return;
    }
    struct cell *cells = ARENA_ARRAY(arena, struct cell, count);
    for (size_t i = 0; i < count; i++)
        cells[i] = (struct cell){.name = csv->columns[i], .text = texts[i]};
    row->cells = cells;
    row->count = count;
}

struct err *csv_next(struct csv *csv, struct arena *arena, struct row *out, bool *out_more)
{
    struct str bytes;
    struct str *texts = NULL;
    size_t count = 0;
    for (;;) {
        TRY(take_row(csv, &bytes, out_more));
        if (!*out_more)
            return NULL;
        if (!is_blank(bytes))
            break;
        csv->next_number++;
        window_skip(&csv->window, bytes.len);
    }
    struct row row = {
        .number = csv->next_number++, .offset = csv->window.offset, .length = bytes.len};
    struct err *e =
        csv_split_row(bytes, csv->separator, csv->encoding, arena, &texts, &count, &row.doubtful);
    if (e != NULL)
        row.unreadable = e->detail;
    else
        name_cells(csv, texts, count, arena, &row);
    /* Texts that needed no decoding are copies too (csv_split_row), so the window may move. */
    window_skip(&csv->window, bytes.len);
    *out = row;
    return NULL;
}

struct err *csv_skip(struct csv *csv, uint64_t target, uint64_t *out_at, int64_t *out_next_number)
{
    uint64_t begin = csv->window.offset;
    bool more = true;
    struct str bytes = {0};
    while (csv->window.offset - begin < target) {
        TRY(take_row(csv, &bytes, &more));
        if (!more)
            break;
        csv->next_number++;
        window_skip(&csv->window, bytes.len);
    }
    *out_at = csv->window.offset;
    *out_next_number = csv->next_number;
    return NULL;
}
