/* Care documents, as the national service contracts of RIV-TA write them: an answer, with or
 * without its SOAP envelope, or one record of it. The structure is that of the contracts' schemas,
 * the rules between elements are those of their Schematron for answers. */
#include "content/care.h"

#include "base/base.h"
#include "content/grammar.h"
#include "content/identities.h"

/* Contracts, as sets. */
enum { CARE = 1, DIAGNOSIS = 2, CONTACT = 4 };

enum {
    ENVELOPE = FIRST_CONTEXT,
    BODY,
    ANSWER,
    MORE,
    RESULT,
    NOTE,
    HEADER,
    ACCESS,
    RECORD,
    RECORD_ID,
    AUTHOR,
    SIGNATURE,
    NOTE_BODY,
    MEDIA,
    DISSENT,
    IDENTIFIER,
    CODED, /* a code that the Schematron has rules for */
    UNIT,
    DIAGNOSED,
    VISIT,
    SUMMARY,
    PATIENT,
    PROFESSIONAL,
    AUTHENTICATOR,
    DIAGNOSIS_BODY,
    RELATED,
    VISIT_BODY,
    FREE_CODE, /* one that it has none for */
    PERIOD,
    MORE_OF_PATIENT,
    BIRTH,
};

static const char *const result_codes[] = {"OK", "ERROR", "INFO", NULL};
static const char *const error_codes[] = {"INVALID_REQUEST", NULL};
static const char *const diagnosis_types[] = {"Huvuddiagnos", "Bidiagnos", NULL};
static const char *const birth_formats[] = {"YYYY", "YYYYMM", "YYYYMMDD", NULL};

static const struct grammar_row rows[] = {
#include "content/care_elements.def"
};

struct care_contract {
    uint8_t set;
    const char *answer; /* namespace of what an answer holds at once */
    const char *domain; /* of what stands deeper; of a record alone, either */
};

static const struct care_contract contracts[] = {
    {CARE, "urn:riv:clinicalprocess:healthcond:description:GetCareDocumentationResponder:3",
     "urn:riv:clinicalprocess:healthcond:description:3"},
    {DIAGNOSIS, "urn:riv:clinicalprocess:healthcond:description:GetDiagnosisResponder:2",
     "urn:riv:clinicalprocess:healthcond:description:2"},
    {CONTACT, "urn:riv:clinicalprocess:logistics:logistics:GetCareContactsResponder:3",
     "urn:riv:clinicalprocess:logistics:logistics:3"},
};

const struct care_contract *care_contract_of(struct str namespace)
{
    for (size_t i = 0; i < COUNT(contracts); i++)
        if (str_equal(namespace, str_from(contracts[i].answer)) ||
            str_equal(namespace, str_from(contracts[i].domain)))
            return &contracts[i];
    return NULL;
}

/* Children of a code, in the order of the table. */
enum { CODE = 1, SYSTEM = 2, SYSTEM_NAME = 4, SYSTEM_VERSION = 8, DISPLAY = 16, ORIGINAL = 32 };

enum { PATIENT_MAX = 16 * 1024 }; /* bytes of an identity */

struct reading {
    const struct care_contract *contract;
    struct grammar_walk *walk;
    const struct grammar_row *codes;  /* the first child of CODED */
    unsigned code;                    /* what the one that is open holds */
    const struct grammar_row *opened; /* the element that opened last */
    struct identities records;
    /* Of a file that should tell of one patient: identities, and what they are of. */
    bool of_patient;
    bool in_patient; /* one that is open */
    struct buf system;
    struct buf value;
    struct identities patients;
    struct identities systems;
};

/* --- where elements of which namespace stand */

/* Absent: either. */
static struct str namespace_in(const struct reading *r, uint8_t parent)
{
    switch (parent) {
    case ROOT:
    case ENVELOPE:
        return (struct str){0};
    case BODY:
    case ANSWER:
    case MORE:
        return str_from(r->contract->answer);
    default:
        return str_from(r->contract->domain);
    }
}

static void check_namespace(const struct reading *r, const struct grammar_row *row)
{
    struct str wanted = namespace_in(r, row->parent);
    if (wanted.len > 0 && !str_equal(xml_namespace(grammar_xml(r->walk)), wanted))
        grammar_fault(r->walk, CONTENT_care_unknown, str_from(row->name), wanted);
}

