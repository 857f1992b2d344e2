/* Paths of tiles, to and fro. */
#include "tlog/tile_path.h"
#include "base/base.h"
#include "tlog/tree.h"

enum { GROUP = 1000, GROUP_DIGITS = 3 };
#define NUMBER_MAX (TREE_SIZE_MAX / TILE_WIDTH)

static void put_number(int64_t number, bool last, struct buf *out)
{
    if (number >= GROUP)
        put_number(number / GROUP, false, out);
    buf_format(out, last ? "%03lld" : "x%03lld/", (long long)(number % GROUP));
}

void tile_path_print(const struct tile_place *place, struct buf *out)
{
    switch (place->kind) {
    case TILE_HASHES:
        buf_format(out, "tile/%d/", place->level);
        break;
    case TILE_ENTRIES:
        buf_put(out, S("tile/entries/"));
        break;
    case TILE_IDS:
        buf_put(out, S("tile/ids/"));
        break;
    }
    put_number(place->number, true, out);
    if (place->width < TILE_WIDTH)
        buf_format(out, ".p/%d", place->width);
}

static bool read_level(struct str text, struct tile_place *out)
{
    int64_t level = 0;
    out->kind = str_equal(text, S("entries")) ? TILE_ENTRIES
                : str_equal(text, S("ids"))   ? TILE_IDS
                                              : TILE_HASHES;
    if (out->kind == TILE_HASHES && !str_to_i64(text, 0, TILE_LEVELS - 1, &level))
        return false;
    out->level = (int)level;
    return true;
}

/* One group of the number; `out_ends` tells whether it was the last. */
static bool read_group(struct str text, int64_t *number, bool *out_ends)
{
    int64_t group = 0;
    *out_ends = !str_starts(text, S("x"));
    struct str digits = *out_ends ? text : str_slice(text, 1, text.len);
    if (digits.len != GROUP_DIGITS || !str_to_i64(digits, 0, GROUP - 1, &group))
        return false;
    *number = *number * GROUP + group;
    return *number < NUMBER_MAX;
}

bool tile_path_parse(struct str path, struct tile_place *out)
{
    struct tile_place place = {.width = TILE_WIDTH};
    struct str rest = path;
    struct str part;
    bool ends = false;
    if (!str_cut(&rest, '/', &part) || !read_level(part, &place))
        return false;
    while (!ends) {
        if (!str_cut(&rest, '/', &part))
            return false;
        bool partial = str_ends(part, S(".p"));
        if (!read_group(partial ? str_slice(part, 0, part.len - 2) : part, &place.number, &ends) ||
            (partial && !ends))
            return false;
        int64_t width = TILE_WIDTH;
        if (partial &&
            (!str_cut(&rest, '/', &part) || !str_to_i64(part, 1, TILE_WIDTH - 1, &width)))
            return false;
        place.width = (int)width;
    }
    autobuf struct buf same = buf_new(256);
    tile_path_print(&place, &same);
    if (rest.ptr != NULL || !str_equal(str_slice(buf_str(&same), 5, same.len), path))
        return false;
    *out = place;
    return true;
}
