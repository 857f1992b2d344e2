/* The upload door of room ingest, tus 1.0 (https://tus.io/protocols/resumable-upload; what of it is
 * spoken: services/ingest/WAYS-IN.md, "Uploads"). HEAD tells how far an upload has come, one PATCH
 * brings the rest, and whatever dies in between, HEAD tells again. */
#include "deliver.h"
#include "patience.h"
#include "remote.h"
#include "state.h"
#include "vault/vault.h"

#include <unistd.h>

enum { ANSWER_MAX = 64 * 1024, TIMEOUT_MS = 30000, BEGINNINGS_MAX = 3, NAME_MAX_LENGTH = 48 };

struct remembered {
    char name[NAME_MAX_LENGTH]; /* of the file in the state folder that holds the upload's id */
};

struct upload {
    struct sender *sender;
    struct parcel *parcel;
    struct arena *arena; /* of one question */
    struct remembered remembered;
    struct uuid id;  /* nil: it has not begun */
    uint64_t offset; /* how far it has come, as was last told */
    uint64_t said;   /* where it was last said to go on */
    uint64_t sent;   /* in this run */
    uint64_t first;  /* where this run began */
    int beginnings;
    struct patience patience;
};

/* --- what is remembered
 * --------------------------------------------------------------------------------------- */

/* Known by the checksum that it must have; else by its place, size and time, so that one that was
 * changed or moved is another upload. For each archive, system and agreement. */
static struct remembered remembered_as(const struct sender *s, const struct parcel *parcel)
{
    struct remembered out;
    char state[128];
    autofree char *path = parcel->wanted == NULL ? realpath(parcel->path, NULL) : NULL;
    snprintf(state, sizeof state, "%llu %lld.%09ld", (unsigned long long)parcel->bytes,
             (long long)parcel->changed.tv_sec, parcel->changed.tv_nsec);
    struct uuid id = UUID_FROM(S("upload"), s->ingest, str_from(s->system.tenant),
                               str_from(s->system.system), str_from(s->agreement),
                               parcel->wanted != NULL ? parcel->wanted->digest : str_from(path),
                               str_from(state));
    snprintf(out.name, sizeof out.name, "upload-%s", uuid_text(id).text);
    return out;
}

static struct err *remember(const struct upload *u)
{
    char beside[NAME_MAX_LENGTH + 8];
    snprintf(beside, sizeof beside, "%s.new", u->remembered.name);
    TRY(vault_put(u->sender->state, beside, str_from(uuid_text(u->id).text)));
    return renameat(u->sender->state, beside, u->sender->state, u->remembered.name) == 0
               ? NULL
               : err_errno(ERR_STORAGE, "could not remember the upload");
}

/* What cannot be read is as good as nothing: the upload begins again. */
static struct uuid recall(const struct upload *u)
{
    struct uuid id = {0};
    autobuf struct buf text = buf_new(256);
    struct err *e = vault_get(u->sender->state, u->remembered.name, &text);
    return e == NULL && uuid_parse(buf_str(&text), &id) ? id : (struct uuid){0};
}

struct err *deliver_upload_forget(struct sender *s, const struct parcel *parcel)
{
    return vault_remove(s->state, remembered_as(s, parcel).name);
}

/* --- questions
 * ------------------------------------------------------------------------------------------------
 */

static void passed(void *state, uint64_t offset, struct str bytes)
{
    struct upload *u = state;
    parcel_pass(u->parcel, offset, bytes);
    u->sent += bytes.len;
    progress_at(&u->sender->progress, offset + bytes.len, bytes.len);
}

/* NULL for a success; what it was told is in the client's headers then. */
static struct err *ask(struct upload *u, enum http_method method, const char *const *headers)
{
    struct sender *s = u->sender;
    struct http_answer_in answer = {0};
    struct str url = method == HTTP_POST ? arena_format(u->arena, "%s/uploads", s->ingest.ptr)
                                         : arena_format(u->arena, "%s/uploads/%s", s->ingest.ptr,
                                                        uuid_text(u->id).text);
    const struct http_file rest = {.descriptor = u->parcel->file,
                                   .offset = u->offset,
                                   .bytes = u->parcel->bytes - u->offset,
                                   .passed = passed,
                                   .state = u};
    TRY(method == HTTP_PATCH
            ? http_upload(s->http, method, url, headers, &rest, ANSWER_MAX, u->arena, &answer)
            : http_fetch(s->http, method, url, headers, (struct str){0}, ANSWER_MAX, u->arena,
                         &answer));
    return answer.status >= 200 && answer.status <= 299 ? NULL : remote_refusal(&answer, u->arena);
}

static const char version[] = "Tus-Resumable: 1.0.0";

/* Where it stands now, as the answer says. */
static struct err *read_offset(struct upload *u)
{
    uint64_t offset = 0;
    struct str text = http_client_header(u->sender->http, "Upload-Offset");
    if (!str_to_u64(text, u->parcel->bytes, &offset))
        return err_new(ERR_INVALID, "the answer has no Upload-Offset: is %s room ingest?",
                       u->sender->ingest.ptr);
    if (offset > u->offset)
        patience_renew(&u->patience);
    u->offset = offset;
    return NULL;
}

