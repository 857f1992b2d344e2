/* Are the files of a package read by what METS and their paths say they are, in every container,
 * and told by their path in the package? */
#include "containers.h"
#include "content/content.h"
#include "text/xml.h"
#include "unit.h"
#include "validate/content_types.h"
#include "validate/judge.h"

#include <fcntl.h>

#define METS(attributes)                                                                           \
    "<mets xmlns='http://www.loc.gov/METS/' "                                                      \
    "xmlns:csip='https://DILCIS.eu/XML/METS/CSIPExtensionMETS' " attributes ">"

struct package {
    struct {
        struct str name;
        struct str content;
    } files[8];
    size_t count;
};

/* "requirement.number path" of what content/ found, a line each. */
static void judge(const struct source *source, struct buf *out)
{
    autoarena struct arena *arena = arena_new(64 << 20);
    autofindings struct findings *findings = findings_new();
    struct xml_schema *schema = NULL;
    size_t count = 0;
    struct judging j = {.arena = arena, .findings = findings};
    j.folder = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_null(xml_schema_open("schemas/xsd/eark/package.xsd", &schema));
    j.schema = schema;
    assert_null(judge_container(&j, source));
    assert_null(j.refusal);
    const struct finding *kept = findings_kept(findings, &count);
    buf_clear(out);
    for (size_t i = 0; i < count; i++)
        if (kept[i].rule->check >= CHECK_content_dicom_prefix)
            buf_format(out, "%s.%d %.*s\n", requirement_name(kept[i].rule->requirement),
                       kept[i].rule->number, STR_ARG(kept[i].path));
    buf_put(out, S(""));
    close(j.folder);
    xml_schema_close(schema);
}

static void judge_zip(const struct package *p, unsigned method, struct buf *out)
{
    struct zip_member files[COUNT(p->files)] = {0};
    autobuf struct buf zip = buf_new(CONTAINER_TEST_MAX);
    for (size_t i = 0; i < p->count; i++)
        files[i] = (struct zip_member){
            .name = p->files[i].name, .content = p->files[i].content, .method = method};
    put_zip(&zip, files, p->count);
    struct str bytes = buf_str(&zip);
    struct source source = source_from_str(&bytes);
    judge(&source, out);
}

static void judge_tar(const struct package *p, bool gzip, struct buf *out)
{
    struct tar_member files[COUNT(p->files)] = {0};
    autobuf struct buf tar = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf packed = buf_new(CONTAINER_TEST_MAX);
    for (size_t i = 0; i < p->count; i++)
        files[i] = (struct tar_member){.name = p->files[i].name, .content = p->files[i].content};
    put_tar(&tar, files, p->count);
    put_deflated(&packed, buf_str(&tar), 31);
    struct str bytes = gzip ? buf_str(&packed) : buf_str(&tar);
    struct source source = source_from_str(&bytes);
    judge(&source, out);
}

/* The same in every container. */
static void told(const struct package *p, const char *expected)
{
    autobuf struct buf out = buf_new(10000);
    judge_zip(p, 0, &out);
    assert_string_equal(out.ptr, expected);
    judge_zip(p, 8, &out);
    assert_string_equal(out.ptr, expected);
    judge_tar(p, false, &out);
    assert_string_equal(out.ptr, expected);
    judge_tar(p, true, &out);
    assert_string_equal(out.ptr, expected);
}

static void images_are_read(void **state)
{
    (void)state;
    const struct package p = {{{S("p/METS.xml"), S(METS("") "</mets>")},
                               {S("p/representations/rep1/data/a.dcm"), S("no image")},
                               {S("p/representations/rep1/data/b.DCM"), S("")},
                               {S("p/representations/rep1/data/c.txt"), S("no image")}},
                              4};
    told(&p, "dicom_header.1 representations/rep1/data/a.dcm\n"
             "dicom_header.1 representations/rep1/data/b.DCM\n");
}

