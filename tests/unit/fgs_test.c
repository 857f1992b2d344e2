/* Is a package of FGS Paketstruktur 1 known, does a clean one pass, and does each fault raise its
 * own finding and no other? */
#include "judged.h"
#include "validate/fgs.h"

#define PROFILE                                                                                    \
    "http://xml.ra.se/e-arkiv/METS/version12/CommonSpecificationSwedenPackageProfile.xml"
#define SIP "sip.xml"

#define METADATA(section, kind)                                                                    \
    "<" section " ID='d'><mdRef LOCTYPE='URL' MDTYPE='OTHER' OTHERMDTYPE='" kind "' "              \
    "xlink:type='simple' xlink:href='file:///metadata/addml.xml'/></" section ">"

static const char clean[] =
    "<mets xmlns='http://www.loc.gov/METS/' xmlns:xlink='http://www.w3.org/1999/xlink' "
    "xmlns:ext='ExtensionMETS' "
    "OBJID='UUID:AF268C33-5ba8-4af5-9a44-039b10126835' TYPE='ERMS' PROFILE='" PROFILE "' "
    "ext:APPRAISAL='No' ext:ACCESSRESTRICT='GDPR' ext:STARTDATE='2013-01-01' "
    "ext:ENDDATE='2013-12-31'>\n"
    "<metsHdr CREATEDATE='2017-04-18T16:09:36+02:00' RECORDSTATUS='NEW' ext:OAISSTATUS='SIP' "
    "ext:AGREEMENTFORM='DEPOSIT'>\n"
    "<agent ROLE='ARCHIVIST' TYPE='ORGANIZATION'><name>Region A</name>"
    "<note>ORG:232100-0000</note></agent>\n"
    "<agent ROLE='ARCHIVIST' TYPE='OTHER' OTHERTYPE='SOFTWARE'><name>Diariet</name></agent>\n"
    "<agent ROLE='CREATOR' TYPE='ORGANIZATION'><name>IT</name></agent>\n"
    "<agent ROLE='OTHER' OTHERROLE='PRODUCER' TYPE='ORGANIZATION'><name>IT</name></agent>\n"
    "<altRecordID TYPE='SUBMISSIONAGREEMENT'>RA 13-2011/5329; 2012-04-12</altRecordID>\n"
    "<altRecordID TYPE='REFERENCECODE'/></metsHdr>\n"
    "<amdSec ID='a'>" METADATA(
        "digiprovMD",
        "ADDML") "</amdSec>\n"
                 "<fileSec><fileGrp ID='g'><file ID='f' MIMETYPE='text/plain' SIZE='2' "
                 "CREATED='2017-04-18T16:09:11' ext:FORMATREGISTRY='PRONOM' "
                 "CHECKSUM='49f68a5c8493ec2c0bf489821c21fc3b' CHECKSUMTYPE='MD5'>"
                 "<FLocat LOCTYPE='URL' xlink:type='simple' xlink:href='file:///content/a.txt'/>"
                 "</file></fileGrp></fileSec>\n"
                 "<structMap><div LABEL='x'><div><fptr FILEID='f'/></div></div></structMap></mets>";

static const char *content_folder = "content";
static bool raised[4096]; /* by a rule's place in the table */

/* The package in a folder, or with none around. */
static void judge(const char *folder, const char *name, struct str description, struct judged *out)
{
    const struct tar_member files[] = {
        {.name = arena_format(out->arena, "%s%s", folder, name), .content = description},
        {.name = arena_format(out->arena, "%s%s/a.txt", folder, content_folder),
         .content = S("hi")},
        {.name = arena_format(out->arena, "%smetadata/addml.xml", folder), .content = S("<a/>")}};
    out->raised = raised;
    judge_members(files, COUNT(files), out);
}

static struct str changed(const char *cut, const char *put, struct arena *arena)
{
    const char *at = strstr(clean, cut);
    assert_non_null(at);
    return arena_format(arena, "%.*s%s%s", (int)(at - clean), clean, put, at + strlen(cut));
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
        judge(cases[i].folder, cases[i].name, changed(PROFILE, cases[i].profile, j.arena), &j);
        assert_int_equal(strstr(j.told.ptr, "CSIP") == NULL, cases[i].fgs);
        if (cases[i].fgs)
            assert_true(str_equal(j.objid, S("af268c33-5ba8-4af5-9a44-039b10126835")));
        judged_free(&j);
    }
}

