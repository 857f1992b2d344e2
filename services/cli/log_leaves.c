/* The leaves of a log one after another, from the tiles in a folder or the journal's lines. Memory
 * is that of one tile, or of one line, however long the log is. */
#include "log_sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { LINE_ARENA = 4 << 20, PATH_ROOM = 4096, LENGTH = 2, RECORD = LENGTH + LOG_RECORD };

bool log_tile_read(const char *folder, const struct tile_place *place, size_t length, char *out)
{
    autobuf struct buf path = buf_new(PATH_ROOM);
    buf_put(&path, str_from(folder));
    buf_byte(&path, '/');
    tile_path_print(place, &path);
    autoclose int file = path.failed ? -1 : open(path.ptr, O_RDONLY | O_CLOEXEC);
    char more;
    return file >= 0 && read(file, out, length) == (ssize_t)length && read(file, &more, 1) == 0;
}

/* --- the journal */

struct log_journal {
    const char *folder;
    FILE *file;
    unsigned number; /* of the next file */
    char *line;
    size_t room;
    struct arena *arena; /* of the line */
    int64_t size;        /* leaves told so far */
    int64_t newest;      /* where the newest batch began … */
    struct uuid first;   /* … and the id of its first row */
};

struct log_journal *log_journal_new(const char *folder)
{
    struct log_journal *journal = must_calloc(1, sizeof *journal);
    journal->folder = folder;
    journal->arena = arena_new(LINE_ARENA);
    return journal;
}

void log_journal_free(struct log_journal *journal)
{
    if (journal == NULL)
        return;
    if (journal->file != NULL)
        fclose(journal->file);
    arena_free(journal->arena);
    free(journal->line);
    free(journal);
}

static struct err *next_file(struct log_journal *journal, bool *out_more)
{
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/%08u.jsonl", journal->folder, journal->number);
    journal->file = fopen(path, "re");
    *out_more = journal->file != NULL;
    if (journal->file == NULL && (journal->number == 0 || errno != ENOENT))
        return err_errno(ERR_STORAGE, "could not open \"%s\"", path);
    journal->number++;
    return NULL;
}

/* A torn last line is none. */
static struct err *next_line(struct log_journal *journal, struct str *out, bool *out_more)
{
    for (;;) {
        if (journal->file == NULL)
            TRY(next_file(journal, out_more));
        if (journal->file == NULL)
            return NULL;
        ssize_t length = getline(&journal->line, &journal->room, journal->file);
        *out_more = length > 0 && journal->line[length - 1] == '\n';
        *out = (struct str){journal->line, *out_more ? (size_t)length - 1 : 0};
        if (*out_more)
            return NULL;
        fclose(TAKE(journal->file));
    }
}

/* Does the batch follow the one before? An append that was done twice is the same line again, right
 * behind itself. */
static bool follows(struct log_journal *journal, const struct log_batch *batch,
                    struct log_faults *faults)
{
    struct uuid first;
    memcpy(&first, batch->ids.raw.ptr, sizeof first);
    if (journal->size > 0 && batch->from == journal->newest && uuid_equal(first, journal->first))
        return false;
    if (batch->from != journal->size) {
        if (faults != NULL)
            log_fault(faults,
                      "the journal: leaves %lld to %lld are told out of order or not at all",
                      (long long)journal->size, (long long)batch->from);
        return false;
    }
    journal->newest = batch->from;
    journal->first = first;
    journal->size += (int64_t)log_batch_rows(batch);
    return true;
}

static bool is_decision(struct str line)
{
    static const struct str mark = S("\"change\":\"log_purge\"");
    return memmem(line.ptr, line.len, mark.ptr, mark.len) != NULL;
}

struct err *log_journal_next(struct log_journal *journal, struct log_faults *faults,
                             struct buf *decisions, struct log_batch *out, bool *out_more)
{
    for (;;) {
        struct str line;
        bool is_log = false;
        TRY(next_line(journal, &line, out_more));
        if (!*out_more)
            return NULL;
        const struct err *before = err_mark();
        arena_reset(journal->arena);
        *out = (struct log_batch){0};
        struct err *e = log_batch_read(line, journal->arena, &is_log, out);
        if (e != NULL && faults != NULL)
            log_fault(faults, "the journal, after leaf %lld: %s", (long long)journal->size,
                      e->detail);
        else if (e == NULL && !is_log && decisions != NULL && is_decision(line))
            buf_put(decisions, (struct str){line.ptr, line.len + 1});
        err_forget(before);
        if (e == NULL && is_log && follows(journal, out, faults))
            return NULL;
    }
}

