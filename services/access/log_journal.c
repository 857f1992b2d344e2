/* The log's lines in the journal. They are no facts: replay.c passes them by, and who seals carries
 * out, under the lock on the region's log, those that the database does not know. */
#include "services/access/log.h"
#include "text/json.h"

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
static const struct field entry_fields[] = {
    FIELD(struct entry, log, OPTIONAL, .max = JOURNAL_LINE_MAX), FIELDS_END};

const struct field log_state_fields[] = {
    FIELD(struct log_state, key, REQUIRED),        FIELD(struct log_state, size, REQUIRED),
    FIELD(struct log_state, checkpoint, OPTIONAL), FIELD(struct log_state, sealed_at, OPTIONAL),
    FIELD(struct log_state, line, OPTIONAL),       FIELD(struct log_state, file, REQUIRED),
    FIELD(struct log_state, offset, REQUIRED),     FIELDS_END};

void log_line_print(const struct log_batch *batch, struct buf *out)
{
    buf_put(out, S("{\"log\":"));
    json_write(batch_fields, batch, out);
    buf_byte(out, '}');
}

static struct err *read_entry(struct str text, struct arena *arena, bool *out_ours,
                              struct log_batch *out)
{
    struct entry entry = {0};
    struct str json = {0};
    TRY(json_member(text, "entry", arena, &json));
    TRY(json_read(json, entry_fields, JSON_IGNORE_UNKNOWN, "", arena, &entry));
    *out_ours = entry.log.text.ptr != NULL;
    if (!*out_ours)
        return NULL;
    TRY(json_read(entry.log.text, batch_fields, JSON_REFUSE_UNKNOWN, "log", arena, out));
    size_t rows = out->ids.raw.len / LOG_ID;
    return rows == 0 || rows > LOG_BATCH_MAX || out->ids.raw.len != rows * LOG_ID ||
                   out->commitments.raw.len != rows * TILE_HASH
               ? err_new(ERR_CORRUPT, "a line of the log in the journal is none")
               : NULL;
}

struct err *log_line_next(const struct vault *vault, struct str tenant, struct journal_place *place,
                          struct arena *arena, struct log_line *out, bool *out_more)
{
    for (;;) {
        autobuf struct buf text = buf_new(JOURNAL_LINE_MAX);
        struct journal_place before = *place;
        bool ours = false;
        TRY(journal_next(vault->locations[0], tenant, place, &out->id, &text, out_more));
        if (!*out_more)
            return NULL;
        TRY(read_entry(arena_str(arena, buf_str(&text)), arena, &ours, &out->batch));
        /* A line that begins a file was looked for behind the end of the one before. */
        out->place = place->file == before.file ? before : (struct journal_place){place->file, 0};
        if (ours)
            return NULL;
    }
}

struct err *log_line_newest(const struct vault *vault, struct str tenant,
                            const struct log_state *state, struct arena *arena,
                            struct journal_place *out_behind)
{
    struct log_line line = {0};
    bool more = false;
    *out_behind = (struct journal_place){(uint32_t)state->file, (uint64_t)state->offset};
    if (uuid_is_nil(state->line))
        return NULL;
    TRY(log_line_next(vault, tenant, out_behind, arena, &line, &more));
    int64_t rows = (int64_t)(line.batch.ids.raw.len / LOG_ID);
    return more && uuid_equal(line.id, state->line) && line.batch.from + rows == state->size &&
                   str_equal(line.batch.checkpoint, state->checkpoint)
               ? NULL
               : err_rule(ERR_CORRUPT, "log_contradicts",
                          "the journal does not have the newest line of the log that the database "
                          "knows");
}
