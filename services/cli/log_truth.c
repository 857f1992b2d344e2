/* What the tree is, by what cannot be changed unseen: the journal in the vault, or tiles that make
 * the root of a signed checkpoint. */
#include "log_sealed.h"

enum { DECISIONS_MAX = 64 << 20, GROWTH_ARENA = 4 << 20 };

void log_truth_free(struct log_truth *truth)
{
    buf_free(&truth->decisions);
    *truth = (struct log_truth){0};
}

static struct tree_growth growth_new(struct arena *arena)
{
    struct tree_growth growth;
    if (tree_growth_begin(&growth, 0, NULL, 0, arena) != NULL)
        abort();
    return growth;
}

/* When a tile is full nobody asks for it again. */
static void grow(struct tree_growth *growth, struct sha256 leaf)
{
    tree_growth_add(growth, leaf);
    if (growth->size % TILE_WIDTH == 0)
        tree_growth_forget(growth);
}

struct sha256 log_truth_root(const struct log_truth *truth, int64_t size)
{
    autoarena struct arena *arena = arena_new(GROWTH_ARENA);
    struct tree_growth growth = growth_new(arena);
    struct log_leaves *leaves = log_leaves_new(truth);
    struct log_leaf leaf;
    while (growth.size < size && log_leaves_next(leaves, &leaf))
        grow(&growth, leaf.hash);
    log_leaves_free(leaves);
    return tree_growth_root(&growth);
}

bool log_truth_has_decision(const struct log_truth *truth, struct str id)
{
    autobuf struct buf wanted = buf_new(256);
    buf_format(&wanted, "\"fact\":{\"id\":\"%.*s\"", STR_ARG(id));
    return truth->kind != LOG_OF_JOURNAL ||
           (wanted.len > 0 && !wanted.failed && truth->decisions.len > 0 &&
            memmem(truth->decisions.ptr, truth->decisions.len, wanted.ptr, wanted.len) != NULL);
}

/* --- tiles in a folder */

/* Do the tiles of this kind make the root? Those that lack are told, where faults are given. */
static bool makes(const struct log_truth *tiles, const struct sha256 *root,
                  struct log_faults *faults)
{
    autoarena struct arena *arena = arena_new(GROWTH_ARENA);
    autobuf struct buf name = buf_new(256);
    struct tree_growth growth = growth_new(arena);
    struct log_leaves *leaves = log_leaves_new(tiles);
    struct log_leaf leaf;
    bool whole = true;
    while (log_leaves_next(leaves, &leaf)) {
        const struct tile_place *lacking = log_leaves_lack(leaves);
        whole = whole && lacking == NULL;
        if (lacking != NULL && faults != NULL) {
            buf_clear(&name);
            tile_path_print(lacking, &name);
            log_fault(faults, "%.*s: missing, or of another length", STR_ARG(buf_str(&name)));
        }
        grow(&growth, leaf.hash);
    }
    log_leaves_free(leaves);
    return whole && sha256_equal(tree_growth_root(&growth), *root);
}

/* One tile that the leaves make, beside the one in the folder. */
static void compare_tile(const char *folder, const struct tile *tile, struct log_faults *faults)
{
    char bytes[TILE_WIDTH * TILE_HASH];
    autobuf struct buf name = buf_new(256);
    const struct tile_place place = {TILE_HASHES, tile->level, tile->number, tile->width};
    size_t length = (size_t)tile->width * TILE_HASH;
    if (log_tile_read(folder, &place, length, bytes) && memcmp(bytes, tile->hashes, length) == 0)
        return;
    tile_path_print(&place, &name);
    log_fault(faults, "%.*s: swapped, changed or missing: not the tile that the leaves make",
              STR_ARG(buf_str(&name)));
}

static void compare_whole_tiles(const char *folder, struct tree_growth *growth,
                                struct log_faults *faults)
{
    for (size_t i = 0; i < growth->count; i++)
        if (growth->touched[i]->width == TILE_WIDTH)
            compare_tile(folder, growth->touched[i], faults);
    tree_growth_forget(growth);
}

