/* A table of units, as r7 units import reads it: each row becomes one change at room access. */
#pragma once

#include "base/base.h"
#include "http/http.h"

/* Which column stands where; -1: the table has none of that name. */
enum unit_column {
#define UNIT_COLUMN(name) UNIT_COLUMN_##name,
#include "services/cli/units_columns.def"
    UNIT_COLUMNS
};
struct unit_table {
    int place[UNIT_COLUMNS];
    size_t count; /* cells of a row */
};
/* From the header: INVALID for a name that is unknown or stands twice, or when `what` or `unit`
 * is missing. */
MUST_USE struct err *unit_table_read(const struct str *names, size_t count, struct unit_table *out);

struct unit_change {
    enum http_method method;
    struct str path;
    struct str body;
};
/* A row as what is asked of room access. What is wrong with it is INVALID with the column's name; a
 * cell that its kind of row does not take must be empty. */
MUST_USE struct err *unit_table_row(const struct unit_table *table, const struct str *cells,
                                    size_t count, struct arena *arena, struct unit_change *out);

/* May it stand in an address as the id of a unit? */
bool unit_is_id(struct str text);
