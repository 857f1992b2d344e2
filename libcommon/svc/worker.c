/* A worker's things, and what it asks of other rooms. */
#include "base/fault.h"
#include "svc/internal.h"
#include "text/json.h"

enum {
    ASK_TIMEOUT_MS = 10000,
    ASK_LIMIT = 16 * 1024 * 1024,
    ARENA_LIMIT = 512 * 1024 * 1024,
    LEASE_SECONDS = 3600,
    KEYS_AT_ONCE = 2000,   /* what room keys gives in one answer */
    HEADERS_AT_ONCE = 500, /* and what it opens */
    HEADER_BYTES_AT_ONCE = 128 * 1024,
    CLOCK_US = 10000000 /* how long the database's clock is counted on without asking again */
};

const struct sql svc_tenant_name = {"svc_tenant_name",
                                    "select id, name from access.tenant where id = $1"};
const struct sql svc_tenant_id = {"svc_tenant_id",
                                  "select id, name from access.tenant where name = $1"};
const struct sql svc_tenants = {"svc_tenants", "select id, name from access.tenant order by id"};
const struct sql svc_principal = {
    "svc_principal",
    "select tenant, kind, name from access.principal where subject = $1 and not revoked"
    " and valid_from <= now() and (valid_until is null or now() < valid_until)"};
const struct sql svc_try_lock = {"svc_try_lock",
                                 "select pg_try_advisory_lock(hashtext('r7e ' || $1)) as locked"};
const struct sql svc_schema_version = {"svc_schema_version",
                                       "select max(number) as number from base.migration"};
const struct sql svc_clock = {"svc_clock", "select clock_timestamp() as at"};

const struct sql *const svc_own_sql[] = {&svc_subject,        &svc_assigned,    &svc_disclose,
                                         &svc_fact_versions,  &svc_tenant_name, &svc_tenant_id,
                                         &svc_tenants,        &svc_principal,   &svc_try_lock,
                                         &svc_schema_version, &svc_clock,       NULL};

struct tenant_name {
    int32_t id;
    struct str name;
    struct tenant_name *next;
};

struct tenant_row {
    int32_t id;
    struct str name;
};

static const struct field tenant_fields[] = {FIELD(struct tenant_row, id, REQUIRED),
                                             FIELD(struct tenant_row, name, REQUIRED), FIELDS_END};

struct clock_row {
    struct instant at;
};

static const struct field clock_fields[] = {FIELD(struct clock_row, at, REQUIRED), FIELDS_END};

/* Asks the database for the time. */
static struct err *ask_clock(struct worker *worker)
{
    struct rows rows = {0};
    struct load *load = load_new(worker->db, 0, worker->arena);
    LOAD(load, &svc_clock, clock_fields, struct clock_row, &rows);
    TRY(load_run(load));
    worker->clock = ROW(struct clock_row, rows, 0)->at;
    /* Late by the way back, and never ahead. */
    worker->clock_set = clock_monotonic_us() + FAULT_LATE_US();
    return NULL;
}

static struct err *set_clock(struct worker *worker)
{
    bool asked = worker->clock.known && clock_monotonic_us() - worker->clock_set < CLOCK_US;
    return asked ? NULL : ask_clock(worker);
}

struct instant worker_now(const struct worker *worker)
{
    if (!worker->clock.known) /* no database to ask */
        return clock_now();
    return instant_add(worker->clock, clock_monotonic_us() - worker->clock_set);
}

struct err *worker_now_again(struct worker *worker, struct instant *out)
{
    if (worker->db != NULL)
        TRY(ask_clock(worker));
    *out = worker_now(worker);
    return NULL;
}

struct err *worker_open(struct worker *worker)
{
    const struct service *service = worker->service;
    const struct svc_config *config = &service->house.config;
    if (worker->arena == NULL) {
        worker->arena = arena_new(ARENA_LIMIT);
        worker->tenants_arena = arena_new((size_t)1 << 20);
        worker->http = http_client_new(&(struct http_client_config){.ca = config->tls_ca,
                                                                    .certificate = config->tls_cert,
                                                                    .key = config->tls_key,
                                                                    .timeout_ms = ASK_TIMEOUT_MS});
    }
    if (worker->db != NULL && db_went_away(worker->db)) {
        db_close(worker->db);
        worker->db = NULL;
    }
    if (worker->db == NULL && config->database_url.len > 0)
        TRY(db_open(config->database_url.ptr, service->house.svc->session, service->sql,
                    &worker->db));
    if (worker->db != NULL)
        TRY(set_clock(worker));
    if (!worker->has_vault && config->vault_locations.len > 0) {
        const char *paths[VAULT_LOCATIONS_MAX + 1] = {0};
        size_t count = 0;
        struct str rest = config->vault_locations;
        for (struct str one = {0}; str_cut(&rest, ':', &one) && count < VAULT_LOCATIONS_MAX + 1U;)
            paths[count++] = arena_cstr(worker->tenants_arena, one);
        TRY(vault_open(paths, count, &worker->vault));
        worker->has_vault = true;
    }
    return NULL;
}

