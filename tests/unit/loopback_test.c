/* Does r7 take the answer of an identity provider from a browser, and nothing else? */
#include "arena.h"
#include "services/cli/login.h"

static void answers(void **state)
{
    (void)state;
    struct provider_answer answer = {0};
    assert_true(loopback_read(S("GET /callback?code=a%2Bb+c&state=s1&iss=https%3A%2F%2Fidp.test&x=y"
                                "&session_state=1&z HTTP/1.1"),
                              arena, &answer));
    assert_true(str_equal(answer.code, S("a+b c")));
    assert_true(str_equal(answer.state, S("s1")));
    assert_true(str_equal(answer.issuer, S("https://idp.test")));
    assert_null(answer.error.ptr);
    assert_true(
        loopback_read(S("GET /callback?error=access_denied&state=s1 HTTP/1.1"), arena, &answer));
    assert_true(str_equal(answer.error, S("access_denied")));
    assert_null(answer.code.ptr);
}

static void not_answers(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "GET /callback HTTP/1.1",
        "GET /callback? HTTP/1.1",
        "GET /callback?code=a HTTP/1.1",
        "GET /callback?state=s1",
        "POST /callback?state=s1 HTTP/1.1",
        "GET /favicon.ico?state=s1 HTTP/1.1",
        "GET /callback?state=s1&state=s2 HTTP/1.1",
        "GET /callback?state=s1&code=a&code=b HTTP/1.1",
        "GET /callback?state=%7 HTTP/1.1",
        "GET /callback?state=%zz HTTP/1.1",
        "GET /callback?state=% HTTP/1.1",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct provider_answer answer = {.state = S("as it was")};
        if (loopback_read(str_from(wrong[i]), arena, &answer))
            fail_msg("\"%s\" was read", wrong[i]);
    }
    struct provider_answer answer = {0};
    assert_false(loopback_read((struct str){0}, arena, &answer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_ARENA(answers), WITH_ARENA(not_answers)};
    return cmocka_run_group_tests_name("loopback", tests, NULL, NULL);
}
