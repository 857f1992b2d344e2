/* Does metadata.xml of each version hold what its own schema asks, in its order, and are types,
 * folders, digests and dates those that the schemas know? */
#include "containers.h"
#include "content.h"
#include "content/siard.h"

#define NAMESPACE(of)            "http://www.bar.admin.ch/xmlns/siard/" of "/metadata.xsd"
#define HEAD(namespace, version) "<siardArchive xmlns='" namespace "' version='" version "'>"
#define DATABASE                                                                                   \
    "<dbname>d</dbname><dataOwner>o</dataOwner><dataOriginTimespan>2026</dataOriginTimespan>"      \
    "<archivalDate>2026-02-28</archivalDate>"
#define SCHEMA                                                                                     \
    "<schemas><schema><name>s</name><folder>schema0</folder><tables><table><name>t</name>"         \
    "<folder>table0</folder><columns>"
#define REST(rows, users)                                                                          \
    "</columns><primaryKey><name>p</name><column>c</column></primaryKey>"                          \
    "<candidateKeys><candidateKey><name>k</name><column>c</column></candidateKey></candidateKeys>" \
    "<triggers><trigger><name>t</name><actionTime>AFTER</actionTime>"                              \
    "<triggerEvent>INSERT</triggerEvent><triggeredAction>x</triggeredAction></trigger></triggers>" \
    "<rows>" rows "</rows></table></tables></schema></schemas>" users "</siardArchive>"
#define USERS "<users><user><name>u</name></user></users>"

/* A column with all that the version knows of it. */
static const char of_1_0[] = HEAD(NAMESPACE("1.0"), "1.0") DATABASE
    "<messageDigest/>" SCHEMA "<column><name>c</name><folder>lob0</folder><type>ANY</type>"
    "<typeOriginal>x</typeOriginal><defaultValue>1</defaultValue><nullable>true</nullable>"
    "<description>x</description></column>" REST("0", USERS);
static const char of_2_0[] = HEAD(NAMESPACE("2.0"), "2.0") DATABASE
    "<messageDigest>MD5D1C411FC45542DCA86EEB1CC9B4B596C</messageDigest>" SCHEMA
    "<column><name>c</name><folder>lob0</folder><lobFolder>../lobs</lobFolder><type>CHAR(5)</type>"
    "<typeOriginal>x</typeOriginal><nullable>true</nullable><defaultValue>1</defaultValue>"
    "<mimeType>text/plain</mimeType><description>x</description></column>" REST("0", USERS);
static const char of_2_1[] = HEAD(NAMESPACE("2"), "2.1") DATABASE
    "<messageDigest><digestType>MD5</digestType><digest>D1C4</digest></messageDigest>" SCHEMA
    "<column><name>c</name><lobFolder>../lobs</lobFolder><type>CHAR(5)</type>"
    "<mimeType>text/plain</mimeType><typeOriginal>x</typeOriginal><nullable>true</nullable>"
    "<defaultValue>1</defaultValue><cardinality>1</cardinality><description>x</description>"
    "</column>" REST("0", "<users/>");

/* What is said of metadata.xml: no table is there. */
static void note_of_metadata(void *state, const struct content_fault *fault)
{
    if (str_equal(fault->inside, S(SIARD_METADATA))) {
        assert_true(fault->line > 0);
        content_note(state, fault);
    }
}

static void judge(enum content_kind kind, struct str metadata, struct buf *told)
{
    autobuf struct buf archive = buf_new(1 << 20);
    const struct zip_member members[] = {{.name = S(SIARD_METADATA), .content = metadata}};
    put_zip(&archive, members, COUNT(members));
    struct str bytes = buf_str(&archive);
    struct source source = source_from_str(&bytes);
    buf_clear(told);
    buf_put(told, S(""));
    assert_null(
        content_check(kind, &source, NULL, &(struct content_report){note_of_metadata, told}));
}

