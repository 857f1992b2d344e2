/* Mapping files: reading them and choosing one. */
#include "mapping.h"

#include "base/base.h"
#include "text/json.h"

#include <fnmatch.h>

static const char *const readers[] = {"files", "rivta", "erms", NULL};
static const char *const forms[] = {"csv", "xml", NULL};
static const char *const encodings[] = {"utf-8", "windows-1252", NULL};

static const struct field mapping_fields[] = {
    FIELD(struct mapping, driver, REQUIRED, .min = 1, .max = 1024),
    FIELD(struct mapping, reader, REQUIRED, .one_of = readers),
    FIELD(struct mapping, form, OPTIONAL, .one_of = forms),
    FIELD(struct mapping, row, OPTIONAL, .min = 1, .max = 128),
    FIELD(struct mapping, separator, OPTIONAL, .min = 1, .max = 1),
    FIELD(struct mapping, encoding, OPTIONAL, .one_of = encodings),
    FIELD(struct mapping, folder, OPTIONAL, .max = 1024),
    FIELD(struct mapping, fields, OPTIONAL),
    FIELDS_END};

static const struct field rule_fields[] = {
    FIELD(struct rule, field, REQUIRED, .min = 1, .max = 64),
    FIELD(struct rule, column, OPTIONAL, .min = 1, .max = 256),
    FIELD(struct rule, value, OPTIONAL, .min = 1),
    FIELD(struct rule, format, OPTIONAL, .min = 1, .max = 64),
    FIELD(struct rule, values, OPTIONAL, .max = 1000),
    FIELDS_END};

struct list {
    struct json_text mappings;
};
static const struct field list_fields[] = {FIELD(struct list, mappings, REQUIRED), FIELDS_END};

static struct err *read_one(struct mapping *m, const char *path, struct arena *arena)
{
    const char *fields = arena_format(arena, "%s.fields", path).ptr;
    void *rules = NULL;
    if (str_equal(m->form, S("xml")) && m->row.len == 0)
        return err_field(ERR_INVALID, path,
                         "an index in XML needs the name of its row element (row)");
    if (m->fields.text.len == 0)
        return NULL;
    TRY(json_read_list(m->fields.text, rule_fields, sizeof(struct rule), RULES_MAX,
                       JSON_REFUSE_UNKNOWN, fields, arena, &rules, &m->rules.count));
    m->rules.at = rules;
    return rules_resolve(&m->rules, fields);
}

struct err *mapping_read(struct str json, struct arena *arena, struct mapping **out_mappings,
                         size_t *out_count)
{
    struct list list = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(json_read(json, list_fields, JSON_REFUSE_UNKNOWN, "", arena, &list));
    TRY(json_read_list(list.mappings.text, mapping_fields, sizeof(struct mapping), MAPPINGS_MAX,
                       JSON_REFUSE_UNKNOWN, "mappings", arena, &items, &count));
    struct mapping *mappings = items;
    for (size_t i = 0; i < count; i++)
        TRY(read_one(&mappings[i], arena_format(arena, "mappings[%zu]", i).ptr, arena));
    *out_mappings = mappings;
    *out_count = count;
    return NULL;
}

const struct mapping *mapping_for(const struct mapping *mappings, size_t count, struct str path,
                                  struct arena *arena)
{
    const char *name = arena_cstr(arena, path);
    for (size_t i = 0; i < count; i++)
        if (fnmatch(arena_cstr(arena, mappings[i].driver), name, FNM_NOESCAPE) == 0)
            return &mappings[i];
    return NULL;
}

char mapping_separator(const struct mapping *mapping)
{
    return mapping->separator.len > 0 ? mapping->separator.ptr[0] : '\0';
}

enum text_encoding mapping_encoding(const struct mapping *mapping)
{
    if (mapping->encoding.len == 0)
        return TEXT_DETECT;
    return str_equal(mapping->encoding, S("utf-8")) ? TEXT_UTF8 : TEXT_WINDOWS_1252;
}
