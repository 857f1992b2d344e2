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
};

struct http_client *http_client_new(const struct http_client_config *config)
{
    struct http_client *client = must_calloc(1, sizeof *client);
    client->settings = arena_new(1 << 20);
    client->config =
        (struct http_client_config){.ca = arena_str(client->settings, config->ca),
                                    .certificate = arena_str(client->settings, config->certificate),
                                    .key = arena_str(client->settings, config->key),
                                    .timeout_ms = config->timeout_ms};
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
};

static size_t take(char *bytes, size_t size, size_t count, void *state)
{
    struct sink *sink = state;
    size_t length = size * count;
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

static void configure(const struct http_client *client, enum http_method method, const char *url,
                      struct str body, struct sink *sink, struct curl_slist *headers)
{
    CURL *curl = client->curl;
    const struct http_client_config *config = &client->config;
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 3000L);
    if (sink->descriptor < 0)
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)config->timeout_ms);
    else /* a download may be long, but must move */
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 30L),
            curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    if (config->ca.len > 0)
        curl_easy_setopt(curl, CURLOPT_CAINFO, config->ca.ptr);
    if (config->certificate.len > 0)
        curl_easy_setopt(curl, CURLOPT_SSLCERT, config->certificate.ptr);
    if (config->key.len > 0)
        curl_easy_setopt(curl, CURLOPT_SSLKEY, config->key.ptr);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
    if (method != HTTP_GET) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.ptr != NULL ? body.ptr : "");
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, http_method_name(method));
    }
}

static struct err *fetch(struct http_client *client, enum http_method method, struct str url,
                         const char *const *headers, struct str body, struct sink *sink,
                         struct arena *arena, struct http_answer_in *out)
{
    /* Expect: 100-continue would cost a round trip for each large body. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (; headers != NULL && *headers != NULL; headers++)
        list = curl_slist_append(list, *headers);
    configure(client, method, arena_cstr(arena, url), body, sink, list);
    CURLcode code = curl_easy_perform(client->curl);
    curl_slist_free_all(list);
    if (sink->body.failed)
        return buf_done(&sink->body, "the answer");
    if (sink->failed)
        return err_new(ERR_STORAGE, "could not write what was received");
    if (code != CURLE_OK)
        return err_private(err_new(ERR_TRANSIENT, "no answer from another service"), "%s: %s",
                           arena_cstr(arena, url), curl_easy_strerror(code));
    long status = 0;
    const char *type = NULL;
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(client->curl, CURLINFO_CONTENT_TYPE, &type);
    *out = (struct http_answer_in){.status = (int)status,
                                   .body = arena_str(arena, buf_str(&sink->body)),
                                   .content_type = arena_str(arena, str_from(type))};
    return NULL;
}

struct err *http_fetch(struct http_client *client, enum http_method method, struct str url,
                       const char *const *headers, struct str body, size_t limit,
                       struct arena *arena, struct http_answer_in *out)
{
    struct sink sink = {.body = buf_new(limit), .descriptor = -1};
    struct err *e = fetch(client, method, url, headers, body, &sink, arena, out);
    buf_free(&sink.body);
    return e;
}

struct err *http_download(struct http_client *client, struct str url, const char *const *headers,
                          struct str body, int descriptor, struct arena *arena,
                          struct http_answer_in *out)
{
    struct sink sink = {.descriptor = descriptor};
    return fetch(client, body.ptr != NULL ? HTTP_POST : HTTP_GET, url, headers, body, &sink, arena,
                 out);
}
