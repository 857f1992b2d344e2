/* Does the gateway read GetCareDocumentation's question, choose the right records and write an
 * answer that the contract allows? Person numbers are of the public test series. */
#include "services/gateway/gcd3.h"

#include "base/base.h"
#include "services/gateway/contracts.h"
#include "services/gateway/ping.h"
#include "unit.h"

#include <unistd.h>

#define CORE      "urn:riv:clinicalprocess:healthcond:description:3"
#define ADDRESS   "SE0000000001-3001"
#define LONG_LIFE "Ett långt liv"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(64 * 1024 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    err_reset();
    return 0;
}

/* --- questions
 * -------------------------------------------------------------------------------------- */

#define PATIENT                                                                                    \
    "<r:patientId><c:root>1.2.752.129.2.1.3.1</c:root><c:extension>191212121212</c:extension></"   \
    "r:patientId>"
#define PERIOD(start, end)                                                                         \
    "<r:datePeriod><c:start>" start "</c:start><c:end>" end "</c:end></r:datePeriod>"
#define SYSTEM(id)                                                                                 \
    "<r:sourceSystemId><c:root>1.2.752.129.2.1.4.1</c:root><c:extension>" id                       \
    "</c:extension></r:sourceSystemId>"

static struct err *ask(const char *inner, struct gcd3_question *out)
{
    struct str message =
        arena_format(arena,
                     "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header>"
                     "<a:LogicalAddress xmlns:a='urn:riv:itintegration:registry:1'>" ADDRESS
                     "</a:LogicalAddress></s:Header>"
                     "<s:Body><r:GetCareDocumentation xmlns:r='" GCD3_NAMESPACE "' xmlns:c='" CORE
                     "' xmlns:f='urn:foreign'>"
                     "%s</r:GetCareDocumentation></s:Body></s:Envelope>",
                     inner);
    autosoap struct soap_request request = {0};
    TRY(soap_open(S("text/xml"), message, arena, &request));
    assert_ptr_equal(contract_find(request.namespace, request.name),
                     &contracts[CONTRACT_GET_CARE_DOCUMENTATION]);
    return gcd3_read(&request, arena, out);
}

static struct gcd3_question question(const char *inner)
{
    struct gcd3_question q;
    struct err *e = ask(inner, &q);
    if (e != NULL)
        fail_msg("%s: %s", inner, e->detail);
    return q;
}

static void reads_every_filter(void **state)
{
    (void)state;
    struct gcd3_question q = question(
        "<r:careUnit><c:root>1.2</c:root><c:extension>U1</c:extension></r:careUnit>"
        "<r:careUnit><c:root>1.2</c:root><c:extension> U2 </c:extension><f:x>y</f:x></r:careUnit>"
        "<r:healthcareProvider><c:root>1.3</c:root></r:healthcareProvider>" PATIENT
        "<!-- c -->" PERIOD("20240101", "20241231")
            SYSTEM(ADDRESS) "<r:hasMoreReference>20240131120000.5b1c3f8e-8a55-4c0b-9a5e-"
                            "7e2d0f6a9c11</r:hasMoreReference>"
                            "<f:anything><f:more/></f:anything>");
    assert_int_equal(q.care_units.count, 2);
    assert_true(str_equal(q.care_units.at[1].extension, S("U2")));
    assert_int_equal(q.healthcare_providers.count, 1);
    assert_int_equal(q.healthcare_providers.at[0].extension.len, 0);
    assert_true(str_equal(q.patient_id.extension, S("191212121212")));
    assert_true(str_equal(q.period_start, S("20240101")) && str_equal(q.period_end, S("20241231")));
    assert_null(gcd3_refusal(&q, S(ADDRESS)).ptr);
    assert_true(q.after.given);
    assert_string_equal(q.after.time, "20240131120000");
}

