/* Is a whole SIARD file of each version passed over in silence, and does each fault raise its own
 * finding and no other? */
#include "containers.h"
#include "content.h"

#define METADATA_2_1                                                                               \
    "<siardArchive xmlns='http://www.bar.admin.ch/xmlns/siard/2/metadata.xsd' version='2.1'>\n"    \
    "<dbname>d</dbname><dataOwner>o</dataOwner><dataOriginTimespan>2026</dataOriginTimespan>\n"    \
    "<archivalDate>2026-01-01+01:00</archivalDate>\n"                                              \
    "<schemas><schema><name>s</name><folder>schema0</folder><tables>\n"                            \
    "<table><name>a</name><folder>table0</folder><columns>"                                        \
    "<column><name>id</name><type>INTEGER</type><nullable>false</nullable></column>"               \
    "<column><name>picture</name><type>BLOB</type></column>"                                       \
    "<column><name>words</name><lobFolder>lob3</lobFolder><type>CLOB</type></column></columns>\n"  \
    "<primaryKey><name>p</name><column>id</column></primaryKey><rows>2</rows></table>\n"           \
    "<table><name>b</name><folder>table1</folder><columns>"                                        \
    "<column><name>a_id</name><type>INTEGER</type></column></columns>\n"                           \
    "<foreignKeys><foreignKey><name>f</name><referencedSchema>s</referencedSchema>"                \
    "<referencedTable>a</referencedTable><reference><column>a_id</column>"                         \
    "<referenced>id</referenced></reference></foreignKey></foreignKeys>"                           \
    "<rows>0</rows></table>\n"                                                                     \
    "</tables></schema></schemas><users><user><name>u</name></user></users></siardArchive>"

#define TABLE_0                                                                                    \
    "<table xmlns='x'><row><c1>1</c1><c2 file='content/schema0/table0/lob2/record0.bin' "          \
    "length='5' digestType='MD5' messageDigest='5D41402ABC4B2A76B9719D911017C592'/>"               \
    "<c3 file='record0.txt' length='2'/></row>\n<row><c1>2</c1></row></table>"
#define SCHEMA_OF(namespace, elements)                                                                \
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='" namespace "'>"         \
                                                                                         "<xs:"       \
                                                                                         "element"    \
                                                                                         " name='"    \
                                                                                         "table'/"    \
                                                                                         ">" elements \
                                                                                         "</"         \
                                                                                         "xs:"        \
                                                                                         "schema>"
#define COLUMN(name) "<xs:element name='" name "' minOccurs='0'/>"

#define BLANKS_16 "                "
#define BLANKS                                                                                     \
    BLANKS_16 BLANKS_16 BLANKS_16 BLANKS_16 BLANKS_16 BLANKS_16 BLANKS_16 BLANKS_16 BLANKS_16

static const struct {
    const char *name;
    const char *content;
} clean[] = {
    {"header/metadata.xml", METADATA_2_1},
    {"header/version/2.1/", ""},
    {"content/schema0/table0/table0.xml", TABLE_0},
    {"content/schema0/table0/table0.xsd", SCHEMA_OF("x", COLUMN("c1") COLUMN("c2") COLUMN("c3"))},
    {"content/schema0/table0/lob2/record0.bin", "hello"},
    {"content/schema0/table0/lob3/record0.txt", "\xc3\xa5\xc3\xa4"},
    {"content/schema0/table1/table1.xml", "<table xmlns='y'/>"},
    {"content/schema0/table1/table1.xsd", SCHEMA_OF("y", COLUMN("c1"))},
};

/* What is changed in the clean archive. */
struct change {
    const char *file; /* NULL: none; in `cut` and `put` without a file: the name of the file */
    const char *cut;
    const char *put;
};

