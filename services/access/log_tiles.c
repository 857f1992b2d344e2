/* Tiles and entries as rows. */
#include "services/access/log.h"

const struct field log_tile_fields[] = {FIELD(struct log_tile_row, level, REQUIRED),
                                        FIELD(struct log_tile_row, number, REQUIRED),
                                        FIELD(struct log_tile_row, hashes, REQUIRED), FIELDS_END};
const struct field log_entries_fields[] = {FIELD(struct log_entries_row, number, REQUIRED),
                                           FIELD(struct log_entries_row, commitments, REQUIRED),
                                           FIELD(struct log_entries_row, ids, REQUIRED),
                                           FIELDS_END};

struct log_tile_names log_tile_names(const struct tile *tiles, size_t count, struct arena *arena)
{
    struct str *levels = ARENA_ARRAY(arena, struct str, count + 1);
    struct str *numbers = ARENA_ARRAY(arena, struct str, count + 1);
    for (size_t i = 0; i < count; i++) {
        levels[i] = arena_format(arena, "%d", tiles[i].level);
        numbers[i] = arena_format(arena, "%lld", (long long)tiles[i].number);
    }
    return (struct log_tile_names){{levels, count}, {numbers, count}};
}

struct log_tile_values log_tile_values(struct tile *const *tiles, size_t count, struct arena *arena)
{
    struct str *levels = ARENA_ARRAY(arena, struct str, count + 1);
    struct str *numbers = ARENA_ARRAY(arena, struct str, count + 1);
    struct str *widths = ARENA_ARRAY(arena, struct str, count + 1);
    char *hashes = arena_alloc(arena, count + 1, sizeof tiles[0]->hashes);
    for (size_t i = 0; i < count; i++) {
        levels[i] = arena_format(arena, "%d", tiles[i]->level);
        numbers[i] = arena_format(arena, "%lld", (long long)tiles[i]->number);
        widths[i] = arena_format(arena, "%d", tiles[i]->width);
        memcpy(hashes + i * sizeof tiles[i]->hashes, tiles[i]->hashes, sizeof tiles[i]->hashes);
    }
    return (struct log_tile_values){{{levels, count}, {numbers, count}},
                                    {widths, count},
                                    {{hashes, count * sizeof tiles[0]->hashes}}};
}

static void fill(struct tile *tile, const struct log_tile_row *row)
{
    size_t width = row->hashes.raw.len / TILE_HASH;
    tile->width = width < TILE_WIDTH ? (int)width : TILE_WIDTH;
    memcpy(tile->hashes, row->hashes.raw.ptr, (size_t)tile->width * TILE_HASH);
}

void log_tiles_fill(struct tile *tiles, size_t count, const struct rows *rows)
{
    for (size_t i = 0; i < count; i++) {
        tiles[i].width = 0;
        for (size_t j = 0; j < rows->count; j++) {
            const struct log_tile_row *row = ROW(struct log_tile_row, *rows, j);
            if (row->level == tiles[i].level && row->number == tiles[i].number)
                fill(&tiles[i], row);
        }
    }
}
