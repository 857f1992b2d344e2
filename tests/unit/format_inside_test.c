/* Do container signatures see what lies inside ZIP and OLE2 files, also in damaged ones and as far
 * as the limits go? */
#include "containers.h"
#include "ole2.h"
#include "signature_files.h"

#define SIGNATURES                                                                                 \
    SIGNATURE("1", SEQUENCE("BOFoffset", "0", "0", "'PK' 03 04"))                                  \
    SIGNATURE("2", SEQUENCE("BOFoffset", "0", "0", "D0CF11E0A1B11AE1"))                            \
    SIGNATURE("3", SEQUENCE("BOFoffset", "0", "100", "'pages/'"))
#define FORMATS                                                                                    \
    FORMAT("1", "x-fmt/263", "ZIP", BY("1"))                                                       \
    FORMAT("2", "fmt/111", "OLE2", BY("2"))                                                        \
    FORMAT("3", "fmt/3", "Pages by its bytes", BY("3") OVER("1"))                                  \
    FORMAT("4", "fmt/4", "Document", NAMED("dok"))                                                 \
    FORMAT("5", "fmt/5", "Document 2", OVER("4"))                                                  \
    FORMAT("6", "fmt/6", "Database", "")                                                           \
    FORMAT("7", "fmt/7", "Word", "")                                                               \
    FORMAT("8", "fmt/8", "Mail", "")                                                               \
    FORMAT("9", "fmt/9", "End", "")
#define CONTAINERS                                                                                 \
    INSIDE("10", "ZIP", INNER("mimetype") INNER_WITH("content.xml", VERSION("[31:32]")))           \
    INSIDE("20", "ZIP", INNER("mimetype") INNER_WITH("content.xml", VERSION("'2'")))               \
    INSIDE("30", "ZIP", INNER("header/version/2.1/"))                                              \
    INSIDE("40", "OLE2",                                                                           \
           INNER("WordDocument")                                                                   \
               INNER_WITH("CompObj", SEQUENCE("BOFoffset", "4", "100", "'Word.Document'")))        \
    INSIDE("50", "OLE2", INNER("Folder/Item"))                                                     \
    INSIDE("60", "ZIP", INNER_WITH("end", SEQUENCE("EOFoffset", "0", "0", "'EOD'")))               \
    INSIDE("70", "ZIP", INNER("nothing leads anywhere"))
#define VERSION(value) SEQUENCE("BOFoffset", "0", "64", "'version=' (22|27) " value)
#define MAPPINGS                                                                                   \
    MAPPING("10", "fmt/4")                                                                         \
    MAPPING("20", "fmt/5")                                                                         \
    MAPPING("30", "fmt/6")                                                                         \
    MAPPING("40", "fmt/7")                                                                         \
    MAPPING("50", "fmt/8") MAPPING("60", "fmt/9") MAPPING("70", "fmt/unknown")
#define TRIGGERS TRIGGER("ZIP", "x-fmt/263") TRIGGER("OLE2", "fmt/111")

static struct format_signatures *signatures;

static int open_them(void **state)
{
    (void)state;
    return open_written(S(SIGNATURE_FILE(SIGNATURES, FORMATS)),
                        S(CONTAINER_FILE(CONTAINERS, MAPPINGS, TRIGGERS)), &signatures) != NULL;
}

static int close_them(void **state)
{
    (void)state;
    format_signatures_drop(&signatures);
    return 0;
}

static const char *zip_is(const struct zip_member *members, size_t count)
{
    autobuf struct buf zip = buf_new(CONTAINER_TEST_MAX);
    put_zip(&zip, members, count);
    return identified(signatures, buf_str(&zip), "x.dok");
}
#define ASSERT_ZIP_IS(expected, ...)                                                               \
    assert_string_equal(zip_is((const struct zip_member[]){__VA_ARGS__},                           \
                               COUNT(((const struct zip_member[]){__VA_ARGS__}))),                 \
                        expected)