/* --- leaves */

struct log_leaves {
    const struct log_truth *truth;
    int64_t next;
    struct tile_place place; /* of the tile at hand */
    bool lacking;
    struct sha256 hashes[TILE_WIDTH];
    struct uuid ids[TILE_WIDTH];
    struct log_journal *journal;
    struct log_batch batch;
    int64_t batch_end;
};

struct log_leaves *log_leaves_new(const struct log_truth *truth)
{
    struct log_leaves *leaves = must_calloc(1, sizeof *leaves);
    leaves->truth = truth;
    if (truth->kind == LOG_OF_JOURNAL)
        leaves->journal = log_journal_new(truth->folder);
    return leaves;
}

void log_leaves_free(struct log_leaves *leaves)
{
    log_journal_free(leaves->journal);
    free(leaves);
}

const struct tile_place *log_leaves_lack(const struct log_leaves *leaves)
{
    return leaves->lacking && leaves->next % TILE_WIDTH == 1 ? &leaves->place : NULL;
}

static bool read_entries(struct log_leaves *leaves)
{
    char bytes[TILE_WIDTH * RECORD];
    int width = leaves->place.width;
    if (!log_tile_read(leaves->truth->folder, &leaves->place, (size_t)width * RECORD, bytes))
        return false;
    for (int i = 0; i < width; i++)
        leaves->hashes[i] = tree_leaf((struct str){bytes + i * RECORD + LENGTH, LOG_RECORD});
    return true;
}

static bool read_hashes(struct log_leaves *leaves)
{
    return log_tile_read(leaves->truth->folder, &leaves->place,
                         (size_t)leaves->place.width * TILE_HASH, (char *)leaves->hashes);
}

/* The tile that begins with the next leaf. */
static void read_tile(struct log_leaves *leaves)
{
    const struct log_truth *truth = leaves->truth;
    bool entries = truth->kind == LOG_OF_ENTRIES;
    struct tile_place place = {.number = leaves->next / TILE_WIDTH};
    place.width = tile_width(0, place.number, truth->size);
    place.kind = TILE_IDS;
    if (!log_tile_read(truth->folder, &place, (size_t)place.width * LOG_ID, (char *)leaves->ids))
        memset(leaves->ids, 0, sizeof leaves->ids);
    place.kind = entries ? TILE_ENTRIES : TILE_HASHES;
    leaves->place = place;
    leaves->lacking = !(entries ? read_entries(leaves) : read_hashes(leaves));
    if (leaves->lacking)
        memset(leaves->hashes, 0, sizeof leaves->hashes);
}

static bool next_of_journal(struct log_leaves *leaves, struct log_leaf *out)
{
    bool more = true;
    if (leaves->next == leaves->batch_end) {
        const struct err *before = err_mark();
        bool gone = log_journal_next(leaves->journal, NULL, NULL, &leaves->batch, &more) != NULL;
        err_forget(before);
        if (gone || !more)
            return false;
        leaves->batch_end += (int64_t)log_batch_rows(&leaves->batch);
    }
    struct sha256 commitment;
    size_t i = (size_t)(leaves->next++ - leaves->batch.from);
    memcpy(commitment.bytes, leaves->batch.commitments.raw.ptr + i * TILE_HASH, TILE_HASH);
    memcpy(&out->id, leaves->batch.ids.raw.ptr + i * LOG_ID, LOG_ID);
    out->hash = log_leaf(commitment);
    return true;
}

bool log_leaves_next(struct log_leaves *leaves, struct log_leaf *out)
{
    if (leaves->next == leaves->truth->size)
        return false;
    if (leaves->truth->kind == LOG_OF_JOURNAL)
        return next_of_journal(leaves, out);
    int64_t at = leaves->next % TILE_WIDTH;
    if (at == 0)
        read_tile(leaves);
    *out = (struct log_leaf){leaves->hashes[at], leaves->ids[at]};
    leaves->next++;
    return true;
}
