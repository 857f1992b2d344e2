/* ERMS documents: cases and documents of a registry, by CITS ERMS 2.1 and 3.0.0. The structure is
 * that of its schema; the rules between attributes are those of its Schematron. */
#include "content/grammar.h"

#include "base/base.h"

enum { ERMS_2_1 = 1, ERMS_3_0 = 2 };
enum { SCHEMAS_KEPT = 1000, SCHEMAS_MEMORY = 1024 * 1024, NAME_MAX_KEPT = 256 };

enum {
    ERMS = FIRST_CONTEXT,
    CONTROL,
    IDENTIFICATION,
    CLASSIFICATION_SCHEMA,
    SCHEMA_PERIOD,
    SCHEMA_TEXT,
    ADDITIONAL_INFORMATION,
    APPENDIX,
    SIGNATURE,
    OWN_ELEMENT,
    OWN_VALUE,
    PROPERTY,
    ATTRIBUTE,
    DATES,
    DATE,
    MAINTENANCE,
    MAINTENANCE_STATUS,
    MAINTENANCE_AGENCY,
    AGENCY_CODE,
    OTHER_AGENCY_CODE,
    NOTE,
    MAINTENANCE_HISTORY,
    MAINTENANCE_EVENT,
    EVENT_TYPE,
    AGENT,
    EXTENDING,
    ID_NUMBER,
    CONTACTS,
    ADDRESS_LINE,
    CONTACT_LINE,
    NOTES,
    SYSTEM,
    SYSTEM_AGENTS,
    AGGREGATIONS,
    AGGREGATION,
    EXTRA_ID,
    CLASSIFICATION,
    KEYWORDS,
    OTHER_TITLE,
    STATUS,
    RELATION,
    RESTRICTION,
    DURATION,
    IPP,
    LOAN,
    DISPOSAL,
    DISPOSAL_COMMENTS,
    DISPOSAL_DATES,
    DISPOSAL_DATE,
    AGENTS,
    ACTION,
    ACTION_DATES,
    ACTION_AGENTS,
    ARCHIVAL_HISTORY,
    LOCATIONS,
    LOCATION,
    SIGNATURES,
    RECORD,
    DIRECTION,
    RECORDS,
};

static const char *const schema_statuses[] = {"current", "previous", "other", NULL};
static const char *const date_types[] = {"aggregated",
                                         "appraisal",
                                         "archived",
                                         "archiving",
                                         "captured",
                                         "checked_in",
                                         "checked_out",
                                         "classification",
                                         "closed",
                                         "confidentiality_assessed",
                                         "created",
                                         "decision",
                                         "decision_date",
                                         "decision_deadline",
                                         "decrypted",
                                         "deleted",
                                         "destroyed",
                                         "dispatch",
                                         "encrypted",
                                         "end",
                                         "expedited",
                                         "expiration",
                                         "finished",
                                         "first_used",
                                         "last_addition",
                                         "last_addition_timestamp",
                                         "last_reviewed",
                                         "loan",
                                         "main_signature",
                                         "modified",
                                         "moved",
                                         "opened",
                                         "opening_date",
                                         "originated",
                                         "other_signature",
                                         "ownership_start",
                                         "prepared",
                                         "received",
                                         "received_at_location",
                                         "relocated",
                                         "rendered",
                                         "reviewed",
                                         "sent",
                                         "start",
                                         "take_back",
                                         "transferred",
                                         "other",
                                         NULL};
static const char *const maintenance_statuses[] = {
    "cancelled", "created", "deleted", "derived", "new", "revised", "unknown", "updated", NULL};
static const char *const event_types[] = {"created", "revised", "deleted", "cancelled",
                                          "derived", "updated", "unknown", NULL};
static const char *const agent_types_2_1[] = {"administrator",  "agent",
                                              "archiver",       "authorising_person",
                                              "borrower",       "counterpart",
                                              "creator",        "custodian",
                                              "deliverer",      "dispatcher",
                                              "editor",         "ipp_owner",
                                              "main_signatory", "mover",
                                              "opening_person", "other_signatory",
                                              "owner",          "reader",
                                              "recipient",      "receiver",
                                              "relocator",      "responsible_person",
                                              "sender",         "user",
                                              "other",          NULL};