static void as_1_0(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {"<messageDigest/>", "", "siard_missing "},
        {"<messageDigest/>", "<messageDigest> SHA-1x\n</messageDigest>", ""},
        {"<messageDigest/>", "<messageDigest>SHA-256x</messageDigest>", "siard_value "},
        {"<nullable>true</nullable>", "", "siard_missing "},
        {"<defaultValue>1</defaultValue><nullable>true</nullable>",
         "<nullable>true</nullable><defaultValue>1</defaultValue>", "siard_order "},
        {"<type>ANY</type>", "", "siard_missing "},
        {"<type>ANY</type>", "<type/>", ""},
        {"<folder>lob0</folder>", "<lobFolder>lob0</lobFolder>", "siard_unknown "},
        {"<name>p</name>", "", ""},
        {"<name>k</name>", "", "siard_missing "},
        {">AFTER<", ">INSTEAD OF<", "siard_value "},
        {"<user><name>u</name></user>", "", "siard_missing "},
        {"</tables>", "</tables><views><view><name>v</name></view></views>", "siard_missing "},
    };
    judge_cases_by(judge, of_1_0, CONTENT_SIARD, cases, COUNT(cases));
}

static void as_2_0(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {"MD5D1", "MD5 D1", "siard_value "},
        {">MD5D1", "> MD5D1", "siard_value "},
        {"MD5D1C411FC45542DCA86EEB1CC9B4B596C", "SHA-1aQv+I/0yS1VPZhHL0X2mdbTfmZo=", ""},
        {"MD5D1C411FC45542DCA86EEB1CC9B4B596C", "SHA-1aQv+I/0yS1VPZhHL0X2mdbTfmZoo",
         "siard_value "},
        {"<folder>lob0</folder>", "<folder>0lob</folder>", "siard_value "},
        {"<defaultValue>1</defaultValue><mimeType>text/plain</mimeType>",
         "<mimeType>text/plain</mimeType><defaultValue>1</defaultValue>", "siard_order "},
        {"<description>x", "<cardinality>1</cardinality><description>x", "siard_unknown "},
        {">CHAR(5)<", ">VARCHAR<", "siard_value "},
        {"<name>p</name>", "", ""},
        {">AFTER<", ">INSTEAD OF<", "siard_value "},
    };
    judge_cases_by(judge, of_2_0, CONTENT_SIARD, cases, COUNT(cases));
}

static void as_2_1(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {">CHAR(5)<", ">NUMBER<", "siard_value "},
        {">CHAR(5)<", "> CHAR(5)<", "siard_value "},
        {">CHAR(5)<", ">VARCHAR<", ""},
        {">schema0<", ">s<", "siard_value "},
        {">schema0<", ">s-0<", "siard_value "},
        {">schema0<", "> schema0<", "siard_value "},
        {">schema0<", ">content\nx<", "siard_value "},
        {">table0<", ">0table<", "siard_value "},
        {"<digestType>MD5", "<digestType> MD5\n", ""},
        {">AFTER<", "> AFTER<", "siard_value "},
        {">AFTER<", ">INSTEAD OF<", ""},
        {"<name>p</name>", "", "siard_missing "},
        {"<rows>", "<rows xml:space='preserve'>", "siard_unknown "},
        {"<rows>", "<rows xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='false'>",
         "siard_unknown "},
        {"2026-02-28", "2026-02-29", "siard_value "},
        {"2026-02-28", "2024-02-29", ""},
        {"2026-02-28", "1900-02-29", "siard_value "},
        {"2026-02-28", "2000-02-29", ""},
        {"2026-02-28", "2026-13-01", "siard_value "},
        {"2026-02-28", "2026-04-31", "siard_value "},
        {"2026-02-28", "2026-00-01", "siard_value "},
        {"2026-02-28", "2026-01-00", "siard_value "},
        {"2026-02-28", "0000-01-01", "siard_value "},
        {"2026-02-28", "-0001-01-01", ""},
        {"2026-02-28", "12026-01-01", ""},
        {"2026-02-28", "02026-01-01", "siard_value "},
        {"2026-02-28", "2026-02-28+14:00", ""},
        {"2026-02-28", "2026-02-28-14:01", "siard_value "},
        {"2026-02-28", "2026-02-28+02:60", "siard_value "},
        {"2026-02-28", " 2026-02-28Z\n", ""},
        {"2026-02-28", "2026-02-28T24:00:00", "siard_value "},
    };
    judge_cases_by(judge, of_2_1, CONTENT_SIARD, cases, COUNT(cases));
}

