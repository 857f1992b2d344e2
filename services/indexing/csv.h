/* Files of rows (text/csv_row.h). A quoted cell may hold line ends. The first row names the
 * columns. */
#pragma once

#include "base/arena.h"
#include "row.h"
#include "text/csv_row.h"
#include "window.h"

/* A file, or a part of it that begins and ends with whole rows. */
struct csv {
    struct window window;
    char separator;
    enum text_encoding encoding;
    const struct str *columns;
    size_t column_count;
    int64_t next_number;
};

/* Opens the rows of [from, to) of `source`, from 0 = from the first row after the header, which is
 * read from the source's beginning in any case. `separator` 0: the one that the header holds most
 * of. `number` is that of the row at `from` (the header is row 1; ignored when from is 0). Column
 * names live in `arena`, which must outlive the csv; close with csv_close, also after an error. */
struct err *csv_open(struct csv *csv, const struct source *source, uint64_t from, uint64_t to,
                     int64_t number, char separator, enum text_encoding encoding,
                     struct arena *arena) MUST_USE;
void csv_close(struct csv *csv);
/* The next row; empty lines are passed over. Cells live in `arena`. An error ends the reading. */
struct err *csv_next(struct csv *csv, struct arena *arena, struct row *out,
                     bool *out_more) MUST_USE;
/* Passes whole rows until `target` bytes are passed or the end; says where it stands then. */
struct err *csv_skip(struct csv *csv, uint64_t target, uint64_t *out_at,
                     int64_t *out_next_number) MUST_USE;
