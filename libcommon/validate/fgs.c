/* What an FGS package is known by, and its words in those of E-ARK. */
#include "validate/fgs.h"

#include "base/base.h"
#include "base/uuid.h"

#define FILE_ROOT S("file:///")

bool fgs_is_sip(struct str name)
{
    return str_equal_nocase(name, S("sip.xml"));
}

bool fgs_is_description(struct str name)
{
    return fgs_is_sip(name) || str_equal_nocase(name, S("mets.xml"));
}

static bool holds(struct str text, const char *word)
{
    return memmem(text.ptr != NULL ? text.ptr : "", text.len, word, strlen(word)) != NULL;
}

bool fgs_is_profile(struct str profile)
{
    return holds(profile, "xml.ra.se/e-arkiv/METS/");
}

enum applies fgs_version(const struct mets_node *root)
{
    const enum mets_attribute telling[] = {METS_AT_PROFILE, METS_AT_SCHEMA_LOCATION};
    for (size_t i = 0; i < COUNT(telling); i++) {
        if (holds(root->at[telling[i]], "/version11/"))
            return IN_FGS_1_1;
        if (holds(root->at[telling[i]], "/version12/"))
            return IN_FGS_1_2;
    }
    bool times =
        holds(root->at[METS_AT_FGS_STARTDATE], "T") || holds(root->at[METS_AT_FGS_ENDDATE], "T");
    return times ? IN_FGS_1_1 : IN_FGS_1_2;
}

struct str fgs_objid(struct str objid, struct arena *arena)
{
    struct uuid id;
    struct str rest = str_trim(objid);
    struct str prefix = str_slice(rest, 0, str_find(rest, ':') + 1);
    if (str_equal_nocase(prefix, S("UUID:")) || str_equal_nocase(prefix, S("GUID:")))
        rest = str_slice(rest, prefix.len, rest.len);
    return uuid_parse(rest, &id) ? arena_format(arena, "%s", uuid_text(id).text) : objid;
}

struct package_stated fgs_stated(struct str type)
{
    static const struct {
        const char *type;
        const char *category;
        const char *other;
    } words[] = {{"Databases", "Databases", NULL},
                 {"Webpages", "Websites", NULL},
                 {"GIS", "Geospatial Data", NULL},
                 {"No specification", "Mixed", NULL},
                 {"Unstructured", "Mixed", NULL},
                 {"AIC", "Collection", NULL},
                 {"Medical record", "Other", "Patient Medical Records"}};
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_equal(type, str_from(words[i].type)))
            return (struct package_stated){.content_category = str_from(words[i].category),
                                           .other_content_category = str_from(words[i].other)};
    return (struct package_stated){.content_category = S("Other"), .other_content_category = type};
}

struct str fgs_href(struct str href)
{
    bool from_root = str_equal_nocase(str_slice(href, 0, FILE_ROOT.len), FILE_ROOT);
    return from_root ? str_slice(href, FILE_ROOT.len, href.len) : href;
}
