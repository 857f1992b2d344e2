/* Is a whole care document passed over in silence, in its envelope and without, does each fault
 * raise its own and no other, and are the messages of the contracts' own test suites judged as
 * their XML Schema and Schematron judge them? */
#include "content.h"

#define SERVICE "urn:riv:clinicalprocess:healthcond:description:"
#define CODE(code, text)                                                                           \
    "<c:code>" code "</c:code><c:codeSystem>1.2.752.116.2.1.1</c:codeSystem><c:displayName>" text  \
    "</c:displayName>"

#define MEDIA(value)                                                                               \
    "<c:multimediaEntry><c:mediaType>m</c:mediaType><c:value>" value                               \
    "</c:value></c:multimediaEntry>"

#define NOTE(id)                                                                                   \
    "<a:careDocumentation><c:header><c:accessControlHeader><c:accountableHealthcareProvider>"      \
    "<c:root>1.2.752.129.2.1.4.1</c:root><c:extension>SE1</c:extension>"                           \
    "</c:accountableHealthcareProvider>"                                                           \
    "<c:patientId><c:root>1.2.752.129.2.1.3.1</c:root><c:extension>191212121212</c:extension>"     \
    "</c:patientId><c:blockComparisonTime>20170101100000</c:blockComparisonTime>"                  \
    "<c:approvedForPatient>true</c:approvedForPatient></c:accessControlHeader>\n"                  \
    "<c:sourceSystemId><c:root>1.2.752.129.2.1.4.1</c:root><c:extension>SE3</c:extension>"         \
    "</c:sourceSystemId><c:record><c:id><c:root>" id                                               \
    "</c:root></c:id><c:timestamp>20170101100000</c:timestamp>"                                    \
    "</c:record><c:author><c:name>n</c:name><c:timestamp>19991231235959</c:timestamp><c:byRole>"   \
    "<c:originalText>r</c:originalText></c:byRole></c:author></c:header><c:body>"                  \
    "<c:clinicalDocumentNoteCode>" CODE(                                                           \
        "utr", "u") "</c:clinicalDocumentNoteCode>"                                                \
                    "<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>"                   \
                    "<c:dissentingOpinion><c:authorTime>20170101100000</"                          \
                    "c:authorTime><c:opinion>o</c:opinion>"                                        \
                    "<c:personId><c:root>1</c:root></c:personId><c:personName>p</c:personName>"    \
                    "</c:dissentingOpinion></c:body></a:careDocumentation>\n"

#define SUMMARY(header, id, rest)                                                                  \
    "<c:" header "><c:documentId>" id "</c:documentId><c:sourceSystemHSAId>SE3"                    \
    "</c:sourceSystemHSAId><c:patientId><c:id>191212121212</c:id><c:type>1.2.752.129.2.1.3.1"      \
    "</c:type></c:patientId><c:accountableHealthcareProfessional><c:authorTime>20170101100000"     \
    "</c:authorTime><c:healthcareProfessionalRoleCode>" CODE(                                      \
        "1",                                                                                       \
        "r") "</"                                                                                  \
             "c:healthcareProfessionalRoleCode><c:healthcareProfessionalOrgUnit><c:orgUnitHSAId>"  \
             "SE4"                                                                                 \
             "</c:orgUnitHSAId><c:orgUnitName>n</c:orgUnitName></c:healthcareProfessionalOrgUnit>" \
             "</c:accountableHealthcareProfessional>" rest                                         \
             "<c:approvedForPatient>1</c:approvedForPatient></c:" header ">"

static const char note[] =
    "<a:GetCareDocumentationResponse xmlns:a='" SERVICE "GetCareDocumentationResponder:3' xmlns:c='"
    "urn:riv:clinicalprocess:healthcond:description:3'>\n" NOTE("1")
        NOTE("2") "<a:hasMore><a:logicalAddress>SE1</a:logicalAddress><a:reference>r</"
                  "a:reference></a:hasMore>"
                  "<a:result><c:resultCode>OK</c:resultCode></a:result></"
                  "a:GetCareDocumentationResponse>";

