/* Claims and assignments. */
#include "services/access/claims.h"
#include "base/base.h"
#include "text/json.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { FILE_MAX = 64 * 1024, VALUES_MAX = 100, RIGHTS_MAX = 200 };

static const struct field mapping_fields[] = {
    FIELD(struct claim_mapping, name, REQUIRED, .min = 1, .max = 64),
    FIELD(struct claim_mapping, title, REQUIRED, .min = 1, .max = 200),
    FIELD(struct claim_mapping, person, OPTIONAL, .min = 1, .max = 128),
    FIELD(struct claim_mapping, assignment, OPTIONAL, .min = 1, .max = 128),
    FIELD(struct claim_mapping, unit, OPTIONAL, .min = 1, .max = 128),
    FIELD(struct claim_mapping, care_unit, OPTIONAL, .min = 1, .max = 128),
    FIELD(struct claim_mapping, care_provider, OPTIONAL, .min = 1, .max = 128),
    FIELD(struct claim_mapping, purpose, OPTIONAL, .min = 1, .max = 128),
    FIELD(struct claim_mapping, right, OPTIONAL, .min = 1, .max = 128),
    FIELD(struct claim_mapping, reading, REQUIRED, .max = VALUES_MAX),
    FIELD(struct claim_mapping, whole, REQUIRED, .max = VALUES_MAX),
    FIELD(struct claim_mapping, care, REQUIRED),
    FIELD(struct claim_mapping, for_care, REQUIRED, .max = VALUES_MAX),
    FIELD_NAMED(struct claim_mapping, purposes_list, "purposes", REQUIRED),
    FIELD_NAMED(struct claim_mapping, levels_list, "levels", REQUIRED),
    FIELD_NAMED(struct claim_mapping, reaches_list, "reaches", REQUIRED),
    FIELD(struct claim_mapping, request, OPTIONAL),
    FIELDS_END};

static const struct field purpose_fields[] = {
    FIELD(struct claim_value, value, REQUIRED, .min = 1),
    FIELD(struct claim_value, purpose, REQUIRED, .one_of = permission_purposes), FIELDS_END};

static const struct field level_fields[] = {
    FIELD(struct claim_value, value, REQUIRED, .min = 1),
    FIELD(struct claim_value, level, REQUIRED, .min = 1, .max = 4), FIELDS_END};

static const struct field reach_fields[] = {
    FIELD(struct claim_value, value, REQUIRED, .min = 1),
    FIELD(struct claim_value, reach, REQUIRED, .one_of = permission_reaches), FIELDS_END};

static struct err *read_values(struct str list, const struct field *fields, const char *name,
                               struct arena *arena, const struct claim_value **out,
                               size_t *out_count)
{
    void *items = NULL;
    TRY(json_read_list(list, fields, sizeof(struct claim_value), VALUES_MAX, JSON_REFUSE_UNKNOWN,
                       name, arena, &items, out_count));
    *out = items;
    return NULL;
}

static struct err *read_mapping(struct str text, struct str name, struct arena *arena,
                                struct claim_mapping *out)
{
    struct claim_mapping mapping = {0};
    TRY(json_read(text, mapping_fields, JSON_REFUSE_UNKNOWN, "", arena, &mapping));
    if (!str_equal(mapping.name, name))
        return err_field(ERR_INVALID, "name", "not the file's name");
    TRY(read_values(mapping.purposes_list.text, purpose_fields, "purposes", arena,
                    &mapping.purposes, &mapping.purpose_count));
    TRY(read_values(mapping.levels_list.text, level_fields, "levels", arena, &mapping.levels,
                    &mapping.level_count));
    TRY(read_values(mapping.reaches_list.text, reach_fields, "reaches", arena, &mapping.reaches,
                    &mapping.reach_count));
    *out = mapping;
    return NULL;
}

/* It becomes a part of a path. */
static bool is_name(struct str name)
{
    bool good = name.len >= 1 && name.len <= 64;
    for (size_t i = 0; i < name.len; i++)
        good = good && ((name.ptr[i] >= 'a' && name.ptr[i] <= 'z') || name.ptr[i] == '-' ||
                        (name.ptr[i] >= '0' && name.ptr[i] <= '9'));
    return good;
}

struct err *claim_mapping_load(struct str schemas, struct str name, struct arena *arena,
                               struct claim_mapping *out)
{
    if (!is_name(name))
        return err_new(ERR_NOT_FOUND, "there is no such mapping of claims");
    struct str path =
        arena_format(arena, "%.*s/sign-in/%.*s.json", STR_ARG(schemas), STR_ARG(name));
    autoclose int file = open(path.ptr, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return err_new(ERR_NOT_FOUND, "there is no such mapping of claims");
    char *text = arena_alloc(arena, FILE_MAX, 1);
    ssize_t got = file >= 0 ? read(file, text, FILE_MAX) : -1;
    if (got < 0)
        return err_errno(ERR_STORAGE, "could not read \"%s\"", path.ptr);
    return err_wrap(read_mapping((struct str){text, (size_t)got}, name, arena, out), "\"%s\"",
                    path.ptr);
}

/* --- reading
 * ---------------------------------------------------------------------------------------- */

/* The one value of a claim; absent when the mapping has no such claim, or the token not. */
static struct err *one_value(struct str claims, struct str name, struct arena *arena,
                             struct str *out)
{
    struct strs values = {0};
    if (name.ptr == NULL)
        return NULL;
    TRY(json_member_strs(claims, name.ptr, VALUES_MAX, arena, &values));
    if (values.count > 1)
        return err_field(ERR_FORBIDDEN, name.ptr,
                         "the identity provider names several: choose one there");
    if (values.count == 1 && values.at[0].len > 0)
        *out = values.at[0];
    return NULL;
}

static const struct claim_value *find_value(const struct claim_value *values, size_t count,
                                            struct str value)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(values[i].value, value))
            return &values[i];
    return NULL;
}