void worker_close(struct worker *worker)
{
    if (worker->arena == NULL)
        return;
    worker_end_unit(worker);
    db_close(worker->db);
    http_client_free(worker->http);
    if (worker->has_vault)
        vault_close(&worker->vault);
    arena_free(worker->arena);
    arena_free(worker->tenants_arena);
    jws_keys_free(worker->token_keys);
    *worker = (struct worker){.service = worker->service};
}

void worker_end_unit(struct worker *worker)
{
    for (const struct key_block *block = worker->keys; block != NULL; block = block->older)
        file_keys_free(block->keys, block->count);
    worker->keys = NULL;
    worker->pseudonym_tenant = 0;
    arena_reset(worker->arena);
    err_reset();
    if (worker->db != NULL && db_is_lost(worker->db)) {
        db_close(worker->db);
        worker->db = NULL;
    }
}

struct db *worker_db(struct worker *worker)
{
    return worker->db;
}

const struct vault *worker_vault(const struct worker *worker)
{
    return worker->has_vault ? &worker->vault : NULL;
}

bool worker_is_stopping(const struct worker *worker)
{
    return atomic_load(&worker->service->stopping);
}

struct err *worker_tenant(struct worker *worker, int32_t tenant, struct str *out_name)
{
    for (const struct tenant_name *t = worker->tenants; t != NULL; t = t->next) {
        if (t->id != tenant)
            continue;
        *out_name = t->name;
        return NULL;
    }
    struct rows rows = {0};
    struct load *load = load_new(worker->db, tenant, worker->arena);
    LOAD(load, &svc_tenant_name, tenant_fields, struct tenant_row, &rows, V(tenant));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no tenant %d", tenant);
    struct tenant_name *name = ARENA_NEW(worker->tenants_arena, struct tenant_name);
    *name = (struct tenant_name){
        tenant, arena_str(worker->tenants_arena, ROW(struct tenant_row, rows, 0)->name),
        worker->tenants};
    worker->tenants = name;
    *out_name = name->name;
    return NULL;
}

struct err *worker_tenant_id(struct worker *worker, struct str name, int32_t *out)
{
    for (const struct tenant_name *t = worker->tenants; t != NULL; t = t->next) {
        if (!str_equal(t->name, name))
            continue;
        *out = t->id;
        return NULL;
    }
    struct rows rows = {0};
    struct load *load = load_new(worker->db, 0, worker->arena);
    LOAD(load, &svc_tenant_id, tenant_fields, struct tenant_row, &rows, V(name));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_rule(ERR_NOT_FOUND, "tenant_unknown",
                        "the topic names no tenant of this archive");
    *out = ROW(struct tenant_row, rows, 0)->id;
    return worker_tenant(worker, *out, &name);
}

/* --- other rooms
 * ------------------------------------------------------------------------------------ */

struct problem {
    struct str type;
    struct str detail;
    struct str rule;
};

static const struct field problem_fields[] = {FIELD(struct problem, type, OPTIONAL),
                                              FIELD(struct problem, detail, OPTIONAL),
                                              FIELD(struct problem, rule, OPTIONAL), FIELDS_END};

static struct err *problem_error(const struct http_answer_in *answer, struct arena *arena)
{
    struct problem problem = {0};
    struct err *e =
        json_read(answer->body, problem_fields, JSON_IGNORE_UNKNOWN, "", arena, &problem);
    const char *detail =
        e == NULL && problem.detail.len > 0 ? problem.detail.ptr : "another service refused";
    bool ruled = e == NULL && problem.rule.len > 0;
    enum err_code code = answer->status >= 500   ? ERR_TRANSIENT
                         : answer->status == 409 ? ERR_CONFLICT
                         : answer->status == 404 ? ERR_NOT_FOUND
                         : ruled                 ? ERR_INVALID
                                                 : ERR_BUG;
    return err_private(err_rule(code, ruled ? problem.rule.ptr : NULL, "%s", detail), "status %d",
                       answer->status);
}

struct err *worker_ask(struct worker *worker, struct str base_url, const char *path,
                       struct str body, struct arena *arena, struct str *out_body)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    struct http_answer_in answer = {0};
    struct str url = arena_format(arena, "%.*s%s", STR_ARG(base_url), path);
    TRY(http_fetch(worker->http, body.ptr != NULL ? HTTP_POST : HTTP_GET, url, headers, body,
                   ASK_LIMIT, arena, &answer));
    if (answer.status < 200 || answer.status > 299)
        return problem_error(&answer, arena);
    *out_body = answer.body;
    return NULL;
}

