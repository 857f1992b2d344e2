/* Does SOAP take what the platform sends, refuse the rest in words, and write what reaches a
 * consumer? */
#include "text/soap.h"

#include "arena.h"

#define ENVELOPE "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>"
#define ADDRESS                                                                                    \
    "<a:LogicalAddress xmlns:a='urn:riv:itintegration:registry:1'>SE1-X</a:LogicalAddress>"
#define HEADER ENVELOPE "<s:Header>" ADDRESS "</s:Header>"
#define BODY   "<s:Body><q:Ask xmlns:q='urn:q'><q:a/></q:Ask></s:Body></s:Envelope>"

static struct err *read_whole(struct str type, struct str message)
{
    autosoap struct soap_request request = {0};
    TRY(soap_open(type, message, arena, &request));
    TRY(xml_skip(request.body));
    return soap_end(&request);
}

static void accepts(struct str message)
{
    struct err *e = read_whole(S("text/xml;charset=UTF-8"), message);
    assert_null(e);
}

static struct err *refused(struct str message, const char *why)
{
    struct err *e = read_whole(S("text/xml"), message);
    assert_non_null(e);
    assert_int_equal(err_class(e), ERR_CLASS_REJECT);
    if (why != NULL)
        assert_non_null(strstr(e->detail, why));
    return e;
}

static void reads_address_and_name(void **state)
{
    (void)state;
    autosoap struct soap_request request = {0};
    assert_null(soap_open(S(""), S(HEADER BODY), arena, &request));
    assert_true(str_equal(request.logical_address, S("SE1-X")));
    assert_true(str_equal(request.namespace, S("urn:q")) && str_equal(request.name, S("Ask")));
    bool found = false;
    assert_null(soap_next_child(request.body, &found));
    assert_true(found && xml_is(request.body, "urn:q", "a"));
}

