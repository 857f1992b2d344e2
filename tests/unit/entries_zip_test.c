/* Does the reader of ZIP list and read what is good, and refuse the rest by the right rule? */
#include "containers.h"
#include "unit.h"

static struct str unicode_extra(struct buf *b, struct str raw, struct str utf8)
{
    put_le(b, 2, 0x7075);
    put_le(b, 2, utf8.len + 5);
    buf_byte(b, 1);
    put_le(b, 4, crc32_z(0, (const uint8_t *)raw.ptr, raw.len));
    buf_put(b, utf8);
    return buf_str(b);
}

static void assert_told(const struct zip_member *members, size_t count, const char *expected)
{
    autobuf struct buf zip = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf told = buf_new(CONTAINER_TEST_MAX);
    put_zip(&zip, members, count);
    buf_put(&told, S(""));
    struct err *e = tell(buf_str(&zip), NULL, &told);
    if (e != NULL)
        fail_msg("%s: %s", e->rule, e->detail);
    assert_string_equal(told.ptr, expected);
    err_reset();
}

static void good(void **state)
{
    (void)state;
    autobuf struct buf extra = buf_new(100);
    const struct zip_member members[] = {
        {.name = S("p/"), .mode = 040755},
        {.name = S("p/METS.xml"), .content = S("<mets/>")},
        {.name = S("p/deflated"), .content = S("aaaaaaaaaaaa"), .method = 8},
        {.name = S("p/streamed"), .content = S("bbb"), .method = 8, .flags = ZIP_STREAMED},
        {.name = S("p/large"), .content = S("ccc"), .zip64 = true},
        {.name = S("p/both"),
         .content = S("ddd"),
         .method = 8,
         .flags = ZIP_STREAMED,
         .zip64 = true},
        {.name = S("./p/./empty"), .content = S(""), .method = 8},
        {.name = S("p/utf8-åäö"), .flags = ZIP_UTF8, .content = S("e")},
        {.name = S("p/dos-\x86\x84\x94"), .content = S("f")},
        {.name = S("p/unix-åäö"), .content = S("g")},
        {.name = S("p/#U00e5"),
         .content = S("h"),
         .extra = unicode_extra(&extra, S("p/#U00e5"), S("p/å"))},
        {.name = S("./")},
    };
    assert_told(
        members, COUNT(members),
        "p/\np/METS.xml 7 <mets/>\np/deflated 12 aaaaaaaaaaaa\np/streamed 3 bbb\np/large 3 ccc\n"
        "p/both 3 ddd\np/empty 0 \np/utf8-åäö 1 e\np/dos-åäö 1 f\np/unix-åäö 1 g\np/å 1 h\n");
}

static void empty(void **state)
{
    (void)state;
    assert_told(NULL, 0, "");
}

#define LONG_PART                                                                                  \
    "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901" \
    "23456789"
#define DEEP "a/a/a/a/a/a/a/a/"