/* --- rules of the Schematron */

/* "Verify non existing extension", "Verify diagnosisHeader", "Verify careContactHeader" and the
 * patterns "No …" behind it. */
static const struct {
    uint8_t parent;
    const char *name;
    uint8_t contracts;
} forbidden[] = {
    {RECORD_ID, "extension", CARE},
    {SUMMARY, "nullified", DIAGNOSIS | CONTACT},
    {SUMMARY, "nullifiedReason", DIAGNOSIS | CONTACT},
    {SUMMARY, "documentTime", DIAGNOSIS | CONTACT},
    {SUMMARY, "documentTitle", DIAGNOSIS | CONTACT},
    {SUMMARY, "legalAuthenticator", CONTACT},
    {SUMMARY, "careContactId", CONTACT},
};

static void check_forbidden(const struct reading *r, const struct grammar_row *row)
{
    for (size_t i = 0; i < COUNT(forbidden); i++)
        if (forbidden[i].parent == row->parent &&
            (forbidden[i].contracts & r->contract->set) != 0 &&
            str_equal(str_from(row->name), str_from(forbidden[i].name)))
            grammar_fault(r->walk, CONTENT_care_forbidden, str_from(row->name), (struct str){0});
}

/* ^[0-2](\.([0-9])+)+$ */
static bool is_oid(struct str text)
{
    bool digit = false;
    if (text.len < 3 || text.ptr[0] < '0' || text.ptr[0] > '2' || text.ptr[1] != '.')
        return false;
    for (size_t i = 2; i < text.len; i++) {
        if (text.ptr[i] == '.' && !digit)
            return false;
        digit = text.ptr[i] != '.';
        if (digit && (text.ptr[i] < '0' || text.ptr[i] > '9'))
            return false;
    }
    return digit;
}

/* GetCareDocumentation: code or text or both, a system with each code, its names only with both. */
static bool may_stand_beside(unsigned code)
{
    bool whole = (code & CODE) != 0 && (code & SYSTEM) != 0;
    return (code & (CODE | ORIGINAL)) != 0 && ((code & CODE) != 0) == ((code & SYSTEM) != 0) &&
           (whole || (code & (SYSTEM_NAME | SYSTEM_VERSION | DISPLAY)) == 0);
}

/* The others: code, system and display name together, or a text alone. */
static bool is_one_or_other(unsigned code)
{
    unsigned told = code & (CODE | SYSTEM | DISPLAY | ORIGINAL);
    return told == (CODE | SYSTEM | DISPLAY) || told == ORIGINAL;
}

static void check_code(const struct reading *r, const struct grammar_row *row)
{
    bool care = r->contract->set == CARE;
    if (care ? may_stand_beside(r->code) : is_one_or_other(r->code))
        return;
    grammar_fault(r->walk, CONTENT_care_code, str_from(row->name),
                  care ? S("code and codeSystem, originalText, or all three")
                       : S("code, codeSystem and displayName, or originalText"));
}

static void note_record(struct reading *r, const struct grammar_event *event)
{
    const struct grammar_row *row = event->row;
    bool identity = (row->parent == RECORD_ID && str_equal(str_from(row->name), S("root"))) ||
                    (row->parent == SUMMARY && r->contract->set == DIAGNOSIS &&
                     str_equal(str_from(row->name), S("documentId")));
    if (identity && event->text.len > 0)
        identities_add(&r->records, event->text, event->line);
}

/* --- the patient */

static bool is_patient(const struct grammar_row *row)
{
    return (row->parent == ACCESS || row->parent == SUMMARY) &&
           str_equal(str_from(row->name), S("patientId"));
}

static void begin_patient(struct reading *r)
{
    r->in_patient = true;
    buf_clear(&r->system);
    buf_clear(&r->value);
}

/* What the identity is of, and it itself without hyphens. */
static void note_patient(struct reading *r, const struct grammar_event *event)
{
    struct str name = str_from(event->row->name);
    bool system = str_equal(name, S("root")) || str_equal(name, S("type"));
    for (size_t i = 0; i < event->text.len; i++)
        if (system || event->text.ptr[i] != '-')
            buf_byte(system ? &r->system : &r->value, event->text.ptr[i]);
}

