/* One row of a table under its header, as a command of r7 reads it (services/cli/table.h). */
#pragma once

#include "arena.h"
#include "services/cli/table.h"

/* A cell that is NULL is empty. */
static struct err *table_row(const struct table_kind *kind, const char *const *header,
                             const char *const *cells, size_t count, struct table_change *out)
{
    struct table_header table;
    struct str names[TABLE_COLUMNS_MAX];
    struct str texts[TABLE_COLUMNS_MAX];
    for (size_t i = 0; i < count; i++) {
        names[i] = str_from(header[i]);
        texts[i] = cells[i] != NULL ? str_from(cells[i]) : S("");
    }
    assert_null(kind->read_header(names, count, &table));
    return kind->read_row(&table, texts, count, arena, out);
}
