/* The case RE 2019-00417: a complaint, its answer, and a decision under secrecy. CITS ERMS 2.1.2.
 */
#include "demo.h"

enum { PATH_ROOM = 4096 };

static const struct {
    const char *name;
    const char *text;
} documents[] = {
    {"klagomal.pdf", "Till patientnämnden\n\nJag vill klaga på att min kallelse kom bort.\n\nMed "
                     "hälsning\nTolvan\n"},
    {"yttrande.pdf", "Yttrande från Ekeby vårdcentral\n\nKallelsen skickades till en äldre adress. "
                     "Rutinen är ändrad.\n"},
    {"beslut.pdf", "Beslut\n\nPatientnämnden avslutar ärendet.\n"},
};

#define MOMENT(type, date) "<date dateType=\"" type "\">" date "T00:00:00</date>"
#define PERSON(type, person)                                                                       \
    "<agents><agent agentType=\"" type "\"><name>" person "</name></agent></agents>"
#define DOCUMENT(number, id, heading, agents, moment, file)                                        \
    "<record systemIdentifier=\"" id "\" recordType=\"document\"><objectId>RE 2019-00417:" number  \
    "</objectId>\n"                                                                                \
    "<title>" heading "</title><runningNumber>" number "</runningNumber>" agents "<dates>" moment  \
    "</dates>\n"                                                                                   \
    "<additionalInformation><appendix name=\"" heading "\" path=\"representations/rep1/data/" file \
    "\" fileFormat=\"application/pdf\"/></additionalInformation></record>\n"

static const char ERMS[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<erms xmlns=\"https://DILCIS.eu/XML/ERMS\">\n"
    "<control><identification identificationType=\"system\">Pennan</identification>\n"
    "<maintenanceInformation><maintenanceStatus value=\"created\"/>\n"
    "<maintenanceAgency><agencyName>Region Ekeby</agencyName></maintenanceAgency>\n"
    "<maintenanceHistory><maintenanceEvent><eventType value=\"created\"/>"
    "<eventDateTime>2020-01-15T09:00:00</eventDateTime>"
    "<agent agentType=\"deliverer\"><name>Region "
    "Ekeby</name></agent></maintenanceEvent></maintenanceHistory>\n"
    "</maintenanceInformation></control>\n"
    "<aggregations><aggregation systemIdentifier=\"417\" aggregationType=\"caseFile\">\n"
    "<objectId>RE 2019-00417</objectId>\n"
    "<classification classificationCode=\"4.2\">Klagomål mot vården</classification>\n"
    "<title>Klagomål om bortkommen kallelse</title><status value=\"closed\"/>\n"
    "<restriction restrictionType=\"confidential\"><regulation>25 kap. 1 § "
    "OSL</regulation></restriction>\n" PERSON("responsible_person", "Hedda Åkerö") "<dates>" MOMENT(
        "opened", "2019-03-04")
        MOMENT("closed", "2019-06-18") "</dates>\n" DOCUMENT(
            "1", "417-1", "Klagomål", PERSON("sender", "Tolvan Testsson"),
            MOMENT("received", "2019-03-04"), "klagomal.pdf")
            DOCUMENT("2", "417-2", "Yttrande", PERSON("sender", "Ekeby vårdcentral"),
                     MOMENT("received", "2019-04-11"), "yttrande.pdf")
                DOCUMENT("3", "417-3", "Beslut", PERSON("creator", "Hedda Åkerö"),
                         MOMENT("decision", "2019-06-18"),
                         "beslut.pdf") "</aggregation></aggregations>\n</erms>\n";

struct err *case_write(const char *folder)
{
    char path[PATH_ROOM];
    autobuf struct buf page = buf_new(64 * 1024);
    for (size_t i = 0; i < COUNT(documents); i++) {
        buf_clear(&page);
        paper_pdf(documents[i].text, &page);
        TRY(buf_done(&page, "a page"));
        snprintf(path, sizeof path, "%s/%s", folder, documents[i].name);
        TRY(demo_write_file(path, buf_str(&page)));
    }
    snprintf(path, sizeof path, "%s/erms.xml", folder);
    return demo_write_file(path, str_from(ERMS));
}
