/* Two maps of paths, the second made when it is first asked for. */
#include "validate/lookup.h"

#include "base/base.h"
#include "text/composed.h"
#include "text/href.h"
#include "vault/path_map.h"

enum { IS_FOLDER = 1, WALK_MEMORY = 256 * 1024 };

struct lookup {
    struct listing *listing;
    struct str root;
    struct path_map *exact; /* whole path to place << 1, and IS_FOLDER */
    struct path_map *folded;
};

struct lookup *lookup_new(struct listing *listing)
{
    struct lookup *l = must_calloc(1, sizeof *l);
    l->listing = listing;
    l->exact = path_map_new();
    return l;
}

void lookup_free(struct lookup *l)
{
    if (l == NULL)
        return;
    path_map_free(l->exact);
    path_map_free(l->folded);
    free(l);
}

static uint64_t position_of(const struct entry *entry, uint64_t place)
{
    return place << 1 | (entry->kind == ENTRY_FOLDER ? IS_FOLDER : 0);
}

void lookup_add(struct lookup *l, const struct entry *entry, uint64_t place)
{
    path_map_add(l->exact, entry->path, position_of(entry, place));
}

struct err *lookup_end(struct lookup *l)
{
    uint64_t first = 0;
    uint64_t second = 0;
    if (!path_map_sort(l->exact, &first, &second)) /* each in another step of the listing */
        return err_rule(ERR_UNSAFE, "container_duplicate_name", "two entries have the same path");
    return NULL;
}

void lookup_below_root(struct lookup *l, struct str root)
{
    l->root = root;
}

size_t lookup_below(const struct lookup *l, struct str path)
{
    struct str root = l->root;
    bool inside = root.len > 0 && path.len > root.len + 1 && str_starts(path, root) &&
                  path.ptr[root.len] == '/';
    return inside ? root.len + 1 : 0;
}

/* With the root folder, if there is one, in front; absent when no entry can have such a path. */
static struct str whole_path(const struct lookup *l, struct str path,
                             char whole[2 * ENTRY_PATH_MAX])
{
    size_t length = l->root.len + 1 + path.len;
    if (l->root.ptr == NULL || path.len == 0 || length > 2 * (size_t)ENTRY_PATH_MAX)
        return (struct str){0};
    if (l->root.len == 0)
        return path;
    memcpy(whole, l->root.ptr, l->root.len);
    whole[l->root.len] = '/';
    memcpy(whole + l->root.len + 1, path.ptr, path.len);
    return (struct str){whole, length};
}

static bool find_file(const struct path_map *map, struct str whole, uint64_t *out_place)
{
    uint64_t position = 0;
    if (whole.ptr == NULL || !path_map_find(map, whole, &position) || (position & IS_FOLDER) != 0)
        return false;
    *out_place = position >> 1;
    return true;
}

bool lookup_find(const struct lookup *l, struct str path, uint64_t *out_place)
{
    char whole[2 * ENTRY_PATH_MAX];
    return find_file(l->exact, whole_path(l, path, whole), out_place);
}

bool lookup_is_file(const struct lookup *l, struct str whole)
{
    uint64_t place = 0;
    return find_file(l->exact, whole, &place);
}

bool lookup_find_composed(const struct lookup *l, struct str path, struct arena *arena,
                          struct str *out_path, uint64_t *out_place)
{
    for (enum name_form form = NAME_NFC; form < NAME_FORMS; form++) {
        struct str other = name_in_form(path, form, arena);
        if (!str_equal(other, path) && lookup_find(l, other, out_place)) {
            *out_path = other;
            return true;
        }
    }
    return false;
}

/* --- without case */

static struct str fold(struct str path, struct arena *arena)
{
    return href_fold(name_in_form(path, NAME_NFC, arena), arena);
}

static struct err *fold_all(struct lookup *l)
{
    autoarena struct arena *walk = arena_new(WALK_MEMORY);
    struct listing_cursor cursor = {0};
    struct entry_index_item item;
    uint64_t place = 0;
    uint64_t first = 0;
    uint64_t second = 0;
    l->folded = path_map_new();
    for (;;) {
        arena_reset(walk);
        TRY(listing_next(l->listing, &cursor, walk, &item, &place));
        if (item.step == ENTRIES_END)
            break;
        if (item.step == ENTRIES_ENTRY)
            path_map_add(l->folded, fold(item.entry.path, walk), position_of(&item.entry, place));
    }
    (void)path_map_sort(l->folded, &first, &second); /* of several the first is found */
    return NULL;
}

struct err *lookup_find_folded(struct lookup *l, struct str path, struct arena *arena,
                               struct str *out_path, uint64_t *out_place, bool *out_found)
{
    char whole[2 * ENTRY_PATH_MAX];
    struct entry entry;
    struct str wanted = whole_path(l, path, whole);
    *out_found = false;
    if (wanted.ptr == NULL)
        return NULL;
    if (l->folded == NULL)
        TRY(fold_all(l));
    if (!find_file(l->folded, fold(wanted, arena), out_place))
        return NULL;
    TRY(listing_at(l->listing, *out_place, arena, &entry));
    size_t below = lookup_below(l, entry.path); /* 0: the folder's own case differs */
    *out_path = str_slice(entry.path, below, entry.path.len);
    *out_found = below > 0 || l->root.len == 0;
    return NULL;
}