static void put_archive(const struct change *changes, size_t count, unsigned method,
                        struct buf *out)
{
    struct zip_member members[COUNT(clean)] = {0};
    struct buf texts[COUNT(clean)] = {0};
    size_t kept = 0;
    for (size_t i = 0; i < COUNT(clean); i++) {
        struct str name = str_from(clean[i].name);
        struct str content = str_from(clean[i].content);
        for (size_t k = 0; k < count; k++) {
            if (changes[k].file == NULL && changes[k].cut != NULL &&
                str_equal(name, str_from(changes[k].cut)))
                name = str_from(changes[k].put);
            if (changes[k].file == NULL || !str_equal(name, str_from(changes[k].file)))
                continue;
            struct buf changed = buf_new(1 << 16);
            content_change(content, changes[k].cut, changes[k].put, &changed);
            buf_free(&texts[i]);
            texts[i] = changed;
            content = buf_str(&texts[i]);
        }
        if (name.len > 0)
            members[kept++] = (struct zip_member){
                .name = name, .content = content, .method = str_ends(name, S("/")) ? 0 : method};
    }
    put_zip(out, members, kept);
    for (size_t i = 0; i < COUNT(texts); i++)
        buf_free(&texts[i]);
}

static void judge(const struct change *changes, size_t count, enum content_kind kind,
                  struct buf *told)
{
    for (unsigned method = 0; method <= 8; method += 8) { /* stored and deflated say the same */
        autobuf struct buf archive = buf_new(1 << 20);
        autobuf struct buf now = buf_new(1 << 16);
        put_archive(changes, count, method, &archive);
        content_judge(kind, buf_str(&archive), method == 0 ? told : &now);
        if (method != 0)
            assert_string_equal(now.ptr, told->ptr);
    }
}

#define TO_VERSION(number, namespace)                                                              \
    {                                                                                              \
        "header/metadata.xml",                                                                     \
            "xmlns='http://www.bar.admin.ch/xmlns/siard/2/metadata.xsd' version='2.1'",            \
            "xmlns='http://www.bar.admin.ch/xmlns/siard/" namespace "/metadata.xsd' "              \
                                                                    "version='" number "'"         \
    }

