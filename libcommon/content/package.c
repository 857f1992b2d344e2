/* What a package of a content information type is told by: METS files and paths. The rules of each
 * type are in package_siard.c and package_ehealth.c. */
#include "content/package_inside.h"

#include "base/base.h"

enum { WORD_KEPT = 64 };

struct content_package *content_package_new(struct arena *arena,
                                            const struct content_report *report)
{
    struct content_package *p = must_calloc(1, sizeof *p);
    p->arena = arena;
    p->report = *report;
    p->last_folder = buf_new(4 * PACKAGE_NAME_MAX);
    return p;
}

void content_package_free(struct content_package *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->count; i++)
        identities_free(&p->representations[i].folders);
    free(p->representations);
    buf_free(&p->last_folder);
    patients_free(p->patients);
    free(p);
}

/* --- METS files */

/* CITS are profiles of submissions: what an archive makes of one states a profile of E-ARK's that
 * is another, and what kind of content it keeps. */
static bool is_no_submission(struct str profile)
{
    static const char *const words[] = {"/E-ARK-AIP", "/E-ARK-DIP"};
    for (size_t i = 0; i < COUNT(words); i++)
        if (profile.len > 0 && memmem(profile.ptr, profile.len, words[i], strlen(words[i])) != NULL)
            return true;
    return false;
}

static enum spec spec_of(const struct mets_node *root)
{
    static const char *const siard[] = {"citssiard_v1_0", NULL};
    static const char *const ehealth[] = {"citsehpj_v1_0", "citsehpj_v2_0", NULL};
    struct str type = root->at[METS_AT_CSIP_CONTENT];
    if (is_no_submission(root->at[METS_AT_PROFILE]))
        return SPEC_NONE;
    if (package_is_among(type, siard))
        return SPEC_SIARD;
    return package_is_among(type, ehealth) ? SPEC_EHEALTH : SPEC_NONE;
}

static const char *const databases[] = {"Databases", NULL};
static const char *const other[] = {"OTHER", NULL};
static const char *const patients[] = {"Patient Medical Records", NULL};
static const char *const nothing[] = {NULL};
static const char *const siard_root[] = {"https://citssiard.dilcis.eu/profile/E-ARK-SIARD-ROOT.xml",
                                         NULL};
static const char *const siard_representation[] = {
    "https://citssiard.dilcis.eu/profile/E-ARK-SIARD-REPRESENTATION.xml", NULL};
/* With the version that the published profile has in its name, too. */
static const char *const ehealth_root[] = {
    "https://citsehealth1.dilcis.eu/profile/E-ARK-eHealth1-ROOT.xml",
    "https://citsehealth1.dilcis.eu/profile/E-ARK-eHealth1-ROOT_v2.0.1.xml", NULL};
static const char *const ehealth_representation[] = {
    "https://citsehealth1.dilcis.eu/profile/E-ARK-eHealth1-REPRESENTATION.xml",
    "https://citsehealth1.dilcis.eu/profile/E-ARK-eHealth1-REPRESENTATION_v2.0.1.xml", NULL};

/* What an attribute of the root element must be: one of these, or absent where there are none. */
static const struct {
    enum spec spec;
    bool representation;
    enum mets_attribute attribute;
    const char *const *values;
    enum content_rule rule;
} attributes[] = {
    {SPEC_SIARD, false, METS_AT_PROFILE, siard_root, CONTENT_siard_root_profile},
    {SPEC_SIARD, false, METS_AT_TYPE, databases, CONTENT_siard_root_type},
    {SPEC_SIARD, false, METS_AT_CSIP_OTHERCONTENT, nothing, CONTENT_siard_root_other},
    {SPEC_SIARD, true, METS_AT_PROFILE, siard_representation, CONTENT_siard_profile},
    {SPEC_SIARD, true, METS_AT_TYPE, databases, CONTENT_siard_type},
    {SPEC_SIARD, true, METS_AT_CSIP_OTHERCONTENT, siard_forms, CONTENT_siard_other},
    {SPEC_EHEALTH, false, METS_AT_PROFILE, ehealth_root, CONTENT_ehealth_root_profile},
    {SPEC_EHEALTH, false, METS_AT_TYPE, other, CONTENT_ehealth_root_type},
    {SPEC_EHEALTH, false, METS_AT_CSIP_OTHERTYPE, patients, CONTENT_ehealth_root_other},
    {SPEC_EHEALTH, true, METS_AT_PROFILE, ehealth_representation, CONTENT_ehealth_profile},
    {SPEC_EHEALTH, true, METS_AT_TYPE, other, CONTENT_ehealth_type},
    {SPEC_EHEALTH, true, METS_AT_CSIP_OTHERTYPE, patients, CONTENT_ehealth_other},
};

