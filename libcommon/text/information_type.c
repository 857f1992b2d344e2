/* Reading information types. */
#include "text/information_type.h"
#include "base/base.h"
#include "domain/permission.h"
#include "domain/record.h"
#include "text/json.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

enum { FIELDS_MAX = 200, CATEGORIES_MAX = 200, YEARS_MAX = 1000, READ_STEP = 64 * 1024 };

const char *const information_field_types[] = {"text", "name", "code", "time",
                                               "flag", "file", NULL};
static const char *const clocks[] = {"occurred_at", "ended_at", "documented_at", "last_entry",
                                     NULL};

static const struct field type_fields[] = {
    FIELD(struct information_type, name, REQUIRED, .min = 1, .max = 64),
    FIELD(struct information_type, sv, REQUIRED, .min = 1, .max = 256),
    FIELD(struct information_type, en, REQUIRED, .min = 1, .max = 256),
    FIELD(struct information_type, information, REQUIRED, .one_of = permission_informations),
    FIELD(struct information_type, readers, REQUIRED, .max = 20),
    FIELD(struct information_type, access, REQUIRED, .max = 20),
    FIELD(struct information_type, about_person, REQUIRED),
    FIELD(struct information_type, text_search, REQUIRED),
    FIELD(struct information_type, secrecy, REQUIRED, .min = 1, .max = 256),
    FIELD(struct information_type, secrecy_years, REQUIRED, .max = YEARS_MAX),
    FIELD(struct information_type, secrecy_from, REQUIRED, .one_of = clocks),
    FIELD(struct information_type, retention, REQUIRED, .min = 1, .max = 256),
    FIELD(struct information_type, retention_years, REQUIRED, .max = YEARS_MAX),
    FIELD(struct information_type, retention_from, REQUIRED, .one_of = clocks),
    FIELD_NAMED(struct information_type, fields_list, "fields", REQUIRED),
    FIELD_NAMED(struct information_type, categories_list, "categories", REQUIRED),
    FIELDS_END};

static const struct field field_fields[] = {
    FIELD(struct information_field, name, REQUIRED, .min = 1, .max = 64),
    FIELD(struct information_field, field, OPTIONAL, .min = 1, .max = 64),
    FIELD(struct information_field, path, OPTIONAL, .min = 1, .max = 512),
    FIELD(struct information_field, type, REQUIRED, .one_of = information_field_types),
    FIELD(struct information_field, sv, REQUIRED, .min = 1, .max = 256),
    FIELD(struct information_field, en, REQUIRED, .min = 1, .max = 256),
    FIELD(struct information_field, searchable, OPTIONAL),
    FIELD(struct information_field, facet, OPTIONAL),
    FIELD(struct information_field, shown, OPTIONAL),
    FIELDS_END};

static const struct field category_fields[] = {
    FIELD(struct information_category, name, REQUIRED, .min = 1, .max = 64),
    FIELD(struct information_category, sv, REQUIRED, .min = 1, .max = 256),
    FIELD(struct information_category, en, REQUIRED, .min = 1, .max = 256), FIELDS_END};

const struct information_type *information_type_named(const struct information_types *types,
                                                      struct str name)
{
    for (size_t i = 0; i < types->count; i++)
        if (str_equal(types->at[i].name, name))
            return &types->at[i];
    return NULL;
}

const struct information_field *information_field_named(const struct information_type *type,
                                                        struct str name)
{
    for (size_t i = 0; i < type->field_count; i++)
        if (str_equal(type->fields[i].name, name))
            return &type->fields[i];
    return NULL;
}

const struct information_category *information_category_named(const struct information_type *type,
                                                              struct str name)
{
    for (size_t i = 0; i < type->category_count; i++)
        if (str_equal(type->categories[i].name, name))
            return &type->categories[i];
    return NULL;
}

static bool is_column(struct str name)
{
    for (const struct field *f = record_fields; f->name != NULL; f++)
        if (str_equal(str_from(f->name), name))
            return true;
    return false;
}

