/* Does a clean METS pass, and does each fault raise its own finding and no other? */
#include "base/base.h"
#include "unit.h"
#include "validate/fixity.h"
#include "validate/id_set.h"
#include "validate/media_type.h"
#include "validate/mets_rules.h"

static const char clean[] =
    "<mets xmlns='http://www.loc.gov/METS/' xmlns:xlink='http://www.w3.org/1999/xlink'"
    " xmlns:csip='https://DILCIS.eu/XML/METS/CSIPExtensionMETS' OBJID='urn:p' TYPE='Mixed'"
    " PROFILE='https://earkcsip.dilcis.eu/profile/E-ARK-CSIP-v2-2-0.xml' "
    "csip:CONTENTINFORMATIONTYPE='MIXED'>\n"
    "<metsHdr CREATEDATE='2026-01-01T00:00:00Z' LASTMODDATE='2026-01-01T00:00:00' "
    "csip:OAISPACKAGETYPE='SIP'>\n"
    "<agent ROLE='CREATOR' TYPE='OTHER' OTHERTYPE='SOFTWARE'><name>r7</name>"
    "<note csip:NOTETYPE='SOFTWARE VERSION'>1</note></agent></metsHdr>\n"
    "<dmdSec ID='d1' CREATED='2026-01-01T00:00:00Z' STATUS='CURRENT'><mdRef LOCTYPE='URL' "
    "xlink:type='simple'"
    " xlink:href='metadata/descriptive/ead.xml' MDTYPE='EAD' MIMETYPE='application/xml' SIZE='1'"
    " CREATED='2026-01-01T00:00:00Z' CHECKSUM='00' CHECKSUMTYPE='SHA-256'/></dmdSec>\n"
    "<amdSec><digiprovMD ID='a1' STATUS='CURRENT'><mdRef LOCTYPE='URL' xlink:type='simple'"
    " xlink:href='metadata/preservation/premis.xml' MDTYPE='PREMIS' MIMETYPE='application/xml' "
    "SIZE='1'"
    " CREATED='2026-01-01T00:00:00Z' CHECKSUM='00' CHECKSUMTYPE='SHA-256'/></digiprovMD></amdSec>\n"
    "<fileSec ID='fs'><fileGrp ID='g1' USE='Documentation'><file ID='f1' MIMETYPE='text/plain' "
    "SIZE='1'"
    " CREATED='2026-01-01T00:00:00Z' CHECKSUM='00' CHECKSUMTYPE='SHA-256'><FLocat LOCTYPE='URL' "
    "xlink:type='simple'"
    " xlink:href='documentation/a.txt'/></file></fileGrp>\n"
    "<fileGrp ID='g2' USE='Representations/rep1' csip:CONTENTINFORMATIONTYPE='MIXED'><file ID='f2' "
    "MIMETYPE='text/csv'"
    " SIZE='1' CREATED='2026-01-01T00:00:00Z' CHECKSUM='00' CHECKSUMTYPE='SHA-256'><FLocat "
    "LOCTYPE='URL'"
    " xlink:type='simple' "
    "xlink:href='representations/rep1/data/b.csv'/></file></fileGrp></fileSec>\n"
    "<structMap ID='s' TYPE='PHYSICAL' LABEL='CSIP'><div ID='v0' LABEL='urn:p'><div ID='v1' "
    "LABEL='Metadata' DMDID='d1'"
    " ADMID='a1'/><div ID='v2' LABEL='Documentation'><fptr FILEID='g1'/></div><div ID='v3' "
    "LABEL='Representations'>"
    "<fptr FILEID='g2'/></div></div></structMap></mets>";

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

/* Every finding of the document but the schema's, as "CSIP1.1 " and so on. */
static void judge(struct str document, struct buf *out)
{
    struct shape *shape = clean_shape();
    autofindings struct findings *findings = findings_new();
    struct mets_rules_about about = {S("METS.xml"), false, shape, {0}};
    assert_true(instant_parse(S("2026-06-01T00:00:00Z"), &about.now));
    automets struct mets *m = mets_open_str(document, NULL);
    struct mets_rules *judging = mets_rules_new(&about, findings);
    struct mets_event event = {0};
    do {
        assert_null(mets_next(m, &event));
        mets_rules_see(judging, &event);
    } while (event.node != NULL);
    size_t count = 0;
    const struct finding *kept = findings_kept(findings, &count);
    for (size_t i = 0; i < count; i++)
        buf_format(out, "%s.%d ", requirement_name(kept[i].rule->requirement),
                   kept[i].rule->number);
    mets_rules_free(judging);
    shape_free(shape);
}

