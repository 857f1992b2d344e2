/* Does tlog/ keep its headers' promises: trees and proofs of RFC 9162, tiles' paths, signed notes
 * as Go's reads them, and the leaf of a row, whatever of it is withheld? */
#include "arena.h"
#include "base/base.h"
#include "text/json.h"
#include "tlog/note.h"
#include "tlog/row.h"
#include "tlog/tile_path.h"
#include "tlog/tree.h"

static void assert_hash(struct sha256 hash, const char *hex)
{
    assert_string_equal(sha256_text(hash).text, hex);
}

/* --- the tree */

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

/* --- notes */

/* The key and the note of the documentation of Go's sumdb/note. */
#define NEUMANN_KEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define NEUMANN_NOTE                                                                               \
    "If you think cryptography is the answer to your problem,\n"                                   \
    "then you don't know what your problem is.\n"                                                  \
    "\n"                                                                                           \
    "\xe2\x80\x94 PeterNeumann "                                                                   \
    "x08go/ZJkuBS9UG/"                                                                             \
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

static void a_note_that_is_no_checkpoint(void **state)
{
    (void)state;
    struct checkpoint found;
    struct note_signer signer = {.name = S("PeterNeumann")};
    autobuf struct buf key = buf_new(NOTE_KEY_MAX);
    assert_true(hex_decode(S("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173"),
                           signer.seed, sizeof signer.seed));
    note_key_print(&signer, &key);
    assert_string_equal(key.ptr, NEUMANN_KEY);
    struct err *e = checkpoint_open(S(NEUMANN_NOTE), S(NEUMANN_KEY), &found);
    assert_int_equal(e->code, ERR_CORRUPT);
    assert_string_equal(e->rule, "checkpoint");
}

static struct note_signer signer_of(const char *name)
{
    struct note_signer signer = {.name = str_from(name)};
    for (int i = 0; i < NOTE_SEED; i++)
        signer.seed[i] = (uint8_t)i;
    return signer;
}

static void checkpoints(void **state)
{
    (void)state;
    struct note_signer signer = signer_of("r7e/region-a");
    struct note_signer other = signer_of("r7e/region-b");
    struct checkpoint told = {.size = 300, .root = sha256_of(S("root"))};
    struct checkpoint found;
    autobuf struct buf key = buf_new(NOTE_KEY_MAX);
    autobuf struct buf other_key = buf_new(NOTE_KEY_MAX);
    autobuf struct buf note = buf_new(NOTE_MAX);
    note_key_print(&signer, &key);
    note_key_print(&other, &other_key);
    checkpoint_sign(&told, &signer, &note);
    assert_true(str_starts(buf_str(&note), S("r7e/region-a\n300\n")));
    assert_null(checkpoint_open(buf_str(&note), buf_str(&key), &found));
    assert_true(str_equal(found.origin, signer.name));
    assert_int_equal(found.size, 300);
    assert_true(sha256_equal(found.root, told.root));
    assert_string_equal(checkpoint_open(buf_str(&note), buf_str(&other_key), &found)->rule,
                        "signature");
    for (size_t i = 0; i < note.len; i++) {
        note.ptr[i] ^= 1;
        assert_non_null(checkpoint_open(buf_str(&note), buf_str(&key), &found));
        note.ptr[i] ^= 1;
        assert_non_null(checkpoint_open(str_slice(buf_str(&note), 0, i), buf_str(&key), &found));
    }
    for (size_t i = 0; i < key.len; i++) {
        key.ptr[i] ^= 1;
        assert_non_null(checkpoint_open(buf_str(&note), buf_str(&key), &found));
        key.ptr[i] ^= 1;
    }
    assert_false(note_name_is_good(S("with blank")));
    assert_false(note_name_is_good(S("a+b")));
    assert_false(note_name_is_good(S("")));
}

/* --- rows */

static struct uuid id_of(const char *text)
{
    struct uuid id;
    assert_true(uuid_parse(str_from(text), &id));
    return id;
}

static char salts[64];