/* The folder's entries and every hash tile, beside the leaves that the tree has. */
static void compare(const struct log_truth *entries, const struct log_truth *right,
                    struct log_faults *faults)
{
    autoarena struct arena *arena = arena_new(GROWTH_ARENA);
    struct tree_growth growth = growth_new(arena);
    struct log_leaves *told = log_leaves_new(entries);
    struct log_leaves *known = log_leaves_new(right);
    struct log_leaf a;
    struct log_leaf b;
    while (log_leaves_next(told, &a) && log_leaves_next(known, &b)) {
        struct uuid id = right->kind == LOG_OF_JOURNAL ? b.id : a.id;
        if (!sha256_equal(a.hash, b.hash))
            log_fault(faults, "leaf %lld, row %s: its entry was changed", (long long)growth.size,
                      uuid_text(id).text);
        tree_growth_add(&growth, b.hash);
        if (growth.size % TILE_WIDTH == 0)
            compare_whole_tiles(entries->folder, &growth, faults);
    }
    for (int level = 0; level < TILE_LEVELS; level++)
        if (growth.edge[level] != NULL)
            compare_tile(entries->folder, growth.edge[level], faults);
    log_leaves_free(told);
    log_leaves_free(known);
}

struct log_truth log_truth_of_tiles(const char *folder, const struct checkpoint *checkpoint,
                                    const struct log_truth *against, struct log_faults *faults)
{
    const struct log_truth entries = {LOG_OF_ENTRIES, folder, checkpoint->size, {0}};
    const struct log_truth hashes = {LOG_OF_HASHES, folder, checkpoint->size, {0}};
    bool by_entries = makes(&entries, &checkpoint->root, faults);
    if (!by_entries && !makes(&hashes, &checkpoint->root, NULL))
        log_fault(faults, "the tiles do not make the checkpoint's root: changed or swapped");
    struct log_truth right = by_entries ? entries : hashes;
    compare(&entries, against != NULL ? against : &right, faults);
    return right;
}

/* --- the journal */

/* The line's checkpoint must be signed, and made of the leaves up to it. */
static void judge_batch(const struct log_batch *batch, struct log_keys *keys, struct arena *arena,
                        struct tree_growth *growth, struct log_faults *faults)
{
    const struct err *before = err_mark();
    struct checkpoint told;
    size_t rows = log_batch_rows(batch);
    for (size_t i = 0; i < rows; i++) {
        struct sha256 commitment;
        memcpy(commitment.bytes, batch->commitments.raw.ptr + i * TILE_HASH, TILE_HASH);
        grow(growth, log_leaf(commitment));
    }
    struct err *e = log_keys_open(keys, batch->checkpoint, arena, &told);
    if (e != NULL)
        log_fault(faults, "the journal, after leaf %lld: %s", (long long)growth->size, e->detail);
    else if (told.size != growth->size || !sha256_equal(told.root, tree_growth_root(growth)))
        log_fault(faults, "the journal: leaves %lld to %lld do not make their checkpoint's root",
                  (long long)batch->from, (long long)growth->size - 1);
    err_forget(before);
}

struct err *log_truth_of_journal(const char *folder, struct log_keys *keys, struct arena *arena,
                                 struct log_faults *faults, struct log_truth *out)
{
    autoarena struct arena *edge = arena_new(GROWTH_ARENA);
    struct tree_growth growth = growth_new(edge);
    struct log_truth truth = {LOG_OF_JOURNAL, folder, 0, buf_new(DECISIONS_MAX)};
    struct log_journal *journal = log_journal_new(folder);
    struct log_batch batch = {0};
    bool more = true;
    struct err *e = NULL;
    for (;;) {
        e = log_journal_next(journal, faults, &truth.decisions, &batch, &more);
        if (e != NULL || !more)
            break;
        judge_batch(&batch, keys, arena, &growth, faults);
    }
    log_journal_free(journal);
    truth.size = growth.size;
    *out = truth;
    return e;
}
