/* What one line of a region's journal tells of its sealed log, {"log":{…}}: so many rows, by id,
 * with their commitments, from this leaf on; and the checkpoint of the tree with them. Whoever has
 * the journal can make the whole tree again. */
#pragma once

#include "base/field.h"

/* A line of the journal has room for so many rows. A macro, as a statement's text has it too. */
#define LOG_BATCH_MAX 900
enum { LOG_ID = 16 };

struct log_batch {
    int64_t from;
    struct instant at;
    struct str checkpoint;
    struct bytes ids;         /* LOG_ID bytes each */
    struct bytes commitments; /* 32 bytes each */
};
size_t log_batch_rows(const struct log_batch *batch);
/* The journal's entry. */
void log_batch_print(const struct log_batch *batch, struct buf *out);
/* Reads a whole line of the journal (vault/journal.h). `out_is_log` false: it tells of something
 * else. INVALID, CORRUPT: it begins as one of the log and is none. */
MUST_USE struct err *log_batch_read(struct str line, struct arena *arena, bool *out_is_log,
                                    struct log_batch *out);
