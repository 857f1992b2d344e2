/* Do signatures lead to the formats they should: priorities, extensions, the ends of large files;
 * and are signature files that are wrong refused with the place? */
#include "signature_files.h"

#define SIGNATURES                                                                                 \
    SIGNATURE("1", SEQUENCE("BOFoffset", "0", "0", "'%PDF-'"))                                     \
    SIGNATURE("2", SEQUENCE("BOFoffset", "0", "0", "'%PDF-1.4'")                                   \
                       SEQUENCE("EOFoffset", "0", "1024", "'%%EOF'"))                              \
    SIGNATURE("3", SEQUENCE("BOFoffset", "0", "9", "'magic'"))                                     \
    SIGNATURE("4", SEQUENCE("BOFoffset", "0", "9", "'mag'"))                                       \
    SIGNATURE("5", SEQUENCE("EOFoffset", "0", "8", "'tail'"))                                      \
    SIGNATURE("6", SEQUENCE("EOFoffset", "0", "100000", "'far from the end'"))                     \
    SIGNATURE("7", SEQUENCE("Variable", "0", "0", "'somewhere'"))                                  \
    SIGNATURE("8", SEQUENCE("BOFoffset", "100000", "100000", "'deep'"))                            \
    SIGNATURE("9", SEQUENCE("BOFoffset", "0", "500", "[FE:FF]'?'[FE:FF]"))                         \
    SIGNATURE("10", "<ByteSequence Reference='BOFoffset' Sequence=\"'one'*'two'{2}'three'\"/>")    \
    SIGNATURE("99", SEQUENCE("BOFoffset", "0", "0", "'leads nowhere'"))

#define FORMATS                                                                                    \
    FORMAT("11", "fmt/1", "PDF", BY("1") NAMED("pdf"))                                             \
    FORMAT("12", "fmt/2", "PDF 1.4", BY("2") OVER("11"))                                           \
    FORMAT("13", "fmt/3", "Magic", BY("3"))                                                        \
    FORMAT("14", "fmt/4", "Mag", BY("4") BY("404") OVER("404"))                                    \
    FORMAT("15", "fmt/5", "Tails", BY("5") BY("6"))                                                \
    FORMAT("17", "fmt/7", "Somewhere", BY("7"))                                                    \
    FORMAT("18", "fmt/8", "Deep", BY("8"))                                                         \
    FORMAT("19", "fmt/9", "Sets", BY("9"))                                                         \
    FORMAT("20", "fmt/10", "Text", BY("10"))                                                       \
    FORMAT("31", "x-fmt/1", "Plain", NAMED("txt") NAMED("Text"))                                   \
    FORMAT("32", "x-fmt/2", "Other plain", NAMED("txt"))                                           \
    FORMAT("33", "x-fmt/3", "No signature, no extension", "")                                      \
    FORMAT("34", "x-fmt/4", "PDF by name", NAMED("pdf"))

static struct format_signatures *signatures;

static int open_them(void **state)
{
    (void)state;
    return open_written(S(SIGNATURE_FILE(SIGNATURES, FORMATS)), (struct str){0}, &signatures) !=
           NULL;
}

static int close_them(void **state)
{
    (void)state;
    format_signatures_drop(&signatures);
    return 0;
}

static void assert_is(const char *expected, struct str bytes, const char *name)
{
    assert_string_equal(identified(signatures, bytes, name), expected);
}

static void signatures_lead_to_formats(void **state)
{
    (void)state;
    assert_is("fmt/1 signature", S("%PDF-1.7"), "x");
    assert_is("fmt/2 signature", S("%PDF-1.4 … %%EOF\n"), "x"); /* it goes before fmt/1 */
    assert_is("fmt/1 signature", S("%PDF-1.4 …"), "x");
    assert_is("fmt/5 signature", S("the tail"), "x");
    assert_is("fmt/5 signature", S("a tail ends"), "x");
    assert_is("unknown", S("a tail has an end"), "x");
    assert_is("fmt/7 signature", S("it is somewhere in it"), "x");
    assert_is("fmt/9 signature", S(".......\xfe?\xff"), "x");
    assert_is("unknown", S(".......\xfe?\xfd"), "x");
    assert_is("fmt/10 signature", S("one and two, three"), "x");
    assert_is("unknown", S("one and two three"), "x");
    assert_is("unknown", S("leads nowhere"), "x");
    assert_is("unknown", S(""), "x");
    assert_is("unknown", S("%"), "");
}

