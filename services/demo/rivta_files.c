/* What a newer system delivers: the answers of three national service contracts, by person. */
#include "demo.h"
#include "text/xml_write.h"

enum { ANSWER_MAX = 64 * 1024 * 1024, PATH_ROOM = 4096 };
#define HSA_ROOT S("1.2.752.129.2.1.4.1")

/* A contract: its answer's names, and how one of its records is written. The answer's own children
 * are in the contract's namespace, all below in the domain's (prefix "d"). */
struct contract {
    const char *file;
    enum note_kind kind;
    struct str answer;
    struct str record;
    struct str namespace;
    struct str domain;
    void (*write)(struct xml_writer *w, const char *source_system, const struct note *note);
};

static void leaf(struct xml_writer *w, struct str name, const char *text)
{
    xml_write_leaf(w, S("d"), name, str_from(text));
}

static void open_element(struct xml_writer *w, struct str name)
{
    xml_write_open(w, S("d"), name);
}

static void instance(struct xml_writer *w, struct str name, struct str root, const char *extension)
{
    open_element(w, name);
    xml_write_leaf(w, S("d"), S("root"), root);
    leaf(w, S("extension"), extension);
    xml_write_close(w);
}

static void organisation(struct xml_writer *w, struct str name, const struct unit *unit)
{
    open_element(w, name);
    leaf(w, S("orgUnitHSAId"), unit->hsa_id);
    leaf(w, S("orgUnitName"), unit->name);
    xml_write_close(w);
}

static void original_text(struct xml_writer *w, struct str name, const char *text)
{
    open_element(w, name);
    leaf(w, S("originalText"), text);
    xml_write_close(w);
}

static void write_access_header(struct xml_writer *w, const struct note *note)
{
    open_element(w, S("accessControlHeader"));
    instance(w, S("accountableHealthcareProvider"), HSA_ROOT, note->unit->provider);
    instance(w, S("accountableCareUnit"), HSA_ROOT, note->unit->hsa_id);
    instance(w, S("patientId"), str_from(note->person->type), note->person->number);
    leaf(w, S("blockComparisonTime"), note->at);
    leaf(w, S("approvedForPatient"), note->status == NOTE_SIGNED ? "true" : "false");
    xml_write_close(w);
}

static void write_record_id(struct xml_writer *w, const struct note *note)
{
    open_element(w, S("record"));
    open_element(w, S("id"));
    leaf(w, S("root"), note->id);
    xml_write_close(w);
    leaf(w, S("timestamp"), note->at);
    xml_write_close(w);
}

static void write_author(struct xml_writer *w, const struct note *note)
{
    open_element(w, S("author"));
    leaf(w, S("name"), note->author);
    leaf(w, S("timestamp"), note->at);
    original_text(w, S("byRole"), note->role);
    organisation(w, S("orgUnit"), note->unit);
    xml_write_close(w);
    if (note->status == NOTE_UNSIGNED)
        return;
    open_element(w, S("signature"));
    leaf(w, S("name"), note->author);
    leaf(w, S("timestamp"), note->at);
    xml_write_close(w);
}

static void write_care_documentation(struct xml_writer *w, const char *source_system,
                                     const struct note *note)
{
    open_element(w, S("header"));
    write_access_header(w, note);
    instance(w, S("sourceSystemId"), HSA_ROOT, source_system);
    write_record_id(w, note);
    write_author(w, note);
    xml_write_close(w);
    open_element(w, S("body"));
    original_text(w, S("clinicalDocumentNoteCode"), "Anteckning");
    leaf(w, S("clinicalDocumentNoteTitle"), note->title);
    leaf(w, S("clinicalDocumentNoteText"), note->text);
    xml_write_close(w);
}

/* PatientSummaryHeader of the other two. */
static void write_summary_header(struct xml_writer *w, struct str name, const char *source_system,
                                 const struct note *note)
{
    open_element(w, name);
    leaf(w, S("documentId"), note->id);
    leaf(w, S("sourceSystemHSAId"), source_system);
    open_element(w, S("patientId"));
    leaf(w, S("id"), note->person->number);
    leaf(w, S("type"), note->person->type);
    xml_write_close(w);
    open_element(w, S("accountableHealthcareProfessional"));
    leaf(w, S("authorTime"), note->at);
    leaf(w, S("healthcareProfessionalName"), note->author);
    original_text(w, S("healthcareProfessionalRoleCode"), note->role);
    organisation(w, S("healthcareProfessionalOrgUnit"), note->unit);
    leaf(w, S("healthcareProfessionalCareUnitHSAId"), note->unit->hsa_id);
    leaf(w, S("healthcareProfessionalCareGiverHSAId"), note->unit->provider);
    xml_write_close(w);
    if (note->kind == NOTE_DIAGNOSIS && note->status == NOTE_SIGNED) {
        open_element(w, S("legalAuthenticator"));
        leaf(w, S("signatureTime"), note->at);
        leaf(w, S("legalAuthenticatorName"), note->author);
        xml_write_close(w);
    }
    leaf(w, S("approvedForPatient"), note->status == NOTE_SIGNED ? "true" : "false");
    xml_write_close(w);
}