static const char *const agent_types_3_0[] = {"administrator",
                                              "agent",
                                              "archiver",
                                              "authorising_person",
                                              "borrower",
                                              "contact_person",
                                              "counterpart",
                                              "creator",
                                              "custodian",
                                              "deliverer",
                                              "dispatcher",
                                              "editor",
                                              "ipp_owner",
                                              "main_signatory",
                                              "mover",
                                              "opening_person",
                                              "other_signatory",
                                              "owner",
                                              "reader",
                                              "recipient",
                                              "receiver",
                                              "relocator",
                                              "responsible_person",
                                              "sender",
                                              "user",
                                              "other",
                                              NULL};
static const char *const address_types[] = {
    "postal_address", "postal_code", "postal_city", "post_box", "municipality_code",
    "municipality",   "parish",      "parish_code", "province", "county",
    "country",        "other",       NULL};
static const char *const contact_types[] = {"phonenumber", "mobilenumber", "fax", "email",
                                            "homepage",    "other",        NULL};
static const char *const aggregation_types[] = {
    "caseFile", "class", "component", "file", "subfile", "volume", "own_aggregation_definition",
    NULL};
static const char *const statuses[] = {"ad_acta",     "closed",      "expedited", "initiated",
                                       "in_progress", "obliterated", "on_hold",   "open",
                                       "prepared",    "received",    NULL};
static const char *const relation_types[] = {"replaces",
                                             "is_replaced_with",
                                             "reference",
                                             "referenced_by",
                                             "demands",
                                             "needed_by",
                                             "contains",
                                             "part_of",
                                             "other_format_version",
                                             "another_format_version_of",
                                             "has_version",
                                             "is_version_of",
                                             "is_redacted_version_of",
                                             "has_redacted_version",
                                             "rendition_version_of",
                                             "has_rendition_version",
                                             "is_child_of",
                                             "is_parent_of",
                                             "moved",
                                             "moved_from",
                                             "deleted",
                                             "own_relation_definition",
                                             NULL};
static const char *const restriction_types[] = {"confidential", "gdpr", "integrity", "other_type",
                                                NULL};
static const char *const disposal_date_types[] = {"action_due",
                                                  "applied",
                                                  "confirmation_due",
                                                  "disposal_date",
                                                  "lifted",
                                                  "overdue_alert",
                                                  "retention_period_start",
                                                  "retention_period_end",
                                                  "other_date",
                                                  NULL};
static const char *const forms_2_1[] = {"physical", "digitial", "physcical_and_digital",
                                        "does_not_apply", NULL};
static const char *const forms_3_0[] = {"physical", "digital", "physical_and_digital",
                                        "does_not_apply", NULL};
static const char *const directions[] = {"incoming",
                                         "outgoing",
                                         "internal_memo_for_follow-up",
                                         "internal_memo_without_follow-up",
                                         "case_draft",
                                         "other",
                                         NULL};

static const struct grammar_row rows[] = {
#include "content/erms_elements.def"
};

static const char *const namespaces[] = {ERMS_NAMESPACE, NULL};

static const struct grammar grammar = {
    .rows = rows, .count = COUNT(rows), .namespaces = namespaces, GRAMMAR_OF_ALL(erms)};

/* ERMS-3.0.0.sch, pattern "co-occurrence-constraints": the value that stands for another one asks
 * for an attribute that tells which. In ERMS-2.1.2.sch some of them ask for attributes or values
 * that its schema does not have, and so for nothing. */
static const struct {
    const char *attribute;
    const char *value;
    const char *other;
    uint8_t versions;
} others[] = {
    {"aggregationType", "own_aggregation_definition", "otherAggregationType", ERMS_2_1 | ERMS_3_0},
    {"dateType", "other", "otherDateType", ERMS_3_0},
    {"directionDefinition", "other", "otherDirectionDefinition", ERMS_2_1 | ERMS_3_0},
    {"addressType", "other", "otherAddressLineType", ERMS_3_0},
    {"contactType", "other", "otherContactLineType", ERMS_3_0},
    {"agentType", "other", "otherAgentType", ERMS_2_1 | ERMS_3_0},
    {"dateType", "other_date", "otherDisposalDateType", ERMS_3_0},
    {"restrictionType", "other_type", "otherRestrictionType", ERMS_2_1 | ERMS_3_0},
    {"relationType", "own_relation_definition", "otherRelationType", ERMS_2_1 | ERMS_3_0},
    {"classificationSchemaStatus", "other", "otherClassificationSchemaStatus", ERMS_3_0},
};

