/* What other rooms may ask. */
#include "services/keys/room.h"
#include "text/json.h"

#include <openssl/crypto.h>

enum { KEYS_MOST = 2000, HEADERS_MOST = 500, LEASE_MOST = 7 * 86400, PAGES = 10 };

struct tenant_row {
    int32_t id;
    struct str name;
};
static const struct field tenant_fields[] = {FIELD(struct tenant_row, id, REQUIRED),
                                             FIELD(struct tenant_row, name, REQUIRED), FIELDS_END};

struct header_row {
    struct uuid id;
    struct bytes header;
};
static const struct field header_fields[] = {
    FIELD(struct header_row, id, REQUIRED), FIELD(struct header_row, header, REQUIRED), FIELDS_END};

struct purpose_row {
    struct str purpose;
};
static const struct field purpose_fields[] = {FIELD(struct purpose_row, purpose, REQUIRED),
                                              FIELDS_END};

static struct str folder_of(const struct request *request)
{
    const struct keys_settings *settings = request->house->settings;
    return settings->folder;
}

/* "room-search" → "search": know_caller has seen the certificate. */
static struct str room_of(const struct request *request)
{
    return str_slice(str_from(request->peer->name), 5, SIZE_MAX);
}

static void write_key(struct buf *out, bool first, struct uuid id, const struct file_key *key)
{
    buf_format(out, "%s{\"id\":\"%s\",\"key\":\"", first ? "" : ",", uuid_text(id).text);
    buf_base64(out, (struct str){(const char *)key->bytes, sizeof key->bytes});
    buf_byte(out, '"');
}

struct new_request {
    int32_t tenant;
    int32_t count;
    int32_t lease_seconds;
};
static const struct field new_fields[] = {
    FIELD(struct new_request, tenant, REQUIRED, .min = 1, .max = INT16_MAX),
    FIELD(struct new_request, count, REQUIRED, .min = 1, .max = KEYS_MOST),
    FIELD(struct new_request, lease_seconds, REQUIRED, .min = 1, .max = LEASE_MOST), FIELDS_END};

struct err *keys_new(struct request *request, struct http_reply *reply)
{
    struct new_request asked = {0};
    struct str tenant = {0};
    struct age_recipient recipients[3];
    TRY(json_read(request->body, new_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &asked));
    TRY(worker_tenant(request->worker, asked.tenant, &tenant));
    TRY(identities_recipients(folder_of(request), tenant, recipients));
    struct batch *batch = batch_new(request->db, asked.tenant, request->arena);
    struct uuid *ids = ARENA_ARRAY(request->arena, struct uuid, (size_t)asked.count);
    buf_put(request->out, S("{\"keys\":["));
    for (int32_t i = 0; i < asked.count; i++) {
        autobuf struct buf header = buf_new(AGE_HEADER_MAX);
        struct file_key key;
        file_key_random(&key);
        ids[i] = uuid_random();
        struct err *e = age_header_write(recipients, COUNT(recipients), &key, &header);
        write_key(request->out, i == 0, ids[i], &key);
        file_key_wipe(&key);
        TRY(e);
        buf_put(request->out, S(",\"header\":"));
        json_quote(buf_str(&header), request->out);
        buf_byte(request->out, '}');
        batch_add(batch, &keys_put_header,
                  VALUES(V(ids[i]), V(asked.tenant), V(((struct bytes){buf_str(&header)})),
                         V(asked.lease_seconds)));
    }
    buf_put(request->out, S("]}"));
    batch_add(batch, &keys_log_use,
              VALUES(V(asked.tenant), V(room_of(request)), V(S("new")),
                     V(((struct uuids){ids, (size_t)asked.count}))));
    reply->status = 201;
    return batch_run(batch); /* committed before the answer */
}

struct unwrap_request {
    int32_t tenant;
    struct str purpose;
    struct uuids ids;
};
static const struct field unwrap_fields[] = {
    FIELD(struct unwrap_request, tenant, REQUIRED, .min = 1, .max = INT16_MAX),
    FIELD(struct unwrap_request, purpose, REQUIRED, .min = 1, .max = 32),
    FIELD(struct unwrap_request, ids, REQUIRED, .max = KEYS_MOST), FIELDS_END};

