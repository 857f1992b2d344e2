/* JSON by field tables. */
#include "text/json.h"
#include "base/base.h"
#include "base/base64.h"

#include <jansson.h>

static struct err *parse(struct str text, const char *path, json_t **out)
{
    json_error_t where;
    json_t *root = json_loadb(text.ptr != NULL ? text.ptr : "", text.len,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
    if (root == NULL)
        return err_field(ERR_INVALID, path, "not valid JSON: line %d column %d: %s", where.line,
                         where.column, where.text);
    *out = root;
    return NULL;
}

static struct str value_text(const json_t *value, struct arena *arena)
{
    if (json_is_string(value))
        return arena_str(arena, (struct str){json_string_value(value), json_string_length(value)});
    char *dumped = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (dumped == NULL)
        abort();
    struct str copy = arena_str(arena, str_from(dumped));
    free(dumped);
    return copy;
}

static struct err *read_base64(struct str text, const char *path, struct arena *arena,
                               struct bytes *out)
{
    if (!base64_decode(text, arena, &out->raw))
        return err_field(ERR_INVALID, path, "not base64");
    return NULL;
}

static struct err *read_list(const struct field *f, const json_t *value, const char *path,
                             struct arena *arena, void *out)
{
    size_t limit = f->max != 0 ? (size_t)f->max : FIELD_LIST_MAX;
    if (!json_is_array(value))
        return err_field(ERR_INVALID, path, "not a list");
    if (json_array_size(value) > limit)
        return err_field(ERR_TOO_LARGE, path, "more than %zu items", limit);
    size_t count = json_array_size(value);
    struct str *texts = ARENA_ARRAY(arena, struct str, count + 1);
    struct uuid *ids = ARENA_ARRAY(arena, struct uuid, count + 1);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(value, i);
        if (!json_is_string(item))
            return err_field(ERR_INVALID, path, "not a list of strings");
        texts[i] = value_text(item, arena);
        if (texts[i].len > FIELD_TEXT_MAX || !str_is_utf8(texts[i]))
            return err_field(ERR_INVALID, path, "item %zu is too long or not UTF-8", i);
        if (f->type == FIELD_UUIDS && !uuid_parse(texts[i], &ids[i]))
            return err_field(ERR_INVALID, path, "item %zu is not a UUID", i);
    }
    if (f->type == FIELD_STRS)
        *FIELD_AT(out, f, struct strs) = (struct strs){texts, count};
    else
        *FIELD_AT(out, f, struct uuids) = (struct uuids){ids, count};
    return NULL;
}

static struct err *read_value(const struct field *f, const json_t *value, const char *path,
                              struct arena *arena, void *out)
{
    bool right = false;
    switch (f->type) {
    case FIELD_STRS:
    case FIELD_UUIDS:
        return read_list(f, value, path, arena, out);
    case FIELD_BYTES:
        return json_is_string(value)
                   ? read_base64((struct str){json_string_value(value), json_string_length(value)},
                                 path, arena, FIELD_AT(out, f, struct bytes))
                   : err_field(ERR_INVALID, path, "not a base64 string");
    case FIELD_I64:
    case FIELD_I32:
        right = json_is_integer(value);
        break;
    case FIELD_BOOL:
        right = json_is_boolean(value);
        break;
    case FIELD_JSON:
        right = true;
        break;
    case FIELD_STR:
    case FIELD_UUID:
    case FIELD_INSTANT:
    case FIELD_SHA256:
        right = json_is_string(value);
        break;
    }
    if (!right)
        return err_field(ERR_INVALID, path, "not %s %s",
                         f->type == FIELD_I64 || f->type == FIELD_I32 ? "an" : "a",
                         field_type_name(f->type));
    return field_from_text(f, value_text(value, arena), out, path, arena);
}

static const char *path_of(const char *path, const char *name, struct arena *arena)
{
    return path[0] == '\0' ? name : arena_format(arena, "%s.%s", path, name).ptr;
}

static struct err *check_known(const json_t *object, const struct field *fields, const char *path,
                               struct arena *arena)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_t *readable =
        json_incref((json_t *)(uintptr_t)object); /* jansson iterates only over what is not const */
    struct err *e = NULL;
    json_object_foreach(readable, name, value)
    {
        const struct field *f = fields;
        while (f->name != NULL && strcmp(f->name, name) != 0)
            f++;
        if (f->name == NULL && e == NULL)
            e = err_field(ERR_INVALID, path_of(path, name, arena), "no such field");
    }
    json_decref(readable);
    return e;
}

