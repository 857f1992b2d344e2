/* The table of rules. */
#include "base/base.h"
#include "validate/finding.h"

static const char *const url_only[] = {"URL", NULL};
static const char *const simple_only[] = {"simple", NULL};
static const char *const creator_only[] = {"CREATOR", NULL};
static const char *const other_only[] = {"OTHER", NULL};
static const char *const software_only[] = {"SOFTWARE", NULL};
static const char *const physical_only[] = {"PHYSICAL", NULL};
static const char *const sip_only[] = {"SIP", NULL};
static const char *const statuses[] = {"CURRENT", "SUPERSEDED", NULL};
static const char *const package_types[] = {"SIP", "AIP", "DIP", "AIU", "AIC", NULL};
static const char *const record_statuses[] = {"NEW",     "SUPPLEMENT", "REPLACEMENT", "TEST",
                                              "VERSION", "DELETE",     "OTHER",       NULL};
static const char *const aip_only[] = {"AIP", NULL};
static const char *const dip_only[] = {"DIP", NULL};
static const char *const current_only[] = {"CURRENT", NULL};
static const char *const premis_only[] = {"PREMIS", NULL};
static const char *const archivist_only[] = {"ARCHIVIST", NULL};
static const char *const preservation_only[] = {"PRESERVATION", NULL};
static const char *const organization_only[] = {"ORGANIZATION", NULL};
static const char *const bodies[] = {"ORGANIZATION", "INDIVIDUAL", NULL};
static const char *const identification_only[] = {"IDENTIFICATIONCODE", NULL};
static const char *const sip_profiles[] = {"https://earksip.dilcis.eu/profile/E-ARK-SIP.xml",
                                           "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-0-4.xml",
                                           "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-1-0.xml",
                                           NULL};
static const char *const aip_2_2_profiles[] = {
    "https://earkdip.dilcis.eu/profile/E-ARK-AIP-v2-2-0.xml",
    "https://earkaip.dilcis.eu/profile/E-ARK-AIP-v2-2-0.xml",
    "https://earkcsip.dilcis.eu/profile/E-ARK-AIP-v2-2-0.xml", NULL};
static const char *const dip_profiles[] = {"https://earkdip.dilcis.eu/profile/E-ARK-DIP.xml",
                                           "https://earkdip.dilcis.eu/profile/E-ARK-DIP-v2-0-4.xml",
                                           "https://earkdip.dilcis.eu/profile/E-ARK-DIP-v2-1-0.xml",
                                           "https://earkdip.dilcis.eu/profile/E-ARK-DIP-v2-2-0.xml",
                                           NULL};
static const char *const sip_2_2_profile[] = {
    "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml", NULL};
/* The vocabulary of CSIP 2.2.0 and the values of its schema. */
static const char *const content_types[] = {"ERMS",
                                            "SIARD1",
                                            "SIARD2",
                                            "SIARDDK",
                                            "GeoData",
                                            "citscarchival_v1_0",
                                            "cscarchival_v1_0",
                                            "citcarchival_v1_0",
                                            "citsarchival_v1_0",
                                            "csarchival_v1_0",
                                            "citspremis_v1_0",
                                            "cspremis_v1_0",
                                            "citserms_v2_1",
                                            "citserms_v3_0",
                                            "citsehpj_v1_0",
                                            "citsehpj_v2_0",
                                            "citsehcr_v1_0",
                                            "citssiard_v1_0",
                                            "citsgeospatial_v3_0",
                                            "cits3dpm_v1_0",
                                            "MIXED",
                                            "OTHER",
                                            NULL};
static const char *const descriptive_folder[] = {"metadata/descriptive", NULL};
static const char *const preservation_folder[] = {"metadata/preservation", NULL};
static const char *const documentation_group[] = {"Documentation", "documentation", NULL};
static const char *const schemas_group[] = {"Schemas", "schemas", NULL};
static const char *const representations_group[] = {"Representations", "representations", NULL};
static const char *const metadata_part[] = {"Metadata", NULL};
static const char *const documentation_part[] = {"Documentation", NULL};
static const char *const schemas_part[] = {"Schemas", NULL};
static const char *const content_part[] = {"Representations", NULL};
static const char *const representation_part[] = {"Representations/", NULL};
static const char *const agreement_reference[] = {"SUBMISSIONAGREEMENT", NULL};
static const char *const previous_agreement[] = {"PREVIOUSSUBMISSIONAGREEMENT", NULL};
static const char *const reference_code[] = {"REFERENCECODE", NULL};
static const char *const previous_code[] = {"PREVIOUSREFERENCECODE", NULL};

