/* Sealing: one transaction that holds the region's row of access.log.
 *
 * Under that lock the journal is read from the newest line that the database knows on. A line
 * behind it was written by somebody who died before the commit, or the database is an older copy:
 * it is carried out as it stands, so no leaf is given twice and no two checkpoints contradict each
 * other. Only when there is none are rows that are not sealed numbered and told in lines of their
 * own, some lines at a time, which are durable before the commit that publishes them. */
#include "services/access/log.h"

#include "base/fault.h"
#include "base/log.h"

static const size_t SEAL_ARENA = (size_t)1 << 28;
static const size_t ROWS_ARENA = (size_t)1 << 31; /* LOG_BATCH_MAX of the largest kind */

/* Lines that a transaction carries out, and that it seals: the more, the fewer flushes and round
 * trips a row costs, and the longer the first of them waits for the last. */
enum { LINES_AT_ONCE = 100, LINES_SEALED = 4 };

struct sealing {
    const struct vault *vault;
    struct db *db;
    struct arena *arena;
    struct arena *rows; /* of one line */
    struct str tenant;
    const struct house *house;
    struct log_signers signers;
    struct str own_key; /* of the first of them */
    struct str key;     /* by which the newest checkpoint is signed */
    struct log_state state;
    struct tree_growth growth;
    struct journal_place behind; /* the newest line that the database knows */
    struct instant now;
};

static struct err *contradicts(const char *what)
{
    return err_rule(ERR_CORRUPT, "log_contradicts", "%s", what);
}

/* --- what is known */

static struct err *hold(const struct sealing *s, struct rows *out)
{
    return db_rows(s->db, &access_log_hold, log_state_fields, sizeof(struct log_state), s->arena,
                   out, NO_VALUES);
}

static struct err *load_state(struct sealing *s)
{
    struct rows rows = {0};
    autobuf struct buf key = buf_new(NOTE_KEY_MAX);
    note_key_print(&s->signers.at[0], &key);
    s->own_key = arena_str(s->arena, buf_str(&key));
    TRY(hold(s, &rows));
    if (rows.count == 0) { /* the region's first */
        TRY(db_run(s->db, &access_log_begin, VALUES(V(s->own_key))));
        TRY(hold(s, &rows));
    }
    if (rows.count == 0)
        return ERR_BUG_AT("the log of %.*s has no row", STR_ARG(s->tenant));
    s->state = *ROW(struct log_state, rows, 0);
    s->key = s->state.key;
    return NULL;
}

/* Has our key signed, or the one before ours? Then that one hands over. */
static struct err *check_key(const struct sealing *s, bool *out_hands_over)
{
    autobuf struct buf before = buf_new(NOTE_KEY_MAX);
    *out_hands_over = false;
    if (str_equal(s->key, s->own_key))
        return NULL;
    if (s->signers.count > 1)
        note_key_print(&s->signers.at[1], &before);
    *out_hands_over = s->signers.count > 1 && str_equal(s->key, buf_str(&before));
    return *out_hands_over
               ? NULL
               : contradicts("the log was signed by another key than the one in R7_LOG_KEYS");
}

static struct err *load_edge(struct sealing *s)
{
    struct tile *edge = ARENA_ARRAY(s->arena, struct tile, TILE_LEVELS);
    struct rows rows = {0};
    size_t count = tree_edge(s->state.size, edge);
    struct log_tile_names names = log_tile_names(edge, count, s->arena);
    TRY(db_rows(s->db, &access_log_tiles, log_tile_fields, sizeof(struct log_tile_row), s->arena,
                &rows, VALUES(V(names.levels), V(names.numbers))));
    log_tiles_fill(edge, count, &rows);
    return tree_growth_begin(&s->growth, s->state.size, edge, count, s->arena);
}

/* The tree must be the one that was signed before more is put to it. */
static struct err *check_root(const struct sealing *s, struct str checkpoint)
{
    struct checkpoint told;
    TRY(checkpoint_open(checkpoint, s->key, &told));
    return told.size == s->growth.size && sha256_equal(told.root, tree_growth_root(&s->growth))
               ? NULL
               : contradicts("the tiles in the database do not make the root that was signed");
}