static void zips(void **state)
{
    (void)state;
    static const struct zip_member mimetype = {.name = S("mimetype"), .content = S("x")};
    ASSERT_ZIP_IS("fmt/4 container", mimetype,
                  {.name = S("content.xml"), .content = S("<a version='1'/>"), .method = 8});
    ASSERT_ZIP_IS("fmt/5 container", mimetype, /* fmt/4 too, but it goes before that */
                  {.name = S("content.xml"), .content = S("<a version=\"2\"/>")});
    ASSERT_ZIP_IS("x-fmt/263 signature", mimetype,
                  {.name = S("content.xml"), .content = S("<a version='3'/>")});
    ASSERT_ZIP_IS("x-fmt/263 signature",
                  {.name = S("content.xml"), .content = S("<a version='1'/>")});
    ASSERT_ZIP_IS("x-fmt/263 signature", mimetype,
                  {.name = S("Content.xml"), .content = S("<a version='1'/>")});
    ASSERT_ZIP_IS("fmt/6 container", {.name = S("header/"), .mode = 040755},
                  {.name = S("header/version/2.1/"), .mode = 040755});
    ASSERT_ZIP_IS("x-fmt/263 signature", {.name = S("header/version/2.1"), .content = S("x")});
    ASSERT_ZIP_IS("fmt/3 signature", {.name = S("pages/1"), .content = S("x")});
    ASSERT_ZIP_IS("x-fmt/263 signature", {.name = S("nothing leads anywhere"), .content = S("x")});
}

static void ends_of_inner_files(void **state)
{
    (void)state;
    char *bytes = must_calloc(FORMAT_INNER + 1, 1);
    memcpy(bytes + FORMAT_INNER - 3, "EOD", 3);
    ASSERT_ZIP_IS("fmt/9 container",
                  {.name = S("end"), .content = {bytes, FORMAT_INNER}, .method = 8});
    memcpy(bytes + FORMAT_INNER - 3, "xEOD", 4);
    ASSERT_ZIP_IS("x-fmt/263 signature",
                  {.name = S("end"), .content = {bytes, FORMAT_INNER + 1}, .method = 8});
    free(bytes);
}

/* What could be seen counts; why not all was seen is told. */
static void damaged_zips(void **state)
{
    (void)state;
    const struct zip_member members[] = {
        {.name = S("header/version/2.1/"), .mode = 040755},
        {.name = S("content.xml"), .content = S("<a version='1'/>"), .crc_error = 1}};
    autobuf struct buf zip = buf_new(CONTAINER_TEST_MAX);
    put_zip(&zip, members, COUNT(members));
    struct format_result result;
    for (size_t cut = 0; cut < 2; cut++) {
        struct str bytes = str_slice(buf_str(&zip), 0, zip.len - cut);
        struct source source = source_from_str(&bytes);
        assert_null(format_identify_source(signatures, &source, S("x"), arena, &result));
        assert_int_equal(result.count, 1);
        assert_int_equal(result.inside, FORMAT_ZIP);
        assert_int_equal(result.basis, cut == 0 ? FORMAT_BY_CONTAINER : FORMAT_BY_SIGNATURE);
        assert_non_null(result.unopened);
        assert_int_equal(err_class(result.unopened), ERR_CLASS_REJECT);
    }
}

