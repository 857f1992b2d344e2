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
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        autobuf struct buf told = buf_new(1 << 12);
        judge(cases[i].schema, cases[i].cell, &told);
        if (strcmp(told.ptr, cases[i].good ? "" : "siard_cell_type ") != 0)
            fail_msg("%s: %s: told %s", cases[i].schema, cases[i].cell, told.ptr);
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
        cmocka_unit_test(long_cells),
    };
    return cmocka_run_group_tests_name("content_siard_table", tests, NULL, NULL);
}
