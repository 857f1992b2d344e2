/* What the tests of http share: a server that answers by itself, clients that ask it, and
 * certificates good and bad.
 *
 * R7_TEST_KEYS: the demo's certificates (tests/run gives it). */
#pragma once

#include "../unit/arena.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "http/http.h"

enum { LIMIT = 1000, QUEUE = 2, ANSWER = 64 * 1024, WAIT_MS = 5000 };

static const char *keys;
static char folder[] = "/tmp/r7-http-XXXXXX";

static inline int make_certificates(void **state)
{
    (void)state;
    char command[512];
    keys = getenv("R7_TEST_KEYS");
    if (keys == NULL) {
        print_message("R7_TEST_KEYS is not set: run it by tests/run\n");
        return -1;
    }
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command, "tests/tools/bad_certificates.sh '%s' '%s'", keys, folder);
    return system(command);
}

static inline int remove_certificates(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static inline struct str path_of(const char *where, const char *name)
{
    return arena_format(arena, "%s/%s", where, name);
}

static inline struct str read_file(struct str path)
{
    char *text = arena_alloc(arena, 1 << 16, 1);
    autoclose int file = open(path.ptr, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(file, text, 1 << 16);
    assert_true(length > 0);
    return (struct str){text, (size_t)length};
}

static inline size_t body_limit(void *state, enum http_method method, struct str path)
{
    (void)state, (void)path;
    return method == HTTP_POST ? LIMIT : method == HTTP_PATCH ? HTTP_IN_PIECES : 0;
}

/* A server, and a thread that answers what comes to it. */
struct answering {
    void (*answer_piece)(struct http_call *call); /* NULL: no body comes in pieces */
    struct http_server *server;
    pthread_t thread;
    atomic_bool stop;
};

static inline int64_t half_a_stream(void *state, uint64_t offset, char *out, size_t size)
{
    (void)state;
    if (offset >= 2 * (uint64_t)size)
        return -1;
    memset(out, 'x', size);
    return (int64_t)size;
}

static inline int64_t whole_stream(void *state, uint64_t offset, char *out, size_t size)
{
    (void)state;
    size_t left = offset < 100000 ? 100000 - (size_t)offset : 0;
    size_t length = left < size ? left : size;
    memset(out, 'y', length);
    return (int64_t)length;
}

static inline void answer(struct http_call *call)
{
    const struct http_peer *peer = http_call_peer(call);
    struct str path = http_call_path(call);
    autobuf struct buf text = buf_new(ANSWER);
    struct http_reply reply = {.status = 200, .content_type = "text/plain"};
    if (str_equal(path, S("/half")))
        reply.stream = (struct http_stream){.read = half_a_stream, .size = -1};
    else if (str_equal(path, S("/whole")))
        reply.stream = (struct http_stream){.read = whole_stream, .size = 100000};
    else
        buf_format(&text, "%s %d %s %zu %.*s", http_method_name(http_call_method(call)),
                   peer->verified, peer->name, http_call_body(call).len,
                   STR_ARG(http_call_query(call, "q")));
    reply.body = buf_str(&text);
    http_answer(call, &reply);
}

static inline void *answer_all(void *state)
{
    struct answering *a = state;
    while (!atomic_load(&a->stop)) {
        struct http_call *call = http_next(a->server, 10);
        if (call != NULL)
            answer(call);
        call = a->answer_piece != NULL ? http_next_piece(a->server, 10) : NULL;
        if (call != NULL)
            a->answer_piece(call);
    }
    return NULL;
}

static inline void start_answering(struct answering *a, bool tls)
{
    const struct str certificate =
        tls ? read_file(path_of(keys, "room-keys.crt")) : (struct str){0};
    const struct http_server_config config = {
        .address = "127.0.0.1",
        .certificate = certificate,
        .key = tls ? read_file(path_of(keys, "room-keys.key")) : (struct str){0},
        .client_ca = tls ? read_file(path_of(keys, "ca.crt")) : (struct str){0},
        .client_crl = tls ? read_file(path_of(folder, "crl.pem")) : (struct str){0},
        .queue = QUEUE,
        .body_limit = body_limit};
    assert_null(http_server_start(&config, &a->server));
    assert_int_equal(pthread_create(&a->thread, NULL, answer_all, a), 0);
}

static inline void stop_answering(struct answering *a)
{
    atomic_store(&a->stop, true);
    pthread_join(a->thread, NULL);
    http_server_stop(a->server);
}

static inline struct http_client *client_with(struct str ca, struct str certificate, struct str key)
{
    const struct http_client_config config = {
        .ca = ca, .certificate = certificate, .key = key, .timeout_ms = WAIT_MS};
    return http_client_new(&config);
}

static inline struct str url_of(const struct answering *a, const char *scheme, const char *path)
{
    return arena_format(arena, "%s://127.0.0.1:%u%s", scheme, http_server_port(a->server), path);
}
