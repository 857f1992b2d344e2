/* One row of CSV as retired systems write it: RFC 4180 and its relatives. The separator is ',', ';'
 * or tab; cells may be quoted with '"', doubled inside; a quoted cell may hold line ends; lines end
 * with LF or CR LF. Text is UTF-8, or Windows-1252.
 *
 * A quote counts only where a cell begins, so 5" in an unquoted cell is text. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

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
/* The separator that a header holds most of, outside quotes. */
char csv_separator(struct str header);