static void refuses_what_the_schema_does_not_have(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "<r:patientId/>",
        "<r:patientId><c:extension>191212121212</c:extension></r:patientId>",
        "<r:patientId><c:extension>1</c:extension><c:root>2</c:root></r:patientId>",
        PATIENT PATIENT,
        PATIENT "<r:careUnit><c:root>1</c:root></r:careUnit>",
        PATIENT "<r:careContactId>1</r:careContactId>",
        PATIENT PERIOD("18991231", "20240101"),
        PATIENT PERIOD("2024-01-01", "20240101"),
        PATIENT PERIOD("20240101", ""),
        PATIENT PERIOD("20241301", "20241301"),
        PATIENT "text",
    };
    struct gcd3_question q;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct err *e = ask(wrong[i], &q);
        assert_non_null(e);
        assert_int_equal(e->code, ERR_INVALID);
        assert_null(strstr(e->detail, "1912"));
    }
}

static void refuses_by_logic(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        PATIENT SYSTEM("SE0000000001-9999"),
        PATIENT PERIOD("20240201", "20240101"),
        PATIENT "<r:hasMoreReference>x</r:hasMoreReference>",
        "<r:patientId><c:root>1.2.752.97.3.1.3</c:root><c:extension>199900000000</c:extension></"
        "r:patientId>",
        "<r:patientId><c:root>1.2.752.129.2.1.3.1</c:root></r:patientId>",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct gcd3_question q = question(wrong[i]);
        assert_true(str_starts(gcd3_refusal(&q, S(ADDRESS)), S("INVALID_REQUEST: ")));
    }
    struct gcd3_question q = question(PATIENT);
    assert_null(gcd3_refusal(&q, S(ADDRESS)).ptr);
}

/* --- which records
 * ---------------------------------------------------------------------------------- */

static struct instant at(const char *swedish)
{
    struct instant time = {0};
    assert_true(instant_from_swedish(str_from(swedish), &time));
    return time;
}

static struct record note(const char *id, const char *day)
{
    struct str text = str_from(id);
    return (struct record){.id = UUID_FROM(text, str_from(day)),
                           .source_id = text,
                           .category = S("voo"),
                           .status = S("signed"),
                           .title = S(LONG_LIFE),
                           .care_unit = S("SE0000000001-2001"),
                           .care_provider = S("SE0000000001-1001"),
                           .path = S("content/note.txt"),
                           .documented_at = at(day)};
}

static struct str ids(const struct gcd3_selection *selection)
{
    autobuf struct buf out = buf_new(4096);
    for (size_t i = 0; i < selection->count; i++)
        buf_put(&out, selection->at[i]->source_id);
    return arena_str(arena, buf_str(&out));
}

static void assert_selects(const char *inner, const struct record *rows, size_t count,
                           const char *expected)
{
    struct gcd3_question q = question(inner);
    assert_null(gcd3_refusal(&q, S(ADDRESS)).ptr);
    struct gcd3_selection selection = gcd3_select(&q, rows, count, arena);
    assert_string_equal(arena_cstr(arena, ids(&selection)), expected);
}

static void newest_first_without_the_inexpressible(void **state)
{
    (void)state;
    struct record rows[] = {note("a", "20200101"), note("b", "20220101"), note("c", "20210101"),
                            note("d", "20230101"), note("e", "19000101")};
    rows[3].documented_at = (struct instant){0};
    assert_selects(PATIENT, rows, 5, "bcae");
    rows[4].documented_at = instant_add(rows[4].documented_at, -1);
    assert_selects(PATIENT, rows, 5, "bca");
    assert_selects(PATIENT, rows, 0, "");
}

static void period_looks_at_every_time(void **state)
{
    (void)state;
    struct record rows[] = {note("a", "20200101"),       note("b", "20200102"),
                            note("c", "20200101"),       note("d", "20200101"),
                            note("e", "20240131235959"), note("f", "20240201")};
    rows[0].authored_at = at("20240115");
    rows[1].signed_at = at("20240101000000");
    rows[2].occurred_at = at("20240115"); /* blockComparisonTime is not among the compared */
    rows[3].dissent = true; /* may have an opinion inside: looked at when it is written */
    assert_selects(PATIENT PERIOD("20240101", "20240131"), rows, 3, "ba");
    struct gcd3_question q = question(PATIENT PERIOD("20240101", "20240131"));
    struct gcd3_selection selection = gcd3_select(&q, rows, COUNT(rows), arena);
    assert_int_equal(selection.count, 4);
    assert_true(str_equal(selection.at[0]->source_id, S("e")));
}

