/* The lists of patients of CITS eHealth1: read between METS and the join, which then tells of each
 * patient's folder whether they name it. */
#include "base/base.h"
#include "content/package.h"
#include "validate/survey_inside.h"

static void see_path(struct surveying *y, const struct entry *entry, uint64_t place)
{
    struct lists *lists = &y->lists;
    struct str path = str_slice(entry->path, lookup_below(y->lookup, entry->path), entry->path.len);
    (void)place;
    if ((lookup_below(y->lookup, entry->path) == 0 && !y->bare) || entry->kind != ENTRY_FILE ||
        !content_package_is_list(y->content, path))
        return;
    lists->too_many |= lists->count == LISTS_MOST;
    if (lists->too_many)
        return;
    GROW(lists->names, lists->count, lists->capacity);
    lists->names[lists->count++] = arena_str(y->s->arena, path);
}

static struct err *read_list(struct surveying *y, struct str path)
{
    autoreader struct entry_reader *reader = NULL;
    TRY(survey_open_file(y, path, &reader));
    if (reader == NULL) { /* infected, and what it says of nothing but patients is not known */
        y->withheld = false;
        content_package_list_unknown(y->content);
        return NULL;
    }
    char *piece = must_calloc(1, SCAN_PIECE);
    struct err *e = NULL;
    for (size_t got = SCAN_PIECE; e == NULL && got == SCAN_PIECE;) {
        e = entry_read(reader, piece, SCAN_PIECE, &got);
        if (e == NULL)
            content_package_list(y->content, (struct str){piece, got});
    }
    content_package_list_end(y->content);
    free(piece);
    return e;
}

struct err *survey_patients(struct surveying *y)
{
    if (y->withheld || !content_package_has_patients(y->content))
        return NULL;
    TRY(survey_walk(y, see_path));
    for (size_t i = 0; i < y->lists.count && !y->lists.too_many; i++)
        TRY(read_list(y, y->lists.names[i]));
    return NULL;
}
