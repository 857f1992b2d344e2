/* Filters of SCIM, asked of resources. */
#include "services/access/scim_filter_node.h"

static int compare(const struct scim_filter *f, struct str text)
{
    struct instant at;
    if (f->instant.known && instant_parse(text, &at))
        return (at.us > f->instant.us) - (at.us < f->instant.us);
    return (f->attribute->flags & CASE_EXACT) != 0 ? str_compare(text, f->text)
                                                   : str_compare_nocase(text, f->text);
}

/* Does the text have the literal at that place? */
static bool has_at(const struct scim_filter *f, struct str text, size_t at)
{
    struct str there = str_slice(text, at, at + f->text.len);
    return (f->attribute->flags & CASE_EXACT) != 0 ? str_equal(there, f->text)
                                                   : str_equal_nocase(there, f->text);
}

static bool contains(const struct scim_filter *f, struct str text)
{
    for (size_t at = 0; at + f->text.len <= text.len; at++)
        if (has_at(f, text, at))
            return true;
    return false;
}

static bool value_fits(const struct scim_filter *f, struct str text)
{
    switch (f->op) {
    case OP_PR:
        return true;
    case OP_EQ:
    case OP_NE:
        return f->kind != JSON_IS_NULL && compare(f, text) == 0;
    case OP_CO:
        return contains(f, text);
    case OP_SW:
        return f->text.len <= text.len && has_at(f, text, 0);
    case OP_EW:
        return f->text.len <= text.len && has_at(f, text, text.len - f->text.len);
    case OP_GT:
        return compare(f, text) > 0;
    case OP_GE:
        return compare(f, text) >= 0;
    case OP_LT:
        return compare(f, text) < 0;
    case OP_LE:
        return compare(f, text) <= 0;
    case OP_AND:
    case OP_OR:
    case OP_NOT:
    case OP_ITEM:
        break;
    }
    return false;
}

static bool is_value_of(const struct scim_value *v, const struct scim_attribute *a)
{
    const struct scim_attribute *own = &scim_attributes[v->attribute];
    return own == a || scim_is_part(own, a);
}

static bool any_value_fits(const struct scim_filter *f, const struct scim_resource *r)
{
    bool present = false;
    for (size_t i = 0; i < r->count; i++) {
        if (!is_value_of(&r->values[i], f->attribute))
            continue;
        present = true;
        if (value_fits(f, r->values[i].text))
            return true;
    }
    return (f->op == OP_EQ || f->op == OP_NE) && f->kind == JSON_IS_NULL && !present;
}

/* One of several is asked as if there were no other. */
static bool item_matches(const struct scim_filter *f, const struct scim_resource *r, size_t at)
{
    struct scim_resource one = *r;
    one.values += at;
    one.count = scim_item_end(r, at) - at;
    return scim_filter_matches(f, &one);
}

static bool any_item_matches(const struct scim_filter *f, const struct scim_resource *r)
{
    for (size_t at = 0; at < r->count; at = scim_item_end(r, at))
        if (scim_is_part(&scim_attributes[r->values[at].attribute], f->attribute) &&
            item_matches(f->left, r, at))
            return true;
    return false;
}

bool scim_filter_matches(const struct scim_filter *filter, const struct scim_resource *resource)
{
    switch (filter->op) {
    case OP_AND:
        return scim_filter_matches(filter->left, resource) &&
               scim_filter_matches(filter->right, resource);
    case OP_OR:
        return scim_filter_matches(filter->left, resource) ||
               scim_filter_matches(filter->right, resource);
    case OP_NOT:
        return !scim_filter_matches(filter->left, resource);
    case OP_ITEM:
        return any_item_matches(filter, resource);
    case OP_NE:
        return !any_value_fits(filter, resource);
    case OP_PR:
    case OP_EQ:
    case OP_CO:
    case OP_SW:
    case OP_EW:
    case OP_GT:
    case OP_GE:
    case OP_LT:
    case OP_LE:
        break;
    }
    return any_value_fits(filter, resource);
}

bool scim_path_selects(const struct scim_path *path, const struct scim_resource *resource,
                       size_t at)
{
    return scim_is_part(&scim_attributes[resource->values[at].attribute], path->attribute) &&
           (path->filter == NULL || item_matches(path->filter, resource, at));
}

struct str scim_filter_needs(const struct scim_filter *filter, enum scim_attribute_id attribute)
{
    if (filter->op == OP_EQ && filter->attribute->id == attribute && filter->kind == JSON_IS_STRING)
        return filter->text;
    if (filter->op != OP_AND)
        return (struct str){0};
    struct str left = scim_filter_needs(filter->left, attribute);
    return left.ptr != NULL ? left : scim_filter_needs(filter->right, attribute);
}
