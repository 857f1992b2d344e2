/* Lines of the sealed log, to and from the journal. */
#include "tlog/batch.h"
#include "base/base.h"
#include "text/json.h"
#include "tlog/note.h"
#include "tlog/tree.h"

enum { ENTRY_MAX = 64 * 1024 };

static const struct field batch_fields[] = {
    FIELD(struct log_batch, from, REQUIRED, .max = TREE_SIZE_MAX - 1),
    FIELD(struct log_batch, at, REQUIRED),
    FIELD(struct log_batch, checkpoint, REQUIRED, .max = NOTE_MAX),
    FIELD(struct log_batch, ids, REQUIRED),
    FIELD(struct log_batch, commitments, REQUIRED),
    FIELDS_END};

struct entry {
    struct json_text log;
};
static const struct field entry_fields[] = {FIELD(struct entry, log, OPTIONAL, .max = ENTRY_MAX),
                                            FIELDS_END};

size_t log_batch_rows(const struct log_batch *batch)
{
    return batch->ids.raw.len / LOG_ID;
}

void log_batch_print(const struct log_batch *batch, struct buf *out)
{
    buf_put(out, S("{\"log\":"));
    json_write(batch_fields, batch, out);
    buf_byte(out, '}');
}

struct err *log_batch_read(struct str line, struct arena *arena, bool *out_is_log,
                           struct log_batch *out)
{
    struct entry entry = {0};
    struct str json = {0};
    TRY(json_member(line, "entry", arena, &json));
    TRY(json_read(json, entry_fields, JSON_IGNORE_UNKNOWN, "", arena, &entry));
    *out_is_log = entry.log.text.ptr != NULL;
    if (!*out_is_log)
        return NULL;
    TRY(json_read(entry.log.text, batch_fields, JSON_REFUSE_UNKNOWN, "log", arena, out));
    size_t rows = log_batch_rows(out);
    return rows == 0 || rows > LOG_BATCH_MAX || out->from < 0 ||
                   out->ids.raw.len != rows * LOG_ID || out->commitments.raw.len != rows * TILE_HASH
               ? err_new(ERR_CORRUPT, "a line of the log in the journal is none")
               : NULL;
}
