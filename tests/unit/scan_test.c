/* Does the scanner read what clamd says, and does it tell a clamd that fails from a file that does?
 * The real clamd is asked by tests/integration/scan.sh; here one that is never good. */
#include "base/base.h"
#include "scan/answer.h"
#include "unit.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct {
    const char *answer;
    enum answer_kind kind;
    enum scan_outcome outcome;
    const char *words;
} answers[] = {
    {"1: stream: OK", ANSWER_RESULT, SCAN_CLEAN, ""},
    {"stream: OK", ANSWER_RESULT, SCAN_CLEAN, ""},
    {"17: stream: Win.Test.EICAR_HDB-1 FOUND", ANSWER_RESULT, SCAN_FOUND, "Win.Test.EICAR_HDB-1"},
    {"1: stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND", ANSWER_RESULT, SCAN_NOT_SCANNED,
     "Heuristics.Limits.Exceeded.MaxFileSize"},
    {"1: stream: Heuristics.Encrypted.Zip FOUND", ANSWER_RESULT, SCAN_NOT_SCANNED,
     "Heuristics.Encrypted.Zip"},
    {"1: INSTREAM size limit exceeded. ERROR", ANSWER_LAST, SCAN_NOT_SCANNED,
     "INSTREAM size limit exceeded."},
    {"2: stream: Bad format or broken data ERROR", ANSWER_LAST, SCAN_NOT_SCANNED,
     "Bad format or broken data"},
    {"2: stream: Can't allocate memory ERROR", ANSWER_TROUBLE, 0, NULL},
    {"INSTREAM: Can't write to temporary file. ERROR", ANSWER_TROUBLE, 0, NULL},
    {"COMMAND READ TIMED OUT. ERROR", ANSWER_TROUBLE, 0, NULL},
    {"1: stream:  FOUND", ANSWER_FOREIGN, 0, NULL},
    {"1: stream: OK FOUND it", ANSWER_FOREIGN, 0, NULL},
    {"1: OK", ANSWER_FOREIGN, 0, NULL},
    {"", ANSWER_FOREIGN, 0, NULL},
};

static void reads_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct scan_result result = {0};
        assert_int_equal(answer_read(str_from(answers[i].answer), &result), answers[i].kind);
        if (answers[i].words == NULL)
            continue;
        assert_int_equal(result.outcome, answers[i].outcome);
        assert_true(str_equal(result.words, str_from(answers[i].words)));
    }
}

static void knows_addresses(void **state)
{
    static const char *const right[] = {"/run/clamav/clamd.ctl", "127.0.0.1:3310", "[::1]:3310"};
    static const char *const wrong[] = {"",           "clamd", "clamd:3310",
                                        "127.0.0.1:", "::1:1", "127.0.0.1:99999"};
    (void)state;
    for (size_t i = 0; i < COUNT(right); i++)
        assert_null(scan_server_check(&(struct scan_server){str_from(right[i]), 1}));
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_int_equal(scan_server_check(&(struct scan_server){str_from(wrong[i]), 1})->code,
                         ERR_INVALID);
    char longest[200];
    memset(longest, '/', sizeof longest);
    const struct scan_server server = {{longest, sizeof longest}, 1};
    assert_non_null(scan_server_check(&server));
}

/* --- a server that is never good
 * ------------------------------------------------------------------------------------------------
 */

struct bad_server {
    struct sockaddr_un address;
    int listens;
    struct str says; /* once it has seen the first bytes; then it closes the connection */
    pthread_t thread;
};

static void *serve(void *state)
{
    const struct bad_server *server = state;
    char seen[64];
    int peer = accept(server->listens, NULL, NULL);
    assert_true(peer >= 0 && recv(peer, seen, sizeof seen, 0) > 0);
    assert_true(server->says.len == 0 || send(peer, server->says.ptr, server->says.len, 0) > 0);
    close(peer);
    return NULL;
}

/* What comes of a file of a MiB that is sent to one which says this and closes. */
static struct err *scan_at(struct str says, struct scan_result *out)
{
    static char megabyte[4][SCAN_PIECE];
    struct bad_server server = {.address.sun_family = AF_UNIX, .says = says};
    snprintf(server.address.sun_path, sizeof server.address.sun_path, "/tmp/scan-%d.sock",
             (int)getpid());
    unlink(server.address.sun_path);
    server.listens = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(
        bind(server.listens, (const struct sockaddr *)&server.address, sizeof server.address), 0);
    assert_int_equal(listen(server.listens, 1), 0);
    assert_int_equal(pthread_create(&server.thread, NULL, serve, &server), 0);

    const struct scan_server address = {str_from(server.address.sun_path), UINT64_C(1) << 30};
    autoscanner struct scanner *scanner = scanner_new(&address);
    struct err *e = scanner_begin(scanner, sizeof megabyte);
    for (size_t i = 0; e == NULL && i < COUNT(megabyte); i++)
        e = scanner_add(scanner, (struct str){megabyte[i], SCAN_PIECE});
    if (e == NULL)
        e = scanner_end(scanner, out);
    pthread_join(server.thread, NULL);
    close(server.listens);
    unlink(server.address.sun_path);
    return e;
}

static void waits_for_a_server_that_fails(void **state)
{
    static char endless[2 * SCAN_ANSWER];
    struct scan_result result = {0};
    (void)state;
    memset(endless, 'x', sizeof endless);
    const struct str bad[] = {S(""),
                              S("1: stream: OK"),
                              S("hello\0"),
                              S("INSTREAM: Can't create temporary file. ERROR\0"),
                              {endless, sizeof endless}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct err *e = scan_at(bad[i], &result);
        assert_int_equal(err_class(e), ERR_CLASS_TRANSIENT);
        assert_string_equal(e->rule, "scanner_away");
    }
}

/* Clamd says so in the middle of the file and closes. */
static void hears_an_early_answer(void **state)
{
    struct scan_result result = {0};
    (void)state;
    assert_null(scan_at(S("1: INSTREAM size limit exceeded. ERROR\0"), &result));
    assert_int_equal(result.outcome, SCAN_NOT_SCANNED);
}

static void sends_nothing_that_is_too_large(void **state)
{
    const struct scan_server nobody = {S("/nowhere/clamd"), 1000};
    struct scan_result result = {0};
    (void)state;
    autoscanner struct scanner *scanner = scanner_new(&nobody);
    assert_null(scanner_begin(scanner, 1001));
    assert_null(scanner_add(scanner, S("abc")));
    assert_null(scanner_end(scanner, &result));
    assert_int_equal(result.outcome, SCAN_NOT_SCANNED);
    assert_int_equal(err_class(scanner_begin(scanner, 1000)), ERR_CLASS_TRANSIENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_answers),
        cmocka_unit_test(knows_addresses),
        cmocka_unit_test(waits_for_a_server_that_fails),
        cmocka_unit_test(hears_an_early_answer),
        cmocka_unit_test(sends_nothing_that_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
