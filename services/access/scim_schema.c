/* Names of attributes, by the table. */
#include "services/access/scim_schema.h"
#include "base/base.h"

const struct scim_attribute scim_attributes[SCIM_ATTRIBUTES] = {
#define A(id, resource, schema, name, sub, type, mutability, flags, description)                   \
    {SCIM_##id,   OF_##resource, SCHEMA_##schema, name,       sub,                                 \
     TYPE_##type, mutability,    flags,           description},
#include "services/access/scim_attributes.def"
#undef A
};

struct str scim_urn(enum scim_kind kind)
{
    return kind == SCIM_USER ? S(SCIM_URN_USER) : S(SCIM_URN_GROUP);
}

bool scim_is_of(const struct scim_attribute *attribute, enum scim_kind kind)
{
    return attribute->resource == OF_BOTH ||
           attribute->resource == (kind == SCIM_USER ? OF_USER : OF_GROUP);
}

bool scim_is_part(const struct scim_attribute *part, const struct scim_attribute *whole)
{
    return part->sub != NULL && whole->sub == NULL && part->resource == whole->resource &&
           part->schema == whole->schema && strcmp(part->name, whole->name) == 0;
}

static bool is_named(const char *name, struct str text)
{
    return str_equal_nocase(str_from(name), text);
}

/* Takes "urn:…:" off the path, and says of which schema it is. */
static enum scim_schema take_schema(enum scim_kind kind, struct str *path)
{
    const struct str urns[] = {scim_urn(kind), S(SCIM_URN_ENTERPRISE)};
    static const enum scim_schema schemas[] = {SCHEMA_CORE, SCHEMA_ENTERPRISE};
    for (size_t i = 0; i < COUNT(urns); i++) {
        if (path->len <= urns[i].len || path->ptr[urns[i].len] != ':' ||
            !str_equal_nocase(str_slice(*path, 0, urns[i].len), urns[i]))
            continue;
        *path = str_slice(*path, urns[i].len + 1, path->len);
        return schemas[i];
    }
    return SCHEMA_CORE;
}

static const struct scim_attribute *find_part(const struct scim_attribute *whole, struct str sub)
{
    for (size_t i = 0; i < SCIM_ATTRIBUTES; i++)
        if (scim_is_part(&scim_attributes[i], whole) && is_named(scim_attributes[i].sub, sub))
            return &scim_attributes[i];
    return (whole->flags & NOT_KEPT) != 0 ? whole : NULL;
}

static const struct scim_attribute *find_whole(enum scim_kind kind, enum scim_schema schema,
                                               struct str name)
{
    for (size_t i = 0; i < SCIM_ATTRIBUTES; i++) {
        const struct scim_attribute *a = &scim_attributes[i];
        bool fits = a->schema == schema || (a->schema == SCHEMA_COMMON && schema == SCHEMA_CORE);
        if (fits && a->sub == NULL && scim_is_of(a, kind) && is_named(a->name, name))
            return a;
    }
    return NULL;
}

const struct scim_attribute *scim_attribute_find(enum scim_kind kind, struct str path,
                                                 const struct scim_attribute *whole)
{
    if (whole != NULL)
        return find_part(whole, path);
    enum scim_schema schema = take_schema(kind, &path);
    size_t dot = str_find(path, '.');
    whole = find_whole(kind, schema, str_slice(path, 0, dot));
    if (whole == NULL || dot == path.len)
        return whole;
    return find_part(whole, str_slice(path, dot + 1, path.len));
}

uint64_t scim_attribute_set(enum scim_kind kind, struct str list)
{
    uint64_t set = 0;
    struct str name;
    while (str_cut(&list, ',', &name)) {
        const struct scim_attribute *named = scim_attribute_find(kind, str_trim(name), NULL);
        for (size_t i = 0; i < SCIM_ATTRIBUTES && named != NULL; i++)
            if (&scim_attributes[i] == named || scim_is_part(&scim_attributes[i], named))
                set |= (uint64_t)1 << i;
    }
    return set;
}
