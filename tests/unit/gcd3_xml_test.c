/* Is care documentation that was delivered as XML copied into the answer, its namespaces in order,
 * and what is other or broken sent as a file? */
#include "gcd3_answer.h"

/* Delivered with prefixes of its own, inside a file whose root declares them. */
#define BEFORE                                                                                     \
    "<?xml version='1.0'?>\n<x:GetCareDocumentationResponse xmlns:x='" GCD3_NAMESPACE              \
    "' xmlns='" CORE "' "                                                                          \
    "xmlns:ext='urn:ext'><x:careDocumentation><header>an earlier "                                 \
    "one</header></x:careDocumentation>"
#define DOCUMENT                                                                                   \
    "<x:careDocumentation><!-- c --><header xmlns:y='urn:unused'><accessControlHeader>"            \
    "<accountableCareUnit><root>1.2.752.129.2.1.4.1</root><extension>SE0000000001-2009</"          \
    "extension></accountableCareUnit>"                                                             \
    "<patientId><root>1.2.752.129.2.1.3.3</root><extension>191212721212</extension></patientId>"   \
    "<blockComparisonTime>20170101100000</blockComparisonTime><approvedForPatient>true</"          \
    "approvedForPatient>"                                                                          \
    "</accessControlHeader>\n<sourceSystemId><root>1</root><extension>OLD</extension></"           \
    "sourceSystemId>"                                                                              \
    "<record><id><root>N-1</root><extension>e</extension></id><timestamp>20170101100000</"         \
    "timestamp></record>"                                                                          \
    "<author><name> </name><timestamp>20170101100000</timestamp></author></header><body>"          \
    "<clinicalDocumentNoteCode><code>utr</code><codeSystem>1.2.752.129.2.2.2.11</codeSystem></"    \
    "clinicalDocumentNoteCode>"                                                                    \
    "<clinicalDocumentNoteTitle/><clinicalDocumentNoteText> <![CDATA[åäö<>><&]]> "              \
    "</clinicalDocumentNoteText>"                                                                  \
    "<dissentingOpinion><authorTime>20180202020202</authorTime><opinion>nej</"                     \
    "opinion><personId><root>1</root>"                                                             \
    "<extension>2</extension></personId><personName>T</personName></dissentingOpinion>"            \
    "<ext:more ext:a='1' b='2'>m<ext:n>n</ext:n></ext:more></body></x:careDocumentation>"

static void copies_delivered_xml(void **state)
{
    (void)state;
    struct record r = note("N-1", "20170101100000");
    struct gcd3_content content = {.bytes = S(DOCUMENT), .before = S(BEFORE)};
    struct gcd3_item it = item(&r, &content);
    autobuf struct buf out = buf_new(64 * 1024);
    answer_one(PATIENT, &it, &out);
    assert_holds(
        &out,
        "<r:careDocumentation><c:header><c:accessControlHeader><c:accountableHealthcareProvider>"
        "<c:root>1.2.752.129.2.1.4.1</c:root><c:extension>SE0000000001-1001</c:extension>"
        "</c:accountableHealthcareProvider><c:accountableCareUnit><c:root>1.2.752.129.2.1.4.1</"
        "c:root>"
        "<c:extension>SE0000000001-2009</c:extension></c:accountableCareUnit><c:patientId>"
        "<c:root>1.2.752.129.2.1.3.3</c:root><c:extension>191212721212</c:extension>");
    assert_holds(&out, "<c:approvedForPatient>false</c:approvedForPatient>");
    assert_holds(&out, "<c:sourceSystemId><c:root>1.2.752.129.2.1.4.1</c:root><c:extension>" ADDRESS
                       "</c:extension>");
    assert_holds(&out, "<c:id><c:root>N-1</c:root></c:id>");
    assert_holds(&out, "<c:author><c:timestamp>20170101100000</c:timestamp></c:author>");
    assert_holds(
        &out, "<c:clinicalDocumentNoteText> åäö&lt;&gt;&gt;&lt;&amp; </c:clinicalDocumentNoteText>"
              "<c:dissentingOpinion>");
    assert_holds(&out, "<x:more xmlns:x=\"urn:ext\" xmlns:a0=\"urn:ext\" a0:a=\"1\" b=\"2\">m<x:n "
                       "xmlns:x=\"urn:ext\">");
    assert_lacks(&out, "clinicalDocumentNoteTitle");
    assert_lacks(&out, "an earlier one");
}