static void hostile_entries(void **state)
{
    (void)state;
    static char long_name[5000];
    memset(long_name, 'a', sizeof long_name);
    const struct {
        struct zip_member member;
        const char *rule;
    } cases[] = {
        {{.name = S("/etc/passwd")}, "container_path_unsafe"},
        {{.name = S("../x")}, "container_path_unsafe"},
        {{.name = S("a/../../x")}, "container_path_unsafe"},
        {{.name = S("a/..")}, "container_path_unsafe"},
        {{.name = S("a\\b")}, "container_path_unsafe"},
        {{.name = S("C:/x")}, "container_path_unsafe"},
        {{.name = S("c:x")}, "container_path_unsafe"},
        {{.name = S("a//b")}, "container_path_unsafe"},
        {{.name = S("a//")}, "container_path_unsafe"},
        {{.name = S("a\nb")}, "container_path_unsafe"},
        {{.name = S("a\0b")}, "container_path_unsafe"},
        {{.name = S("a\x7f")}, "container_path_unsafe"},
        {{.name = S("a\xc2\x9b"
                    "b"),
          .flags = ZIP_UTF8},
         "container_path_unsafe"},
        {{.name = S("")}, "container_path_unsafe"},
        {{.name = S("a\xe5"), .flags = ZIP_UTF8}, "container_path_encoding"},
        {{.name = {long_name, 4096}}, "container_path_too_long"},
        {{.name = {long_name, 4095}}, "good"},
        {{.name = S(DEEP DEEP DEEP DEEP DEEP DEEP DEEP DEEP "x")}, "container_path_too_long"},
        {{.name = S("l"), .mode = UNIX_LINK}, "container_link"},
        {{.name = S("f"), .mode = UNIX_FIFO}, "container_kind"},
        {{.name = S("d/"), .content = S("x")}, "container_kind"},
        {{.name = S("d/"), .mode = 0100644}, "container_zip_headers_disagree"},
        {{.name = S("e"), .flags = ZIP_ENCRYPTED}, "container_encrypted"},
        {{.name = S("e"), .method = 99}, "container_encrypted"},
        {{.name = S("e"), .method = 12}, "container_method"},
        {{.name = S("n"), .local_name = S("m")}, "container_zip_headers_disagree"},
        {{.name = S("n"), .content = S("x"), .local_method = 8}, "container_zip_headers_disagree"},
        {{.name = S("n"), .content = S("x"), .method = 8, .local_more_length = 1},
         "container_zip_headers_disagree"},
        {{.name = S("n"), .content = S("x"), .more_length = 1}, "container_zip_headers_disagree"},
        {{.name = S("n"), .content = S("x"), .method = 8, .more_length = 1}, "container_length"},
        {{.name = S("n"), .content = S("xx"), .method = 8, .more_length = (uint64_t)-1},
         "container_length"},
        {{.name = S("n"), .content = S("x"), .crc_error = 1}, "container_checksum"},
        {{.name = S("n"), .content = S("x"), .method = 8, .crc_error = 1}, "container_checksum"},
        {{.name = S("n"), .content = S("x"), .flags = ZIP_STREAMED, .gap = S("y")},
         "container_zip_gap"},
        {{.name = S("n"), .content = S("x"), .flags = ZIP_STREAMED, .gap = S("yyyy")},
         "container_zip_headers_disagree"},
        {{.name = S("n"), .content = S("x"), .gap = S("y")}, "container_zip_gap"},
        {{.name = S("n"), .content = S("x"), .start_error = 1}, "container_zip_gap"},
        {{.name = S("n"), .content = S("x"), .disk = 1}, "container_multi_disk"},
        {{.name = S("n"), .extra = S("\1\0\4\0")}, "container_corrupt"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        autobuf struct buf zip = buf_new(CONTAINER_TEST_MAX);
        put_zip(&zip, &cases[i].member, 1);
        const char *rule = rule_of(buf_str(&zip), NULL);
        if (strcmp(rule, cases[i].rule) != 0)
            fail_msg("case %zu (%.*s): %s, not %s", i, STR_ARG(cases[i].member.name), rule,
                     cases[i].rule);
        err_reset();
    }
}

static const char *rule_of_zip(const struct zip_member *members, size_t count)
{
    autobuf struct buf zip = buf_new(CONTAINER_TEST_MAX);
    put_zip(&zip, members, count);
    return rule_of(buf_str(&zip), NULL);
}

static void duplicates_and_overlaps(void **state)
{
    (void)state;
    const struct zip_member twice[] = {{.name = S("a")}, {.name = S("b")}, {.name = S("a")}};
    const struct zip_member dotted[] = {{.name = S("a")}, {.name = S("./a")}};
    const struct zip_member file_and_folder[] = {{.name = S("a")}, {.name = S("a/")}};
    const struct zip_member same_start[] = {{.name = S("a")},
                                            {.name = S("b"), .start_error = (uint64_t)-31}};
    /* The second header lies inside the first entry's data, as in the bombs that overlap. */
    const struct zip_member inside[] = {{.name = S("a"), .content = S("0123456789")},
                                        {.name = S("b"), .start_error = (uint64_t)-5}};
    assert_string_equal(rule_of_zip(twice, COUNT(twice)), "container_duplicate_name");
    assert_string_equal(rule_of_zip(dotted, COUNT(dotted)), "container_duplicate_name");
    assert_string_equal(rule_of_zip(file_and_folder, COUNT(file_and_folder)),
                        "container_duplicate_name");
    assert_string_equal(rule_of_zip(same_start, COUNT(same_start)), "container_zip_overlap");
    assert_string_equal(rule_of_zip(inside, COUNT(inside)), "container_zip_overlap");
    err_reset();
}

static void ends(void **state)
{
    (void)state;
    const struct zip_member member = {.name = S("a"), .content = S("content"), .method = 8};
    autobuf struct buf zip = buf_new(CONTAINER_TEST_MAX);
    put_zip(&zip, &member, 1);
    size_t whole = zip.len;
    for (size_t i = 1; i < whole; i++) {
        assert_string_not_equal(rule_of(str_slice(buf_str(&zip), 0, i), NULL), "good");
        err_reset();
    }
    buf_byte(&zip, 'x');
    assert_string_equal(rule_of(buf_str(&zip), NULL), "container_truncated");
    zip.len = whole - 2; /* a comment that is an end record */
    put_le(&zip, 2, 22);
    buf_put(&zip, S("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    assert_string_equal(rule_of(buf_str(&zip), NULL), "container_zip_ambiguous");
    zip.len = whole;
    zip.ptr[whole - 2] = 0;
    zip.ptr[whole - 12] = 2; /* more entries claimed than there are */
    zip.ptr[whole - 14] = 2;
    assert_string_equal(rule_of(buf_str(&zip), NULL), "container_zip_headers_disagree");
    zip.ptr[whole - 12] = 0; /* and fewer */
    zip.ptr[whole - 14] = 0;
    assert_string_equal(rule_of(buf_str(&zip), NULL), "container_zip_headers_disagree");
    err_reset();
}

/* No byte of headers or data can change without being noticed, save times, versions and
 * permissions. */
static void every_byte_counts(void **state)
{
    (void)state;
    const struct zip_member member = {
        .name = S("a"), .content = S("content content"), .method = 8, .mode = 0100644};
    autobuf struct buf zip = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf told = buf_new(CONTAINER_TEST_MAX);
    put_zip(&zip, &member, 1);
    for (size_t i = 0; i < zip.len; i++) {
        buf_clear(&told);
        zip.ptr[i] ^= 0x20;
        struct err *e = tell(buf_str(&zip), NULL, &told);
        assert_true(e != NULL || str_equal(buf_str(&told), S("a 15 content content\n")));
        zip.ptr[i] ^= 0x20;
        err_reset();
    }
}

static void bombs_and_limits(void **state)
{
    (void)state;
    autobuf struct buf zeros = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf zip = buf_new(CONTAINER_TEST_MAX);
    memset(buf_reserve(&zeros, 4 << 20), 0, 4 << 20);
    zeros.len = 4 << 20;
    const struct zip_member members[] = {{.name = S("a"), .content = buf_str(&zeros), .method = 8},
                                         {.name = S("b")}};
    put_zip(&zip, members, COUNT(members));
    struct entry_limits limits = entry_limits_default;
    assert_string_equal(rule_of(buf_str(&zip), &limits), "good");
    limits.ratio_from = 1 << 20;
    assert_string_equal(rule_of(buf_str(&zip), &limits), "container_bomb");
    limits = entry_limits_default;
    limits.length = (4 << 20) - 1;
    assert_string_equal(rule_of(buf_str(&zip), &limits), "container_bomb");
    limits = entry_limits_default;
    limits.entries = 1;
    assert_string_equal(rule_of(buf_str(&zip), &limits), "container_too_many_entries");
    err_reset();
}

/* An error names the rule and the place, and never the path: it may name a person. */
static void error_has_place(void **state)
{
    (void)state;
    const struct zip_member members[] = {{.name = S("good")},
                                         {.name = S("19121212-1212"), .mode = UNIX_LINK}};
    autobuf struct buf zip = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf told = buf_new(CONTAINER_TEST_MAX);
    put_zip(&zip, members, COUNT(members));
    struct err *e = tell(buf_str(&zip), NULL, &told);
    assert_string_equal(e->field, "entry 2 at byte 34");
    assert_null(strstr(e->detail, "1212"));
    assert_null(e->private);
    err_reset();
}

static void recognised(void **state)
{
    (void)state;
    enum container container = CONTAINER_TAR;
    assert_null(container_recognise(S("PK\3\4"), &container));
    assert_int_equal(container, CONTAINER_ZIP);
    assert_null(container_recognise(S("\x1f\x8b"), &container));
    assert_int_equal(container, CONTAINER_TAR_GZ);
    assert_non_null(
        strstr(container_recognise(S("7z\xbc\xaf\x27\x1c\0"), &container)->detail, "a 7z archive"));
    assert_non_null(strstr(container_recognise(S("%PDF-1.7"), &container)->detail, "a PDF"));
    assert_string_equal(container_recognise(S("xPK\3\4"), &container)->rule, "container_unknown");
    assert_string_equal(container_recognise(S(""), &container)->rule, "container_empty");
    err_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(empty),
        cmocka_unit_test(hostile_entries),
        cmocka_unit_test(duplicates_and_overlaps),
        cmocka_unit_test(ends),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(bombs_and_limits),
        cmocka_unit_test(error_has_place),
        cmocka_unit_test(recognised),
    };
    return cmocka_run_group_tests_name("entries_zip", tests, NULL, NULL);
}