static struct err *begin(struct upload *u)
{
    const struct str location = S("/uploads/");
    autobuf struct buf agreement = buf_new(1024);
    if (u->beginnings++ == BEGINNINGS_MAX)
        return err_new(ERR_INVALID, "the archive has lost the upload %d times", BEGINNINGS_MAX);
    buf_base64(&agreement, str_from(u->sender->agreement));
    TRY(buf_done(&agreement, "--agreement"));
    const char *const headers[] = {
        version,
        arena_format(u->arena, "Upload-Length: %llu", (unsigned long long)u->parcel->bytes).ptr,
        arena_format(u->arena, "Upload-Metadata: agreement %s", agreement.ptr).ptr, NULL};
    TRY(ask(u, HTTP_POST, headers));
    struct str where = http_client_header(u->sender->http, "Location");
    if (!str_starts(where, location) ||
        !uuid_parse(str_slice(where, location.len, where.len), &u->id))
        return err_new(ERR_INVALID, "the answer names no upload: is %s room ingest?",
                       u->sender->ingest.ptr);
    u->offset = 0;
    return remember(u);
}

static struct err *look(struct upload *u)
{
    const char *const headers[] = {version, NULL};
    TRY(ask(u, HTTP_HEAD, headers));
    return read_offset(u);
}

static struct err *send_rest(struct upload *u)
{
    uint64_t before = u->offset;
    const char *const headers[] = {
        version, "Content-Type: application/offset+octet-stream",
        arena_format(u->arena, "Upload-Offset: %llu", (unsigned long long)before).ptr, NULL};
    TRY(parcel_read(u->parcel, before)); /* what an earlier run has sent */
    TRY(ask(u, HTTP_PATCH, headers));
    TRY(read_offset(u));
    return u->offset > before ? NULL : err_new(ERR_TRANSIENT, "nothing of what was sent was taken");
}

/* --- until all is there
 * ---------------------------------------------------------------------------------------- */

static struct err *go_on(struct upload *u)
{
    bool fresh = uuid_is_nil(u->id);
    TRY(fresh ? begin(u) : look(u));
    if (u->offset == u->parcel->bytes)
        return NULL;
    if (u->sent == 0)
        u->first = u->offset;
    if (u->offset != u->said)
        fprintf(stderr, "r7: the upload goes on at %llu of %llu bytes\n",
                (unsigned long long)u->offset, (unsigned long long)u->parcel->bytes);
    u->said = u->offset;
    return send_rest(u);
}

/* Another request may still hold the upload, or have moved it; or the archive has too much to do.
 */
static bool will_pass(const struct err *e)
{
    return err_class(e) == ERR_CLASS_TRANSIENT || e->code == ERR_CONFLICT ||
           e->code == ERR_THROTTLED;
}

static struct err *upload_all(struct upload *u)
{
    uint64_t all = u->parcel->bytes;
    do {
        struct err *e = go_on(u);
        arena_reset(u->arena);
        if (e != NULL && e->code == ERR_NOT_FOUND && !uuid_is_nil(u->id))
            u->id = (struct uuid){0}; /* its time was over: from the beginning */
        else if (e != NULL && !will_pass(e))
            return e;
        else if (e != NULL)
            TRY(patience_wait(&u->patience, e));
    } while (uuid_is_nil(u->id) || u->offset < all);
    if (u->first + u->sent > all)
        fprintf(stderr, "r7: %llu bytes had to be sent again\n",
                (unsigned long long)(u->first + u->sent - all));
    return NULL;
}

/* Nothing that is not as it should be stays there. That it could not be ended is no error of its
 * own: nobody announces it, and its time will be over. */
static void destroy(struct upload *u)
{
    const char *const headers[] = {version, NULL};
    const struct err *e = ask(u, HTTP_DELETE, headers);
    if (e == NULL)
        e = deliver_upload_forget(u->sender, u->parcel);
    if (e != NULL)
        fprintf(stderr, "r7: upload %s stays until its time is over: %s\n", uuid_text(u->id).text,
                e->detail);
}

static struct err *open_door(struct sender *s)
{
    if (s->http != NULL)
        return NULL;
    const struct http_client_config config = {.ca = cli_environment("R7_CA"),
                                              .certificate = cli_environment("R7_CERT"),
                                              .key = cli_environment("R7_KEY"),
                                              .timeout_ms = TIMEOUT_MS};
    if (s->ingest.ptr == NULL || config.certificate.ptr == NULL)
        return err_field(ERR_UNAUTHENTICATED, "R7_INGEST_URL",
                         "a package of over %d bytes is uploaded, which needs room ingest's "
                         "address, and the system's certificate in R7_CERT and R7_KEY",
                         BUS_MESSAGE_MAX);
    TRY(state_open(s->state_folder, &s->state));
    s->http = http_client_new(&config);
    return NULL;
}

struct err *deliver_upload(struct sender *s, struct parcel *parcel, struct uuid *out_upload,
                           struct sha256 *out_sha256)
{
    TRY(open_door(s));
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    struct upload u = {.sender = s,
                       .parcel = parcel,
                       .arena = arena,
                       .remembered = remembered_as(s, parcel),
                       .patience = patience_begin(s->patience_s)};
    u.id = recall(&u);
    TRY(upload_all(&u));
    TRY(parcel_read(parcel, parcel->bytes));
    struct err *e = parcel_end(parcel, out_sha256);
    if (e != NULL) {
        destroy(&u);
        return e;
    }
    *out_upload = u.id;
    return NULL;
}
