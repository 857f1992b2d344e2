/* Does the reader of TAR and tar.gz list and read what is good, and refuse the rest by the right
 * rule? */
#include "containers.h"
#include "unit.h"

#define HUNDRED                                                                                    \
    "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901" \
    "23456789"

static void assert_told(struct str bytes, const char *expected)
{
    autobuf struct buf told = buf_new(CONTAINER_TEST_MAX);
    struct err *e = tell(bytes, NULL, &told);
    if (e != NULL)
        fail_msg("%s: %s", e->rule, e->detail);
    assert_string_equal(told.ptr, expected);
    err_reset();
}

static const struct tar_member good_members[] = {
    {.name = S("./"), .type = '5'},
    {.name = S("./p"), .type = '5'},
    {.name = S("./p/METS.xml"), .content = S("<mets/>")},
    {.name = S("gnu"), .form = TAR_GNU, .content = S("a"), .binary_size = true},
    {.name = S("v7"), .form = TAR_V7, .content = S("b")},
    {.name = S("v7folder/"), .form = TAR_V7},
    {.name = S("name"), .prefix = S("pre/fix"), .content = S("c")},
    {.name = S("pax_global_header"), .type = 'g', .content = S("16 comment=abcd\n")},
    {.name = S("x"),
     .type = 'x',
     .content = S("20 path=p/long-\xc3\xa5\xc3\xa4\n10 size=3\n19 mtime=1234567.5\n")},
    {.name = S("short"), .content = S("ddd")},
    {.name = S("././@LongLink"), .type = 'L', .form = TAR_GNU, .content = S(HUNDRED HUNDRED "\0")},
    {.name = S(HUNDRED), .form = TAR_GNU, .content = S("e")},
    {.name = S("contiguous"), .type = '7', .content = S("")},
};
static const char good_told[] =
    "p/\np/METS.xml 7 <mets/>\ngnu 1 a\nv7 1 b\nv7folder/\npre/fix/name 1 c\n"
    "p/long-åä 3 ddd\n" HUNDRED HUNDRED " 1 e\ncontiguous 0 \n";

static void good(void **state)
{
    (void)state;
    autobuf struct buf tar = buf_new(CONTAINER_TEST_MAX);
    put_tar(&tar, good_members, COUNT(good_members));
    assert_told(buf_str(&tar), good_told);
    put_blocks(&tar, 18);
    assert_told(buf_str(&tar), good_told);
}

/* The same bytes in one gzip member and cut into many. */
static void good_gzip(void **state)
{
    (void)state;
    autobuf struct buf tar = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf one = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf many = buf_new(CONTAINER_TEST_MAX);
    put_tar(&tar, good_members, COUNT(good_members));
    put_deflated(&one, buf_str(&tar), 31);
    for (size_t at = 0; at < tar.len; at += 700)
        put_deflated(&many, str_slice(buf_str(&tar), at, at + 700), 31);
    assert_told(buf_str(&one), good_told);
    assert_told(buf_str(&many), good_told);
}

