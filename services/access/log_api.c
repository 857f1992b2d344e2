/* The sealed log to who may read it: anybody with an account in the region sees key, checkpoint,
 * tiles and proofs, which tell nothing of anybody; its reviewers and administrators also the rows
 * with all that is about somebody withheld, for r7 log verify. */
#include "services/access/log.h"

#include "text/json.h"

enum { ROWS_MOST = 1000, RECORD_LENGTH = 2 };

static struct err *check_reader(struct request *request)
{
    struct subject subject;
    TRY(subject_load(request, &subject));
    return permission_in_force(subject.permission.active, request->now)
               ? NULL
               : err_new(ERR_FORBIDDEN, "the account has ended");
}

static struct err *no_log(void)
{
    return err_new(ERR_NOT_FOUND, "nothing of the region's log is sealed yet");
}

/* Waits for who is sealing, so that what it says is the newest there is. */
static struct err *load_held(struct request *request, struct log_state *out)
{
    struct rows rows = {0};
    TRY(db_begin(request->db, request->tenant));
    struct err *e = db_rows(request->db, &access_log_look, log_state_fields,
                            sizeof(struct log_state), request->arena, &rows, NO_VALUES);
    if (e == NULL)
        e = db_commit(request->db);
    db_rollback(request->db);
    TRY(e);
    if (rows.count == 0)
        return no_log();
    *out = *ROW(struct log_state, rows, 0);
    return NULL;
}

struct err *log_get_key(struct request *request, struct http_reply *reply)
{
    struct log_state state;
    TRY(check_reader(request));
    TRY(load_held(request, &state));
    buf_put(request->out, state.key);
    buf_byte(request->out, '\n');
    reply->content_type = "text/plain; charset=utf-8";
    return NULL;
}

struct key_change {
    int64_t size;
    struct str before;
    struct str key;
    struct str checkpoint;
    struct instant changed_at;
};
static const struct field key_change_fields[] = {
    FIELD(struct key_change, size, REQUIRED),       FIELD(struct key_change, before, REQUIRED),
    FIELD(struct key_change, key, REQUIRED),        FIELD(struct key_change, checkpoint, REQUIRED),
    FIELD(struct key_change, changed_at, REQUIRED), FIELDS_END};

struct err *log_get_key_changes(struct request *request, struct http_reply *reply)
{
    struct rows rows = {0};
    TRY(check_reader(request));
    TRY(request_rows(request, &access_log_key_changes, key_change_fields, sizeof(struct key_change),
                     &rows, NO_VALUES));
    buf_put(request->out, S("{\"changes\":"));
    json_write_list(key_change_fields, rows.at, sizeof(struct key_change), rows.count,
                    request->out);
    buf_byte(request->out, '}');
    reply->content_type = "application/json";
    return NULL;
}

/* The vault may know a newer one than a database that was put back to an earlier copy: then none is
 * told before the lines in between are carried out. */
static struct err *check_newest(struct request *request, const struct log_state *state)
{
    struct str tenant = {0};
    struct journal_place place;
    struct log_line line;
    bool more = false;
    const struct vault *vault = worker_vault(request->worker);
    TRY(worker_tenant(request->worker, request->tenant, &tenant));
    struct err *e = log_line_newest(vault, tenant, state, request->arena, &place);
    if (e == NULL)
        e = log_line_next(vault, tenant, &place, request->arena, &line, &more);
    return e != NULL ? err_private(err_new(ERR_TRANSIENT, "the log in the database is not the "
                                                          "journal's: no checkpoint is told"),
                                   "%s", e->detail)
           : more    ? err_new(ERR_TRANSIENT, "the log is being brought up to the journal")
                     : NULL;
}

struct err *log_get_checkpoint(struct request *request, struct http_reply *reply)
{
    struct log_state state;
    TRY(check_reader(request));
    TRY(load_held(request, &state));
    /* A line that is being written now is not the database's yet: it is looked at once more. */
    struct err *e = check_newest(request, &state);
    if (e != NULL) {
        TRY(load_held(request, &state));
        TRY(check_newest(request, &state));
    }
    if (state.size == 0)
        return no_log();
    buf_put(request->out, state.checkpoint);
    reply->content_type = "text/plain; charset=utf-8";
    return NULL;
}

