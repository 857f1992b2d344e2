/* Uploads: made, asked for, ended. Their bytes: upload_take.c. */
#include "services/ingest/upload.h"
#include "services/ingest/tus.h"
#include "svc/svc_sql.h"
#include "vault/staging.h"

const struct field upload_fields[] = {
    FIELD(struct upload, id, REQUIRED),         FIELD(struct upload, system, REQUIRED),
    FIELD(struct upload, agreement, REQUIRED),  FIELD(struct upload, bytes, REQUIRED),
    FIELD(struct upload, received, REQUIRED),   FIELD(struct upload, chain, REQUIRED),
    FIELD(struct upload, sha256, OPTIONAL),     FIELD(struct upload, key, OPTIONAL),
    FIELD(struct upload, next_keys, REQUIRED),  FIELD(struct upload, writing, REQUIRED),
    FIELD(struct upload, delivery, OPTIONAL),   FIELD(struct upload, version, REQUIRED),
    FIELD(struct upload, expires_at, REQUIRED), FIELDS_END};

struct sums_row {
    int64_t uploads;
    int64_t due;
};
static const struct field sums_fields[] = {FIELD(struct sums_row, uploads, REQUIRED),
                                           FIELD(struct sums_row, due, REQUIRED), FIELDS_END};

/* --- decisions
 * ------------------------------------------------------------------------------------ */

struct err *upload_may_begin(const struct upload_wish *wish, const struct agreement *agreement,
                             struct str system, const struct ingest_settings *settings)
{
    int64_t wanted = 0;
    if (agreement == NULL || !str_equal(agreement->system, system) || !agreement->in_force)
        return err_rule(ERR_INVALID, "agreement_unknown",
                        "Upload-Metadata names no agreement in force of this system");
    if (wish->bytes == 0)
        return err_rule(ERR_INVALID, "empty", "Upload-Length is 0");
    if (wish->bytes > agreement->package_bytes_max)
        return err_rule(ERR_TOO_LARGE, "package_too_large", "over the agreement's %lld bytes",
                        (long long)agreement->package_bytes_max);
    if (wish->uploads >= settings->uploads_max)
        return err_rule(ERR_THROTTLED, "uploads_too_many",
                        "the system has %d unfinished uploads already", settings->uploads_max);
    if (__builtin_add_overflow(wish->bytes, wish->due, &wanted) ||
        __builtin_add_overflow(wanted, settings->staging_reserve, &wanted) || wanted > wish->room)
        return err_new(ERR_STORAGE_FULL, "the storage has no room for %lld bytes now",
                       (long long)wish->bytes);
    return NULL;
}

struct err *upload_may_take(const struct upload *upload, const struct upload_patch *patch)
{
    if (patch->offset != upload->received)
        return err_new(ERR_CONFLICT, "Upload-Offset is not %lld, where the upload stands",
                       (long long)upload->received);
    if (patch->length > upload->bytes - upload->received)
        return err_new(ERR_TOO_LARGE, "more bytes than Upload-Length told");
    if (patch->checked && patch->length > UPLOAD_CHECKED_MAX)
        return err_new(ERR_TOO_LARGE, "a request with a checksum may have %d bytes",
                       UPLOAD_CHECKED_MAX);
    if (upload->writing)
        return err_new(ERR_LOCKED, "another request is writing this upload");
    return NULL;
}

void plan_upload_end(struct plan *plan, const struct upload *upload)
{
    PLAN_SQL(plan, &upload_end, V(upload->id), V(upload->version));
    plan_cleanup(plan, upload->id);
}

/* --- answers
 * -------------------------------------------------------------------------------------- */

static void add_header(struct http_reply *reply, const char *name, const char *value)
{
    size_t i = 0;
    while (reply->headers[i].name != NULL)
        i++;
    reply->headers[i].name = name;
    reply->headers[i].value = value;
}

void upload_reply(struct request *request, const struct upload *upload, int status,
                  struct http_reply *reply)
{
    char expires[TUS_DATE];
    reply->status = status;
    reply->content_type = NULL;
    add_header(reply, "Tus-Resumable", TUS_VERSION);
    if (upload == NULL)
        return;
    tus_date_print(upload->expires_at, expires);
    add_header(reply, "Upload-Offset",
               arena_format(request->arena, "%lld", (long long)upload->received).ptr);
    add_header(reply, "Upload-Expires", arena_cstr(request->arena, str_from(expires)));
}