static void whole_archives_pass(void **state)
{
    (void)state;
    static const struct {
        enum content_kind kind;
        struct change changes[6];
    } cases[] = {
        {CONTENT_SIARD_2_1, {{0}}},
        {CONTENT_SIARD, {{0}}},
        {CONTENT_SIARD_2_2,
         {TO_VERSION("2.2", "2"), {NULL, "header/version/2.1/", "header/version/2.2/"}}},
        {CONTENT_SIARD_2_0,
         {TO_VERSION("2.0", "2.0"),
          {NULL, "header/version/2.1/", "header/version/2.0/"},
          {"header/metadata.xml", "<schemas>", /* a text; two elements since 2.1 */
           "<messageDigest>MD5D1C411FC45542DCA86EEB1CC9B4B596C</messageDigest><schemas>"}}},
        {CONTENT_SIARD_1_0,
         {TO_VERSION("1.0", "1.0"),
          {"header/metadata.xml", "<lobFolder>lob3</lobFolder>", "<folder>lob3</folder>"},
          {"header/metadata.xml", "<schemas>", "<messageDigest/><schemas>"},
          {"header/metadata.xml", "BLOB</type>", "BLOB</type><nullable>true</nullable>"},
          {"header/metadata.xml", "CLOB</type>", "CLOB</type><nullable>true</nullable>"},
          {"header/metadata.xml", "<name>a_id</name><type>INTEGER</type>",
           "<name>a_id</name><type>INTEGER</type><nullable>true</nullable>"}}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        autobuf struct buf told = buf_new(1 << 16);
        judge(cases[i].changes, COUNT(cases[i].changes), cases[i].kind, &told);
        assert_string_equal(told.ptr, "");
    }
}

static void each_fault_its_finding(void **state)
{
    (void)state;
#define M "header/metadata.xml"
#define T "content/schema0/table0/table0.xml"
#define X "content/schema0/table0/table0.xsd"
#define L "content/schema0/table0/lob2/record0.bin"
    static const struct {
        struct change change;
        const char *told;
    } cases[] = {
        {{NULL, M, ""}, "siard_no_metadata "},
        {{NULL, "header/version/2.1/", ""}, "siard_version_folder "},
        {{NULL, "header/version/2.1/", "header/version/2.2/"}, "siard_version_folder "},
        {{NULL, "header/version/2.1/", "content/more.txt"},
         "siard_version_folder siard_unmentioned "},
        {{M, "version='2.1'", "version='3'"}, "siard_version "},
        {{M, "version='2.1'", ""}, "siard_missing "},
        {{M, "</siardArchive>", "</siardArch>"}, "xml_wellformed "},
        {{M, "<siardArchive", "<!DOCTYPE a><siardArchive"}, "xml_doctype "},
        {{M, "<dbname>d</dbname>", ""}, "siard_missing "},
        {{M, "<dbname>d</dbname>", "<dbname> </dbname>"}, ""},
        {{M, "<dbname>d</dbname>", "<dbname/>"}, "siard_value "},
        {{M, "<dbname>d</dbname>", "<dbname>d</dbname><dbname>e</dbname>"}, "siard_repeated "},
        {{M, "<dbname>d</dbname>", "<dbname>d</dbname><odd/>"}, "siard_unknown "},
        {{M, "<dbname>d</dbname><dataOwner>o</dataOwner>",
          "<dataOwner>o</dataOwner><dbname>d</dbname>"},
         "siard_order "},
        {{M, "2026-01-01+01:00", "1 January"}, "siard_value "},
        {{M, "<type>BLOB</type>", ""}, "siard_missing "},
        {{M, "<type>BLOB</type>", "<type>BLOB</type><typeName>b</typeName>"}, "siard_repeated "},
        {{M, "<nullable>false</nullable>", "<nullable>no</nullable>"}, "siard_value "},
        {{M, "<rows>0</rows>", ""}, "siard_missing "},
        {{M, "<rows>0</rows>", "<rows>none</rows>"}, "siard_value "},
        {{M, "<column>id</column>", "<column>di</column>"}, "siard_key "},
        {{M, "<referenced>id</referenced>", "<referenced>di</referenced>"}, "siard_key "},
        {{M, "<referenced>id</referenced>", "<referenced>a.id</referenced>"}, ""},
        {{M, "<rows>0</rows>", "<rows>1</rows>"}, "siard_rows "},
        {{NULL, T, ""}, "siard_no_table siard_unmentioned siard_unmentioned "},
        {{NULL, X, ""}, "siard_no_schema "},
        {{NULL, X, "content/schema0/table0/other.xsd"}, "siard_no_schema siard_unmentioned "},
        {{X, "XMLSchema", "XMLSchemo"}, "siard_schema_root "},
        {{X, COLUMN("c3"), ""}, "siard_schema_columns "},
        {{X, "<xs:element name='c2' minOccurs='0'/>", "<xs:element name='c2'/>"}, "siard_null "},
        {{X, "targetNamespace='x'", "targetNamespace='z'"}, "siard_namespace "},
        {{X, "targetNamespace='x'", ""}, "siard_namespace "},
        {{T, "<row><c1>2</c1></row>", "<row xmlns=''><c1>2</c1></row>"}, ""},
        {{X, "targetNamespace='x'", "targetNamespace='x' elementFormDefault='qualified'"}, ""},
        {{T, "</table>", "words</table>"}, "siard_table_root "},
        {{T, "<c1>2</c1>",
          "<c1>2</c1><c3 xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'/>"},
         "siard_nil "},
        {{T, "<c1>2</c1>", "words<c1>2</c1>"}, "siard_table_root "},
        {{T, "<c1>2</c1>", "<c3>a</c3><c1>2</c1>"}, "siard_cell_order "},
        {{X, "</xs:schema>", ""}, "xml_wellformed "},
        {{T, "</table>", "<line/></table>"}, "siard_table_root "},
        {{T, "<row><c1>2</c1></row>", ""}, "siard_rows "},
        {{T, "<c1>2</c1>", "<c1>2</c1><c4/>"}, "siard_cell "},
        {{T, "<c1>2</c1>", "<c1>two</c1>"}, "siard_cell_type "},
        {{T, "<c1>2</c1>", "<c1/>"}, "siard_cell_type "},
        {{T, "<c1>2</c1>", "<c1>" BLANKS "2" BLANKS "</c1>"}, ""},
        {{T, "<c1>2</c1>", "<c1><![CDATA[-]]>2 </c1>"}, ""},
        {{T, "<c1>2</c1>", "<c1>2</c1><d1/>"}, "siard_cell "},
        {{T, "<c1>2</c1>", "<c1>2</c1><c1>2</c1>"}, "siard_cell_again "},
        {{T, "<c1>2</c1>", ""}, "siard_null "},
        {{T, "</table>", ""}, "xml_wellformed "},
        {{T, "lob2/record0.bin", "lob2/record1.bin"}, "siard_lob_missing siard_unmentioned "},
        {{T, "lob2/record0.bin", "lob2/../../x"}, "siard_lob_missing siard_unmentioned "},
        {{T, "content/schema0/table0/lob2/record0.bin", "../outside.bin"}, "siard_lob_outside "},
        {{T, "<c2 file=", "<c2><u1 file='../outside.bin'/><u1 file='../other.bin'/></c2><c2 file="},
         "siard_lob_outside siard_cell_again "},
        {{T, "<c3 file='record0.txt' length='2'/>",
          "<c3><u1 file='record0.txt' length='2'/><u2 file='a.bin'/><u3 file='b.bin'/></c3>"},
         "siard_lob_field "},
        {{T, "<c3 file='record0.txt' length='2'/>", "<c3><u1 file='record0.txt' length='9'/></c3>"},
         "siard_lob_length "},
        {{T, "content/schema0/table0/lob2/record0.bin",
          "content\\schema0\\table0\\lob2\\record0.bin"},
         ""},
        {{T, "length='5'", "length='6'"}, "siard_lob_length "},
        {{T, "length='5'", "length='five'"}, "siard_lob_length "},
        {{T, "length='2'", "length='5'"}, "siard_lob_length "},
        {{T, "5D41402A", "5D41402B"}, "siard_lob_digest "},
        {{T, "digestType='MD5'", "digestType='WHIRLPOOL'"}, "siard_lob_unsupported "},
        {{T, "digestType='MD5' messageDigest='", "messageDigest='MD5"}, ""},
        {{L, "hello", "hallo"}, "siard_lob_digest "},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        autobuf struct buf told = buf_new(1 << 16);
        judge(&cases[i].change, 1, CONTENT_SIARD_2_1, &told);
        if (strcmp(told.ptr, cases[i].told) != 0)
            fail_msg("%s: %s -> %s: told %sand not %s", cases[i].change.file, cases[i].change.cut,
                     cases[i].change.put, told.ptr, cases[i].told);
    }
}

/* By the column's type, unless the column is an array. */
static void cells_are_of_their_type(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *cell;
        const char *told;
    } cases[] = {
        {"<type>BOOLEAN</type>", "<c1>2</c1>", "siard_cell_type "},
        {"<type>BOOLEAN</type>", "<c1>false</c1>", ""},
        {"<type>DATE</type>", "<c1>2026-01-01</c1>", "siard_cell_type "},
        {"<type>BIGINT</type>", "<c1>-9223372036854775808</c1>", ""},
        {"<type>SMALLINT</type>", "<c1>1.5</c1>", "siard_cell_type "},
        {"<type>DECIMAL(3, 1)</type>", "<c1>1.5</c1>", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        autobuf struct buf told = buf_new(1 << 16);
        const struct change changes[] = {{M, "<type>INTEGER</type>", cases[i].type},
                                         {T, "<c1>2</c1>", cases[i].cell}};
        judge(changes, COUNT(changes), CONTENT_SIARD_2_1, &told);
        assert_string_equal(told.ptr, cases[i].told);
    }
    autobuf struct buf told = buf_new(1 << 16);
    const struct change array[] = {
        {M, "<nullable>false</nullable>", "<nullable>false</nullable><cardinality>1</cardinality>"},
        {T, "<c1>2</c1>", "<c1><a1>x</a1></c1>"},
    };
    judge(array, COUNT(array), CONTENT_SIARD_2_1, &told);
    assert_string_equal(told.ptr, "");
}

/* By the folders that metadata gives a column's fields, each relative to the one around it. */
static void fields_have_folders_of_their_own(void **state)
{
    (void)state;
#define FIELDS(folder)                                                                             \
    "<type>BLOB</type><fields><field><name>a</name><lobFolder>x</lobFolder><fields>"               \
    "<field><name>b</name><lobFolder>" folder "</lobFolder></field></fields></field></fields>"
    static const struct {
        const char *folder;
        const char *file;
        const char *told;
    } cases[] = {
        {FIELDS("lob2"), "record0.bin", ""}, /* table0/x/lob2/record0.bin */
        {FIELDS("lob4"), "record0.bin", "siard_lob_missing siard_unmentioned "},
        {FIELDS("../lobs"), "record0.bin", "siard_lob_missing siard_unmentioned "},
        {"<type>BLOB</type>", "record0.bin", "siard_lob_field "},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        autobuf struct buf told = buf_new(1 << 16);
        const struct change changes[] = {
            {M, "<type>BLOB</type>", cases[i].folder},
            {NULL, L, "content/schema0/table0/x/lob2/record0.bin"},
            {T,
             "<c2 file='content/schema0/table0/lob2/record0.bin' length='5' digestType='MD5' "
             "messageDigest='5D41402ABC4B2A76B9719D911017C592'/>",
             "<c2><u1><u1 file='record0.bin' length='5'/></u1></c2>"}};
        judge(changes, COUNT(changes), CONTENT_SIARD_2_1, &told);
        if (strcmp(told.ptr, cases[i].told) != 0)
            fail_msg("%s: told %sand not %s", cases[i].folder, told.ptr, cases[i].told);
    }
}

/* What lies around the archive, which is r/data/a.siard: of "hello", by METS. */
static struct err *look_around(void *state, struct str path, struct content_other *out,
                               enum content_presence *out_presence)
{
    static const uint8_t md5[8] = {0x5d, 0x41, 0x40, 0x2a, 0xbc, 0x4b, 0x2a, 0x76};
    const char *there = state;
    *out_presence = str_equal(path, str_from(there)) ? CONTENT_IS_THERE : CONTENT_IS_ABSENT;
    *out = (struct content_other){.length = 5, .stated = true, .algorithm = DIGEST_MD5};
    memcpy(out->digest, md5, sizeof md5);
    return NULL;
}

static void large_objects_are_looked_for_in_the_package(void **state)
{
    (void)state;
#define SEGMENT "..\\lobs\\s1\\record0.bin"
    static const struct {
        const char *archive; /* lobFolder */
        const char *column;
        const char *cell; /* the attribute file */
        const char *there;
        const char *cut; /* of the table */
        const char *put;
        const char *told;
    } cases[] = {
        {"", "", SEGMENT, "r/data/lobs/s1/record0.bin", "", "", ""},
        {"", "", SEGMENT, "r/data/lobs/s2/record0.bin", "", "", "siard_lob_missing "},
        {"../lobs/", "s1/", "record0.bin", "r/data/lobs/s1/record0.bin", "", "", ""},
        {"../../", "lobs/s1/", "record0.bin", "r/lobs/s1/record0.bin", "", "", ""},
        {"../lobs/", "", "s1/record%200.bin", "r/data/lobs/s1/record 0.bin", "", "", ""},
        {"file:../lobs/", "", "record0.bin", "r/data/lobs/record0.bin", "", "", ""},
        {"file:///lobs/", "", "record0.bin", "r/data/lobs/record0.bin", "", "",
         "siard_lob_outside "},
        {"../../../../", "", "record0.bin", "record0.bin", "", "", "siard_lob_outside "},
        {"", "", SEGMENT, "r/data/lobs/s1/record0.bin", "length='5'", "length='6'",
         "siard_lob_length "},
        {"", "", SEGMENT, "r/data/lobs/s1/record0.bin", "5D41402A", "5D41402B",
         "siard_lob_digest "},
        {"", "", SEGMENT, "r/data/lobs/s1/record0.bin", "'MD5'", "'SHA-1'",
         "siard_lob_undigested "},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        autobuf struct buf told = buf_new(1 << 16);
        autobuf struct buf archive = buf_new(1 << 20);
        autobuf struct buf texts = buf_new(1 << 16);
        char folders[2][128];
        snprintf(folders[0], sizeof folders[0], "</dataOriginTimespan><lobFolder>%s</lobFolder>",
                 cases[i].archive);
        snprintf(folders[1], sizeof folders[1], "<lobFolder>%s</lobFolder><type>BLOB</type>",
                 cases[i].column);
        const struct change changes[] = {
            {M, "</dataOriginTimespan>",
             cases[i].archive[0] != '\0' ? folders[0] : "</dataOriginTimespan>"},
            {M, "<type>BLOB</type>", cases[i].column[0] != '\0' ? folders[1] : "<type>BLOB</type>"},
            {NULL, L, "header/unused"},
            {T, L, cases[i].cell},
            {T, cases[i].cut, cases[i].put}};
        put_archive(changes, COUNT(changes), 8, &archive);
        struct str bytes = buf_str(&archive);
        struct source source = source_from_str(&bytes);
        char there[64];
        snprintf(there, sizeof there, "%s", cases[i].there);
        const struct content_around around = {S("r/data/a.siard"), look_around, there};
        buf_put(&told, S(""));
        assert_null(content_check(CONTENT_SIARD_2_1, &source, &around,
                                  &(struct content_report){content_note, &told}));
        if (strcmp(told.ptr, cases[i].told) != 0)
            fail_msg("%s %s %s: told %sand not %s", cases[i].archive, cases[i].column,
                     cases[i].cell, told.ptr, cases[i].told);
    }
}

static void version_is_the_declared(void **state)
{
    (void)state;
    autobuf struct buf told = buf_new(1 << 16);
    judge(NULL, 0, CONTENT_SIARD_2_0, &told);
    assert_string_equal(told.ptr, "siard_declared ");
}

static void two_tables_need_two_folders(void **state)
{
    (void)state;
    autobuf struct buf told = buf_new(1 << 16);
    const struct change change = {M, "<folder>table1</folder>", "<folder>table0</folder>"};
    judge(&change, 1, CONTENT_SIARD_2_1, &told);
    assert_true(str_starts(buf_str(&told), S("siard_folder ")));
}

static void no_archives(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "x", "PK\3\4", "7z\xbc\xaf\x27\x1c"};
    for (size_t i = 0; i < COUNT(cases); i++) {
        autobuf struct buf told = buf_new(1 << 16);
        content_judge(CONTENT_SIARD, str_from(cases[i]), &told);
        assert_string_equal(told.ptr, "siard_zip ");
    }
}