static const char diagnosis[] =
    "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header><x/></s:Header>"
    "<s:Body><a:GetDiagnosisResponse xmlns:a='" SERVICE "GetDiagnosisResponder:2' xmlns:c='" SERVICE
    "2'><a:diagnosis>" SUMMARY(
        "diagnosisHeader", "1",
        "<c:legalAuthenticator><c:signatureTime>20170101100000</c:signatureTime>"
        "</c:legalAuthenticator>") "<c:diagnosisBody><c:typeOfDiagnosis>Bidiagnos</"
                                   "c:typeOfDiagnosis><c:chronicDiagnosis>0"
                                   "</c:chronicDiagnosis><c:diagnosisCode>" CODE(
                                       "J45",
                                       "Astma") "</c:diagnosisCode>"
                                                "<c:relatedDiagnosis><c:documentId>2</"
                                                "c:documentId></c:relatedDiagnosis></"
                                                "c:diagnosisBody>"
                                                "<x "
                                                "xmlns='urn:other'/></"
                                                "a:diagnosis><a:diagnosis>" SUMMARY(
                                                    "diagnosisHeader", "2",
                                                    "") "<c:diagnosisBody><c:typeOfDiagnosis>"
                                                        "Huvuddiagnos</c:typeOfDiagnosis></"
                                                        "c:diagnosisBody>"
                                                        "</a:diagnosis><a:result><c:resultCode>OK</"
                                                        "c:resultCode><c:logId>l</c:logId></"
                                                        "a:result>"
                                                        "</a:GetDiagnosisResponse></s:Body></"
                                                        "s:Envelope>";

/* A record alone, all in the namespace of its domain. */
static const char contact[] =
    "<c:careContact xmlns:c='urn:riv:clinicalprocess:logistics:logistics:3'>" SUMMARY(
        "careContactHeader", "1",
        "") "<c:careContactBody><c:careContactCode><c:code>1</c:code></c:careContactCode>"
            "<c:careContactTimePeriod><c:start>20170101100000</c:start></c:careContactTimePeriod>"
            "<c:additionalPatientInformation><c:dateOfBirth><c:format>YYYY</c:format><c:value>1912"
            "</c:value></c:dateOfBirth></c:additionalPatientInformation></c:careContactBody>"
            "</c:careContact>";

