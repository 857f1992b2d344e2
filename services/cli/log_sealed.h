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

/* --- the tree, as told by tiles or by the journal (log_truth.c); freed with log_truth_free */
struct log_truth {
    int64_t size;
    struct sha256 *leaves;
    struct uuid *ids;     /* of rows; nil where nothing tells it */
    struct buf decisions; /* the journal's lines on removing old rows … */
    bool has_journal;     /* … when it was read */
};
/* Does the journal have a decision of that id? True when there is no journal to ask. */
bool log_truth_has_decision(const struct log_truth *truth, struct str id);
void log_truth_free(struct log_truth *truth);
/* Of a folder in the layout of tlog-tiles, for a tree of the checkpoint's size. What in it does not
 * make the checkpoint's root is told as faults; the leaves are those that do, if any do. `against`
 * (or NULL): a truth that the folder is compared with, leaf by leaf. */
MUST_USE struct err *log_truth_of_tiles(const char *folder, const struct checkpoint *checkpoint,
                                        const struct log_truth *against, struct log_faults *faults,
                                        struct log_truth *out);
/* Of the files of a region's journal in one location. Each line's checkpoint must be signed by the
 * key, and made of the leaves up to it. */
MUST_USE struct err *log_truth_of_journal(const char *folder, struct str key,
                                          struct log_faults *faults, struct log_truth *out);
struct sha256 log_truth_root(const struct log_truth *truth, int64_t size);

/* --- rows against it (log_rows.c) */
struct log_rows;
struct log_rows *log_rows_new(const struct log_truth *truth, struct log_faults *faults);
void log_rows_free(struct log_rows *rows);
/* One after another, in the order of the extract. */
void log_rows_add(struct log_rows *rows, const struct log_told *told);
/* After the last: what does not fit is named, and what is missing. Returns how many rows were
 * right; `out_removed`: how many of them were removed by decision. */
int64_t log_rows_end(struct log_rows *rows, int64_t *out_removed);