static struct err *load(struct sealing *s)
{
    TRY(load_state(s));
    TRY(log_line_newest(s->vault, s->tenant, &s->state, s->arena, &s->behind));
    TRY(load_edge(s));
    return s->state.size > 0 ? check_root(s, s->state.checkpoint) : NULL;
}

/* --- rows */

static struct err *put_tiles(struct sealing *s)
{
    struct log_tile_values tiles = log_tile_values(s->growth.touched, s->growth.count, s->arena);
    TRY(db_run(
        s->db, &access_log_put_tiles,
        VALUES(V(tiles.names.levels), V(tiles.names.numbers), V(tiles.widths), V(tiles.hashes))));
    tree_growth_forget(&s->growth);
    return NULL;
}

static void grow(struct sealing *s, struct str commitments)
{
    for (size_t at = 0; at < commitments.len; at += TILE_HASH) {
        struct sha256 commitment;
        memcpy(commitment.bytes, commitments.ptr + at, TILE_HASH);
        tree_growth_add(&s->growth, log_leaf(commitment));
    }
}

/* Entries, tiles and checkpoint of lines that follow each other, of which this is the last; the
 * tree has grown by them already. `all`: the rows of them all. */
static struct err *put_lines(struct sealing *s, const struct log_batch *all,
                             const struct log_line *last, struct str next_key)
{
    const struct log_batch *batch = &last->batch;
    TRY(db_run(s->db, &access_log_put_entries,
               VALUES(V(all->from), V(all->commitments), V(all->ids))));
    TRY(put_tiles(s));
    if (next_key.len > 0) {
        TRY(db_run(
            s->db, &access_log_put_key_change,
            VALUES(V(s->growth.size), V(s->key), V(next_key), V(batch->checkpoint), V(batch->at))));
        s->key = next_key;
    }
    return db_run(s->db, &access_log_end,
                  VALUES(V(s->growth.size), V(batch->checkpoint), V(batch->at), V(last->id),
                         V((int64_t)last->place.file), V((int64_t)last->place.offset), V(s->key)));
}

/* --- lines whose rows are missing */

static struct err *mark_rows(const struct sealing *s, const struct log_batch *batch)
{
    size_t rows = log_batch_rows(batch);
    struct uuid *ids = ARENA_ARRAY(s->arena, struct uuid, rows);
    memcpy(ids, batch->ids.raw.ptr, rows * LOG_ID);
    return db_run(s->db, &access_log_mark,
                  VALUES(V(((struct uuids){ids, rows})), V(batch->from), V(batch->at)));
}

static struct err *carry_out(struct sealing *s, const struct log_line *line)
{
    if (line->batch.from != s->growth.size)
        return contradicts("the journal's next line of the log is not the next");
    struct checkpoint told = {0};
    grow(s, line->batch.commitments.raw);
    TRY(check_root(s, line->batch.checkpoint));
    TRY(checkpoint_open(line->batch.checkpoint, s->key, &told));
    if (told.next_key.len > 0)
        TRY(checkpoint_hand_over(line->batch.checkpoint, s->key, &told));
    TRY(mark_rows(s, &line->batch));
    TRY(put_lines(s, &line->batch, line, told.next_key));
    log_warning("a line of the sealed log was carried out", kv("line", line->id),
                kv("region", s->tenant), kv("from", line->batch.from));
    return NULL;
}

/* What the journal has and the database has not, some lines at a time. */
static struct err *carry_out_lines(struct sealing *s, bool *out_done)
{
    struct journal_place place = s->behind;
    struct journal_place end;
    struct log_line line = {0};
    TRY(log_line_next(s->vault, s->tenant, &place, s->arena, &line, out_done));
    if (!*out_done)
        return NULL;
    TRY(journal_end(s->vault, s->tenant, &end)); /* it may not be durable yet */
    bool more = true;
    for (size_t lines = 0; more && lines < LINES_AT_ONCE; lines++) {
        TRY(carry_out(s, &line));
        TRY(log_line_next(s->vault, s->tenant, &place, s->arena, &line, &more));
    }
    return NULL;
}

/* --- rows that are not sealed */

