/* Are the cells of a table of SIARD what the schema beside it says, with types of its own and those
 * of XML Schema? */
#include "containers.h"
#include "content.h"

#define METADATA                                                                                   \
    "<siardArchive xmlns='http://www.bar.admin.ch/xmlns/siard/2/metadata.xsd' version='2.1'>"      \
    "<dbname>d</dbname><dataOwner>o</dataOwner><dataOriginTimespan>2026</dataOriginTimespan>"      \
    "<archivalDate>2026-01-01</archivalDate><schemas><schema><name>s</name>"                       \
    "<folder>schema0</folder><tables><table><name>a</name><folder>table0</folder><columns>"        \
    "<column><name>c</name><type>CLOB</type></column></columns><rows>1</rows></table></tables>"    \
    "</schema></schemas><users/></siardArchive>"
#define CELL(type) "<xs:element name='c1' type='" type "'/>"
#define TYPE(name, base)                                                                           \
    "<xs:simpleType name='" name "'><xs:restriction base='" base "'/></xs:simpleType>"

static void judge(const char *elements, const char *cell, struct buf *told)
{
    autobuf struct buf archive = buf_new(1 << 16);
    autobuf struct buf schema = buf_new(1 << 12);
    autobuf struct buf table = buf_new(1 << 12);
    buf_format(&schema,
               "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='x' "
               "elementFormDefault='qualified'>%s</xs:schema>",
               elements);
    buf_format(&table, "<table xmlns='x'><row><c1>%s</c1></row></table>", cell);
    const struct zip_member members[] = {
        {.name = S("header/metadata.xml"), .content = S(METADATA)},
        {.name = S("header/version/2.1/"), .content = S("")},
        {.name = S("content/schema0/table0/table0.xml"), .content = buf_str(&table)},
        {.name = S("content/schema0/table0/table0.xsd"), .content = buf_str(&schema)},
    };
    put_zip(&archive, members, COUNT(members));
    content_judge(CONTENT_SIARD_2_1, buf_str(&archive), told);
}

