/* A sorted array of path keys. */
#include "vault/path_map.h"
#include "vault/entries_inner.h"

struct path_map {
    struct path_set set;
};

struct path_map *path_map_new(void)
{
    return must_calloc(1, sizeof(struct path_map));
}

void path_map_free(struct path_map *map)
{
    if (map == NULL)
        return;
    path_set_free(&map->set);
    free(map);
}

void path_map_add(struct path_map *map, struct str path, uint64_t position)
{
    path_set_add(&map->set, path_key(path, position));
}

bool path_map_sort(struct path_map *map, uint64_t *out_first, uint64_t *out_second)
{
    return path_set_sort(&map->set, out_first, out_second);
}

bool path_map_find(const struct path_map *map, struct str path, uint64_t *out_position)
{
    struct path_key wanted = path_key(path, 0);
    size_t low = 0;
    for (size_t high = map->set.count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(map->set.keys[middle].bytes, wanted.bytes, PATH_KEY_HASH) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == map->set.count || memcmp(map->set.keys[low].bytes, wanted.bytes, PATH_KEY_HASH) != 0)
        return false;
    *out_position = path_key_number(map->set.keys[low]);
    return true;
}