static void faults_of_notes(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {"<c:approvedForPatient>true</c:approvedForPatient>", "", "care_missing "},
        {"<c:approvedForPatient>true</c:approvedForPatient>",
         "<c:approvedForPatient>yes</c:approvedForPatient>", "care_value "},
        {"<c:approvedForPatient>true</c:approvedForPatient>",
         "<c:approvedForPatient>true</c:approvedForPatient><c:odd>1</c:odd>", "care_unknown "},
        {"<c:approvedForPatient>true</c:approvedForPatient>",
         "<c:approvedForPatient>true</c:approvedForPatient><odd xmlns='urn:x'>1</odd>", ""},
        /* of no namespace, in the midst, in a value, and before what must come first */
        {"<c:approvedForPatient>true</c:approvedForPatient>",
         "<c:approvedForPatient>true</c:approvedForPatient><odd/>", "care_unknown "},
        {"<c:approvedForPatient>true", "<odd xmlns='urn:x'/><c:approvedForPatient>true",
         "care_order "},
        {"<c:approvedForPatient>true", "<c:approvedForPatient>true<odd xmlns='urn:x'/>",
         "care_unknown "},
        {"<c:resultCode>OK</c:resultCode>", "<c:resultCode>OK</c:resultCode><x:x xmlns:x='x'/>",
         ""},
        {"<c:approvedForPatient>", "<c:approvedForPatient xml:lang='sv'>", "care_unknown "},
        {"<c:approvedForPatient>",
         "<c:approvedForPatient xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='false'>",
         "care_unknown "},
        {"<c:approvedForPatient>",
         "<c:approvedForPatient xmlns:i='http://www.w3.org/2001/XMLSchema-instance' "
         "i:schemaLocation='urn:x x.xsd'>",
         ""},
        {"<c:approvedForPatient>true", "<c:approvedForPatient> true\n", ""},
        {">19991231235959<", "> 19991231235959<", "care_value "},
        {">19991231235959<", ">1999123<!-- -->1235959<", ""},
        {"<c:resultCode>OK<", "<c:resultCode>OK\n<", "care_value "},
        {"<c:approvedForPatient>true", "<c:approvedForPatient odd='1'>true", "care_unknown "},
        {"<a:careDocumentation><c:header>",
         "<c:careDocumentation xmlns:a='urn:riv:clinicalprocess:healthcond:description:3'>"
         "<c:header>",
         "care_unknown xml_wellformed "},
        {"<c:name>n</c:name>", "<a:name>n</a:name>", "care_unknown "},
        {"<a:reference>r</a:reference>", "<c:reference>r</c:reference>", "care_unknown "},
        {"<c:name>n</c:name>", "<c:name>n</c:name><c:name>n</c:name>", "care_repeated "},
        {"<c:root>1</c:root></c:personId><c:personName>p</c:personName>",
         "<c:root>1</c:root></c:personId><c:personName/>", "care_empty "},
        {"<c:name>n</c:name><c:timestamp>19991231235959</c:timestamp>",
         "<c:timestamp>19991231235959</c:timestamp><c:name>n</c:name>", "care_order "},
        {"19991231235959", "18991231235959", "care_value "},
        {"19991231235959", "19991231245959", "care_value "},
        {"19991231235959", "19991331235959", "care_value "},
        {"19991231235959", "199912312359590", "care_value "},
        {"19991231235959", "1999-12-31T23:59:59", "care_value "},
        {"<c:resultCode>OK<", "<c:resultCode>ok<", "care_value "},
        {"<a:result><c:resultCode>OK</c:resultCode></a:result>", "", "care_missing "},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>", "", "care_missing "},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>",
         "<c:multimediaEntry><c:mediaType>m</c:mediaType><c:reference>urn:x</c:reference>"
         "</c:multimediaEntry>",
         ""},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>",
         "<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText><c:multimediaEntry>"
         "<c:mediaType>m</c:mediaType><c:value>AA==</c:value></c:multimediaEntry>",
         "care_repeated "},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>",
         "<c:multimediaEntry><c:mediaType>m</c:mediaType></c:multimediaEntry>", "care_missing "},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>", MEDIA("AA=="), ""},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>", MEDIA("AA A \n= Pz8/"),
         "care_value "},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>", MEDIA("AAA=<!-- -->\n "),
         ""},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>", MEDIA("A\nA<!-- -->AA"), ""},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>", MEDIA("AA="), "care_value "},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>", MEDIA("AAA"), "care_value "},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>", MEDIA("A==="),
         "care_value "},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>", MEDIA("AB=="),
         "care_value "},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>", MEDIA("AA-_"),
         "care_value "},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>", MEDIA("===="),
         "care_value "},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>", MEDIA(" "), "care_empty "},
        {"</c:author>", "<c:orgUnit/></c:author>", "care_empty "},
        {"<c:clinicalDocumentNoteText>t</c:clinicalDocumentNoteText>",
         "<c:multimediaEntry><c:mediaType>m</c:mediaType><c:value>AA==</c:value>"
         "<c:reference>urn:x</c:reference></c:multimediaEntry>",
         "care_repeated "},
        {"<c:root>2</c:root></c:id>", "<c:root>1</c:root></c:id>", "care_record "},
        {"<c:root>2</c:root></c:id>", "<c:root>2</c:root><c:extension>e</c:extension></c:id>",
         "care_forbidden "},
        {"<c:codeSystem>1.2.752.116.2.1.1</c:codeSystem><c:displayName>u</c:displayName>", "",
         "care_code "},
        {"<c:code>utr</c:code>", "", "care_code "},
        {"<c:code>utr</c:code><c:codeSystem>1.2.752.116.2.1.1</c:codeSystem>", "", "care_code "},
        {"<c:displayName>u</c:displayName>",
         "<c:displayName>u</c:displayName><c:originalText>o</c:originalText>", ""},
        {"<c:originalText>r</c:originalText>",
         "<c:displayName>r</c:displayName><c:originalText>r</c:originalText>", "care_code "},
        {"<c:codeSystem>1.2.752.116.2.1.1<", "<c:codeSystem>1.2.752..1<", "care_oid "},
        {"<c:codeSystem>1.2.752.116.2.1.1<", "<c:codeSystem>3.2<", "care_oid "},
        {"<c:codeSystem>1.2.752.116.2.1.1<", "<c:codeSystem>1.<", "care_oid "},
        {"<c:codeSystem>1.2.752.116.2.1.1<", "<c:codeSystem>1.2.752.116.2.1.1 <", "care_oid "},
        {"</a:GetCareDocumentationResponse>", "", "xml_wellformed "},
        {"GetCareDocumentationResponder:3", "GetCareDocumentationResponder:2", "care_contract "},
    };
    judge_cases(note, CONTENT_CARE, cases, COUNT(cases));
}