/* Lines that one transaction seals, their rows one behind the other. */
struct sealed {
    int64_t from;
    char *ids;
    char *commitments;
    size_t rows;
    struct log_line lines[LINES_SEALED]; /* each of some of the rows */
    size_t count;
    struct str next_key; /* that the last of them hands over to; or absent */
};

static struct log_batch rows_from(const struct sealing *s, const struct sealed *sealed,
                                  int64_t from)
{
    size_t first = (size_t)(from - sealed->from);
    size_t rows = sealed->rows - first;
    return (struct log_batch){
        .from = from,
        .at = s->now,
        .ids = {{sealed->ids + first * LOG_ID, rows * LOG_ID}},
        .commitments = {{sealed->commitments + first * TILE_HASH, rows * TILE_HASH}}};
}

/* Puts each row where its leaf is. CONFLICT: their leaves are not the next ones, each once, as
 * others have changed a row meanwhile. */
static struct err *take_rows(const struct sealing *s, const struct rows *rows, struct sealed *out)
{
    char *ids = out->ids + out->rows * LOG_ID;
    char *commitments = out->commitments + out->rows * TILE_HASH;
    for (size_t i = 0; i < rows->count; i++) {
        const struct tlog_row *row = ROW(struct tlog_row, *rows, i);
        struct uuid there = {0};
        size_t at = (size_t)(row->leaf - s->growth.size);
        if (at < rows->count)
            memcpy(&there, ids + at * LOG_ID, LOG_ID);
        if (at >= rows->count || !uuid_is_nil(there))
            return err_new(ERR_CONFLICT, "rows of the log were changed while they were sealed");
        struct sha256 commitment = log_commitment(row, s->tenant);
        memcpy(ids + at * LOG_ID, row->id.bytes, LOG_ID);
        memcpy(commitments + at * TILE_HASH, commitment.bytes, TILE_HASH);
    }
    out->rows += rows->count;
    return NULL;
}

/* A line of rows that are not sealed yet. `out_more` false: there are no others now, or it hands
 * over to another key and so is the last. */
static struct err *seal_line(struct sealing *s, struct sealed *out, bool *out_more)
{
    autobuf struct buf checkpoint = buf_new(NOTE_MAX);
    struct rows rows = {0};
    bool hands_over = false;
    TRY(check_key(s, &hands_over));
    arena_reset(s->rows);
    TRY(db_rows(s->db, &access_log_number, tlog_row_fields, sizeof(struct tlog_row), s->rows, &rows,
                VALUES(V(s->growth.size), V(s->now))));
    *out_more = rows.count == LOG_BATCH_MAX && !hands_over;
    if (rows.count == 0)
        return NULL;
    TRY(take_rows(s, &rows, out));
    struct log_line *line = &out->lines[out->count++];
    *line = (struct log_line){.id = uuid_random(), .batch = rows_from(s, out, s->growth.size)};
    grow(s, line->batch.commitments.raw);
    out->next_key = hands_over ? s->own_key : (struct str){0};
    const struct checkpoint next = {
        .size = s->growth.size, .root = tree_growth_root(&s->growth), .next_key = out->next_key};
    checkpoint_sign(&next, s->signers.at, hands_over ? 2 : 1, &checkpoint);
    line->batch.checkpoint = arena_str(s->arena, buf_str(&checkpoint));
    return NULL;
}

/* The next line of the log in the journal must be the first of ours. */
static struct err *check_first(const struct sealing *s, struct uuid id)
{
    struct journal_place place = s->behind;
    struct log_line line = {0};
    bool more = false;
    TRY(log_line_next(s->vault, s->tenant, &place, s->arena, &line, &more));
    return more && uuid_equal(line.id, id)
               ? NULL
               : contradicts("the journal has a line of the log that nobody wrote");
}

/* Appends the lines and tells them where they begin. */
static struct err *append_lines(const struct sealing *s, struct log_line *lines, size_t count)
{
    struct journal_entry entries[LINES_SEALED];
    for (size_t i = 0; i < count; i++) {
        autobuf struct buf text = buf_new(JOURNAL_LINE_MAX);
        log_batch_print(&lines[i].batch, &text);
        TRY(buf_done(&text, "the journal's line"));
        entries[i] =
            (struct journal_entry){.id = lines[i].id, .entry = arena_str(s->arena, buf_str(&text))};
    }
    FAULT("access.before_seal");
    TRY(journal_append_all(s->vault, s->tenant, entries, count));
    FAULT("access.after_seal");
    for (size_t i = 0; i < count; i++)
        lines[i].place = entries[i].place;
    return check_first(s, lines[0].id);
}

