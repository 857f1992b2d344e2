/* Does the METS reader tell what stands in the document, and where its references lead? */
#include "base/base.h"
#include "text/href.h"
#include "text/mets.h"
#include "unit.h"

#define HEAD                                                                                       \
    "<mets xmlns='http://www.loc.gov/METS/' xmlns:xlink='http://www.w3.org/1999/xlink' "           \
    "xmlns:csip='https://DILCIS.eu/XML/METS/CSIPExtensionMETS' OBJID='p1'>\n"

static const char document[] = HEAD
    "<metsHdr CREATEDATE='2026-01-01T00:00:00' csip:OAISPACKAGETYPE='SIP'>\n"
    "<agent ROLE='CREATOR'><name>a &amp; b</name><note csip:NOTETYPE='SOFTWARE "
    "VERSION'/></agent></metsHdr>\n"
    "<dmdSec ID='d1'><mdRef xlink:href='metadata/x.xml' SIZE='3' CHECKSUM='00' "
    "CHECKSUMTYPE='MD5'/></dmdSec>\n"
    "<dmdSec ID='d2'><mdWrap><xmlData><o:x xmlns:o='urn:o' ID='no'/></xmlData></mdWrap></dmdSec>\n"
    "<fileSec><fileGrp USE='Representations/r'><fileGrp USE='inner'>"
    "<file ID='f1' SIZE='5' MIMETYPE='text/plain' OWNERID='o'>\n<FLocat xlink:href='a%20b'/></file>"
    "</fileGrp></fileGrp></fileSec>\n"
    "<structMap><div><div ID='v'><mptr "
    "xlink:href='r/METS.xml'/></div></div><div/></structMap></mets>";

static void tells_every_reference(void **state)
{
    (void)state;
    automets struct mets *m = mets_open_str(str_from(document), NULL);
    autobuf struct buf told = buf_new(1000);
    struct mets_event event = {0};
    do {
        assert_null(mets_next(m, &event));
        struct mets_reference r = {0};
        if (mets_reference(&event, &r))
            buf_format(&told, "%s %lld %.*s %.*s %.*s %.*s %.*s\n", mets_place(r.element),
                       (long long)r.line, STR_ARG(r.id), STR_ARG(r.href), STR_ARG(r.size),
                       STR_ARG(r.use), STR_ARG(r.owner_id));
    } while (event.node != NULL);
    assert_string_equal(told.ptr, "mets/dmdSec/mdRef 4 d1 metadata/x.xml 3  \n"
                                  "mets/fileSec/fileGrp/file/FLocat 7 f1 a%20b 5 inner o\n"
                                  "mets/structMap/div/div/mptr 8 v r/METS.xml   \n");
}

static void tells_elements_and_their_children(void **state)
{
    (void)state;
    automets struct mets *m = mets_open_str(str_from(document), NULL);
    struct mets_event event = {0};
    int agents = 0;
    do {
        assert_null(mets_next(m, &event));
        const struct mets_node *n = event.node;
        if (n == NULL || !event.closes)
            continue;
        if (n->element == METS_AGENT_NAME)
            assert_true(str_equal(n->text, S("a & b")));
        if (n->element == METS_AGENT_NOTE)
            assert_true(n->text.ptr != NULL && n->text.len == 0);
        if (n->element == METS_AGENT) {
            agents++;
            assert_int_equal(n->children[METS_AGENT_NAME], 1);
            assert_true(str_equal(n->parent->at[METS_AT_CSIP_PACKAGETYPE], S("SIP")));
        }
        if (n->element == METS_ROOT) {
            assert_int_equal(n->children[METS_DMD], 2);
            assert_null(n->at[METS_AT_TYPE].ptr);
        }
        if (n->element == METS_DIV && n->at[METS_AT_ID].ptr != NULL)
            assert_int_equal(n->level, 2);
        assert_false(n->at[METS_AT_ID].ptr != NULL && str_equal(n->at[METS_AT_ID], S("no")));
    } while (event.node != NULL);
    assert_int_equal(agents, 1);
}

static void another_root(void **state)
{
    (void)state;
    automets struct mets *m = mets_open_str(S("<mets/>"), NULL);
    struct mets_event event = {0};
    assert_string_equal(mets_next(m, &event)->rule, "mets_root");
}

