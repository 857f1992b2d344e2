/* Is what a room has in hand told in words as watch.h says? */
#include "arena.h"
#include "services/cli/watch.h"

static const char *said(const char *progress)
{
    autobuf struct buf out = buf_new(256);
    assert_null(watch_say(str_from(progress), arena, &out));
    return arena_cstr(arena, buf_str(&out));
}

static void test_words(void **state)
{
    (void)state;
    assert_string_equal(said(""), "");
    assert_string_equal(said("{\"doing\":\"validating\",\"parts\":102,\"parts_done\":34}"),
                        "validating 34 of 102 parts");
    assert_string_equal(said("{\"doing\":\"indexing\",\"parts\":7,\"parts_done\":0}"),
                        "indexing 0 of 7 parts");
    assert_string_equal(said("{\"doing\":\"storing\",\"parts\":0,\"parts_done\":0}"), "storing");
    assert_string_equal(
        said("{\"doing\":\"listing\",\"parts\":0,\"parts_done\":0,\"entries\":120000}"),
        "listing, 120000 entries so far");
    assert_string_equal(
        said("{\"doing\":\"receiving\",\"parts\":0,\"parts_done\":0,\"bytes\":65536}"),
        "receiving, 65536 bytes so far");
}

/* What a later archive may add is passed over; what is not there is an error and says nothing. */
static void test_others(void **state)
{
    (void)state;
    autobuf struct buf out = buf_new(256);
    assert_string_equal(said("{\"doing\":\"x\",\"parts\":2,\"parts_done\":1,\"later\":true}"),
                        "x 1 of 2 parts");
    assert_non_null(watch_say(S("{\"doing\":\"validating\"}"), arena, &out));
    assert_non_null(watch_say(S("[]"), arena, &out));
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_ARENA(test_words), WITH_ARENA(test_others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
