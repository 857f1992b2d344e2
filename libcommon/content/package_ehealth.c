/* CITS eHealth1 2.0.1: general requirements, profiles of root and representation. */
#include "content/package_inside.h"

#include "base/base.h"

#define NOTHING ((struct str){0})

/* --- the root METS */

/* EHR12 to EHR15: one of them is the list of patients; others may describe what they like. */
static void see_description(struct content_package *p, const struct mets_node *node)
{
    autoarena struct arena *arena = arena_new(PACKAGE_HREF_MEMORY);
    if (!str_starts(package_leads(p, node, arena), S("metadata/descriptive/")))
        return;
    p->now.described++;
    if (!str_equal(node->at[METS_AT_MDTYPE], S("OTHER")))
        return;
    p->now.other_described++;
    if (str_trim(node->at[METS_AT_OTHERMDTYPE]).len == 0)
        package_fault(p, CONTENT_ehealth_list_other, p->now.mets, node->line, NOTHING, NOTHING);
}

static void end_descriptions(const struct content_package *p, const struct mets_node *root)
{
    enum content_rule rule = CONTENT_RULES;
    if (p->now.descriptions == 0)
        rule = CONTENT_ehealth_described;
    else if (p->now.described == 0)
        rule = CONTENT_ehealth_list_place;
    else if (p->now.other_described == 0)
        rule = CONTENT_ehealth_list_type;
    if (rule != CONTENT_RULES)
        package_fault(p, rule, p->now.mets, root->line, NOTHING, NOTHING);
}

static void see_root(struct content_package *p, const struct mets_event *event)
{
    static const char *const types[] = {"citsehpj_v1_0", "citsehpj_v2_0", NULL};
    const struct mets_node *node = event->node;
    if (node->element == METS_GROUP)
        p->now.typed_groups += package_is_among(node->at[METS_AT_CSIP_CONTENT], types);
    if (node->element == METS_ALT_RECORD_ID)
        p->now.agreement |= str_equal(node->at[METS_AT_TYPE], S("SUBMISSIONAGREEMENT"));
    if (node->element == METS_AGENT)
        p->now.organisation |= str_equal(node->at[METS_AT_ROLE], S("CREATOR")) &&
                               str_equal(node->at[METS_AT_TYPE], S("ORGANIZATION"));
    if (!event->closes && node->element == METS_DMD)
        p->now.descriptions++;
    if (!event->closes && node->element == METS_DMD_REF)
        see_description(p, node);
    if (node->element != METS_ROOT || !event->closes)
        return;
    end_descriptions(p, node);
    if (!p->now.agreement)
        package_fault(p, CONTENT_ehealth_stated_agreement, p->now.mets, node->line, NOTHING,
                      NOTHING);
    if (!p->now.organisation)
        package_fault(p, CONTENT_ehealth_creator, p->now.mets, node->line, NOTHING, NOTHING);
    if (p->now.typed_groups == 0)
        package_fault(p, CONTENT_ehealth_group, p->now.mets, node->line, NOTHING,
                      S("citsehpj_v2_0"));
}

/* --- the structural map of a representation: divisions in each other, known by their labels. The
 * vocabulary has "Patient Record", the profile's paths PATIENT RECORD: compared without case. */

enum { LEVEL_DATA = 2, LEVEL_PATIENT, LEVEL_CASE, LEVEL_PART, LEVEL_DOCUMENT };

static bool is_labelled(const struct mets_node *node, const char *label)
{
    return str_equal_nocase(str_trim(node->at[METS_AT_LABEL]), str_from(label));
}

static bool is_in_map(const struct mets_node *node)
{
    while (node != NULL && node->element != METS_STRUCT_MAP)
        node = node->parent;
    return node != NULL && is_labelled(node, "eHealth1");
}

static const struct mets_node *at_level(const struct mets_node *division, uint32_t level)
{
    while (division->level > level)
        division = division->parent;
    return division;
}

/* What a division at each level may be called, and the rules of its identifier and of another name.
 */