static void strict_href(void **state)
{
    (void)state;
    static const struct {
        const char *href;
        const char *document;
        enum href_fault fault;
        const char *path;
    } cases[] = {
        {"a/b.xml", "METS.xml", HREF_OK, "a/b.xml"},
        {"data/a%20b", "representations/r/METS.xml", HREF_OK, "representations/r/data/a b"},
        {"./a//b/../c", "METS.xml", HREF_OK, "a/c"},
        {"../../a", "representations/r/METS.xml", HREF_OK, "a"},
        {"%C3%A5.txt", "METS.xml", HREF_OK, "å.txt"},
        {"a+b", "METS.xml", HREF_OK, "a+b"},
        {"./a:b", "METS.xml", HREF_OK, "a:b"},
        {"", "METS.xml", HREF_EMPTY, NULL},
        {".", "METS.xml", HREF_EMPTY, NULL},
        {"../a", "METS.xml", HREF_OUTSIDE, NULL},
        {"a/../../b", "METS.xml", HREF_OUTSIDE, NULL},
        {"/etc/passwd", "METS.xml", HREF_OUTSIDE, NULL},
        {"%2e%2e/a", "METS.xml", HREF_OUTSIDE, NULL},
        {"a%5Cb", "METS.xml", HREF_OUTSIDE, NULL},
        {"file:///a", "METS.xml", HREF_FILE_URL, NULL},
        {"FILE:a", "METS.xml", HREF_FILE_URL, NULL},
        {"https://example.com/a", "METS.xml", HREF_ABSOLUTE, NULL},
        {"//example.com/a", "METS.xml", HREF_ABSOLUTE, NULL},
        {"a\\b", "METS.xml", HREF_BACKSLASH, NULL},
        {"a b", "METS.xml", HREF_UNESCAPED, NULL},
        {"å", "METS.xml", HREF_UNESCAPED, NULL},
        {"a%2Fb", "METS.xml", HREF_FORM_ENCODED, NULL},
        {"a%2", "METS.xml", HREF_BAD_ESCAPE, NULL},
        {"a%E5", "METS.xml", HREF_BAD_ESCAPE, NULL},
        {"a%00b", "METS.xml", HREF_BAD_ESCAPE, NULL},
        {"a?b", "METS.xml", HREF_QUERY, NULL},
    };
    autoarena struct arena *arena = arena_new(1 << 20);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str path = {0};
        enum href_fault fault =
            href_resolve(str_from(cases[i].href), str_from(cases[i].document), arena, &path);
        assert_string_equal(href_fault_word(fault), href_fault_word(cases[i].fault));
        if (cases[i].path != NULL)
            assert_true(str_equal(path, str_from(cases[i].path)));
    }
}

static void guessed_href(void **state)
{
    (void)state;
    static const struct {
        const char *href;
        const char *path;
        enum href_fault fault;
    } cases[] = {
        {"data\\a.xml", "r/data/a.xml", HREF_BACKSLASH},
        {"data/a b.xml", "r/data/a b.xml", HREF_UNESCAPED},
        {"å%20b", "r/å b", HREF_UNESCAPED},
        {"100%.txt", "r/100%.txt", HREF_UNESCAPED},
        {"data%2Fa+b", "r/data/a b", HREF_FORM_ENCODED},
        {"file:///content/a", "content/a", HREF_FILE_URL},
        {"file://./content/a", "content/a", HREF_FILE_URL},
        {"r/data/a", "r/data/a", HREF_FROM_ROOT},
        {"a#1.txt", "r/a#1.txt", HREF_QUERY},
    };
    autoarena struct arena *arena = arena_new(1 << 20);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct href_guess guesses[HREF_GUESSES];
        size_t count = href_guess(str_from(cases[i].href), S("r/METS.xml"), arena, guesses);
        bool found = false;
        for (size_t j = 0; j < count && !found; j++)
            if (str_equal(guesses[j].path, str_from(cases[i].path))) {
                assert_string_equal(href_fault_word(guesses[j].fault),
                                    href_fault_word(cases[i].fault));
                found = true;
            }
        if (!found)
            fail_msg("no guess of %s is %s", cases[i].href, cases[i].path);
    }
    struct href_guess none[HREF_GUESSES];
    assert_int_equal(href_guess(S("../../../etc/passwd"), S("r/METS.xml"), arena, none), 0);
    assert_int_equal(href_guess(S("https://example.com/a"), S("r/METS.xml"), arena, none), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_every_reference),
        cmocka_unit_test(tells_elements_and_their_children),
        cmocka_unit_test(another_root),
        cmocka_unit_test(strict_href),
        cmocka_unit_test(guessed_href),
    };
    int failed = cmocka_run_group_tests_name("mets", tests, NULL, NULL);
    err_reset();
    return failed;
}