static void end_patient(struct reading *r)
{
    r->in_patient = false;
    if (r->value.len == 0 || r->system.failed || r->value.failed)
        return;
    identities_add(&r->systems, buf_str(&r->system), 0);
    buf_byte(&r->system, '\n');
    buf_put(&r->system, buf_str(&r->value));
    identities_add(&r->patients, buf_str(&r->system), 0);
}

/* EHGR2. One patient may have a reserve number and a personal number: only identities of the same
 * kind tell two persons apart. */
static void check_patients(struct reading *r, const struct content_report *report)
{
    char found[24];
    identities_sort(&r->patients);
    identities_sort(&r->systems);
    size_t patients = identities_distinct(&r->patients);
    if (r->patients.too_many || patients <= identities_distinct(&r->systems))
        return;
    snprintf(found, sizeof found, "%zu", patients);
    content_fault(report, &(struct content_fault){.rule = CONTENT_ehealth_several,
                                                  .found = str_from(found),
                                                  .expected = S("1")});
}

static void on_open(struct reading *r, const struct grammar_event *event)
{
    const struct grammar_row *row = event->row;
    r->opened = row;
    if (is_patient(row))
        begin_patient(r);
    check_namespace(r, row);
    check_forbidden(r, row);
    if (row->child == CODED)
        r->code = 0;
    if (row->parent == CODED)
        r->code |= 1U << (row - r->codes);
}

/* "Verify non-empty elements": a value, or a unit of which nothing is told. Of other elements
 * something must be told, and is asked for. */
static bool is_empty(const struct reading *r, const struct grammar_event *event)
{
    const struct grammar_row *row = event->row;
    bool text = row->child == TEXT && (row->value == VALUE_ANY || row->value == VALUE_BASE64);
    return r->contract->set != CONTACT && event->text.len == 0 &&
           (text || (row->child == UNIT && r->contract->set == CARE && r->opened == row));
}

static void on_close(struct reading *r, const struct grammar_event *event)
{
    const struct grammar_row *row = event->row;
    note_record(r, event);
    if (is_patient(row))
        end_patient(r);
    else if (r->in_patient)
        note_patient(r, event);
    if (row->child == CODED)
        check_code(r, row);
    if (row->parent == CODED && (1U << (row - r->codes)) == SYSTEM && r->contract->set != CONTACT &&
        event->text.len > 0 && (event->padded || !is_oid(event->text)))
        grammar_fault(r->walk, CONTENT_care_oid, (struct str){0}, S("1.2.752.116.2.1.1"));
    if (is_empty(r, event))
        grammar_fault(r->walk, CONTENT_care_empty, str_from(row->name), (struct str){0});
}

/* --- */

static void read_all(struct reading *r, const struct content_report *report)
{
    struct grammar_event event;
    while (grammar_next(r->walk, &event))
        if (event.closes)
            on_close(r, &event);
        else
            on_open(r, &event);
    identities_sort(&r->records);
    if (!r->records.too_many)
        identities_check_unique(&r->records, CONTENT_care_record, report);
    if (r->of_patient)
        check_patients(r, report);
}

static const struct grammar_row *codes(void)
{
    const struct grammar_row *row = rows;
    while (row->parent != CODED)
        row++;
    return row;
}

struct err *care_check(const struct source *file, const struct care_contract *contract,
                       bool of_patient, const struct content_report *report)
{
    const char *const namespaces[] = {contract->answer, contract->domain, SOAP_NAMESPACE, NULL};
    const struct grammar grammar = {.rows = rows,
                                    .count = COUNT(rows),
                                    .secret = true,
                                    .namespaces = namespaces,
                                    GRAMMAR_OF_ALL(care)};
    struct reading r = {.contract = contract,
                        .codes = codes(),
                        .walk = grammar_open(&grammar, file, report),
                        .of_patient = of_patient,
                        .system = buf_new(PATIENT_MAX),
                        .value = buf_new(PATIENT_MAX)};
    grammar_versions(r.walk, contract->set);
    read_all(&r, report);
    identities_free(&r.records);
    identities_free(&r.patients);
    identities_free(&r.systems);
    buf_free(&r.system);
    buf_free(&r.value);
    return grammar_close(r.walk);
}