struct key_row {
    struct uuid id;
    struct bytes key;
    struct str header;
};

static const struct field key_fields[] = {FIELD(struct key_row, id, REQUIRED),
                                          FIELD(struct key_row, key, REQUIRED, .max = 16),
                                          FIELD(struct key_row, header, OPTIONAL), FIELDS_END};

/* Room for `count` keys in locked memory that ends with the unit of work. */
static struct err *lock_keys(struct worker *worker, size_t count, struct file_key **out)
{
    TRY(file_keys_new(count, out));
    struct key_block *block = ARENA_NEW(worker->arena, struct key_block);
    *block = (struct key_block){*out, count, worker->keys};
    worker->keys = block;
    return NULL;
}

/* Asks room keys and moves what it answers into `keys`, which is locked memory. */
static struct err *fetch_keys(struct worker *worker, const char *path, struct str body,
                              size_t count, struct arena *arena, struct key_row **out_rows,
                              struct file_key *keys)
{
    struct str answer = {0};
    struct str list = {0};
    void *items = NULL;
    size_t got = 0;
    TRY(err_wrap(
        worker_ask(worker, worker->service->house.config.keys_url, path, body, arena, &answer),
        "could not get file keys"));
    TRY(json_member(answer, "keys", arena, &list));
    TRY(json_read_list(list, key_fields, sizeof(struct key_row), count, JSON_REFUSE_UNKNOWN, "keys",
                       arena, &items, &got));
    if (got != count)
        return ERR_BUG_AT("room keys answered %zu keys of %zu", got, count);
    struct key_row *rows = items;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].key.raw.len != sizeof keys[i].bytes)
            return ERR_BUG_AT("room keys answered a key of another length");
        memcpy(keys[i].bytes, rows[i].key.raw.ptr, sizeof keys[i].bytes);
    }
    *out_rows = rows;
    return NULL;
}

static struct err *unwrap_some(struct worker *worker, int32_t tenant, const char *purpose,
                               const struct uuid *known, size_t count, struct arena *arena,
                               struct file_key *keys)
{
    autobuf struct buf body = buf_new(ASK_LIMIT);
    buf_format(&body, "{\"tenant\":%d,\"purpose\":\"%s\",\"ids\":[", tenant, purpose);
    for (size_t i = 0; i < count; i++)
        buf_format(&body, "%s\"%s\"", i > 0 ? "," : "", uuid_text(known[i]).text);
    buf_put(&body, S("]}"));
    struct key_row *rows = NULL;
    TRY(fetch_keys(worker, "/keys/unwrap", buf_str(&body), count, arena, &rows, keys));
    for (size_t i = 0; i < count; i++)
        if (!uuid_equal(rows[i].id, known[i]))
            return ERR_BUG_AT("room keys answered in another order");
    return NULL;
}

struct err *worker_unwrap_into(struct worker *worker, int32_t tenant, const char *purpose,
                               const struct uuid *known, size_t count, struct arena *arena,
                               struct file_key *out)
{
    for (size_t at = 0; at < count; at += KEYS_AT_ONCE) {
        size_t some = count - at < KEYS_AT_ONCE ? count - at : KEYS_AT_ONCE;
        TRY(unwrap_some(worker, tenant, purpose, known + at, some, arena, out + at));
    }
    return NULL;
}

struct err *worker_unwrap(struct worker *worker, int32_t tenant, const char *purpose,
                          const struct uuid *known, size_t count, struct arena *arena,
                          struct file_key **out)
{
    struct file_key *keys = NULL;
    if (count > 0) {
        TRY(lock_keys(worker, count, &keys));
        TRY(worker_unwrap_into(worker, tenant, purpose, known, count, arena, keys));
    }
    *out = keys;
    return NULL;
}

struct pseudonym_answer {
    struct str key;
};
static const struct field pseudonym_fields[] = {FIELD(struct pseudonym_answer, key, REQUIRED),
                                                FIELDS_END};

struct err *worker_pseudonym_key(struct worker *worker, int32_t tenant, struct arena *arena,
                                 struct str *out)
{
    enum { KEY_BYTES = 32, BLOCKS = KEY_BYTES / sizeof(struct file_key) };
    if (worker->pseudonym_tenant != tenant) {
        struct str body = {0};
        struct pseudonym_answer answer = {0};
        struct file_key *room = NULL;
        struct str path = arena_format(arena, "/tenants/%d/pseudonym-key", tenant);
        TRY(err_wrap(worker_ask(worker, worker->service->house.config.keys_url, path.ptr,
                                (struct str){0}, arena, &body),
                     "could not get the pseudonym key"));
        TRY(json_read(body, pseudonym_fields, JSON_REFUSE_UNKNOWN, "", arena, &answer));
        TRY(lock_keys(worker, BLOCKS, &room));
        if (!hex_decode(answer.key, room->bytes, KEY_BYTES))
            return ERR_BUG_AT("room keys answered a pseudonym key of another form");
        worker->pseudonym_key = (struct str){(const char *)room, KEY_BYTES};
        worker->pseudonym_tenant = tenant;
    }
    *out = worker->pseudonym_key;
    return NULL;
}

