/* Trees, proofs and tiles as RFC 9162 and c2sp.org/tlog-tiles define them (tlog/tree.h,
 * tlog/tile_path.h). */
#include "arena.h"
#include "tlog/tile_path.h"
#include "tlog/tree.h"

static void assert_hash(struct sha256 hash, const char *hex)
{
    assert_string_equal(sha256_text(hash).text, hex);
}

/* The records and roots that Certificate Transparency's implementations share. */
static const struct {
    struct str record;
    const char *root; /* with all before it */
} known[] = {
    {S(""), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {S("\x00"), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
    {S("\x10"), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
    {S("\x20\x21"), "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
    {S("\x30\x31"), "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
    {S("\x40\x41\x42\x43"), "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
    {S("\x50\x51\x52\x53\x54\x55\x56\x57"),
     "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
    {S("\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"),
     "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
};

static void known_roots(void **state)
{
    (void)state;
    struct tree_growth growth;
    assert_hash(tree_empty(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_null(tree_growth_begin(&growth, 0, NULL, 0, arena));
    for (size_t i = 0; i < COUNT(known); i++) {
        tree_growth_add(&growth, tree_leaf(known[i].record));
        assert_hash(tree_growth_root(&growth), known[i].root);
    }
}

static struct sha256 numbered_leaf(int64_t number)
{
    return tree_leaf((struct str){(const char *)&number, sizeof number});
}

/* RFC 9162 section 2.1.1, word by word. */
static struct sha256 defined_root(int64_t from, int64_t to)
{
    int64_t middle = 1;
    if (to == from)
        return tree_empty();
    if (to - from == 1)
        return numbered_leaf(from);
    while (middle * 2 < to - from)
        middle *= 2;
    return tree_node(defined_root(from, from + middle), defined_root(from + middle, to));
}

/* All tiles of a tree of numbered leaves, made at once. */
static struct tile *all_tiles(int64_t size, size_t *out_count)
{
    struct tree_growth growth;
    assert_null(tree_growth_begin(&growth, 0, NULL, 0, arena));
    for (int64_t i = 0; i < size; i++)
        tree_growth_add(&growth, numbered_leaf(i));
    struct tile *tiles = ARENA_ARRAY(arena, struct tile, growth.count + 1);
    for (size_t i = 0; i < growth.count; i++)
        tiles[i] = *growth.touched[i];
    *out_count = growth.count;
    return tiles;
}

static const int64_t sizes[] = {1,   2,   3,   7,   8,   255,  256,   257,   300,
                                511, 512, 513, 768, 999, 1025, 65535, 65536, 65793};

static void grows_as_defined(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        size_t count;
        struct tile edge[TILE_LEVELS];
        struct tree_growth growth;
        const struct tile *tiles = all_tiles(sizes[i], &count);
        /* Taken up from tiles that hold more than the size, and grown by some. */
        size_t needed = tree_edge(sizes[i] / 2, edge);
        for (size_t j = 0; j < needed; j++)
            for (size_t k = 0; k < count; k++)
                if (tiles[k].level == edge[j].level && tiles[k].number == edge[j].number)
                    edge[j] = tiles[k];
        assert_null(tree_growth_begin(&growth, sizes[i] / 2, edge, needed, arena));
        for (int64_t leaf = sizes[i] / 2; leaf < sizes[i]; leaf++) {
            tree_growth_add(&growth, numbered_leaf(leaf));
            if (leaf % 7 == 0)
                tree_growth_forget(&growth);
        }
        struct sha256 root = tree_growth_root(&growth);
        assert_true(sha256_equal(root, defined_root(0, sizes[i])));
        for (size_t k = 0; k < count; k++)
            assert_int_equal(tiles[k].width, tile_width(tiles[k].level, tiles[k].number, sizes[i]));
        end_arena(NULL);
        begin_arena(NULL);
    }
}

static void an_edge_must_be_whole(void **state)
{
    (void)state;
    size_t count;
    struct tile edge[TILE_LEVELS];
    struct tree_growth growth;
    const struct tile *tiles = all_tiles(300, &count);
    assert_int_equal(tree_edge(300, edge), 2);
    assert_int_equal(edge[0].number, 1);
    assert_int_equal(edge[1].level, 1);
    edge[0] = tiles[2];
    assert_int_equal(tree_growth_begin(&growth, 300, edge, 1, arena)->code, ERR_CORRUPT);
    edge[1] = tiles[1];
    assert_null(tree_growth_begin(&growth, 300, edge, 2, arena));
    edge[0].width = 43;
    assert_int_equal(tree_growth_begin(&growth, 300, edge, 2, arena)->code, ERR_CORRUPT);
}

static size_t hashes_of(const struct tree_range *ranges, size_t count, int64_t size,
                        const struct tile *all, size_t all_count, struct sha256 *out)
{
    struct tile *tiles;
    size_t needed = tree_tiles_for(ranges, count, size, arena, &tiles);
    for (size_t i = 0; i < needed; i++)
        for (size_t k = 0; k < all_count; k++)
            if (all[k].level == tiles[i].level && all[k].number == tiles[i].number) {
                assert_int_equal(all[k].width, tiles[i].width);
                tiles[i] = all[k];
            }
    for (size_t i = 0; i < count; i++)
        assert_null(tree_range_hash(ranges[i], tiles, needed, &out[i]));
    return count;
}

/* A patient's page of rows far apart in a log of billions. */
static void many_proofs_need_many_tiles(void **state)
{
    (void)state;
    enum { LEAVES = 200 };
    const int64_t apart = INT64_C(1) << 25;
    struct tree_range ranges[LEAVES * PROOF_MAX];
    struct tile *tiles;
    size_t count = 0;
    for (int64_t i = 0; i < LEAVES; i++)
        count += tree_inclusion(i * apart + i, LEAVES * apart, ranges + count);
    size_t needed = tree_tiles_for(ranges, count, LEAVES * apart, arena, &tiles);
    assert_true(needed > LEAVES * 3);
    for (size_t i = 1; i < needed; i++)
        assert_true(tiles[i - 1].level < tiles[i].level || (tiles[i - 1].level == tiles[i].level &&
                                                            tiles[i - 1].number < tiles[i].number));
}

static void proofs_hold(void **state)
{
    (void)state;
    static const int64_t of[] = {1, 2, 3, 6, 8, 255, 256, 257, 700, 66000};
    for (size_t n = 0; n < COUNT(of); n++) {
        size_t count;
        const struct tile *tiles = all_tiles(of[n], &count);
        struct sha256 root = defined_root(0, of[n]);
        for (int64_t leaf = 0; leaf < of[n]; leaf += of[n] < 300 ? 1 : of[n] / 7) {
            struct tree_range ranges[PROOF_MAX];
            struct sha256 proof[PROOF_MAX];
            size_t length =
                hashes_of(ranges, tree_inclusion(leaf, of[n], ranges), of[n], tiles, count, proof);
            assert_true(
                tree_inclusion_holds(leaf, of[n], numbered_leaf(leaf), root, proof, length));
            assert_false(
                tree_inclusion_holds(leaf, of[n], numbered_leaf(leaf + 1), root, proof, length));
            assert_false(
                tree_inclusion_holds(leaf + 1, of[n], numbered_leaf(leaf), root, proof, length));
            assert_false(tree_inclusion_holds(leaf, of[n], numbered_leaf(leaf), root, proof,
                                              length == 0 ? 1 : length - 1));
            struct sha256 old = defined_root(0, leaf + 1);
            length = hashes_of(ranges, tree_consistency(leaf + 1, of[n], ranges), of[n], tiles,
                               count, proof);
            assert_true(tree_consistency_holds(leaf + 1, of[n], old, root, proof, length));
            assert_false(tree_consistency_holds(leaf + 1, of[n], root, old, proof, length) &&
                         leaf + 1 < of[n]);
            if (length > 0) {
                proof[length / 2].bytes[5] ^= 1;
                assert_false(tree_consistency_holds(leaf + 1, of[n], old, root, proof, length));
            }
        }
        end_arena(NULL);
        begin_arena(NULL);
    }
}

/* --- paths */

static void paths_of_tiles(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        struct tile_place place;
    } good[] = {
        {"tile/0/000", {TILE_HASHES, 0, 0, 256}},
        {"tile/5/999.p/255", {TILE_HASHES, 5, 999, 255}},
        {"tile/1/x001/x234/067", {TILE_HASHES, 1, 1234067, 256}},
        {"tile/entries/x001/000.p/1", {TILE_ENTRIES, 0, 1000, 1}},
        {"tile/ids/017", {TILE_IDS, 0, 17, 256}},
    };
    static const char *const bad[] = {"",
                                      "0",
                                      "0/",
                                      "0/0",
                                      "0/0000",
                                      "6/000",
                                      "-1/000",
                                      "0/x000/001",
                                      "0/000.p/0",
                                      "0/000.p/256",
                                      "0/000.p",
                                      "0/000/",
                                      "0/x001",
                                      "0/x001.p/5/000",
                                      "0/001/002",
                                      "0/000.p/05",
                                      "00/000",
                                      "other/000",
                                      "0/x999/x999/x999/x999/x999/999"};
    for (size_t i = 0; i < COUNT(good); i++) {
        autobuf struct buf path = buf_new(100);
        struct tile_place place;
        tile_path_print(&good[i].place, &path);
        assert_string_equal(path.ptr, good[i].path);
        assert_true(tile_path_parse(str_from(good[i].path + 5), &place));
        assert_memory_equal(&place, &good[i].place, sizeof place);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct tile_place place;
        assert_false(tile_path_parse(str_from(bad[i]), &place));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_ARENA(known_roots),
                                       WITH_ARENA(grows_as_defined),
                                       WITH_ARENA(an_edge_must_be_whole),
                                       WITH_ARENA(proofs_hold),
                                       WITH_ARENA(many_proofs_need_many_tiles),
                                       WITH_ARENA(paths_of_tiles)};
    return cmocka_run_group_tests_name("tlog_tree", tests, NULL, NULL);
}