void upload_present_error(const struct http_call *call, const struct err *e, struct str instance,
                          struct http_reply *reply, struct buf *body)
{
    problem_present(call, e, instance, reply, body);
    add_header(reply, "Tus-Resumable", TUS_VERSION);
    if (e->code == ERR_PRECONDITION)
        add_header(reply, "Tus-Version", TUS_VERSION);
}

/* --- routes
 * --------------------------------------------------------------------------------------- */

struct err *upload_find(struct request *request, struct upload *out)
{
    struct uuid id;
    struct rows rows = {0};
    TRY(tus_version_check(http_call_header(request->call, "Tus-Resumable")));
    if (!uuid_parse(http_param(&request->match, "upload"), &id))
        return err_new(ERR_NOT_FOUND, "there is no such upload");
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &upload_select, upload_fields, struct upload, &rows, V(id), V(request->system));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such upload");
    *out = *ROW(struct upload, rows, 0);
    return NULL;
}

struct err *upload_options(struct request *request, struct http_reply *reply)
{
    upload_reply(request, NULL, 204, reply);
    add_header(reply, "Tus-Version", TUS_VERSION);
    add_header(reply, "Tus-Extension", TUS_EXTENSIONS);
    add_header(reply, "Tus-Checksum-Algorithm", TUS_ALGORITHMS);
    return NULL;
}

static struct err *insert(struct request *request, const struct agreement *agreement, int64_t bytes,
                          struct uuid id)
{
    const struct ingest_settings *settings = request->house->settings;
    const struct running_digest start = running_digest_start();
    struct batch *batch = batch_new(request->db, request->tenant, request->arena);
    batch_add(batch, &request->house->svc->tables->staged_put,
              VALUES(V(id), V(request->tenant), V(((struct uuids){0})), V(settings->upload_lease)));
    batch_add(batch, &upload_insert,
              VALUES(V(id), V(request->system), V(agreement->id), V(bytes),
                     V(((struct bytes){{(const char *)start.chain, sizeof start.chain}}))));
    return batch_run(batch);
}

struct err *upload_create(struct request *request, struct http_reply *reply)
{
    const struct ingest_settings *settings = request->house->settings;
    struct upload_wish wish = {0};
    struct str name = {0};
    struct rows agreements = {0};
    struct rows sums = {0};
    TRY(tus_version_check(http_call_header(request->call, "Tus-Resumable")));
    TRY(tus_number_read(http_call_header(request->call, "Upload-Length"), "Upload-Length",
                        &wish.bytes));
    TRY(tus_metadata_get(http_call_header(request->call, "Upload-Metadata"), S("agreement"),
                         request->arena, &name));
    if (!str_is_utf8(name))
        return err_field(ERR_INVALID, "Upload-Metadata", "the agreement is not UTF-8");
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &ingest_select_agreement, agreement_fields, struct agreement, &agreements, V(name));
    LOAD(load, &upload_sums, sums_fields, struct sums_row, &sums, V(request->system));
    TRY(load_run(load));
    TRY(staging_room(worker_vault(request->worker)->locations[0], &wish.room));
    const struct agreement *agreement =
        agreements.count > 0 ? ROW(struct agreement, agreements, 0) : NULL;
    wish.uploads = ROW(struct sums_row, sums, 0)->uploads;
    wish.due = ROW(struct sums_row, sums, 0)->due;
    TRY(upload_may_begin(&wish, agreement, request->system, settings));
    struct upload upload = {
        .id = uuid_random(),
        .expires_at = instant_add(request->now, settings->upload_lease * INT64_C(1000000))};
    TRY(insert(request, agreement, wish.bytes, upload.id));
    upload_reply(request, &upload, 201, reply);
    add_header(reply, "Location",
               arena_format(request->arena, "/uploads/%s", uuid_text(upload.id).text).ptr);
    return NULL;
}

struct err *upload_head(struct request *request, struct http_reply *reply)
{
    struct upload upload = {0};
    TRY(upload_find(request, &upload));
    upload_reply(request, &upload, 200, reply);
    add_header(reply, "Upload-Length",
               arena_format(request->arena, "%lld", (long long)upload.bytes).ptr);
    return NULL;
}

struct err *upload_terminate(struct request *request, struct http_reply *reply)
{
    struct upload upload = {0};
    struct plan plan;
    TRY(upload_find(request, &upload));
    if (upload.writing)
        return err_new(ERR_LOCKED, "another request is writing this upload");
    plan_begin(&plan, request->arena);
    plan_upload_end(&plan, &upload);
    TRY(worker_apply(request->worker, request->tenant, &plan, request->arena));
    upload_reply(request, NULL, 204, reply);
    return NULL;
}
