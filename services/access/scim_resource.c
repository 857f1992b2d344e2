/* Resources of SCIM: their values, read from JSON and written to it. */
#include "services/access/scim_resource.h"
#include "base/base.h"

enum { ATTRIBUTES_MAX = 200 };

void scim_resource_begin(enum scim_kind kind, struct arena *arena, struct scim_resource *out)
{
    *out = (struct scim_resource){.kind = kind, .arena = arena};
}

static void put(struct scim_resource *r, enum scim_attribute_id attribute, uint32_t item,
                struct str text)
{
    if (text.ptr == NULL)
        return;
    if (r->count == r->capacity) {
        size_t capacity = r->capacity == 0 ? 16 : r->capacity * 2;
        struct scim_value *more = ARENA_ARRAY(r->arena, struct scim_value, capacity);
        if (r->count > 0)
            memcpy(more, r->values, r->count * sizeof *more);
        r->values = more;
        r->capacity = capacity;
    }
    r->values[r->count++] = (struct scim_value){attribute, item, text};
}

void scim_put(struct scim_resource *resource, enum scim_attribute_id attribute, struct str text)
{
    put(resource, attribute, 0, text);
}

void scim_put_member(struct scim_resource *resource, struct str id)
{
    uint32_t item = resource->items++;
    put(resource, SCIM_MEMBER_VALUE, item, id);
    put(resource, SCIM_MEMBER_REF, item,
        arena_format(resource->arena, SCIM_BASE "/Users/%.*s", STR_ARG(id)));
    put(resource, SCIM_MEMBER_TYPE, item, S("User"));
}

void scim_put_group(struct scim_resource *resource, struct str id, struct str display)
{
    uint32_t item = resource->items++;
    put(resource, SCIM_GROUP_VALUE, item, id);
    put(resource, SCIM_GROUP_REF, item,
        arena_format(resource->arena, SCIM_BASE "/Groups/%.*s", STR_ARG(id)));
    put(resource, SCIM_GROUP_DISPLAY, item, display);
}

struct str scim_get(const struct scim_resource *resource, enum scim_attribute_id attribute)
{
    for (size_t i = 0; i < resource->count; i++)
        if (resource->values[i].attribute == attribute)
            return resource->values[i].text;
    return (struct str){0};
}

void scim_drop(struct scim_resource *resource, const struct scim_attribute *attribute)
{
    size_t kept = 0;
    for (size_t i = 0; i < resource->count; i++) {
        const struct scim_attribute *a = &scim_attributes[resource->values[i].attribute];
        if (a != attribute && !scim_is_part(a, attribute))
            resource->values[kept++] = resource->values[i];
    }
    resource->count = kept;
}

size_t scim_item_end(const struct scim_resource *resource, size_t at)
{
    const struct scim_attribute *first = &scim_attributes[resource->values[at].attribute];
    size_t end = at + 1;
    while (first->sub != NULL && end < resource->count &&
           resource->values[end].item == resource->values[at].item &&
           scim_attributes[resource->values[end].attribute].sub != NULL &&
           strcmp(scim_attributes[resource->values[end].attribute].name, first->name) == 0)
        end++;
    return end;
}

/* --- read
 * ------------------------------------------------------------------------------------------- */

static struct err *bad_value(const struct scim_attribute *a, const char *why)
{
    return err_rule(ERR_INVALID, "invalidValue", "%s%s%s: %s", a->name, a->sub != NULL ? "." : "",
                    a->sub != NULL ? a->sub : "", why);
}

/* Some directories send booleans as strings ("True"); the meaning is plain. */
static struct err *read_boolean(const struct scim_attribute *a, const struct json_part *value,
                                struct str *out)
{
    bool yes = str_equal_nocase(value->text, S("true"));
    if ((value->kind != JSON_IS_BOOL && value->kind != JSON_IS_STRING) ||
        (!yes && !str_equal_nocase(value->text, S("false"))))
        return bad_value(a, "not true or false");
    *out = yes ? S("true") : S("false");
    return NULL;
}

static struct err *read_simple(const struct scim_attribute *a, const struct json_part *value,
                               struct scim_resource *r)
{
    struct str text = value->text;
    if (a->type == TYPE_BOOLEAN)
        TRY(read_boolean(a, value, &text));
    else if (value->kind != JSON_IS_STRING)
        return bad_value(a, "not a string");
    if (text.len == 0 || text.len > SCIM_TEXT_MAX || !str_is_utf8(text))
        return bad_value(a, "empty, longer than 256 bytes, or not UTF-8");
    scim_drop(r, a);
    scim_put(r, a->id, text);
    return NULL;
}

static struct err *read_complex(const struct scim_attribute *whole, const struct json_part *value,
                                bool by_patch, struct scim_resource *r)
{
    struct json_part *parts = NULL;
    size_t count = 0;
    if (value->kind != JSON_IS_OBJECT)
        return bad_value(whole, "not an object");
    TRY(json_parts(value->text, ATTRIBUTES_MAX, whole->name, r->arena, &parts, &count));
    for (size_t i = 0; i < count; i++) {
        const struct scim_attribute *part = scim_attribute_find(r->kind, parts[i].name, whole);
        if (part == NULL)
            return bad_value(whole, "it has a part that the schema does not know");
        TRY(scim_read_attribute(part, &parts[i], by_patch, r));
    }
    return NULL;
}

