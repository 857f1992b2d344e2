/* File keys and staging folders for a whole batch: one unwrap, one request for new keys, one
 * transaction of leases. */
#include "base/fault.h"
#include "svc/internal.h"
#include "vault/staging.h"

enum { LEASE_SECONDS = 3600 };

struct err *messages_open(struct worker *worker, const struct input *input, struct message **sealed,
                          size_t count)
{
    while (count > 0) {
        size_t same = 0; /* of the first one's tenant: moved to the front */
        for (size_t i = 0; i < count; i++) {
            struct message *m = sealed[i];
            if (m->tenant != sealed[0]->tenant)
                continue;
            sealed[i] = sealed[same];
            sealed[same++] = m;
        }
        TRY(worker_open_sealed(worker, sealed, same));
        for (size_t i = 0; i < same; i++)
            if (sealed[i]->opened != NULL && input->opens != NULL)
                sealed[i]->unopened = input->opens(sealed[i]);
        sealed += same;
        count -= same;
    }
    return NULL;
}

static size_t total(const struct key_request *requests, size_t count, bool fresh)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += fresh ? requests[i].fresh : requests[i].known_count;
    return sum;
}

static struct err *unwrap_all(struct worker *worker, struct unit *units,
                              const struct key_request *requests, size_t count)
{
    size_t wanted = total(requests, count, false);
    struct uuid *ids = ARENA_ARRAY(worker->arena, struct uuid, wanted + 1);
    struct file_key *keys = NULL;
    const char *purpose = NULL;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (requests[i].known_count > 0)
            memcpy(ids + at, requests[i].known, requests[i].known_count * sizeof *ids);
        at += requests[i].known_count;
        purpose = requests[i].purpose != NULL ? requests[i].purpose : purpose;
    }
    TRY(worker_unwrap(worker, units[0].message.tenant, purpose, ids, wanted, worker->arena, &keys));
    for (size_t i = 0; i < count; i++) {
        units[i].work.keys = keys;
        keys += requests[i].known_count;
    }
    return NULL;
}

static struct err *make_all(struct worker *worker, struct unit *units,
                            const struct key_request *requests, size_t count)
{
    const struct svc *svc = worker->service->house.svc;
    size_t wanted = total(requests, count, true);
    struct segment_key *fresh = NULL;
    if (wanted == 0)
        return NULL;
    TRY(worker_new_keys(worker, units[0].message.tenant, wanted, worker->arena, &fresh));
    struct batch *batch = batch_new(worker->db, units[0].message.tenant, worker->arena);
    for (size_t i = 0; i < count; i++) {
        struct work *work = &units[i].work;
        if (requests[i].fresh == 0)
            continue;
        struct uuid *ids = ARENA_ARRAY(worker->arena, struct uuid, requests[i].fresh);
        for (size_t k = 0; k < requests[i].fresh; k++)
            ids[k] = fresh[k].id;
        work->fresh = fresh;
        work->fresh_count = requests[i].fresh;
        work->staged = uuid_random();
        fresh += requests[i].fresh;
        batch_add(batch, &svc->tables->staged_put,
                  VALUES(V(work->staged), V(units[i].message.tenant),
                         V(((struct uuids){ids, work->fresh_count})), V(LEASE_SECONDS)));
    }
    FAULT("svc.before_lease");
    TRY(batch_run(batch)); /* committed before the first byte, so that every folder has a row */
    FAULT("svc.after_lease");
    return NULL;
}

static struct err *get_together(struct worker *worker, struct unit *units, size_t count)
{
    struct key_request *requests = ARENA_ARRAY(worker->arena, struct key_request, count);
    bool pseudonym = false;
    for (size_t i = 0; i < count; i++) {
        if (units[i].seen || units[i].input->ask_keys == NULL)
            continue;
        TRY(units[i].input->ask_keys(&units[i].message, units[i].facts, worker->arena,
                                     &requests[i]));
        pseudonym = pseudonym || requests[i].pseudonym;
    }
    struct str key = {0};
    if (pseudonym)
        TRY(worker_pseudonym_key(worker, units[0].message.tenant, worker->arena, &key));
    for (size_t i = 0; i < count; i++)
        units[i].work.pseudonym_key = requests[i].pseudonym ? key : (struct str){0};
    TRY(unwrap_all(worker, units, requests, count));
    return make_all(worker, units, requests, count);
}

struct err *units_get_keys(struct worker *worker, struct unit *units, size_t count)
{
    struct err *e = get_together(worker, units, count);
    if (e == NULL || err_class(e) == ERR_CLASS_TRANSIENT)
        return e;
    if (count == 1) {
        units[0].failure = e;
        return NULL;
    }
    for (size_t i = 0; i < count; i++) /* one of them asks for what is gone: find it */
        TRY(units_get_keys(worker, &units[i], 1));
    return NULL;
}

void units_give_back(struct worker *worker, struct unit *units, size_t count)
{
    struct str tenant = {0};
    for (size_t i = 0; i < count; i++) {
        struct uuid id = units[i].work.staged;
        if (uuid_is_nil(id) || units[i].sent || worker->db == NULL || db_is_lost(worker->db))
            continue;
        struct err *e = worker_tenant(worker, units[i].message.tenant, &tenant);
        if (e == NULL)
            e = staging_destroy(worker->vault.locations[0], tenant, id);
        struct batch *batch = batch_new(worker->db, units[i].message.tenant, worker->arena);
        batch_add(batch, &worker->service->house.svc->tables->staged_gone, VALUES(V(id)));
        if (e == NULL)
            e = batch_run(batch);
        if (e != NULL)
            log_warning("staging folder left for the sweeper", kv("staged", id),
                        kv("detail", e->detail));
        units[i].work.staged = (struct uuid){0};
    }
}