static void clean_passes(void **state)
{
    (void)state;
    autobuf struct buf told = buf_new(10000);
    judge(str_from(clean), &told);
    assert_string_equal(told.ptr != NULL ? told.ptr : "", "");
}

static void each_fault_its_finding(void **state)
{
    (void)state;
    static const struct {
        const char *cut;
        const char *put;
        const char *findings;
    } cases[] = {
        {"OBJID='urn:p' ", "", "CSIP1.1 "},
        {"OBJID='urn:p' ", "OBJID='other' ", "CSIP1.3 "},
        {"TYPE='Mixed'", "", "CSIP2.1 "},
        {"TYPE='Mixed'", "TYPE='mixes'", ""},
        {"TYPE='Mixed'", "TYPE='Textual works - Print'", ""},
        {"TYPE='Mixed'", "TYPE='Things'", "CSIP2.2 "},
        {"TYPE='Mixed'", "TYPE='OTHER'", "CSIP2.3 "},
        {"TYPE='Mixed'", "TYPE='Other' csip:OTHERTYPE='Email'", "CSIP3.1 "},
        {"TYPE='Mixed'", "TYPE='Email' csip:OTHERTYPE='x'", "CSIP3.2 "},
        {" csip:CONTENTINFORMATIONTYPE='MIXED'>\n<metsHdr", ">\n<metsHdr", "CSIP4.1 "},
        {" csip:CONTENTINFORMATIONTYPE='MIXED'>\n<metsHdr",
         " csip:CONTENTINFORMATIONTYPE='X'>\n<metsHdr", "CSIP4.3 "},
        {" csip:CONTENTINFORMATIONTYPE='MIXED'>\n<metsHdr",
         " csip:CONTENTINFORMATIONTYPE='OTHER'>\n<metsHdr", "CSIP5.1 "},
        {"https://earkcsip.dilcis.eu/profile/E-ARK-CSIP-v2-2-0.xml", "https://example.com/",
         "profile_known.1 "},
        {"https://earkcsip.dilcis.eu/profile/E-ARK-CSIP-v2-2-0.xml", "x",
         "CSIP6.2 profile_known.1 "},
        {"CREATEDATE='2026-01-01T00:00:00Z'", "", "CSIP7.1 "},
        {"LASTMODDATE='2026-01-01T00:00:00'", "", "CSIP8.1 "},
        {"LASTMODDATE='2026-01-01T00:00:00'", "LASTMODDATE='2027-01-01T00:00:00'", "CSIP8.2 "},
        {"LASTMODDATE='2026-01-01T00:00:00'", "LASTMODDATE='2026-06-01T13:00:00'", ""},
        {"csip:OAISPACKAGETYPE='SIP'", "", "CSIP9.1 "},
        {"csip:OAISPACKAGETYPE='SIP'", "csip:OAISPACKAGETYPE='sip'", "CSIP9.2 "},
        {"ROLE='CREATOR'", "ROLE='EDITOR'", "CSIP11.1 "},
        {"TYPE='OTHER' OTHERTYPE", "TYPE='INDIVIDUAL' OTHERTYPE", "CSIP12.1 "},
        {"OTHERTYPE='SOFTWARE'", "", "CSIP13.1 "},
        {"<name>r7</name>", "<name> </name>", "CSIP14.1 "},
        {"<note csip:NOTETYPE='SOFTWARE VERSION'>1</note>", "", "CSIP15.1 "},
        {">1</note>", ">1</note><note/>", "CSIP15.2 "},
        {">1</note>", "/>", "CSIP15.3 "},
        {"csip:NOTETYPE='SOFTWARE VERSION'", "", "CSIP16.1 "},
        {"<dmdSec ID='d1'", "<dmdSec ID='d2'", "CSIP92.1 CSIP92.1 mets_id_reference.1 "},
        {"CREATED='2026-01-01T00:00:00Z' STATUS", "STATUS", "CSIP19.1 "},
        {" STATUS='CURRENT'><mdRef LOCTYPE='URL' xlink:type='simple' xlink:href='metadata/d",
         "><mdRef LOCTYPE='URL' xlink:type='simple' xlink:href='metadata/d", "CSIP20.1 "},
        {"xlink:href='metadata/descriptive/ead.xml'", "", "CSIP24.1 "},
        {"MDTYPE='EAD'", "", "CSIP25.1 "},
        {"MDTYPE='EAD' MIMETYPE='application/xml'", "MDTYPE='EAD' MIMETYPE='XML'", "CSIP26.2 "},
        {"MIMETYPE='text/csv'", "MIMETYPE='text/x-odd'", "CSIP68.4 "},
        {"MDTYPE='PREMIS'", "", "CSIP39.1 "},
        {"<digiprovMD ID='a1'", "<digiprovMD ID='s'",
         "mets_id_unique.1 CSIP91.1 CSIP91.1 mets_id_reference.1 "},
        {"<fileSec ID='fs'>", "<fileSec>", "CSIP59.1 "},
        {"<fileGrp ID='g1' USE='Documentation'>", "<fileGrp ID='g1'>",
         "CSIP64.1 CSIP60.1 CSIP96.2 CSIP116.2 "},
        {"USE='Representations/rep1'", "USE='Representations/rep2'", "CSIP64.3 "},
        {"csip:CONTENTINFORMATIONTYPE='MIXED'><file", "><file", "CSIP62.1 "},
        {"<fileGrp ID='g1'", "<fileGrp ADMID='d1' ID='g1'", "CSIP61.1 "},
        {"<file ID='f2'", "<file", "CSIP67.1 "},
        {"<file ID='f2'", "<file ID='f1'", "mets_id_unique.1 "},
        {"<FLocat LOCTYPE='URL' xlink:type='simple' xlink:href='documentation/a.txt'/>", "",
         "CSIP76.1 "},
        {"TYPE='PHYSICAL'", "TYPE='LOGICAL'", "CSIP81.2 "},
        {"LABEL='CSIP'", "LABEL='CSIP map'", "CSIP82.1 "},
        {"<structMap ID='s'", "<structMap", "CSIP83.1 "},
        {"<div ID='v0'", "<div", "CSIP85.1 "},
        {"<div ID='v1'", "<div", "CSIP89.1 "},
        {"LABEL='Metadata'", "LABEL='M'", "CSIP88.1 CSIP90.1 "},
        {" ADMID='a1'/>", "/>", "CSIP91.1 "},
        {"<fptr FILEID='g1'/>", "", "CSIP96.3 CSIP116.1 "},
        {"<fptr FILEID='g1'/>", "<fptr FILEID='g1'/><fptr FILEID='g2'/>", "CSIP96.2 CSIP116.2 "},
        {"<fptr FILEID='g2'/>", "<fptr FILEID='g2'/><fptr FILEID='none'/>", "mets_id_reference.1 "},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *at = strstr(clean, cases[i].cut);
        if (at == NULL)
            fail_msg("the clean document has no %s", cases[i].cut);
        autobuf struct buf document = buf_new(100000);
        buf_format(&document, "%.*s%s%s", (int)(at - clean), clean, cases[i].put,
                   at + strlen(cases[i].cut));
        autobuf struct buf told = buf_new(10000);
        judge(buf_str(&document), &told);
        if (!str_equal(told.ptr != NULL ? buf_str(&told) : S(""), str_from(cases[i].findings)))
            fail_msg("%s -> %s raises %.*s", cases[i].cut, cases[i].put, STR_ARG(buf_str(&told)));
    }
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
    struct listed_file premis = {METS_DIGIPROV_REF, S("METS.xml"), 7, S("a1"), S("p.xml")};
    struct listed_file technical = {METS_TECH_REF, S("METS.xml"), 8, S("t1"), S("t.xml")};
    fixity_size(findings, &premis, S("3"), 4);
    fixity_checksum(findings, &premis, S("aa"), S("bb"));
    fixity_missing(findings, &technical, HREF_OUTSIDE);
    fixity_misspelt(findings, &premis, &(struct href_guess){S("P.xml"), HREF_CASE});
    fixity_unlisted(findings, S("extra"));
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
        cmocka_unit_test(clean_passes),
        cmocka_unit_test(each_fault_its_finding),
        cmocka_unit_test(folders),
        cmocka_unit_test(findings_are_bounded),
        cmocka_unit_test(facts_under_their_requirement),
        cmocka_unit_test(rules_are_numbered_once),
        cmocka_unit_test(sets_and_media_types),
    };
    int failed = cmocka_run_group_tests_name("rules", tests, NULL, NULL);
    err_reset();
    return failed;
}