static void faults_of_diagnoses(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {"<c:approvedForPatient>1", "<c:careContactId>1</c:careContactId><c:approvedForPatient>1",
         "care_order "},
        {"</c:approvedForPatient></c:diagnosisHeader>",
         "</c:approvedForPatient><c:careContactId>1</c:careContactId></c:diagnosisHeader>", ""},
        {"</c:approvedForPatient></c:diagnosisHeader>",
         "</c:approvedForPatient><c:nullified>true</c:nullified></c:diagnosisHeader>",
         "care_forbidden "},
        {"</c:approvedForPatient></c:diagnosisHeader>",
         "</c:approvedForPatient><c:nullifiedReason>r</c:nullifiedReason></c:diagnosisHeader>",
         "care_forbidden "},
        {"</c:sourceSystemHSAId>", "</c:sourceSystemHSAId><c:documentTitle>t</c:documentTitle>",
         "care_forbidden "},
        {"</c:sourceSystemHSAId>",
         "</c:sourceSystemHSAId><c:documentTime>20170101100000</c:documentTime>",
         "care_forbidden "},
        {"<c:orgUnitName>n</c:orgUnitName>", "", "care_missing "},
        {"<c:typeOfDiagnosis>Bidiagnos<", "<c:typeOfDiagnosis>Annan<", "care_value "},
        {"<c:documentId>2</c:documentId><c:sourceSystemHSAId>",
         "<c:documentId>1</c:documentId><c:sourceSystemHSAId>", "care_record "},
        {"<c:displayName>Astma</c:displayName>", "", "care_code "},
        {"<c:displayName>Astma</c:displayName>",
         "<c:displayName>Astma</c:displayName><c:originalText>a</c:originalText>", "care_code "},
        {"<a:result><c:resultCode>OK</c:resultCode><c:logId>l</c:logId></a:result>", "",
         "care_missing "},
        {"<c:logId>l</c:logId>", "", "care_missing "},
        {"<s:Body>", "<s:Body><s:Fault/>", "care_unknown "},
        {"<s:Body>", "<s:Body s:encodingStyle='urn:x'>", ""},
        {"</s:Body>", "</s:Body><x xmlns='urn:x'/>", ""},
        {SERVICE "GetDiagnosisResponder:2", "urn:other", "care_contract "},
        {"</c:diagnosisHeader>", "<odd xmlns='urn:x'/></c:diagnosisHeader>", ""},
    };
    judge_cases(diagnosis, CONTENT_CARE, cases, COUNT(cases));
}

static void faults_of_contacts(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {"<c:orgUnitName>n</c:orgUnitName>", "", ""},
        {"<c:codeSystem>1.2.752.116.2.1.1<", "<c:codeSystem>local<", ""},
        {"<c:displayName>r</c:displayName>", "", "care_code "},
        {"</c:approvedForPatient>", "</c:approvedForPatient><c:careContactId>1</c:careContactId>",
         "care_forbidden "},
        {"<c:approvedForPatient>",
         "<c:legalAuthenticator><c:signatureTime>20170101100000</c:signatureTime>"
         "</c:legalAuthenticator><c:approvedForPatient>",
         "care_forbidden "},
        {"<c:format>YYYY<", "<c:format>MM<", "care_value "},
        {"<c:value>1912<", "<c:value>-19121231<", ""},
        {"<c:value>1912<", "<c:value>191200<", "care_value "},
        {"<c:value>1912<", "<c:value>19121232<", "care_value "},
        {"<c:value>1912<", "<c:value>1912123<", "care_value "},
        {"<c:value>1912<", "<c:value>1912 <", "care_value "},
        {"</c:careContactHeader>", "<odd xmlns='urn:x'/></c:careContactHeader>", "care_unknown "},
        {"<c:start>20170101100000<", "<c:start>20170101<", "care_value "},
        {"logistics:3", "logistics:2", "care_contract "},
        {"urn:riv:clinicalprocess:logistics:logistics:3", "urn:hl7-org:v3", ""},
    };
    judge_cases(contact, CONTENT_CARE, cases, COUNT(cases));
}

/* Where each patient has a folder (CITS eHealth1), a file tells of one; identities of different
 * kinds may be the same person's. */