static struct err *read_purpose(const struct claim_mapping *mapping, struct str claims,
                                struct arena *arena, struct str *out)
{
    struct str said = {0};
    TRY(one_value(claims, mapping->purpose, arena, &said));
    if (said.ptr == NULL)
        return NULL;
    const struct claim_value *known = find_value(mapping->purposes, mapping->purpose_count, said);
    if (known == NULL)
        return err_field(ERR_FORBIDDEN, mapping->purpose.ptr,
                         "a purpose that opens nothing in the archive");
    *out = known->purpose;
    return NULL;
}

static bool is_listed(struct strs list, struct str word)
{
    for (size_t i = 0; i < list.count; i++)
        if (str_equal(list.at[i], word))
            return true;
    return false;
}

/* How far one right, activity;information;scope (HSA), lets one read; not known when it lets one
 * read nothing. The directory's kinds of information are not our types, so only what stands for all
 * of it reaches further than one's own unit. */
static enum permission_reach reach_of(const struct claim_mapping *mapping, struct str right)
{
    struct str activity = {0};
    struct str information = {0};
    if (!str_cut(&right, ';', &activity) || !is_listed(mapping->reading, activity))
        return REACH_NOT_KNOWN;
    if (!str_cut(&right, ';', &information) || !is_listed(mapping->whole, information))
        return REACH_CARE_UNIT;
    const struct claim_value *known = find_value(mapping->reaches, mapping->reach_count, right);
    return known == NULL ? REACH_CARE_UNIT
                         : (enum permission_reach)permission_word(permission_reaches, known->reach);
}

/* Without a right to read there is nothing to do here. */
static struct err *read_rights(const struct claim_mapping *mapping, struct str claims,
                               struct arena *arena, enum permission_reach *out)
{
    struct strs rights = {0};
    enum permission_reach reach = REACH_NOT_KNOWN;
    *out = REACH_NOT_STATED;
    if (mapping->right.ptr == NULL)
        return NULL;
    TRY(json_member_strs(claims, mapping->right.ptr, RIGHTS_MAX, arena, &rights));
    for (size_t i = 0; i < rights.count; i++) {
        enum permission_reach one = reach_of(mapping, rights.at[i]);
        reach = one > reach ? one : reach;
    }
    if (rights.count > 0 && reach == REACH_NOT_KNOWN)
        return err_field(ERR_FORBIDDEN, mapping->right.ptr, "none of the rights lets one read");
    *out = rights.count > 0 ? reach : REACH_CARE_UNIT;
    return NULL;
}

static struct err *find_for_care(const struct claim_mapping *mapping, struct str claims,
                                 struct arena *arena, bool *out)
{
    bool all = mapping->care;
    for (size_t i = 0; i < mapping->for_care.count; i++) {
        struct strs values = {0};
        TRY(json_member_strs(claims, mapping->for_care.at[i].ptr, RIGHTS_MAX, arena, &values));
        all = all && values.count > 0;
    }
    *out = all;
    return NULL;
}

struct err *claims_read(const struct claim_mapping *mapping, struct str claims,
                        struct str assurance, struct arena *arena, struct claimed *out)
{
    struct claimed said = {0};
    const struct claim_value *level = find_value(mapping->levels, mapping->level_count, assurance);
    TRY(one_value(claims, mapping->person, arena, &said.person));
    TRY(one_value(claims, mapping->assignment, arena, &said.assignment));
    TRY(one_value(claims, mapping->unit, arena, &said.unit));
    TRY(one_value(claims, mapping->care_unit, arena, &said.care_unit));
    TRY(one_value(claims, mapping->care_provider, arena, &said.care_provider));
    TRY(read_purpose(mapping, claims, arena, &said.purpose));
    TRY(read_rights(mapping, claims, arena, &said.reach));
    TRY(find_for_care(mapping, claims, arena, &said.care_allowed));
    if (mapping->person.ptr != NULL && said.person.ptr == NULL)
        return err_field(ERR_FORBIDDEN, mapping->person.ptr,
                         "the identity provider does not say who it is");
    said.level = assurance.ptr != NULL && level != NULL ? level->level : 0;
    *out = said;
    return NULL;
}

/* --- agreeing
 * --------------------------------------------------------------------------------------- */

static bool same_place(struct str said, struct str ours)
{
    return said.ptr == NULL || str_equal(said, ours);
}

bool claims_agree(const struct claimed *claimed, const struct claim_assignment *assignment,
                  int32_t level)
{
    bool agree = claimed->level >= level && same_place(claimed->unit, assignment->unit) &&
                 same_place(claimed->care_unit, assignment->care_unit) &&
                 same_place(claimed->care_provider, assignment->care_provider);
    for (size_t i = 0; i < assignment->purposes.count; i++) {
        struct str purpose = assignment->purposes.at[i];
        if (claimed->purpose.ptr != NULL && !str_equal(purpose, claimed->purpose))
            agree = false;
        if (str_equal(purpose, str_from(permission_purposes[PURPOSE_CARE - 1])) &&
            (claimed->level < ASSURANCE_CARE || !claimed->care_allowed))
            agree = false;
    }
    return agree;
}