static void accepts_what_consumers_write(void **state)
{
    (void)state;
    accepts(
        S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --> " HEADER BODY "<!-- end -->"));
    accepts(S("\xef\xbb\xbf<?xml version='1.0' encoding = 'utf-8' standalone='yes'?>" HEADER BODY));
    accepts(S(ENVELOPE
              "<s:Header><!-- c -->\n<o:Security xmlns:o='urn:o'><o:x/></o:Security>" ADDRESS
              "</s:Header>" BODY));
    accepts(S(ENVELOPE "<s:Header>" ADDRESS "<o:x xmlns:o='urn:o' s:mustUnderstand='1' "
                       "s:actor='urn:somebody'/></s:Header>" BODY));
    accepts(S("<Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/'><Header>" ADDRESS
              "</Header><Body><Ask xmlns='urn:q'/></Body></Envelope>"));
    assert_null(read_whole((struct str){0}, S(HEADER BODY)));
    assert_null(read_whole(S("text/xml; action=x; charset=\"utf-8\""), S(HEADER BODY)));
}

static void refuses_the_rest(void **state)
{
    (void)state;
    refused(S(ENVELOPE BODY), "LogicalAddress is missing");
    refused(S(ENVELOPE "<s:Header><a:LogicalAddress xmlns:a='urn:riv:itintegration:registry:1'> "
                       "</a:LogicalAddress></s:Header>" BODY),
            "missing or empty");
    refused(S(ENVELOPE "<s:Header>" ADDRESS ADDRESS "</s:Header>" BODY), "more than once");
    refused(S(HEADER "<s:Body/></s:Envelope>"), "Body is empty");
    refused(S(HEADER "</s:Envelope>"), "no Body");
    refused(S(HEADER "<s:Body><a/><b/></s:Body></s:Envelope>"), "more than one element");
    refused(S(HEADER "<s:Body>text<a/></s:Body></s:Envelope>"), "text where only elements");
    refused(S(HEADER "<s:Body><a/></s:Body><s:Body/></s:Envelope>"), "after the SOAP Body");
    refused(S("<x/>"), "not a SOAP 1.1 envelope");
    refused(S(""), NULL);
    refused(S(HEADER "<s:Body><a>"), NULL);
    refused(S("<!DOCTYPE s:Envelope [<!ENTITY a 'b'>]>" HEADER BODY), NULL);
    refused(S(HEADER "<s:Body><u:a/></s:Body></s:Envelope>"), NULL);
}

static void speaks_utf8_only(void **state)
{
    (void)state;
    refused(S("<?xml version='1.0' encoding='ISO-8859-1'?>" HEADER BODY),
            "XML declaration must be UTF-8");
    refused(S(HEADER "<s:Body><a>\xe5</a></s:Body></s:Envelope>"), "not encoded in UTF-8");
    refused(S("\xff\xfe<\0s\0"), "not encoded in UTF-8");
    assert_non_null(read_whole(S("text/xml; charset=iso-8859-1"), S(HEADER BODY)));
    assert_non_null(read_whole(S("application/json"), S(HEADER BODY)));
}

static void has_limits(void **state)
{
    (void)state;
    autobuf struct buf big = buf_new(SOAP_MESSAGE_MAX * 2);
    buf_put(&big, S(HEADER "<s:Body>"));
    while (big.len <= SOAP_MESSAGE_MAX)
        buf_put(&big, S("                                "));
    refused(buf_str(&big), "larger than");
    buf_clear(&big);
    buf_put(&big, S(HEADER "<s:Body>"));
    for (int i = 0; i < 2 * SOAP_DEPTH_MAX; i++)
        buf_put(&big, S("<a>"));
    struct err *e = refused(buf_str(&big), NULL);
    assert_int_equal(e->code, ERR_TOO_LARGE);
}

static void assert_holds(const struct buf *out, const char *text)
{
    assert_non_null(out->ptr);
    if (strstr(out->ptr, text) == NULL)
        fail_msg("\"%s\" is not in: %s", text, out->ptr);
}

static void faults_by_whose_mistake(void **state)
{
    (void)state;
    struct uuid id = uuid_random();
    autobuf struct buf out = buf_new(8192);
    soap_fault(refused(S(ENVELOPE "<s:Header>" ADDRESS
                                  "<o:x xmlns:o='urn:o' s:mustUnderstand='1'/></s:Header>" BODY),
                       NULL),
               id, &out);
    assert_holds(&out, "<faultcode>soapenv:MustUnderstand</faultcode>");
    buf_clear(&out);
    soap_fault(refused(S("<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'/>"), NULL),
               id, &out);
    assert_holds(&out, "<faultcode>soapenv:VersionMismatch</faultcode>");
    buf_clear(&out);
    soap_fault(err_field(ERR_INVALID, "patientId", "är fel"), id, &out);
    assert_holds(&out,
                 "<faultcode>soapenv:Client</faultcode><faultstring>patientId: ??r fel, log id ");
    assert_holds(&out, uuid_text(id).text);
    buf_clear(&out);
    soap_fault(err_new(ERR_DATABASE_LOST, "secret"), id, &out);
    assert_holds(&out, "<faultcode>soapenv:Server</faultcode>");
    assert_null(strstr(out.ptr, "secret"));
}

static void fault_quotes_nothing(void **state)
{
    (void)state;
    autobuf struct buf out = buf_new(8192);
    soap_fault(refused(S(HEADER "<s:Body><p191212121212></x></s:Body></s:Envelope>"), NULL),
               uuid_random(), &out);
    assert_holds(&out, "soapenv:Client");
    assert_null(strstr(out.ptr, "1912"));
}

static void writer_escapes_and_prunes(void **state)
{
    (void)state;
    autobuf struct buf out = buf_new(4096);
    struct xml_writer w = xml_write_begin(&out);
    xml_write_open(&w, S("a"), S("root"));
    xml_write_attribute(&w, S("xmlns"), S("a"), S("urn:\"<\n"));
    xml_write_open(&w, S("a"), S("empty"));
    xml_write_attribute(&w, (struct str){0}, S("lost"), S("1"));
    xml_write_leaf(&w, S("a"), S("blank"), S(" \n"));
    xml_write_close(&w);
    xml_write_leaf(&w, S("a"), S("text"), S("å<>&\"\r\n]]>"));
    xml_write_close(&w);
    assert_null(xml_write_done(&w, "it"));
    assert_string_equal(out.ptr,
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<a:root xmlns:a=\"urn:&quot;&lt;&#10;\"><a:text>å&lt;&gt;&amp;\"&#13;\n"
                        "]]&gt;</a:text></a:root>");
}

static void writer_remembers_failing(void **state)
{
    (void)state;
    autobuf struct buf out = buf_new(4096);
    struct xml_writer w = xml_write_begin(&out);
    xml_write_leaf(&w, S("a"), S("text"), S("\x0c"));
    assert_int_equal(xml_write_done(&w, "it")->code, ERR_CORRUPT);
    w = xml_write_begin(&out);
    for (int i = 0; i <= XML_WRITER_DEPTH; i++)
        xml_write_open(&w, S("a"), S("deep"));
    assert_int_equal(xml_write_done(&w, "it")->code, ERR_TOO_LARGE);
    assert_false(xml_can_carry(S("\xef\xbf\xbf")));
    assert_false(xml_can_carry(S("a\0b")));
    assert_true(xml_can_carry(S("\xef\xbb\xbf\t")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(reads_address_and_name),
        WITH_ARENA(accepts_what_consumers_write),
        WITH_ARENA(refuses_the_rest),
        WITH_ARENA(speaks_utf8_only),
        WITH_ARENA(has_limits),
        WITH_ARENA(faults_by_whose_mistake),
        WITH_ARENA(fault_quotes_nothing),
        cmocka_unit_test(writer_escapes_and_prunes),
        cmocka_unit_test(writer_remembers_failing),
    };
    return cmocka_run_group_tests_name("soap", tests, NULL, NULL);
}