static const struct {
    uint32_t level;
    const char *label;
    enum content_rule id;
} divisions[] = {
    {LEVEL_DATA, "Data", CONTENT_ehealth_data_id},
    {LEVEL_PATIENT, "Patient Record", CONTENT_ehealth_patient_id},
    {LEVEL_CASE, "Case", CONTENT_ehealth_case_id},
    {LEVEL_PART, "Document", CONTENT_ehealth_document_id},
    {LEVEL_PART, "Subcase", CONTENT_ehealth_subcase_id},
    {LEVEL_DOCUMENT, "Document", CONTENT_ehealth_subcase_document_id},
};
static const struct {
    enum content_rule rule;
    const char *expected;
} labels[] = {[LEVEL_PATIENT] = {CONTENT_ehealth_patient_label, "Patient Record"},
              [LEVEL_CASE] = {CONTENT_ehealth_case_label, "Case"},
              [LEVEL_PART] = {CONTENT_ehealth_document_label, "Document, Subcase"},
              [LEVEL_DOCUMENT] = {CONTENT_ehealth_subcase_document_label, "Document"}};

static void see_division(struct content_package *p, const struct mets_node *node)
{
    bool known = false;
    bool in_subcase = node->level == LEVEL_DOCUMENT && is_labelled(node->parent, "Subcase");
    if (node->level < LEVEL_DATA || !is_labelled(at_level(node, LEVEL_DATA), "Data") ||
        node->level > LEVEL_DOCUMENT || (node->level == LEVEL_DOCUMENT && !in_subcase))
        return;
    for (size_t i = 0; i < COUNT(divisions); i++) {
        if (divisions[i].level != node->level || !is_labelled(node, divisions[i].label))
            continue;
        known = true;
        if (str_trim(node->at[METS_AT_ID]).len == 0)
            package_fault(p, divisions[i].id, p->now.mets, node->line, NOTHING, NOTHING);
    }
    if (!known)
        package_fault(p, labels[node->level].rule, p->now.mets, node->line, node->at[METS_AT_LABEL],
                      str_from(labels[node->level].expected));
    p->now.data += node->level == LEVEL_DATA;
    p->now.patients += node->level == LEVEL_PATIENT;
    p->now.cases += node->level == LEVEL_CASE;
}

static void end_division(const struct content_package *p, const struct mets_node *node)
{
    if (node->level >= LEVEL_PART && is_labelled(at_level(node, LEVEL_DATA), "Data") &&
        is_labelled(node, "Document") && node->children[METS_FPTR] == 0)
        package_fault(p, CONTENT_ehealth_document_files, p->now.mets, node->line, NOTHING, NOTHING);
}

static void see_file_pointer(const struct content_package *p, const struct mets_node *node)
{
    const struct mets_node *division = node->parent;
    if (division->level < LEVEL_DATA || !is_labelled(at_level(division, LEVEL_DATA), "Data"))
        return;
    if (division->level == LEVEL_DATA)
        package_fault(p, CONTENT_ehealth_data_files, p->now.mets, node->line, NOTHING, NOTHING);
    else if (str_trim(node->at[METS_AT_FILEID]).len == 0)
        package_fault(p, CONTENT_ehealth_file_id, p->now.mets, node->line, NOTHING, NOTHING);
}

static void see_map(struct content_package *p, const struct mets_node *node)
{
    p->now.maps++;
    if (str_trim(node->at[METS_AT_ID]).len == 0)
        package_fault(p, CONTENT_ehealth_map_id, p->now.mets, node->line, NOTHING, NOTHING);
}

static void end_map(struct content_package *p, const struct mets_node *root)
{
    struct representation *r = p->now.representation;
    enum content_rule rule = CONTENT_RULES;
    if (p->now.maps == 0)
        rule = CONTENT_ehealth_map;
    else if (p->now.data != 1)
        rule = CONTENT_ehealth_data_division;
    else if (p->now.patients > 0 && p->now.cases == 0)
        rule = CONTENT_ehealth_case;
    if (rule != CONTENT_RULES)
        package_fault(p, rule, p->now.mets, root->line, NOTHING, NOTHING);
    if (r == NULL)
        return;
    r->has_map = p->now.data == 1;
    r->patients = p->now.patients;
}

