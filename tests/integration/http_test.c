/* Does http keep its promises on a real socket: limits before bytes, a full queue, who the peer is
 * by certificate, answers that break off, a client that takes half for nothing?
 *
 * R7_TEST_KEYS: the demo's certificates (tests/run gives it). */
#include "../unit/unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "http/http.h"

enum { LIMIT = 1000, QUEUE = 2, ANSWER = 64 * 1024, WAIT_MS = 5000 };

static const char *keys;
static char folder[] = "/tmp/r7-http-XXXXXX";
static struct arena *arena;

static size_t body_limit(void *state, enum http_method method, struct str path)
{
    (void)state, (void)path;
    return method == HTTP_POST ? LIMIT : method == HTTP_PATCH ? HTTP_IN_PIECES : 0;
}

static struct str path_of(const char *where, const char *name)
{
    return arena_format(arena, "%s/%s", where, name);
}

static struct str read_file(struct str path)
{
    char *text = arena_alloc(arena, 1 << 16, 1);
    autoclose int file = open(path.ptr, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(file, text, 1 << 16);
    assert_true(length > 0);
    return (struct str){text, (size_t)length};
}

/* --- a server that answers by itself
 * ------------------------------------------------------------------------------ */

struct answering {
    struct http_server *server;
    pthread_t thread;
    atomic_bool stop;
};

static int64_t half_a_stream(void *state, uint64_t offset, char *out, size_t size)
{
    (void)state;
    if (offset >= 2 * (uint64_t)size)
        return -1;
    memset(out, 'x', size);
    return (int64_t)size;
}

static int64_t whole_stream(void *state, uint64_t offset, char *out, size_t size)
{
    (void)state;
    size_t left = offset < 100000 ? 100000 - (size_t)offset : 0;
    size_t length = left < size ? left : size;
    memset(out, 'y', length);
    return (int64_t)length;
}

static void answer(struct http_call *call)
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

/* Of calls in pieces: how many were let go of, and how many bytes came of those whose client went
 * away. */
static atomic_int released;
static atomic_size_t came_of_gone;

struct tally {
    size_t arrivals;
    size_t bytes;
};

static void release(void *kept)
{
    (void)kept;
    atomic_fetch_add(&released, 1);
}

static void answer_with(struct http_call *call, int status, const char *text)
{
    const struct http_reply reply = {
        .status = status, .content_type = "text/plain", .body = str_from(text)};
    http_answer(call, &reply);
}

static void answer_piece(struct http_call *call)
{
    char text[64];
    struct tally *tally = http_call_kept(call);
    if (http_call_arrival(call) == HTTP_HEAD_CAME && str_equal(http_call_path(call), S("/no"))) {
        answer_with(call, 409, "no");
        return;
    }
    if (http_call_arrival(call) == HTTP_HEAD_CAME) {
        tally = ARENA_NEW(http_call_arena(call), struct tally);
        http_call_keep(call, tally, release);
    }
    tally->arrivals++;
    tally->bytes += http_call_body(call).len;
    snprintf(text, sizeof text, "%zu bytes in %zu", tally->bytes, tally->arrivals);
    if (http_call_arrival(call) == HTTP_CLIENT_GONE)
        atomic_store(&came_of_gone, tally->bytes);
    if (http_call_arrival(call) == HTTP_CLIENT_GONE || http_call_arrival(call) == HTTP_BODY_ENDED)
        answer_with(call, 200, text);
    else if (tally->arrivals == 2 && str_equal(http_call_path(call), S("/enough")))
        answer_with(call, 413, "enough");
    else
        http_go_on(call);
}

static void *answer_all(void *state)
{
    struct answering *a = state;
    while (!atomic_load(&a->stop)) {
        struct http_call *call = http_next(a->server, 10);
        if (call != NULL)
            answer(call);
        call = http_next_piece(a->server, 10);
        if (call != NULL)
            answer_piece(call);
    }
    return NULL;
}

static void start_answering(struct answering *a, bool tls)
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
    *a = (struct answering){0};
    assert_null(http_server_start(&config, &a->server));
    assert_int_equal(pthread_create(&a->thread, NULL, answer_all, a), 0);
}

static void stop_answering(struct answering *a)
{
    atomic_store(&a->stop, true);
    pthread_join(a->thread, NULL);
    http_server_stop(a->server);
}

