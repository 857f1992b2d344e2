/* Tables that people keep in a spreadsheet, as CSV: each row becomes one change at room access.
 * What is wrong with a row is told by its line and does not stop the rest. */
#pragma once

#include "base/base.h"
#include "http/http.h"

enum { TABLE_COLUMNS_MAX = 32 };

/* Which column stands where; -1: the table has none of that name. */
struct table_header {
    int place[TABLE_COLUMNS_MAX];
    size_t count; /* cells of a row */
};
/* From the header's cells, by the columns that such a table may have: INVALID for a name that is
 * unknown or stands twice; `of` says what the table is of. */
MUST_USE struct err *table_read_header(const struct str *cells, size_t count,
                                       const char *const *names, size_t columns, const char *of,
                                       struct table_header *out);
/* Trimmed; absent where the table has no such column. The row must have header->count cells
 * (table_check_row). */
struct str table_cell(const struct table_header *header, const struct str *cells, size_t column);
MUST_USE struct err *table_check_row(const struct table_header *header, size_t count);

/* May it stand in an address as an id? */
bool table_is_id(struct str text);

/* A time as a JSON string: a date (1998-05-31) is its first second in Sweden, or, as a `last` day,
 * the first of the day after; what has a time of day has its zone too. */
MUST_USE struct err *table_put_time(const char *name, struct str text, bool last, struct buf *out);

struct table_change {
    enum http_method method;
    struct str path;
    struct str body; /* JSON */
};
/* Of what a table is. */
struct table_kind {
    struct err *(*read_header)(const struct str *cells, size_t count, struct table_header *out);
    struct err *(*read_row)(const struct table_header *header, const struct str *cells,
                            size_t count, struct arena *arena, struct table_change *out);
};
/* A command whose one argument is such a table: sends every row, as the person who signed in. The
 * error that ends it early names the line; rows that were refused end it with INVALID. */
MUST_USE struct err *table_import(int argc, char **argv, const struct table_kind *kind);
