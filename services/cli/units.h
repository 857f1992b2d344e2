/* A table of units, as r7 units import reads it: each row becomes one change at room access. */
#pragma once

#include "services/cli/table.h"

enum unit_column {
#define UNIT_COLUMN(name) UNIT_COLUMN_##name,
#include "services/cli/units_columns.def"
    UNIT_COLUMNS
};
/* From the header: INVALID for a name that is unknown or stands twice, or when `what` or `unit`
 * is missing. */
MUST_USE struct err *unit_table_read(const struct str *cells, size_t count,
                                     struct table_header *out);
/* A row as what is asked of room access. What is wrong with it is INVALID with the column's name; a
 * cell that its kind of row does not take must be empty. */
MUST_USE struct err *unit_table_row(const struct table_header *table, const struct str *cells,
                                    size_t count, struct arena *arena, struct table_change *out);
