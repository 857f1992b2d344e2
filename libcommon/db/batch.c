/* Many effects in one round trip: N statements and one sync are one transaction
 * (libcommon/README.md). */
#include "base/base.h"
#include "base/fault.h"
#include "db/internal.h"

struct effect {
    const struct sql *sql;
    struct parameters parameters;
    struct effect *next;
};

struct batch {
    struct db *db;
    int32_t tenant;
    struct arena *arena;
    struct effect *first;
    struct effect **last;
};

struct batch *batch_new(struct db *db, int32_t tenant, struct arena *arena)
{
    struct batch *batch = ARENA_NEW(arena, struct batch);
    *batch = (struct batch){.db = db, .tenant = tenant, .arena = arena};
    batch->last = &batch->first;
    return batch;
}

void batch_add(struct batch *batch, const struct sql *sql, struct values values)
{
    struct effect *effect = ARENA_NEW(batch->arena, struct effect);
    *effect = (struct effect){.sql = sql, .parameters = parameters_make(values, batch->arena)};
    *batch->last = effect;
    batch->last = &effect->next;
}

static struct err *send_all(const struct batch *batch)
{
    struct db *db = batch->db;
    if (PQenterPipelineMode(db->conn) != 1)
        return db_error(db, NULL, "begin a round trip");
    TRY(send_tenant(db, batch->tenant));
    for (const struct effect *effect = batch->first; effect != NULL; effect = effect->next)
        TRY(send_prepared(db, effect->sql, effect->parameters));
    return PQpipelineSync(db->conn) == 1 ? NULL : db_error(db, NULL, "send a round trip");
}

/* Reads to the sync; the first failure is the batch's. What follows it is only "aborted". */
static struct err *read_all(const struct batch *batch)
{
    struct err *failure = NULL;
    const struct effect *effect = NULL; /* the tenant comes first */
    const struct effect *next = batch->first;
    for (;;) {
        PGresult *result = NULL;
        TRY(next_result(batch->db, &result));
        if (result == NULL) {
            effect = next;
            next = next != NULL ? next->next : NULL;
            continue;
        }
        ExecStatusType status = PQresultStatus(result);
        if (status != PGRES_PIPELINE_SYNC && status != PGRES_TUPLES_OK &&
            status != PGRES_COMMAND_OK && status != PGRES_PIPELINE_ABORTED && failure == NULL)
            failure =
                db_error(batch->db, result, effect != NULL ? effect->sql->name : "set the tenant");
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC)
            return failure;
    }
}

struct err *batch_run(struct batch *batch)
{
    if (batch->first == NULL)
        return NULL;
    struct db *db = batch->db;
    FAULT("db.before_sync");
    struct err *e = send_all(batch);
    if (e == NULL)
        e = read_all(batch);
    else
        db->lost = true;
    if (!db->lost && PQexitPipelineMode(db->conn) != 1)
        db->lost = true;
    TRY(e);
    FAULT("db.after_sync");
    return NULL;
}
