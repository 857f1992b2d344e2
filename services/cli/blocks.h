/* A table of blocks, as r7 blocks import reads it: those of a retired system, a row each. */
#pragma once

#include "services/cli/table.h"

enum block_column {
#define BLOCK_COLUMN(name) BLOCK_COLUMN_##name,
#include "services/cli/blocks_columns.def"
    BLOCK_COLUMNS
};
/* From the header: INVALID for a name that is unknown or stands twice, or when one that every row
 * needs is missing. */
MUST_USE struct err *block_table_read(const struct str *cells, size_t count,
                                      struct table_header *out);
/* A row as what is asked of room access. A date that something lasts until is that whole day. What
 * is wrong with it is INVALID with the column's name, and never quotes the person. */
MUST_USE struct err *block_table_row(const struct table_header *table, const struct str *cells,
                                     size_t count, struct arena *arena, struct table_change *out);
