/* The client: one libcurl handle, so one warm connection to each room. */
#include "base/base.h"
#include "http/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <unistd.h>

struct http_client {
    CURL *curl;
    struct arena *settings;
    struct http_client_config config;
    struct str signature; /* what libcurl calls it */
};

static struct http_signer signer_kept(struct arena *arena, const struct http_signer *signer)
{
    return (struct http_signer){arena_str(arena, signer->region),
                                arena_str(arena, signer->access_key),
                                arena_str(arena, signer->secret_key)};
}

struct http_client *http_client_new(const struct http_client_config *config)
{
    struct http_client *client = must_calloc(1, sizeof *client);
    client->settings = arena_new(1 << 20);
    client->config =
        (struct http_client_config){.ca = arena_str(client->settings, config->ca),
                                    .certificate = arena_str(client->settings, config->certificate),
                                    .key = arena_str(client->settings, config->key),
                                    .timeout_ms = config->timeout_ms,
                                    .signer = signer_kept(client->settings, &config->signer)};
    if (config->signer.region.ptr != NULL)
        client->signature =
            arena_format(client->settings, "aws:amz:%.*s:s3", STR_ARG(config->signer.region));
    client->curl = curl_easy_init();
    if (client->curl == NULL)
        abort();
    return client;
}

void http_client_free(struct http_client *client)
{
    if (client == NULL)
        return;
    curl_easy_cleanup(client->curl);
    arena_free(client->settings);
    free(client);
}

struct sink {
    struct buf body;
    int descriptor; /* -1: into body */
    bool failed;
    const struct http_taker *taker; /* of a success's bytes, or NULL */
    CURL *curl;
    bool begun;
    struct err *refused; /* by the taker */
};

static size_t give_away(struct sink *sink, struct str bytes, long status)
{
    if (!sink->begun)
        sink->refused = sink->taker->begin(sink->taker->state, (int)status);
    sink->begun = true;
    if (sink->refused == NULL)
        sink->refused = sink->taker->take(sink->taker->state, bytes);
    return sink->refused == NULL ? bytes.len : 0;
}

static size_t take(char *bytes, size_t size, size_t count, void *state)
{
    struct sink *sink = state;
    size_t length = size * count;
    long status = 0;
    if (sink->taker != NULL)
        curl_easy_getinfo(sink->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status <= 299)
        return give_away(sink, (struct str){bytes, length}, status);
    if (sink->descriptor < 0) {
        buf_put(&sink->body, (struct str){bytes, length});
        return sink->body.failed ? 0 : length;
    }
    for (size_t done = 0; done < length;) {
        ssize_t wrote = write(sink->descriptor, bytes + done, length - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            sink->failed = true;
            return 0;
        }
        done += (size_t)wrote;
    }
    return length;
}

static int look_up(void *state, curl_off_t due, curl_off_t done, curl_off_t to_send,
                   curl_off_t sent)
{
    const struct http_taker *taker = state;
    (void)due, (void)done, (void)to_send, (void)sent;
    return taker->is_over(taker->state);
}

struct source {
    const struct http_file *file;
    uint64_t done;
    int failed; /* errno, or ENODATA when the file ended too soon */
};

static size_t give(char *out, size_t size, size_t count, void *state)
{
    struct source *source = state;
    const struct http_file *file = source->file;
    uint64_t left = file->bytes - source->done;
    size_t room = size * count < left ? size * count : (size_t)left;
    if (room == 0)
        return 0;
    ssize_t got = pread(file->descriptor, out, room, (off_t)(file->offset + source->done));
    if (got <= 0) {
        source->failed = got < 0 ? errno : ENODATA;
        return CURL_READFUNC_ABORT;
    }
    if (file->passed != NULL)
        file->passed(file->state, file->offset + source->done, (struct str){out, (size_t)got});
    source->done += (size_t)got;
    return (size_t)got;
}

/* libcurl begins again when a connection that it had kept turns out to be dead. */
static int seek(void *state, curl_off_t offset, int origin)
{
    struct source *source = state;
    if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > source->file->bytes)
        return CURL_SEEKFUNC_FAIL;
    source->done = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

/* One question: what goes out, and where the answer goes. */
struct exchange {
    enum http_method method;
    struct str url;
    const char *const *headers;
    struct str body;
    struct source *source; /* instead of the body, or NULL */
    struct sink *sink;
};

static void configure_connection(const struct http_client *client, bool long_lasting)
{
    CURL *curl = client->curl;
    const struct http_client_config *config = &client->config;
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 3000L);
    if (!long_lasting)
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)config->timeout_ms);
    else /* may be long, but must move */
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 30L),
            curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    if (config->ca.len > 0)
        curl_easy_setopt(curl, CURLOPT_CAINFO, config->ca.ptr);
    if (config->certificate.len > 0)
        curl_easy_setopt(curl, CURLOPT_SSLCERT, config->certificate.ptr);
    if (config->key.len > 0)
        curl_easy_setopt(curl, CURLOPT_SSLKEY, config->key.ptr);
}

/* The path as it was signed, or the server finds another signature. */
static void configure_signature(const struct http_client *client)
{
    const struct http_signer *signer = &client->config.signer;
    if (client->signature.ptr == NULL)
        return;
    curl_easy_setopt(client->curl, CURLOPT_AWS_SIGV4, client->signature.ptr);
    curl_easy_setopt(client->curl, CURLOPT_USERNAME, signer->access_key.ptr);
    curl_easy_setopt(client->curl, CURLOPT_PASSWORD, signer->secret_key.ptr);
    curl_easy_setopt(client->curl, CURLOPT_PATH_AS_IS, 1L);
}

