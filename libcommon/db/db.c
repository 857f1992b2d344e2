/* Connections, errors, parameters, rows. */
#include "base/base.h"
#include "db/internal.h"

static const struct sql set_tenant = {"base_set_tenant",
                                      "select set_config('r7.tenant', $1, true)"};

static void silent(void *state, const PGresult *result)
{
    (void)state;
    (void)result;
}

struct err *db_error(struct db *db, const PGresult *result, const char *doing)
{
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *text = result != NULL ? PQresultErrorMessage(result) : PQerrorMessage(db->conn);
    struct str code = str_from(state != NULL ? state : "");
    if (PQstatus(db->conn) != CONNECTION_OK)
        db->lost = true;
    /* R7001 base.expect; 40* serialisation and deadlock; 23505 somebody else made the same row
     * first. */
    if (str_equal(code, S("R7001")) || str_starts(code, S("40")) || str_equal(code, S("23505")))
        return err_private(err_new(ERR_CONFLICT, "could not %s: changed at the same time", doing),
                           "%s %s", code.ptr, text);
    /* 08 connection, 57 shutdown, 53 resources, 58 system, 55 locks: may work later. */
    if (db->lost || code.len == 0 || str_starts(code, S("08")) || str_starts(code, S("57")) ||
        str_starts(code, S("53")) || str_starts(code, S("58")) || str_starts(code, S("55"))) {
        db->lost = db->lost || str_starts(code, S("08")) || str_starts(code, S("57P"));
        return err_private(
            err_new(ERR_DATABASE_LOST, "could not %s: the database does not answer", doing),
            "%s %s", code.ptr, text);
    }
    return err_private(ERR_BUG_AT("could not %s", doing), "%s %s", code.ptr, text);
}

struct parameters parameters_make(struct values values, struct arena *arena)
{
    struct parameters p = {.count = (int)values.count,
                           .values = ARENA_ARRAY(arena, const char *, values.count + 1),
                           .lengths = ARENA_ARRAY(arena, int, values.count + 1),
                           .formats = ARENA_ARRAY(arena, int, values.count + 1)};
    for (size_t i = 0; i < values.count; i++) {
        const struct value *v = &values.at[i];
        if (v->null)
            continue;
        bool binary = v->type == FIELD_BYTES || v->type == FIELD_SHA256;
        p.formats[i] = binary;
        if (binary) {
            struct str raw = v->type == FIELD_BYTES
                                 ? v->str
                                 : (struct str){(const char *)v->sha256.bytes, sizeof v->sha256};
            p.values[i] = arena_str(arena, raw).ptr;
            p.lengths[i] = (int)raw.len;
            continue;
        }
        /* A value lies at the start of the union, so a field of offset 0 over it prints it. */
        const struct field field = {.type = v->type == FIELD_I32 ? FIELD_I64 : v->type,
                                    .presence = REQUIRED};
        autobuf struct buf text = buf_new(FIELD_BYTES_MAX);
        field_to_text(&field, &v->str, &text);
        p.values[i] = arena_cstr(arena, buf_str(&text));
    }
    return p;
}

static struct err *prepare_all(struct db *db, const struct sql *const *statements)
{
    static const struct sql *const own[] = {&set_tenant, NULL};
    const struct sql *const *lists[] = {own, statements};
    for (size_t l = 0; l < COUNT(lists); l++) {
        for (const struct sql *const *s = lists[l]; s != NULL && *s != NULL; s++) {
            PGresult *result = PQprepare(db->conn, (*s)->name, (*s)->text, 0, NULL);
            bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
            struct err *e =
                good ? NULL
                     : err_wrap(db_error(db, result, "prepare a statement"), "%s", (*s)->name);
            PQclear(result);
            TRY(e);
        }
    }
    return NULL;
}

struct err *db_open(const char *conninfo, const char *session, const struct sql *const *statements,
                    struct db **out)
{
    struct db *db = must_calloc(1, sizeof *db);
    db->conn = PQconnectdb(conninfo);
    struct err *e = NULL;
    if (PQstatus(db->conn) != CONNECTION_OK)
        e = db_error(db, NULL, "connect to the database");
    if (e == NULL) {
        PQsetNoticeReceiver(db->conn, silent, NULL);
        /* Generic plans: every statement goes in by a key whatever its values, and planning one
         * over 64 partitions costs tens of milliseconds, which PostgreSQL would spend five times on
         * each connection before it settles. No compiling of plans, which over 64 partitions look
         * dear enough for it and are not. */
        e = db_script(db,
                      "set search_path to ''; set client_encoding to 'UTF8'; set timezone to 'UTC';"
                      " set application_name to 'r7e'; set plan_cache_mode to force_generic_plan;"
                      " set jit to off");
    }
    if (e == NULL && session != NULL)
        e = db_script(db, session);
    if (e == NULL)
        e = prepare_all(db, statements);
    if (e != NULL) {
        db_close(db);
        return e;
    }
    *out = db;
    return NULL;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    PQfinish(db->conn);
    free(db);
}