static struct err *read_object(const json_t *object, const struct field *fields,
                               enum json_unknown unknown, const char *path, struct arena *arena,
                               void *out)
{
    if (!json_is_object(object))
        return err_field(ERR_INVALID, path, "not an object");
    if (unknown == JSON_REFUSE_UNKNOWN)
        TRY(check_known(object, fields, path, arena));
    for (const struct field *f = fields; f->name != NULL; f++) {
        const json_t *value = json_object_get(object, f->name);
        const char *where = path_of(path, f->name, arena);
        if (value == NULL || json_is_null(value)) {
            if (f->presence == REQUIRED)
                return err_field(ERR_INVALID, where, "missing");
            continue;
        }
        TRY(read_value(f, value, where, arena, out));
    }
    return NULL;
}

struct err *json_read(struct str text, const struct field *fields, enum json_unknown unknown,
                      const char *path, struct arena *arena, void *out)
{
    json_auto_t *root = NULL;
    TRY(parse(text, path, &root));
    return read_object(root, fields, unknown, path, arena, out);
}

struct err *json_read_list(struct str text, const struct field *fields, size_t size, size_t limit,
                           enum json_unknown unknown, const char *path, struct arena *arena,
                           void **out_items, size_t *out_count)
{
    json_auto_t *root = NULL;
    TRY(parse(text, path, &root));
    if (!json_is_array(root))
        return err_field(ERR_INVALID, path, "not a list");
    size_t count = json_array_size(root);
    if (count > limit)
        return err_field(ERR_TOO_LARGE, path, "more than %zu items", limit);
    char *items = arena_alloc(arena, count + 1, size);
    for (size_t i = 0; i < count; i++) {
        struct str where = arena_format(arena, "%s[%zu]", path, i);
        TRY(read_object(json_array_get(root, i), fields, unknown, where.ptr, arena,
                        items + i * size));
    }
    *out_items = items;
    *out_count = count;
    return NULL;
}

struct err *json_member(struct str text, const char *name, struct arena *arena, struct str *out)
{
    json_auto_t *root = NULL;
    TRY(parse(text, "", &root));
    if (!json_is_object(root))
        return err_field(ERR_INVALID, "", "not an object");
    const json_t *value = json_object_get(root, name);
    *out = value != NULL ? value_text(value, arena) : (struct str){0};
    return NULL;
}

static enum json_kind kind_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return JSON_IS_OBJECT;
    case JSON_ARRAY:
        return JSON_IS_LIST;
    case JSON_STRING:
        return JSON_IS_STRING;
    case JSON_INTEGER:
    case JSON_REAL:
        return JSON_IS_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_IS_BOOL;
    case JSON_NULL:
        break;
    }
    return JSON_IS_NULL;
}

static struct json_part part_of(struct str name, const json_t *value, struct arena *arena)
{
    return (struct json_part){arena_str(arena, name), kind_of(value), value_text(value, arena)};
}

struct err *json_parts(struct str text, size_t limit, const char *path, struct arena *arena,
                       struct json_part **out_parts, size_t *out_count)
{
    json_auto_t *root = NULL;
    TRY(parse(text, path, &root));
    if (!json_is_object(root) && !json_is_array(root))
        return err_field(ERR_INVALID, path, "neither an object nor a list");
    size_t count = json_is_object(root) ? json_object_size(root) : json_array_size(root);
    if (count > limit)
        return err_field(ERR_TOO_LARGE, path, "more than %zu items", limit);
    struct json_part *parts = ARENA_ARRAY(arena, struct json_part, count + 1);
    size_t at = 0;
    for (void *i = json_object_iter(root); i != NULL; i = json_object_iter_next(root, i))
        parts[at++] = part_of(str_from(json_object_iter_key(i)), json_object_iter_value(i), arena);
    for (; at < count; at++)
        parts[at] = part_of((struct str){0}, json_array_get(root, at), arena);
    *out_parts = parts;
    *out_count = count;
    return NULL;
}