static void ole2_files(void **state)
{
    (void)state;
    static const struct ole2_member word[] = {
        {.name = "\001CompObj", .content = {"....Word.Document.8", 19}},
        {.name = "WordDocument", .content = {"x", 1}}};
    static const struct ole2_member mail[] = {{.name = "Folder", .folder = true},
                                              {.name = "Item", .content = {"x", 1}}};
    struct ole2_made made = ole2_make(word, COUNT(word));
    assert_string_equal(identified(signatures, buf_str(&made.bytes), "x"), "fmt/7 container");
    made.bytes.ptr[ole2_sector(OLE2_SMALL_FIRST) + 4] = 'w';
    assert_string_equal(identified(signatures, buf_str(&made.bytes), "x"), "fmt/111 signature");
    buf_free(&made.bytes);
    made = ole2_make(mail, COUNT(mail));
    assert_string_equal(identified(signatures, buf_str(&made.bytes), "x"), "fmt/8 container");
    made.bytes.len = 700;
    assert_string_equal(identified(signatures, buf_str(&made.bytes), "x"), "fmt/111 signature");
    buf_free(&made.bytes);
}

static struct err *read_nothing(void *state, uint64_t offset, void *out, size_t length)
{
    (void)state, (void)offset, (void)out, (void)length;
    return err_new(ERR_STORAGE, "the storage is away");
}

static void storage_that_is_away_is_no_answer(void **state)
{
    (void)state;
    struct source source = {.read = read_nothing, .size = 1000};
    struct format_result result = {.inside = FORMAT_ZIP};
    assert_int_equal(format_identify_inside(signatures, &source, arena, &result)->code,
                     ERR_STORAGE);
    result.inside = FORMAT_OLE2;
    assert_int_equal(format_identify_inside(signatures, &source, arena, &result)->code,
                     ERR_STORAGE);
    assert_int_equal(format_identify_source(signatures, &source, S("x"), arena, &result)->code,
                     ERR_STORAGE);
}

static void no_extension_of_what_has_a_container_signature(void **state)
{
    (void)state;
    assert_string_equal(identified(signatures, S("no container"), "x.dok"), "unknown");
    assert_true(str_equal(format_containers_version(signatures), S("3")));
}

static void wrong_container_files(void **state)
{
    (void)state;
#define WITH_FILES(files) CONTAINER_FILE(INSIDE("1", "ZIP", files), "", "")
    static const struct {
        struct str text;
        const char *place;
    } wrong[] = {
        {S("<other/>"), "/tmp/format-"},
        {S(CONTAINER_FILE("", "", "")), "/tmp/format-"},
        {S(CONTAINER_FILE(INSIDE("x", "ZIP", INNER("a")), "", "")), ":2"},
        {S(CONTAINER_FILE(INSIDE("1", "RAR", INNER("a")), "", "")), ":2"},
        {S(WITH_FILES("")), ":2"},
        {S(WITH_FILES(INNER(""))), ":2"},
        {S(WITH_FILES("<File/>")), ":2"},
        {S(WITH_FILES(INNER_WITH("a", SEQUENCE("BOFoffset", "0", "0", "'a")))), ":2"},
        {S(CONTAINER_FILE(INSIDE("1", "ZIP", INNER("a")), "<FileFormatMapping Puid='fmt/4'/>", "")),
         ":4"},
        {S(CONTAINER_FILE(INSIDE("1", "ZIP", INNER("a")), MAPPING("1", ""), "")), ":4"},
        {S(CONTAINER_FILE(INSIDE("1", "ZIP", INNER("a")), "", TRIGGER("RAR", "fmt/4"))), ":5"},
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct format_signatures *opened = NULL;
        struct err *e =
            open_written(S(SIGNATURE_FILE(SIGNATURES, FORMATS)), wrong[i].text, &opened);
        if (e == NULL || e->field == NULL || strstr(e->field, wrong[i].place) == NULL)
            fail_msg("%zu: %s", i, e == NULL ? "taken" : e->detail);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(zips),
        WITH_ARENA(ends_of_inner_files),
        WITH_ARENA(damaged_zips),
        WITH_ARENA(ole2_files),
        WITH_ARENA(storage_that_is_away_is_no_answer),
        WITH_ARENA(no_extension_of_what_has_a_container_signature),
        WITH_ARENA(wrong_container_files),
    };
    return cmocka_run_group_tests(tests, open_them, close_them);
}
