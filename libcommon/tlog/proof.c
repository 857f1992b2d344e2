/* Proofs: which subtrees they are made of, their hashes from tiles, and whether they hold (RFC 9162
 * sections 2.1.3 and 2.1.4). */
#include "base/base.h"
#include "tlog/tree.h"

/* The largest power of two under `count` (count > 1). */
static int64_t split_at(int64_t count)
{
    int64_t power = 1;
    while (power < count - power)
        power *= 2;
    return power;
}

static void put_first(struct tree_range *out, size_t count, struct tree_range range)
{
    memmove(out + 1, out, count * sizeof *out);
    out[0] = range;
}

size_t tree_inclusion(int64_t leaf, int64_t size, struct tree_range out[PROOF_MAX])
{
    struct tree_range at = {0, size};
    size_t count = 0;
    assert(0 <= leaf && leaf < size && size < TREE_SIZE_MAX);
    while (at.to - at.from > 1) {
        int64_t middle = at.from + split_at(at.to - at.from);
        struct tree_range other = at;
        if (leaf < middle)
            at.to = other.from = middle;
        else
            at.from = other.to = middle;
        put_first(out, count++, other);
    }
    return count;
}

size_t tree_consistency(int64_t from, int64_t to, struct tree_range out[PROOF_MAX])
{
    struct tree_range at = {0, to};
    size_t count = 0;
    assert(0 < from && from <= to && to < TREE_SIZE_MAX);
    while (at.to != from) {
        int64_t middle = at.from + split_at(at.to - at.from);
        struct tree_range other = at;
        if (from <= middle)
            at.to = other.from = middle;
        else
            at.from = other.to = middle;
        put_first(out, count++, other);
    }
    if (at.from > 0) /* else the old root itself is what it begins with */
        put_first(out, count++, at);
    return count;
}

/* --- hashes from tiles */

/* The whole subtrees that a range is cut into, from the left: 2^height leaves from `from` on. */
static int next_whole(struct tree_range left)
{
    int height = 0;
    while ((left.from & ((INT64_C(2) << height) - 1)) == 0 &&
           left.from + (INT64_C(2) << height) <= left.to)
        height++;
    return height;
}

static void place_of(int64_t from, int height, int *out_level, int64_t *out_first)
{
    *out_level = height / TILE_HEIGHT;
    *out_first = from >> (TILE_HEIGHT * *out_level);
}

/* A tile by its place alone: tiles are large, and most ranges share some. */
struct place {
    int level;
    int64_t number;
};

static int by_place(const void *a, const void *b)
{
    const struct place *one = a;
    const struct place *two = b;
    if (one->level != two->level)
        return one->level < two->level ? -1 : 1;
    return (one->number > two->number) - (one->number < two->number);
}

/* Where the hashes of a range lie; `out` NULL: they are only counted. */
static size_t places_of(struct tree_range left, struct place *out)
{
    size_t count = 0;
    for (int height; left.from < left.to; left.from += INT64_C(1) << height, count++) {
        int level;
        int64_t first;
        height = next_whole(left);
        place_of(left.from, height, &level, &first);
        if (out != NULL)
            out[count] = (struct place){level, first / TILE_WIDTH};
    }
    return count;
}

size_t tree_tiles_for(const struct tree_range *ranges, size_t count, int64_t size,
                      struct arena *arena, struct tile **out)
{
    size_t all = 0;
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        all += places_of(ranges[i], NULL);
    struct place *places = ARENA_ARRAY(arena, struct place, all + 1);
    for (size_t i = 0, at = 0; i < count; i++)
        at += places_of(ranges[i], places + at);
    qsort(places, all, sizeof *places, by_place);
    for (size_t i = 0; i < all; i++)
        if (i == 0 || by_place(&places[i], &places[i - 1]) != 0)
            places[found++] = places[i];
    struct tile *tiles = ARENA_ARRAY(arena, struct tile, found + 1);
    for (size_t i = 0; i < found; i++) {
        tiles[i].level = places[i].level;
        tiles[i].number = places[i].number;
        tiles[i].width = tile_width(places[i].level, places[i].number, size);
    }
    *out = tiles;
    return found;
}

