/* The bytes of a PATCH: taken in pieces, sealed segment by segment. The row names each key before
 * the first byte is written with it, and says after each segment how far the upload has come; so a
 * death at any place costs the bytes of one segment, to be sent again. One writer at a time: each
 * change raises the row's version, and who has an old one has lost the upload. */
#include "base/fault.h"
#include "base/log.h"
#include "services/ingest/announce.h"
#include "services/ingest/tus.h"
#include "services/ingest/upload.h"
#include "vault/staging.h"

#include <unistd.h>

/* A checked body ends at most two segments before it may be acknowledged. */
enum { PENDING = 2, LOCK_SHARE = 4 };

/* How far an upload has come: what the row says, or will say. */
struct standing {
    int64_t received;
    struct running_digest digest;
    struct uuid key; /* of the unfinished segment */
    struct sha256 sha256;
};

/* One PATCH on its way; kept with the call. */
struct taking {
    struct uuid upload;
    int32_t tenant;
    struct instant expires_at;
    int64_t bytes;
    int64_t version;
    int64_t start; /* where this body begins */
    int64_t came;  /* of this body */
    int folder;
    struct intake *intake;
    bool open; /* a segment is */
    struct standing sure;
    struct standing now;
    struct segment pending[PENDING]; /* finished, not in a row yet */
    size_t pending_count;
    struct uuid written[PENDING + 1]; /* keys of files that no committed offset rests on yet */
    size_t written_count;
    struct uuids stale; /* such keys of a writer that died */
    struct tus_checksum wanted;
    struct digests *checksum; /* NULL: none came */
    int64_t locked_at;
    bool unsure; /* a save was sent and not answered: it may have committed */
};

static void release(void *kept)
{
    struct taking *t = kept;
    intake_free(t->intake);
    digests_free(t->checksum);
    if (t->folder >= 0)
        close(t->folder);
}

/* --- files that are worth nothing (any more)
 * ------------------------------------------------------ */

static void destroy_file(const struct taking *t, struct uuid key)
{
    struct err *e = staging_destroy_header(t->folder, segment_header_name(key).text);
    if (e == NULL)
        e = vault_remove(t->folder, segment_payload_name(key).text);
    if (e != NULL) /* it goes with the folder; its key dies when no row names it */
        log_warning("a file of an upload was left", kv("upload", t->upload), kv("key", key),
                    kv("detail", e->detail));
}

/* --- the row
 * -------------------------------------------------------------------------------------- */

static struct value chain_value(const struct standing *s)
{
    return V(((struct bytes){{(const char *)s->digest.chain, sizeof s->digest.chain}}));
}

/* Makes `next` sure, with the finished segments if any, and names the files that are being written;
 * `lock` 0 lets the upload go, as its completion does. What the row does not rest on any more goes
 * after the commit. */
static struct err *save(struct request *request, struct taking *t, const struct standing *next,
                        int lock)
{
    const struct ingest_settings *settings = request->house->settings;
    struct batch *batch = batch_new(request->db, t->tenant, request->arena);
    bool on = next->received > t->sure.received;
    bool complete = next->received == t->bytes;
    for (size_t i = 0; on && i < t->pending_count; i++) {
        const struct segment *s = &t->pending[i];
        batch_add(batch, &upload_insert_segment,
                  VALUES(V(t->upload), V((int64_t)s->index), V(s->key_id),
                         V((int64_t)s->plain_bytes), V((int64_t)s->stored_bytes),
                         V(((struct bytes){{(const char *)s->sha512.bytes, sizeof s->sha512}}))));
    }
    const struct uuids written = {t->written, on ? 0 : t->written_count};
    batch_add(batch, &upload_save,
              VALUES(V(t->upload), V(next->received), chain_value(next), V(next->sha256),
                     V(next->key), V(written), V(complete ? 0 : lock), V(t->version)));
    batch_add(batch, &upload_extend, VALUES(V(t->upload), V(settings->upload_lease)));
    FAULT("ingest.before_save");
    t->unsure = true;
    struct err *e = batch_run(batch);
    t->unsure = e != NULL && e->code != ERR_CONFLICT;
    TRY(e);
    FAULT("ingest.after_save");
    t->version++;
    t->locked_at = clock_monotonic_us();
    t->expires_at =
        instant_add(worker_now(request->worker), settings->upload_lease * INT64_C(1000000));
    if (on)
        t->pending_count = t->written_count = 0;
    if (!uuid_is_nil(t->sure.key) && !uuid_equal(t->sure.key, next->key))
        destroy_file(t, t->sure.key);
    for (; t->stale.count > 0; t->stale.count--)
        destroy_file(t, t->stale.at[t->stale.count - 1]);
    t->sure = *next;
    return NULL;
}

static int lock_of(const struct request *request)
{
    return ((const struct ingest_settings *)request->house->settings)->upload_lock;
}

/* A slow client's upload stays its own while anything comes. */
static struct err *keep_lock(struct request *request, struct taking *t)
{
    if (clock_monotonic_us() - t->locked_at < lock_of(request) * INT64_C(1000000) / LOCK_SHARE)
        return NULL;
    struct batch *batch = batch_new(request->db, t->tenant, request->arena);
    batch_add(batch, &upload_keep_writing,
              VALUES(V(t->upload), V(lock_of(request)), V(t->version)));
    t->locked_at = clock_monotonic_us();
    return batch_run(batch);
}

/* --- segments
 * ------------------------------------------------------------------------------------- */

