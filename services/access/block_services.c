/* Services that keep blocks: which ones a region mirrors, for which care providers, and how old
 * what they said may be. */
#include "services/access/block_services.h"

#include "base/base.h"
#include "text/json.h"

#define SERVICE_FIELDS                                                                             \
    FIELD(struct block_service, logical_address, REQUIRED, .min = 1, .max = 64),                   \
        FIELD(struct block_service, care_providers, REQUIRED),                                     \
        FIELD(struct block_service, stale_seconds, REQUIRED, .min = 60, .max = 604800),            \
        FIELD(struct block_service, checked_minutes, OPTIONAL, .min = 1, .max = 60)
static const struct field body_fields[] = {
    SERVICE_FIELDS, FIELD(struct block_service, decided_by, REQUIRED, .min = 1, .max = 200),
    FIELDS_END};
static const struct field fact_fields[] = {FIELD(struct block_service, name, REQUIRED),
                                           SERVICE_FIELDS, FIELDS_END};

static void plan_service(struct change *change, const void *fact)
{
    const struct block_service *s = fact;
    CHANGE_REPLACES(change, S("block_service"), s->name);
    change_concerns_rules(change);
    CHANGE_SQL(change, &access_put_block_service, V(s->name), V(s->logical_address),
               V(s->care_providers), V(s->stale_seconds), V(s->checked_minutes),
               V(told_or_from_journal(s->decided_by)), V(change->at));
    CHANGE_SQL(change, &access_insert_mirrors, V(s->name), V(s->care_providers));
}
const struct change_kind change_block_service = {"block_service", fact_fields,
                                                 sizeof(struct block_service), plan_service};

static struct err *check_providers(struct strs providers)
{
    enum { PROVIDERS_MAX = 100, HSA_ID_MAX = 32 };
    if (providers.count == 0 || providers.count > PROVIDERS_MAX)
        return err_field(ERR_INVALID, "care_providers", "not 1 to %d", PROVIDERS_MAX);
    for (size_t i = 0; i < providers.count; i++)
        if (providers.at[i].len == 0 || providers.at[i].len > HSA_ID_MAX)
            return err_field(ERR_INVALID, "care_providers", "one of them is no HSA-id");
    return NULL;
}

struct err *access_set_block_service(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct block_service body = {.name = http_param(&request->match, "service")};
    TRY(change_begin_own(request, &change));
    if (body.name.len > 64 || str_equal(body.name, S("register")))
        return err_field(ERR_INVALID, "service", "not 1 to 64 bytes, or the register itself");
    TRY(json_read(request->body, body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    TRY(check_providers(body.care_providers));
    reply->status = 204;
    return change_apply(request, &change, &change_block_service, &body);
}

struct err *block_service_find(struct request *request, struct str name, struct block_service *out)
{
    struct rows rows = {0};
    TRY(request_rows(request, &access_select_block_service, fact_fields,
                     sizeof(struct block_service), &rows, VALUES(V(name))));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "the region has no such block service");
    *out = *ROW(struct block_service, rows, 0);
    return NULL;
}

/* --- how fresh
 * ---------------------------------------------------------------------------------------- */

struct mirror_row {
    struct str care_provider;
    struct instant tried_at;
    struct instant whole_at;
    struct instant refreshed_at;
    int64_t blocks; /* in force */
    bool known;
};
static const struct field mirror_fields[] = {FIELD(struct mirror_row, care_provider, REQUIRED),
                                             FIELD(struct mirror_row, tried_at, OPTIONAL),
                                             FIELD(struct mirror_row, whole_at, OPTIONAL),
                                             FIELD(struct mirror_row, refreshed_at, OPTIONAL),
                                             FIELD(struct mirror_row, blocks, REQUIRED),
                                             FIELD(struct mirror_row, known, REQUIRED),
                                             FIELDS_END};

static struct err *answer_mirrors(struct request *request, struct str name)
{
    struct rows rows = {0};
    TRY(request_rows(request, &access_select_mirrors, mirror_fields, sizeof(struct mirror_row),
                     &rows, VALUES(V(name))));
    buf_put(request->out, S("{\"care_providers\":"));
    json_write_list(mirror_fields, rows.at, sizeof(struct mirror_row), rows.count, request->out);
    buf_byte(request->out, '}');
    return NULL;
}

struct err *access_get_block_service(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct change change;
    struct block_service service;
    TRY(change_begin_own(request, &change));
    TRY(block_service_find(request, http_param(&request->match, "service"), &service));
    return answer_mirrors(request, service.name);
}

/* All of them anew, for who does not want to wait. */
struct err *access_refresh_block_service(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct change change;
    struct block_service service;
    TRY(change_begin_own(request, &change));
    TRY(block_service_find(request, http_param(&request->match, "service"), &service));
    for (size_t i = 0; i < service.care_providers.count; i++)
        TRY(mirror_refresh(request->house, request->worker, request->tenant, &service,
                           service.care_providers.at[i], true));
    return answer_mirrors(request, service.name);
}

/* --- by itself
 * ----------------------------------------------------------------------------------------- */

struct due {
    struct str name;
    struct str logical_address;
    struct str care_provider;
};
static const struct field due_fields[] = {FIELD(struct due, name, REQUIRED),
                                          FIELD(struct due, logical_address, REQUIRED),
                                          FIELD(struct due, care_provider, REQUIRED), FIELDS_END};

/* A mirror is refreshed four times before it would be too old. */
enum { MIRROR_SHARE = 4 };

/* Taken by who marks that it was tried: another replica takes another. */
static struct err *take_due(struct worker *worker, struct arena *arena, int32_t tenant,
                            struct rows *out)
{
    struct load *load = load_new(worker_db(worker), tenant, arena);
    LOAD(load, &access_take_mirror, due_fields, struct due, out, V(MIRROR_SHARE));
    return load_run(load);
}

struct err *mirror_errand(const struct house *house, struct worker *worker, struct arena *arena,
                          bool *out_done)
{
    const struct access_settings *own = house->settings;
    struct rows tenants = {0};
    struct rows due = {0};
    int32_t tenant = 0;
    if (own->blocks_url.len == 0)
        return NULL;
    struct load *load = load_new(worker_db(worker), 0, arena);
    LOAD(load, &access_select_tenants, tenant_fields, struct tenant_row, &tenants);
    TRY(load_run(load));
    for (size_t i = 0; i < tenants.count && due.count == 0; i++) {
        tenant = ROW(struct tenant_row, tenants, i)->id;
        TRY(take_due(worker, arena, tenant, &due));
    }
    if (due.count == 0)
        return NULL;
    *out_done = true;
    const struct due *d = ROW(struct due, due, 0);
    const struct block_service service = {.name = d->name, .logical_address = d->logical_address};
    struct err *e = mirror_refresh(house, worker, tenant, &service, d->care_provider, false);
    return err_wrap(e, "the mirror of the block service %.*s gets older", STR_ARG(d->name));
}
