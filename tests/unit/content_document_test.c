/* Is a whole ERMS or PREMIS document passed over in silence, and does each fault raise its own and
 * no other? */
#include "content.h"

#define ERMS(attributes)                                                                           \
    "<erms xmlns='https://DILCIS.eu/XML/ERMS'><control>"                                           \
    "<identification identificationType='t'>i</identification>" attributes                         \
    "<maintenanceInformation><maintenanceStatus value='new'/>"                                     \
    "<maintenanceAgency><agencyName>r</agencyName></maintenanceAgency>"                            \
    "<maintenanceHistory><maintenanceEvent><eventType value='created'/>"                           \
    "<eventDateTime>2026-01-01T10:00:00</eventDateTime>"                                           \
    "<agent agentType='creator'><name>n</name></agent></maintenanceEvent></maintenanceHistory>"    \
    "</maintenanceInformation></control>\n"                                                        \
    "<aggregations><aggregation systemIdentifier='1' aggregationType='caseFile'>"                  \
    "<objectId>D 1/2026</objectId><title>t</title>"                                                \
    "<restriction restrictionType='confidential'><regulation>r</regulation></restriction>"         \
    "<agents><agent agentType='counterpart'><name>n</name>"                                        \
    "<idNumber idNumberType='personnummer'>191212121212</idNumber></agent></agents>"               \
    "<dates><date dateType='opened'>2026-01-01T10:00:00Z</date></dates>\n"                         \
    "<record systemIdentifier='2' recordType='letter'><objectId>D 1/2026-1</objectId>"             \
    "<runningNumber>1</runningNumber><direction directionDefinition='incoming'/>"                  \
    "<additionalInformation><appendix name='a' path='a.pdf'/><additionalXMLData><x xmlns=''/>"     \
    "</additionalXMLData></additionalInformation></record></aggregation></aggregations></erms>"

static const char erms[] = ERMS("<classificationSchema/>");

static const char premis[] =
    "<premis xmlns='http://www.loc.gov/premis/v3' version='3.0' "
    "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>\n"
    "<object xsi:type='file'><objectIdentifier><objectIdentifierType>path</objectIdentifierType>"
    "<objectIdentifierValue>a</objectIdentifierValue></objectIdentifier>"
    "<objectCharacteristics><fixity><messageDigestAlgorithm>SHA-256</messageDigestAlgorithm>"
    "<messageDigest>00</messageDigest></fixity><size>1</size><format><formatDesignation>"
    "<formatName>x</formatName></formatDesignation></format></objectCharacteristics></object>\n"
    "<event><eventIdentifier><eventIdentifierType>local</eventIdentifierType>"
    "<eventIdentifierValue>1</eventIdentifierValue></eventIdentifier><eventType>ingestion</"
    "eventType>"
    "<eventDateTime>2026-01-01T10:00:00Z</eventDateTime><linkingAgentIdentifier>"
    "<linkingAgentIdentifierType>local</linkingAgentIdentifierType><linkingAgentIdentifierValue>r7"
    "</linkingAgentIdentifierValue></linkingAgentIdentifier><linkingObjectIdentifier>"
    "<linkingObjectIdentifierType>path</linkingObjectIdentifierType><linkingObjectIdentifierValue>a"
    "</linkingObjectIdentifierValue></linkingObjectIdentifier></event>\n"
    "<agent><agentIdentifier><agentIdentifierType>local</agentIdentifierType>"
    "<agentIdentifierValue>r7</agentIdentifierValue></agentIdentifier></agent>\n"
    "<rights><rightsStatement><rightsStatementIdentifier><rightsStatementIdentifierType>local"
    "</rightsStatementIdentifierType><rightsStatementIdentifierValue>1"
    "</rightsStatementIdentifierValue></rightsStatementIdentifier><rightsBasis>statute</"
    "rightsBasis>"
    "</rightsStatement></rights></premis>";

