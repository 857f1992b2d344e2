/* Rules of CITS SIARD and CITS eHealth1 about METS roots and folders. */
#include "content/package.h"

#include "base/base.h"
#include "content/inside.h"

enum { NAME_MAX_KEPT = 255 };
enum spec { SPEC_NONE, SPEC_SIARD, SPEC_EHEALTH };

struct representation {
    struct str name;
    struct str mets;
    int64_t line;
    enum spec spec;
    bool wants_siard; /* and no dump of another kind */
    bool has_siard;
};

struct content_package {
    struct arena *arena;
    struct content_report report;
    enum spec spec;
    int64_t line; /* of the root METS */
    struct representation *representations;
    size_t count;
    bool sorted;
    bool has_data; /* a file in the data folder of some representation */
    bool has_documentation;
    bool has_description;
};

struct content_package *content_package_new(struct arena *arena,
                                            const struct content_report *report)
{
    struct content_package *p = must_calloc(1, sizeof *p);
    p->arena = arena;
    p->report = *report;
    return p;
}

void content_package_free(struct content_package *p)
{
    if (p == NULL)
        return;
    free(p->representations);
    free(p);
}

static void fault(const struct content_package *p, enum content_rule rule, struct str path,
                  int64_t line, struct str found, struct str expected)
{
    content_fault(
        &p->report,
        &(struct content_fault){
            .rule = rule, .line = line, .inside = path, .found = found, .expected = expected});
}

/* --- METS roots */

static enum spec spec_of(const struct mets_node *root)
{
    static const struct {
        const char *type;
        enum spec spec;
    } types[] = {{"citssiard_v1_0", SPEC_SIARD},
                 {"citsehpj_v1_0", SPEC_EHEALTH},
                 {"citsehpj_v2_0", SPEC_EHEALTH}};
    for (size_t i = 0; i < COUNT(types); i++)
        if (str_equal_nocase(str_trim(root->at[METS_AT_CSIP_CONTENT]), str_from(types[i].type)))
            return types[i].spec;
    return SPEC_NONE;
}

static const char *const databases[] = {"Databases", NULL};
static const char *const other[] = {"OTHER", NULL};
static const char *const patients[] = {"Patient Medical Records", NULL};
static const char *const nothing[] = {NULL};
static const char *const database_forms[] = {"SIARD_1.0", "SIARD_2.0",     "SIARD_2.1",
                                             "SIARD_2.2", "Database_dump", NULL};
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
    {SPEC_SIARD, true, METS_AT_CSIP_OTHERCONTENT, database_forms, CONTENT_siard_other},
    {SPEC_EHEALTH, false, METS_AT_PROFILE, ehealth_root, CONTENT_ehealth_root_profile},
    {SPEC_EHEALTH, false, METS_AT_TYPE, other, CONTENT_ehealth_root_type},
    {SPEC_EHEALTH, false, METS_AT_CSIP_OTHERTYPE, patients, CONTENT_ehealth_root_other},
    {SPEC_EHEALTH, true, METS_AT_PROFILE, ehealth_representation, CONTENT_ehealth_profile},
    {SPEC_EHEALTH, true, METS_AT_TYPE, other, CONTENT_ehealth_type},
    {SPEC_EHEALTH, true, METS_AT_CSIP_OTHERTYPE, patients, CONTENT_ehealth_other},
};

static bool fits(struct str value, const char *const *values)
{
    if (*values == NULL)
        return value.len == 0;
    for (; *values != NULL; values++)
        if (str_equal_nocase(str_trim(value), str_from(*values)))
            return true;
    return false;
}

static void check_attributes(const struct content_package *p, enum spec spec, bool representation,
                             const struct mets_node *root, struct str mets)
{
    for (size_t i = 0; i < COUNT(attributes); i++) {
        struct str value = root->at[attributes[i].attribute];
        if (attributes[i].spec == spec && attributes[i].representation == representation &&
            !fits(value, attributes[i].values))
            fault(p, attributes[i].rule, mets, root->line, value,
                  str_from(attributes[i].values[0]));
    }
}

/* "rep1" of a path in "representations/rep1/", and what lies below that; absent when it is none. */
static struct str representation_of(struct str path, struct str *out_below)
{
    struct str begin = S("representations/");
    if (!str_starts(path, begin))
        return (struct str){0};
    struct str rest = str_slice(path, begin.len, path.len);
    size_t slash = str_find(rest, '/');
    *out_below = str_slice(rest, slash + 1, rest.len);
    return slash < rest.len ? str_slice(rest, 0, slash) : (struct str){0};
}