/* By what METS says of the representation: its own METS before the root's. */
static void databases_are_read_where_one_is_stated(void **state)
{
    (void)state;
    static const char mptr[] =
        "<structMap><div><div><mptr xmlns:xlink='http://www.w3.org/1999/xlink' LOCTYPE='URL' "
        "xlink:href='representations/rep2/METS.xml'/></div></div></structMap></mets>";
    autobuf struct buf root = buf_new(4096);
    buf_format(&root, "%s%s", METS("csip:CONTENTINFORMATIONTYPE='SIARD1'"), mptr);
    struct package p = {{{S("p/METS.xml"), buf_str(&root)},
                         {S("p/representations/rep1/data/a.siard"), S("no ZIP")},
                         {S("p/representations/rep2/METS.xml"),
                          S(METS("csip:CONTENTINFORMATIONTYPE='MIXED'") "</mets>")},
                         {S("p/representations/rep2/data/b.siard"), S("no ZIP")}},
                        4};
    told(&p, "siard_archive.1 representations/rep1/data/a.siard\n");
    p.files[2].content = S(METS("csip:CONTENTINFORMATIONTYPE='OTHER' "
                                "csip:OTHERCONTENTINFORMATIONTYPE='SIARD_2.1'") "</mets>");
    told(&p, "siard_archive.1 representations/rep1/data/a.siard\n"
             "siard_archive.1 representations/rep2/data/b.siard\n");
}

/* A file group of the root METS tells of a representation that has no METS. */
static void groups_tell_of_representations(void **state)
{
    (void)state;
    const struct package p = {
        {{S("p/METS.xml"), S(METS("") "<fileSec><fileGrp USE='Representations/Rep1' "
                                      "csip:CONTENTINFORMATIONTYPE='SIARD2'/></fileSec></mets>")},
         {S("p/representations/rep1/data/a.siard"), S("no ZIP")},
         {S("p/representations/rep11/data/a.siard"), S("no ZIP")}},
        3};
    told(&p, "siard_archive.1 representations/rep1/data/a.siard\n");
}

static void path_and_type_tell_the_kind(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *other;
        const char *path;
        enum content_kind kind;
    } cases[] = {
        {"citserms_v3_0", NULL, "metadata/descriptive/a.xml", CONTENT_ERMS_3_0},
        {"citserms_v2_1", NULL, "representations/r/data/a/b.XML", CONTENT_ERMS_2_1},
        {"ERMS", NULL, "representations/r/metadata/a.xml", CONTENT_ERMS},
        {"citserms_v3_0", NULL, "documentation/a.xml", CONTENT_NONE},
        {"citserms_v3_0", NULL, "representations/r/schemas/a.xml", CONTENT_NONE},
        {"citsehpj_v2_0", NULL, "representations/r/data/p/a.xml", CONTENT_CARE},
        {"OTHER", "care", "representations/r/data/a.xml", CONTENT_CARE},
        {"OTHER", "other", "representations/r/data/a.xml", CONTENT_NONE},
        {"citsehpj_v2_0", NULL, "representations/r/metadata/a.xml", CONTENT_XML},
        {"MIXED", NULL, "metadata/preservation/a.xml", CONTENT_XML},
        {NULL, NULL, "representations/r/metadata/preservation/a.xml", CONTENT_XML},
        {NULL, NULL, "representations/r/data/a.xml", CONTENT_NONE},
        {NULL, NULL, "METS.xml", CONTENT_NONE},
        {NULL, NULL, ".xml", CONTENT_NONE},
        {"citssiard_v1_0", "SIARD_2.2", "representations/r/data/a.siard", CONTENT_SIARD_2_2},
        {"SIARD1", NULL, "representations/r/data/a.siard", CONTENT_SIARD},
        {"MIXED", NULL, "representations/r/data/a.siard", CONTENT_NONE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct content_stated stated = {.type = str_from(cases[i].type),
                                              .other = str_from(cases[i].other)};
        assert_int_equal(content_kind_of(&stated, str_from(cases[i].path)), cases[i].kind);
    }
    const struct content_stated aip = {.type = S("citserms_v3_0"), .aip = true};
    assert_int_equal(content_kind_of(&aip, S("representations/r/metadata/preservation/a.xml")),
                     CONTENT_XML_OF_AIP);
    assert_int_equal(content_kind_of(&aip, S("metadata/descriptive/a.xml")), CONTENT_ERMS_3_0);
}