static void a_file_in_a_patients_folder_tells_of_one(void **state)
{
    (void)state;
#define PATIENT(root, id) "<c:root>" root "</c:root><c:extension>" id "</c:extension>"
#define OID               "1.2.752.129.2.1.3."
    static const struct fault_case cases[] = {
        {PATIENT(OID "1", "191212121212"), PATIENT(OID "1", "19121272-1219"), "ehealth_several "},
        {PATIENT(OID "1", "191212121212"), PATIENT(OID "1", "19121212-1212"), ""},
        {PATIENT(OID "1", "191212121212"), PATIENT(OID "2", "19121212TF12"), ""},
        {"</a:GetCareDocumentationResponse>", "", "xml_wellformed "},
    };
    judge_cases(note, CONTENT_CARE_OF_PATIENT, cases, COUNT(cases));
    static const struct fault_case elsewhere[] = {
        {PATIENT(OID "1", "191212121212"), PATIENT(OID "1", "191212721219"), ""}};
    judge_cases(note, CONTENT_CARE, elsewhere, COUNT(elsewhere));
    autobuf struct buf two = buf_new(1 << 16);
    autobuf struct buf told = buf_new(1 << 10);
    const char *second = strstr(diagnosis, "</a:diagnosis>") + strlen("</a:diagnosis>");
    const char *first = strstr(diagnosis, "<a:diagnosis>");
    buf_put(&two, (struct str){diagnosis, (size_t)(second - diagnosis)});
    for (const char *c = first; c < second; c++) /* the same once more, of another patient */
        if (strncmp(c, "<c:id>191212121212", 18) == 0) {
            buf_put(&two, S("<c:id>191212721219"));
            c += 17;
        } else if (strncmp(c, "<c:documentId>1", 15) == 0) {
            buf_put(&two, S("<c:documentId>3"));
            c += 14;
        } else
            buf_byte(&two, *c);
    buf_put(&two, str_from(second));
    content_judge(CONTENT_CARE_OF_PATIENT, buf_str(&two), &told);
    assert_string_equal(told.ptr, "ehealth_several ");
}

/* Patients' values are in no finding. */
static void quote_note(void *state, const struct content_fault *fault)
{
    buf_put(state, fault->found);
    buf_put(state, fault->expected);
}

static void values_are_not_quoted(void **state)
{
    (void)state;
    autobuf struct buf changed = buf_new(1 << 16);
    autobuf struct buf quoted = buf_new(1 << 16);
    content_change(str_from(note), "<c:approvedForPatient>true", "<c:approvedForPatient>19121212",
                   &changed);
    struct str bytes = buf_str(&changed);
    struct source source = source_from_str(&bytes);
    assert_null(
        content_check(CONTENT_CARE, &source, NULL, &(struct content_report){quote_note, &quoted}));
    assert_string_equal(quoted.ptr, "accessControlHeader/approvedForPatient");
}

/* What their XSD and Schematron say of them; the test suites' own placeholders break some rules. */
static void messages_of_the_contracts(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *told;
    } samples[] = {
        {"GetCareDocumentation-3.0/response-basicresponse.xml", ""},
        {"GetCareDocumentation-3.0/response-hasmore.xml", ""},
        {"GetCareDocumentation-3.0/response-multimediaresponse.xml", ""},
        {"GetCareDocumentation-3.0/response-timeblasterresponse.xml", ""},
        {"GetDiagnosis-2.0/response-basicresponse.xml", ""},
        {"GetDiagnosis-2.0/response-basicresponse-careunithsaid.xml", ""},
        {"GetDiagnosis-2.0/response-diagnosistype.xml", ""},
        {"GetDiagnosis-2.0/response-emptyresponse.xml", ""},
        {"GetDiagnosis-2.0/response-relateddiagnosis.xml", ""},
        {"GetCareContacts-3.0/response-caregiverhsaid-filter.xml", ""},
        {"GetCareContacts-3.0/response-empty-response.xml", ""},
        {"GetCareContacts-3.0/response-only-patientid.xml", ""},
        {"GetCareContacts-3.0/response-soapfault.xml", "care_contract "},
        {"GetCareContacts-3.0/request-only-patientid.xml", "care_unknown care_missing "},
        {"GetReferralOutcome-3.2/response-empty-response.xml", "care_contract "},
    };
    autoarena struct arena *arena = arena_new(16 << 20);
    for (size_t i = 0; i < COUNT(samples); i++) {
        autobuf struct buf told = buf_new(1 << 16);
        struct str bytes =
            content_shared(arena_format(arena, "rivta/samples/%s", samples[i].path).ptr, arena);
        if (bytes.ptr == NULL)
            continue;
        content_judge(CONTENT_CARE, bytes, &told);
        if (strcmp(told.ptr, samples[i].told) != 0)
            fail_msg("%s: told %s", samples[i].path, told.ptr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_of_notes),
        cmocka_unit_test(faults_of_diagnoses),
        cmocka_unit_test(faults_of_contacts),
        cmocka_unit_test(a_file_in_a_patients_folder_tells_of_one),
        cmocka_unit_test(values_are_not_quoted),
        cmocka_unit_test(messages_of_the_contracts),
    };
    return cmocka_run_group_tests_name("content_care", tests, NULL, NULL);
}