/* FGS Paketstruktur */
static const char *const fgs_types[] = {"ERMS",
                                        "Personnel",
                                        "Medical record",
                                        "Economics",
                                        "Databases",
                                        "Webpages",
                                        "GIS",
                                        "No specification",
                                        "AIC",
                                        "Publication",
                                        "Archival information",
                                        "Unstructured",
                                        "Single records",
                                        NULL};
static const char *const fgs_profiles[] = {
    "http://xml.ra.se/e-arkiv/METS/CommonSpecificationSwedenPackageProfile.xml",
    "http://xml.ra.se/e-arkiv/METS/version11/CommonSpecificationSwedenPackageProfile.xml",
    "http://xml.ra.se/e-arkiv/METS/version12/CommonSpecificationSwedenPackageProfile.xml", NULL};
static const char *const fgs_appraisals[] = {"Yes", "No", NULL};
static const char *const fgs_1_1_restrictions[] = {"Secrecy", "PuL", "Secrecy and PuL", NULL};
static const char *const fgs_1_2_restrictions[] = {"Secrecy", "PuL", "Secrecy and PuL", "GDPR",
                                                   NULL};
static const char *const fgs_statuses[] = {"SUPPLEMENT", "REPLACEMENT", "NEW", "TEST",
                                           "VERSION",    "OTHER",       NULL};
static const char *const fgs_agreement_forms[] = {"AGREEMENT", "DEPOSIT", "GIFT", "Not specified",
                                                  NULL};
static const char *const fgs_archival_creator[] = {"ARCHIVIST", "ORGANIZATION", NULL};
static const char *const fgs_source_system[] = {"ARCHIVIST", "OTHER", "SOFTWARE", NULL};
static const char *const fgs_deliverer[] = {"CREATOR", "ORGANIZATION", NULL};
static const char *const fgs_code_prefixes[] = {
    "VAT:", "DUNS:", "ORG:", "HSA:", "Local:", "URI:", NULL};
static const char *const fgs_other_roles[] = {"SUBMITTER", "PRODUCER", NULL};
static const char *const fgs_agent_types[] = {"INDIVIDUAL", "ORGANIZATION", "OTHER", NULL};
static const char *const fgs_references[] = {"SUBMISSIONAGREEMENT", "PREVIOUSSUBMISSIONAGREEMENT",
                                             "REFERENCECODE", "PREVIOUSREFERENCECODE", NULL};
static const char *const fgs_other_metadata[] = {"ADDML", "BAGIT",   "EAC-F", "EAG",
                                                 "METS",  "COMMENT", "SIARD", NULL};
static const char *const fgs_algorithms[] = {"MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512", NULL};
static const char *const fgs_registries[] = {"PRONOM", "GDFR", "UDFR", "OTHER", NULL};

#define AT(name)    .attribute = METS_AT_##name
#define CHILD(name) .child = METS_##name
#define RULE(id, number_, level_, applies_, element_, check_, ...)                                 \
    {.requirement = REQ_##id,                                                                      \
     .number = (number_),                                                                          \
     .level = LEVEL_##level_,                                                                      \
     .applies = (applies_),                                                                        \
     .element = METS_##element_,                                                                   \
     .check = CHECK_##check_,                                                                      \
     __VA_ARGS__},

const struct rule rules[] = {
#include "validate/fgs_rules.def"
#include "validate/rules.def"
#define CONTENT_RULE(word, requirement, number, level, en, sv, mend_en, mend_sv)                   \
    RULE(requirement, number, level, ALWAYS, NONE, content_##word)
#include "content/rules.def"
#undef CONTENT_RULE
};
const size_t rule_count = COUNT(rules);

const struct rule *rule_find(enum requirement requirement, int number)
{
    for (size_t i = 0; i < rule_count; i++)
        if (rules[i].requirement == requirement && rules[i].number == number)
            return &rules[i];
    abort();
}