static void units_and_providers(void **state)
{
    (void)state;
#define FILTER(kind, root, id)                                                                     \
    "<r:" kind "><c:root>" root "</c:root><c:extension>" id "</c:extension></r:" kind ">"
#define HSA "1.2.752.129.2.1.4.1"
    struct record rows[] = {note("a", "20230101"), note("b", "20220101"), note("c", "20210101")};
    rows[1].care_unit = S("SE0000000001-2002");
    rows[2].care_unit = (struct str){0};
    rows[2].care_provider = S("5565594230");
    assert_selects(FILTER("careUnit", HSA, "SE0000000001-2002") PATIENT, rows, 3, "b");
    assert_selects(FILTER("careUnit", HSA, "x") FILTER("careUnit", HSA, "se0000000001-2001")
                       PATIENT,
                   rows, 3, "a");
    assert_selects(FILTER("careUnit", "1.2.3", "SE0000000001-2001") PATIENT, rows, 3, "");
    assert_selects(FILTER("healthcareProvider", HSA, "SE0000000001-1001") PATIENT, rows, 3, "ab");
    assert_selects(FILTER("healthcareProvider", "1.2.752.29.4.3", "5565594230") PATIENT, rows, 3,
                   "c");
    assert_selects(FILTER("careUnit", HSA, "SE0000000001-2002")
                       FILTER("healthcareProvider", "1.2.752.29.4.3", "5565594230") PATIENT,
                   rows, 3, "");
}

static void one_version_of_each(void **state)
{
    (void)state;
    struct record rows[] = {note("a", "20230101"), note("a", "20230102"), note("b", "20220101"),
                            note("b", "20220101"), note("c", "20210101"), note("d", "20200101"),
                            note("", "20190101"),  note("", "20180101")};
    rows[0].version = S("10");
    rows[1].version = S("9");
    rows[3].status = S("nullified");
    rows[5].predecessor = S("c");
    struct gcd3_question q = question(PATIENT);
    struct gcd3_selection selection = gcd3_select(&q, rows, COUNT(rows), arena);
    assert_int_equal(selection.count, 4);
    assert_ptr_equal(selection.at[0], &rows[0]);
    assert_ptr_equal(selection.at[1], &rows[5]);
    assert_ptr_equal(selection.at[3], &rows[7]);
}

/* --- answers
 * ---------------------------------------------------------------------------------------- */

/* `check` runs on the answer's text and on what an independent reader says of it. */
static void assert_holds(const struct buf *out, const char *text)
{
    if (strstr(out->ptr, text) == NULL)
        fail_msg("\"%s\" is not in: %s", text, out->ptr);
}

static void assert_lacks(const struct buf *out, const char *text)
{
    if (strstr(out->ptr, text) != NULL)
        fail_msg("\"%s\" is in: %s", text, out->ptr);
}

/* For tests/tools/schematron.sh: the answers as files in the folder GCD3_KEEP. */
static void keep(const struct buf *out)
{
    static int number;
    const char *folder = getenv("GCD3_KEEP"); /* NOLINT(concurrency-mt-unsafe): one thread */
    if (folder == NULL)
        return;
    FILE *file =
        fopen(arena_cstr(arena, arena_format(arena, "%s/answer-%02d.xml", folder, ++number)), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(out->ptr, 1, out->len, file), out->len);
    assert_int_equal(fclose(file), 0);
}

/* The answer's body against the official schema, by xmllint. */
static void assert_valid(const struct buf *out)
{
    static const char schema[] =
        "../shared/rivta/clinicalprocess.healthcond.description/3.0.5/interactions/"
        "GetCareDocumentationInteraction/GetCareDocumentationResponder_3.0.xsd";
    static bool told;
    keep(out);
    if (access(schema, R_OK) != 0) {
        if (!told)
            print_message("left out: ../shared is not here, so answers were not held against the "
                          "official schema\n");
        told = true;
        return;
    }
    char name[] = "/tmp/gcd3-XXXXXX";
    autoclose int fd = mkstemp(name);
    assert_true(fd >= 0);
    const char *body = strstr(out->ptr, "<soapenv:Body>") + strlen("<soapenv:Body>");
    size_t length = (size_t)(strstr(body, "</soapenv:Body>") - body);
    assert_int_equal(write(fd, body, length), length);
    struct str command = arena_format(
        arena, "xmllint --noout --huge --schema %s %s 2>%s.err || { cat %s.err >&2; exit 1; }",
        schema, name, name, name);
    int status =
        system(arena_cstr(arena, command)); /* NOLINT(cert-env33-c): a test's fixed command */
    unlink(name);
    unlink(arena_cstr(arena, arena_format(arena, "%s.err", name)));
    assert_int_equal(status, 0);
}