static void several_are_told_the_most_telling_first(void **state)
{
    (void)state;
    assert_is("fmt/3 fmt/4 signature", S("12 magic"), "x");
    assert_is("fmt/4 signature", S("12 magnet"), "x");
    assert_is("fmt/7 fmt/1 signature", S("%PDF-1.4 somewhere"), "x");
}

static void extensions_only_where_nothing_matches(void **state)
{
    (void)state;
    assert_is("x-fmt/1 x-fmt/2 extension", S("hello"), "a/b.c/notes.TXT");
    assert_is("x-fmt/1 extension", S("hello"), "notes.tEXt");
    assert_is("fmt/1 signature", S("%PDF-"), "notes.txt");
    assert_is("x-fmt/4 extension", S("hello"), "a.pdf"); /* fmt/1 has a signature: this is none */
    assert_is("unknown", S("hello"), "folder.txt/notes");
    assert_is("unknown", S("hello"), "notes.");
    assert_is("unknown", S("hello"), "txt");
}

static void ends_of_large_files(void **state)
{
    (void)state;
    enum { SIZE = 3 * FORMAT_HEAD };
    char *bytes = must_calloc(SIZE, 1);
    struct str whole = {bytes, SIZE};
    assert_is("unknown", whole, "x");
    memcpy(bytes + 100000, "deep", 4);
    assert_is("fmt/8 signature", whole, "x");
    memset(bytes + 100000, 0, 4);
    memcpy(bytes + SIZE - 90000, "far from the end", 16);
    assert_is("fmt/5 signature", whole, "x");
    memcpy(bytes + SIZE - 90000, "far from the End", 16);
    memcpy(bytes + SIZE - 110000, "far from the end", 16);
    assert_is("unknown", whole, "x");
    memcpy(bytes + FORMAT_SCAN, "somewhere", 9);
    assert_is("fmt/7 signature", whole, "x");
    memcpy(bytes + FORMAT_SCAN, "Somewhere", 9);
    memcpy(bytes + FORMAT_SCAN + 10, "somewhere", 9);
    assert_is("unknown", whole, "x");
    free(bytes);
}

static void what_a_format_says(void **state)
{
    (void)state;
    struct format_view view = {.head = S("12 magic"), .tail = S("12 magic")};
    struct format_result result;
    assert_null(format_identify(signatures, &view, arena, &result));
    assert_int_equal(result.count, 2);
    assert_int_equal(result.inside, FORMAT_NOTHING_INSIDE);
    assert_null(result.unopened);
    assert_true(str_equal(result.formats[0]->name, S("Magic")));
    assert_true(str_equal(result.formats[0]->version, S("1")));
    assert_true(str_equal(result.formats[0]->mime, S("a/b")));
    assert_true(str_equal(format_signatures_version(signatures), S("7")));
    assert_int_equal(format_containers_version(signatures).len, 0);
}

static void slow_bytes_are_an_error(void **state)
{
    (void)state;
    struct format_signatures *slow = NULL;
    assert_null(open_written(
        S(SIGNATURE_FILE(SIGNATURE("1", SEQUENCE("Variable", "0", "0",
                                                 "'AA'{0-9999}'AA'{0-9999}'AA'{0-9999}'B'")),
                         FORMAT("1", "fmt/1", "Slow", BY("1")))),
        (struct str){0}, &slow));
    char *bytes = arena_alloc(arena, FORMAT_SCAN, 1);
    memset(bytes, 'A', FORMAT_SCAN);
    bytes[FORMAT_SCAN - 1] = 'C';
    struct format_view view = {.head = {bytes, FORMAT_SCAN}, .tail = {bytes, FORMAT_SCAN}};
    struct format_result result;
    struct err *e = format_identify(slow, &view, arena, &result);
    assert_non_null(e);
    assert_string_equal(e->rule, "format_effort");
    format_signatures_free(slow);
}

