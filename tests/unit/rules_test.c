/* What rules share: folders, bounded findings, facts under their requirement, numbers, sets. That
 * each rule is broken by its own fault is asked in mutations_test.c. */
#include "base/base.h"
#include "unit.h"
#include "validate/fixity.h"
#include "validate/id_set.h"
#include "validate/media_type.h"
#include "validate/mets_rules.h"

static struct shape *clean_shape(void)
{
    static const char *const paths[] = {"urn+p/METS.xml", "urn+p/metadata/descriptive/ead.xml",
                                        "urn+p/metadata/preservation/premis.xml",
                                        "urn+p/documentation/a.txt",
                                        "urn+p/representations/rep1/data/b.csv"};
    struct shape *shape = shape_new();
    for (size_t i = 0; i < COUNT(paths); i++)
        shape_see(shape, str_from(paths[i]), false);
    return shape;
}

static void folders(void **state)
{
    (void)state;
    struct shape *shape = clean_shape();
    assert_true(str_equal(shape_root(shape), S("urn+p")));
    assert_true(shape_has_folder(shape, S("Representations/REP1")));
    assert_true(shape_has_files(shape, S("documentation")));
    assert_false(shape_has_files(shape, S("schemas")));
    assert_true(shape_has_mets(shape, S("")));
    shape_see(shape, S("other"), true);
    assert_null(shape_root(shape).ptr);
    autofindings struct findings *findings = findings_new();
    shape_judge(shape, findings);
    assert_int_equal(findings_count_rule(findings, rule_find(REQ_CSIPSTR1, 1)), 1);
    assert_int_equal(findings_count_rule(findings, rule_find(REQ_CSIPSTR4, 1)), 0);
    assert_int_equal(findings_count_rule(findings, rule_find(REQ_CSIPSTR12, 1)), 1);
    shape_free(shape);
}

/* What lies beside the one folder with a description is told; the folder is judged all the same. */
static void a_folder_among_others(void **state)
{
    (void)state;
    static const struct {
        const char *paths[3];
        const char *root; /* NULL: none is the package's */
    } cases[] = {
        {{"a/x", "b/METS.xml"}, "b"},         {{"b/METS.xml", "x"}, "b"},
        {{"b/sip.xml", "a/x"}, "b"},          {{"METS.xml", "b/METS.xml"}, ""},
        {{"a/METS.xml", "b/METS.xml"}, NULL}, {{"a/METS.xml", "b/METS.xml", "METS.xml"}, ""},
        {{"a/x", "b/c/METS.xml"}, NULL},      {{"b/METS.xml", "b/x"}, NULL}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shape *all = shape_new();
        for (size_t k = 0; k < COUNT(cases[i].paths) && cases[i].paths[k] != NULL; k++)
            shape_see(all, str_from(cases[i].paths[k]), false);
        struct shape *narrowed = shape_narrowed(all);
        shape_free(all);
        assert_int_equal(narrowed != NULL, cases[i].root != NULL);
        if (narrowed == NULL)
            continue;
        autofindings struct findings *findings = findings_new();
        for (size_t k = 0; k < COUNT(cases[i].paths) && cases[i].paths[k] != NULL; k++)
            shape_see(narrowed, str_from(cases[i].paths[k]), false);
        assert_true(str_equal(shape_root(narrowed), str_from(cases[i].root)));
        shape_judge(narrowed, findings);
        assert_int_equal(findings_count_rule(findings, rule_find(REQ_CSIPSTR1, 1)), 1);
        shape_free(narrowed);
    }
}

static void a_representation_has_its_own_folders(void **state)
{
    (void)state;
    struct shape *shape = clean_shape();
    autofindings struct findings *findings = findings_new();
    shape_see(shape, S("urn+p/representations/rep1/schemas/own.xsd"), false);
    shape_judge(shape, findings);
    assert_int_equal(findings_count_rule(findings, rule_find(REQ_CSIPSTR15, 1)), 0);
    assert_int_equal(findings_count_rule(findings, rule_find(REQ_CSIPSTR16, 1)), 0);
    shape_free(shape);
}

