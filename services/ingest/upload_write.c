/* The bytes of an upload, whoever brings them: sealed, flushed, and then said in its row. */
#include "services/ingest/upload_write.h"
#include "base/fault.h"
#include "base/log.h"
#include "vault/staging.h"

#include <unistd.h>

/* What is held ends at most two segments before it may be made sure. */
enum { PENDING = 2, LOCK_SHARE = 4 };

/* How far an upload has come: what the row says, or will say. */
struct standing {
    int64_t received;
    struct running_digest digest;
    struct uuid key; /* of the unfinished segment */
    struct sha256 sha256;
};

struct upload_write {
    const struct ingest_settings *settings;
    struct uuid upload;
    int32_t tenant;
    struct instant expires_at;
    int64_t bytes;
    int64_t version;
    int64_t start; /* where it goes on */
    int folder;
    struct intake *intake;
    bool open;   /* a segment is */
    bool locked; /* the row says so */
    bool hold;
    struct standing sure;
    struct standing now;
    struct segment pending[PENDING]; /* finished, not in a row yet */
    size_t pending_count;
    struct uuid written[PENDING + 1]; /* keys of files that no committed offset rests on yet */
    size_t written_count;
    struct uuids stale;   /* such keys of a writer that died */
    struct sha256 wanted; /* zero: any */
    int64_t locked_at;
    bool unsure; /* a save was sent and not answered: it may have committed */
};

struct upload_write *upload_write_new(const struct ingest_settings *settings, int32_t tenant,
                                      const struct upload *upload, struct arena *arena)
{
    struct upload_write *w = ARENA_NEW(arena, struct upload_write);
    struct uuid *stale = ARENA_ARRAY(arena, struct uuid, upload->next_keys.count + 1);
    for (size_t i = 0; i < upload->next_keys.count; i++)
        stale[i] = upload->next_keys.at[i];
    *w = (struct upload_write){.settings = settings,
                               .upload = upload->id,
                               .tenant = tenant,
                               .expires_at = upload->expires_at,
                               .bytes = upload->bytes,
                               .version = upload->version,
                               .start = upload->received,
                               .folder = -1,
                               .sure = {.received = upload->received, .key = upload->key},
                               .stale = {stale, upload->next_keys.count}};
    w->sure.digest.bytes = (uint64_t)upload->received;
    memcpy(w->sure.digest.chain, upload->chain.raw.ptr, sizeof w->sure.digest.chain);
    w->now = w->sure;
    return w;
}

void upload_write_free(struct upload_write *w)
{
    intake_free(w->intake);
    if (w->folder >= 0)
        close(w->folder);
}

void upload_write_hold(struct upload_write *w)
{
    w->hold = true;
}

void upload_write_expect(struct upload_write *w, struct sha256 wanted)
{
    w->wanted = wanted;
}

int64_t upload_write_received(const struct upload_write *w)
{
    return w->sure.received;
}

bool upload_write_is_complete(const struct upload_write *w)
{
    return w->sure.received == w->bytes;
}

struct instant upload_write_expires_at(const struct upload_write *w)
{
    return w->expires_at;
}

/* --- files that are worth nothing (any more)
 * ------------------------------------------------------ */