/* A byte of stored content that is not what it was: the ZIP's own checksum tells. */
static void damage_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *told;
    } cases[] = {{"hello", "siard_damaged "}, {"<dbname>d", "siard_damaged siard_unmentioned "}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        autobuf struct buf archive = buf_new(1 << 20);
        autobuf struct buf told = buf_new(1 << 16);
        put_archive(NULL, 0, 0, &archive);
        char *at = memmem(archive.ptr, archive.len, cases[i].in, strlen(cases[i].in));
        at[strlen(cases[i].in) - 1] ^= 1;
        content_judge(CONTENT_SIARD, buf_str(&archive), &told);
        assert_true(str_starts(buf_str(&told), S("siard_damaged ")));
    }
}

static void real_files(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *told;
    } cases[] = {{"realdata/siard/northwind3-siard-2.1.siard", "siard_lob_outside "},
                 {"realdata/siard/northwind-NOT-SIARD-7zip.siard", "siard_zip "}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        autoarena struct arena *arena = arena_new(1 << 22);
        autobuf struct buf told = buf_new(1 << 16);
        struct str file = content_shared(cases[i].path, arena);
        if (file.ptr == NULL)
            return;
        content_judge(CONTENT_SIARD_2_1, file, &told);
        assert_string_equal(told.ptr, cases[i].told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_archives_pass),
        cmocka_unit_test(each_fault_its_finding),
        cmocka_unit_test(cells_are_of_their_type),
        cmocka_unit_test(fields_have_folders_of_their_own),
        cmocka_unit_test(large_objects_are_looked_for_in_the_package),
        cmocka_unit_test(version_is_the_declared),
        cmocka_unit_test(two_tables_need_two_folders),
        cmocka_unit_test(no_archives),
        cmocka_unit_test(damage_is_told),
        cmocka_unit_test(real_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
