/* Reader "rivta": records as the service contracts write them. All numbers are Skatteverket's test
 * numbers. */
#include "readers.h"

#define NS3 "urn:riv:clinicalprocess:healthcond:description:3"
#define ANSWER3                                                                                    \
    "<g:GetCareDocumentationResponse xmlns:g=\"urn:riv:clinicalprocess:healthcond:description:"    \
    "GetCareDocumentationResponder:3\" xmlns:c=\"" NS3 "\">"
#define NOTE                                                                                       \
    "<g:careDocumentation><c:header><c:accessControlHeader>"                                       \
    "<c:accountableHealthcareProvider><c:root>1.2.752.129.2.1.4.1</c:root>"                        \
    "<c:extension>SE0000000001-1001</c:extension></c:accountableHealthcareProvider>"               \
    "<c:accountableCareUnit><c:root>1.2.752.129.2.1.4.1</c:root>"                                  \
    "<c:extension>SE0000000001-2001</c:extension></c:accountableCareUnit>"                         \
    "<c:patientId><c:root>1.2.752.129.2.1.3.1</c:root><c:extension>191212121212</c:extension></"   \
    "c:patientId>"                                                                                 \
    "<c:blockComparisonTime>20050301091500</c:blockComparisonTime>"                                \
    "<c:approvedForPatient>true</c:approvedForPatient></c:accessControlHeader>"                    \
    "<c:sourceSystemId><c:root>1.2.752.129.2.1.4.1</c:root><c:extension>SE0000000001-3001</"       \
    "c:extension>"                                                                                 \
    "</c:sourceSystemId><c:record><c:id><c:root>note-17</c:root></c:id>"                           \
    "<c:timestamp>20050301093000</c:timestamp></c:record>"                                         \
    "<c:author><c:name>Åsa Öberg</c:name><c:timestamp>20050301094500</c:timestamp>"              \
    "<c:byRole><c:code>201010</c:code><c:displayName>Överläkare</c:displayName></c:byRole>"      \
    "<c:orgUnit><c:orgUnitHSAId>SE0000000001-4001</c:orgUnitHSAId><c:orgUnitName>Medicin "         \
    "3</c:orgUnitName>"                                                                            \
    "</c:orgUnit></c:author>"                                                                      \
    "<c:signature><c:timestamp>20050302080000</c:timestamp></c:signature></c:header>"              \
    "<c:body><c:clinicalDocumentNoteCode><c:displayName>Inskrivning</c:displayName>"               \
    "</c:clinicalDocumentNoteCode><c:clinicalDocumentNoteText>Söker för "                        \
    "hosta.</c:clinicalDocumentNoteText>"                                                          \
    "<c:dissentingOpinion><c:opinion>Nej</c:opinion></c:dissentingOpinion>"                        \
    "</c:body></g:careDocumentation>"

static struct reader_input input_of(const struct source *source)
{
    return (struct reader_input){
        .name = S("rivta"), .path = S("data/1.xml"), .source = source, .to = source->size};
}

static void look_note(size_t at, const struct item *item)
{
    const struct record *r = &item->record;
    assert_int_equal(at, 0);
    assert_true(item->has_record);
    assert_int_equal(item->finding_count, 0);
    is(r->type, "care");
    is(r->category, "voo");
    is(r->title, "Inskrivning");
    is(r->text, "Söker för hosta.");
    is(r->source_id, "note-17");
    is(r->source_system, "SE0000000001-3001");
    is(r->care_provider, "SE0000000001-1001");
    is(r->care_unit, "SE0000000001-2001");
    is(r->unit_id, "SE0000000001-4001");
    is(r->unit_name, "Medicin 3");
    is(r->author_name, "Åsa Öberg");
    is(r->author_role, "Överläkare");
    is(r->identity.normalised.digits, "191212121212");
    is(r->identity.type, "1.2.752.129.2.1.3.1");
    is(r->status, "signed");
    assert_true(r->approved_for_patient);
    assert_true(r->dissent);
    is_time(r->occurred_at, "2005-03-01T08:15:00Z");
    is_time(r->documented_at, "2005-03-01T08:30:00Z");
    is_time(r->authored_at, "2005-03-01T08:45:00Z");
    is_time(r->signed_at, "2005-03-02T07:00:00Z");
    is(r->path, "data/1.xml");
    assert_int_equal(r->offset, sizeof ANSWER3 - 1);
    assert_int_equal(r->length, sizeof NOTE - 1);
}

