/* CSV as retired systems write it: RFC 4180 and its relatives. The separator is ',', ';' or tab;
 * cells may be quoted with '"', doubled inside; a quoted cell may hold line ends; lines end with LF
 * or CR LF. The first row names the columns. Text is UTF-8 with or without BOM, or Windows-1252.
 *
 * A quote counts only where a cell begins, so 5" in an unquoted cell is text. */
#pragma once

#include "base/arena.h"
#include "row.h"
#include "window.h"

enum text_encoding {
    TEXT_DETECT, /* row by row: UTF-8 where it is well-formed, else Windows-1252 */
    TEXT_UTF8,
    TEXT_WINDOWS_1252,
};

/* One row of a file, or the file's header: 1 MiB and 1,000 cells at most. */
enum { CSV_ROW_MAX = 1024 * 1024, CSV_COLUMNS_MAX = 1000 };

/* How far a row has been looked through; zero it for each row. */
struct csv_scan {
    size_t at; /* bytes of the row seen so far; all of it, line end included, once it is whole */
    enum { CSV_CELL_BEGINS, CSV_BARE, CSV_QUOTED, CSV_QUOTE_ENDS } place;
};
/* Looks on through `bytes`, which begin where the row begins; true when the row is whole. */
bool csv_scan_row(struct csv_scan *scan, struct str bytes, char separator);
/* Cuts one whole row into texts, unquoted and in UTF-8, in the arena. At most CSV_COLUMNS_MAX
 * cells. *out_doubtful says what is odd with it, or NULL. */
struct err *csv_split_row(struct str bytes, char separator, enum text_encoding encoding,
                          struct arena *arena, struct str **out_cells, size_t *out_count,
                          const char **out_doubtful) MUST_USE;

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