static void wrong_files(void **state)
{
    (void)state;
#define ONE_FORMAT     FORMAT("1", "fmt/1", "One", BY("1"))
#define WITH(sequence) S(SIGNATURE_FILE(SIGNATURE("1", sequence), ONE_FORMAT))
    static const struct {
        struct str text;
        int line; /* 0: of the file as a whole */
        enum err_code code;
    } wrong[] = {
        {S(""), 1, ERR_CORRUPT},
        {S("<FFSignatureFile"), 1, ERR_CORRUPT},
        {S("<!DOCTYPE a [<!ENTITY b 'c'>]><FFSignatureFile/>"), 1, ERR_UNSAFE},
        {S("<other/>"), 0, ERR_INVALID},
        {S(SIGNATURE_FILE("", "")), 0, ERR_INVALID},
        {WITH(SEQUENCE("BOFoffset", "0", "0", "4G")), 4, ERR_INVALID},
        {WITH(SEQUENCE("BOFoffset", "x", "0", "41")), 4, ERR_INVALID},
        {WITH(SEQUENCE("BOFoffset", "0", "99999999", "41")), 4, ERR_INVALID},
        {WITH(SEQUENCE("IndirectBOFoffset", "0", "0", "41")), 4, ERR_INVALID},
        {WITH("<ByteSequence Reference='BOFoffset'/>"), 4, ERR_INVALID},
        {WITH("<ByteSequence><SubSequence><Sequence>41</Sequence>\n<LeftFragment MinOffset='0'>42"
              "</LeftFragment></SubSequence></ByteSequence>"),
         5, ERR_INVALID},
        {WITH("<ByteSequence><SubSequence><Sequence>41</Sequence>\n<LeftFragment Position='2'>42"
              "</LeftFragment></SubSequence></ByteSequence>"),
         5, ERR_INVALID},
        {S(SIGNATURE_FILE(SIGNATURE("", ""), ONE_FORMAT)), 4, ERR_INVALID},
        {S(SIGNATURE_FILE("<InternalSignature/>", ONE_FORMAT)), 4, ERR_INVALID},
        {S(SIGNATURE_FILE(SIGNATURE("1", "") SIGNATURE("1", ""), ONE_FORMAT)), 0, ERR_INVALID},
        {S(SIGNATURE_FILE("", FORMAT("1", "", "No PUID", ""))), 6, ERR_INVALID},
        {S(SIGNATURE_FILE("", FORMAT("1", "fmt/1", "Two&#10;lines", ""))), 6, ERR_INVALID},
        {S(SIGNATURE_FILE("", FORMAT("1", "fmt/1", "One", BY("one")))), 6, ERR_INVALID},
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct format_signatures *opened = NULL;
        char place[32];
        struct err *e = open_written(wrong[i].text, (struct str){0}, &opened);
        if (e == NULL)
            fail_msg("%zu was taken", i);
        snprintf(place, sizeof place, e->field != NULL ? ":%d" : "line %d:", wrong[i].line);
        const char *where = e->field != NULL ? e->field : e->detail;
        if (e->code != wrong[i].code || (wrong[i].line > 0 && strstr(where, place) == NULL) ||
            strstr(where, "/tmp/format-") == NULL)
            fail_msg("%zu: %s: %s", i, where, e->detail);
    }
    struct format_signatures *opened = NULL;
    assert_int_equal(format_signatures_open("/nonexistent", NULL, &opened)->code, ERR_INVALID);
    assert_int_equal(format_signatures_open("/tmp", NULL, &opened)->code, ERR_STORAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(signatures_lead_to_formats),
        WITH_ARENA(several_are_told_the_most_telling_first),
        WITH_ARENA(extensions_only_where_nothing_matches),
        WITH_ARENA(ends_of_large_files),
        WITH_ARENA(what_a_format_says),
        WITH_ARENA(slow_bytes_are_an_error),
        WITH_ARENA(wrong_files),
    };
    return cmocka_run_group_tests(tests, open_them, close_them);
}