static void findings_are_bounded(void **state)
{
    (void)state;
    autofindings struct findings *findings = findings_new();
    struct finding finding = {.rule = rule_find(REQ_CSIP1, 1), .found = S("x")};
    for (int i = 0; i < 5 * FINDINGS_PER_RULE; i++)
        findings_add(findings, &finding);
    size_t count = 0;
    findings_kept(findings, &count);
    assert_int_equal(count, FINDINGS_PER_RULE);
    assert_int_equal(findings_count(findings, LEVEL_ERROR), 5 * FINDINGS_PER_RULE);
}

static void facts_under_their_requirement(void **state)
{
    (void)state;
    autofindings struct findings *findings = findings_new();
    autoarena struct arena *arena = arena_new(1 << 16);
    struct listed_file premis = {METS_DIGIPROV_REF, S("METS.xml"), 7,
                                 S("a1"),           S("p.xml"),    SAID_BY_METS};
    struct listed_file technical = {METS_TECH_REF, S("METS.xml"), 8,
                                    S("t1"),       S("t.xml"),    SAID_BY_METS};
    fixity_size(findings, &premis, S("3"), 4);
    fixity_checksum(findings, &premis, S("aa"), S("bb"));
    fixity_missing(findings, &technical, HREF_OUTSIDE);
    fixity_misspelt(findings, &premis, &(struct href_guess){S("P.xml"), HREF_CASE}, arena);
    fixity_unlisted(findings, S("extra"), (struct str){0}, false, arena);
    assert_int_equal(findings_count_rule(findings, rule_find(REQ_CSIP41, 2)), 1);
    assert_int_equal(findings_count_rule(findings, rule_find(REQ_CSIP43, 2)), 1);
    assert_int_equal(findings_count_rule(findings, rule_find(REQ_CSIP38, 2)), 1);
    assert_int_equal(findings_count_rule(findings, rule_find(REQ_file_missing, 1)), 1);
    assert_int_equal(findings_count_rule(findings, rule_find(REQ_file_unlisted, 1)), 1);
}

/* A second copy of a rule would hide the first from rule_find. */
static void rules_are_numbered_once(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(1 << 20);
    for (size_t i = 0; i < rule_count; i++) {
        assert_ptr_equal(rule_find(rules[i].requirement, rules[i].number), &rules[i]);
        assert_true(rule_text(&rules[i], true, arena).len > 0 &&
                    rule_mend(&rules[i], true)[0] != '\0');
    }
    assert_true(
        str_equal(rule_location(rule_find(REQ_CSIP22, 1), arena), S("mets/dmdSec/mdRef/@LOCTYPE")));
}

static void sets_and_media_types(void **state)
{
    (void)state;
    struct id_set set = {0};
    char name[16];
    for (int i = 0; i < 10000; i++) {
        snprintf(name, sizeof name, "id-%d", i);
        assert_int_equal(id_set_put(&set, str_from(name), 1 + (unsigned)i % 3), 0);
    }
    assert_int_equal(id_set_put(&set, S("id-4"), 8), 2);
    assert_int_equal(id_set_get(&set, S("id-4")), 10);
    assert_int_equal(id_set_get(&set, S("id-10000")), 0);
    assert_int_equal(id_set_count(&set, 8, 8), 1);
    id_set_free(&set);
    assert_true(media_type_is_registered(S("Text/XML; charset=utf-8")));
    assert_false(media_type_is_registered(S("application/wrongmimetype")));
    assert_true(media_type_is_wellformed(S("application/x-a+b")));
    assert_false(media_type_is_wellformed(S("PNG")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders),
        cmocka_unit_test(a_folder_among_others),
        cmocka_unit_test(a_representation_has_its_own_folders),
        cmocka_unit_test(findings_are_bounded),
        cmocka_unit_test(facts_under_their_requirement),
        cmocka_unit_test(rules_are_numbered_once),
        cmocka_unit_test(sets_and_media_types),
    };
    int failed = cmocka_run_group_tests_name("rules", tests, NULL, NULL);
    err_reset();
    return failed;
}
