/* Does the XML reader keep its header's promises, whatever the document is? */
#include "base/base.h"
#include "text/xml.h"
#include "unit.h"

#include <pthread.h>
#include <unistd.h>

#define METS    "http://www.loc.gov/METS/"
#define PACKAGE "schemas/xsd/eark/package.xsd"

/* Hands the document out a few bytes at a time. */
struct dribble {
    struct str rest;
    size_t step;
};

static struct err *dribble_read(void *state, void *out, size_t capacity, size_t *out_length)
{
    struct dribble *d = state;
    struct str part = str_slice(d->rest, 0, d->step < capacity ? d->step : capacity);
    memcpy(out, part.ptr, part.len);
    d->rest = str_slice(d->rest, part.len, d->rest.len);
    *out_length = part.len;
    return NULL;
}

/* Writes what the reader tells, one word per event; text pieces run together. */
static struct err *tell(struct xml *x, struct buf *out)
{
    enum xml_event event = XML_OPEN;
    bool in_text = false;
    while (true) {
        TRY(xml_next(x, &event));
        if (event == XML_END)
            return NULL;
        if (event == XML_TEXT) {
            buf_format(out, "%s%.*s", in_text ? "" : " ", STR_ARG(xml_characters(x)));
            in_text = true;
            continue;
        }
        in_text = false;
        buf_format(out, " %s%.*s@%lld", event == XML_OPEN ? "+" : "-", STR_ARG(xml_name(x)),
                   (long long)xml_line(x));
        size_t count = 0;
        const struct xml_attribute *a = event == XML_OPEN ? xml_attributes(x, &count) : NULL;
        for (size_t i = 0; i < count; i++)
            buf_format(out, " %.*s=%.*s", STR_ARG(a[i].name), STR_ARG(a[i].value));
    }
}

static void every_cut_reads_the_same(void **state)
{
    (void)state;
    struct str document = S("<?xml version=\"1.0\"?>\n<!-- a > b --><a xmlns='urn:a' x='1 &gt; 2 "
                            "&lt; &amp;amp; &#38;#38;&#x26; \"3\"'>\n<b:c xmlns:b=\"urn:b\" "
                            "b:y='p>q'/>t&amp;u<![CDATA[<raw>]]>&#229;</a>\n<?pi x?>");
    for (size_t step = 1; step <= document.len; step++) {
        struct dribble d = {document, step};
        autoxml struct xml *x = xml_open((struct xml_input){dribble_read, &d}, NULL);
        autobuf struct buf told = buf_new(1000);
        assert_null(tell(x, &told));
        assert_string_equal(told.ptr,
                            " +a@2 x=1 > 2 < &amp; &#38;& \"3\" \n +c@3 y=p>q -c@3 t&u<raw>å -a@3");
    }
}

static void where_a_refusal_was(void **state)
{
    (void)state;
    struct str told = S("line 12: a tag: too long");
    assert_int_equal(xml_cut_line(&told), 12);
    assert_true(str_equal(told, S("a tag: too long")));
    struct str other = S("line x: it could not be read");
    assert_int_equal(xml_cut_line(&other), 0);
    assert_true(str_equal(other, S("line x: it could not be read")));
}

static void names_and_attributes(void **state)
{
    (void)state;
    autoxml struct xml *x =
        xml_open_str(S("<m xmlns='urn:m' a='' xmlns:o='urn:o' o:a='2'><n xmlns=''/></m>"), NULL);
    enum xml_event event = XML_END;
    assert_null(xml_next(x, &event));
    assert_int_equal(event, XML_OPEN);
    assert_true(xml_is(x, "urn:m", "m"));
    assert_false(xml_is(x, NO_NAMESPACE, "m"));
    struct str empty = xml_attribute(x, NO_NAMESPACE, "a");
    assert_non_null(empty.ptr);
    assert_int_equal(empty.len, 0);
    assert_true(str_equal(xml_attribute(x, "urn:o", "a"), S("2")));
    assert_null(xml_attribute(x, "urn:m", "a").ptr);
    assert_null(xml_next(x, &event));
    assert_true(xml_is(x, NO_NAMESPACE, "n"));
    assert_int_equal(xml_depth(x), 2);
}