static void cells_are_of_their_schemas_type(void **state)
{
    (void)state;
    static const struct {
        const char *schema;
        const char *cell;
        bool good;
    } cases[] = {
        {CELL("xs:decimal"), "-.5", true},
        {CELL("xs:decimal"), "5.", true},
        {CELL("xs:decimal"), ".", false},
        {CELL("xs:decimal"), "1e3", false},
        {CELL("xs:double"), "1.5E-3", true},
        {CELL("xs:float"), "-INF", true},
        {CELL("xs:double"), "1E", false},
        {CELL("xs:double"), "INFx", false},
        {CELL("xs:time"), "24:00:00", true},
        {CELL("xs:time"), "10:11:12.5Z", true},
        {CELL("xs:time"), "10:11", false},
        {CELL("xs:dateTime"), "2026-11-23T10:11:12Z", true},
        {CELL("xs:dateTime"), "2026-11-23", false},
        {CELL("xs:duration"), "-P1Y2M3DT4H5M6.7S", true},
        {CELL("xs:duration"), "P1YT5S", true},
        {CELL("xs:duration"), "PT5S", true},
        {CELL("xs:duration"), "P", false},
        {CELL("xs:duration"), "P1YT", false},
        {CELL("xs:duration"), "P1M1Y", false},
        {CELL("xs:duration"), "P1.5Y", false},
        {CELL("xs:duration"), "PT1", false},
        {CELL("xs:duration"), "PT1S1", false},
        {CELL("xs:duration"), "PT1ST1S", false},
        {CELL("xs:hexBinary"), " 0aFF\n", true},
        {CELL("xs:hexBinary"), "", true},
        {CELL("xs:hexBinary"), "0A0", false},
        {CELL("xs:hexBinary"), "0A 0B", false},
        {CELL("xs:hexBinary"), "0G", false},
        {CELL("xs:base64Binary"), "AA==", true},
        {CELL("xs:base64Binary"), "AA=", false},
        {CELL("xs:string"), "a<!-- -->b", true},
        {CELL("xs:string"), "a<b/>", false},
        {CELL("odd") TYPE("odd", "xs:time"), "10:11", false},
        {TYPE("odd", "own") TYPE("own", "xs:time") CELL("t:odd"), "10:11", false},
        {TYPE("odd", "own") TYPE("own", "odd") CELL("odd"), "10:11", true},
        {TYPE("time", "xs:string") CELL("t:time"), "10:11", true},
        {TYPE("integer", "xs:integer") CELL("t:integer"), "x", false},
        {CELL("odd") "<xs:complexType name='odd'><xs:simpleContent><xs:extension "
                     "base='xs:hexBinary'/>"
                     "</xs:simpleContent></xs:complexType>",
         "0G", false},
        {CELL("odd") "<xs:complexType name='odd'><xs:sequence><xs:element name='u1'><xs:simpleType>"
                     "<xs:restriction base='xs:time'/></xs:simpleType></xs:element></xs:sequence>"
                     "</xs:complexType>",
         "<u1>x</u1>", true},
        {"<xs:element name='c1' minOccurs='0'><xs:simpleType><xs:restriction base='xs:time'/>"
         "</xs:simpleType></xs:element>",
         "10:11", false},
        {"<xs:element name='c1' minOccurs='0'><xs:complexType><xs:sequence><xs:element name='u1'>"
         "<xs:simpleType><xs:restriction base='xs:time'/></xs:simpleType></xs:element>"
         "</xs:sequence></xs:complexType></xs:element>",
         "<u1>x</u1>", true},
        {CELL("odd") "<xs:simpleType name='odd'><xs:list itemType='xs:time'/></xs:simpleType>", "x",
         true},
        {CELL("t:time") "<xs:simpleType name='time'><xs:list itemType='xs:time'/></xs:simpleType>",
         "10:11:12 10:11:13", true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        autobuf struct buf told = buf_new(1 << 12);
        judge(cases[i].schema, cases[i].cell, &told);
        if (strcmp(told.ptr, cases[i].good ? "" : "siard_cell_type ") != 0)
            fail_msg("%s: %s: told %s", cases[i].schema, cases[i].cell, told.ptr);
    }
}

#define FACETS(base, facets)                                                                       \
    "<xs:element name='c1' type='odd'/><xs:simpleType name='odd'><xs:restriction base='" base      \
    "'>" facets "</xs:restriction></xs:simpleType>"
#define DAYS                                                                                       \
    "<xs:minInclusive value='0001-01-01Z'/><xs:maxExclusive value='10000-01-01Z'/>"                \
    "<xs:pattern value='\\d{4}-\\d{2}-\\d{2}Z?'/>"

static void cells_meet_the_facets_of_their_types(void **state)
{
    (void)state;
    static const struct {
        const char *schema;
        const char *cell;
        const char *told;
    } cases[] = {
        {FACETS("xs:date", DAYS), " 2026-11-23Z\n", ""},
        {FACETS("xs:date", DAYS), "2026-11-23+01:00", "siard_cell_facet "},
        {FACETS("xs:date", DAYS), "10000-01-01Z", "siard_cell_facet "},
        {FACETS("xs:date", DAYS), "-0001-01-01Z", "siard_cell_facet "},
        {FACETS("xs:date", DAYS), "2026-02-30", "siard_cell_type "},
        {FACETS("xs:string", "<xs:maxLength value='3'/>"), "åäö", ""},
        {FACETS("xs:string", "<xs:maxLength value='3'/>"), "abc ", "siard_cell_facet "},
        {FACETS("xs:string", "<xs:minLength value='1'/>"), "", "siard_cell_facet "},
        {FACETS("xs:string", "<xs:minLength value='1'/>"), " ", ""},
        {FACETS("xs:string", "<xs:length value='2'/>"), "a<!-- -->b", ""},
        {FACETS("xs:string", "<xs:length value='2'/>"), "a", "siard_cell_facet "},
        {FACETS("xs:hexBinary", "<xs:maxLength value='2'/>"), "0A0B", ""},
        {FACETS("xs:hexBinary", "<xs:maxLength value='2'/>"), "0A0B0C", "siard_cell_facet "},
        {FACETS("xs:base64Binary", "<xs:maxLength value='2'/>"), "AAA=", ""},
        {FACETS("xs:base64Binary", "<xs:maxLength value='2'/>"), "AAAA", "siard_cell_facet "},
        {FACETS("xs:decimal", "<xs:minExclusive value='-1.5'/><xs:maxInclusive value='9'/>"), "9.0",
         ""},
        {FACETS("xs:decimal", "<xs:minExclusive value='-1.5'/><xs:maxInclusive value='9'/>"),
         "-1.50", "siard_cell_facet "},
        {FACETS("xs:decimal", "<xs:minExclusive value='-1.5'/><xs:maxInclusive value='9'/>"),
         "9.000000000000001", "siard_cell_facet "},
        {FACETS("xs:long", "<xs:maxInclusive value='9'/>"), "10", "siard_cell_facet "},
        /* of several patterns or values one is enough, of one type */
        {FACETS("xs:string", "<xs:pattern value='a+'/><xs:pattern value='b+'/>"), "bb", ""},
        {FACETS("xs:string", "<xs:pattern value='a+'/><xs:pattern value='b+'/>"), "aa", ""},
        {FACETS("xs:string", "<xs:pattern value='a+'/><xs:pattern value='b+'/>"), "ab",
         "siard_cell_facet "},
        {FACETS("xs:string", "<xs:pattern value='\\{5'/>"), "{5", ""},
        {FACETS("xs:string", "<xs:pattern value='\\{5'/>"), "{6", "siard_cell_facet "},
        {FACETS("xs:string", "<xs:enumeration value='J'/><xs:enumeration value='N'/>"), "N", ""},
        {FACETS("xs:string", "<xs:enumeration value='J'/><xs:enumeration value='N'/>"), "n",
         "siard_cell_facet "},
        {FACETS("xs:decimal", "<xs:enumeration value='1.50'/>"), "01.5", ""},
        {FACETS("xs:decimal", "<xs:enumeration value='1.50'/>"), "1.51", "siard_cell_facet "},
        {FACETS("t:own", "<xs:pattern value='a+'/>") "<xs:simpleType name='own'><xs:restriction "
                                                     "base='xs:string'><xs:maxLength value='2'/>"
                                                     "</xs:restriction></xs:simpleType>",
         "aa", ""},
        {FACETS("t:own", "<xs:pattern value='a+'/>") "<xs:simpleType name='own'><xs:restriction "
                                                     "base='xs:string'><xs:maxLength value='2'/>"
                                                     "</xs:restriction></xs:simpleType>",
         "aaa", "siard_cell_facet "},
        {"<xs:element name='c1'><xs:simpleType><xs:restriction base='xs:string'>"
         "<xs:pattern value='a+'/></xs:restriction></xs:simpleType></xs:element>",
         "b", "siard_cell_facet "},
        /* what cannot be judged asks for nothing, and is no fault of the table's */
        {FACETS("xs:token", "<xs:pattern value='a+'/>"), "b", ""},
        {FACETS("xs:string", "<xs:pattern value='(a|b|ab)*c'/>"), "x", ""},
        {FACETS("xs:string", "<xs:pattern value='(a'/>"), "x", ""},
        {FACETS("xs:string", "<xs:maxLength value='-1'/>"), "x", ""},
        {FACETS("xs:string", "<xs:maxLength/>"), "x", ""},
        {FACETS("xs:date", "<xs:maxExclusive value='x'/>"), "2026-11-23", ""},
        {FACETS("xs:string", "") "<xs:simpleType name='other'><xs:restriction base='xs:string'>"
                                 "<xs:pattern value='a+'/></xs:restriction></xs:simpleType>",
         "x", ""},
        {CELL("odd") "<xs:complexType name='odd'><xs:simpleContent><xs:extension base='xs:string'>"
                     "<xs:attribute name='x'><xs:simpleType><xs:restriction base='xs:string'>"
                     "<xs:pattern value='a+'/></xs:restriction></xs:simpleType></xs:attribute>"
                     "</xs:extension></xs:simpleContent></xs:complexType>",
         "x", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        autobuf struct buf told = buf_new(1 << 12);
        judge(cases[i].schema, cases[i].cell, &told);
        if (strcmp(told.ptr, cases[i].told) != 0)
            fail_msg("%s: %s: told %s", cases[i].schema, cases[i].cell, told.ptr);
    }
}

/* What was said of a cell is said of another only where no digit of the pattern's is a digit of its
 * own. */
static void cells_that_look_alike(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *told;
    } cases[] = {
        {"\\d{4}-\\d{2}Z?", "siard_cell_facet siard_rows "},
        {"\\d{3}6-\\d{2}|x", "siard_cell_facet siard_cell_facet siard_cell_facet siard_rows "},
        {"\\d{3}[6-7]-\\d{2}", "siard_cell_facet siard_cell_facet siard_rows "},
        {"(\\d|-){7}", "siard_cell_facet siard_rows "},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        autobuf struct buf schema = buf_new(1 << 12);
        autobuf struct buf told = buf_new(1 << 12);
        buf_format(&schema,
                   CELL("odd") "<xs:simpleType name='odd'><xs:restriction base='xs:string'>"
                               "<xs:pattern value='%s'/></xs:restriction></xs:simpleType>",
                   cases[i].pattern);
        judge(buf_str(&schema).ptr,
              "2026-11</c1></row><row><c1>2025-12</c1></row><row><c1>2026-1x</c1></row><row>"
              "<c1>2027-12",
              &told);
        if (strcmp(told.ptr, cases[i].told) != 0)
            fail_msg("%s: told %s", cases[i].pattern, told.ptr);
    }
}

/* Long values come in pieces, and are not kept whole. */
static void long_cells(void **state)
{
    (void)state;
    enum { LENGTH = 200 * 1000 };
    autobuf struct buf cell = buf_new(LENGTH + 16);
    autobuf struct buf told = buf_new(1 << 12);
    for (size_t i = 0; i < LENGTH; i++)
        buf_byte(&cell, "0aF9"[i % 4]);
    static const char *const endings[] = {"0A", "0"};
    for (size_t i = 0; i < COUNT(endings); i++) {
        autobuf struct buf table = buf_new(2 * LENGTH);
        autobuf struct buf zip = buf_new(4 * LENGTH);
        buf_put(&table, S("<table xmlns='x'><row><c1>"));
        buf_put(&table, buf_str(&cell));
        buf_put(&table, str_from(endings[i]));
        buf_put(&table, S("</c1></row></table>"));
        const struct zip_member members[] = {
            {.name = S("header/metadata.xml"), .content = S(METADATA)},
            {.name = S("header/version/2.1/"), .content = S("")},
            {.name = S("content/schema0/table0/table0.xml"), .content = buf_str(&table)},
            {.name = S("content/schema0/table0/table0.xsd"),
             .content = S("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' "
                          "targetNamespace='x'>" CELL("xs:hexBinary") "</xs:schema>")},
        };
        put_zip(&zip, members, COUNT(members));
        content_judge(CONTENT_SIARD_2_1, buf_str(&zip), &told);
        assert_string_equal(told.ptr, i == 0 ? "" : "siard_cell_type ");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_of_their_schemas_type),
        cmocka_unit_test(cells_meet_the_facets_of_their_types),
        cmocka_unit_test(cells_that_look_alike),
        cmocka_unit_test(long_cells),
    };
    return cmocka_run_group_tests_name("content_siard_table", tests, NULL, NULL);
}
