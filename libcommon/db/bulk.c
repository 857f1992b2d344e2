/* Explicit transactions: COPY, and disclosures that must be committed before a byte leaves. */
#include "base/base.h"
#include "base/fault.h"
#include "db/internal.h"

static struct err *run(struct db *db, const struct sql *sql, struct parameters p, PGresult **out)
{
    PGresult *result =
        PQexecPrepared(db->conn, sql->name, p.count, p.values, p.lengths, p.formats, 0);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        *out = result;
        return NULL;
    }
    struct err *e = db_error(db, result, sql->name);
    PQclear(result);
    return e;
}

struct err *db_begin(struct db *db, int32_t tenant)
{
    char text[64];
    snprintf(text, sizeof text, "begin; select set_config('r7.tenant', '%d', true)", tenant);
    return db_script(db, text);
}

struct err *db_run(struct db *db, const struct sql *sql, struct values values)
{
    autoarena struct arena *arena = arena_new((size_t)1 << 30);
    PGresult *result = NULL;
    TRY(run(db, sql, parameters_make(values, arena), &result));
    PQclear(result);
    return NULL;
}

struct err *db_rows(struct db *db, const struct sql *sql, const struct field *fields,
                    size_t row_size, struct arena *arena, struct rows *out, struct values values)
{
    PGresult *result = NULL;
    TRY(run(db, sql, parameters_make(values, arena), &result));
    struct err *e = rows_read(result, fields, row_size, sql->name, arena, out);
    PQclear(result);
    return e;
}

struct err *db_copy(struct db *db, const struct sql *sql, struct str rows)
{
    /* Signature, flags and extension length; then rows; then the trailer -1. */
    static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
    PGresult *result = PQexec(db->conn, sql->text);
    struct err *e =
        PQresultStatus(result) == PGRES_COPY_IN ? NULL : db_error(db, result, sql->name);
    PQclear(result);
    TRY(e);
    enum { PIECE = 1 << 20 };
    bool good = PQputCopyData(db->conn, header, sizeof header - 1) == 1;
    for (size_t at = 0; at < rows.len && good; at += PIECE) {
        struct str piece = str_slice(rows, at, at + PIECE);
        good = PQputCopyData(db->conn, piece.ptr, (int)piece.len) == 1;
    }
    good = good && PQputCopyData(db->conn, "\377\377", 2) == 1 && PQputCopyEnd(db->conn, NULL) == 1;
    if (!good)
        return db_error(db, NULL, sql->name);
    result = PQgetResult(db->conn);
    e = PQresultStatus(result) == PGRES_COMMAND_OK ? NULL : db_error(db, result, sql->name);
    while (result != NULL) {
        PQclear(result);
        result = PQgetResult(db->conn);
    }
    return e;
}

struct err *db_commit(struct db *db)
{
    FAULT("db.before_commit");
    TRY(db_script(db, "commit"));
    FAULT("db.after_commit");
    return NULL;
}

void db_rollback(struct db *db)
{
    if (PQtransactionStatus(db->conn) != PQTRANS_IDLE)
        PQclear(PQexec(db->conn, "rollback"));
}