static void faults_of_erms(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {"<title>t</title>", "<titel>t</titel>", "erms_unknown "},
        {"<title>t</title>", "<title odd='1'>t</title>", "erms_unknown "},
        {"<title>t</title>", "<title>t</title><title>u</title>", "erms_repeated "},
        {"<objectId>D 1/2026</objectId><title>t</title>",
         "<title>t</title><objectId>D 1/2026</objectId>", "erms_order "},
        {"<objectId>D 1/2026</objectId>", "", "erms_missing "},
        {" systemIdentifier='1'", "", "erms_missing "},
        {"aggregationType='caseFile'", "aggregationType='case'", "erms_value "},
        {"2026-01-01T10:00:00Z", "2026-01-01", "erms_value "},
        {"<runningNumber>1<", "<runningNumber>one<", "erms_value "},
        {"aggregationType='caseFile'", "aggregationType='own_aggregation_definition'",
         "erms_other "},
        {"aggregationType='caseFile'",
         "aggregationType='own_aggregation_definition' otherAggregationType='x'", ""},
        {"dateType='opened'", "dateType='other'", "erms_other "},
        {"dateType='opened'", "dateType='other' otherDateType=' '", "erms_other "},
        {"directionDefinition='incoming'", "directionDefinition='other'", "erms_other "},
        {"agentType='counterpart'", "agentType='other'", "erms_other "},
        {"restrictionType='confidential'", "restrictionType='other_type'", "erms_other "},
        {"</idNumber>", "</idNumber><addressContactInformation/>", "erms_contact "},
        {"</idNumber>",
         "</idNumber><addressContactInformation><addressLine addressType='other'>x</addressLine>"
         "</addressContactInformation>",
         "erms_other "},
        {"</idNumber>",
         "</idNumber><addressContactInformation><contactLine contactType='other'>x</contactLine>"
         "</addressContactInformation>",
         "erms_other "},
        {"<title>t</title>", "<title>t</title><relation relationType='own_relation_definition'/>",
         "erms_other "},
        {"<classificationSchema/>", "<classificationSchema classificationSchemaStatus='other'/>",
         "erms_other "},
        {"</restriction>",
         "</restriction><disposal disposable='true'><dates><disposalDate dateType='other_date'>"
         "2026-01-01T10:00:00</disposalDate></dates></disposal>",
         "erms_other "},
        {"aggregationType='caseFile'", "aggregationType='caseFile' classificationSchemaUsed='s'",
         "erms_reference "},
        {"<aggregations>", "<records/><aggregations>", "erms_missing erms_order erms_repeated "},
        {"</erms>", "", "xml_wellformed "},
        {"https://DILCIS.eu/XML/ERMS", "http://xml.ra.se/e-arkiv/FGS-ERMS", "erms_old "},
        {"https://DILCIS.eu/XML/ERMS", "urn:other", ""},
    };
    judge_cases(erms, CONTENT_ERMS_3_0, cases, COUNT(cases));
}

/* What 2.1 has otherwise, and the version where METS does not state one. */
static void versions_of_erms(void **state)
{
    (void)state;
    static const struct fault_case old[] = {
        {"</idNumber>",
         "</idNumber><addressContactInformation><addressLine adressType='country'>x</addressLine>"
         "<contactLine contactType='fax'>x</contactLine></addressContactInformation>",
         ""},
        {"</idNumber>",
         "</idNumber><addressContactInformation><addressLine adressType='country'>x</addressLine>"
         "</addressContactInformation>",
         "erms_missing "},
        {"<title>t</title>",
         "<title>t</title><relation relationType='own_relation_definition' oherRelationType='x' "
         "otherRelationType='x'/>",
         ""},
        {"agentType='counterpart'", "agentType='contact_person'", "erms_value "},
        {"dateType='opened'", "dateType='other'", ""},
    };
    judge_cases(erms, CONTENT_ERMS_2_1, old, COUNT(old));
    autobuf struct buf told = buf_new(1 << 16);
    autobuf struct buf changed = buf_new(1 << 16);
    content_judge(CONTENT_ERMS, str_from(erms), &told);
    assert_string_equal(told.ptr, "erms_version ");
    content_change(str_from(erms), "<erms ",
                   "<erms xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
                   "xsi:schemaLocation='https://DILCIS.eu/XML/ERMS schemas/ERMS_v3.xsd' ",
                   &changed);
    content_judge(CONTENT_ERMS, buf_str(&changed), &told);
    assert_string_equal(told.ptr, "");
}

