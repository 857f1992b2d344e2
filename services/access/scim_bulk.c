/* SCIM's bulk (RFC 7644 3.7): many operations in one request, each a change of its own, as if they
 * had come one by one. */
#include "services/access/scim.h"

struct bulk {
    struct strs schemas;
    int64_t fail_on_errors;
    struct json_text operations;
};
static const struct field bulk_fields[] = {
    FIELD(struct bulk, schemas, REQUIRED, .max = 16),
    FIELD_NAMED(struct bulk, fail_on_errors, "failOnErrors", OPTIONAL, .min = 1),
    FIELD_NAMED(struct bulk, operations, "Operations", REQUIRED, .max = SCIM_BODY), FIELDS_END};

struct operation {
    struct str method;
    struct str bulk_id;
    struct str version;
    struct str path;
    struct json_text data;
    /* from here on ours */
    enum http_method how;
    enum scim_kind kind;
    struct str target; /* an id, "bulkId:…", or absent */
    bool done;
    int status;
    struct scim_stored stored;
    const struct err *refused;
};
static const struct field operation_fields[] = {
    FIELD(struct operation, method, REQUIRED, .max = 16),
    FIELD_NAMED(struct operation, bulk_id, "bulkId", OPTIONAL, .min = 1, .max = SCIM_TEXT_MAX),
    FIELD(struct operation, version, OPTIONAL, .max = SCIM_TEXT_MAX),
    FIELD(struct operation, path, REQUIRED, .max = SCIM_TEXT_MAX),
    FIELD(struct operation, data, OPTIONAL, .max = SCIM_BODY),
    FIELDS_END};

static struct err *read_method(struct operation *o)
{
    static const enum http_method methods[] = {HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE};
    for (size_t i = 0; i < COUNT(methods); i++) {
        if (!str_equal_nocase(o->method, str_from(http_method_name(methods[i]))))
            continue;
        o->how = methods[i];
        return NULL;
    }
    return err_rule(ERR_INVALID, "invalidSyntax", "method: none of POST, PUT, PATCH and DELETE");
}

/* "/Users", "/Users/ID". */
static struct err *read_path(struct operation *o)
{
    static const struct str folders[] = {{"/Users", 6}, {"/Groups", 7}};
    for (size_t i = 0; i < COUNT(folders); i++) {
        struct str rest = str_slice(o->path, folders[i].len, o->path.len);
        if (!str_starts(o->path, folders[i]) || (rest.len > 0 && rest.ptr[0] != '/'))
            continue;
        o->kind = i == 0 ? SCIM_USER : SCIM_GROUP;
        o->target = rest.len > 1 ? str_slice(rest, 1, rest.len) : (struct str){0};
        if ((o->how == HTTP_POST) == (o->target.ptr == NULL))
            return NULL;
        break;
    }
    return err_rule(ERR_INVALID, "invalidPath", "path: nothing that this method is for");
}

static struct err *carry_out(struct scim_ask *ask, struct operation *o)
{
    struct uuid id = {0};
    if (o->target.ptr != NULL)
        TRY(scim_resolve(ask, o->target, &id));
    o->status = o->how == HTTP_POST ? 201 : o->how == HTTP_DELETE ? 204 : 200;
    switch (o->how) {
    case HTTP_POST:
        return scim_create(ask, o->kind, &o->stored);
    case HTTP_PUT:
        return scim_replace(ask, o->kind, id, &o->stored);
    case HTTP_PATCH:
        return scim_modify(ask, o->kind, id, &o->stored);
    case HTTP_DELETE:
        o->stored.id = id;
        return scim_remove(ask, o->kind, id);
    case HTTP_GET:
    case HTTP_HEAD:
    case HTTP_OPTIONS:
    case HTTP_METHODS:
        break;
    }
    return ERR_BUG_AT("a method that was not read");
}

