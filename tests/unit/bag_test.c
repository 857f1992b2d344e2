/* Are the tag files of a bag read as RFC 8493 has them, and is a package in a bag judged as one?
 * The rules of bags are broken one by one in mutations_bag.def. */
#include "judged.h"
#include "text/bag.h"
#include "text/encoding.h"

/* --- lines
 * --------------------------------------------------------------------------------------------- */

static void declarations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", true},
        {"BagIt-Version: 1.0\r\nTag-File-Character-Encoding: UTF-8", true},
        {"BagIt-Version: 0.97\rTag-File-Character-Encoding: ISO-8859-1\r", true},
        {"BagIt-Version : 0.97\nTag-File-Character-Encoding :UTF-8\n", true},
        {"BagIt-Version : 1.0\nTag-File-Character-Encoding: UTF-8\n", false},
        {"BagIt-Version:  1.0\nTag-File-Character-Encoding: UTF-8\n", false},
        {"\xef\xbb\xbf"
         "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
         false},
        {"BagIt-Version: 1\nTag-File-Character-Encoding: UTF-8\n", false},
        {"BagIt-Version: 0.97\n", false},
        {"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nx\n", false},
        {"BagIt-Version: 1.0\nTag-File-Character-Encoding: EBCDIC\n", false},
        {"", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bag_declaration declaration;
        const char *fault = bag_declaration_parse(str_from(cases[i].text), &declaration);
        assert_int_equal(fault == NULL, cases[i].good);
    }
}

static void listed_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int major;
        const char *path; /* NULL: it is none */
    } cases[] = {
        {"aa data/x", 1, "data/x"},
        {"aa  \t data/x y", 1, "data/x y"},
        {"aa *data/x", 0, "data/x"},
        {"aa *data/x", 1, "*data/x"},
        {"aa ./data/x", 0, "data/x"},
        {"aa data/a%0Ab%0d%25", 1, "data/a\nb\r%"},
        {"aa data/a%25", 0, "data/a%25"},
        {"aa", 1, NULL},
        {"aa ", 1, NULL},
        {" data/x", 1, NULL},
    };
    autoarena struct arena *arena = arena_new(1 << 20);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct bag_declaration declaration = {.major = cases[i].major, .minor = 97};
        struct bag_listed listed;
        bool is = bag_listed_parse(str_from(cases[i].line), &declaration, arena, &listed);
        assert_int_equal(is, cases[i].path != NULL);
        assert_true(!is || str_equal(listed.path, str_from(cases[i].path)));
    }
    const struct bag_declaration newer = {.major = 1};
    struct bag_listed listed;
    assert_true(bag_fetch_parse(S("https://x/y - data/a b"), &newer, arena, &listed));
    assert_true(str_equal(listed.path, S("data/a b")));
    assert_false(listed.measured);
    assert_true(bag_fetch_parse(S("https://x/y 12 data/a"), &newer, arena, &listed));
    assert_true(listed.measured && listed.length == 12);
    assert_false(bag_fetch_parse(S("https://x/y twelve data/a"), &newer, arena, &listed));
}

static void paths(void **state)
{
    (void)state;
    static const char *const unsafe[] = {"",        "/a",   "~/a",   "~root/a", "../a",
                                         "data/..", "a\\b", "C:\\a", "a/./b"};
    for (size_t i = 0; i < COUNT(unsafe); i++)
        assert_false(bag_path_is_safe(str_from(unsafe[i])));
    assert_true(bag_path_is_safe(S("data/a..b/~c")));
}

static void elements(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(1 << 20);
    struct bag_element e;
    struct str rest = S("A: one\r\n two\n\n\tno label\nB:\nthree\n");
    assert_true(bag_info_next(&rest, arena, &e));
    assert_true(str_equal(e.label, S("A")) && str_equal(e.value, S("one two")));
    assert_true(bag_info_next(&rest, arena, &e) && e.label.len == 0);
    assert_true(bag_info_next(&rest, arena, &e) && str_equal(e.label, S("B")));
    assert_true(bag_info_next(&rest, arena, &e) && e.label.len == 0);
    assert_false(bag_info_next(&rest, arena, &e));
}

/* --- bags
 * ---------------------------------------------------------------------------------------------- */