static void write_diagnosis(struct xml_writer *w, const char *source_system,
                            const struct note *note)
{
    write_summary_header(w, S("diagnosisHeader"), source_system, note);
    open_element(w, S("diagnosisBody"));
    leaf(w, S("typeOfDiagnosis"), "Huvuddiagnos");
    leaf(w, S("diagnosisTime"), note->at);
    open_element(w, S("diagnosisCode"));
    leaf(w, S("code"), note->code);
    leaf(w, S("codeSystem"), "1.2.752.116.1.1.1.1.3");
    leaf(w, S("codeSystemName"), "ICD-10-SE");
    leaf(w, S("displayName"), note->title);
    xml_write_close(w);
    xml_write_close(w);
}

static void write_care_contact(struct xml_writer *w, const char *source_system,
                               const struct note *note)
{
    write_summary_header(w, S("careContactHeader"), source_system, note);
    open_element(w, S("careContactBody"));
    original_text(w, S("careContactCode"), "Öppenvårdsbesök");
    leaf(w, S("careContactReason"), note->title);
    organisation(w, S("careContactOrgUnit"), note->unit);
    open_element(w, S("careContactTimePeriod"));
    leaf(w, S("start"), note->at);
    leaf(w, S("end"), note->at);
    xml_write_close(w);
    xml_write_close(w);
}

#define DESCRIPTION_DOMAIN "urn:riv:clinicalprocess:healthcond:description:"
#define LOGISTICS_DOMAIN   "urn:riv:clinicalprocess:logistics:logistics:"
static const struct contract contracts[] = {
    {"GetCareDocumentation.xml", NOTE_TEXT, S("GetCareDocumentationResponse"),
     S("careDocumentation"), S(DESCRIPTION_DOMAIN "GetCareDocumentationResponder:3"),
     S(DESCRIPTION_DOMAIN "3"), write_care_documentation},
    {"GetDiagnosis.xml", NOTE_DIAGNOSIS, S("GetDiagnosisResponse"), S("diagnosis"),
     S(DESCRIPTION_DOMAIN "GetDiagnosisResponder:2"), S(DESCRIPTION_DOMAIN "2"), write_diagnosis},
    {"GetCareContacts.xml", NOTE_CONTACT, S("GetCareContactsResponse"), S("careContact"),
     S(LOGISTICS_DOMAIN "GetCareContactsResponder:3"), S(LOGISTICS_DOMAIN "3"), write_care_contact},
};

/* GetCareDocumentation 3.0 has a result without the log id that the older ones ask for. */
static void write_result(struct xml_writer *w, const struct contract *contract, const char *id)
{
    struct uuid log_id = UUID_FROM(S("demo answer"), contract->answer, str_from(id));
    xml_write_open(w, (struct str){0}, S("result"));
    leaf(w, S("resultCode"), "OK");
    if (contract->kind != NOTE_TEXT)
        leaf(w, S("logId"), uuid_text(log_id).text);
    xml_write_close(w);
}

static void write_answer(const struct contract *contract, const char *source_system,
                         const struct note *notes, size_t count, struct xml_writer *w)
{
    xml_write_open(w, (struct str){0}, contract->answer);
    xml_write_attribute(w, (struct str){0}, S("xmlns"), contract->namespace);
    xml_write_attribute(w, S("xmlns"), S("d"), contract->domain);
    for (size_t i = 0; i < count; i++) {
        if (notes[i].kind != contract->kind || notes[i].status == NOTE_NULLIFIED)
            continue;
        xml_write_open(w, (struct str){0}, contract->record);
        contract->write(w, source_system, &notes[i]);
        xml_write_close(w);
    }
    write_result(w, contract, notes[0].id);
    xml_write_close(w);
}

static bool any(const struct note *notes, size_t count, enum note_kind kind)
{
    for (size_t i = 0; i < count; i++)
        if (notes[i].kind == kind && notes[i].status != NOTE_NULLIFIED)
            return true;
    return false;
}

struct err *rivta_write(const char *folder, const char *source_system, const struct note *notes,
                        size_t count)
{
    char path[PATH_ROOM];
    autobuf struct buf answer = buf_new(ANSWER_MAX);
    TRY(demo_make_folder(folder));
    for (size_t i = 0; i < COUNT(contracts); i++) {
        if (!any(notes, count, contracts[i].kind))
            continue;
        buf_clear(&answer);
        struct xml_writer w = xml_write_begin(&answer);
        write_answer(&contracts[i], source_system, notes, count, &w);
        TRY(xml_write_done(&w, contracts[i].file));
        snprintf(path, sizeof path, "%s/%s", folder, contracts[i].file);
        TRY(demo_write_file(path, buf_str(&answer)));
    }
    return NULL;
}