struct err *json_member_strs(struct str text, const char *name, size_t limit, struct arena *arena,
                             struct strs *out)
{
    const struct field list = {.name = name, .type = FIELD_STRS, .max = (int64_t)limit};
    json_auto_t *root = NULL;
    TRY(parse(text, "", &root));
    const json_t *value = json_object_get(root, name);
    *out = (struct strs){0};
    if (value == NULL || json_is_null(value))
        return NULL;
    if (!json_is_string(value))
        return read_list(&list, value, name, arena, out);
    struct str *one = ARENA_ARRAY(arena, struct str, 1);
    *one = value_text(value, arena);
    *out = (struct strs){one, 1};
    return NULL;
}

/* The length of one well-formed UTF-8 sequence, by asking str_is_utf8 for each possible length. */
static size_t good_sequence(struct str rest)
{
    for (size_t length = 1; length <= 4 && length <= rest.len; length++)
        if (str_is_utf8(str_slice(rest, 0, length)))
            return length;
    return 0;
}

void json_quote(struct str text, struct buf *out)
{
    buf_byte(out, '"');
    for (size_t i = 0; i < text.len;) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\') {
            buf_format(out, "\\%c", c);
        } else if (c == '\n') {
            buf_put(out, S("\\n"));
        } else if (c < 0x20 || c == 0x7f) {
            buf_format(out, "\\u%04x", c);
        } else if (c < 0x80) {
            size_t plain = i + 1;
            while (plain < text.len && text.ptr[plain] >= 0x20 && text.ptr[plain] < 0x7f &&
                   text.ptr[plain] != '"' && text.ptr[plain] != '\\')
                plain++;
            buf_put(out, str_slice(text, i, plain));
            i = plain;
            continue;
        } else {
            size_t length = good_sequence(str_slice(text, i, text.len));
            buf_put(out, length > 0 ? str_slice(text, i, i + length) : S("\xef\xbf\xbd"));
            i += length > 0 ? length : 1;
            continue;
        }
        i++;
    }
    buf_byte(out, '"');
}

static void write_value(const struct field *f, const void *value, struct buf *out)
{
    switch (f->type) {
    case FIELD_I64:
    case FIELD_I32:
    case FIELD_BOOL:
    case FIELD_JSON:
        field_to_text(f, value, out);
        return;
    case FIELD_STR:
        json_quote(FIELD_GET(value, f, struct str), out);
        return;
    case FIELD_SHA256:
        buf_format(out, "\"%s\"", sha256_text(FIELD_GET(value, f, struct sha256)).text);
        return;
    case FIELD_UUID:
    case FIELD_INSTANT:
        buf_byte(out, '"');
        field_to_text(f, value, out);
        buf_byte(out, '"');
        return;
    case FIELD_BYTES:
        buf_byte(out, '"');
        buf_base64(out, FIELD_GET(value, f, struct bytes).raw);
        buf_byte(out, '"');
        return;
    case FIELD_STRS: {
        struct strs list = FIELD_GET(value, f, struct strs);
        buf_byte(out, '[');
        for (size_t i = 0; i < list.count; i++) {
            if (i > 0)
                buf_byte(out, ',');
            json_quote(list.at[i], out);
        }
        buf_byte(out, ']');
        return;
    }
    case FIELD_UUIDS: {
        struct uuids list = FIELD_GET(value, f, struct uuids);
        buf_byte(out, '[');
        for (size_t i = 0; i < list.count; i++)
            buf_format(out, "%s\"%s\"", i > 0 ? "," : "", uuid_text(list.at[i]).text);
        buf_byte(out, ']');
        return;
    }
    }
}

void json_write(const struct field *fields, const void *value, struct buf *out)
{
    bool first = true;
    buf_byte(out, '{');
    for (const struct field *f = fields; f->name != NULL; f++) {
        if (f->presence == OPTIONAL && field_is_absent(f, value))
            continue;
        buf_format(out, "%s\"%s\":", first ? "" : ",", f->name);
        write_value(f, value, out);
        first = false;
    }
    buf_byte(out, '}');
}

void json_write_list(const struct field *fields, const void *items, size_t size, size_t count,
                     struct buf *out)
{
    buf_byte(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_byte(out, ',');
        json_write(fields, (const char *)items + i * size, out);
    }
    buf_byte(out, ']');
}