bool db_is_lost(const struct db *db)
{
    return db->lost || PQstatus(db->conn) != CONNECTION_OK;
}

/* A server that ends says so first, and what it says is taken before the end is seen. */
bool db_went_away(struct db *db)
{
    bool heard = PQconsumeInput(db->conn) != 0;
    bool there = PQconsumeInput(db->conn) != 0;
    return !heard || !there || db_is_lost(db);
}

bool db_answers(const char *conninfo)
{
    return PQping(conninfo) == PQPING_OK;
}

struct err *db_script(struct db *db, const char *text)
{
    PGresult *result = PQexec(db->conn, text);
    ExecStatusType status = PQresultStatus(result);
    struct err *e =
        status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY
            ? NULL
            : db_error(db, result, "run a script");
    PQclear(result);
    return e;
}

struct err *db_describe(struct db *db, const struct sql *sql, struct arena *arena,
                        struct strs *out_columns)
{
    PGresult *result = PQdescribePrepared(db->conn, sql->name);
    struct err *e = NULL;
    if (PQresultStatus(result) == PGRES_COMMAND_OK) {
        size_t count = (size_t)PQnfields(result);
        struct str *names = ARENA_ARRAY(arena, struct str, count + 1);
        for (size_t i = 0; i < count; i++)
            names[i] = arena_str(arena, str_from(PQfname(result, (int)i)));
        *out_columns = (struct strs){names, count};
    } else {
        e = db_error(db, result, "describe a statement");
    }
    PQclear(result);
    return e;
}

/* What the database holds was checked when it came in, so a row is read without its field's range.
 */
static struct field without_range(const struct field *f)
{
    struct field open = *f;
    open.min = f->type == FIELD_I64 ? INT64_MIN + 1 : f->type == FIELD_I32 ? INT32_MIN : 0;
    open.max = f->type == FIELD_I64 ? INT64_MAX : INT32_MAX;
    open.one_of = NULL;
    return open;
}

struct err *rows_read(const PGresult *result, const struct field *fields, size_t row_size,
                      const char *path, struct arena *arena, struct rows *out)
{
    size_t count = (size_t)PQntuples(result);
    char *rows = arena_alloc(arena, count + 1, row_size);
    for (const struct field *f = fields; f != NULL && f->name != NULL; f++) {
        int column = PQfnumber(result, f->name);
        if (column < 0)
            return ERR_BUG_AT("statement %s has no column %s", path, f->name);
        for (size_t i = 0; i < count; i++) {
            if (PQgetisnull(result, (int)i, column))
                continue;
            struct str text = {PQgetvalue(result, (int)i, column),
                               (size_t)PQgetlength(result, (int)i, column)};
            const struct field open = without_range(f);
            TRY(field_from_text(&open, arena_str(arena, text), rows + i * row_size, f->name,
                                arena));
        }
    }
    *out = (struct rows){rows, count};
    return NULL;
}

struct err *send_prepared(struct db *db, const struct sql *sql, struct parameters p)
{
    if (PQsendQueryPrepared(db->conn, sql->name, p.count, p.values, p.lengths, p.formats, 0) != 1)
        return db_error(db, NULL, "send a statement");
    return NULL;
}

struct err *send_tenant(struct db *db, int32_t tenant)
{
    char text[16] = "";
    if (tenant != 0)
        snprintf(text, sizeof text, "%d", tenant);
    const char *values[] = {text};
    db->ended = false; /* a round trip begins */
    if (PQsendQueryPrepared(db->conn, set_tenant.name, 1, values, NULL, NULL, 0) != 1)
        return db_error(db, NULL, "send a statement");
    return NULL;
}

/* An end is followed by the next statement's answers or by the sync. A second one in a row: nothing
 * more will come, whatever libpq says of the connection. A server that said why it dies,
 * and hung up, leaves it open for libpq, and who went on asking would ask for ever. */
struct err *next_result(struct db *db, PGresult **out)
{
    *out = PQgetResult(db->conn);
    bool dry = *out == NULL && (db->ended || PQstatus(db->conn) != CONNECTION_OK);
    db->ended = *out == NULL;
    db->lost = db->lost || dry;
    return dry ? db_error(db, NULL, "read an answer") : NULL;
}

void discard_pipeline(struct db *db)
{
    for (bool synced = false; !synced;) {
        PGresult *result = NULL;
        if (next_result(db, &result) != NULL)
            return;
        synced = result != NULL && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        PQclear(result);
    }
    if (PQexitPipelineMode(db->conn) != 1)
        db->lost = true;
}