static void hostile_entries(void **state)
{
    (void)state;
    const struct {
        struct tar_member member;
        const char *rule;
    } cases[] = {
        {{.name = S("/a")}, "container_path_unsafe"},
        {{.name = S("a/../../b")}, "container_path_unsafe"},
        {{.name = S("a\\b")}, "container_path_unsafe"},
        {{.name = S("")}, "container_path_unsafe"},
        {{.name = S("\xe5")}, "container_path_encoding"},
        {{.name = S("a"), .type = '1'}, "container_link"},
        {{.name = S("a"), .type = '2'}, "container_link"},
        {{.name = S("a"), .type = 'K'}, "container_link"},
        {{.name = S("a"), .type = '3'}, "container_kind"},
        {{.name = S("a"), .type = '4'}, "container_kind"},
        {{.name = S("a"), .type = '6'}, "container_kind"},
        {{.name = S("a"), .type = 'V'}, "container_kind"},
        {{.name = S("a"), .type = 'M'}, "container_multi_disk"},
        {{.name = S("a"), .type = 'S'}, "container_sparse"},
        {{.name = S("a"), .type = 'x', .content = S("22 GNU.sparse.major=1\n")},
         "container_sparse"},
        {{.name = S("a"), .type = 'x', .content = S("11 path=/ab")}, "container_corrupt"},
        {{.name = S("a"), .type = 'x', .content = S("99 path=a\n")}, "container_corrupt"},
        {{.name = S("a"), .type = 'x', .content = S("3 \n")}, "container_corrupt"},
        {{.name = S("a"), .type = 'x', .content = S("11 size=-1\n")}, "container_corrupt"},
        {{.name = S("a"), .type = 'g', .content = S("9 path=a\n")}, "container_corrupt"},
        {{.name = S("a"), .type = 'L', .more_size = 1 << 20}, "container_corrupt"},
        {{.name = S("a"), .type = 'x'}, "container_corrupt"}, /* no entry behind it */
        {{.name = S("a/"), .content = S("x")}, "container_kind"},
        {{.name = S("a"), .checksum_error = 1}, "container_checksum"},
        {{.name = S("a"), .more_size = 1025}, "container_truncated"},
        {{.name = S("a"), .more_size = 1ULL << 32}, "container_truncated"},
        {{.name = S("a"), .more_size = 1ULL << 43, .binary_size = true}, "container_truncated"},
        {{.name = S("a"), .more_size = 1ULL << 63, .binary_size = true}, "container_corrupt"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        autobuf struct buf tar = buf_new(CONTAINER_TEST_MAX);
        put_tar(&tar, &cases[i].member, 1);
        const char *rule = rule_of(buf_str(&tar), NULL);
        if (strcmp(rule, cases[i].rule) != 0)
            fail_msg("case %zu (%.*s): %s, not %s", i, STR_ARG(cases[i].member.name), rule,
                     cases[i].rule);
        err_reset();
    }
}

static void duplicate(void **state)
{
    (void)state;
    const struct tar_member members[] = {{.name = S("a")}, {.name = S("b")}, {.name = S("./a")}};
    autobuf struct buf tar = buf_new(CONTAINER_TEST_MAX);
    put_tar(&tar, members, COUNT(members));
    assert_string_equal(rule_of(buf_str(&tar), NULL), "container_duplicate_name");
    err_reset();
}

static void ends(void **state)
{
    (void)state;
    const struct tar_member member = {.name = S("a"), .content = S("x")};
    autobuf struct buf tar = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf gz = buf_new(CONTAINER_TEST_MAX);
    put_tar(&tar, &member, 1);
    size_t whole = tar.len;
    for (size_t i = 512; i < whole; i++) {
        assert_string_equal(rule_of(str_slice(buf_str(&tar), 0, i), NULL), "container_truncated");
        err_reset();
    }
    put_deflated(&gz, buf_str(&tar), 31);
    for (size_t i = 2; i < gz.len; i++) {
        assert_string_equal(rule_of(str_slice(buf_str(&gz), 0, i), NULL), "container_truncated");
        err_reset();
    }
    put_tar_member(&tar, &member); /* a second TAR behind the first would be hidden */
    assert_string_equal(rule_of(buf_str(&tar), NULL), "container_trailing_bytes");
    gz.ptr[gz.len - 5] ^= 1;
    assert_string_equal(rule_of(buf_str(&gz), NULL), "container_checksum");
    gz.ptr[gz.len - 5] ^= 1;
    gz.ptr[gz.len - 1] ^= 1;
    assert_string_equal(rule_of(buf_str(&gz), NULL), "container_length");
    gz.ptr[gz.len - 1] ^= 1;
    buf_put(&gz, S("tail"));
    assert_string_equal(rule_of(buf_str(&gz), NULL), "container_truncated");
    buf_put(&gz, S("tail of more than ten bytes"));
    assert_string_equal(rule_of(buf_str(&gz), NULL), "container_trailing_bytes");
    err_reset();
}

static void bombs_and_limits(void **state)
{
    (void)state;
    const struct tar_member members[] = {{.name = S("a"), .more_size = 8 << 20}, {.name = S("b")}};
    autobuf struct buf tar = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf gz = buf_new(CONTAINER_TEST_MAX);
    put_tar_header(&tar, &members[0]);
    put_blocks(&tar, (8 << 20) / 512);
    put_tar(&tar, &members[1], 1);
    put_deflated(&gz, buf_str(&tar), 31);
    struct entry_limits limits = entry_limits_default;
    assert_string_equal(rule_of(buf_str(&gz), &limits), "good");
    limits.ratio_from = 1 << 20;
    assert_string_equal(rule_of(buf_str(&gz), &limits), "container_bomb");
    limits = entry_limits_default;
    limits.length = (8 << 20) - 1;
    assert_string_equal(rule_of(buf_str(&gz), &limits), "container_bomb");
    assert_string_equal(rule_of(buf_str(&tar), &limits), "container_bomb");
    limits = entry_limits_default;
    limits.entries = 1;
    assert_string_equal(rule_of(buf_str(&gz), &limits), "container_too_many_entries");
    err_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(good_gzip),
        cmocka_unit_test(hostile_entries),
        cmocka_unit_test(duplicate),
        cmocka_unit_test(ends),
        cmocka_unit_test(bombs_and_limits),
    };
    return cmocka_run_group_tests_name("entries_tar", tests, NULL, NULL);
}
