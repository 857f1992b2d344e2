/* PostgreSQL: libpq lives behind this header and nowhere else.
 *
 * Every statement is a named constant. All of a room's statements stand in its sql.def, one
 * SQL(name, text) each; they are prepared when a connection opens, so a misspelled one stops the
 * room at its start (and CI). search_path is empty: names are schema-qualified.
 *
 * There are three ways to use a connection, and no fourth:
 *   load   many reads in one round trip, in one transaction (struct load)
 *   batch  many effects in one round trip, one sync = one transaction (struct batch)
 *   bulk   an explicit transaction with COPY, which the pipeline cannot carry (db_begin …
 * db_commit) Row counts are never checked here: a statement that must hit n rows says so itself
 * with base.expect, whose SQLSTATE R7001 comes back as ERR_CONFLICT (libcommon/README.md, "Row
 * counts"). */
#pragma once

#include "base/field.h"

struct sql {
    const char *name;
    const char *text;
};

/* A parameter. Strings and lists are copied when the statement is queued. */
struct value {
    enum field_type type;
    bool null;
    union {
        struct str str;
        int64_t i64;
        bool boolean;
        struct uuid uuid;
        struct instant instant;
        struct sha256 sha256;
        struct strs strs;
        struct uuids uuids;
    };
};

static inline struct value value_str(struct str v)
{
    return (struct value){.type = FIELD_STR, .null = v.ptr == NULL, .str = v};
}
static inline struct value value_i64(int64_t v)
{
    return (struct value){.type = FIELD_I64, .i64 = v};
}
static inline struct value value_bool(bool v)
{
    return (struct value){.type = FIELD_BOOL, .boolean = v};
}
static inline struct value value_uuid(struct uuid v)
{
    return (struct value){.type = FIELD_UUID, .null = uuid_is_nil(v), .uuid = v};
}
static inline struct value value_instant(struct instant v)
{
    return (struct value){.type = FIELD_INSTANT, .null = !v.known, .instant = v};
}
static inline struct value value_sha256(struct sha256 v)
{
    return (struct value){.type = FIELD_SHA256, .null = sha256_is_zero(v), .sha256 = v};
}
static inline struct value value_json(struct json_text v)
{
    return (struct value){.type = FIELD_JSON, .null = v.text.ptr == NULL, .str = v.text};
}
static inline struct value value_bytes(struct bytes v)
{
    return (struct value){.type = FIELD_BYTES, .null = v.raw.ptr == NULL, .str = v.raw};
}
static inline struct value value_strs(struct strs v)
{
    return (struct value){.type = FIELD_STRS, .strs = v};
}
static inline struct value value_uuids(struct uuids v)
{
    return (struct value){.type = FIELD_UUIDS, .uuids = v};
}

/* V(x): a parameter of x's type. Absent strings, nil UUIDs, unknown instants and zero digests are
 * NULL. */
#define V(v)                                                                                       \
    _Generic((v), struct str                                                                       \
             : value_str, int                                                                      \
             : value_i64, int64_t                                                                  \
             : value_i64, unsigned                                                                 \
             : value_i64, bool                                                                     \
             : value_bool, struct uuid                                                             \
             : value_uuid, struct instant                                                          \
             : value_instant, struct sha256                                                        \
             : value_sha256, struct json_text                                                      \
             : value_json, struct bytes                                                            \
             : value_bytes, struct strs                                                            \
             : value_strs, struct uuids                                                            \
             : value_uuids)(v)
struct values {
    const struct value *at;
    size_t count;
};
#define VALUES(...)                                                                                \
    ((struct values){(const struct value[]){__VA_ARGS__},                                          \
                     sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value)})
#define NO_VALUES ((struct values){NULL, 0})

/* Rows of structs. */
struct rows {
    void *at;
    size_t count;
};
#define ROW(type, rows, index) (&((type *)(rows).at)[index])

struct db;

/* Opens, runs `session` (NULL: nothing; plain SQL that makes what lives as long as the connection:
 * temporary tables) and prepares `statements` (NULL-terminated). ERR_DATABASE_LOST when it cannot
 * be reached. */
MUST_USE struct err *db_open(const char *conninfo, const char *session,
                             const struct sql *const *statements, struct db **out);
void db_close(struct db *db);
bool db_is_lost(const struct db *db); /* after an error: must it be opened again? */
/* Before a unit of work: has the server ended the idle connection? Without a round trip. */
bool db_went_away(struct db *db);

/* --- load
 * ------------------------------------------------------------------------------------------- */
struct load;
/* The first statement of the round trip sets the tenant for row-level security; 0 sets none. Give
 * NULL for `db` and facts as JSON ({"statement name": [rows]}) to read from a case instead of a
 * server. */
struct load *load_new(struct db *db, int32_t tenant, struct arena *arena);
struct load *load_from_json(struct str facts, struct arena *arena);
/* Queues a query; `out` is filled by load_run and must stay in place until then. */
void load_rows(struct load *load, const struct sql *sql, const struct field *fields,
               size_t row_size, struct rows *out, struct values values);
#define LOAD(load, sql, fields, type, out, ...)                                                    \
    load_rows(load, sql, fields, sizeof(type), out, VALUES(__VA_ARGS__))
/* One round trip, one read-committed transaction; between db_begin and db_commit a part of that
 * one. May be used again after it. */
MUST_USE struct err *load_run(struct load *load);

/* --- batch
 * ------------------------------------------------------------------------------------------ */
struct batch;
struct batch *batch_new(struct db *db, int32_t tenant, struct arena *arena);
void batch_add(struct batch *batch, const struct sql *sql, struct values values);
/* Sends everything and one sync. On an error nothing of it happened. */
MUST_USE struct err *batch_run(struct batch *batch);

/* --- bulk
 * ------------------------------------------------------------------------------------------- */
MUST_USE struct err *db_begin(struct db *db, int32_t tenant);
MUST_USE struct err *db_run(struct db *db, const struct sql *sql, struct values values);
/* Runs a query inside the explicit transaction. */
MUST_USE struct err *db_rows(struct db *db, const struct sql *sql, const struct field *fields,
                             size_t row_size, struct arena *arena, struct rows *out,
                             struct values values);
/* COPY … FROM STDIN (FORMAT binary): `sql` is the COPY statement, `rows` whole binary rows without
 * header. */
MUST_USE struct err *db_copy(struct db *db, const struct sql *sql, struct str rows);
MUST_USE struct err *db_commit(struct db *db);
void db_rollback(struct db *db); /* also good when no transaction is open */

/* Does a server accept connections there? Nobody logs in. */
bool db_answers(const char *conninfo);
/* Runs plain SQL text: the way of migrate and of a session, and nobody else's. */
MUST_USE struct err *db_script(struct db *db, const char *text);
/* Describes a prepared statement: its column names, for the contract tests. */
MUST_USE struct err *db_describe(struct db *db, const struct sql *sql, struct arena *arena,
                                 struct strs *out_columns);
