/* What the tree is, by what cannot be changed unseen: the journal in the vault, or tiles that make
 * the root of a signed checkpoint. */
#include "log_sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { LINE_ARENA = 4 << 20, DECISIONS_MAX = 64 << 20 };
static const size_t TREE_ARENA = (size_t)64 << 20;

void log_truth_free(struct log_truth *truth)
{
    free(truth->leaves);
    free(truth->ids);
    buf_free(&truth->decisions);
    *truth = (struct log_truth){0};
}

static struct log_truth truth_new(int64_t size)
{
    return (struct log_truth){.size = size,
                              .leaves = must_calloc((size_t)size + 1, sizeof(struct sha256)),
                              .ids = must_calloc((size_t)size + 1, sizeof(struct uuid))};
}

struct sha256 log_truth_root(const struct log_truth *truth, int64_t size)
{
    autoarena struct arena *arena = arena_new(TREE_ARENA);
    struct tree_growth growth;
    if (tree_growth_begin(&growth, 0, NULL, 0, arena) != NULL)
        abort();
    for (int64_t i = 0; i < size; i++) {
        tree_growth_add(&growth, truth->leaves[i]);
        if (growth.count >= TILE_LEVELS)
            tree_growth_forget(&growth);
    }
    return tree_growth_root(&growth);
}

bool log_truth_has_decision(const struct log_truth *truth, struct str id)
{
    autobuf struct buf wanted = buf_new(256);
    buf_format(&wanted, "\"fact\":{\"id\":\"%.*s\"", STR_ARG(id));
    return !truth->has_journal ||
           (wanted.len > 0 && !wanted.failed && truth->decisions.len > 0 &&
            memmem(truth->decisions.ptr, truth->decisions.len, wanted.ptr, wanted.len) != NULL);
}

/* --- tiles in a folder */

/* Reads FOLDER/PATH into `out`; false when it is not there or has another length. */
static bool read_tile(const char *folder, const struct tile_place *place, size_t length, char *out)
{
    autobuf struct buf path = buf_new(4096);
    buf_put(&path, str_from(folder));
    buf_byte(&path, '/');
    tile_path_print(place, &path);
    autoclose int file = path.failed ? -1 : open(path.ptr, O_RDONLY | O_CLOEXEC);
    char more;
    return file >= 0 && read(file, out, length) == (ssize_t)length && read(file, &more, 1) == 0;
}

static struct str named(const struct tile_place *place, struct buf *out)
{
    buf_clear(out);
    tile_path_print(place, out);
    return buf_str(out);
}

/* The leaves by the entries, and ids where they are told. */
static void read_entries(const char *folder, struct log_truth *out, struct log_faults *faults)
{
    enum { LENGTH = 2, RECORD = LENGTH + LOG_RECORD };
    autofree char *bytes = must_calloc(TILE_WIDTH, RECORD);
    autobuf struct buf name = buf_new(256);
    for (int64_t at = 0; at < out->size; at += TILE_WIDTH) {
        struct tile_place place = {.kind = TILE_ENTRIES, .number = at / TILE_WIDTH};
        place.width = tile_width(0, place.number, out->size);
        if (!read_tile(folder, &place, (size_t)place.width * RECORD, bytes)) {
            struct str text = named(&place, &name);
            log_fault(faults, "%.*s: missing, or of another length", STR_ARG(text));
            continue;
        }
        for (int i = 0; i < place.width; i++)
            out->leaves[at + i] = tree_leaf((struct str){bytes + i * RECORD + LENGTH, LOG_RECORD});
        place.kind = TILE_IDS;
        if (!read_tile(folder, &place, (size_t)place.width * LOG_ID, (char *)&out->ids[at]))
            memset(&out->ids[at], 0, (size_t)place.width * LOG_ID);
    }
}

