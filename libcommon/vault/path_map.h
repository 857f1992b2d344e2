/* Where each path of a package stands: 16 bytes a path whatever its length (80 bits of SHA-256 of
 * it and a 48-bit position), so that millions are looked up in bounded memory. Two paths of a
 * million are taken for one with a probability below 10^-12. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct path_map;

struct path_map *path_map_new(void);
void path_map_free(struct path_map *map); /* NULL is fine */
void path_map_add(struct path_map *map, struct str path, uint64_t position);
/* After the last was added, before the first is asked for. False when a path comes twice: then the
 * positions of two such, the lower first. */
bool path_map_sort(struct path_map *map, uint64_t *out_first, uint64_t *out_second);
bool path_map_find(const struct path_map *map, struct str path, uint64_t *out_position);
