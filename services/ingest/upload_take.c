/* The bytes of a PATCH: taken in pieces, and written as upload_write.h tells. */
#include "base/log.h"
#include "services/ingest/announce.h"
#include "services/ingest/tus.h"
#include "services/ingest/upload_write.h"

/* One PATCH on its way; kept with the call. */
struct taking {
    struct upload_write *write;
    struct uuid upload;
    int32_t tenant;
    int64_t bytes; /* of the upload */
    int64_t start; /* where this body begins */
    int64_t came;  /* of this body */
    struct tus_checksum wanted;
    struct digests *checksum; /* NULL: none came */
};

static void release(void *kept)
{
    struct taking *t = kept;
    upload_write_free(t->write);
    digests_free(t->checksum);
}

static struct err *take_bytes(struct request *request, struct taking *t, struct str bytes)
{
    t->came += (int64_t)bytes.len;
    if (t->checksum != NULL && t->came > UPLOAD_CHECKED_MAX)
        return err_new(ERR_TOO_LARGE, "a request with a checksum may have %d bytes",
                       UPLOAD_CHECKED_MAX);
    if (t->checksum != NULL)
        digests_add(t->checksum, bytes);
    return upload_write_add(t->write, request->worker, request->arena, bytes);
}

static void let_go(struct request *request, struct taking *t)
{
    upload_write_let_go(t->write, request->worker, request->arena);
}

/* --- the end of a PATCH
 * --------------------------------------------------------------------------- */

static struct err *check_body(struct taking *t)
{
    digests_end(t->checksum);
    return str_equal(digests_get(t->checksum, t->wanted.algorithm), t->wanted.digest)
               ? NULL
               : err_new(ERR_CHECKSUM, "the body does not have the checksum of Upload-Checksum");
}

/* Makes sure of all that came in whole chunks. */
static struct err *lay_down(struct request *request, struct taking *t)
{
    TRY(upload_write_lay_down(t->write, request->worker, request->arena));
    return upload_write_received(t->write) > t->start
               ? NULL
               : err_rule(
                     ERR_INVALID, "piece_too_small",
                     "less than 64 KiB came, and they do not end the upload: send more at once");
}

static struct err *end_body(struct request *request, struct taking *t, struct http_reply *reply)
{
    TRY(take_bytes(request, t, request->body));
    if (t->checksum != NULL)
        TRY(check_body(t));
    TRY(lay_down(request, t));
    struct upload upload = {.received = upload_write_received(t->write),
                            .expires_at = upload_write_expires_at(t->write)};
    upload_reply(request, &upload, 204, reply);
    if (!upload_write_is_complete(t->write))
        return NULL;
    log_info("upload complete", kv("upload", t->upload), kv("bytes", t->bytes));
    struct err *e = announcements_settle(request->worker, request->arena, t->tenant, t->upload);
    if (e != NULL) /* housekeeping looks again within a minute */
        log_warning("an announcement waits longer", kv("upload", t->upload),
                    kv("detail", e->detail));
    return NULL;
}

static void end_without_client(struct request *request, struct taking *t, struct http_reply *reply)
{
    struct err *e = take_bytes(request, t, request->body);
    if (e == NULL)
        e = t->checksum != NULL ? err_new(ERR_CHECKSUM, "the body did not come whole")
                                : lay_down(request, t);
    if (e != NULL)
        let_go(request, t);
    log_info("an upload was interrupted", kv("upload", t->upload),
             kv("received", upload_write_received(t->write)));
    reply->status = 204;
}

/* --- the beginning
 * -------------------------------------------------------------------------------- */

static struct err *read_head(struct request *request, struct upload_patch *out_patch,
                             struct tus_checksum *out_checksum)
{
    const struct http_call *call = request->call;
    struct str length = http_call_header(call, "Content-Length");
    struct str checksum = http_call_header(call, "Upload-Checksum");
    struct upload_patch patch = {.length = -1, .checked = checksum.ptr != NULL};
    if (!str_equal(http_call_header(call, "Content-Type"), S(TUS_MEDIA_TYPE)))
        return err_new(ERR_MEDIA_TYPE, "the content type is not %s", TUS_MEDIA_TYPE);
    TRY(tus_number_read(http_call_header(call, "Upload-Offset"), "Upload-Offset", &patch.offset));
    if (length.ptr != NULL)
        TRY(tus_number_read(length, "Content-Length", &patch.length));
    if (patch.checked)
        TRY(tus_checksum_read(checksum, http_call_arena(request->call), out_checksum));
    *out_patch = patch;
    return NULL;
}

static struct taking *keep(struct request *request, const struct upload *upload,
                           const struct upload_patch *patch, const struct tus_checksum *checksum)
{
    struct arena *arena = http_call_arena(request->call);
    struct taking *t = ARENA_NEW(arena, struct taking);
    *t = (struct taking){
        .write = upload_write_new(request->house->settings, request->tenant, upload, arena),
        .upload = upload->id,
        .tenant = request->tenant,
        .bytes = upload->bytes,
        .start = upload->received,
        .wanted = *checksum,
        .checksum = patch->checked ? digests_new(1U << checksum->algorithm) : NULL};
    if (patch->checked)
        upload_write_hold(t->write);
    http_call_keep(request->call, t, release);
    return t;
}

static struct err *take_head(struct request *request, struct http_reply *reply)
{
    struct upload upload = {0};
    struct upload_patch patch = {0};
    struct tus_checksum checksum = {0};
    TRY(upload_find(request, &upload));
    TRY(read_head(request, &patch, &checksum));
    TRY(upload_may_take(&upload, &patch));
    if (patch.length == 0) {
        upload_reply(request, &upload, 204, reply);
        return NULL;
    }
    struct taking *t = keep(request, &upload, &patch, &checksum);
    /* The lock is taken, and the first segment opened, before the client is asked for a byte. */
    struct err *e = upload_write_begin(t->write, request->worker, request->arena);
    if (e == NULL)
        return NULL;
    if (e->code == ERR_CONFLICT)
        return err_new(ERR_LOCKED, "another request is writing this upload");
    let_go(request, t);
    return e;
}

struct err *upload_take(struct request *request, struct http_reply *reply)
{
    struct taking *t = http_call_kept(request->call);
    struct err *e = NULL;
    switch (http_call_arrival(request->call)) {
    case HTTP_WHOLE:
        return ERR_BUG_AT("an upload came whole");
    case HTTP_HEAD_CAME:
        return take_head(request, reply);
    case HTTP_PIECE_CAME:
        e = take_bytes(request, t, request->body);
        break;
    case HTTP_BODY_ENDED:
        e = end_body(request, t, reply);
        break;
    case HTTP_CLIENT_GONE:
        end_without_client(request, t, reply);
        break;
    }
    if (e != NULL)
        let_go(request, t);
    return e;
}