static struct err *try_operation(struct scim_ask *ask, struct operation *o)
{
    TRY(read_method(o));
    TRY(read_path(o));
    if (o->how == HTTP_POST && o->bulk_id.ptr == NULL)
        return err_rule(ERR_INVALID, "invalidValue", "bulkId: a POST in a bulk has one");
    if (o->how != HTTP_DELETE && o->data.text.ptr == NULL)
        return err_rule(ERR_INVALID, "invalidValue", "data: missing");
    ask->body = o->data.text;
    ask->if_match = o->version;
    return carry_out(ask, o);
}

/* One that names what another will make waits for it: `waits` says that others may come yet. */
static void run(struct scim_ask *ask, struct operation *o, bool waits)
{
    ask->unresolved = false;
    struct err *e = try_operation(ask, o);
    db_rollback(ask->request->db);
    if (e != NULL && ask->unresolved && waits)
        return;
    o->done = true;
    o->refused = e;
    if (e == NULL && o->how == HTTP_POST)
        ask->names->at[ask->names->count++] = (struct scim_name){o->bulk_id, o->stored.id};
}

/* In order, and again while any of those that waited could be done. False: too many failed. */
static void run_all(struct scim_ask *ask, struct operation *operations, size_t count,
                    int64_t fail_on_errors)
{
    int64_t failed = 0;
    size_t left = count;
    for (bool waits = true; left > 0;) {
        size_t before = left;
        for (size_t i = 0; i < count; i++) {
            struct operation *o = &operations[i];
            if (o->done)
                continue;
            run(ask, o, waits);
            left -= o->done;
            failed += o->done && o->refused != NULL;
            if (fail_on_errors > 0 && failed >= fail_on_errors)
                return;
        }
        waits = left < before;
    }
}

/* --- the answer
 * ---------------------------------------------------------------------------------------- */

static void write_operation(const struct operation *o, struct arena *arena, struct buf *out)
{
    struct uuid_text id = uuid_text(o->stored.id);
    buf_put(out, S("{\"method\":"));
    json_quote(o->method, out);
    if (o->bulk_id.ptr != NULL) {
        buf_put(out, S(",\"bulkId\":"));
        json_quote(o->bulk_id, out);
    }
    if (o->refused == NULL || o->how != HTTP_POST)
        buf_format(out, ",\"location\":\"" SCIM_BASE "/%s/%s\"",
                   o->kind == SCIM_USER ? "Users" : "Groups", id.text);
    if (o->refused == NULL && o->how != HTTP_DELETE) {
        buf_put(out, S(",\"version\":"));
        json_quote(scim_version(o->stored.version, arena), out);
    }
    buf_format(out, ",\"status\":\"%d\"", o->refused != NULL ? err_status(o->refused) : o->status);
    if (o->refused != NULL) {
        buf_put(out, S(",\"response\":"));
        scim_error_write(o->refused, out);
    }
    buf_byte(out, '}');
}

static void write_all(const struct operation *operations, size_t count, struct arena *arena,
                      struct buf *out)
{
    const char *before = "";
    buf_put(out, S("{\"schemas\":[\"" SCIM_URN_MESSAGE "BulkResponse\"],\"Operations\":["));
    for (size_t i = 0; i < count; i++) {
        if (!operations[i].done)
            continue;
        buf_put(out, str_from(before));
        write_operation(&operations[i], arena, out);
        before = ",";
    }
    buf_put(out, S("]}"));
}

struct err *scim_bulk(struct request *request, struct http_reply *reply)
{
    struct scim_ask ask;
    struct bulk bulk = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(scim_begin(request, reply, &ask));
    TRY(json_read(request->body, bulk_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &bulk));
    TRY(json_read_list(bulk.operations.text, operation_fields, sizeof(struct operation),
                       SCIM_BULK_MAX, JSON_REFUSE_UNKNOWN, "Operations", request->arena, &items,
                       &count));
    ask.names = &(struct scim_names){ARENA_ARRAY(request->arena, struct scim_name, count + 1), 0};
    run_all(&ask, items, count, bulk.fail_on_errors);
    write_all(items, count, request->arena, request->out);
    return NULL;
}
