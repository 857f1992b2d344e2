/* The reading contracts' elements, by the official schemas. Where a field has several rules the
 * first element with a text decides. GetCareDocumentation 3.0 has the header of the JoL generation,
 * the others that of the PatientSummaryHeader. */
#include "rivta_rules.h"

#include "base/base.h"

static const struct known_rule jol_header[] = {
    {.field = "source_id", .path = "record/id/root"},
    {.field = "source_system", .path = "sourceSystemId/extension"},
    {.field = "person_number", .path = "accessControlHeader/patientId/extension"},
    {.field = "person_id_type", .path = "accessControlHeader/patientId/root"},
    {.field = "care_provider",
     .path = "accessControlHeader/accountableHealthcareProvider/extension"},
    {.field = "care_unit", .path = "accessControlHeader/accountableCareUnit/extension"},
    {.field = "approved_for_patient", .path = "accessControlHeader/approvedForPatient"},
    {.field = "occurred_at", .path = "accessControlHeader/blockComparisonTime"},
    {.field = "occurred_at", .path = "record/timestamp"},
    {.field = "documented_at", .path = "record/timestamp"},
    {.field = "authored_at", .path = "author/timestamp"},
    {.field = "author_id", .path = "author/id/extension"},
    {.field = "author_name", .path = "author/name"},
    {.field = "author_role", .path = "author/byRole/displayName"},
    {.field = "author_role", .path = "author/byRole/originalText"},
    {.field = "author_role", .path = "author/byRole/code"},
    {.field = "unit_id", .path = "author/orgUnit/orgUnitHSAId"},
    {.field = "unit_name", .path = "author/orgUnit/orgUnitName"},
    {.field = "signed_at", .path = "signature/timestamp"},
    {.field = "status", .path = "signature", .values = {"*=signed"}},
    {0},
};

static const struct known_rule summary_header[] = {
    {.field = "source_id", .path = "documentId"},
    {.field = "source_system", .path = "sourceSystemHSAId"},
    {.field = "title", .path = "documentTitle"},
    {.field = "person_number", .path = "patientId/id"},
    {.field = "person_id_type", .path = "patientId/type"},
    {.field = "care_provider",
     .path = "accountableHealthcareProfessional/healthcareProfessionalCareGiverHSAId"},
    {.field = "care_unit",
     .path = "accountableHealthcareProfessional/healthcareProfessionalCareUnitHSAId"},
    {.field = "approved_for_patient", .path = "approvedForPatient"},
    {.field = "belongs_to", .path = "careContactId"},
    {.field = "occurred_at", .path = "documentTime"},
    {.field = "occurred_at", .path = "accountableHealthcareProfessional/authorTime"},
    {.field = "documented_at", .path = "documentTime"},
    {.field = "authored_at", .path = "accountableHealthcareProfessional/authorTime"},
    {.field = "author_id", .path = "accountableHealthcareProfessional/healthcareProfessionalHSAId"},
    {.field = "author_name",
     .path = "accountableHealthcareProfessional/healthcareProfessionalName"},
    {.field = "author_role",
     .path = "accountableHealthcareProfessional/healthcareProfessionalRoleCode/displayName"},
    {.field = "author_role",
     .path = "accountableHealthcareProfessional/healthcareProfessionalRoleCode/originalText"},
    {.field = "author_role",
     .path = "accountableHealthcareProfessional/healthcareProfessionalRoleCode/code"},
    {.field = "unit_id",
     .path = "accountableHealthcareProfessional/healthcareProfessionalOrgUnit/orgUnitHSAId"},
    {.field = "unit_name",
     .path = "accountableHealthcareProfessional/healthcareProfessionalOrgUnit/orgUnitName"},
    {.field = "signed_at", .path = "legalAuthenticator/signatureTime"},
    {.field = "status", .path = "nullified", .values = {"true=nullified", "1=nullified", "*="}},
    {.field = "status", .path = "legalAuthenticator", .values = {"*=signed"}},
    {0},
};

static const struct known_rule care_documentation[] = {
    {.field = "title", .path = "/body/clinicalDocumentNoteTitle"},
    {.field = "title", .path = "/body/clinicalDocumentNoteCode/displayName"},
    {.field = "title", .path = "/body/clinicalDocumentNoteCode/originalText"},
    {.field = "title", .path = "/body/clinicalDocumentNoteCode/code"},
    {.field = "text", .path = "/body/clinicalDocumentNoteText"},
    {.field = "dissent", .path = "/body/dissentingOpinion", .values = {"*=true"}},
    {0},
};

static const struct known_rule diagnosis[] = {
    {.field = "occurred_at", .path = "/diagnosisBody/diagnosisTime"},
    {.field = "title", .path = "/diagnosisBody/diagnosisCode/displayName"},
    {.field = "title", .path = "/diagnosisBody/diagnosisCode/originalText"},
    {.field = "title", .path = "/diagnosisBody/diagnosisCode/code"},
    {0},
};

static const struct known_rule care_contact[] = {
    {.field = "occurred_at", .path = "/careContactBody/careContactTimePeriod/start"},
    {.field = "ended_at", .path = "/careContactBody/careContactTimePeriod/end"},
    {.field = "title", .path = "/careContactBody/careContactReason"},
    {.field = "title", .path = "/careContactBody/careContactCode/displayName"},
    {.field = "title", .path = "/careContactBody/careContactCode/originalText"},
    {.field = "title", .path = "/careContactBody/careContactCode/code"},
    {.field = "unit_id", .path = "/careContactBody/careContactOrgUnit/orgUnitHSAId"},
    {.field = "unit_name", .path = "/careContactBody/careContactOrgUnit/orgUnitName"},
    {0},
};

const struct rivta_contract rivta_contracts[] = {
    {"careDocumentation",
     "urn:riv:clinicalprocess:healthcond:description:GetCareDocumentationResponder:3",
     "urn:riv:clinicalprocess:healthcond:description:3", "header", "voo", care_documentation,
     jol_header},
    {"diagnosis", "urn:riv:clinicalprocess:healthcond:description:GetDiagnosisResponder:2",
     "urn:riv:clinicalprocess:healthcond:description:2", "diagnosisHeader", "dia", diagnosis,
     summary_header},
    {"careContact", "urn:riv:clinicalprocess:logistics:logistics:GetCareContactsResponder:3",
     "urn:riv:clinicalprocess:logistics:logistics:3", "careContactHeader", "vko", care_contact,
     summary_header},
};
const size_t rivta_contract_count = COUNT(rivta_contracts);