static struct err *open_segment(struct request *request, struct taking *t)
{
    struct segment_key *fresh = NULL;
    struct segment_key old = {.id = t->now.key};
    struct file_key *known = NULL;
    bool within = !uuid_is_nil(old.id);
    TRY(worker_new_keys(request->worker, t->tenant, 1, request->arena, &fresh));
    TRY(worker_unwrap(request->worker, t->tenant, "ingest", &old.id, within ? 1 : 0, request->arena,
                      &known));
    old.key = known;
    t->written[t->written_count++] = fresh->id;
    const struct standing sure = t->sure;
    TRY(save(request, t, &sure, lock_of(request)));
    t->now.key = fresh->id;
    TRY(intake_begin(t->intake, fresh, within ? &old : NULL));
    t->open = true;
    return NULL;
}

/* Flushes what was written of the open segment: it is finished, or stands at a chunk's end. */
static struct err *close_segment(struct taking *t)
{
    struct segment segment = {0};
    bool full = intake_is_full(t->intake);
    TRY(intake_end(t->intake, &segment, &t->now.digest));
    t->open = false;
    t->now.received = (int64_t)(segment.index * SEGMENT_BYTES + segment.plain_bytes);
    if (!full)
        return NULL;
    t->now.key = (struct uuid){0};
    t->pending[t->pending_count++] = segment;
    if (t->now.received == t->bytes)
        t->now.sha256 = intake_sha256(t->intake);
    return NULL;
}

static struct err *take_bytes(struct request *request, struct taking *t, struct str bytes)
{
    t->came += (int64_t)bytes.len;
    if (t->checksum != NULL && t->came > UPLOAD_CHECKED_MAX)
        return err_new(ERR_TOO_LARGE, "a request with a checksum may have %d bytes",
                       UPLOAD_CHECKED_MAX);
    if (t->checksum != NULL)
        digests_add(t->checksum, bytes);
    while (bytes.len > 0) {
        if (t->now.received == t->bytes)
            return err_new(ERR_TOO_LARGE, "more bytes than Upload-Length told");
        if (!t->open)
            TRY(open_segment(request, t));
        TRY(intake_add(t->intake, &bytes));
        if (!intake_is_full(t->intake))
            continue;
        TRY(close_segment(t));
        if (t->checksum == NULL)
            TRY(save(request, t, &t->now, lock_of(request)));
    }
    return t->sure.received < t->bytes ? keep_lock(request, t) : NULL;
}

/* --- the end of a PATCH
 * --------------------------------------------------------------------------- */

/* Nothing of what is not sure is kept, and the upload is anybody's again. When it is not known what
 * the row rests on, its next writer will know and tidy up; the lock runs out. */
static void let_go(struct request *request, struct taking *t)
{
    if (t->unsure || t->sure.received == t->bytes)
        return;
    for (size_t i = 0; i < t->written_count; i++)
        destroy_file(t, t->written[i]);
    t->written_count = 0;
    const struct standing sure = t->sure;
    struct err *e = save(request, t, &sure, 0);
    if (e != NULL && e->code != ERR_CONFLICT) /* another has it by now; or the lock runs out */
        log_warning("an upload stays locked for a while", kv("upload", t->upload),
                    kv("detail", e->detail));
}

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
    if (t->open)
        TRY(close_segment(t));
    if (t->sure.received == t->bytes)
        return NULL;
    if (t->now.received == t->start)
        return err_rule(ERR_INVALID, "piece_too_small",
                        "less than 64 KiB came, and they do not end the upload: send more at once");
    return save(request, t, &t->now, 0);
}

static struct err *end_body(struct request *request, struct taking *t, struct http_reply *reply)
{
    TRY(take_bytes(request, t, request->body));
    if (t->checksum != NULL)
        TRY(check_body(t));
    TRY(lay_down(request, t));
    struct upload upload = {.received = t->sure.received, .expires_at = t->expires_at};
    upload_reply(request, &upload, 204, reply);
    if (t->sure.received < t->bytes)
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
             kv("received", t->sure.received));
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
    struct uuid *stale = ARENA_ARRAY(arena, struct uuid, upload->next_keys.count + 1);
    for (size_t i = 0; i < upload->next_keys.count; i++)
        stale[i] = upload->next_keys.at[i];
    *t =
        (struct taking){.upload = upload->id,
                        .tenant = request->tenant,
                        .expires_at = upload->expires_at,
                        .bytes = upload->bytes,
                        .version = upload->version,
                        .folder = -1,
                        .sure = {.received = upload->received, .key = upload->key},
                        .stale = {stale, upload->next_keys.count},
                        .wanted = *checksum,
                        .checksum = patch->checked ? digests_new(1U << checksum->algorithm) : NULL};
    t->sure.digest.bytes = (uint64_t)upload->received;
    memcpy(t->sure.digest.chain, upload->chain.raw.ptr, sizeof t->sure.digest.chain);
    t->now = t->sure;
    http_call_keep(request->call, t, release);
    return t;
}

/* The lock is taken, and the first segment opened, before the client is asked for a byte. */
static struct err *begin(struct request *request, struct taking *t)
{
    struct str tenant = {0};
    TRY(worker_tenant(request->worker, t->tenant, &tenant));
    TRY(staging_open(worker_vault(request->worker)->locations[0], tenant, t->upload, true,
                     &t->folder));
    t->intake = intake_new(t->folder, (uint64_t)t->bytes, &t->sure.digest);
    return open_segment(request, t);
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
    struct err *e = begin(request, t);
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