static struct tlog_row example(void)
{
    struct tlog_row row = {.id = id_of("00000000-0000-4000-8000-000000000001"),
                           .subject_kind = S("person"),
                           .subject = S("00000000-0000-4000-8000-000000000002"),
                           .subject_name = S("Åsa Ö"),
                           .assignment = id_of("00000000-0000-4000-8000-000000000003"),
                           .role = S("care_staff"),
                           .unit = S("SE1-U1"),
                           .care_provider = S("SE1-CP"),
                           .action = S("read"),
                           .purpose = S("care"),
                           .records = 2,
                           .what = {S("{\"records\": [\"a\", \"b\"], \"n\": 1}")},
                           .reasons = S("own_unit"),
                           .obligations = S(""),
                           .request = id_of("00000000-0000-4000-8000-000000000004"),
                           .leaf = 17};
    assert_true(instant_parse(S("2026-01-31T12:00:00.5Z"), &row.at));
    for (size_t i = 0; i < sizeof salts; i++)
        salts[i] = (char)i;
    row.member_salt = (struct bytes){{salts, 32}};
    row.salt = (struct bytes){{salts + 32, 32}};
    return row;
}

/* As made by another program from the header's words alone. */
#define EXAMPLE_COMMITMENT "a8d6d6ba50276420ed295c1a3943ddbad52711545c68b11c6b8beefe26eca928"
#define EXAMPLE_LEAF       "746888aea6134d94819b4f3dfa2d4b17eb1d85c3fc5e33d0abcdc83b63654f80"

static void the_leaf_of_a_row(void **state)
{
    (void)state;
    struct tlog_row row = example();
    struct sha256 commitment = log_commitment(&row, S("region-a"));
    char record[LOG_RECORD];
    assert_hash(commitment, EXAMPLE_COMMITMENT);
    assert_hash(log_leaf(commitment), EXAMPLE_LEAF);
    log_record(commitment, record);
    assert_hash(tree_leaf((struct str){record, sizeof record}), EXAMPLE_LEAF);
}

/* Each member, and each salt, is in it. */
static void every_member_counts(void **state)
{
    (void)state;
    const struct tlog_row row = example();
    struct sha256 before = log_commitment(&row, S("region-a"));
    struct uuid other = id_of("00000000-0000-4000-8000-00000000000f");
    assert_false(sha256_equal(before, log_commitment(&row, S("region-b"))));
#define CHANGED(member, value)                                                                     \
    do {                                                                                           \
        struct tlog_row changed = row;                                                             \
        changed.member = (value);                                                                  \
        assert_false(sha256_equal(before, log_commitment(&changed, S("region-a"))));               \
    } while (0)
    CHANGED(id, other);
    CHANGED(at.us, row.at.us + 1);
    CHANGED(subject_kind, S("system"));
    CHANGED(subject, S(""));
    CHANGED(subject_name, S("Åsa"));
    CHANGED(assignment, other);
    CHANGED(assignment, (struct uuid){{0}});
    CHANGED(role, ((struct str){0}));
    CHANGED(unit, S("SE1-U2"));
    CHANGED(care_provider, S("SE1-C"));
    CHANGED(person, other);
    CHANGED(action, S("listed"));
    CHANGED(purpose, S("quality"));
    CHANGED(records, 3);
    CHANGED(what.text, S("{\"records\":[\"a\"],\"n\":1}"));
    CHANGED(what.text, S("{\"records\":[\"a\"],\"n\":1e999}"));
    CHANGED(reasons, S("other"));
    CHANGED(obligations, ((struct str){0}));
    CHANGED(reason, S(""));
    CHANGED(request, other);
    CHANGED(trace, S("4bf92f3577b34da6a3ce929d0e0e4736"));
    CHANGED(salt, row.member_salt);
    CHANGED(member_salt, row.salt);
#undef CHANGED
    struct tlog_row same = row;
    same.what.text = S("{\"n\":1.0,\"records\":[\"a\",\"b\"]}");
    same.leaf = 3;
    assert_true(sha256_equal(before, log_commitment(&same, S("region-a"))));
}

static struct err *read_back(const struct tlog_row *row, unsigned withheld, struct log_told *out)
{
    autobuf struct buf text = buf_new(LOG_LINE_MAX);
    const struct sha256 proof[2] = {sha256_of(S("a")), sha256_of(S("b"))};
    log_extract_row(row, S("region-a"), withheld, proof, 2, &text);
    assert_null(buf_done(&text, "a row"));
    return log_extract_read(arena_str(arena, buf_str(&text)), S("region-a"), arena, out);
}