static struct http_client *client_with(struct str ca, struct str certificate, struct str key)
{
    const struct http_client_config config = {
        .ca = ca, .certificate = certificate, .key = key, .timeout_ms = WAIT_MS};
    return http_client_new(&config);
}

static struct str url_of(const struct answering *a, const char *scheme, const char *path)
{
    return arena_format(arena, "%s://127.0.0.1:%u%s", scheme, http_server_port(a->server), path);
}

/* --- certificates
 * -------------------------------------------------------------------------------------------------
 */

/* NULL: a client without certificate. */
static struct http_client *client_as(const char *where, const char *name)
{
    return name == NULL ? client_with(path_of(keys, "ca.crt"), (struct str){0}, (struct str){0})
                        : client_with(path_of(keys, "ca.crt"),
                                      path_of(where, arena_format(arena, "%s.crt", name).ptr),
                                      path_of(where, arena_format(arena, "%s.key", name).ptr));
}

/* What the server says of the client. */
static struct str seen(const struct answering *a, struct http_client *client)
{
    struct http_answer_in got = {0};
    assert_null(http_fetch(client, HTTP_GET, url_of(a, "https", "/"), NULL, (struct str){0}, ANSWER,
                           arena, &got));
    assert_int_equal(got.status, 200);
    return got.body;
}

static struct str seen_as(const struct answering *a, const char *where, const char *name)
{
    struct http_client *client = client_as(where, name);
    struct str told = seen(a, client);
    http_client_free(client);
    return told;
}

static void peers_are_judged(void **state)
{
    (void)state;
    struct answering a;
    start_answering(&a, true);
    assert_true(str_equal(seen_as(&a, keys, "room-search"), S("GET 1 room-search 0 ")));
    assert_true(str_equal(seen_as(&a, keys, "npo"), S("GET 1 NPO 0 ")));
    static const char *const bad[] = {"expired", "revoked", "server", "foreign", NULL};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct str told = seen_as(&a, folder, bad[i]);
        if (!str_equal(told, S("GET 0  0 ")))
            fail_msg("%s is taken for \"%.*s\"", bad[i] != NULL ? bad[i] : "nobody", STR_ARG(told));
    }
    stop_answering(&a);
}

/* One connection all the time: trust that changes holds for those that are open too. */
static void trust_changes_while_it_runs(void **state)
{
    (void)state;
    struct answering a;
    start_answering(&a, true);
    const struct str ca = read_file(path_of(keys, "ca.crt"));
    struct http_client *client = client_as(folder, "revoked");
    assert_true(str_equal(seen(&a, client), S("GET 0  0 ")));
    assert_null(http_server_trust(a.server, ca, read_file(path_of(folder, "crl-before.pem"))));
    assert_true(str_equal(seen(&a, client), S("GET 1 room-revoked 0 ")));
    assert_non_null(http_server_trust(a.server, ca, S("no list")));
    assert_non_null(http_server_trust(a.server, S("no authority"), (struct str){0}));
    assert_true(str_equal(seen(&a, client), S("GET 1 room-revoked 0 ")));
    assert_null(http_server_trust(a.server, ca, read_file(path_of(folder, "crl.pem"))));
    assert_true(str_equal(seen(&a, client), S("GET 0  0 ")));
    http_client_free(client);
    stop_answering(&a);
}

static void a_client_judges_its_server(void **state)
{
    (void)state;
    struct answering a;
    struct http_answer_in got = {0};
    start_answering(&a, true);
    struct http_client *client =
        client_with(path_of(folder, "other.crt"), (struct str){0}, (struct str){0});
    const struct err *e = http_fetch(client, HTTP_GET, url_of(&a, "https", "/"), NULL,
                                     (struct str){0}, ANSWER, arena, &got);
    assert_non_null(e);
    assert_int_equal(err_class(e), ERR_CLASS_TRANSIENT);
    http_client_free(client);
    stop_answering(&a);
}

/* --- bodies and answers
 * ------------------------------------------------------------------------------------------- */

static struct err *ask(const struct answering *a, enum http_method method, const char *path,
                       const char *const *headers, struct str body, size_t limit,
                       struct http_answer_in *out)
{
    struct http_client *client = client_with((struct str){0}, (struct str){0}, (struct str){0});
    struct err *e =
        http_fetch(client, method, url_of(a, "http", path), headers, body, limit, arena, out);
    http_client_free(client);
    return e;
}