/* --- tiles */

static struct err *load_tiles(struct request *request, struct tile *tiles, size_t count)
{
    struct rows rows = {0};
    struct log_tile_names names = log_tile_names(tiles, count, request->arena);
    TRY(request_rows(request, &access_log_tiles, log_tile_fields, sizeof(struct log_tile_row),
                     &rows, VALUES(V(names.levels), V(names.numbers))));
    log_tiles_fill(tiles, count, &rows);
    return NULL;
}

static struct err *put_hashes(struct request *request, const struct tile_place *place,
                              int *out_width)
{
    struct tile *tile = ARENA_NEW(request->arena, struct tile);
    tile->level = place->level;
    tile->number = place->number;
    TRY(load_tiles(request, tile, 1));
    *out_width = tile->width;
    if (tile->width >= place->width)
        buf_put(request->out,
                (struct str){(const char *)tile->hashes, (size_t)place->width * TILE_HASH});
    return NULL;
}

static void put_record(struct str commitment, struct buf *out)
{
    struct sha256 hash;
    char record[RECORD_LENGTH + LOG_RECORD] = {0, LOG_RECORD};
    memcpy(hash.bytes, commitment.ptr, sizeof hash.bytes);
    log_record(hash, record + RECORD_LENGTH);
    buf_put(out, (struct str){record, sizeof record});
}

static struct err *put_entries(struct request *request, const struct tile_place *place,
                               int *out_width)
{
    struct rows rows = {0};
    TRY(request_rows(request, &access_log_entries, log_entries_fields,
                     sizeof(struct log_entries_row), &rows, VALUES(V(place->number))));
    if (rows.count == 0)
        return NULL;
    const struct log_entries_row *row = ROW(struct log_entries_row, rows, 0);
    *out_width = (int)(row->commitments.raw.len / TILE_HASH);
    for (size_t i = 0; *out_width >= place->width && i < (size_t)place->width; i++) {
        if (place->kind == TILE_IDS)
            buf_put(request->out, str_slice(row->ids.raw, i * LOG_ID, (i + 1) * LOG_ID));
        else
            put_record(str_slice(row->commitments.raw, i * TILE_HASH, (i + 1) * TILE_HASH),
                       request->out);
    }
    return NULL;
}

struct err *log_get_tile(struct request *request, struct http_reply *reply)
{
    struct tile_place place;
    int width = 0;
    struct str path = http_call_path(request->call);
    TRY(check_reader(request));
    if (!tile_path_parse(str_slice(path, sizeof "/log/tile/" - 1, path.len), &place))
        return err_new(ERR_NOT_FOUND, "no tile has that path");
    TRY(place.kind == TILE_HASHES ? put_hashes(request, &place, &width)
                                  : put_entries(request, &place, &width));
    if (width < place.width)
        return err_new(ERR_NOT_FOUND, "the log is not that long");
    reply->content_type = "application/octet-stream";
    return NULL;
}

/* --- proofs */

/* A whole number of the query. */
static struct err *query_number(const struct request *request, const char *name, int64_t least,
                                int64_t most, int64_t *out)
{
    return str_to_i64(http_call_query(request->call, name), least, most, out)
               ? NULL
               : err_field(ERR_INVALID, name, "not a whole number from %lld to %lld",
                           (long long)least, (long long)most);
}

static void put_hash(struct sha256 hash, struct buf *out)
{
    buf_byte(out, '"');
    buf_base64(out, (struct str){(const char *)hash.bytes, sizeof hash.bytes});
    buf_byte(out, '"');
}

static struct err *put_proof(struct request *request, const struct tree_range *ranges, size_t count,
                             int64_t size)
{
    struct tile *tiles;
    size_t needed = tree_tiles_for(ranges, count, size, request->arena, &tiles);
    if (needed > 0)
        TRY(load_tiles(request, tiles, needed));
    buf_put(request->out, S("\"proof\":["));
    for (size_t i = 0; i < count; i++) {
        struct sha256 hash;
        TRY(tree_range_hash(ranges[i], tiles, needed, &hash));
        if (i > 0)
            buf_byte(request->out, ',');
        put_hash(hash, request->out);
    }
    buf_put(request->out, S("]}"));
    return NULL;
}