static void configure_body(CURL *curl, const struct exchange *x)
{
    if (x->source != NULL) {
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)x->source->file->bytes);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
        curl_easy_setopt(curl, CURLOPT_READDATA, x->source);
        curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, seek);
        curl_easy_setopt(curl, CURLOPT_SEEKDATA, x->source);
    } else if (x->method == HTTP_HEAD) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L); /* else it would wait for the body */
    } else if (x->method != HTTP_GET) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body.len);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, x->body.ptr != NULL ? x->body.ptr : "");
    }
    if (x->method != HTTP_GET && x->method != HTTP_HEAD)
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, http_method_name(x->method));
}

static struct curl_slist *header_list(const struct http_client *client, const struct exchange *x)
{
    struct curl_slist *list = NULL;
    /* Expect: 100-continue would cost a round trip for each large body; for those of any size it is
     * what keeps bytes at home that would be refused. libcurl signs even a header that is not sent,
     * and of the body only what it is told: its digest, here of none. */
    if (client->signature.ptr != NULL)
        list = curl_slist_append(list, "x-amz-content-sha256: "
                                       "e3b0c44298fc1c149afbf4c8996fb924"
                                       "27ae41e4649b934ca495991b7852b855");
    else
        list = curl_slist_append(list, x->source != NULL ? "Expect: 100-continue" : "Expect:");
    for (const char *const *h = x->headers; h != NULL && *h != NULL; h++)
        list = curl_slist_append(list, *h);
    return list;
}

static struct err *judge(const struct http_client *client, const struct exchange *x, CURLcode code,
                         struct arena *arena)
{
    if (x->sink->refused != NULL)
        return x->sink->refused;
    if (x->source != NULL && x->source->failed != 0)
        return err_new(ERR_CORRUPT, "could not read what was to be sent: %s",
                       x->source->failed == ENODATA ? "the file has become shorter"
                                                    : strerrordesc_np(x->source->failed));
    if (x->sink->body.failed)
        return buf_done(&x->sink->body, "the answer");
    if (x->sink->failed)
        return err_new(ERR_STORAGE, "could not write what was received");
    if (code != CURLE_OK)
        return err_private(err_new(ERR_TRANSIENT, "no answer from another service"), "%s: %s",
                           client->signature.ptr == NULL ? arena_cstr(arena, x->url) : "the store",
                           curl_easy_strerror(code));
    return NULL;
}

static struct err *fetch(struct http_client *client, const struct exchange *x, struct arena *arena,
                         struct http_answer_in *out)
{
    CURL *curl = client->curl;
    struct curl_slist *list = header_list(client, x);
    configure_connection(client,
                         x->sink->descriptor >= 0 || x->sink->taker != NULL || x->source != NULL);
    configure_signature(client);
    configure_body(curl, x);
    curl_easy_setopt(curl, CURLOPT_URL, arena_cstr(arena, x->url));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, x->sink);
    if (x->sink->taker != NULL) {
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_up);
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, x->sink->taker);
    }
    CURLcode code = curl_easy_perform(curl);
    curl_slist_free_all(list);
    TRY(judge(client, x, code, arena));
    long status = 0;
    const char *type = NULL;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    *out = (struct http_answer_in){.status = (int)status,
                                   .body = arena_str(arena, buf_str(&x->sink->body)),
                                   .content_type = arena_str(arena, str_from(type))};
    return NULL;
}

struct str http_client_header(const struct http_client *client, const char *name)
{
    struct curl_header *header = NULL;
    return curl_easy_header(client->curl, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK
               ? str_from(header->value)
               : (struct str){0};
}

struct err *http_fetch(struct http_client *client, enum http_method method, struct str url,
                       const char *const *headers, struct str body, size_t limit,
                       struct arena *arena, struct http_answer_in *out)
{
    struct sink sink = {.body = buf_new(limit), .descriptor = -1};
    struct err *e =
        fetch(client, &(struct exchange){method, url, headers, body, NULL, &sink}, arena, out);
    buf_free(&sink.body);
    return e;
}

struct err *http_download(struct http_client *client, struct str url, const char *const *headers,
                          struct str body, int descriptor, struct arena *arena,
                          struct http_answer_in *out)
{
    struct sink sink = {.descriptor = descriptor};
    enum http_method method = body.ptr != NULL ? HTTP_POST : HTTP_GET;
    return fetch(client, &(struct exchange){method, url, headers, body, NULL, &sink}, arena, out);
}

struct err *http_receive(struct http_client *client, struct str url, const char *const *headers,
                         const struct http_taker *taker, size_t limit, struct arena *arena,
                         struct http_answer_in *out)
{
    struct sink sink = {
        .body = buf_new(limit), .descriptor = -1, .taker = taker, .curl = client->curl};
    struct err *e =
        fetch(client, &(struct exchange){HTTP_GET, url, headers, (struct str){0}, NULL, &sink},
              arena, out);
    buf_free(&sink.body);
    return e;
}

struct err *http_upload(struct http_client *client, enum http_method method, struct str url,
                        const char *const *headers, const struct http_file *file, size_t limit,
                        struct arena *arena, struct http_answer_in *out)
{
    struct sink sink = {.body = buf_new(limit), .descriptor = -1};
    struct source source = {.file = file};
    struct err *e =
        fetch(client, &(struct exchange){method, url, headers, (struct str){0}, &source, &sink},
              arena, out);
    buf_free(&sink.body);
    return e;
}