static void each_fault_its_finding(void **state)
{
    (void)state;
    static const struct {
        const char *cut;
        const char *put;
        const char *findings;
    } cases[] = {
        {"", "", ""},
        {"OBJID='UUID:AF268C33-5ba8-4af5-9a44-039b10126835'", "", "FGS4.1 "},
        {" TYPE='ERMS'", "", "FGS5.1 "},
        {" TYPE='ERMS'", " TYPE='Journals'", "FGS5.2 "},
        {"PROFILE='" PROFILE "'", "", "FGS6.1 "},
        {"Profile.xml'", "Profile.xmll'", "FGS6.2 "},
        {"APPRAISAL='No'", "APPRAISAL='no'", "FGS14.1 "},
        {"version12", "version11", "FGS15.1 FGS16.1 FGS17.1 "},
        {"ACCESSRESTRICT='GDPR'", "ACCESSRESTRICT='Hemlig'", "FGS15.2 "},
        {"STARTDATE='2013-01-01'", "STARTDATE='2013-01-01T00:00:00'", "FGS16.1 "},
        {"STARTDATE='2013-01-01'", "STARTDATE='2013-00-01'", "FGS16.1 "},
        {"STARTDATE='2013-01-01'", "STARTDATE='2013-01-01+01:00'", ""},
        {"ENDDATE='2013-12-31'", "ENDDATE='31/12 2013'", "FGS17.1 "},
        {"ENDDATE='2013-12-31'", "ENDDATE='2012-12-31'", "FGS17.2 "},
        {"CREATEDATE='2017-04-18T16:09:36+02:00'", "", "FGS20.1 "},
        {"RECORDSTATUS='NEW'", "RECORDSTATUS='DELETE'", "FGS21.1 "},
        {"RECORDSTATUS='NEW'", "", ""},
        {"ext:OAISSTATUS='SIP'", "", "FGS22.1 "},
        {"ext:OAISSTATUS='SIP'", "ext:OAISSTATUS='sip'", "FGS22.2 "},
        {"ext:AGREEMENTFORM='DEPOSIT'", "ext:AGREEMENTFORM='LOAN'", "FGS23.1 "},
        {"<name>Region A</name>", "<name> </name>", "FGS25.1 "},
        {"<note>ORG:232100-0000</note>", "<note>232100-0000</note>", "FGS26.1 "},
        {"<note>ORG:232100-0000</note>", "<note>x</note><note>hsa:SE1</note>", ""},
        {"<agent ROLE='ARCHIVIST' TYPE='OTHER' OTHERTYPE='SOFTWARE'>",
         "<agent ROLE='CREATOR' TYPE='OTHER' OTHERTYPE='SOFTWARE'>", "FGS27.1 "},
        {"ROLE='CREATOR' TYPE='ORGANIZATION'", "ROLE='EDITOR' TYPE='ORGANIZATION'", "FGS28.1 "},
        {"OTHERROLE='PRODUCER'", "OTHERROLE='FRIEND'", "FGS31.1 "},
        {"OTHERROLE='PRODUCER' TYPE='ORGANIZATION'", "OTHERROLE='PRODUCER'", "FGS36.1 "},
        {"OTHERROLE='PRODUCER' TYPE='ORGANIZATION'", "OTHERROLE='PRODUCER' TYPE='FIRM'",
         "FGS36.2 mets_schema.1 "},
        {"OTHERTYPE='SOFTWARE'", "OTHERTYPE='PROGRAM'", "FGS37.1 FGS27.1 "},
        {"<altRecordID TYPE='SUBMISSIONAGREEMENT'>RA 13-2011/5329; 2012-04-12</altRecordID>", "",
         "FGS38.1 "},
        {"RA 13-2011/5329; 2012-04-12", "", "FGS38.2 "},
        {"TYPE='REFERENCECODE'", "TYPE='DELIVERYTYPE'", "FGS41.1 "},
        {"<amdSec ID='a'>", "<amdSec>", "FGS43.1 "},
        {METADATA("digiprovMD", "ADDML"), METADATA("techMD", "ALTO"), "FGS44.2 "},
        {METADATA("digiprovMD", "ADDML"), METADATA("rightsMD", "ALTO"), "FGS44.3 "},
        {METADATA("digiprovMD", "ADDML"), METADATA("sourceMD", "ALTO"), "FGS44.4 "},
        {METADATA("digiprovMD", "ADDML"), METADATA("digiprovMD", "ALTO"), "FGS44.5 "},
        {"<amdSec ID='a'>" METADATA("digiprovMD", "ADDML") "</amdSec>", METADATA("dmdSec", "ALTO"),
         "FGS44.1 "},
        {"<file ID='f'", "<file", "FGS46.1 mets_id_reference.1 mets_schema.1 "},
        {"MIMETYPE='text/plain' ", "", "FGS47.1 "},
        {" SIZE='2'", "", "FGS48.1 "},
        {" SIZE='2'", " SIZE='3'", "FGS48.2 "},
        {" CREATED='2017-04-18T16:09:11'", " ", "FGS49.1 "},
        {"CHECKSUM='49f68a5c8493ec2c0bf489821c21fc3b' CHECKSUMTYPE='MD5'", "", "FGS50.1 "},
        {"CHECKSUM='49f", "CHECKSUM='59f", "FGS50.2 "},
        {" CHECKSUMTYPE='MD5'", "", "FGS51.1 "},
        {"CHECKSUM='49f68a5c8493ec2c0bf489821c21fc3b' CHECKSUMTYPE='MD5'",
         "CHECKSUM='3a6d02d0' CHECKSUMTYPE='CRC32'", "FGS51.2 FGS50.2 "},
        {"<FLocat LOCTYPE='URL' xlink:type='simple' xlink:href='file:///content/a.txt'/>", "",
         "FGS52.1 file_unlisted.2 "},
        {" xlink:href='file:///content/a.txt'", "", "FGS53.1 file_unlisted.2 "},
        {"file:///content/a.txt", "content/a.txt", ""},
        {"file:///content/a.txt", "file:///Content/a.txt", "FGS53.2 "},
        {"file:///content/a.txt", "file:///content/b.txt", "FGS53.2 file_unlisted.2 "},
        {"LOCTYPE='URL' xlink:type='simple' xlink:href='file:///content",
         "LOCTYPE='URN' xlink:type='simple' xlink:href='file:///content", "FGS54.1 "},
        {"FORMATREGISTRY='PRONOM'", "FORMATREGISTRY='Pronom'", "FGS58.1 "},
        {"<fptr FILEID='f'/>", "<fptr/>", "FGS60.2 "},
        {"<fptr FILEID='f'/>", "<fptr FILEID='x'/>", "mets_id_reference.1 "},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct judged j = judged_new();
        judge("p/", SIP, changed(cases[i].cut, cases[i].put, j.arena), &j);
        if (strcmp(j.told.ptr, cases[i].findings) != 0)
            print_message("%s → %s\n", cases[i].cut, cases[i].put);
        assert_string_equal(j.told.ptr, cases[i].findings);
        judged_free(&j);
    }
}