static struct gcd3_item item(const struct record *record, const struct gcd3_content *content)
{
    return (struct gcd3_item){
        .record = record,
        .patient_id = {PERSON_TYPE_PERSONNUMMER, S("191212121212")},
        .contents = content,
        .count = content != NULL ? 1 : 0,
    };
}

/* A whole answer of one record. */
static void answer_one(const char *inner, const struct gcd3_item *it, struct buf *out)
{
    struct gcd3_question q = question(inner);
    struct gcd3_answer answer = gcd3_begin(&q, S(ADDRESS), out);
    bool full = true;
    assert_null(gcd3_add(&answer, it, &full));
    assert_false(full);
    assert_null(gcd3_end(&answer, NULL, 0));
    assert_valid(out);
}

static void writes_a_text_file(void **state)
{
    (void)state;
    struct record r = note("N-1", "20240701120000");
    r.occurred_at = at("20240630");
    r.authored_at = at("20240701130000");
    r.signed_at = at("20240702");
    r.author_id = S("SE0000000001-4001");
    r.author_name = S("Åsa Öberg");
    r.author_role = S("Överläkare");
    r.unit_id = S("K12");
    struct gcd3_content content = {.bytes = S("åäö<>><&\r\n")};
    struct gcd3_item it = item(&r, &content);
    autobuf struct buf out = buf_new(64 * 1024);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out,
                 "<c:accountableHealthcareProvider><c:root>1.2.752.129.2.1.4.1</c:root>"
                 "<c:extension>SE0000000001-1001</c:extension></c:accountableHealthcareProvider>");
    assert_holds(&out, "<c:extension>191212121212</c:extension></c:patientId>"
                       "<c:blockComparisonTime>20240630000000</c:blockComparisonTime>"
                       "<c:approvedForPatient>false</c:approvedForPatient></c:accessControlHeader>"
                       "<c:sourceSystemId><c:root>1.2.752.129.2.1.4.1</c:root><c:extension>" ADDRESS
                       "</c:extension>"
                       "</c:sourceSystemId><c:record><c:id><c:root>N-1</c:root></c:id>"
                       "<c:timestamp>20240701120000</c:timestamp></c:record><c:author><c:id>");
    assert_holds(&out,
                 "<c:name>Åsa Öberg</c:name><c:timestamp>20240701130000</c:timestamp>"
                 "<c:byRole><c:originalText>Överläkare</c:originalText></c:byRole>"
                 "<c:orgUnit><c:orgUnitName>K12</c:orgUnitName></c:orgUnit></c:author>"
                 "<c:signature><c:timestamp>20240702000000</c:timestamp></c:signature></c:header>");
    assert_holds(
        &out,
        "<c:clinicalDocumentNoteText>åäö&lt;&gt;&gt;&lt;&amp;&#13;\n</c:clinicalDocumentNoteText>");
    assert_holds(&out, "<r:result><c:resultCode>OK</c:resultCode></r:result>");
    assert_lacks(&out, "hasMore");
}

static void writes_what_is_no_text_as_an_attachment(void **state)
{
    (void)state;
    struct record r = note("N-1", "20240701");
    struct gcd3_content pdf = {.bytes = S("%PDF-1.4 \xff")};
    struct gcd3_item it = item(&r, &pdf);
    autobuf struct buf out = buf_new(64 * 1024);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "<c:multimediaEntry><c:mediaType>application/pdf</c:mediaType>"
                       "<c:value>JVBERi0xLjQg/w==</c:value></c:multimediaEntry>");
    assert_lacks(&out, "<c:author>");
    assert_lacks(&out, "<c:signature>");
    struct gcd3_content control = {.bytes = S("page\x0c break")};
    it = item(&r, &control);
    buf_clear(&out);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "<c:mediaType>text/plain</c:mediaType>");
}