/* How long the log is: what is asked for may not be longer. */
static struct err *load_size(struct request *request, int64_t *out)
{
    struct log_state state;
    TRY(check_reader(request));
    TRY(load_held(request, &state));
    *out = state.size;
    return state.size > 0 ? NULL : no_log();
}

struct err *log_get_inclusion(struct request *request, struct http_reply *reply)
{
    struct tree_range ranges[PROOF_MAX + 1];
    struct sha256 hash;
    struct tile *tiles;
    int64_t newest;
    int64_t size;
    int64_t leaf;
    (void)reply;
    TRY(load_size(request, &newest));
    TRY(query_number(request, "size", 1, newest, &size));
    TRY(query_number(request, "leaf", 0, size - 1, &leaf));
    const struct tree_range itself = {leaf, leaf + 1};
    size_t needed = tree_tiles_for(&itself, 1, newest, request->arena, &tiles);
    TRY(load_tiles(request, tiles, needed));
    TRY(tree_range_hash(itself, tiles, needed, &hash));
    buf_format(request->out, "{\"leaf\":%lld,\"size\":%lld,\"hash\":", (long long)leaf,
               (long long)size);
    put_hash(hash, request->out);
    buf_byte(request->out, ',');
    return put_proof(request, ranges, tree_inclusion(leaf, size, ranges), newest);
}

struct err *log_get_consistency(struct request *request, struct http_reply *reply)
{
    struct tree_range ranges[PROOF_MAX + 1];
    int64_t newest;
    int64_t from;
    int64_t to;
    (void)reply;
    TRY(load_size(request, &newest));
    TRY(query_number(request, "to", 1, newest, &to));
    TRY(query_number(request, "from", 1, to, &from));
    buf_format(request->out, "{\"from\":%lld,\"to\":%lld,", (long long)from, (long long)to);
    return put_proof(request, ranges, tree_consistency(from, to, ranges), newest);
}

/* --- rows */

static void put_row(const struct tlog_row *row, struct str tenant, struct buf *out)
{
    log_extract_row(row, tenant, log_covered, NULL, 0, out);
    buf_byte(out, '\n');
}

/* Both lists by leaf: one line after the other. */
static void put_lines(const struct rows *rows, const struct rows *removed, struct str tenant,
                      struct buf *out)
{
    for (size_t i = 0, j = 0; i < rows->count || j < removed->count;) {
        const struct tlog_row *row = i < rows->count ? ROW(struct tlog_row, *rows, i) : NULL;
        const struct log_removed *gone =
            j < removed->count ? ROW(struct log_removed, *removed, j) : NULL;
        if (row != NULL && (gone == NULL || row->leaf <= gone->leaf)) {
            put_row(row, tenant, out);
            i++;
        } else {
            log_extract_removed(gone, out);
            buf_byte(out, '\n');
            j++;
        }
    }
}

struct err *log_get_rows(struct request *request, struct http_reply *reply)
{
    static const enum permission_role roles[] = {ROLE_LOG_REVIEWER, ROLE_LOCAL_ADMINISTRATOR};
    struct subject subject;
    struct rows rows = {0};
    struct rows removed = {0};
    struct str tenant = {0};
    int64_t from;
    int64_t to;
    TRY(subject_load(request, &subject));
    TRY(subject_need_role(request, &subject, roles, COUNT(roles)));
    TRY(query_number(request, "from", 0, TREE_SIZE_MAX, &from));
    TRY(query_number(request, "to", from, from + ROWS_MOST, &to));
    TRY(worker_tenant(request->worker, request->tenant, &tenant));
    TRY(request_rows(request, &access_log_rows, tlog_row_fields, sizeof(struct tlog_row), &rows,
                     VALUES(V(from), V(to))));
    TRY(request_rows(request, &access_log_removed, log_removed_fields, sizeof(struct log_removed),
                     &removed, VALUES(V(from), V(to))));
    put_lines(&rows, &removed, tenant, request->out);
    reply->content_type = "application/jsonl";
    return NULL;
}