static void every_field_of_care_documentation(void **state)
{
    (void)state;
    struct str bytes = S(ANSWER3 NOTE "</g:GetCareDocumentationResponse>");
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source);
    assert_int_equal(read_all(&input, look_note), 1);
}

static void look_diagnosis(size_t at, const struct item *item)
{
    const struct record *r = &item->record;
    static const char *const status[] = {"nullified", "unsigned", "signed"};
    assert_true(item->has_record);
    is(r->category, "dia");
    is(r->status, status[at]);
    is(r->title, "Lunginflammation");
    is(r->belongs_to, "kontakt-1");
    is(r->source_id, "d-1");
    assert_false(r->approved_for_patient);
    is_time(r->occurred_at, "1999-12-31T23:00:00Z");
}

#define DIAGNOSIS(more, flags)                                                                     \
    "<diagnosis xmlns=\"urn:riv:clinicalprocess:healthcond:description:2\"><diagnosisHeader>"      \
    "<documentId>d-1</documentId><sourceSystemHSAId>S</sourceSystemHSAId>"                         \
    "<patientId><id>191212121212</id><type>1.2.752.129.2.1.3.1</type></patientId>"                 \
    "<accountableHealthcareProfessional><authorTime>20000102</authorTime>"                         \
    "</accountableHealthcareProfessional>" more                                                    \
    "<approvedForPatient>false</approvedForPatient><careContactId>kontakt-1</careContactId>" flags \
    "</diagnosisHeader><diagnosisBody><diagnosisTime>20000101000000</"                             \
    "diagnosisTime><diagnosisCode>"                                                                \
    "<code>J18.9</code><displayName>Lunginflammation</displayName></diagnosisCode></"              \
    "diagnosisBody></diagnosis>"
#define SIGNED "<legalAuthenticator><signatureTime>20000103</signatureTime></legalAuthenticator>"

static void status_of_a_diagnosis(void **state)
{
    (void)state;
    struct str bytes = S("<x>" DIAGNOSIS(SIGNED, "<nullified>true</nullified>") DIAGNOSIS(
        "", "<nullified>false</nullified>") DIAGNOSIS(SIGNED, "") "</x>");
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source);
    assert_int_equal(read_all(&input, look_diagnosis), 3);
}

static void look_contact(size_t at, const struct item *item)
{
    const struct record *r = &item->record;
    (void)at;
    assert_true(item->has_record);
    is(r->category, "vko");
    is(r->unit_name, "Akuten");
    is(r->care_provider, "given by the mapping");
    is_time(r->occurred_at, "2012-01-01T09:00:00Z");
    is_time(r->ended_at, "2012-12-31T09:00:00Z");
}

static void a_contact_alone_in_its_file_and_a_mapping(void **state)
{
    (void)state;
    static const char mapping[] =
        "{\"mappings\":[{\"driver\":\"*\",\"reader\":\"rivta\",\"fields\":["
        "{\"field\":\"care_provider\",\"value\":\"given by the mapping\"},"
        "{\"field\":\"category\",\"value\":\"never\"}]}]}";
    struct mapping *mappings = NULL;
    size_t count = 0;
    struct str bytes =
        S("<?xml version=\"1.0\"?><careContact "
          "xmlns=\"urn:riv:clinicalprocess:logistics:logistics:3\">"
          "<careContactHeader><documentId>1</documentId></careContactHeader><careContactBody>"
          "<careContactOrgUnit><orgUnitName>Akuten</orgUnitName></careContactOrgUnit>"
          "<careContactTimePeriod><start>20120101100000</start><end>20121231100000</end>"
          "</careContactTimePeriod></careContactBody></careContact>");
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source);
    assert_null(mapping_read(str_from(mapping), arena, &mappings, &count));
    input.mapping = mappings;
    assert_int_equal(read_all(&input, look_contact), 1);
}

