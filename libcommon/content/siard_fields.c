/* Folders of the large objects of fields in a column's cells (SIARD 2): each relative to the
 * nearest around it. Which field of a cell has which is not kept, only all that the column has. */
#include "content/siard.h"

#include "base/base.h"

void siard_fields_begin(struct siard_fields *f)
{
    f->depth = 0;
    f->ends[0] = 0;
    f->many = false;
    f->there = false;
    f->all_length = 0;
    f->count = 0;
}

void siard_field_open(struct siard_fields *f)
{
    f->there = true;
    f->depth++;
    f->many |= f->depth >= SIARD_FIELD_DEPTH;
    if (f->depth < SIARD_FIELD_DEPTH)
        f->ends[f->depth] = f->ends[f->depth - 1];
}

void siard_field_close(struct siard_fields *f)
{
    f->depth--;
}

void siard_field_folder(struct siard_fields *f, struct str folder)
{
    size_t above = f->depth > 0 && f->depth < SIARD_FIELD_DEPTH ? f->ends[f->depth - 1] : 0;
    f->many |= f->depth >= SIARD_FIELD_DEPTH || above + folder.len + 1 > sizeof f->path ||
               f->all_length + above + folder.len + 2 > sizeof f->all ||
               f->count == SIARD_FIELD_FOLDERS_MOST || str_find(folder, '\n') < folder.len;
    if (f->many || f->depth == 0 || folder.len == 0)
        return;
    memcpy(f->path + above, folder.ptr, folder.len);
    f->path[above + folder.len] = '/';
    f->ends[f->depth] = above + folder.len + 1;
    memcpy(f->all + f->all_length, f->path, f->ends[f->depth]);
    f->all_length += f->ends[f->depth];
    f->all[f->all_length++] = '\n';
    f->count++;
}

struct str siard_fields_all(const struct siard_fields *f)
{
    return (struct str){f->all, f->all_length};
}
