/* Do bodies and answers come whole or not at all: limits before bytes, answers that break off, a
 * client that takes half for nothing, bodies in pieces, plain and over TLS? */
#include "http_raw.h"

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
    struct answering a = {0};
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
    struct answering a = {0};
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
    struct answering a = {0};
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
    struct answering a = {.answer_piece = answer_piece};
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

/* How far a file was passed, in order. */
static void follow_file(void *state, uint64_t offset, struct str bytes)
{
    uint64_t *to = state;
    assert_int_equal(offset, *to);
    *to += bytes.len;
}

static struct err *upload(struct http_client *client, struct str url, const struct http_file *file,
                          struct http_answer_in *out)
{
    return http_upload(client, HTTP_PATCH, url, NULL, file, ANSWER, arena, out);
}

static void upload_files(bool tls)
{
    struct answering a = {.answer_piece = answer_piece};
    struct http_answer_in got = {0};
    uint64_t to = 5;
    autoclose int file = open(path_of(folder, "upload").ptr, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(file, 3 * HTTP_PIECE + 10), 0);
    start_answering(&a, tls);
    struct http_client *client = client_with(tls ? path_of(keys, "ca.crt") : (struct str){0},
                                             (struct str){0}, (struct str){0});
    struct str url = url_of(&a, tls ? "https" : "http", "/");
    const struct http_file part = {file, 5, 3 * HTTP_PIECE + 5, follow_file, &to};
    assert_null(upload(client, url, &part, &got));
    assert_true(str_equal(got.body, S("3145733 bytes in 5")));
    assert_int_equal(to, 3 * HTTP_PIECE + 10);
    const struct http_file nothing = {.descriptor = file, .offset = 5};
    assert_null(upload(client, url, &nothing, &got));
    assert_true(str_equal(got.body, S("0 bytes in 2")));
    to = 0;
    const struct http_file refused = {file, 0, 3 * HTTP_PIECE, follow_file, &to};
    assert_null(upload(client, url_of(&a, tls ? "https" : "http", "/no"), &refused, &got));
    assert_int_equal(got.status, 409);
    assert_int_equal(to, 0); /* not a byte was read for it */
    const struct http_file beyond = {.descriptor = file, .bytes = 3 * HTTP_PIECE + 11};
    const struct err *e = upload(client, url, &beyond, &got);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_CORRUPT);
    http_client_free(client);
    stop_answering(&a);
}

static void a_file_is_sent_while_it_is_read(void **state)
{
    (void)state;
    upload_files(false);
    upload_files(true);
}

static void headers_of_the_answer_are_told(void **state)
{
    (void)state;
    struct answering a = {0};
    struct http_answer_in got = {0};
    start_answering(&a, false);
    struct http_client *client = client_with((struct str){0}, (struct str){0}, (struct str){0});
    assert_null(http_fetch(client, HTTP_HEAD, url_of(&a, "http", "/"), NULL, (struct str){0},
                           ANSWER, arena, &got));
    assert_int_equal(got.status, 200);
    assert_int_equal(got.body.len, 0);
    assert_true(http_client_header(client, "content-LENGTH").len > 0);
    assert_null(http_client_header(client, "Upload-Offset").ptr);
    http_client_free(client);
    stop_answering(&a);
}

static void hear_refusals(bool tls)
{
    const struct str body = {arena_alloc(arena, 3 * HTTP_PIECE, 1), 3 * HTTP_PIECE};
    struct answering a = {.answer_piece = answer_piece};
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
    struct answering a = {.answer_piece = answer_piece};
    start_answering(&a, false);
    struct str told = read_raw(
        send_raw(a.server, "PATCH /no HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"));
    assert_true(str_starts(told, S("HTTP/1.1 409"))); /* before a byte of it is sent */
    stop_answering(&a);
}

static void a_client_that_goes_away_is_told_of(void **state)
{
    (void)state;
    struct answering a = {.answer_piece = answer_piece};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(bodies_have_limits),
        WITH_ARENA(half_an_answer_is_none),
        WITH_ARENA(downloads_go_to_a_file),
        WITH_ARENA(a_body_comes_in_pieces),
        WITH_ARENA(a_file_is_sent_while_it_is_read),
        WITH_ARENA(headers_of_the_answer_are_told),
        WITH_ARENA(a_refusal_is_heard_while_sending),
        WITH_ARENA(a_client_that_goes_away_is_told_of),
    };
    return cmocka_run_group_tests_name("http_body", tests, make_certificates, remove_certificates);
}