static struct err *check_field(const struct information_type *type, size_t i, struct arena *arena)
{
    const struct information_field *f = &type->fields[i];
    const char *path = arena_format(arena, "fields[%zu]", i).ptr;
    if ((f->field.len > 0) == (f->path.len > 0))
        return err_field(ERR_INVALID, path, "needs either a field or a path");
    if (f->field.len > 0 && !is_column(f->field))
        return err_field(ERR_INVALID, path, "\"%.*s\" is no field of a record", STR_ARG(f->field));
    if (f->field.len == 0 && (f->searchable || f->facet || f->shown))
        return err_field(ERR_INVALID, path, "what is only in the content is in no list or search");
    if (information_field_named(type, f->name) != f)
        return err_field(ERR_INVALID, path, "two fields have the same name");
    return NULL;
}

static struct err *check(const struct information_type *type, struct arena *arena)
{
    for (size_t i = 0; i < type->field_count; i++)
        TRY(check_field(type, i, arena));
    for (size_t i = 0; i < type->category_count; i++)
        if (information_category_named(type, type->categories[i].name) != &type->categories[i])
            return err_field(ERR_INVALID, "categories", "two categories have the same name");
    for (size_t i = 0; i < type->access.count; i++)
        if (!is_column(type->access.at[i]))
            return err_field(ERR_INVALID, "access", "\"%.*s\" is no field of a record",
                             STR_ARG(type->access.at[i]));
    return NULL;
}

struct err *information_type_read(struct str json, struct arena *arena,
                                  struct information_type *out)
{
    struct information_type type = {0};
    void *fields = NULL;
    void *categories = NULL;
    TRY(json_read(json, type_fields, JSON_REFUSE_UNKNOWN, "", arena, &type));
    TRY(json_read_list(type.fields_list.text, field_fields, sizeof(struct information_field),
                       FIELDS_MAX, JSON_REFUSE_UNKNOWN, "fields", arena, &fields,
                       &type.field_count));
    TRY(json_read_list(type.categories_list.text, category_fields,
                       sizeof(struct information_category), CATEGORIES_MAX, JSON_REFUSE_UNKNOWN,
                       "categories", arena, &categories, &type.category_count));
    type.fields = fields;
    type.categories = categories;
    TRY(check(&type, arena));
    *out = type;
    return NULL;
}

static struct err *read_file(int folder, const char *name, struct buf *out)
{
    autoclose int file = openat(folder, name, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? 1 : -1;
    while (got > 0) {
        char *room = buf_reserve(out, READ_STEP);
        if (room == NULL)
            break;
        got = read(file, room, READ_STEP);
        out->len += got > 0 ? (size_t)got : 0;
    }
    if (got < 0)
        return err_errno(ERR_STORAGE, "could not read information type \"%s\"", name);
    return buf_done(out, name);
}

static struct err *load_one(int folder, const char *name, struct arena *arena,
                            struct information_type *out)
{
    autobuf struct buf json = buf_new(INFORMATION_TYPE_SIZE_MAX);
    struct str stem = str_slice(str_from(name), 0, strlen(name) - strlen(".json"));
    TRY(read_file(folder, name, &json));
    TRY(err_wrap(information_type_read(buf_str(&json), arena, out), "information type \"%s\"",
                 name));
    if (!str_equal(out->name, stem))
        return err_field(ERR_INVALID, "name", "information type \"%s\" bears another name", name);
    return NULL;
}

static int is_json(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && str_ends(str_from(entry->d_name), S(".json"));
}

static struct err *load_all(int folder, struct dirent **names, size_t count, struct arena *arena,
                            struct information_types *out)
{
    if (count > INFORMATION_TYPES_MAX)
        return err_new(ERR_TOO_LARGE, "more than %d information types", INFORMATION_TYPES_MAX);
    struct information_type *types = ARENA_ARRAY(arena, struct information_type, count + 1);
    for (size_t i = 0; i < count; i++)
        TRY(load_one(folder, names[i]->d_name, arena, &types[i]));
    *out = (struct information_types){types, count};
    return NULL;
}

struct err *information_types_load(const char *folder, struct arena *arena,
                                   struct information_types *out)
{
    autoclose int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct dirent **names = NULL;
    int count = directory >= 0 ? scandirat(directory, ".", &names, is_json, alphasort) : -1;
    if (count < 0)
        return err_errno(ERR_STORAGE, "could not open the information types in \"%s\"", folder);
    struct err *e = load_all(directory, names, (size_t)count, arena, out);
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return e;
}