/* In the schema of 2.0, in those of 2.1 and 2.2, or in both. */
static void types_of_sql(void **state)
{
    (void)state;
    enum { NONE, ONLY_2_0, SINCE_2_1, ALL };
    static const struct {
        const char *type;
        int of;
    } cases[] = {
        {"INTEGER", ALL},
        {"integer", NONE},
        {"INTEGER(5)", NONE},
        {"", NONE},
        {"DEC(5)", SINCE_2_1},
        {"DECIMAL(10,2)", ALL},
        {"DECIMAL(10,0)", SINCE_2_1},
        {"DECIMAL(10.2)", NONE},
        {"DECIMAL(0,2)", NONE},
        {"NUMERIC ( 10 , 2 )", SINCE_2_1},
        {"DOUBLE PRECISION", ALL},
        {"DOUBLE", NONE},
        {"VARCHAR", SINCE_2_1},
        {"VARCHAR(10)", ALL},
        {"VARCHAR(10", NONE},
        {"VARCHAR(10)x", NONE},
        {"VARCHAR()", NONE},
        {"CHARACTER  VARYING(5)", SINCE_2_1},
        {"CHARACTERVARYING(5)", NONE},
        {"NATIONAL CHARACTER LARGE OBJECT(5K)", ALL},
        {"NATIONAL CHARACTER LARGE OBJECT(5 K)", SINCE_2_1},
        {"CLOB(5T)", NONE},
        {"BIT VARYING(5)", ONLY_2_0},
        {"BIT", ONLY_2_0},
        {"BLOB", ALL},
        {"TIME(0)", NONE},
        {"TIMESTAMP(0)", ALL},
        {"TIMESTAMP(05)", NONE},
        {"TIMESTAMP WITH TIME ZONE(3)", ALL},
        {"TIMESTAMP(3) WITH TIME ZONE", NONE},
        {"INTERVAL", NONE},
        {"INTERVAL YEAR", ALL},
        {"INTERVAL DAY(2) TO SECOND(3)", ALL},
        {"INTERVAL DAY (2) TO SECOND", SINCE_2_1},
        {"INTERVAL DAY TO YEAR", NONE},
        {"INTERVAL SECOND(3,2)", SINCE_2_1},
        {"INTERVAL SECOND TO SECOND", ONLY_2_0},
        {"INTERVAL DAY TO", NONE},
        {"INTERVAL DAY x", NONE},
        {"DATALINK", SINCE_2_1},
        {"XML", ALL},
        {"TEXT", NONE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str type = str_from(cases[i].type);
        int of =
            (siard_is_type_2_0(type) ? ONLY_2_0 : NONE) | (siard_is_type(type) ? SINCE_2_1 : NONE);
        if (of != cases[i].of)
            fail_msg("%s: %d and not %d", cases[i].type, of, cases[i].of);
    }
}

/* xs:dateTime, which other readers' tables have. */
static void moments(void **state)
{
    (void)state;
    static const char *const good[] = {"2026-11-23T24:00:00", "2026-11-23T24:00:00.00Z",
                                       "2026-11-23T23:59:59.999+01:00", "-12026-01-01T00:00:00"};
    static const char *const bad[] = {"2026-11-23T24:00:01",  "2026-11-23T24:00:00.1",
                                      "2026-11-23T24:01:00",  "2026-11-23T25:00:00",
                                      "2026-11-23T10:60:00",  "2026-11-23T10:00:60",
                                      "2026-11-23T10:00:00.", "2026-11-23T10:00",
                                      "2026-11-23 10:00:00",  "2026-11-23T10:00:00+15:00"};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(grammar_value_fits(VALUE_TIME, str_from(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(grammar_value_fits(VALUE_TIME, str_from(bad[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_1_0),       cmocka_unit_test(as_2_0),  cmocka_unit_test(as_2_1),
        cmocka_unit_test(types_of_sql), cmocka_unit_test(moments),
    };
    return cmocka_run_group_tests_name("content_siard_metadata", tests, NULL, NULL);
}