enum { FILES = 10 };
struct files {
    struct {
        const char *name;
        const char *content;
    } at[FILES];
};

#define DECLARED(version) "BagIt-Version: " version "\nTag-File-Character-Encoding: UTF-8\n"
#define MD5_HI            "49f68a5c8493ec2c0bf489821c21fc3b"
#define SHA1_HI           "c22b5f9178342609428d6f51b2c5af4c0bde6a42"

static const struct files clean = {{
    {"b/bagit.txt", DECLARED("1.0")},
    {"b/bag-info.txt", "External-Identifier: urn:bag:1\nPayload-Oxum: 2.1\n"},
    {"b/manifest-md5.txt", MD5_HI "  data/a.txt\n"},
    {"b/manifest-sha1.txt", SHA1_HI "  data/a.txt\n"},
    {"b/data/a.txt", "hi"},
}};

static void judge(const struct files *files, struct judged *out)
{
    struct tar_member members[FILES] = {0};
    size_t count = 0;
    for (size_t i = 0; i < FILES; i++)
        if (files->at[i].name != NULL)
            members[count++] = (struct tar_member){.name = str_from(files->at[i].name),
                                                   .content = str_from(files->at[i].content)};
    judge_members(members, count, out);
}

static void told(const struct files *files, const char *expected)
{
    struct judged j = judged_new();
    judge(files, &j);
    assert_string_equal(j.told.ptr, expected);
    judged_free(&j);
}

static void before_1_0(void **state)
{
    (void)state;
    struct files old = clean;
    old.at[0].content = DECLARED("0.97");
    old.at[2].content = "";
    told(&old, ""); /* one manifest is enough */
}

#define METS                                                                                       \
    "<mets xmlns='http://www.loc.gov/METS/' OBJID='urn:p' TYPE='ERMS' PROFILE='"                   \
    "http://xml.ra.se/e-arkiv/METS/CommonSpecificationSwedenPackageProfile.xml'/>"

static bool holds(const struct judged *j, const char *word)
{
    return strstr(j->told.ptr, word) != NULL;
}

/* A package in the bag is judged as one: its description in data/ itself, or in a folder of it. */
static void packages_in_bags(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        const char *description;
        const char *finding;
        bool misnamed; /* the folder around it, which OBJID should be the name of */
    } cases[] = {{"b/data/a.txt", "b/data/METS.xml", "CSIP2.2 ", false},
                 {"b/data/p/a.txt", "b/data/p/METS.xml", "CSIP2.2 ", true},
                 {"b/data/urn+p/a.txt", "b/data/urn+p/METS.xml", "CSIP2.2 ", false},
                 {"b/data/a.txt", "b/data/sip.xml", "FGS60.1 ", false},
                 {"b/data/p/a.txt", "b/data/p/mets.xml", "FGS60.1 ", false},
                 {"b/data/a.txt", "b/data/p/METS.xml", "CSIPSTR1.1 ", false},
                 {"b/data/p/a.txt", "b/data/p/q/METS.xml", "bag_missing.1 ", false},
                 {"b/data/a.txt", "b/data/readme.txt", "bag_unlisted.1 ", false}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct files package = clean;
        struct judged j = judged_new();
        bool described = strstr(cases[i].finding, "bag") == NULL;
        bool identified = described && strstr(cases[i].finding, "STR") == NULL;
        package.at[1].content = "External-Identifier: urn:bag:1\n";
        package.at[4].name = cases[i].file;
        package.at[5].name = cases[i].description;
        package.at[5].content = METS;
        judge(&package, &j);
        assert_true(holds(&j, cases[i].finding));
        assert_int_equal(holds(&j, "CSIP1.3 "), cases[i].misnamed);
        assert_true(holds(&j, "bag_unlisted.1 "));
        assert_int_equal(holds(&j, "CSIP") || holds(&j, "FGS"), described);
        assert_true(str_equal(j.objid, identified ? S("urn:p") : S("urn:bag:1")));
        judged_free(&j);
    }
}

