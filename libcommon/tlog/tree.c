/* The tree at its right edge: growing, and its root. */
#include "tlog/tree.h"
#include "base/base.h"

struct sha256 tree_leaf(struct str record)
{
    autobuf struct buf bytes = buf_new(record.len + 2);
    buf_byte(&bytes, '\0');
    buf_put(&bytes, record);
    return sha256_of(buf_str(&bytes));
}

struct sha256 tree_node(struct sha256 left, struct sha256 right)
{
    char bytes[1 + 2 * TILE_HASH] = {1};
    memcpy(bytes + 1, left.bytes, TILE_HASH);
    memcpy(bytes + 1 + TILE_HASH, right.bytes, TILE_HASH);
    return sha256_of((struct str){bytes, sizeof bytes});
}

struct sha256 tree_empty(void)
{
    return sha256_of(S(""));
}

int tile_width(int level, int64_t number, int64_t size)
{
    int64_t hashes = size >> (TILE_HEIGHT * level);
    int64_t left = hashes - number * TILE_WIDTH;
    return left <= 0 ? 0 : left < TILE_WIDTH ? (int)left : TILE_WIDTH;
}

struct sha256 tree_whole_hash(const struct sha256 *hashes, size_t count)
{
    return count == 1 ? hashes[0]
                      : tree_node(tree_whole_hash(hashes, count / 2),
                                  tree_whole_hash(hashes + count / 2, count / 2));
}

struct sha256 tile_hash(const struct tile *tile)
{
    assert(tile->width == TILE_WIDTH);
    return tree_whole_hash(tile->hashes, TILE_WIDTH);
}

/* --- growing */

size_t tree_edge(int64_t size, struct tile out[TILE_LEVELS])
{
    size_t count = 0;
    for (int level = 0; level < TILE_LEVELS; level++) {
        int64_t hashes = size >> (TILE_HEIGHT * level);
        if (hashes % TILE_WIDTH == 0)
            continue;
        out[count].level = level;
        out[count++].number = hashes / TILE_WIDTH;
    }
    return count;
}

static void touch(struct tree_growth *growth, struct tile *tile)
{
    if (growth->count == growth->room) {
        size_t more = growth->room == 0 ? 16 : 2 * growth->room;
        struct tile **all = ARENA_ARRAY(growth->arena, struct tile *, more);
        if (growth->count > 0)
            memcpy(all, growth->touched, growth->count * sizeof(struct tile *));
        growth->touched = all;
        growth->room = more;
    }
    growth->touched[growth->count++] = tile;
}

struct err *tree_growth_begin(struct tree_growth *growth, int64_t size, const struct tile *edge,
                              size_t count, struct arena *arena)
{
    *growth = (struct tree_growth){.arena = arena, .size = size};
    assert(size >= 0 && size < TREE_SIZE_MAX);
    for (int level = 0; level < TILE_LEVELS; level++) {
        int64_t hashes = size >> (TILE_HEIGHT * level);
        int width = (int)(hashes % TILE_WIDTH);
        const struct tile *found = NULL;
        if (width == 0)
            continue;
        for (size_t i = 0; i < count; i++)
            if (edge[i].level == level && edge[i].number == hashes / TILE_WIDTH)
                found = &edge[i];
        if (found == NULL || found->width < width)
            return err_new(ERR_CORRUPT, "the log has no whole tile %d/%lld", level,
                           (long long)(hashes / TILE_WIDTH));
        growth->edge[level] = ARENA_NEW(arena, struct tile);
        *growth->edge[level] = *found;
        growth->edge[level]->width = width;
    }
    return NULL;
}

static bool is_touched(const struct tree_growth *growth, const struct tile *tile)
{
    for (size_t i = growth->count; i-- > 0;)
        if (growth->touched[i] == tile)
            return true;
    return false;
}

static struct tile *new_tile(struct tree_growth *growth)
{
    for (size_t i = 0; i < COUNT(growth->spare); i++) {
        struct tile *tile = TAKE(growth->spare[i]);
        if (tile == NULL)
            continue;
        tile->width = 0;
        return tile;
    }
    return ARENA_NEW(growth->arena, struct tile);
}

void tree_growth_add(struct tree_growth *growth, struct sha256 leaf)
{
    struct sha256 hash = leaf;
    for (int level = 0; level < TILE_LEVELS; level++) {
        struct tile *tile = growth->edge[level];
        if (tile == NULL) {
            tile = growth->edge[level] = new_tile(growth);
            tile->level = level;
            tile->number = growth->size >> (TILE_HEIGHT * (level + 1));
            touch(growth, tile);
        } else if (!is_touched(growth, tile)) {
            touch(growth, tile);
        }
        tile->hashes[tile->width++] = hash;
        if (tile->width < TILE_WIDTH)
            break;
        hash = tile_hash(tile);
        growth->edge[level] = NULL;
    }
    growth->size++;
    assert(growth->size < TREE_SIZE_MAX);
}

/* From the smallest whole subtree, at the right, to the largest. */
struct sha256 tree_growth_root(const struct tree_growth *growth)
{
    struct sha256 root = tree_empty();
    bool some = false;
    for (int level = 0; level < TILE_LEVELS; level++) {
        const struct tile *tile = growth->edge[level];
        for (int end = tile != NULL ? tile->width : 0; end > 0;) {
            int whole = end & -end;
            struct sha256 left = tree_whole_hash(&tile->hashes[end - whole], (size_t)whole);
            root = some ? tree_node(left, root) : left;
            some = true;
            end -= whole;
        }
    }
    return root;
}

void tree_growth_forget(struct tree_growth *growth)
{
    size_t spare = 0;
    while (growth->count > 0) {
        struct tile *tile = growth->touched[--growth->count];
        while (spare < COUNT(growth->spare) && growth->spare[spare] != NULL)
            spare++;
        if (tile->width == TILE_WIDTH && spare < COUNT(growth->spare))
            growth->spare[spare] = tile;
    }
}