static void dissent_is_looked_for_inside(void **state)
{
    (void)state;
    struct record r = note("N-1", "20170101100000");
    r.dissent = true;
    struct gcd3_content content = {.bytes = S(DOCUMENT), .before = S(BEFORE)};
    struct gcd3_item it = item(&r, &content);
    autobuf struct buf out = buf_new(64 * 1024);
    answer_one(PATIENT PERIOD("20180202", "20180202"), &it, &out);
    assert_holds(&out, "<c:opinion>nej");
    buf_clear(&out);
    answer_one(PATIENT PERIOD("20180203", "20180203"), &it, &out);
    assert_lacks(&out, "careDocumentation>");
    assert_holds(&out, "<c:resultCode>OK");
}

static void other_or_broken_xml_becomes_an_attachment(void **state)
{
    (void)state;
    struct record r = note("N-1", "20170101");
    r.path = S("a.xml");
    static const struct str contents[] = {
        S("<x:careDocumentation xmlns:x='" GCD3_NAMESPACE "'><header xmlns='" CORE
          "'/></x:careDocumentation>"),
        S("<a>other</a>"), S("<x:careDocumentation xmlns:x='" GCD3_NAMESPACE "'><b>"), S(DOCUMENT)};
    for (size_t i = 0; i < COUNT(contents); i++) {
        struct gcd3_content content = {.bytes = contents[i]};
        struct gcd3_item it = item(&r, &content);
        autobuf struct buf out = buf_new(64 * 1024);
        answer_one(PATIENT, &it, &out);
        assert_holds(&out, "<c:mediaType>application/xml</c:mediaType><c:value>");
    }
}

static struct str file(const char *path)
{
    FILE *in = fopen(path, "r");
    if (in == NULL)
        return (struct str){0};
    char *bytes = arena_alloc(arena, 1024 * 1024, 1);
    size_t length = fread(bytes, 1, 1024 * 1024, in);
    assert_int_equal(fclose(in), 0);
    return (struct str){bytes, length};
}

/* Every document of a file, by its range, as an index has it. */
static void copy_ranges(const char *path)
{
    struct str bytes = file(path);
    struct record r = note("N-1", "20170101100000");
    r.source_id = (struct str){0}; /* so the document's own id stays */
    for (const char *from = bytes.ptr; (from = strstr(from, "<urn:careDocumentation>")) != NULL;
         from++) {
        const char *end =
            strstr(from, "</urn:careDocumentation>") + strlen("</urn:careDocumentation>");
        struct gcd3_content content = {.bytes = {from, (size_t)(end - from)},
                                       .before = {bytes.ptr, (size_t)(from - bytes.ptr)}};
        struct gcd3_item it = item(&r, &content);
        autobuf struct buf out = buf_new(1024 * 1024);
        answer_one(PATIENT, &it, &out);
        assert_lacks(&out, "application/xml");
        assert_holds(&out, "<c:code>utr</c:code>");
        assert_holds(&out, "<c:id><c:root>");
    }
}

/* The messages of the official test suite. */
static void takes_the_official_samples(void **state)
{
    (void)state;
#define SAMPLES "../shared/rivta/samples/GetCareDocumentation-3.0/"
    static const char *const requests[] = {
        SAMPLES "request-1-1-1-personnummer.xml", SAMPLES "request-1-2-1-dateperiod.xml",
        SAMPLES "request-1-6-healthcareprovider.xml", SAMPLES "request-6-1-loadtest.xml"};
    if (access(SAMPLES, R_OK) != 0) {
        print_message("left out: ../shared is not here, so the official samples were not read\n");
        return;
    }
    for (size_t i = 0; i < COUNT(requests); i++) {
        autosoap struct soap_request request = {0};
        struct gcd3_question q;
        assert_null(soap_open(S("text/xml;charset=UTF-8"), file(requests[i]), arena, &request));
        assert_null(gcd3_read(&request, arena, &q));
        assert_null(gcd3_refusal(&q, request.logical_address).ptr);
    }
    copy_ranges(SAMPLES "response-basicresponse.xml");
    copy_ranges(SAMPLES "response-hasmore.xml");
    copy_ranges(SAMPLES "response-multimediaresponse.xml");
    copy_ranges(SAMPLES "response-timeblasterresponse.xml");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(copies_delivered_xml),
        WITH_ARENA(dissent_is_looked_for_inside),
        WITH_ARENA(other_or_broken_xml_becomes_an_attachment),
        WITH_ARENA(takes_the_official_samples),
    };
    return cmocka_run_group_tests_name("gcd3_xml", tests, NULL, NULL);
}
