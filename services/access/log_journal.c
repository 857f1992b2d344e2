/* The log's lines in the journal. They are no facts: replay.c passes them by, and who seals carries
 * out, under the lock on the region's log, those that the database does not know. */
#include "services/access/log.h"

const struct field log_state_fields[] = {
    FIELD(struct log_state, key, REQUIRED),        FIELD(struct log_state, size, REQUIRED),
    FIELD(struct log_state, checkpoint, OPTIONAL), FIELD(struct log_state, sealed_at, OPTIONAL),
    FIELD(struct log_state, line, OPTIONAL),       FIELD(struct log_state, file, REQUIRED),
    FIELD(struct log_state, offset, REQUIRED),     FIELDS_END};

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
        TRY(log_batch_read(arena_str(arena, buf_str(&text)), arena, &ours, &out->batch));
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
    int64_t rows = (int64_t)log_batch_rows(&line.batch);
    return more && uuid_equal(line.id, state->line) && line.batch.from + rows == state->size &&
                   str_equal(line.batch.checkpoint, state->checkpoint)
               ? NULL
               : err_rule(ERR_CORRUPT, "log_contradicts",
                          "the journal does not have the newest line of the log that the database "
                          "knows");
}