static void faults_of_premis(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {" version='3.0'", "", "premis_missing "},
        {" xsi:type='file'", "", "premis_missing "},
        {"<eventType>ingestion</eventType>", "", "premis_missing "},
        {"<eventType>ingestion</eventType>", "<eventType/>", "premis_value "},
        {"<eventType>ingestion</eventType>",
         "<eventType>ingestion</eventType><eventType>x</eventType>", "premis_repeated "},
        {"<size>1</size>", "<size>many</size>", "premis_value "},
        {"<size>1</size>", "", ""},
        {"<linkingAgentIdentifierValue>r7", "<linkingAgentIdentifierValue>r8", "premis_link "},
        {"<linkingObjectIdentifierType>path", "<linkingObjectIdentifierType>local", "premis_link "},
        {"<agentIdentifierValue>r7", "<agentIdentifierValue>r8", "premis_link "},
        {"</agentIdentifier></agent>",
         "</agentIdentifier><agentIdentifier><agentIdentifierType>local</agentIdentifierType>"
         "<agentIdentifierValue>r7</agentIdentifierValue></agentIdentifier></agent>",
         "premis_identifier "},
        {"<rightsBasis>statute</rightsBasis>", "", "premis_missing "},
        {"</premis>", "", "xml_wellformed "},
        {"<premis ", "<!DOCTYPE premis><premis ", "xml_doctype "},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (cases[i].told != NULL)
            judge_cases(premis, CONTENT_XML, &cases[i], 1);
}

/* An AIP says who caused each event, and describes them. */
static void faults_of_premis_in_an_aip(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {"<linkingAgentIdentifierValue>r7", "<linkingAgentIdentifierValue>r8", "aip_agent "},
        {"<agentIdentifierValue>r7", "<agentIdentifierValue>r8", "aip_agent "},
        {"<linkingAgentIdentifier>"
         "<linkingAgentIdentifierType>local</linkingAgentIdentifierType>"
         "<linkingAgentIdentifierValue>r7</linkingAgentIdentifierValue></linkingAgentIdentifier>",
         "", "aip_event_agent "},
        {"</rightsStatement>",
         "<linkingAgentIdentifier><linkingAgentIdentifierType>local"
         "</linkingAgentIdentifierType><linkingAgentIdentifierValue>r8"
         "</linkingAgentIdentifierValue></linkingAgentIdentifier></rightsStatement>",
         "premis_link "},
    };
    judge_cases(premis, CONTENT_XML_OF_AIP, cases, COUNT(cases));
}

static void files_need_characteristics(void **state)
{
    (void)state;
    autobuf struct buf told = buf_new(1 << 16);
    const char *begin = strstr(premis, "<objectCharacteristics>");
    const char *end = strstr(premis, "</object>");
    autobuf struct buf changed = buf_new(1 << 16);
    buf_put(&changed, (struct str){premis, (size_t)(begin - premis)});
    buf_put(&changed, str_from(end));
    content_judge(CONTENT_XML, buf_str(&changed), &told);
    assert_string_equal(told.ptr, "premis_missing ");
}

static const char ead[] =
    "<ead xmlns='http://ead3.archivists.org/schema/'><control><recordid>r</recordid><filedesc>"
    "<titlestmt><titleproper>t</titleproper></titlestmt></filedesc>"
    "<maintenancestatus value='new'/><maintenanceagency><agencyname>a</agencyname>"
    "</maintenanceagency><maintenancehistory><maintenanceevent><eventtype value='created'/>"
    "<eventdatetime>2026</eventdatetime><agenttype value='human'/><agent>x</agent>"
    "</maintenanceevent></maintenancehistory></control><archdesc level='fonds'><did><unittitle>u"
    "</unittitle></did></archdesc></ead>";
static const char cpf[] =
    "<eac-cpf xmlns='urn:isbn:1-931666-33-4'><control><recordId>r</recordId>"
    "<maintenanceStatus>new</maintenanceStatus><maintenanceAgency><agencyName>a</agencyName>"
    "</maintenanceAgency><maintenanceHistory><maintenanceEvent/></maintenanceHistory></control>"
    "<cpfDescription><identity><entityType>person</entityType><nameEntry><part>n</part></nameEntry>"
    "</identity></cpfDescription></eac-cpf>";