static struct err *unwrap_all(struct request *request, const struct rows *headers,
                              const struct age_identity *identity)
{
    buf_put(request->out, S("{\"keys\":["));
    for (size_t i = 0; i < headers->count; i++) {
        const struct header_row *row = ROW(struct header_row, *headers, i);
        struct file_key key;
        TRY(err_private(age_header_open(row->header.raw, identity, &key), "key %s",
                        uuid_text(row->id).text));
        write_key(request->out, i == 0, row->id, &key);
        buf_byte(request->out, '}');
        file_key_wipe(&key);
    }
    buf_put(request->out, S("]}"));
    return NULL;
}

struct err *keys_unwrap(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct unwrap_request asked = {0};
    struct str tenant = {0};
    struct rows allowed = {0};
    struct rows headers = {0};
    TRY(json_read(request->body, unwrap_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &asked));
    TRY(worker_tenant(request->worker, asked.tenant, &tenant));
    struct load *load = load_new(request->db, asked.tenant, request->arena);
    LOAD(load, &keys_select_purpose, purpose_fields, struct purpose_row, &allowed,
         V(room_of(request)), V(asked.purpose));
    LOAD(load, &keys_select_headers, header_fields, struct header_row, &headers, V(asked.ids));
    TRY(load_run(load));
    if (allowed.count == 0)
        return err_new(ERR_FORBIDDEN, "this room may not unwrap for this purpose");
    if (headers.count != asked.ids.count)
        return err_new(ERR_NOT_FOUND, "%zu of %zu keys are gone", asked.ids.count - headers.count,
                       asked.ids.count);
    struct batch *batch = batch_new(request->db, asked.tenant, request->arena);
    batch_add(batch, &keys_log_use,
              VALUES(V(asked.tenant), V(room_of(request)), V(asked.purpose), V(asked.ids)));
    TRY(batch_run(batch));
    struct age_identity identity;
    TRY(identities_open(folder_of(request), tenant, IDENTITY_SERVICE, &identity));
    struct err *e = unwrap_all(request, &headers, &identity);
    age_identity_wipe(&identity);
    return e;
}

struct open_request {
    int32_t tenant;
    struct json_text headers;
};
static const struct field open_fields[] = {
    FIELD(struct open_request, tenant, REQUIRED, .min = 1, .max = INT16_MAX),
    FIELD(struct open_request, headers, REQUIRED), FIELDS_END};

struct sealed_row {
    struct str header;
};
static const struct field sealed_fields[] = {
    FIELD(struct sealed_row, header, REQUIRED, .max = AGE_HEADER_MAX), FIELDS_END};

/* The key, or by which rule there is none: the asker knows by it whose fault that is. */
static void write_opened(struct buf *out, struct str header, const struct age_identity *identity)
{
    struct file_key key;
    const struct err *e = age_header_open(header, identity, &key);
    if (e != NULL) {
        buf_put(out, S("{\"rule\":"));
        json_quote(str_from(e->rule != NULL ? e->rule : "age_damaged"), out);
        buf_put(out, S(",\"detail\":"));
        json_quote(str_from(e->detail), out);
    } else {
        buf_put(out, S("{\"key\":\""));
        buf_base64(out, (struct str){(const char *)key.bytes, sizeof key.bytes});
        buf_byte(out, '"');
        file_key_wipe(&key);
    }
    buf_byte(out, '}');
}

/* What suppliers encrypted to the tenant's delivery identity, each header for itself. */
struct err *keys_open(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct open_request asked = {0};
    struct str tenant = {0};
    struct age_identity identity;
    void *headers = NULL;
    size_t count = 0;
    TRY(json_read(request->body, open_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &asked));
    TRY(json_read_list(asked.headers.text, sealed_fields, sizeof(struct sealed_row), HEADERS_MOST,
                       JSON_REFUSE_UNKNOWN, "headers", request->arena, &headers, &count));
    if (!str_equal(room_of(request), S("ingest")))
        return err_new(ERR_FORBIDDEN, "only ingest opens what suppliers encrypted");
    TRY(worker_tenant(request->worker, asked.tenant, &tenant));
    struct batch *batch = batch_new(request->db, asked.tenant, request->arena);
    batch_add(batch, &keys_log_use,
              VALUES(V(asked.tenant), V(room_of(request)), V(S("open")), V(((struct uuids){0}))));
    TRY(batch_run(batch));
    TRY(identities_open(folder_of(request), tenant, IDENTITY_DELIVERY, &identity));
    buf_put(request->out, S("{\"headers\":["));
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_byte(request->out, ',');
        write_opened(request->out, ((const struct sealed_row *)headers)[i].header, &identity);
    }
    age_identity_wipe(&identity);
    buf_put(request->out, S("]}"));
    return NULL;
}

