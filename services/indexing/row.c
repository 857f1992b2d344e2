/* Looking into rows. */
#include "row.h"

#include "base/base.h"

bool cell_is(const struct cell *cell, const struct cell *top, struct str path)
{
    for (; cell != NULL && str_ends(path, cell->name); cell = cell->up) {
        path.len -= cell->name.len;
        if (path.len == 0)
            return cell->up == top;
        if (path.ptr[path.len - 1] != '/')
            return false;
        path.len--;
    }
    return false;
}

struct str row_text(const struct row *row, struct str name)
{
    for (size_t i = 0; i < row->count; i++)
        if (row->cells[i].text.len > 0 && cell_is(&row->cells[i], row->top, name))
            return row->cells[i].text;
    return (struct str){0};
}
