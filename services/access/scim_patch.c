/* PATCH of SCIM. */
#include "services/access/scim_patch.h"
#include "base/base.h"

struct operation {
    struct str op;
    struct str path;
    const struct json_part *value; /* or NULL */
};

struct patch {
    struct strs schemas;
    struct json_text operations;
};
static const struct field patch_fields[] = {
    FIELD(struct patch, schemas, REQUIRED, .max = 16),
    FIELD_NAMED(struct patch, operations, "Operations", REQUIRED, .max = 1 << 24), FIELDS_END};

static bool is_op(const struct operation *o, const char *word)
{
    return str_equal_nocase(o->op, str_from(word));
}

static struct err *needs_value(const struct operation *o)
{
    return o->value != NULL ? NULL
                            : err_rule(ERR_INVALID, "invalidValue", "the operation has no value");
}

/* --- remove
 * ----------------------------------------------------------------------------------------- */

static struct err *check_removable(const struct scim_attribute *a)
{
    bool refused = a->mutability != READ_WRITE || (a->flags & NEEDED) != 0;
    return refused ? err_rule(ERR_INVALID, "mutability", "%s cannot be removed", a->name) : NULL;
}

static void drop_selected(struct scim_resource *r, const struct scim_path *path)
{
    size_t kept = 0;
    for (size_t at = 0; at < r->count;) {
        size_t end = scim_item_end(r, at);
        if (scim_path_selects(path, r, at))
            at = end;
        while (at < end)
            r->values[kept++] = r->values[at++];
    }
    r->count = kept;
}

static void drop_member(struct scim_resource *r, struct str id)
{
    size_t kept = 0;
    for (size_t at = 0; at < r->count;) {
        size_t end = scim_item_end(r, at);
        if (r->values[at].attribute == SCIM_MEMBER_VALUE &&
            str_equal_nocase(r->values[at].text, id))
            at = end;
        while (at < end)
            r->values[kept++] = r->values[at++];
    }
    r->count = kept;
}

/* Some name those who leave in the value: all would leave, were it passed over. */
static struct err *remove_listed(const struct operation *o, struct scim_resource *r)
{
    struct scim_resource leaving;
    scim_resource_begin(r->kind, r->arena, &leaving);
    TRY(scim_read_attribute(&scim_attributes[SCIM_MEMBERS], o->value, false, &leaving));
    if (leaving.items > SCIM_LEAVING_MAX)
        return err_new(ERR_TOO_LARGE, "more than %d members to remove in one operation",
                       SCIM_LEAVING_MAX);
    for (size_t i = 0; i < leaving.count; i++)
        if (leaving.values[i].attribute == SCIM_MEMBER_VALUE)
            drop_member(r, leaving.values[i].text);
    return NULL;
}

static struct err *remove_at(const struct operation *o, const struct scim_path *path,
                             struct scim_resource *r)
{
    if (path->attribute == NULL) {
        scim_drop(r, &scim_attributes[SCIM_EMPLOYEE_NUMBER]);
        return NULL;
    }
    if ((path->attribute->flags & NOT_KEPT) != 0)
        return NULL;
    TRY(check_removable(path->part != NULL ? path->part : path->attribute));
    if (path->filter != NULL)
        drop_selected(r, path);
    else if (path->attribute->id == SCIM_MEMBERS && o->value != NULL &&
             o->value->kind != JSON_IS_NULL)
        return remove_listed(o, r);
    else
        scim_drop(r, path->attribute);
    return NULL;
}

/* --- add, replace
 * ----------------------------------------------------------------------------------- */

static bool selects_any(const struct scim_path *path, const struct scim_resource *r)
{
    for (size_t at = 0; at < r->count; at = scim_item_end(r, at))
        if (scim_path_selects(path, r, at))
            return true;
    return false;
}

/* What is one of several here (a member) is never changed, only added and removed. */
static struct err *refuse_selected(const struct scim_path *path, const struct scim_resource *r)
{
    return selects_any(path, r)
               ? err_rule(ERR_INVALID, "mutability", "one of %s is added or removed, not changed",
                          path->attribute->name)
               : err_rule(ERR_INVALID, "noTarget", "no one of %s is such", path->attribute->name);
}