static void reads_old_text(void **state)
{
    (void)state;
    struct record r = note("N-1", "20240701");
    struct gcd3_content swedish = {.bytes = S("sm\xe5 fr\xe5gor \x96 \xd6l")};
    struct gcd3_item it = item(&r, &swedish);
    autobuf struct buf out = buf_new(64 * 1024);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "<c:clinicalDocumentNoteText>små frågor – Öl</c:clinicalDocumentNoteText>");
    struct gcd3_content meaningless = {.bytes = S("\x81\x8d")};
    it = item(&r, &meaningless);
    buf_clear(&out);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "<c:value>gY0=</c:value>");
}

static void writes_several_files_and_none(void **state)
{
    (void)state;
    struct record r = note("N-1", "20240701");
    r.title = S("Inskannad\x01 journal");
    r.care_unit = S("local");
    struct gcd3_content pages[] = {{.bytes = S("II*\0one")}, {.bytes = S("II*\0two")}};
    struct gcd3_item it = item(&r, pages);
    it.count = 2;
    autobuf struct buf out = buf_new(64 * 1024);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "<c:root>N-1</c:root>");
    assert_holds(&out, "<c:root>N-1/2</c:root>");
    assert_holds(
        &out,
        "<c:clinicalDocumentNoteTitle>Inskannad  journal (2/2)</c:clinicalDocumentNoteTitle>");
    assert_lacks(&out, "accountableCareUnit");
    it = item(&r, NULL);
    buf_clear(&out);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "saknar innehåll");
    struct gcd3_content empty = {.bytes = S(" \n")};
    it = item(&r, &empty);
    buf_clear(&out);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "saknar innehåll");
}

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

static void large_answers_are_divided(void **state)
{
    (void)state;
    struct record rows[40];
    for (int i = 0; i < 40; i++)
        rows[i] = note(arena_cstr(arena, arena_format(arena, "%02d,", i)),
                       arena_cstr(arena, arena_format(arena, "20240101%02d0000", i / 4)));
    char *bytes = arena_alloc(arena, 2000, 1);
    memset(bytes, 'x', 2000);
    struct gcd3_content content = {.bytes = {bytes, 2000}};
    size_t seen = 0;
    size_t answers = 0;
    struct str reference = S("");
    do {
        autobuf struct buf out = buf_new(48 * 1024);
        struct gcd3_question q = question(arena_cstr(
            arena, arena_format(arena, PATIENT "<r:hasMoreReference>%.*s</r:hasMoreReference>",
                                STR_ARG(reference))));
        assert_null(gcd3_refusal(&q, S(ADDRESS)).ptr);
        struct gcd3_selection chosen = gcd3_select(&q, rows, COUNT(rows), arena);
        struct gcd3_answer answer = gcd3_begin(&q, S(ADDRESS), &out);
        bool full = false;
        size_t next = 0;
        for (; next < chosen.count && !full; next += full ? 0 : 1) {
            struct gcd3_item it = item(chosen.at[next], &content);
            assert_null(gcd3_add(&answer, &it, &full));
        }
        assert_null(gcd3_end(&answer, full ? chosen.at[next - 1] : NULL, 0));
        assert_valid(&out);
        seen += answer.records;
        answers++;
        const char *start = strstr(out.ptr, "<r:reference>");
        reference = start != NULL ? arena_str(arena, (struct str){start + 13, 14 + 1 + 36})
                                  : (struct str){0};
    } while (reference.ptr != NULL);
    assert_int_equal(seen, 40);
    assert_true(answers > 2 && answers < 6);
}

static void too_large_for_any_answer(void **state)
{
    (void)state;
    struct record r = note("N-1", "20240101");
    autobuf struct buf out = buf_new(40 * 1024);
    char *bytes = arena_alloc(arena, 64 * 1024, 1);
    memset(bytes, '<', 64 * 1024);
    struct gcd3_content content = {.bytes = {bytes, 64 * 1024}};
    struct gcd3_item it = item(&r, &content);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "Begär ut det från arkivet");
    struct gcd3_question q = question(PATIENT);
    buf_clear(&out);
    struct gcd3_answer answer = gcd3_begin(&q, S(ADDRESS), &out);
    assert_true(gcd3_fits(&answer, 1000));
    assert_false(gcd3_fits(&answer, 40 * 1024));
}