/* The leaves by the hash tiles of level 0; false when they are not all there. */
static bool read_hashes(const char *folder, struct log_truth *out)
{
    bool whole = true;
    for (int64_t at = 0; at < out->size; at += TILE_WIDTH) {
        struct tile_place place = {.kind = TILE_HASHES, .number = at / TILE_WIDTH};
        place.width = tile_width(0, place.number, out->size);
        whole =
            read_tile(folder, &place, (size_t)place.width * TILE_HASH, (char *)&out->leaves[at]) &&
            whole;
    }
    return whole;
}

/* One tile that the leaves make, beside the one in the folder. */
static void compare_tile(const char *folder, const struct tile *tile, struct log_faults *faults)
{
    char bytes[TILE_WIDTH * TILE_HASH];
    autobuf struct buf name = buf_new(256);
    const struct tile_place place = {TILE_HASHES, tile->level, tile->number, tile->width};
    size_t length = (size_t)tile->width * TILE_HASH;
    if (read_tile(folder, &place, length, bytes) && memcmp(bytes, tile->hashes, length) == 0)
        return;
    struct str text = named(&place, &name);
    log_fault(faults, "%.*s: swapped, changed or missing: not the tile that the leaves make",
              STR_ARG(text));
}

/* Every hash tile of the tree. */
static void compare_tiles(const char *folder, const struct log_truth *truth,
                          struct log_faults *faults)
{
    autoarena struct arena *arena = arena_new(TREE_ARENA);
    struct tree_growth growth;
    if (tree_growth_begin(&growth, 0, NULL, 0, arena) != NULL)
        abort();
    for (int64_t i = 0; i < truth->size; i++) {
        tree_growth_add(&growth, truth->leaves[i]);
        if ((i + 1) % TILE_WIDTH != 0)
            continue;
        for (size_t k = 0; k < growth.count; k++)
            if (growth.touched[k]->width == TILE_WIDTH)
                compare_tile(folder, growth.touched[k], faults);
        tree_growth_forget(&growth);
    }
    for (int level = 0; level < TILE_LEVELS; level++)
        if (growth.edge[level] != NULL)
            compare_tile(folder, growth.edge[level], faults);
}

/* Leaves that the folder's entries tell otherwise. */
static void compare_leaves(const struct log_truth *entries, const struct log_truth *truth,
                           struct log_faults *faults)
{
    int64_t size = entries->size < truth->size ? entries->size : truth->size;
    for (int64_t i = 0; i < size; i++)
        if (!sha256_equal(entries->leaves[i], truth->leaves[i]))
            log_fault(faults, "leaf %lld, row %s: its entry was changed", (long long)i,
                      truth->ids != NULL ? uuid_text(truth->ids[i]).text : "not known");
}

struct err *log_truth_of_tiles(const char *folder, const struct checkpoint *checkpoint,
                               const struct log_truth *against, struct log_faults *faults,
                               struct log_truth *out)
{
    struct log_truth entries = truth_new(checkpoint->size);
    struct log_truth hashes = truth_new(checkpoint->size);
    read_entries(folder, &entries, faults);
    bool whole = read_hashes(folder, &hashes);
    struct log_truth *made = NULL;
    if (sha256_equal(log_truth_root(&entries, entries.size), checkpoint->root))
        made = &entries;
    else if (whole && sha256_equal(log_truth_root(&hashes, hashes.size), checkpoint->root))
        made = &hashes;
    else
        log_fault(faults, "the tiles do not make the checkpoint's root: changed or swapped");
    const struct log_truth *right = against != NULL ? against : made != NULL ? made : &hashes;
    struct log_truth known = *right;
    known.ids = against != NULL && against->ids != NULL ? against->ids : entries.ids;
    compare_leaves(&entries, &known, faults);
    known.size = right->size < checkpoint->size ? right->size : checkpoint->size;
    compare_tiles(folder, &known, faults);
    if (made == &hashes || made == NULL) {
        struct sha256 *leaves = entries.leaves;
        entries.leaves = hashes.leaves;
        hashes.leaves = leaves;
    }
    log_truth_free(&hashes);
    *out = entries;
    return NULL;
}

/* --- the journal */

struct reading {
    struct log_truth *truth;
    size_t room;
    struct str key;
    struct tree_growth growth;
    struct arena *arena; /* of the growth */
    struct log_faults *faults;
    struct uuid newest;
};