static void destroy_file(const struct upload_write *w, struct uuid key)
{
    struct err *e = staging_destroy_header(w->folder, segment_header_name(key).text);
    if (e == NULL)
        e = vault_remove(w->folder, segment_payload_name(key).text);
    if (e != NULL) /* it goes with the folder; its key dies when no row names it */
        log_warning("a file of an upload was left", kv("upload", w->upload), kv("key", key),
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
static struct err *save(struct upload_write *w, struct worker *worker, struct arena *arena,
                        const struct standing *next, int lock)
{
    struct batch *batch = batch_new(worker_db(worker), w->tenant, arena);
    bool on = next->received > w->sure.received;
    bool complete = next->received == w->bytes;
    for (size_t i = 0; on && i < w->pending_count; i++) {
        const struct segment *s = &w->pending[i];
        batch_add(batch, &upload_insert_segment,
                  VALUES(V(w->upload), V((int64_t)s->index), V(s->key_id),
                         V((int64_t)s->plain_bytes), V((int64_t)s->stored_bytes),
                         V(((struct bytes){{(const char *)s->sha512.bytes, sizeof s->sha512}}))));
    }
    const struct uuids written = {w->written, on ? 0 : w->written_count};
    batch_add(batch, &upload_save,
              VALUES(V(w->upload), V(next->received), chain_value(next), V(next->sha256),
                     V(next->key), V(written), V(complete ? 0 : lock), V(w->version)));
    batch_add(batch, &upload_extend, VALUES(V(w->upload), V(w->settings->upload_lease)));
    FAULT("ingest.before_save");
    w->unsure = true;
    struct err *e = batch_run(batch);
    w->unsure = e == NULL || e->code != ERR_CONFLICT;
    TRY(e);
    FAULT("ingest.after_save");
    w->unsure = false;
    w->version++;
    w->locked = lock > 0 && !complete;
    w->locked_at = clock_monotonic_us();
    w->expires_at = instant_add(worker_now(worker), w->settings->upload_lease * INT64_C(1000000));
    if (on)
        w->pending_count = w->written_count = 0;
    if (!uuid_is_nil(w->sure.key) && !uuid_equal(w->sure.key, next->key))
        destroy_file(w, w->sure.key);
    for (; w->stale.count > 0; w->stale.count--)
        destroy_file(w, w->stale.at[w->stale.count - 1]);
    w->sure = *next;
    return NULL;
}

/* A slow client's upload stays its own while anything comes. */
static struct err *keep_lock(struct upload_write *w, struct worker *worker, struct arena *arena)
{
    if (clock_monotonic_us() - w->locked_at <
        w->settings->upload_lock * INT64_C(1000000) / LOCK_SHARE)
        return NULL;
    struct batch *batch = batch_new(worker_db(worker), w->tenant, arena);
    batch_add(batch, &upload_keep_writing,
              VALUES(V(w->upload), V(w->settings->upload_lock), V(w->version)));
    w->locked_at = clock_monotonic_us();
    return batch_run(batch);
}

/* --- segments
 * ------------------------------------------------------------------------------------- */

static struct err *open_segment(struct upload_write *w, struct worker *worker, struct arena *arena)
{
    struct segment_key *fresh = NULL;
    struct segment_key old = {.id = w->now.key};
    struct file_key *known = NULL;
    bool within = !uuid_is_nil(old.id);
    TRY(worker_new_keys(worker, w->tenant, 1, arena, &fresh));
    TRY(worker_unwrap(worker, w->tenant, "ingest", &old.id, within ? 1 : 0, arena, &known));
    old.key = known;
    w->written[w->written_count++] = fresh->id;
    const struct standing sure = w->sure;
    TRY(save(w, worker, arena, &sure, w->settings->upload_lock));
    w->now.key = fresh->id;
    TRY(intake_begin(w->intake, fresh, within ? &old : NULL));
    w->open = true;
    return NULL;
}

/* Flushes what was written of the open segment: it is finished, or stands at a chunk's end. */
static struct err *close_segment(struct upload_write *w)
{
    struct segment segment = {0};
    bool full = intake_is_full(w->intake);
    TRY(intake_end(w->intake, &segment, &w->now.digest));
    w->open = false;
    w->now.received = (int64_t)(segment.index * SEGMENT_BYTES + segment.plain_bytes);
    if (!full)
        return NULL;
    w->now.key = (struct uuid){0};
    w->pending[w->pending_count++] = segment;
    if (w->now.received < w->bytes)
        return NULL;
    w->now.sha256 = intake_sha256(w->intake);
    return sha256_is_zero(w->wanted) || sha256_equal(w->wanted, w->now.sha256)
               ? NULL
               : err_rule(ERR_CORRUPT, "sha256_mismatch",
                          "the bytes do not have the SHA-256 that was announced");
}

/* --- one writing
 * ------------------------------------------------------------------------------------- */

struct err *upload_write_begin(struct upload_write *w, struct worker *worker, struct arena *arena)
{
    struct str tenant = {0};
    TRY(worker_tenant(worker, w->tenant, &tenant));
    TRY(staging_open(worker_vault(worker)->locations[0], tenant, w->upload, true, &w->folder));
    w->intake = intake_new(w->folder, (uint64_t)w->bytes, &w->sure.digest);
    return open_segment(w, worker, arena);
}

struct err *upload_write_add(struct upload_write *w, struct worker *worker, struct arena *arena,
                             struct str bytes)
{
    while (bytes.len > 0) {
        if (w->now.received == w->bytes)
            return err_new(ERR_TOO_LARGE, "more bytes than were told");
        if (!w->open)
            TRY(open_segment(w, worker, arena));
        TRY(intake_add(w->intake, &bytes));
        if (!intake_is_full(w->intake))
            continue;
        TRY(close_segment(w));
        if (!w->hold)
            TRY(save(w, worker, arena, &w->now, w->settings->upload_lock));
    }
    return upload_write_is_complete(w) ? NULL : keep_lock(w, worker, arena);
}

struct err *upload_write_lay_down(struct upload_write *w, struct worker *worker,
                                  struct arena *arena)
{
    if (w->open)
        TRY(close_segment(w));
    if (upload_write_is_complete(w))
        return NULL;
    if (w->now.received > w->start)
        return save(w, worker, arena, &w->now, 0);
    upload_write_let_go(w, worker, arena);
    return NULL;
}

void upload_write_let_go(struct upload_write *w, struct worker *worker, struct arena *arena)
{
    if (w->unsure || !w->locked)
        return;
    for (size_t i = 0; i < w->written_count; i++)
        destroy_file(w, w->written[i]);
    w->written_count = 0;
    const struct standing sure = w->sure;
    struct err *e = save(w, worker, arena, &sure, 0);
    if (e != NULL && e->code != ERR_CONFLICT) /* another has it by now; or the lock runs out */
        log_warning("an upload stays locked for a while", kv("upload", w->upload),
                    kv("detail", e->detail));
}
