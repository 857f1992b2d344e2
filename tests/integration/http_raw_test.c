/* What does http say to what is no request, to one too many, and to who waits when it ends? */
#include "http_raw.h"

static struct http_server *silent_server(void)
{
    const struct http_server_config config = {
        .address = "127.0.0.1", .queue = QUEUE, .body_limit = body_limit};
    struct http_server *server = NULL;
    assert_null(http_server_start(&config, &server));
    return server;
}

static const char plain_get[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

static void what_is_no_request_is_refused(void **state)
{
    (void)state;
    struct http_server *server = silent_server();
    struct str told = read_raw(send_raw(server, "BREW / HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(str_starts(told, S("HTTP/1.1 405")));
    told = read_raw(send_raw(server, "\x16\x03\x01 this is no HTTP\r\n\r\n"));
    assert_false(str_starts(told, S("HTTP/1.1 2")));
    told = read_raw(
        send_raw(server, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"));
    assert_true(str_starts(told, S("HTTP/1.1 413"))); /* before a byte of it is sent */
    told = read_raw(send_raw(server, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"));
    assert_true(str_starts(told, S("HTTP/1.1 4")));
    assert_null(http_next(server, 100)); /* no worker sees any of it */
    http_server_stop(server);
}

/* Who writes all before it reads hears that it was too much: a connection that is ended with bytes
 * in it takes the answer along. */
static void what_is_too_large_is_heard(void **state)
{
    (void)state;
    enum { BODY = 4000000 };
    struct http_server *server = silent_server();
    char *text = arena_alloc(arena, BODY + 200, 1);
    int head =
        snprintf(text, 200, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", BODY);
    memset(text + head, 'b', BODY);
    struct str told = read_raw(send_raw(server, text));
    assert_true(str_starts(told, S("HTTP/1.1 413")));
    assert_null(http_next(server, 100));
    http_server_stop(server);
}

/* Takes what comes until it is `count`, so that the server has surely queued them. */
static void wait_for_queue(struct http_server *server, struct http_call **out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = http_next(server, WAIT_MS);
        assert_non_null(out[i]);
    }
}

static void a_full_queue_says_so(void **state)
{
    (void)state;
    struct http_server *server = silent_server();
    int waiting[QUEUE];
    for (size_t i = 0; i < QUEUE; i++)
        waiting[i] = send_raw(server, plain_get);
    struct str told = {0};
    /* The first two may still be on their way when the third is there. */
    for (int tries = 0; tries < 50 && !str_starts(told, S("HTTP/1.1 503")); tries++) {
        usleep(20000);
        int third = send_raw(server, plain_get);
        const struct timeval short_patience = {.tv_usec = 200000};
        setsockopt(third, SOL_SOCKET, SO_RCVTIMEO, &short_patience, sizeof short_patience);
        told = read_raw(third);
    }
    assert_true(str_starts(told, S("HTTP/1.1 503")));
    assert_non_null(strstr(told.ptr, "Retry-After:"));
    struct http_call *calls[QUEUE];
    wait_for_queue(server, calls, QUEUE);
    for (size_t i = 0; i < QUEUE; i++)
        answer(calls[i]);
    for (size_t i = 0; i < QUEUE; i++)
        assert_true(str_starts(read_raw(waiting[i]), S("HTTP/1.1 200")));
    http_server_stop(server);
}

static void who_waits_at_the_end_is_told(void **state)
{
    (void)state;
    struct http_server *server = silent_server();
    int waiting = send_raw(server, plain_get);
    usleep(
        300000); /* until it is in the queue; that it came late would not make the answer wrong */
    http_server_stop(server);
    struct str told = read_raw(waiting);
    assert_true(told.len == 0 || str_starts(told, S("HTTP/1.1 503")));
}

static void *stop_soon(void *server)
{
    http_server_stop(server);
    return NULL;
}

static void a_port_has_one_server(void **state)
{
    (void)state;
    struct http_server *first = silent_server();
    struct http_server *second = NULL;
    struct http_server_config config = {.address = "127.0.0.1",
                                        .port = http_server_port(first),
                                        .queue = QUEUE,
                                        .body_limit = body_limit};
    assert_int_equal(err_class(http_server_start(&config, &second)), ERR_CLASS_TRANSIENT);
    pthread_t stopping;
    config.port_wait_ms = WAIT_MS;
    assert_int_equal(pthread_create(&stopping, NULL, stop_soon, first), 0);
    assert_null(http_server_start(&config, &second));
    pthread_join(stopping, NULL);
    http_server_stop(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(what_is_no_request_is_refused), WITH_ARENA(what_is_too_large_is_heard),
        WITH_ARENA(a_full_queue_says_so),          WITH_ARENA(who_waits_at_the_end_is_told),
        WITH_ARENA(a_port_has_one_server),
    };
    return cmocka_run_group_tests_name("http_raw", tests, NULL, NULL);
}