static void text_and_skip(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(10000);
    autoxml struct xml *x =
        xml_open_str(S("<a><s><t>no</t></s><n>one<i>two</i> three</n><e/></a>"), NULL);
    enum xml_event event = XML_END;
    struct str text = {0};
    assert_null(xml_next(x, &event));
    assert_null(xml_next(x, &event));
    assert_null(xml_skip(x));
    assert_null(xml_next(x, &event));
    assert_true(xml_is(x, NO_NAMESPACE, "n"));
    assert_null(xml_text(x, arena, 100, &text));
    assert_true(str_equal(text, S("onetwo three")));
    assert_null(xml_next(x, &event));
    assert_null(xml_text(x, arena, 100, &text));
    assert_true(text.ptr != NULL && text.len == 0);
    assert_null(xml_next(x, &event));
    assert_int_equal(event, XML_CLOSE);
    assert_null(xml_next(x, &event));
    assert_int_equal(event, XML_END);
    assert_null(xml_next(x, &event));
    assert_int_equal(event, XML_END);
}

static void text_over_its_limit(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(10000);
    autoxml struct xml *x = xml_open_str(S("<a>0123456789</a>"), NULL);
    enum xml_event event = XML_END;
    struct str text = {0};
    assert_null(xml_next(x, &event));
    struct err *e = xml_text(x, arena, 9, &text);
    assert_non_null(e);
    assert_string_equal(e->rule, "xml_limit");
}

static struct err *read_all(struct str document, const struct xml_options *options)
{
    autoxml struct xml *x = xml_open_str(document, options);
    enum xml_event event = XML_OPEN;
    struct err *e = NULL;
    while (e == NULL && event != XML_END)
        e = xml_next(x, &event);
    assert_ptr_equal(e, e != NULL ? xml_next(x, &event) : NULL);
    return e;
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *document;
        const char *rule;
    } cases[] = {
        {"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "xml_doctype"},
        {"<!DOCTYPE a SYSTEM 'http://localhost/x.dtd'><a/>", "xml_doctype"},
        {"<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;&b;'>]><a>&c;</a>", "xml_doctype"},
        {"<a>&unknown;</a>", "xml_wellformed"},
        {"<a b='&unknown;'/>", "xml_wellformed"},
        {"<a><b></a></b>", "xml_wellformed"},
        {"<a>", "xml_wellformed"},
        {"", "xml_wellformed"},
        {"no XML at all", "xml_wellformed"},
        {"<a/><b/>", "xml_wellformed"},
        {"<a x='1' x='2'/>", "xml_wellformed"},
        {"<p:a/>", "xml_wellformed"},
        {"<a>\xe5</a>", "xml_wellformed"},
        {"<a>&#0;</a>", "xml_wellformed"},
        {"<?xml version='1.0' encoding='no-such'?><a/>", "xml_wellformed"},
        {"<a><b><c><d/></c></b></a>", "xml_limit"},
        {"<a x1='' x2='' x3='' x4=''/>", "xml_limit"},
        {"<a><b/><b/><b/><b/><b/></a>", "xml_limit"},
    };
    struct xml_options few = {.depth = 3, .attributes = 3, .elements = 5};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err *e = read_all(str_from(cases[i].document), &few);
        assert_non_null(e);
        assert_string_equal(e->rule, cases[i].rule);
    }
}

static void a_tag_without_end(void **state)
{
    (void)state;
    autobuf struct buf document = buf_new(8 << 20);
    buf_put(&document, S("<a b='"));
    while (document.len < 4 << 20)
        buf_put(&document, S("0123456789abcdef"));
    assert_string_equal(read_all(buf_str(&document), NULL)->rule, "xml_limit");
    assert_string_equal(read_all(buf_str(&document), &(struct xml_options){.token = 8 << 20})->rule,
                        "xml_wellformed");

    buf_clear(&document);
    buf_put(&document, S("<a "));
    for (int i = 0; i < 100000; i++)
        buf_format(&document, "a%d='' ", i);
    assert_string_equal(read_all(buf_str(&document), NULL)->rule, "xml_limit");
}

