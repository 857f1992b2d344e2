/* Is what is printed a PDF that others read: its text in order, its structure, its title and
 * language? The judges are poppler's pdftotext and pdfinfo. */
#include "arena.h"

#include "print/print.h"

#include <unistd.h>

enum { SAID_MAX = 1024 * 1024 };
static char said[SAID_MAX];
static char file[] = "/tmp/r7-print-test-XXXXXX";

/* What the judge says of the file, in `said`; false: there is no such judge. */
static bool judge(const char *program, const char *behind)
{
    char line[200];
    snprintf(line, sizeof line, "%s %s %s 2>&1", program, file, behind);
    FILE *pipe = popen(line, "r"); /* NOLINT(cert-env33-c): a judge of the test's own file */
    assert_non_null(pipe);
    size_t length = fread(said, 1, sizeof said - 1, pipe);
    said[length] = '\0';
    return pclose(pipe) == 0;
}

static struct str long_text(size_t words)
{
    struct buf text = buf_new((size_t)1 << 20);
    for (size_t i = 0; i < words; i++)
        buf_format(&text, "%sord%zu", i > 0 ? " " : "", i);
    struct str out = arena_str(arena, buf_str(&text));
    buf_free(&text);
    return out;
}

static void print_one(struct buf *out)
{
    static const struct print_facts facts = {
        {"Vem har läst? (åäö)", 23}, {"Region \"A\"", 10}, {"sv", 2}, "Sida"};
    struct print *print = print_new(&facts, out);
    print_put(print, PRINT_TITLE, S("Vem har läst?"));
    print_put(print, PRINT_HEADING, S("Händelser"));
    print_put(print, PRINT_TEXT, S(""));
    print_put(print, PRINT_STRONG, S("med\nradbyte"));
    print_put(print, PRINT_TEXT, long_text(2000));
    print_put(print, PRINT_CODE,
              S("0123456789012345678901234567890123456789012345678901234567890123456789"
                "012345678901234567890123456789012345678901234567890123456789012345678"));
    assert_null(print_end(print));
}

static void others_read_it(void **state)
{
    (void)state;
    autobuf struct buf out = buf_new((size_t)16 << 20);
    print_one(&out);
    int at = mkstemp(file);
    assert_true(at >= 0);
    assert_int_equal(write(at, out.ptr, out.len), out.len);
    close(at);
    if (!judge("pdfinfo", "")) {
        unlink(file);
        print_message("left out: poppler is not there to judge the PDF\n");
        skip();
    }
    assert_non_null(strstr(said, "Vem har läst? (åäö)"));
    assert_non_null(strstr(said, "Region \"A\""));
    assert_non_null(strstr(said, "Tagged:          yes"));
    assert_null(strstr(said, "rror"));
    assert_true(judge("pdfinfo -struct-text", ""));
    assert_non_null(strstr(said, "H1 (block)\n    \"Vem har läst?\"\n  H2 (block)"));
    assert_null(strstr(said, "rror"));
    assert_true(judge("pdftotext -raw", "-"));
    assert_non_null(strstr(said, "med radbyte"));
    const char *place = said;
    for (int i = 0; i < 2000; i++) {
        char word[16];
        snprintf(word, sizeof word, "ord%d", i);
        place = strstr(place, word);
        assert_non_null(place);
    }
    unlink(file);
}

static void language_is_told(void **state)
{
    (void)state;
    autobuf struct buf out = buf_new((size_t)16 << 20);
    print_one(&out);
    assert_non_null(memmem(out.ptr, out.len, "/Lang (sv)", 10));
    assert_non_null(memmem(out.ptr, out.len, "/DisplayDocTitle true", 21));
}

static void what_does_not_fit_is_said(void **state)
{
    (void)state;
    static const struct print_facts facts = {{"T", 1}, {"A", 1}, {"en", 2}, "Page"};
    autobuf struct buf out = buf_new(1000);
    struct print *print = print_new(&facts, &out);
    print_put(print, PRINT_TEXT, long_text(500));
    struct err *e = print_end(print);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_ARENA(others_read_it), WITH_ARENA(language_is_told),
                                       WITH_ARENA(what_does_not_fit_is_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