static const struct tile *find_tile(const struct tile *tiles, size_t count, struct place place)
{
    size_t from = 0;
    size_t to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = by_place(&(struct place){tiles[middle].level, tiles[middle].number}, &place);
        if (order == 0)
            return &tiles[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

static struct err *subtree_hash(int64_t from, int height, const struct tile *tiles, size_t count,
                                struct sha256 *out)
{
    int level;
    int64_t first;
    place_of(from, height, &level, &first);
    int64_t at = first % TILE_WIDTH;
    int64_t hashes = INT64_C(1) << (height % TILE_HEIGHT);
    const struct tile *tile = find_tile(tiles, count, (struct place){level, first / TILE_WIDTH});
    if (tile != NULL && tile->width >= at + hashes) {
        *out = tree_whole_hash(&tile->hashes[at], (size_t)hashes);
        return NULL;
    }
    return err_new(ERR_CORRUPT, "the log has no whole tile %d/%lld", level,
                   (long long)(first / TILE_WIDTH));
}

struct err *tree_range_hash(struct tree_range range, const struct tile *tiles, size_t count,
                            struct sha256 *out)
{
    struct sha256 parts[PROOF_MAX];
    size_t found = 0;
    while (range.from < range.to) {
        int height = next_whole(range);
        TRY(subtree_hash(range.from, height, tiles, count, &parts[found++]));
        range.from += INT64_C(1) << height;
    }
    *out = found > 0 ? parts[found - 1] : tree_empty();
    for (size_t i = found; i-- > 1;)
        *out = tree_node(parts[i - 1], *out);
    return NULL;
}

/* --- do they hold? */

bool tree_inclusion_holds(int64_t leaf, int64_t size, struct sha256 leaf_hash, struct sha256 root,
                          const struct sha256 *proof, size_t count)
{
    struct sha256 hash = leaf_hash;
    int64_t last = size - 1;
    if (leaf < 0 || leaf >= size)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (last == 0)
            return false;
        if ((leaf & 1) != 0 || leaf == last) {
            hash = tree_node(proof[i], hash);
            while ((leaf & 1) == 0 && leaf != 0)
                leaf >>= 1, last >>= 1;
        } else {
            hash = tree_node(hash, proof[i]);
        }
        leaf >>= 1;
        last >>= 1;
    }
    return last == 0 && sha256_equal(hash, root);
}

/* RFC 9162 section 2.1.4.2, from its third step on. */
static bool extends(int64_t from, int64_t to, struct sha256 from_root, struct sha256 to_root,
                    const struct sha256 *proof, size_t count)
{
    int64_t old = from - 1;
    int64_t last = to - 1;
    while ((old & 1) != 0)
        old >>= 1, last >>= 1;
    struct sha256 before = proof[0];
    struct sha256 after = proof[0];
    for (size_t i = 1; i < count; i++) {
        if (last == 0)
            return false;
        if ((old & 1) != 0 || old == last) {
            before = tree_node(proof[i], before);
            after = tree_node(proof[i], after);
            while ((old & 1) == 0 && old != 0)
                old >>= 1, last >>= 1;
        } else {
            after = tree_node(after, proof[i]);
        }
        old >>= 1;
        last >>= 1;
    }
    return last == 0 && sha256_equal(before, from_root) && sha256_equal(after, to_root);
}

bool tree_consistency_holds(int64_t from, int64_t to, struct sha256 from_root,
                            struct sha256 to_root, const struct sha256 *proof, size_t count)
{
    struct sha256 all[PROOF_MAX + 1];
    if (from < 1 || from > to || count > PROOF_MAX)
        return false;
    if (from == to)
        return count == 0 && sha256_equal(from_root, to_root);
    if ((from & (from - 1)) != 0) /* no power of two: the proof begins with what is old */
        return count > 0 && extends(from, to, from_root, to_root, proof, count);
    all[0] = from_root;
    memcpy(all + 1, proof, count * sizeof *proof);
    return extends(from, to, from_root, to_root, all, count + 1);
}
