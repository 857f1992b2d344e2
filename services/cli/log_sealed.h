/* r7 log: a region's sealed disclosure log, fetched and verified (libcommon/tlog/). */
#pragma once

#include "cli.h"
#include "tlog/batch.h"
#include "tlog/note.h"
#include "tlog/row.h"
#include "tlog/tile_path.h"
#include "tlog/tree.h"

/* What was found wrong; each is printed as it is found, at most LOG_FAULTS_TOLD of them. */
enum { LOG_FAULTS_TOLD = 10000 };
struct log_faults {
    size_t count;
};
void log_fault(struct log_faults *faults, const char *text, ...)
    __attribute__((format(printf, 2, 3)));

/* Counts so many more without a word each. */
void log_faults_more(struct log_faults *faults, int64_t count);

/* --- the keys that checkpoints are believed by (log_keys.c) */
enum { LOG_KEYS_MAX = 100 };
struct log_keys {
    struct str at[LOG_KEYS_MAX];
    size_t count;
};
MUST_USE struct err *log_keys_add(struct log_keys *keys, struct str key); /* once; borrowed */
/* As checkpoint_open, by any of them. A checkpoint by which one hands over to the next adds that
 * one, in the arena. CORRUPT also when it names a next key that has not signed. */
MUST_USE struct err *log_keys_open(struct log_keys *keys, struct str note, struct arena *arena,
                                   struct checkpoint *out);
/* Follows what a region tells of its keys (schema log_key_changes), oldest first, and gives those
 * checkpoints. CORRUPT: one is not signed by a key that is believed by then. */
MUST_USE struct err *log_keys_follow(struct log_keys *keys, struct str changes, struct arena *arena,
                                     struct checkpoint **out, size_t *out_count);

/* --- the tree, as told by tiles or by the journal. Its leaves are read one after another, as often
 * as they are needed: none of what follows takes memory for each of them. */
enum log_truth_kind { LOG_OF_ENTRIES, LOG_OF_HASHES, LOG_OF_JOURNAL };
struct log_truth {
    enum log_truth_kind kind;
    const char *folder; /* of the tiles, or of the journal; borrowed */
    int64_t size;
    struct buf decisions; /* the journal's lines on removing old rows; of LOG_OF_JOURNAL */
};
/* Does the journal have a decision of that id? True when there is no journal to ask. */
bool log_truth_has_decision(const struct log_truth *truth, struct str id);
void log_truth_free(struct log_truth *truth);
/* Of a folder in the layout of tlog-tiles, for a tree of the checkpoint's size. What in it does not
 * make the checkpoint's root is told as faults; the leaves are those that do, if any do. `against`
 * (or NULL): a truth that the folder is compared with, leaf by leaf. */
struct log_truth log_truth_of_tiles(const char *folder, const struct checkpoint *checkpoint,
                                    const struct log_truth *against, struct log_faults *faults);
/* Of the files of a region's journal in one location. Each line's checkpoint must be signed by the
 * keys, to which those are added that they hand over to, and made of the leaves up to it. */
MUST_USE struct err *log_truth_of_journal(const char *folder, struct log_keys *keys,
                                          struct arena *arena, struct log_faults *faults,
                                          struct log_truth *out);
/* Of its first so many leaves. */
struct sha256 log_truth_root(const struct log_truth *truth, int64_t size);

/* --- its leaves, from the first (log_leaves.c) */
struct log_leaf {
    struct sha256 hash; /* zeros where the folder lacks it */
    struct uuid id;     /* of the row; nil where nothing tells it */
};
struct log_leaves;
struct log_leaves *log_leaves_new(const struct log_truth *truth);
void log_leaves_free(struct log_leaves *leaves);
/* False behind the last; also when a journal that was there is gone. */
bool log_leaves_next(struct log_leaves *leaves, struct log_leaf *out);
/* The tile that the leaf told last is of; NULL unless it is the tile's first and the folder lacks
 * the tile, or has it in another length. */
const struct tile_place *log_leaves_lack(const struct log_leaves *leaves);
/* Reads FOLDER/PATH of `length` bytes; false when it is not there or has another length. */
bool log_tile_read(const char *folder, const struct tile_place *place, size_t length, char *out);

/* --- the journal's lines (log_leaves.c) */
struct log_journal;
struct log_journal *log_journal_new(const char *folder);
void log_journal_free(struct log_journal *journal);
/* The next batch of rows, each once, one behind the other; `out` borrows from the journal until the
 * next call. With faults what is no such line is told and passed by, and the lines of decisions are
 * put to `decisions`; without (both NULL) nothing is said. STORAGE when the first file is not
 * there. */
MUST_USE struct err *log_journal_next(struct log_journal *journal, struct log_faults *faults,
                                      struct buf *decisions, struct log_batch *out, bool *out_more);

/* --- rows against it (log_rows.c) */
struct log_rows;
struct log_rows *log_rows_new(const struct log_truth *truth, struct log_faults *faults);
void log_rows_free(struct log_rows *rows);
/* One after another, in the order of the extract: by rising leaf, or they do not fit. */
void log_rows_add(struct log_rows *rows, const struct log_told *told);
/* After the last: what does not fit is named, and what is missing; of the first LOG_FAULTS_TOLD
 * that do not fit, and the others are counted. `out_right`: how many rows were right, and
 * `out_removed` how many of them were removed by decision. STORAGE: the journal was gone before all
 * of it was read. */
MUST_USE struct err *log_rows_end(struct log_rows *rows, int64_t *out_right, int64_t *out_removed);