/* Of a member its value counts; what else is said of it follows from that. */
static struct err *read_member(const struct json_part *member, struct scim_resource *r)
{
    struct json_part *parts = NULL;
    size_t count = 0;
    struct str id = {0};
    if (member->kind != JSON_IS_OBJECT)
        return bad_value(&scim_attributes[SCIM_MEMBERS], "a member is no object");
    TRY(json_parts(member->text, ATTRIBUTES_MAX, "members", r->arena, &parts, &count));
    for (size_t i = 0; i < count; i++) {
        bool text = parts[i].kind == JSON_IS_STRING;
        if (str_equal_nocase(parts[i].name, S("value")) && text)
            id = parts[i].text;
        if (str_equal_nocase(parts[i].name, S("type")) && text &&
            !str_equal_nocase(parts[i].text, S("User")))
            return bad_value(&scim_attributes[SCIM_MEMBER_TYPE], "only users are members");
    }
    if (id.len == 0 || id.len > SCIM_TEXT_MAX)
        return bad_value(&scim_attributes[SCIM_MEMBER_VALUE], "missing, or no id");
    scim_put_member(r, id);
    return NULL;
}

static struct err *read_several(const struct scim_attribute *whole, const struct json_part *value,
                                struct scim_resource *r)
{
    struct json_part *items = NULL;
    size_t count = 0;
    assert(whole->id == SCIM_MEMBERS);
    if (value->kind == JSON_IS_OBJECT)
        return read_member(value, r);
    if (value->kind != JSON_IS_LIST)
        return bad_value(whole, "not a list");
    TRY(json_parts(value->text, SCIM_MEMBERS_MAX, whole->name, r->arena, &items, &count));
    for (size_t i = 0; i < count; i++)
        TRY(read_member(&items[i], r));
    return NULL;
}

struct err *scim_read_attribute(const struct scim_attribute *attribute,
                                const struct json_part *value, bool by_patch,
                                struct scim_resource *resource)
{
    if ((attribute->flags & NOT_KEPT) != 0)
        return NULL;
    if (attribute->mutability == READ_ONLY || (attribute->mutability == IMMUTABLE && by_patch))
        return by_patch ? err_rule(ERR_INVALID, "mutability",
                                   "%s: it is not the client's to change", attribute->name)
                        : NULL;
    if (value->kind == JSON_IS_NULL) {
        scim_drop(resource, attribute);
        return NULL;
    }
    if (attribute->type != TYPE_COMPLEX)
        return read_simple(attribute, value, resource);
    return (attribute->flags & MULTI) != 0 ? read_several(attribute, value, resource)
                                           : read_complex(attribute, value, by_patch, resource);
}

/* The members of the extension's object are of its schema. */
static struct err *read_extension(const struct json_part *extension, bool by_patch,
                                  struct scim_resource *r)
{
    struct json_part *parts = NULL;
    size_t count = 0;
    if (extension->kind != JSON_IS_OBJECT)
        return err_rule(ERR_INVALID, "invalidValue", "the extension is no object");
    TRY(json_parts(extension->text, ATTRIBUTES_MAX, "extension", r->arena, &parts, &count));
    for (size_t i = 0; i < count; i++) {
        if (str_equal_nocase(parts[i].name, S("schemas")))
            continue;
        struct str path =
            arena_format(r->arena, SCIM_URN_ENTERPRISE ":%.*s", STR_ARG(parts[i].name));
        const struct scim_attribute *a = scim_attribute_find(r->kind, path, NULL);
        if (a == NULL)
            return err_rule(ERR_INVALID, "invalidSyntax",
                            "the extension has an attribute that the schema does not know");
        TRY(scim_read_attribute(a, &parts[i], by_patch, r));
    }
    return NULL;
}

struct err *scim_read_members(struct str object, bool by_patch, struct scim_resource *resource)
{
    struct json_part *parts = NULL;
    size_t count = 0;
    TRY(json_parts(object, ATTRIBUTES_MAX, "", resource->arena, &parts, &count));
    for (size_t i = 0; i < count; i++) {
        if (str_equal_nocase(parts[i].name, S("schemas")))
            continue;
        if (resource->kind == SCIM_USER &&
            str_equal_nocase(parts[i].name, S(SCIM_URN_ENTERPRISE))) {
            TRY(read_extension(&parts[i], by_patch, resource));
            continue;
        }
        const struct scim_attribute *a = scim_attribute_find(resource->kind, parts[i].name, NULL);
        if (a == NULL)
            return err_rule(ERR_INVALID, "invalidSyntax",
                            "the schema does not know an attribute \"%.*s\"",
                            STR_ARG(str_slice(parts[i].name, 0, 64)));
        TRY(scim_read_attribute(a, &parts[i], by_patch, resource));
    }
    return NULL;
}

