/* Many reads in one round trip. The same load runs against a case's JSON (`--once`), so that the
 * code that asks for facts is tested with the code that judges them. */
#include "base/base.h"
#include "db/internal.h"
#include "text/json.h"

enum { ROWS_IN_A_CASE = 100000 };

struct query {
    const struct sql *sql;
    const struct field *fields;
    size_t row_size;
    struct rows *out;
    struct parameters parameters;
    struct query *next;
};

struct load {
    struct db *db; /* NULL: facts come from JSON */
    struct str facts;
    int32_t tenant;
    struct arena *arena;
    struct query *first;
    struct query **last;
};

struct load *load_new(struct db *db, int32_t tenant, struct arena *arena)
{
    struct load *load = ARENA_NEW(arena, struct load);
    *load = (struct load){.db = db, .tenant = tenant, .arena = arena};
    load->last = &load->first;
    return load;
}

struct load *load_from_json(struct str facts, struct arena *arena)
{
    struct load *load = load_new(NULL, 0, arena);
    load->facts = facts;
    return load;
}

void load_rows(struct load *load, const struct sql *sql, const struct field *fields,
               size_t row_size, struct rows *out, struct values values)
{
    struct query *query = ARENA_NEW(load->arena, struct query);
    *query = (struct query){.sql = sql, .fields = fields, .row_size = row_size, .out = out};
    if (load->db != NULL)
        query->parameters = parameters_make(values, load->arena);
    *load->last = query;
    load->last = &query->next;
}

static struct err *read_case(struct load *load)
{
    for (const struct query *q = load->first; q != NULL; q = q->next) {
        struct str rows = {0};
        TRY(json_member(load->facts, q->sql->name, load->arena, &rows));
        *q->out = (struct rows){0};
        if (rows.ptr != NULL)
            TRY(json_read_list(rows, q->fields, q->row_size, ROWS_IN_A_CASE, JSON_REFUSE_UNKNOWN,
                               q->sql->name, load->arena, &q->out->at, &q->out->count));
    }
    return NULL;
}

static struct err *send_all(struct load *load)
{
    struct db *db = load->db;
    if (PQenterPipelineMode(db->conn) != 1)
        return db_error(db, NULL, "begin a round trip");
    TRY(send_tenant(db, load->tenant));
    for (const struct query *q = load->first; q != NULL; q = q->next)
        TRY(send_prepared(db, q->sql, q->parameters));
    return PQpipelineSync(db->conn) == 1 ? NULL : db_error(db, NULL, "send a round trip");
}

/* The results of one statement: its rows or error, then NULL. */
static struct err *read_one(struct load *load, const struct query *q)
{
    PGresult *result = NULL;
    TRY(next_result(load->db, &result));
    struct err *e = NULL;
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        e = db_error(load->db, result, q != NULL ? q->sql->name : "set the tenant");
    else if (q != NULL)
        e = rows_read(result, q->fields, q->row_size, q->sql->name, load->arena, q->out);
    PQclear(result);
    TRY(e);
    TRY(next_result(load->db, &result));
    assert(result == NULL);
    return NULL;
}

static struct err *read_all(struct load *load)
{
    TRY(read_one(load, NULL));
    for (const struct query *q = load->first; q != NULL; q = q->next)
        TRY(read_one(load, q));
    return NULL;
}

struct err *load_run(struct load *load)
{
    if (load->first == NULL)
        return NULL;
    struct err *e = NULL;
    if (load->db == NULL) {
        e = read_case(load);
    } else {
        e = send_all(load);
        if (e == NULL)
            e = read_all(load);
        discard_pipeline(load->db);
    }
    load->first = NULL;
    load->last = &load->first;
    return e;
}