/* Packages of a kind, and what of them is not as it should be. */
static void told_of_zip(const struct package *p, const char *expected)
{
    autobuf struct buf out = buf_new(10000);
    judge_zip(p, 0, &out);
    assert_string_equal(out.ptr, expected);
}

#define MPTR                                                                                       \
    "<structMap><div><div><mptr xmlns:xlink='http://www.w3.org/1999/xlink' LOCTYPE='URL' "         \
    "xlink:href='representations/rep1/METS.xml'/></div></div></structMap></mets>"
#define SIARD_ROOT(type, other, profile)                                                           \
    METS("csip:CONTENTINFORMATIONTYPE='citssiard_v1_0' TYPE='" type "' " other                     \
         " PROFILE='" profile "'")                                                                 \
    MPTR
#define SIARD_PROFILE "https://citssiard.dilcis.eu/profile/E-ARK-SIARD-"
#define SIARD_PART(type, other, profile)                                                           \
    METS("csip:CONTENTINFORMATIONTYPE='citssiard_v1_0' TYPE='" type "' " other                     \
         " PROFILE='" profile "'")                                                                 \
    "</mets>"
#define DUMP "csip:OTHERCONTENTINFORMATIONTYPE='Database_dump'"

static void rules_of_cits_siard(void **state)
{
    (void)state;
#define ROOT SIARD_ROOT("Databases", "", SIARD_PROFILE "ROOT.xml")
#define PART SIARD_PART("databases", DUMP, SIARD_PROFILE "REPRESENTATION.xml")
    static const struct {
        const char *root;
        const char *part;
        const char *told;
    } cases[] = {
        {ROOT, PART, ""},
        {SIARD_ROOT("Mixed", "", SIARD_PROFILE "ROOT.xml"), PART, "SIARD2.1 METS.xml\n"},
        {SIARD_ROOT("Databases", DUMP, SIARD_PROFILE "ROOT.xml"), PART, "SIARD4.1 METS.xml\n"},
        {SIARD_ROOT("Databases", "", "x"), PART, "SIARD5.1 METS.xml\n"},
        {ROOT, SIARD_PART("Mixed", DUMP, SIARD_PROFILE "REPRESENTATION.xml"),
         "SIARD9.1 representations/rep1/METS.xml\n"},
        {ROOT, SIARD_PART("Databases", "", SIARD_PROFILE "REPRESENTATION.xml"),
         "SIARD11.1 representations/rep1/METS.xml\nSIARD15.1 representations/rep1/METS.xml\n"},
        {ROOT, SIARD_PART("Databases", DUMP, "x"), "SIARD12.1 representations/rep1/METS.xml\n"},
        {ROOT,
         SIARD_PART("Databases", "csip:OTHERCONTENTINFORMATIONTYPE='SIARD_2.1'",
                    SIARD_PROFILE "REPRESENTATION.xml"),
         "SIARD15.1 representations/rep1/METS.xml\n"},
        {ROOT, METS("csip:CONTENTINFORMATIONTYPE='MIXED'") "</mets>", "SIARD1.1 METS.xml\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct package p = {{{S("p/METS.xml"), str_from(cases[i].root)},
                                   {S("p/representations/rep1/METS.xml"), str_from(cases[i].part)},
                                   {S("p/representations/rep1/data/a.sql"), S("dump")}},
                                  3};
        told_of_zip(&p, cases[i].told);
    }
#undef ROOT
#undef PART
}

#define EHEALTH(type, other, profile)                                                              \
    METS("csip:CONTENTINFORMATIONTYPE='citsehpj_v2_0' TYPE='" type "' csip:OTHERTYPE='" other      \
         "' PROFILE='https://citsehealth1.dilcis.eu/profile/E-ARK-eHealth1-" profile "'")