static void bodies_have_limits(void **state)
{
    (void)state;
    static const char *const chunked[] = {"Transfer-Encoding: chunked", NULL};
    static char bytes[LIMIT + 1];
    struct answering a;
    struct http_answer_in got = {0};
    memset(bytes, 'b', sizeof bytes);
    start_answering(&a, false);
    assert_null(
        ask(&a, HTTP_POST, "/?q=%C3%A5%20b", NULL, (struct str){bytes, LIMIT}, ANSWER, &got));
    assert_true(str_equal(got.body, S("POST 0  1000 å b")));
    assert_null(ask(&a, HTTP_POST, "/", chunked, (struct str){bytes, LIMIT}, ANSWER, &got));
    assert_true(str_equal(got.body, S("POST 0  1000 ")));
    assert_null(ask(&a, HTTP_POST, "/", NULL, (struct str){bytes, LIMIT + 1}, ANSWER, &got));
    assert_int_equal(got.status, 413);
    assert_true(str_equal(got.content_type, S("application/problem+json")));
    assert_null(ask(&a, HTTP_POST, "/", chunked, (struct str){bytes, LIMIT + 1}, ANSWER, &got));
    assert_int_equal(got.status, 413);
    assert_null(ask(&a, HTTP_DELETE, "/", NULL, S("b"), ANSWER, &got));
    assert_int_equal(got.status, 413);
    stop_answering(&a);
}

static void half_an_answer_is_none(void **state)
{
    (void)state;
    struct answering a;
    struct http_answer_in got = {0};
    start_answering(&a, false);
    const struct err *e = ask(&a, HTTP_GET, "/half", NULL, (struct str){0}, (size_t)1 << 20, &got);
    assert_non_null(e);
    assert_int_equal(err_class(e), ERR_CLASS_TRANSIENT);
    assert_null(ask(&a, HTTP_GET, "/whole", NULL, (struct str){0}, (size_t)1 << 20, &got));
    assert_int_equal(got.body.len, 100000);
    e = ask(&a, HTTP_GET, "/whole", NULL, (struct str){0}, 99999, &got);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_TOO_LARGE);
    stop_answering(&a);
}