static struct err *read_nothing(void *state, void *out, size_t capacity, size_t *out_length)
{
    (void)state, (void)out, (void)capacity, (void)out_length;
    return err_new(ERR_STORAGE, "could not read");
}

static void input_that_fails(void **state)
{
    (void)state;
    assert_string_equal(read_all(S(""), NULL)->detail, "line 1: there is no element");
    assert_string_equal(read_all(S("<root>"), NULL)->detail,
                        "line 1: the document ends inside an element");
    autoxml struct xml *x = xml_open((struct xml_input){.read = read_nothing}, NULL);
    enum xml_event event = XML_END;
    assert_int_equal(xml_next(x, &event)->code, ERR_STORAGE);
}

static void schema_tells_line_and_goes_on(void **state)
{
    (void)state;
    struct xml_schema *schema = NULL;
    assert_null(xml_schema_open(PACKAGE, &schema));
    autoxml struct xml *x = xml_open_str(
        S("<mets xmlns='" METS "' xmlns:csip='https://DILCIS.eu/XML/METS/CSIPExtensionMETS'>\n"
          "<metsHdr csip:OAISPACKAGETYPE='XIP'/>\n<structMap>\n<div bad='1'/></structMap></mets>"),
        &(struct xml_options){.schema = schema});
    autobuf struct buf told = buf_new(1000);
    assert_null(tell(x, &told));
    size_t kept = 0;
    uint64_t all = 0;
    const struct xml_problem *problems = xml_problems(x, &kept, &all);
    assert_int_equal(all, 2);
    assert_int_equal(kept, 2);
    assert_int_equal(problems[0].line, 2);
    assert_true(
        str_equal(problems[0].message,
                  S("Element 'metsHdr', attribute 'OAISPACKAGETYPE': The value 'XIP' is not an "
                    "element of the set {'SIP', 'AIP', 'DIP', 'AIU', 'AIC'}")));
    assert_int_equal(problems[1].line, 4);
    assert_true(str_equal(problems[1].message,
                          S("Element 'div', attribute 'bad': The attribute 'bad' is not allowed")));
    xml_schema_close(schema);
}

static void problems_are_bounded(void **state)
{
    (void)state;
    struct xml_schema *schema = NULL;
    assert_null(xml_schema_open(PACKAGE, &schema));
    autobuf struct buf document = buf_new(1 << 20);
    buf_put(&document, S("<mets xmlns='" METS "'><structMap><div>"));
    for (int i = 0; i < 3000; i++)
        buf_put(&document, S("<div bad='1'/>\n"));
    buf_put(&document, S("</div></structMap></mets>"));
    autoxml struct xml *x =
        xml_open_str(buf_str(&document), &(struct xml_options){.schema = schema});
    autobuf struct buf told = buf_new(1 << 20);
    assert_null(tell(x, &told));
    size_t kept = 0;
    uint64_t all = 0;
    xml_problems(x, &kept, &all);
    assert_int_equal(kept, XML_PROBLEMS_KEPT);
    assert_int_equal(all, 3000);
    xml_schema_close(schema);
}

static uint64_t problems_of(struct str document, const struct xml_schema *schema)
{
    autoxml struct xml *x = xml_open_str(document, &(struct xml_options){.schema = schema});
    autobuf struct buf told = buf_new(1000);
    size_t kept = 0;
    uint64_t all = 0;
    assert_null(tell(x, &told));
    xml_problems(x, &kept, &all);
    assert_int_equal(kept, all);
    return all;
}

/* <r a="…"/> and <r><e>…</e></r>, of one type of XML Schema's own. */
static struct xml_schema *schema_of(const char *type)
{
    char path[] = "/tmp/r7-xml-test-XXXXXX";
    struct xml_schema *schema = NULL;
    int file = mkstemp(path);
    assert_true(file >= 0);
    FILE *out = fdopen(file, "w");
    assert_non_null(out);
    fprintf(out,
            "<schema xmlns='http://www.w3.org/2001/XMLSchema'><element name='r'><complexType>"
            "<sequence><element name='e' type='%s' minOccurs='0'/></sequence>"
            "<attribute name='a' type='%s'/></complexType></element></schema>",
            type, type);
    assert_int_equal(fclose(out), 0);
    assert_null(xml_schema_open(path, &schema));
    assert_int_equal(unlink(path), 0);
    return schema;
}

