/* What the files of db share. */
#pragma once

#include <libpq-fe.h>

#include "db/db.h"

struct db {
    PGconn *conn;
    bool lost;
    bool ended; /* the last of a round trip's answers was the end of a statement's */
};

/* Parameters in libpq's form, texts in the arena. */
struct parameters {
    int count;
    const char **values;
    int *lengths;
    int *formats;
};

struct parameters parameters_make(struct values values, struct arena *arena);
/* The error of a failed result or connection, by its SQLSTATE; marks the connection lost when it
 * is. */
MUST_USE struct err *db_error(struct db *db, const PGresult *result, const char *doing);
MUST_USE struct err *rows_read(const PGresult *result, const struct field *fields, size_t row_size,
                               const char *path, struct arena *arena, struct rows *out);
/* Queues "set the tenant for this transaction" in pipeline mode; counts itself into *sent. */
MUST_USE struct err *send_tenant(struct db *db, int32_t tenant);
MUST_USE struct err *send_prepared(struct db *db, const struct sql *sql,
                                   struct parameters parameters);
/* Waits for the next result of the pipeline; NULL result means the end of one statement. */
MUST_USE struct err *next_result(struct db *db, PGresult **out);
void discard_pipeline(struct db *db); /* reads up to and with the sync, then leaves pipeline mode */