static void add_representation(struct content_package *p, const struct mets_node *root,
                               struct str mets)
{
    struct str below = {0};
    struct str name = representation_of(mets, &below);
    enum spec spec = spec_of(root);
    if (name.len == 0 || name.len > NAME_MAX_KEPT || p->count == CONTENT_REPRESENTATIONS)
        return;
    if (p->spec == SPEC_EHEALTH && spec != SPEC_EHEALTH)
        fault(p, CONTENT_ehealth_content, mets, root->line, root->at[METS_AT_CSIP_CONTENT],
              S("citsehpj_v2_0"));
    if (spec == SPEC_NONE)
        return;
    if (p->representations == NULL)
        p->representations = must_calloc(CONTENT_REPRESENTATIONS, sizeof *p->representations);
    p->representations[p->count++] = (struct representation){
        .name = arena_str(p->arena, name),
        .mets = arena_str(p->arena, mets),
        .line = root->line,
        .spec = spec,
        .wants_siard =
            spec == SPEC_SIARD &&
            !str_equal_nocase(str_trim(root->at[METS_AT_CSIP_OTHERCONTENT]), S("Database_dump"))};
}

void content_package_mets(struct content_package *p, const struct mets_node *root, struct str mets)
{
    bool representation = !str_equal(mets, S("METS.xml"));
    check_attributes(p, spec_of(root), representation, root, mets);
    if (representation) {
        add_representation(p, root, mets);
        return;
    }
    p->spec = spec_of(root);
    p->line = root->line;
}

/* --- files */

static int compare_representations(const void *a, const void *b)
{
    const struct representation *left = a;
    const struct representation *right = b;
    return str_compare(left->name, right->name);
}

static struct representation *find(struct content_package *p, struct str name)
{
    const struct representation wanted = {.name = name};
    if (p->count == 0)
        return NULL;
    if (!p->sorted)
        qsort(p->representations, p->count, sizeof *p->representations, compare_representations);
    p->sorted = true;
    return bsearch(&wanted, p->representations, p->count, sizeof wanted, compare_representations);
}

void content_package_file(struct content_package *p, struct str path)
{
    struct str below = {0};
    if (p->spec == SPEC_NONE && p->count == 0)
        return;
    p->has_documentation |= str_starts(path, S("documentation/"));
    p->has_description |= str_starts(path, S("metadata/descriptive/"));
    struct str name = representation_of(path, &below);
    if (name.ptr == NULL || !str_starts(below, S("data/")))
        return;
    struct representation *r = find(p, name);
    struct str file = str_slice(below, 5, below.len);
    p->has_data = true;
    if (r != NULL && r->spec == SPEC_SIARD)
        r->has_siard |=
            file.len > 6 && str_equal_nocase(str_slice(file, file.len - 6, file.len), S(".siard"));
    if (p->spec == SPEC_EHEALTH && str_find(file, '/') == file.len)
        fault(p, CONTENT_ehealth_folder, path, 0, (struct str){0}, (struct str){0});
}

/* --- the end */

static void check_ehealth(const struct content_package *p)
{
    if (!p->has_data)
        fault(p, CONTENT_ehealth_data, S("representations"), 0, (struct str){0}, (struct str){0});
    if (!p->has_documentation)
        fault(p, CONTENT_ehealth_agreement, S("documentation"), 0, (struct str){0},
              (struct str){0});
    if (!p->has_description)
        fault(p, CONTENT_ehealth_manifest, S("metadata/descriptive"), 0, (struct str){0},
              (struct str){0});
}

void content_package_end(struct content_package *p)
{
    size_t databases_there = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct representation *r = &p->representations[i];
        databases_there += r->spec == SPEC_SIARD;
        if (r->wants_siard && !r->has_siard)
            fault(p, CONTENT_siard_file, r->mets, r->line, (struct str){0}, S("data/*.siard"));
    }
    if (p->spec == SPEC_SIARD && databases_there == 0)
        fault(p, CONTENT_siard_representation, S("METS.xml"), p->line, (struct str){0},
              (struct str){0});
    if (p->spec == SPEC_EHEALTH)
        check_ehealth(p);
}