static struct err *seal_rows(struct sealing *s, bool *out_done)
{
    const size_t most = (size_t)LINES_SEALED * LOG_BATCH_MAX;
    struct sealed sealed = {.from = s->growth.size,
                            .ids = arena_alloc(s->arena, most, LOG_ID),
                            .commitments = arena_alloc(s->arena, most, TILE_HASH)};
    for (bool more = true; more && sealed.count < LINES_SEALED;)
        TRY(seal_line(s, &sealed, &more));
    *out_done = sealed.count > 0;
    if (sealed.count == 0)
        return NULL;
    TRY(append_lines(s, sealed.lines, sealed.count));
    const struct log_batch all = rows_from(s, &sealed, sealed.from);
    return put_lines(s, &all, &sealed.lines[sealed.count - 1], sealed.next_key);
}

/* Inside the transaction. */
static struct err *seal(struct sealing *s, bool *out_done)
{
    TRY(load(s));
    TRY(carry_out_lines(s, out_done));
    if (!*out_done)
        TRY(seal_rows(s, out_done));
    TRY(db_commit(s->db));
    return s->signers.count > 1 && str_equal(s->key, s->own_key)
               ? log_signers_settle(s->house, s->tenant, s->arena)
               : NULL;
}

struct err *log_seal(const struct house *house, struct worker *worker, int32_t tenant,
                     bool *out_done)
{
    autoarena struct arena *arena = arena_new(SEAL_ARENA);
    autoarena struct arena *rows = arena_new(ROWS_ARENA);
    struct sealing s = {.vault = worker_vault(worker),
                        .db = worker_db(worker),
                        .arena = arena,
                        .rows = rows,
                        .now = worker_now(worker),
                        .house = house};
    *out_done = false;
    TRY(worker_tenant(worker, tenant, &s.tenant));
    TRY(log_signers(house, s.tenant, arena, &s.signers));
    TRY(db_begin(s.db, tenant));
    struct err *e = seal(&s, out_done);
    if (e != NULL)
        *out_done = false;
    db_rollback(s.db);
    return err_wrap(e, "the log of %.*s is not sealed", STR_ARG(s.tenant));
}

/* One region's fault keeps no other waiting. */
static struct err *seal_each(const struct house *house, struct worker *worker, const int32_t *ids,
                             size_t count, bool *out_done)
{
    struct err *last = NULL;
    for (size_t i = 0; i < count && !db_is_lost(worker_db(worker)); i++) {
        bool some = false;
        struct err *e = log_seal(house, worker, ids[i], &some);
        *out_done = *out_done || some;
        if (e != NULL && last != NULL)
            log_error("a log is not sealed", last);
        last = e != NULL ? e : last;
    }
    return last;
}

struct err *log_look_all(const struct house *house, struct worker *worker,
                         const struct rows *tenants)
{
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    int32_t *ids = ARENA_ARRAY(arena, int32_t, tenants->count + 1);
    bool some = false;
    for (size_t i = 0; i < tenants->count; i++)
        ids[i] = ROW(struct tenant_row, *tenants, i)->id;
    return seal_each(house, worker, ids, tenants->count, &some);
}

struct unsealed_row {
    int32_t id;
};
static const struct field unsealed_fields[] = {FIELD(struct unsealed_row, id, REQUIRED),
                                               FIELDS_END};

struct err *log_duty(const struct house *house, struct worker *worker, struct arena *arena,
                     bool *out_done)
{
    struct rows rows = {0};
    struct load *load = load_new(worker_db(worker), 0, arena);
    LOAD(load, &access_log_unsealed, unsealed_fields, struct unsealed_row, &rows);
    TRY(load_run(load));
    int32_t *ids = ARENA_ARRAY(arena, int32_t, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++)
        ids[i] = ROW(struct unsealed_row, rows, i)->id;
    return seal_each(house, worker, ids, rows.count, out_done);
}
