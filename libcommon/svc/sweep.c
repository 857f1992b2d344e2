/* The sweeper: staging folders whose lease is over and that no committed row claims (any more) are
 * destroyed, header first, then their row goes. A folder without a row cannot be: the row is
 * committed before the folder is made, and goes after it.
 *
 * It also takes inbox rows that nothing asks for: older than any message on a topic, and than any
 * delivery of the region that is under way ("Made again" in libcommon/README.md). */
#include "svc/internal.h"
#include "vault/staging.h"

enum { PAGE = 1000, FORGOTTEN_AT_ONCE = 10000 };

struct dead_row {
    struct uuid id;
};
static const struct field dead_fields[] = {FIELD(struct dead_row, id, REQUIRED), FIELDS_END};

struct tenant_row {
    int32_t id;
    struct str name;
};
static const struct field tenant_fields[] = {FIELD(struct tenant_row, id, REQUIRED),
                                             FIELD(struct tenant_row, name, REQUIRED), FIELDS_END};

/* One page of them; *out_more tells whether there may be another. */
static struct err *sweep_page(struct worker *worker, const struct tenant_row *tenant,
                              bool *out_more)
{
    const struct svc_sql *tables = worker->service->house.svc->tables;
    struct rows dead = {0};
    struct load *load = load_new(worker->db, tenant->id, worker->arena);
    LOAD(load, &tables->staged_dead, dead_fields, struct dead_row, &dead, V(PAGE));
    TRY(load_run(load));
    *out_more = dead.count == PAGE;
    struct batch *batch = batch_new(worker->db, tenant->id, worker->arena);
    for (size_t i = 0; i < dead.count; i++) {
        struct uuid id = ROW(struct dead_row, dead, i)->id;
        TRY(staging_destroy(worker->vault.locations[0], tenant->name, id));
        batch_add(batch, &tables->staged_gone, VALUES(V(id)));
    }
    return batch_run(batch);
}

static struct err *sweep_staging(struct worker *worker, const struct tenant_row *tenant)
{
    for (bool more = true; more;)
        TRY(sweep_page(worker, tenant, &more));
    return NULL;
}

/* A page each minute: nobody waits for it. */
static struct err *forget_seen(struct worker *worker, const struct tenant_row *tenant)
{
    struct batch *batch = batch_new(worker->db, tenant->id, worker->arena);
    batch_add(batch, &worker->service->house.svc->tables->inbox_prune,
              VALUES(V(FORGOTTEN_AT_ONCE)));
    return batch_run(batch);
}

struct err *sweep(struct worker *worker)
{
    struct rows tenants = {0};
    struct load *load = load_new(worker->db, 0, worker->arena);
    LOAD(load, &svc_tenants, tenant_fields, struct tenant_row, &tenants);
    TRY(load_run(load));
    for (size_t i = 0; i < tenants.count; i++) {
        const struct tenant_row *tenant = ROW(struct tenant_row, tenants, i);
        TRY(forget_seen(worker, tenant));
        if (worker->has_vault)
            TRY(sweep_staging(worker, tenant));
    }
    return NULL;
}