static void see_representation(struct content_package *p, const struct mets_event *event)
{
    const struct mets_node *node = event->node;
    switch (node->element) {
    case METS_STRUCT_MAP:
        if (!event->closes && is_in_map(node))
            see_map(p, node);
        break;
    case METS_DIV:
        if (event->closes && is_in_map(node))
            end_division(p, node);
        else if (!event->closes && is_in_map(node))
            see_division(p, node);
        break;
    case METS_FPTR:
        if (!event->closes && node->parent->element == METS_DIV && is_in_map(node))
            see_file_pointer(p, node);
        break;
    case METS_ROOT:
        if (event->closes)
            end_map(p, node);
        break;
    default: /* it tells nothing of patients */
        break;
    }
}

void ehealth_see(struct content_package *p, const struct mets_event *event)
{
    if (p->now.is_root)
        see_root(p, event);
    else if (p->now.second)
        see_representation(p, event);
}

/* --- files, and the end */

/* "patient1" of "representations/rep1/data/patient1/case1/a.txt"; absent of a file that lies in no
 * such folder. */
static struct str patient_of(struct str path)
{
    struct str below = {0};
    if (package_representation(path, &below).ptr == NULL || !str_starts(below, S("data/")))
        return NOTHING;
    struct str file = str_slice(below, 5, below.len);
    size_t slash = str_find(file, '/');
    return slash < file.len ? str_slice(file, 0, slash) : NOTHING;
}

bool content_package_has_patients(const struct content_package *p)
{
    return p->spec == SPEC_EHEALTH;
}

bool content_package_is_list(struct content_package *p, struct str path)
{
    struct str folder = patient_of(path);
    if (p->patients == NULL)
        p->patients = patients_new();
    if (folder.ptr != NULL)
        patients_folder(p->patients, folder);
    return str_starts(path, S("metadata/descriptive/"));
}

void content_package_list(struct content_package *p, struct str piece)
{
    patients_list(p->patients, piece);
}

void content_package_list_end(struct content_package *p)
{
    patients_list_end(p->patients);
}

void content_package_list_unknown(struct content_package *p)
{
    patients_unknown(p->patients);
}

/* EHGR5: of a folder that is seen for the first time. */
static void check_named(const struct content_package *p, struct str folder, struct str name)
{
    if (p->patients != NULL && !patients_is_unread(p->patients) &&
        !patients_is_named(p->patients, name))
        package_fault(p, CONTENT_ehealth_named, folder, 0, NOTHING, name);
}

void ehealth_file(struct content_package *p, struct representation *r, struct str path,
                  struct str below_data)
{
    size_t slash = str_find(below_data, '/');
    if (slash == below_data.len) {
        package_fault(p, CONTENT_ehealth_folder, path, 0, NOTHING, NOTHING);
        return;
    }
    struct str folder = str_slice(path, 0, path.len - below_data.len + slash);
    if (r == NULL || str_equal(folder, buf_str(&p->last_folder)))
        return;
    buf_clear(&p->last_folder);
    buf_put(&p->last_folder, folder);
    identities_add(&r->folders, folder, 0);
    check_named(p, folder, str_slice(below_data, 0, slash));
}

/* EH70: a division for each patient record. */
static void end_patients(const struct content_package *p, struct representation *r)
{
    char found[24];
    char expected[24];
    identities_sort(&r->folders);
    size_t folders = identities_distinct(&r->folders);
    if (!r->has_map || r->folders.too_many || r->patients == folders)
        return;
    snprintf(found, sizeof found, "%zu", r->patients);
    snprintf(expected, sizeof expected, "%zu", folders);
    package_fault(p, CONTENT_ehealth_patients, r->mets, r->line, str_from(found),
                  str_from(expected));
}

void ehealth_end(const struct content_package *p)
{
    for (size_t i = 0; i < p->count; i++)
        end_patients(p, &p->representations[i]);
    if (!p->has_data)
        package_fault(p, CONTENT_ehealth_data, S("representations"), 0, NOTHING, NOTHING);
    if (!p->has_documentation)
        package_fault(p, CONTENT_ehealth_agreement, S("documentation"), 0, NOTHING, NOTHING);
    if (!p->has_description)
        package_fault(p, CONTENT_ehealth_manifest, S("metadata/descriptive"), 0, NOTHING, NOTHING);
    if (p->patients != NULL && patients_is_unread(p->patients))
        package_fault(p, CONTENT_ehealth_unread, S("metadata/descriptive"), 0, NOTHING, NOTHING);
}