#define EMPTY(header)                                                                              \
    "<mets xmlns='http://www.loc.gov/METS/' OBJID='p' TYPE='ERMS' PROFILE='" PROFILE "'>" header   \
    "</mets>"

/* Without the folder for content, and every rule of FGS has been seen to be broken. */
static void what_is_missing_altogether(void **state)
{
    (void)state;
    struct judged j = judged_new();
    judge("p/", SIP, str_from(EMPTY("<metsHdr/>")), &j);
    assert_non_null(strstr(j.told.ptr, "FGS24.1 FGS25.1 FGS27.1 FGS28.1 FGS38.1 FGS45.1 FGS60.1 "));
    content_folder = "stuff";
    judge("p/", SIP, str_from(EMPTY("")), &j);
    assert_non_null(strstr(j.told.ptr, "FGS2.1 "));
    assert_non_null(strstr(j.told.ptr, "FGS19.1 "));
    content_folder = "content";
    for (size_t i = 0; i < rule_count; i++)
        if ((rules[i].applies & (IN_FGS_1_1 | IN_FGS_1_2)) != 0 && !raised[i])
            fail_msg("nothing breaks %s.%d", requirement_name(rules[i].requirement),
                     rules[i].number);
    judged_free(&j);
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
        cmocka_unit_test(each_fault_its_finding),
        cmocka_unit_test(what_is_missing_altogether),
        cmocka_unit_test(its_words_in_those_of_eark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