/* One of two files is damaged: the other is sent, and the answer does not look complete. */
static void says_what_it_cannot_read(void **state)
{
    (void)state;
    struct record r = note("N-1", "20240101");
    autobuf struct buf out = buf_new(40 * 1024);
    const struct gcd3_content contents[] = {{.instead = GCD3_UNREADABLE}, {.bytes = S("Sida två")}};
    struct gcd3_item it = item(&r, contents);
    struct gcd3_question q = question(PATIENT);
    struct gcd3_answer answer = gcd3_begin(&q, S(ADDRESS), &out);
    bool full = true;
    it.count = COUNT(contents);
    assert_null(gcd3_add(&answer, &it, &full));
    assert_false(full);
    assert_null(gcd3_end(&answer, NULL, 1));
    assert_valid(&out);
    assert_holds(&out, "kan inte läsas i arkivet. Felet är känt där");
    assert_holds(&out, "Sida två");
    assert_holds(&out, "<c:resultCode>INFO</c:resultCode><c:resultText>1 dokument visas utan");
}

static void refusal_is_an_answer(void **state)
{
    (void)state;
    autobuf struct buf out = buf_new(4096);
    gcd3_answer_error(S("INVALID_REQUEST: x"), &out);
    assert_valid(&out);
    assert_holds(&out,
                 "<r:result><c:resultCode>ERROR</c:resultCode><c:resultText>INVALID_REQUEST: x");
}

/* --- ping
 * ------------------------------------------------------------------------------------------- */

static struct err *ping(const char *inner)
{
    struct str message =
        arena_format(arena,
                     "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header>"
                     "<a:LogicalAddress "
                     "xmlns:a='urn:riv:itintegration:registry:1'>x</a:LogicalAddress></s:Header>"
                     "<s:Body><p:PingForConfiguration xmlns:p='" PING_NAMESPACE
                     "'>%s</p:PingForConfiguration></s:Body></s:Envelope>",
                     inner);
    autosoap struct soap_request request = {0};
    TRY(soap_open(S("text/xml"), message, arena, &request));
    assert_ptr_equal(contract_find(request.namespace, request.name),
                     &contracts[CONTRACT_PING_FOR_CONFIGURATION]);
    return ping_read(&request, arena);
}

static void pings(void **state)
{
    (void)state;
    assert_null(ping("<p:serviceContractNamespace>urn:x</p:serviceContractNamespace>"
                     "<p:logicalAddress>x</p:logicalAddress><y xmlns='urn:y'/>"));
    assert_non_null(ping("<p:logicalAddress>x</p:logicalAddress>"));
    assert_non_null(ping("<p:serviceContractNamespace>urn:x</p:serviceContractNamespace>"
                         "<p:logicalAddress>x</p:logicalAddress><p:more/>"));
    autobuf struct buf out = buf_new(4096);
    ping_answer(S("1.0"), at("20260115101500"), &out);
    assert_holds(
        &out,
        "<p:version>1.0</p:version><p:pingDateTime>20260115101500</p:pingDateTime>"
        "<p:configuration><p:name>contract</p:name><p:value>GetCareDocumentation 3</p:value>");
    assert_null(contract_find(S(GCD3_NAMESPACE), S("GetCareDocumentationResponse")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_every_filter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_the_schema_does_not_have, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_by_logic, set_up, tear_down),
        cmocka_unit_test_setup_teardown(newest_first_without_the_inexpressible, set_up, tear_down),
        cmocka_unit_test_setup_teardown(period_looks_at_every_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(units_and_providers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_version_of_each, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_a_text_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_what_is_no_text_as_an_attachment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_old_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_several_files_and_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(copies_delivered_xml, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dissent_is_looked_for_inside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_or_broken_xml_becomes_an_attachment, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(takes_the_official_samples, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_answers_are_divided, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_large_for_any_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_what_it_cannot_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusal_is_an_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pings, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("gcd3", tests, NULL, NULL);
}