/* XML Schema takes the blanks around a value of these types away before it is judged. */
static void blanks_around_values(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *good;
        const char *bad;
    } types[] = {{"long", "-12", "1 2"},
                 {"int", "12", "2147483648"},
                 {"short", "+12", "x"},
                 {"byte", "12", "128"},
                 {"unsignedLong", "12", "-1"},
                 {"unsignedInt", "12", "4294967296"},
                 {"unsignedShort", "12", "12.0"},
                 {"unsignedByte", "12", "256"},
                 {"integer", "12", "1 2"},
                 {"boolean", "true", "tr ue"},
                 {"duration", "P1D", "P 1D"},
                 {"dateTime", "2026-01-01T24:00:00Z", "2026-01-01 00:00:00Z"},
                 {"date", "2026-01-01", "2026-02-30"},
                 {"time", "10:00:00", "10:00"},
                 {"gYear", "2026", "26"},
                 {"gYearMonth", "2026-01", "2026-13"},
                 {"gMonthDay", "--01-01", "--02-30"},
                 {"gDay", "---01", "---32"},
                 {"gMonth", "--01", "--13"}};
    static const char *const around[][2] = {{"<r a='", "'/>"}, {"<r><e>", "</e></r>"}};
    for (size_t i = 0; i < COUNT(types); i++) {
        struct xml_schema *schema = schema_of(types[i].type);
        for (size_t k = 0; k < 8 * COUNT(around); k++) {
            char document[200];
            bool good = (k & 4) == 0;
            snprintf(document, sizeof document, "%s%s%s%s%s", around[k / 8][0],
                     (k & 1) != 0 ? " \t" : "", good ? types[i].good : types[i].bad,
                     (k & 2) != 0 ? "\n " : "", around[k / 8][1]);
            assert_int_equal(problems_of(str_from(document), schema), good ? 0 : 1);
        }
        assert_int_equal(problems_of(S("<r a=' '/>"), schema), 1);
        assert_int_equal(problems_of(S("<r xmlns='x' a=' 1 '/>"), schema), 1); /* of the element */
        xml_schema_close(schema);
    }
}

static void schema_that_is_not_there(void **state)
{
    (void)state;
    struct xml_schema *schema = NULL;
    assert_int_equal(xml_schema_open("schemas/xsd/eark/none.xsd", &schema)->code, ERR_BUG);
}

static void *validate_often(void *schema)
{
    size_t problems = 0;
    for (int i = 0; i < 50; i++) {
        autoxml struct xml *x =
            xml_open_str(S("<mets xmlns='" METS "'><structMap><div bad=''/></structMap></mets>"),
                         &(struct xml_options){.schema = schema});
        enum xml_event event = XML_OPEN;
        while (event != XML_END && xml_next(x, &event) == NULL)
            continue;
        uint64_t all = 0;
        size_t kept = 0;
        xml_problems(x, &kept, &all);
        problems += kept;
    }
    err_reset();
    return problems == 50 ? schema : NULL;
}

static void threads_share_a_schema(void **state)
{
    (void)state;
    struct xml_schema *schema = NULL;
    assert_null(xml_schema_open(PACKAGE, &schema));
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, validate_often, schema), 0);
    for (size_t i = 0; i < COUNT(threads); i++) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        assert_ptr_equal(result, schema);
    }
    xml_schema_close(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_reads_the_same),
        cmocka_unit_test(where_a_refusal_was),
        cmocka_unit_test(names_and_attributes),
        cmocka_unit_test(text_and_skip),
        cmocka_unit_test(text_over_its_limit),
        cmocka_unit_test(refused),
        cmocka_unit_test(a_tag_without_end),
        cmocka_unit_test(input_that_fails),
        cmocka_unit_test(schema_tells_line_and_goes_on),
        cmocka_unit_test(problems_are_bounded),
        cmocka_unit_test(blanks_around_values),
        cmocka_unit_test(schema_that_is_not_there),
        cmocka_unit_test(threads_share_a_schema),
    };
    int failed = cmocka_run_group_tests_name("xml", tests, NULL, NULL);
    err_reset();
    return failed;
}