struct reading {
    struct grammar_walk *walk;
    struct arena *arena;
    uint8_t version;
    struct str schemas[SCHEMAS_KEPT]; /* identifiers of classification schemas */
    size_t schema_count;
    size_t contacts; /* lines of the addressContactInformation that is open */
};

/* --- which version */

/* The schema that the document names, where METS states none. */
static uint8_t version_named(struct grammar_walk *walk)
{
    static const struct {
        const char *part;
        uint8_t version;
    } names[] = {{"ERMS_v3", ERMS_3_0}, {"ERMS-3", ERMS_3_0}, {"/3.0", ERMS_3_0},
                 {"ERMS_v2", ERMS_2_1}, {"ERMS-2", ERMS_2_1}, {"/2.1", ERMS_2_1}};
    struct str location = xml_attribute(grammar_xml(walk), XML_SCHEMA_XSI, "schemaLocation");
    for (size_t i = 0; i < COUNT(names) && location.len > 0; i++)
        if (memmem(location.ptr, location.len, names[i].part, strlen(names[i].part)) != NULL)
            return names[i].version;
    return 0;
}

static void begin(struct reading *r)
{
    if (r->version == 0)
        r->version = version_named(r->walk);
    if (r->version == 0) {
        grammar_fault(r->walk, CONTENT_erms_version, (struct str){0}, S("3.0.0"));
        r->version = ERMS_3_0;
    }
    grammar_versions(r->walk, r->version);
}

/* --- rules between elements */

static void check_others(const struct reading *r)
{
    for (size_t i = 0; i < COUNT(others); i++) {
        struct str value = grammar_attribute(r->walk, others[i].attribute);
        struct str other = grammar_attribute(r->walk, others[i].other);
        if ((others[i].versions & r->version) != 0 && str_equal(value, str_from(others[i].value)) &&
            str_trim(other).len == 0)
            grammar_fault(r->walk, CONTENT_erms_other, value, str_from(others[i].other));
    }
}

static void note_schema(struct reading *r)
{
    struct str id = grammar_attribute(r->walk, "classificationSchemaId");
    if (id.len > 0 && id.len <= NAME_MAX_KEPT && r->schema_count < SCHEMAS_KEPT)
        r->schemas[r->schema_count++] = arena_str(r->arena, id);
}

/* They stand before what refers to them; of more than are kept nothing is said. */
static void check_schema_used(const struct reading *r)
{
    struct str used = grammar_attribute(r->walk, "classificationSchemaUsed");
    if (used.len == 0 || r->schema_count == SCHEMAS_KEPT || r->version == ERMS_2_1)
        return;
    for (size_t i = 0; i < r->schema_count; i++)
        if (str_equal(r->schemas[i], used))
            return;
    grammar_fault(r->walk, CONTENT_erms_reference, used, S("control/classificationSchema"));
}

static void on_open(struct reading *r, const struct grammar_event *event)
{
    switch (event->row->child) {
    case ERMS:
        begin(r);
        break;
    case CLASSIFICATION_SCHEMA:
        note_schema(r);
        break;
    case AGGREGATION:
    case RECORD:
        check_schema_used(r);
        break;
    case CONTACTS:
        r->contacts = 0;
        break;
    case ADDRESS_LINE:
    case CONTACT_LINE:
        r->contacts++;
        break;
    default:
        break;
    }
    check_others(r);
}

static void on_close(const struct reading *r, const struct grammar_event *event)
{
    if (event->row->child == CONTACTS && r->contacts == 0 && r->version == ERMS_3_0)
        grammar_fault(r->walk, CONTENT_erms_contact, (struct str){0}, (struct str){0});
}

static void read_all(struct reading *r)
{
    struct grammar_event event;
    while (grammar_next(r->walk, &event))
        if (event.closes)
            on_close(r, &event);
        else
            on_open(r, &event);
}

struct err *erms_check(const struct source *file, enum content_kind kind,
                       const struct content_report *report)
{
    struct reading *r = must_calloc(1, sizeof *r);
    r->walk = grammar_open(&grammar, file, report);
    r->arena = arena_new(SCHEMAS_MEMORY);
    r->version = kind == CONTENT_ERMS_2_1 ? ERMS_2_1 : kind == CONTENT_ERMS_3_0 ? ERMS_3_0 : 0;
    read_all(r);
    struct err *e = grammar_close(r->walk);
    arena_free(r->arena);
    free(r);
    return e;
}