static const char eac[] =
    "<eac xmlns='https://archivists.org/ns/eac/v2'><control maintenanceStatus='new'><recordId>r"
    "</recordId><maintenanceAgency><agencyCode>a</agencyCode></maintenanceAgency>"
    "<maintenanceHistory><maintenanceEvent/></maintenanceHistory></control><cpfDescription>"
    "<identity><entityType value='person'/><nameEntrySet/></identity></cpfDescription></eac>";

static void faults_of_descriptions(void **state)
{
    (void)state;
    static const struct fault_case of_ead[] = {
        {"<recordid>r</recordid>", "", "description_missing "},
        {"<recordid>r</recordid>", "<recordid/>", "description_value "},
        {"</did>", "</did><did/>", "description_repeated "},
        {" level='fonds'", "", "description_missing "},
        {"<titleproper>t</titleproper>", "", "description_missing "},
    };
    static const struct fault_case of_cpf[] = {
        {"<nameEntry><part>n</part></nameEntry>", "", "description_missing "},
        {"<nameEntry>", "<nameEntryParallel/><nameEntry>", ""},
        {"<part>n</part>", "", "description_missing "},
        {"</cpfDescription>", "</cpfDescription><multipleIdentities/>",
         "description_missing description_repeated "},
    };
    static const struct fault_case of_eac[] = {
        {"<agencyCode>a</agencyCode>", "", "description_missing "},
        {" maintenanceStatus='new'", "", "description_missing "},
    };
    autobuf struct buf told = buf_new(1 << 16);
    judge_cases(ead, CONTENT_XML, of_ead, COUNT(of_ead));
    judge_cases(cpf, CONTENT_XML, of_cpf, COUNT(of_cpf));
    judge_cases(eac, CONTENT_XML, of_eac, COUNT(of_eac));
    content_judge(CONTENT_XML, S("<did xmlns='http://ead3.archivists.org/schema/'/>"), &told);
    assert_string_equal(told.ptr, "description_root ");
}

/* An event alone is a document too, and what it refers to is in others. */
static void premis_of_one_entity(void **state)
{
    (void)state;
    autobuf struct buf told = buf_new(1 << 16);
    content_judge(CONTENT_XML,
                  S("<event xmlns='http://www.loc.gov/premis/v3'><eventIdentifier>"
                    "<eventIdentifierType>a</eventIdentifierType><eventIdentifierValue>1"
                    "</eventIdentifierValue></eventIdentifier><eventType>t</eventType>"
                    "<eventDateTime>2026</eventDateTime><linkingAgentIdentifier>"
                    "<linkingAgentIdentifierType>a</linkingAgentIdentifierType>"
                    "<linkingAgentIdentifierValue>2</linkingAgentIdentifierValue>"
                    "</linkingAgentIdentifier></event>"),
                  &told);
    assert_string_equal(told.ptr, "");
    content_judge(CONTENT_XML, S("<size xmlns='http://www.loc.gov/premis/v3'/>"), &told);
    assert_string_equal(told.ptr, "premis_root ");
}

static void real_files(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum content_kind kind;
        const char *told; /* the beginning of it */
    } cases[] = {{"realdata/erms/ERMS_2_1_0_generated_example.xml", CONTENT_ERMS_2_1, ""},
                 {"realdata/erms/ead.xml", CONTENT_XML, ""}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        autoarena struct arena *arena = arena_new(1 << 24);
        autobuf struct buf told = buf_new(1 << 20);
        struct str file = content_shared(cases[i].path, arena);
        if (file.ptr == NULL)
            return;
        content_judge(cases[i].kind, file, &told);
        assert_string_equal(told.ptr, cases[i].told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_of_erms),
        cmocka_unit_test(versions_of_erms),
        cmocka_unit_test(faults_of_premis),
        cmocka_unit_test(faults_of_premis_in_an_aip),
        cmocka_unit_test(files_need_characteristics),
        cmocka_unit_test(premis_of_one_entity),
        cmocka_unit_test(faults_of_descriptions),
        cmocka_unit_test(real_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