static void make_room(struct reading *r, size_t rows)
{
    size_t needed = (size_t)r->truth->size + rows + 1;
    if (needed <= r->room)
        return;
    r->room = needed > 2 * r->room ? needed : 2 * r->room;
    r->truth->leaves = must_realloc(r->truth->leaves, r->room * sizeof(struct sha256));
    r->truth->ids = must_realloc(r->truth->ids, r->room * sizeof(struct uuid));
}

static struct err *take_batch(struct reading *r, const struct log_batch *batch)
{
    struct checkpoint told;
    size_t rows = log_batch_rows(batch);
    /* An append that was done twice: the same line, right behind itself. */
    struct uuid first;
    memcpy(&first, batch->ids.raw.ptr, sizeof first);
    if (batch->from < r->truth->size && uuid_equal(r->truth->ids[batch->from], first))
        return NULL;
    if (batch->from != r->truth->size) {
        log_fault(r->faults, "the journal: leaves %lld to %lld are told out of order or not at all",
                  (long long)r->truth->size, (long long)batch->from);
        return NULL;
    }
    make_room(r, rows);
    for (size_t i = 0; i < rows; i++) {
        struct sha256 commitment;
        int64_t leaf = r->truth->size++;
        memcpy(commitment.bytes, batch->commitments.raw.ptr + i * TILE_HASH, TILE_HASH);
        memcpy(&r->truth->ids[leaf], batch->ids.raw.ptr + i * LOG_ID, LOG_ID);
        r->truth->leaves[leaf] = log_leaf(commitment);
        tree_growth_add(&r->growth, r->truth->leaves[leaf]);
    }
    tree_growth_forget(&r->growth);
    TRY(checkpoint_open(batch->checkpoint, r->key, &told));
    if (told.size != r->truth->size || !sha256_equal(told.root, tree_growth_root(&r->growth)))
        log_fault(r->faults, "the journal: leaves %lld to %lld do not make their checkpoint's root",
                  (long long)batch->from, (long long)r->truth->size - 1);
    return NULL;
}

static struct err *read_file(struct reading *r, FILE *file)
{
    autoarena struct arena *arena = arena_new(LINE_ARENA);
    autofree char *line = NULL;
    size_t room = 0;
    for (;;) {
        struct log_batch batch = {0};
        bool is_log = false;
        ssize_t length = getline(&line, &room, file);
        if (length <= 0 || line[length - 1] != '\n')
            return NULL; /* a torn last line is none */
        arena_reset(arena);
        struct err *e =
            log_batch_read((struct str){line, (size_t)length - 1}, arena, &is_log, &batch);
        if (e == NULL && is_log)
            e = take_batch(r, &batch);
        else if (e == NULL && strstr(line, "\"change\":\"log_purge\"") != NULL)
            buf_put(&r->truth->decisions, (struct str){line, (size_t)length});
        if (e != NULL)
            log_fault(r->faults, "the journal, after leaf %lld: %s", (long long)r->truth->size,
                      e->detail);
    }
}

struct err *log_truth_of_journal(const char *folder, struct str key, struct log_faults *faults,
                                 struct log_truth *out)
{
    autoarena struct arena *arena = arena_new(TREE_ARENA);
    struct log_truth truth = truth_new(0);
    truth.decisions = buf_new(DECISIONS_MAX);
    truth.has_journal = true;
    struct reading r = {.truth = &truth, .key = key, .arena = arena, .faults = faults};
    TRY(tree_growth_begin(&r.growth, 0, NULL, 0, arena));
    for (unsigned number = 0;; number++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%08u.jsonl", folder, number);
        FILE *file = fopen(path, "re");
        if (file == NULL && number > 0 && errno == ENOENT)
            break;
        if (file == NULL)
            return err_errno(ERR_STORAGE, "could not open \"%s\"", path);
        struct err *e = read_file(&r, file);
        fclose(file);
        TRY(e);
    }
    *out = truth;
    return NULL;
}