/* Each character of what is written in UTF-16 as two bytes, behind a byte order mark. */
static struct str in_utf16(const char *text, bool little, struct arena *arena)
{
    size_t length = strlen(text);
    char *out = arena_alloc(arena, 2 * length + 2, 1);
    memset(out, 0, 2 * length + 2);
    memcpy(out, little ? "\xff\xfe" : "\xfe\xff", 2);
    for (size_t i = 0; i < length; i++)
        out[2 * i + 2 + !little] = text[i];
    return (struct str){out, 2 * length + 2};
}

static void tag_files_in_utf16(void **state)
{
    (void)state;
    enum { LINES = 20000 };
    autoarena struct arena *arena = arena_new(8 << 20);
    autobuf struct buf manifest = buf_new(4 << 20);
    struct tar_member members[FILES] = {0};
    size_t count = 0;
    for (size_t i = 0; i < FILES && clean.at[i].name != NULL; i++)
        members[count++] = (struct tar_member){.name = str_from(clean.at[i].name),
                                               .content = str_from(clean.at[i].content)};
    members[0].content = S("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-16\n");
    for (int little = 0; little < 2; little++) {
        struct judged j = judged_new();
        for (size_t i = 1; i < 4; i++)
            members[i].content = in_utf16(clean.at[i].content, little != 0, arena);
        judge_members(members, count, &j);
        assert_string_equal(j.told.ptr, "");
        assert_true(str_equal(j.objid, S("urn:bag:1")));
        judged_free(&j);
    }
    for (int i = 0; i < LINES; i++)
        buf_format(&manifest, "%s  data/a.txt\n", MD5_HI);
    buf_byte(&manifest, '\0');
    members[2].content = in_utf16(manifest.ptr, true, arena);
    struct judged j = judged_new();
    judge_members(members, count, &j);
    assert_string_equal(j.told.ptr, "bag_listed_once.1 ");
    judged_free(&j);
}

static void utf16_in_pieces(void **state)
{
    (void)state;
    static const struct {
        struct str from;
        const char *to;
    } cases[] = {
        {S("\xfe\xff\0a\0\xe5\x20\xac\xd8\x34\xdd\x1e\0b"), "aå€𝄞b"},
        {S("\xff\xfe"
           "a\0\xe5\0\xac\x20\x34\xd8\x1e\xdd"
           "b\0"),
         "aå€𝄞b"},
        {S("\0a\0b"), "ab"},
        {S("\0a\xd8\x34\0b"), "a\xef\xbf\xbd"
                              "b"},
        {S("\0a\xdd\x1e\0b"), "a\xef\xbf\xbd"
                              "b"},
        {S("\0a\0"), "a"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t step = 1; step <= cases[i].from.len; step++) {
            struct utf16 wide = {0};
            char out[64];
            size_t length = 0;
            for (size_t at = 0; at < cases[i].from.len; at += step)
                length +=
                    utf16_to_utf8(&wide, str_slice(cases[i].from, at, at + step), out + length);
            assert_true(str_equal((struct str){out, length}, str_from(cases[i].to)));
        }
}

/* Lines across the pieces that a manifest is read in. */
static void long_manifests(void **state)
{
    (void)state;
    enum { LINES = 20000 };
    autobuf struct buf manifest = buf_new(4 << 20);
    struct files many = clean;
    for (int i = 0; i < LINES; i++)
        buf_format(&manifest, "%s  data/a.txt%s", MD5_HI,
                   i % 3 == 0   ? "\r\n"
                   : i % 3 == 1 ? "\n"
                                : "\r");
    buf_byte(&manifest, '\0');
    many.at[2].content = manifest.ptr;
    told(&many, "bag_listed_once.1 ");
    buf_clear(&manifest);
    for (int i = 0; i < LINES; i++)
        buf_format(&manifest, "%s  data/a.txt", MD5_HI);
    buf_byte(&manifest, '\0');
    many.at[2].content = manifest.ptr;
    told(&many, "bag_line.1 bag_unlisted.1 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(declarations),    cmocka_unit_test(listed_lines),
        cmocka_unit_test(paths),           cmocka_unit_test(elements),
        cmocka_unit_test(before_1_0),      cmocka_unit_test(packages_in_bags),
        cmocka_unit_test(long_manifests),  cmocka_unit_test(tag_files_in_utf16),
        cmocka_unit_test(utf16_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