static void rules_of_ehealth1(void **state)
{
    (void)state;
#define ROOT EHEALTH("OTHER", "Patient Medical Records", "ROOT.xml") MPTR
#define PART EHEALTH("Other", "Patient Medical Records", "REPRESENTATION.xml") "</mets>"
#define DATA "p/representations/rep1/data/patient1/case1/a.txt"
    static const struct {
        const char *root;
        const char *part;
        const char *data;
        const char *manifest;
        const char *agreement;
        const char *told;
    } cases[] = {
        {ROOT, PART, DATA, "p/metadata/descriptive/patients.csv", "p/documentation/a.pdf", ""},
        {EHEALTH("Mixed", "Patient Medical Records", "ROOT.xml") MPTR, PART, DATA,
         "p/metadata/descriptive/patients.csv", "p/documentation/a.pdf", "EHR2.1 METS.xml\n"},
        {EHEALTH("OTHER", "Patients", "ROOT.xml") MPTR, PART, DATA,
         "p/metadata/descriptive/patients.csv", "p/documentation/a.pdf", "EHR3.1 METS.xml\n"},
        {EHEALTH("OTHER", "Patient Medical Records", "x") MPTR, PART, DATA,
         "p/metadata/descriptive/patients.csv", "p/documentation/a.pdf", "EHR1.1 METS.xml\n"},
        {ROOT, EHEALTH("Mixed", "Patient Medical Records", "REPRESENTATION.xml") "</mets>", DATA,
         "p/metadata/descriptive/patients.csv", "p/documentation/a.pdf",
         "EH3.1 representations/rep1/METS.xml\n"},
        {ROOT, EHEALTH("OTHER", "", "REPRESENTATION.xml") "</mets>", DATA,
         "p/metadata/descriptive/patients.csv", "p/documentation/a.pdf",
         "EH4.1 representations/rep1/METS.xml\n"},
        {ROOT, EHEALTH("OTHER", "Patient Medical Records", "x") "</mets>", DATA,
         "p/metadata/descriptive/patients.csv", "p/documentation/a.pdf",
         "EH2.1 representations/rep1/METS.xml\n"},
        {ROOT, METS("csip:CONTENTINFORMATIONTYPE='MIXED'") "</mets>", DATA,
         "p/metadata/descriptive/patients.csv", "p/documentation/a.pdf",
         "EH5.1 representations/rep1/METS.xml\n"},
        {ROOT, PART, "p/representations/rep1/data/a.txt", "p/metadata/descriptive/patients.csv",
         "p/documentation/a.pdf", "EHGR2.1 representations/rep1/data/a.txt\n"},
        {ROOT, PART, "p/representations/rep1/documentation/a.txt",
         "p/metadata/descriptive/patients.csv", "p/documentation/a.pdf",
         "EHGR1.1 representations\n"},
        {ROOT, PART, DATA, "p/metadata/other/patients.csv", "p/documentation/a.pdf",
         "EHGR5.1 metadata/descriptive\n"},
        {ROOT, PART, DATA, "p/metadata/descriptive/patients.csv", "p/schemas/a.pdf",
         "EHGR4.1 documentation\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct package p = {{{S("p/METS.xml"), str_from(cases[i].root)},
                                   {S("p/representations/rep1/METS.xml"), str_from(cases[i].part)},
                                   {str_from(cases[i].data), S("text")},
                                   {str_from(cases[i].manifest), S("name;id")},
                                   {str_from(cases[i].agreement), S("agreed")}},
                                  5};
        told_of_zip(&p, cases[i].told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_read),
        cmocka_unit_test(databases_are_read_where_one_is_stated),
        cmocka_unit_test(rules_of_cits_siard),
        cmocka_unit_test(rules_of_ehealth1),
        cmocka_unit_test(path_and_type_tell_the_kind),
        cmocka_unit_test(groups_tell_of_representations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
