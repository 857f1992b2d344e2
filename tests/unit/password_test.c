/* Are passwords kept so that they can be checked and not read? */
#include "base/base.h"
#include "services/access/password.h"
#include "unit.h"

static bool right(struct str stored, struct str password)
{
    bool answer = false;
    assert_null(password_check(stored, password, &answer));
    return answer;
}

static void kept_and_checked(void **state)
{
    (void)state;
    autobuf struct buf stored = buf_new(PASSWORD_HASH_MAX);
    assert_null(password_hash(S("correct horse å"), &stored));
    assert_true(str_starts(buf_str(&stored), S("$scrypt$ln=15,r=8,p=1$")));
    assert_int_equal(stored.len, 22 + 22 + 1 + 43);
    assert_true(right(buf_str(&stored), S("correct horse å")));
    assert_false(right(buf_str(&stored), S("correct horse ä")));
    assert_false(right(buf_str(&stored), S("correct horse å ")));
    assert_false(right(buf_str(&stored), S("")));
    autobuf struct buf again = buf_new(PASSWORD_HASH_MAX);
    assert_null(password_hash(S("correct horse å"), &again));
    assert_false(str_equal(buf_str(&stored), buf_str(&again)));
}

/* RFC 7914 section 12, third vector: N = 16384, r = 8, p = 1. The first 32 of its 64 bytes are the
 * 32 asked for here, as PBKDF2 gives them block by block. */
static void published_vector(void **state)
{
    (void)state;
    assert_true(right(
        S("$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI"),
        S("pleaseletmein")));
    assert_false(right(
        S("$scrypt$ln=13,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI"),
        S("pleaseletmein")));
}

static void limits(void **state)
{
    (void)state;
    autobuf struct buf out = buf_new(PASSWORD_HASH_MAX);
    char large[PASSWORD_MAX + 1];
    memset(large, 'x', sizeof large);
    assert_int_equal(password_hash(S("elevenbytes"), &out)->code, ERR_INVALID);
    assert_int_equal(password_hash((struct str){large, sizeof large}, &out)->code, ERR_INVALID);
    assert_int_equal(password_hash(S("not utf-8 \xff\xff\xff"), &out)->code, ERR_INVALID);
    assert_int_equal(out.len, 0);
    err_reset();
}

static void damaged(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "$",
        "secret",
        "$2b$10$abc",
        "$scrypt$ln=15,r=8,p=1",
        "$scrypt$ln=15,r=8,p=1$$",
        "$scrypt$ln=18,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
        "$scrypt$ln=0,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
        "$scrypt$ln=14,r=9,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
        "$scrypt$ln=,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
        "$scrypt$ln=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
        "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf04",
        "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=",
        "$scrypt$ln=14,r=8,p=1$U29ka!VtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
        "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGUU29kaXVtQ2hsb3JpZGUU29kaXVtQ2hsb3JpZGU$"
        "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI"};
    bool answer = true;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_int_equal(password_check(str_from(texts[i]), S("pleaseletmein"), &answer)->code,
                         ERR_BUG);
    err_reset();
}

/* Without an account the answer is no, after as much work: within a factor that no scheduler hides.
 */
static void no_account(void **state)
{
    (void)state;
    autobuf struct buf stored = buf_new(PASSWORD_HASH_MAX);
    assert_null(password_hash(S("correct horse"), &stored));
    int64_t start = clock_monotonic_us();
    assert_false(right(buf_str(&stored), S("wrong horse")));
    int64_t known = clock_monotonic_us() - start;
    start = clock_monotonic_us();
    assert_false(right((struct str){0}, S("wrong horse")));
    int64_t unknown = clock_monotonic_us() - start;
    assert_true(unknown * 10 > known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_and_checked), cmocka_unit_test(published_vector),
        cmocka_unit_test(limits),           cmocka_unit_test(damaged),
        cmocka_unit_test(no_account),
    };
    return cmocka_run_group_tests_name("password", tests, NULL, NULL);
}