static struct err *set_at(const struct operation *o, const struct scim_path *path,
                          struct scim_resource *r)
{
    if (path->attribute == NULL) {
        struct str object =
            arena_format(r->arena, "{\"" SCIM_URN_ENTERPRISE "\":%.*s}", STR_ARG(o->value->text));
        return o->value->kind == JSON_IS_OBJECT
                   ? scim_read_members(object, true, r)
                   : err_rule(ERR_INVALID, "invalidValue", "the extension is no object");
    }
    if ((path->attribute->flags & NOT_KEPT) != 0)
        return NULL;
    if (path->filter != NULL)
        return refuse_selected(path, r);
    if (o->value->kind == JSON_IS_NULL)
        TRY(check_removable(path->attribute));
    if (is_op(o, "replace") && (path->attribute->flags & MULTI) != 0 &&
        path->attribute->mutability == READ_WRITE)
        scim_drop(r, path->attribute);
    return scim_read_attribute(path->attribute, o->value, true, r);
}

/* Without a path the value's members are the attributes; some write paths for their names. */
static struct err *set_members(const struct operation *o, struct scim_resource *r)
{
    struct json_part *parts = NULL;
    size_t count = 0;
    if (o->value->kind != JSON_IS_OBJECT)
        return err_rule(ERR_INVALID, "invalidValue",
                        "an operation without a path has an object of attributes as its value");
    TRY(json_parts(o->value->text, SCIM_ATTRIBUTES, "value", r->arena, &parts, &count));
    for (size_t i = 0; i < count; i++) {
        const struct operation one = {o->op, parts[i].name, &parts[i]};
        struct scim_path path = {0};
        if (str_equal_nocase(parts[i].name, S("schemas")))
            continue;
        TRY(scim_path_parse(parts[i].name, r->kind, r->arena, &path));
        TRY(set_at(&one, &path, r));
    }
    return NULL;
}

/* --- all
 * -------------------------------------------------------------------------------------------- */

static struct err *apply(const struct operation *o, struct scim_resource *r)
{
    struct scim_path path = {0};
    bool removes = is_op(o, "remove");
    if (!removes && !is_op(o, "add") && !is_op(o, "replace"))
        return err_rule(ERR_INVALID, "invalidSyntax", "op is none of add, remove and replace");
    if (!removes)
        TRY(needs_value(o));
    if (o->path.ptr == NULL)
        return removes ? err_rule(ERR_INVALID, "noTarget", "a removal needs a path")
                       : set_members(o, r);
    TRY(scim_path_parse(o->path, r->kind, r->arena, &path));
    return removes ? remove_at(o, &path, r) : set_at(o, &path, r);
}

static struct err *read_operation(const struct json_part *part, struct arena *arena,
                                  struct operation *out)
{
    struct json_part *members = NULL;
    size_t count = 0;
    *out = (struct operation){0};
    TRY(json_parts(part->text, 16, "Operations", arena, &members, &count));
    for (size_t i = 0; i < count; i++) {
        bool text = members[i].kind == JSON_IS_STRING;
        if (str_equal_nocase(members[i].name, S("op")) && text)
            out->op = members[i].text;
        else if (str_equal_nocase(members[i].name, S("path")) && text)
            out->path = members[i].text;
        else if (str_equal_nocase(members[i].name, S("value")))
            out->value = &members[i];
        else
            return err_rule(ERR_INVALID, "invalidSyntax",
                            "an operation has op, path and value, and nothing else");
    }
    return NULL;
}

struct err *scim_patch(struct str body, struct scim_resource *resource)
{
    struct patch patch = {0};
    struct json_part *operations = NULL;
    size_t count = 0;
    bool right = false;
    TRY(json_read(body, patch_fields, JSON_IGNORE_UNKNOWN, "", resource->arena, &patch));
    for (size_t i = 0; i < patch.schemas.count; i++)
        right = right || str_equal_nocase(patch.schemas.at[i], S(SCIM_URN_MESSAGE "PatchOp"));
    if (!right)
        return err_rule(ERR_INVALID, "invalidSyntax", "schemas does not name a PatchOp");
    TRY(json_parts(patch.operations.text, SCIM_OPERATIONS_MAX, "Operations", resource->arena,
                   &operations, &count));
    for (size_t i = 0; i < count; i++) {
        struct operation operation;
        TRY(read_operation(&operations[i], resource->arena, &operation));
        TRY(apply(&operation, resource));
    }
    return NULL;
}