static bool fits(struct str value, const char *const *values)
{
    return *values == NULL ? value.len == 0 : package_is_among(value, values);
}

static void check_attributes(const struct content_package *p, const struct mets_node *root)
{
    for (size_t i = 0; i < COUNT(attributes); i++) {
        struct str value = root->at[attributes[i].attribute];
        if (attributes[i].spec == p->now.spec && attributes[i].representation != p->now.is_root &&
            !fits(value, attributes[i].values))
            package_fault(p, attributes[i].rule, p->now.mets, root->line, value,
                          str_from(attributes[i].values[0]));
    }
}

static void begin_representation(struct content_package *p, const struct mets_node *root)
{
    struct str below = {0};
    struct str name = package_representation(p->now.mets, &below);
    p->documents++;
    if (p->spec == SPEC_EHEALTH && p->now.spec != SPEC_EHEALTH)
        package_fault(p, CONTENT_ehealth_content, p->now.mets, root->line,
                      root->at[METS_AT_CSIP_CONTENT], S("citsehpj_v2_0"));
    if (p->now.spec == SPEC_NONE)
        return;
    struct representation *r = package_tell(p, name);
    p->now.representation = r;
    if (r == NULL)
        return;
    r->mets = p->now.mets;
    r->line = root->line;
    r->spec = p->now.spec;
    r->other =
        arena_str(p->arena, str_slice(str_trim(root->at[METS_AT_CSIP_OTHERCONTENT]), 0, WORD_KEPT));
}

static void begin_document(struct content_package *p, const struct mets_node *root, struct str mets)
{
    p->now = (struct package_document){
        .mets = mets,
        .spec = spec_of(root),
        .is_root = str_equal(mets, S("METS.xml")),
        .second = str_equal_nocase(str_trim(root->at[METS_AT_CSIP_CONTENT]), S("citsehpj_v2_0"))};
    check_attributes(p, root);
    if (!p->now.is_root) {
        begin_representation(p, root);
        return;
    }
    p->spec = p->now.spec;
    p->line = root->line;
}

void content_package_see(struct content_package *p, const struct mets_event *event, struct str mets)
{
    if (event->node->element == METS_ROOT && !event->closes)
        begin_document(p, event->node, mets);
    if (p->now.spec == SPEC_SIARD)
        siard_see(p, event);
    else if (p->now.spec == SPEC_EHEALTH)
        ehealth_see(p, event);
}

/* --- files */

void content_package_file(struct content_package *p, struct str path)
{
    struct str below = {0};
    if (p->spec == SPEC_NONE && p->count == 0)
        return;
    p->has_documentation |= str_starts(path, S("documentation/"));
    p->has_description |= str_starts(path, S("metadata/descriptive/"));
    struct str name = package_representation(path, &below);
    p->documented |= p->has_documentation || str_starts(below, S("documentation/"));
    if (name.ptr == NULL || !str_starts(below, S("data/")))
        return;
    struct representation *r = package_told(p, name);
    struct str file = str_slice(below, 5, below.len);
    p->has_data = true;
    if (r != NULL) {
        r->has_data = true;
        r->has_siard |=
            file.len > 6 && str_equal_nocase(str_slice(file, file.len - 6, file.len), S(".siard"));
    }
    if (p->spec == SPEC_EHEALTH)
        ehealth_file(p, r, path, file);
}

void content_package_end(struct content_package *p)
{
    package_settle(p);
    siard_end(p);
    if (p->spec == SPEC_EHEALTH)
        ehealth_end(p);
}
