/* Is a package of FGS Paketstruktur 1 known, and told in E-ARK's words? Its rules are broken one by
 * one in mutations_fgs.def. */
#include "judged.h"
#include "validate/fgs.h"

#define PROFILE                                                                                    \
    "http://xml.ra.se/e-arkiv/METS/version12/CommonSpecificationSwedenPackageProfile.xml"
static const char description[] =
    "<mets xmlns='http://www.loc.gov/METS/' TYPE='ERMS' PROFILE='" PROFILE
    "' OBJID='UUID:AF268C33-5ba8-4af5-9a44-039b10126835'/>";

/* The package in a folder, or with none around. */
static void judge(const char *folder, const char *name, const char *profile, struct judged *out)
{
    const char *at = strstr(description, PROFILE);
    struct str text = arena_format(out->arena, "%.*s%s%s", (int)(at - description), description,
                                   profile, at + strlen(PROFILE));
    const struct tar_member files[] = {
        {.name = arena_format(out->arena, "%s%s", folder, name), .content = text},
        {.name = arena_format(out->arena, "%scontent/a.txt", folder), .content = S("hi")}};
    judge_members(files, COUNT(files), out);
}

static void known_by_name_or_profile(void **state)
{
    (void)state;
    static const struct {
        const char *folder;
        const char *name;
        const char *profile;
        bool fgs;
    } cases[] = {
        {"p/", "sip.xml", PROFILE, true},    {"", "sip.xml", PROFILE, true},
        {"p/", "mets.xml", PROFILE, true},   {"", "METS.XML", PROFILE, true},
        {"p/", "Sip.xml", "http://x", true}, {"p/", "mets.xml", "http://x", false},
        {"p/", "METS.xml", PROFILE, false},  {"", "mets.xml", "http://x", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct judged j = judged_new();
        judge(cases[i].folder, cases[i].name, cases[i].profile, &j);
        assert_int_equal(strstr(j.told.ptr, "CSIP") == NULL, cases[i].fgs);
        if (cases[i].fgs)
            assert_true(str_equal(j.objid, S("af268c33-5ba8-4af5-9a44-039b10126835")));
        judged_free(&j);
    }
}

static void its_words_in_those_of_eark(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(4096);
    assert_true(str_equal(fgs_stated(S("Databases")).content_category, S("Databases")));
    assert_true(str_equal(fgs_stated(S("Medical record")).other_content_category,
                          S("Patient Medical Records")));
    assert_true(str_equal(fgs_stated(S("ERMS")).content_category, S("Other")));
    assert_true(str_equal(fgs_stated(S("ERMS")).other_content_category, S("ERMS")));
    assert_true(str_equal(fgs_objid(S("Dnr 1:2"), arena), S("Dnr 1:2")));
    assert_true(str_equal(fgs_href(S("file:///a")), S("a")));
    assert_true(str_equal(fgs_href(S("file://a")), S("file://a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_by_name_or_profile),
        cmocka_unit_test(its_words_in_those_of_eark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