static void downloads_go_to_a_file(void **state)
{
    (void)state;
    struct answering a;
    struct http_answer_in got = {0};
    start_answering(&a, false);
    autoclose int file = open(path_of(folder, "download").ptr, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct http_client *client = client_with((struct str){0}, (struct str){0}, (struct str){0});
    assert_null(http_download(client, url_of(&a, "http", "/whole"), NULL, (struct str){0}, file,
                              arena, &got));
    assert_int_equal(got.status, 200);
    assert_int_equal(lseek(file, 0, SEEK_END), 100000);
    http_client_free(client);
    stop_answering(&a);
    client = client_with((struct str){0}, (struct str){0}, (struct str){0});
    const struct err *e = http_fetch(client, HTTP_GET, S("http://127.0.0.1:1/"), NULL,
                                     (struct str){0}, ANSWER, arena, &got);
    assert_non_null(e);
    assert_int_equal(err_class(e), ERR_CLASS_TRANSIENT);
    http_client_free(client);
}

/* --- raw connections: what no client of ours would send, and a server that nobody answers for
 * --------------------- */

static int send_raw(const struct http_server *server, const char *text)
{
    const struct timeval patience = {.tv_sec = WAIT_MS / 1000};
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(http_server_port(server)),
                                        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(connection, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(write(connection, text, strlen(text)), strlen(text));
    return connection;
}

/* Up to the end of the headers and what came with them. */
static struct str read_raw(int connection)
{
    char *text = arena_alloc(arena, ANSWER, 1);
    size_t length = 0;
    while (length < ANSWER - 1 && strstr(text, "\r\n\r\n") == NULL) {
        ssize_t got = read(connection, text + length, ANSWER - 1 - length);
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    close(connection);
    return (struct str){text, length};
}

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

/* --- bodies in pieces, plain and over TLS
 * -------------------------------------------------------------------------------------------------
 */

static struct str patched(const struct answering *a, bool tls, const char *path,
                          const char *const *headers, struct str body, int *out_status)
{
    struct http_answer_in got = {0};
    struct http_client *client = client_with(tls ? path_of(keys, "ca.crt") : (struct str){0},
                                             (struct str){0}, (struct str){0});
    struct str url = url_of(a, tls ? "https" : "http", path);
    assert_null(http_fetch(client, HTTP_PATCH, url, headers, body, ANSWER, arena, &got));
    http_client_free(client);
    *out_status = got.status;
    return got.body;
}

static void take_pieces(bool tls)
{
    static const char *const chunked[] = {"Transfer-Encoding: chunked", NULL};
    static const char *const asks[] = {"Expect: 100-continue", NULL};
    const struct str body = {arena_alloc(arena, 3 * HTTP_PIECE + 5, 1), 3 * HTTP_PIECE + 5};
    const struct str one = str_slice(body, 0, HTTP_PIECE);
    struct answering a;
    int status = 0;
    start_answering(&a, tls);
    atomic_store(&released, 0);
    assert_true(str_equal(patched(&a, tls, "/", NULL, body, &status), S("3145733 bytes in 5")));
    assert_true(str_equal(patched(&a, tls, "/", chunked, body, &status), S("3145733 bytes in 5")));
    assert_true(str_equal(patched(&a, tls, "/", asks, one, &status), S("1048576 bytes in 3")));
    assert_true(str_equal(patched(&a, tls, "/", NULL, S("x"), &status), S("1 bytes in 2")));
    assert_true(
        str_equal(patched(&a, tls, "/", NULL, (struct str){0}, &status), S("0 bytes in 2")));
    stop_answering(&a);
    assert_int_equal(atomic_load(&released), 5);
}

static void a_body_comes_in_pieces(void **state)
{
    (void)state;
    take_pieces(false);
    take_pieces(true);
}

static void hear_refusals(bool tls)
{
    const struct str body = {arena_alloc(arena, 3 * HTTP_PIECE, 1), 3 * HTTP_PIECE};
    struct answering a;
    int status = 0;
    start_answering(&a, tls);
    patched(&a, tls, "/no", NULL, body, &status);
    assert_int_equal(status, 409);
    patched(&a, tls, "/no", NULL, S("x"), &status);
    assert_int_equal(status, 409);
    patched(&a, tls, "/enough", NULL, body, &status);
    assert_int_equal(status, 413);
    stop_answering(&a);
}

static void a_refusal_is_heard_while_sending(void **state)
{
    (void)state;
    hear_refusals(false);
    hear_refusals(true);
    struct answering a;
    start_answering(&a, false);
    struct str told = read_raw(
        send_raw(a.server, "PATCH /no HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"));
    assert_true(str_starts(told, S("HTTP/1.1 409"))); /* before a byte of it is sent */
    stop_answering(&a);
}

static void a_client_that_goes_away_is_told_of(void **state)
{
    (void)state;
    struct answering a;
    start_answering(&a, false);
    atomic_store(&released, 0);
    close(send_raw(a.server, "PATCH / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nseven b"));
    for (int i = 0; i < WAIT_MS / 10 && atomic_load(&released) == 0; i++)
        usleep(10000);
    assert_int_equal(atomic_load(&released), 1);
    assert_int_equal(atomic_load(&came_of_gone), 7);
    int open = send_raw(a.server, "PATCH / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx");
    usleep(100000); /* perhaps it has begun: the stop must end it either way */
    stop_answering(&a);
    close(open);
}

static int make_certificates(void **state)
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

static int remove_certificates(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static int begin(void **state)
{
    (void)state;
    arena = arena_new((size_t)16 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    err_reset();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(peers_are_judged, begin, end),
        cmocka_unit_test_setup_teardown(trust_changes_while_it_runs, begin, end),
        cmocka_unit_test_setup_teardown(a_client_judges_its_server, begin, end),
        cmocka_unit_test_setup_teardown(bodies_have_limits, begin, end),
        cmocka_unit_test_setup_teardown(half_an_answer_is_none, begin, end),
        cmocka_unit_test_setup_teardown(downloads_go_to_a_file, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_request_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_full_queue_says_so, begin, end),
        cmocka_unit_test_setup_teardown(who_waits_at_the_end_is_told, begin, end),
        cmocka_unit_test_setup_teardown(a_body_comes_in_pieces, begin, end),
        cmocka_unit_test_setup_teardown(a_refusal_is_heard_while_sending, begin, end),
        cmocka_unit_test_setup_teardown(a_client_that_goes_away_is_told_of, begin, end),
    };
    return cmocka_run_group_tests_name("http", tests, make_certificates, remove_certificates);
}
