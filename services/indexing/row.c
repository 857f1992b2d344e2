/* Looking into rows. */
#include "row.h"

#include "base/base.h"

/* "[@type=opened]": has the element an attribute with that value? Attributes follow their element.
 */
static bool has_attribute(const struct cell *element, struct str condition)
{
    struct str name = {0};
    condition = str_slice(condition, 1, condition.len - 1);
    if (!str_cut(&condition, '=', &name))
        return false;
    for (const struct cell *c = element + 1; c->up == element && str_starts(c->name, S("@")); c++)
        if (str_equal(c->name, name))
            return str_equal(c->text, condition);
    return false;
}

/* Takes the cell's own step off the path's end; false when it is another cell's, which the last
 * letter mostly tells. */
static bool take_step(const struct cell *cell, struct str *path)
{
    char last = path->len > 0 ? path->ptr[path->len - 1] : '\0';
    if (last != ']' && cell->name.len > 0 && cell->name.ptr[cell->name.len - 1] != last)
        return false;
    if (last == ']' && cell->up != NULL) {
        size_t open = path->len;
        while (open > 0 && path->ptr[open - 1] != '[')
            open--;
        if (open == 0 || !str_ends(str_slice(*path, 0, open - 1), cell->name) ||
            !has_attribute(cell, str_slice(*path, open - 1, path->len)))
            return false;
        path->len = open - 1;
    }
    if (!str_ends(*path, cell->name))
        return false;
    path->len -= cell->name.len;
    return true;
}

bool cell_is(const struct cell *cell, const struct cell *top, struct str path)
{
    for (; cell != NULL && take_step(cell, &path); cell = cell->up) {
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