static void look_bad(size_t at, const struct item *item)
{
    static const char *const rules[] = {"bad_row", "unknown_contract", NULL, "bad_value"};
    assert_int_equal(item->finding_count, rules[at] != NULL);
    if (rules[at] != NULL)
        assert_string_equal(item->findings[0].rule, rules[at]);
    assert_int_equal(item->has_record, at >= 2);
}

static void one_bad_record_leaves_its_neighbours_alone(void **state)
{
    (void)state;
    struct str bytes =
        S(ANSWER3 "<g:careDocumentation><c:header>&what;</c:header></g:careDocumentation>"
                  "<careDocumentation xmlns=\"urn:other\"/>" NOTE
                  "<c:careDocumentation><c:header><c:record><c:timestamp>yesterday</c:timestamp>"
                  "</c:record></c:header></c:careDocumentation>"
                  "</g:GetCareDocumentationResponse>");
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source);
    assert_int_equal(read_all(&input, look_bad), 4);
}

static void refused(struct str bytes, enum err_code code)
{
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source);
    struct err *e = first_error(&input);
    assert_non_null(e);
    assert_int_equal(e->code, code);
}

static void hostile_files_are_refused(void **state)
{
    (void)state;
    refused((struct str){"", 0}, ERR_CORRUPT);
    refused(S("<!DOCTYPE x [<!ENTITY a \"aaaa\">]><x>&a;</x>"), ERR_UNSAFE);
    refused(S("<x><careDocumentation>"), ERR_CORRUPT);
    refused(S("<x><careDocumentation/>"), ERR_CORRUPT);
    refused(S("<x></y>"), ERR_CORRUPT);
    refused(S("<x a='"), ERR_CORRUPT);
    refused(S("< x><careDocumentation/></ x>"), ERR_CORRUPT);
    refused(S("<\0x\0>\0"), ERR_UNSUPPORTED);
    refused(S("<?xml version='1.0' encoding='EBCDIC-SE'?><x/>"), ERR_UNSUPPORTED);
    autobuf struct buf deep = buf_new(1 << 20);
    for (int i = 0; i < 100; i++)
        buf_put(&deep, S("<x>"));
    refused(buf_str(&deep), ERR_TOO_LARGE);
}

static void look_sample(size_t at, const struct item *item)
{
    (void)at;
    const struct record *r = &item->record;
    assert_true(item->has_record);
    assert_true(r->occurred_at.known);
    assert_true(r->source_id.len > 0);
    assert_false(identity_is_absent(&r->identity));
}

static void the_collected_samples(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        size_t records;
    } samples[] = {
        {"GetCareDocumentation-3.0/response-basicresponse.xml", 3},
        {"GetCareDocumentation-3.0/response-multimediaresponse.xml", 2},
        {"GetDiagnosis-2.0/response-basicresponse.xml", 1},
        {"GetDiagnosis-2.0/response-emptyresponse.xml", 0},
        {"GetCareContacts-3.0/response-only-patientid.xml", 1},
        {"GetCareContacts-3.0/response-soapfault.xml", 0},
    };
    for (size_t i = 0; i < COUNT(samples); i++) {
        const char *path = arena_format(arena, "../shared/rivta/samples/%s", samples[i].path).ptr;
        struct str bytes = test_file(path);
        if (bytes.ptr == NULL)
            continue;
        struct source source = source_from_str(&bytes);
        struct reader_input input = input_of(&source);
        assert_int_equal(read_all(&input, look_sample), samples[i].records);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(every_field_of_care_documentation),
        WITH_ARENA(status_of_a_diagnosis),
        WITH_ARENA(a_contact_alone_in_its_file_and_a_mapping),
        WITH_ARENA(one_bad_record_leaves_its_neighbours_alone),
        WITH_ARENA(hostile_files_are_refused),
        WITH_ARENA(the_collected_samples),
    };
    return cmocka_run_group_tests_name("reader_rivta", tests, NULL, NULL);
}
