/* Asks a room again and again, as so many people at once, each with a connection that is kept.
 *
 *   ask CLIENTS REQUESTS URLS [BODY [HELD]]
 *
 * Files by their whole paths. URLS is a file of addresses, one a line, asked in turn; with BODY, a
 * file, it is posted as XML. Prints one line: requests, how many were not answered with 200 and the
 * text HELD in the answer, bytes of the last answer, answers a second, and microseconds until an
 * answer was whole: half of them (p50), all but one in a hundred (p99). R7_CA; R7_TOKEN for people;
 * R7_CERT and R7_KEY for systems and platforms. */
#include "http/http.h"
#include "packages.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { CLIENTS_MAX = 256, REQUESTS_MAX = 10000000, ANSWER_MAX = 64 * 1024 * 1024, URLS_MAX = 1000 };

struct asking {
    struct http_client_config config;
    const char *headers[3];
    struct str urls[URLS_MAX];
    size_t url_count;
    struct str body; /* absent: GET */
    struct str held;
    int64_t requests;
    int64_t *took;
    _Atomic int64_t next;
    _Atomic int64_t failures;
    _Atomic size_t bytes;
};

static void ask_once(struct asking *a, struct http_client *client, struct arena *arena, int64_t n)
{
    struct http_answer_in answer = {0};
    enum http_method method = a->body.ptr != NULL ? HTTP_POST : HTTP_GET;
    int64_t start = clock_monotonic_us();
    struct err *e = http_fetch(client, method, a->urls[(size_t)n % a->url_count], a->headers,
                               a->body, ANSWER_MAX, arena, &answer);
    a->took[n] = clock_monotonic_us() - start;
    atomic_store(&a->bytes, answer.body.len);
    if (e != NULL || answer.status != 200 ||
        (a->held.len > 0 &&
         memmem(answer.body.ptr, answer.body.len, a->held.ptr, a->held.len) == NULL))
        atomic_fetch_add(&a->failures, 1);
}

static void *client_thread(void *state)
{
    struct asking *a = state;
    struct http_client *client = http_client_new(&a->config);
    autoarena struct arena *arena = arena_new((size_t)ANSWER_MAX + (1 << 20));
    for (int64_t n = 0; (n = atomic_fetch_add(&a->next, 1)) < a->requests;) {
        ask_once(a, client, arena, n);
        arena_reset(arena);
        err_reset();
    }
    http_client_free(client);
    return NULL;
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static struct str environment(const char *name)
{
    return str_from(getenv(name)); /* NOLINT(concurrency-mt-unsafe): before the threads */
}

static struct err *prepare(struct asking *a, const char *urls, const char *body,
                           struct arena *arena)
{
    autobuf struct buf text = buf_new((size_t)1 << 20);
    struct str token = environment("R7_TOKEN");
    size_t header = 0;
    a->config = (struct http_client_config){.ca = environment("R7_CA"),
                                            .certificate = environment("R7_CERT"),
                                            .key = environment("R7_KEY"),
                                            .timeout_ms = 60000};
    if (token.ptr != NULL)
        a->headers[header++] =
            arena_format(arena, "Authorization: Bearer %.*s", STR_ARG(token)).ptr;
    if (body != NULL) {
        a->headers[header] = "Content-Type: text/xml; charset=utf-8";
        TRY(package_bytes_read("", str_from(body), &text));
        a->body = arena_str(arena, buf_str(&text));
        buf_clear(&text);
    }
    TRY(package_bytes_read("", str_from(urls), &text));
    struct str rest = arena_str(arena, buf_str(&text));
    for (struct str line = {0}; a->url_count < URLS_MAX && str_cut(&rest, '\n', &line);)
        if (line.len > 0)
            a->urls[a->url_count++] = line;
    return a->url_count > 0 ? NULL : err_new(ERR_INVALID, "there is no address in \"%s\"", urls);
}

static void run(struct asking *a, int64_t clients)
{
    pthread_t threads[CLIENTS_MAX];
    int64_t start = clock_monotonic_us();
    for (int64_t i = 0; i < clients; i++)
        if (pthread_create(&threads[i], NULL, client_thread, a) != 0)
            abort();
    for (int64_t i = 0; i < clients; i++)
        pthread_join(threads[i], NULL);
    int64_t us = clock_monotonic_us() - start;
    qsort(a->took, (size_t)a->requests, sizeof *a->took, by_time);
    printf("requests=%lld failures=%lld bytes=%zu per_second=%lld p50_us=%lld p99_us=%lld\n",
           (long long)a->requests, (long long)a->failures, a->bytes,
           (long long)(a->requests * 1000000 / (us + 1)), (long long)a->took[a->requests / 2],
           (long long)a->took[a->requests * 99 / 100]);
}

int main(int argc, char **argv)
{
    static struct asking a;
    int64_t clients = 0;
    if (argc < 4 || argc > 6 || !str_to_i64(str_from(argv[1]), 1, CLIENTS_MAX, &clients) ||
        !str_to_i64(str_from(argv[2]), 1, REQUESTS_MAX, &a.requests)) {
        fputs("usage: ask CLIENTS REQUESTS URLS [BODY [HELD]]\n", stderr);
        return 2;
    }
    autoarena struct arena *arena = arena_new((size_t)256 << 20);
    a.took = ARENA_ARRAY(arena, int64_t, (size_t)a.requests);
    a.held = str_from(argc == 6 ? argv[5] : NULL);
    struct err *e = prepare(&a, argv[3], argc >= 5 ? argv[4] : NULL, arena);
    if (e != NULL) {
        fprintf(stderr, "ask: %s\n", e->detail);
        return 1;
    }
    run(&a, clients);
    return 0;
}