struct scim_schemas {
    struct strs schemas;
};
static const struct field schemas_fields[] = {
    FIELD(struct scim_schemas, schemas, REQUIRED, .max = 16), FIELDS_END};

struct err *scim_read(struct str body, struct scim_resource *out)
{
    struct scim_schemas stated = {0};
    bool right = false;
    TRY(json_read(body, schemas_fields, JSON_IGNORE_UNKNOWN, "", out->arena, &stated));
    for (size_t i = 0; i < stated.schemas.count; i++)
        right = right || str_equal_nocase(stated.schemas.at[i], scim_urn(out->kind));
    if (!right)
        return err_rule(ERR_INVALID, "invalidSyntax", "schemas does not name %s",
                        scim_urn(out->kind).ptr);
    TRY(scim_read_members(body, false, out));
    if (scim_get(out, out->kind == SCIM_USER ? SCIM_USER_NAME : SCIM_GROUP_NAME).len == 0)
        return err_rule(ERR_INVALID, "invalidValue", "%s: missing",
                        out->kind == SCIM_USER ? "userName" : "displayName");
    return NULL;
}

/* --- write
 * ------------------------------------------------------------------------------------------ */

static bool is_selected(const struct scim_attribute *a, const struct scim_selection *selection)
{
    uint64_t bit = (uint64_t)1 << a->id;
    if ((a->flags & ALWAYS) != 0)
        return true;
    return (selection->only == 0 || (selection->only & bit) != 0) &&
           (selection->without & bit) == 0;
}

static void write_text(const struct scim_attribute *a, struct str text, struct buf *out)
{
    if (a->type == TYPE_BOOLEAN)
        buf_put(out, text);
    else
        json_quote(text, out);
}

/* The parts of one value of a complex attribute: from `at` on those of its item. */
static size_t write_item(const struct scim_resource *r, size_t at,
                         const struct scim_attribute *whole, const struct scim_selection *selection,
                         struct buf *out)
{
    const char *before = "{";
    uint32_t item = r->values[at].item;
    size_t begun = out->len;
    for (; at < r->count; at++) {
        const struct scim_attribute *part = &scim_attributes[r->values[at].attribute];
        if (!scim_is_part(part, whole) || r->values[at].item != item) {
            if ((whole->flags & MULTI) != 0)
                break;
            continue;
        }
        if (!is_selected(part, selection))
            continue;
        buf_format(out, "%s\"%s\":", before, part->sub);
        write_text(part, r->values[at].text, out);
        before = ",";
    }
    if (out->len > begun)
        buf_byte(out, '}');
    return at;
}

static void write_complex(const struct scim_resource *r, const struct scim_attribute *whole,
                          const struct scim_selection *selection, struct buf *out)
{
    bool multi = (whole->flags & MULTI) != 0;
    size_t begun = out->len;
    buf_format(out, ",\"%s\":%s", whole->name, multi ? "[" : "");
    size_t first = out->len;
    for (size_t at = 0; at < r->count;) {
        if (!scim_is_part(&scim_attributes[r->values[at].attribute], whole)) {
            at++;
            continue;
        }
        size_t comma = out->len;
        if (comma > first)
            buf_byte(out, ',');
        size_t item = out->len;
        at = write_item(r, at, whole, selection, out);
        if (out->len == item)
            buf_cut(out, comma);
    }
    if (out->len == first)
        buf_cut(out, begun);
    else if (multi)
        buf_byte(out, ']');
}

static void write_attributes(const struct scim_resource *r, enum scim_schema schema,
                             const struct scim_selection *selection, struct buf *out)
{
    for (size_t i = 0; i < SCIM_ATTRIBUTES; i++) {
        const struct scim_attribute *a = &scim_attributes[i];
        if (a->schema != schema || a->sub != NULL || !scim_is_of(a, r->kind) ||
            (a->flags & NOT_KEPT) != 0)
            continue;
        struct str text = scim_get(r, a->id);
        if (a->type == TYPE_COMPLEX) {
            write_complex(r, a, selection, out);
        } else if (text.ptr != NULL && is_selected(a, selection)) {
            buf_format(out, ",\"%s\":", a->name);
            write_text(a, text, out);
        }
    }
}

void scim_write(const struct scim_resource *resource, const struct scim_selection *selection,
                struct buf *out)
{
    bool extended = scim_get(resource, SCIM_EMPLOYEE_NUMBER).ptr != NULL &&
                    is_selected(&scim_attributes[SCIM_EMPLOYEE_NUMBER], selection);
    buf_format(out, "{\"schemas\":[\"%s\"%s]", scim_urn(resource->kind).ptr,
               extended ? ",\"" SCIM_URN_ENTERPRISE "\"" : "");
    write_attributes(resource, SCHEMA_COMMON, selection, out);
    write_attributes(resource, SCHEMA_CORE, selection, out);
    if (extended) {
        buf_put(out, S(",\"" SCIM_URN_ENTERPRISE "\":{\"employeeNumber\":"));
        json_quote(scim_get(resource, SCIM_EMPLOYEE_NUMBER), out);
        buf_byte(out, '}');
    }
    buf_byte(out, '}');
}