static void whatever_is_withheld(void **state)
{
    (void)state;
    struct tlog_row row = example();
    struct log_told told;
    for (unsigned i = 0; i <= LOG_MEMBERS; i++) {
        unsigned withheld = i == LOG_MEMBERS ? log_covered : 1U << i;
        assert_null(read_back(&row, withheld, &told));
        assert_hash(told.commitment, EXAMPLE_COMMITMENT);
        assert_true(uuid_equal(told.id, row.id));
        assert_int_equal(told.at.us, row.at.us);
        assert_int_equal(told.leaf, 17);
        assert_true(told.has_proof && told.proof_count == 2 && !told.is_removed);
        assert_true(sha256_equal(told.proof[1], sha256_of(S("b"))));
    }
    row.what.text = S("[1e999]");
    assert_null(read_back(&row, 0, &told));
    assert_true(sha256_equal(told.commitment, log_commitment(&row, S("region-a"))));
}

static void withheld_is_not_told(void **state)
{
    (void)state;
    struct tlog_row row = example();
    autobuf struct buf text = buf_new(LOG_LINE_MAX);
    log_extract_row(&row, S("region-a"), 1U << LOG_MEMBER_subject_name | 1U << LOG_MEMBER_unit,
                    NULL, 0, &text);
    assert_null(strstr(text.ptr, "Åsa"));
    assert_null(strstr(text.ptr, "SE1-U1"));
    assert_non_null(strstr(text.ptr, "SE1-CP"));
    assert_null(strstr(text.ptr, "proof"));
}

static void rows_that_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "[]",
                                      "{}",
                                      "{\"leaf\":1}",
                                      "{\"leaf\":-1,\"salt\":\"\",\"row\":{}}",
                                      "{\"leaf\":281474976710656,\"salt\":\"\",\"row\":{}}",
                                      "{\"removed\":{\"leaf\":1,\"commitment\":\"AAAA\","
                                      "\"decision\":\"x\",\"at\":\"2026-01-01T00:00:00Z\"}}",
                                      "{\"removed\":{\"leaf\":1}}"};
    struct log_told told;
    struct tlog_row row = example();
    autobuf struct buf text = buf_new(LOG_LINE_MAX);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_non_null(log_extract_read(str_from(bad[i]), S("region-a"), arena, &told));
    log_extract_row(&row, S("region-a"), 0, NULL, 0, &text);
    assert_non_null(log_extract_read(buf_str(&text), S("region-b"), arena, &told));
    assert_null(log_extract_read(buf_str(&text), S("region-a"), arena, &told));
    assert_false(told.has_proof);
    /* A key that is missing, or a member that no row has, is no row: what is shown must be covered.
     */
    char *key = strstr(strstr(text.ptr, "\"keys\""), "\"unit\"");
    memcpy(key, "\"unix\"", 6);
    assert_non_null(log_extract_read(buf_str(&text), S("region-a"), arena, &told));
}

static void removed_rows(void **state)
{
    (void)state;
    struct sha256 commitment = sha256_of(S("x"));
    struct log_removed removed = {.leaf = 5,
                                  .commitment = {{(const char *)commitment.bytes, 32}},
                                  .decision = S("gallringsbeslut 7"),
                                  .at = {1, true}};
    struct log_told told;
    autobuf struct buf text = buf_new(LOG_LINE_MAX);
    log_extract_removed(&removed, &text);
    assert_null(log_extract_read(buf_str(&text), S("region-a"), arena, &told));
    assert_true(told.is_removed && told.leaf == 5 && sha256_equal(told.commitment, commitment));
    assert_true(str_equal(told.decision, removed.decision));
}

static void heads(void **state)
{
    (void)state;
    struct log_extract_head head;
    assert_null(log_extract_head_read(S("{\"format\":\"r7e-log-extract-v1\",\"tenant\":\"t\","
                                        "\"key\":\"k\",\"checkpoint\":\"c\"}"),
                                      arena, &head));
    assert_true(str_equal(head.tenant, S("t")));
    assert_non_null(log_extract_head_read(S("{\"format\":\"r7e-log-extract-v2\",\"tenant\":\"t\","
                                            "\"key\":\"k\",\"checkpoint\":\"c\"}"),
                                          arena, &head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(known_roots),           WITH_ARENA(grows_as_defined),
        WITH_ARENA(an_edge_must_be_whole), WITH_ARENA(proofs_hold),
        WITH_ARENA(paths_of_tiles),        WITH_ARENA(a_note_that_is_no_checkpoint),
        WITH_ARENA(checkpoints),           WITH_ARENA(the_leaf_of_a_row),
        WITH_ARENA(every_member_counts),   WITH_ARENA(whatever_is_withheld),
        WITH_ARENA(withheld_is_not_told),  WITH_ARENA(rows_that_are_none),
        WITH_ARENA(removed_rows),          WITH_ARENA(heads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
