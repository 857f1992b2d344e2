/* Does http know who the peer is by certificate, on both sides, and when what it trusts changes? */
#include "http_answering.h"

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
    struct answering a = {0};
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
    struct answering a = {0};
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
    struct answering a = {0};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(peers_are_judged),
        WITH_ARENA(trust_changes_while_it_runs),
        WITH_ARENA(a_client_judges_its_server),
    };
    return cmocka_run_group_tests_name("http_trust", tests, make_certificates, remove_certificates);
}
