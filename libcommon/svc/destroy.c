/* What is discarded goes: keys first, so that nothing can be read any more, then the bytes. All of
 * it happens before the transaction that forgets the rows, so that a crash at any line leaves the
 * rows, and with them the work to be done again. */
#include "base/fault.h"
#include "svc/internal.h"
#include "vault/staging.h"

static struct err *destroy_keys(struct worker *worker, int32_t tenant, struct uuid delivery)
{
    struct str ignored = {0};
    struct str body = arena_format(worker->arena, "{\"tenant\":%d,\"delivery\":\"%s\"}", tenant,
                                   uuid_text(delivery).text);
    return err_wrap(worker_ask(worker, worker->service->house.config.keys_url, "/keys/destroy",
                               body, worker->arena, &ignored),
                    "could not destroy the keys");
}

static struct err *destroy_one(struct worker *worker, int32_t number, struct str tenant,
                               const struct vault_effect *e)
{
    switch (e->type) {
    case VAULT_DESTROY_KEYS:
        return destroy_keys(worker, number, e->subject);
    case VAULT_DESTROY_STAGED:
        return staging_destroy(worker->vault.locations[0], tenant, e->staged);
    case VAULT_REMOVE_OBJECT:
        return ocfl_remove(&worker->vault, tenant, e->subject);
    case VAULT_FLUSH:
    case VAULT_PLACE:
    case VAULT_OBJECT:
    case VAULT_JOURNAL:
        break;
    }
    return NULL;
}

struct err *destroy_effects(struct worker *worker, const struct unit *unit)
{
    struct str tenant = {0};
    for (const struct vault_effect *e = unit->plan.vault; e != NULL; e = e->next) {
        TRY(worker_tenant(worker, unit->message.tenant, &tenant));
        TRY(destroy_one(worker, unit->message.tenant, tenant, e));
        FAULT("svc.after_destroy");
    }
    return NULL;
}
