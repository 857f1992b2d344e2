/* Are the files of a package read by what METS and their paths say they are, in every container,
 * and told by their path in the package? */
#include "containers.h"
#include "content.h"
#include "text/xml.h"
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

#define LOB(checksum)                                                                              \
    METS("csip:CONTENTINFORMATIONTYPE='SIARD2'")                                                   \
    "<fileSec><fileGrp><file ID='a' CHECKSUMTYPE='MD5' CHECKSUM='" checksum                        \
    "'><FLocat xmlns:xlink='http://www.w3.org/1999/xlink' LOCTYPE='URL' "                          \
    "xlink:href='representations/rep1/data/lobs/1.bin'/></file></fileGrp></fileSec></mets>"
#define TABLE "representations/rep1/data/a.siard/content/schema0/table0/table0.xml\n"

/* A database whose large objects lie beside it, which METS says the same of. */
static void large_objects_beside_a_database_are_looked_for(void **state)
{
    (void)state;
    const struct zip_member siard[] = {
        {.name = S("header/metadata.xml"),
         .content = S("<siardArchive xmlns='http://www.bar.admin.ch/xmlns/siard/2/metadata.xsd' "
                      "version='2.1'><dbname>d</dbname><dataOwner>o</dataOwner>"
                      "<dataOriginTimespan>2026</dataOriginTimespan><lobFolder>../lobs/</lobFolder>"
                      "<archivalDate>2026-01-01+01:00</archivalDate><schemas><schema><name>s</name>"
                      "<folder>schema0</folder><tables><table><name>a</name><folder>table0</folder>"
                      "<columns><column><name>b</name><type>BLOB</type></column></columns>"
                      "<rows>1</rows></table></tables></schema></schemas>"
                      "<users><user><name>u</name></user></users></siardArchive>")},
        {.name = S("header/version/2.1/")},
        {.name = S("content/schema0/table0/table0.xml"),
         .content = S("<table><row><c1 file='1.bin' length='5' digestType='MD5' "
                      "digest='5d41402abc4b2a76b9719d911017c592'/></row></table>")},
        {.name = S("content/schema0/table0/table0.xsd"),
         .content = S("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>"
                      "<xs:element name='c1'/></xs:schema>")},
    };
    autobuf struct buf archive = buf_new(CONTAINER_TEST_MAX);
    put_zip(&archive, siard, COUNT(siard));
    struct package p = {{{S("p/METS.xml"), S(LOB("5D41402ABC4B2A76B9719D911017C592"))},
                         {S("p/representations/rep1/data/a.siard"), buf_str(&archive)},
                         {S("p/representations/rep1/data/lobs/1.bin"), S("hello")}},
                        3};
    told(&p, "");
    p.files[0].content = S(LOB("5D41402BBC4B2A76B9719D911017C592"));
    told(&p, "siard_lob.3 " TABLE);
    p.files[2].content = S("hello you");
    told(&p, "siard_lob.2 " TABLE "siard_lob.3 " TABLE);
    p.count = 2;
    told(&p, "siard_lob.1 " TABLE);
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
        {"citsehpj_v2_0", NULL, "representations/r/data/p/a.xml", CONTENT_CARE_OF_PATIENT},
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

/* The structural map of eHealth1 1.0 is another. */
static void the_first_ehealth1_has_its_own_map(void **state)
{
    (void)state;
    const struct package p = {{{S("p/METS.xml"), S(METS("") "</mets>")},
                               {S("p/representations/rep1/METS.xml"),
                                S(METS("csip:CONTENTINFORMATIONTYPE='citsehpj_v1_0' TYPE='OTHER' "
                                       "csip:OTHERTYPE='Patient Medical Records' PROFILE='"
                                       "https://citsehealth1.dilcis.eu/profile/"
                                       "E-ARK-eHealth1-REPRESENTATION.xml'") "</mets>")}},
                              2};
    told(&p, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_read),
        cmocka_unit_test(databases_are_read_where_one_is_stated),
        cmocka_unit_test(large_objects_beside_a_database_are_looked_for),
        cmocka_unit_test(the_first_ehealth1_has_its_own_map),
        cmocka_unit_test(path_and_type_tell_the_kind),
        cmocka_unit_test(groups_tell_of_representations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
