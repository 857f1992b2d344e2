/* Which reader a file needs. */
#include "content/content.h"

#include "base/base.h"

static bool is_named(struct str path, struct str ending)
{
    return path.len > ending.len &&
           str_equal_nocase(str_slice(path, path.len - ending.len, path.len), ending);
}

/* CITS SIARD 1.0 and the types that CSIP had before it. */
static const char *const databases[] = {"citssiard_v1_0", "SIARD1", "SIARD2", NULL};
static const struct {
    const char *name;
    enum content_kind kind;
} siard_versions[] = {{"SIARD_1.0", CONTENT_SIARD_1_0},
                      {"SIARD_2.0", CONTENT_SIARD_2_0},
                      {"SIARD_2.1", CONTENT_SIARD_2_1},
                      {"SIARD_2.2", CONTENT_SIARD_2_2}};

static bool is_among(struct str word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (str_equal_nocase(word, str_from(*words)))
            return true;
    return false;
}

/* CONTENT_NONE when METS says of no database. */
static enum content_kind database_of(const struct content_stated *stated)
{
    for (size_t i = 0; i < COUNT(siard_versions); i++)
        if (str_equal_nocase(stated->other, str_from(siard_versions[i].name)))
            return siard_versions[i].kind;
    return is_among(stated->type, databases) ? CONTENT_SIARD : CONTENT_NONE;
}

/* Registries: CITS ERMS, and the type that CSIP had before it. */
static enum content_kind registry_of(const struct content_stated *stated)
{
    static const struct {
        const char *name;
        enum content_kind kind;
    } types[] = {{"ERMS", CONTENT_ERMS},
                 {"citserms_v2_1", CONTENT_ERMS_2_1},
                 {"citserms_v3_0", CONTENT_ERMS_3_0}};
    for (size_t i = 0; i < COUNT(types); i++)
        if (str_equal_nocase(stated->type, str_from(types[i].name)))
            return types[i].kind;
    return CONTENT_NONE;
}

/* Below the root or below a representation. */
static bool lies_in(struct str path, struct str folder)
{
    struct str representations = S("representations/");
    if (str_starts(path, representations)) {
        path = str_slice(path, representations.len, path.len);
        path = str_slice(path, str_find(path, '/') + 1, path.len);
    }
    return str_starts(path, folder);
}

/* Patients' records: CITS eHealth1, or no specification but R7e's own information type. */
static enum content_kind care_of(const struct content_stated *stated)
{
    static const char *const types[] = {"citsehpj_v1_0", "citsehpj_v2_0", NULL};
    if (is_among(stated->type, types))
        return CONTENT_CARE_OF_PATIENT;
    return str_equal_nocase(stated->type, S("OTHER")) && str_equal_nocase(stated->other, S("care"))
               ? CONTENT_CARE
               : CONTENT_NONE;
}

static enum content_kind document_of(const struct content_stated *stated, struct str path)
{
    enum content_kind registry = registry_of(stated);
    bool metadata = lies_in(path, S("metadata/"));
    if (stated->aip && lies_in(path, S("metadata/preservation/")))
        return CONTENT_XML_OF_AIP;
    if (registry != CONTENT_NONE && (metadata || lies_in(path, S("data/"))))
        return registry;
    if (care_of(stated) != CONTENT_NONE && lies_in(path, S("data/")))
        return care_of(stated);
    return metadata ? CONTENT_XML : CONTENT_NONE;
}

enum content_kind content_kind_of(const struct content_stated *stated, struct str path)
{
    if (is_named(path, S(".siard")))
        return database_of(stated);
    if (is_named(path, S(".dcm")))
        return CONTENT_DICOM;
    if (is_named(path, S(".xml")))
        return document_of(stated, path);
    return CONTENT_NONE;
}

bool content_is_scattered(enum content_kind kind)
{
    return kind >= CONTENT_SIARD && kind <= CONTENT_SIARD_2_2;
}