struct destroy_request {
    int32_t tenant;
    struct uuid delivery;
};
static const struct field destroy_fields[] = {
    FIELD(struct destroy_request, tenant, REQUIRED, .min = 1, .max = INT16_MAX),
    FIELD(struct destroy_request, delivery, REQUIRED), FIELDS_END};

struct discarded_row {
    struct uuid id;
};
static const struct field discarded_fields[] = {FIELD(struct discarded_row, id, REQUIRED),
                                                FIELDS_END};

/* Which keys these are is read from the rows that name them, so that no caller can ask for others;
 * done again it destroys what is left. */
struct err *keys_destroy(struct request *request, struct http_reply *reply)
{
    struct destroy_request asked = {0};
    struct rows allowed = {0};
    struct rows discarded = {0};
    TRY(json_read(request->body, destroy_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &asked));
    struct load *load = load_new(request->db, asked.tenant, request->arena);
    LOAD(load, &keys_select_purpose, purpose_fields, struct purpose_row, &allowed,
         V(room_of(request)), V(S("remove")));
    LOAD(load, &keys_select_discarded, discarded_fields, struct discarded_row, &discarded,
         V(asked.delivery));
    TRY(load_run(load));
    if (allowed.count == 0)
        return err_new(ERR_FORBIDDEN, "this room may not destroy keys");
    if (discarded.count == 0)
        return err_new(ERR_FORBIDDEN, "the delivery is not discarded");
    struct batch *batch = batch_new(request->db, asked.tenant, request->arena);
    batch_add(batch, &keys_destroy_of, VALUES(V(asked.delivery), V(room_of(request))));
    reply->status = 204;
    return batch_run(batch); /* committed before the answer */
}

/* The tenant in the path, for a room that may know its pseudonyms. */
static struct err *path_tenant(struct request *request, struct str *out_name)
{
    int64_t tenant = 0;
    if (!str_to_i64(http_param(&request->match, "tenant"), 1, INT16_MAX, &tenant))
        return err_new(ERR_NOT_FOUND, "there is no such tenant");
    return worker_tenant(request->worker, (int32_t)tenant, out_name);
}

struct err *keys_pseudonym_key(struct request *request, struct http_reply *reply)
{
    (void)reply;
    static const char *const rooms[] = {"indexing", "search", "gateway", "access"};
    struct str tenant = {0};
    struct sha256 key;
    bool may = false;
    for (size_t i = 0; i < COUNT(rooms); i++)
        may = may || str_equal(room_of(request), str_from(rooms[i]));
    if (!may)
        return err_new(ERR_FORBIDDEN, "this room makes no pseudonyms");
    TRY(path_tenant(request, &tenant));
    TRY(identities_pseudonym_key(folder_of(request), tenant, &key));
    buf_format(request->out, "{\"key\":\"%s\"}", sha256_text(key).text);
    OPENSSL_cleanse(&key, sizeof key);
    return NULL;
}

struct err *keys_delivery_recipient(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct str tenant = {0};
    struct age_identity identity;
    TRY(path_tenant(request, &tenant));
    TRY(identities_open(folder_of(request), tenant, IDENTITY_DELIVERY, &identity));
    struct age_recipient recipient = age_identity_recipient(&identity);
    age_identity_wipe(&identity);
    buf_put(request->out, S("{\"recipient\":\""));
    age_recipient_print(recipient, request->out);
    buf_put(request->out, S("\"}"));
    return NULL;
}

struct err *keys_housekeep(const struct house *house, struct worker *worker, struct arena *arena)
{
    (void)house;
    struct rows tenants = {0};
    struct load *load = load_new(worker_db(worker), 0, arena);
    LOAD(load, &keys_select_tenants, tenant_fields, struct tenant_row, &tenants);
    TRY(load_run(load));
    for (size_t i = 0; i < tenants.count; i++) {
        int32_t tenant = ROW(struct tenant_row, tenants, i)->id;
        for (int page = 0; page < PAGES; page++) {
            struct batch *batch = batch_new(worker_db(worker), tenant, arena);
            batch_add(batch, &keys_delete_unclaimed, NO_VALUES);
            TRY(batch_run(batch));
        }
    }
    return NULL;
}