struct opened_row {
    struct bytes key;
    struct str rule;
    struct str detail;
};

static const struct field opened_fields[] = {
    FIELD(struct opened_row, key, OPTIONAL, .max = 16), FIELD(struct opened_row, rule, OPTIONAL),
    FIELD(struct opened_row, detail, OPTIONAL), FIELDS_END};

/* The keys, in locked memory, of those that opened. */
static struct err *take_opened(struct worker *worker, const struct opened_row *rows,
                               struct message *const *messages, size_t count)
{
    struct file_key *keys = NULL;
    TRY(lock_keys(worker, count, &keys));
    for (size_t i = 0; i < count; i++) {
        struct str key = rows[i].key.raw;
        if (rows[i].rule.len > 0) {
            messages[i]->unopened =
                err_rule(ERR_INVALID, rows[i].rule.ptr, "%.*s", STR_ARG(rows[i].detail));
            continue;
        }
        if (key.len != sizeof keys[i].bytes)
            return ERR_BUG_AT("room keys answered a key of another length");
        memcpy(keys[i].bytes, key.ptr, sizeof keys[i].bytes);
        messages[i]->opened = &keys[i];
    }
    return NULL;
}

static struct err *open_some(struct worker *worker, struct message *const *messages, size_t count)
{
    autobuf struct buf body = buf_new(ASK_LIMIT);
    struct str answer = {0};
    struct str list = {0};
    void *rows = NULL;
    size_t got = 0;
    buf_format(&body, "{\"tenant\":%d,\"headers\":[", messages[0]->tenant);
    for (size_t i = 0; i < count; i++) {
        buf_put(&body, i > 0 ? S(",{\"header\":") : S("{\"header\":"));
        json_quote(messages[i]->sealed, &body);
        buf_byte(&body, '}');
    }
    buf_put(&body, S("]}"));
    TRY(err_wrap(worker_ask(worker, worker->service->house.config.keys_url, "/keys/open",
                            buf_str(&body), worker->arena, &answer),
                 "could not get file keys"));
    TRY(json_member(answer, "headers", worker->arena, &list));
    TRY(json_read_list(list, opened_fields, sizeof(struct opened_row), count, JSON_REFUSE_UNKNOWN,
                       "headers", worker->arena, &rows, &got));
    if (got != count)
        return ERR_BUG_AT("room keys answered %zu headers of %zu", got, count);
    return take_opened(worker, rows, messages, count);
}

struct err *worker_open_sealed(struct worker *worker, struct message *const *messages, size_t count)
{
    for (size_t at = 0; at < count;) {
        size_t some = 1;
        size_t bytes = messages[at]->sealed.len;
        while (at + some < count && some < HEADERS_AT_ONCE &&
               bytes + messages[at + some]->sealed.len <= HEADER_BYTES_AT_ONCE)
            bytes += messages[at + some++]->sealed.len;
        TRY(open_some(worker, messages + at, some));
        at += some;
    }
    return NULL;
}

struct err *worker_new_keys(struct worker *worker, int32_t tenant, size_t count,
                            struct arena *arena, struct segment_key **out)
{
    struct str body = arena_format(arena, "{\"tenant\":%d,\"count\":%zu,\"lease_seconds\":%d}",
                                   tenant, count, LEASE_SECONDS);
    struct key_row *rows = NULL;
    struct file_key *keys = NULL;
    TRY(lock_keys(worker, count, &keys));
    TRY(fetch_keys(worker, "/keys", body, count, arena, &rows, keys));
    struct segment_key *fresh = ARENA_ARRAY(arena, struct segment_key, count + 1);
    for (size_t i = 0; i < count; i++)
        fresh[i] = (struct segment_key){rows[i].id, &keys[i], rows[i].header};
    *out = fresh;
    return NULL;
}

/* The group's work goes on meanwhile. */
void worker_backoff(struct worker *worker, struct bus_consumer *consumer, int *failures)
{
    int ms = backoff_ms((*failures)++);
    METRIC_ADD(worker->service, failures, 1);
    for (int waited = 0; waited < ms && !atomic_load(&worker->service->stopping); waited += 100)
        bus_wait(consumer, ms - waited < 100 ? ms - waited : 100);
}
