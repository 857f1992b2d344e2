/* A resource of SCIM as its values: a flat list, each with its attribute and, where an attribute
 * has several values, which of them it belongs to. Filters look at it, PATCH changes it, JSON is
 * read into it and written from it; all of them are functions of bytes and of nothing else. */
#pragma once

#include "services/access/scim_schema.h"
#include "text/json.h"

enum {
    SCIM_MEMBERS_MAX = 50000, /* of one group, in a body */
    SCIM_TEXT_MAX = 256       /* bytes of a value */
};

struct scim_value {
    enum scim_attribute_id attribute;
    uint32_t item; /* the parts of one of several have the same, and stand side by side */
    struct str text;
};

struct scim_resource {
    enum scim_kind kind;
    struct arena *arena;
    struct scim_value *values;
    size_t count;
    size_t capacity;
    uint32_t items; /* the next that is free */
};

void scim_resource_begin(enum scim_kind kind, struct arena *arena, struct scim_resource *out);
/* The absent string adds nothing. */
void scim_put(struct scim_resource *resource, enum scim_attribute_id attribute, struct str text);
/* One of several: "members" of a group, "groups" of a user. */
void scim_put_member(struct scim_resource *resource, struct str id);
void scim_put_group(struct scim_resource *resource, struct str id, struct str display);
/* Of an attribute with one value; absent when it has none. */
struct str scim_get(const struct scim_resource *resource, enum scim_attribute_id attribute);
/* Takes away the attribute's values, with its parts. */
void scim_drop(struct scim_resource *resource, const struct scim_attribute *attribute);
/* Where the parts that stand side by side with the one at `at` end; the next, when it has none. */
size_t scim_item_end(const struct scim_resource *resource, size_t at);

/* Reads a whole resource, as POST and PUT bring it. What is read only or not kept is passed over;
 * an attribute that the schema does not know is refused (rule invalidSyntax), and so is a value of
 * another type (invalidValue). */
MUST_USE struct err *scim_read(struct str body, struct scim_resource *out);
/* The same for one attribute's JSON value, added to those there are: what one value replaces goes.
 * `by_patch`: what is read only is refused (mutability). */
MUST_USE struct err *scim_read_attribute(const struct scim_attribute *attribute,
                                         const struct json_part *value, bool by_patch,
                                         struct scim_resource *resource);
/* The members of an object under their names, as the body of a resource or of a part of it. */
MUST_USE struct err *scim_read_members(struct str object, bool by_patch,
                                       struct scim_resource *resource);

/* Which attributes an answer has (RFC 7644 3.9). Both 0: all. */
struct scim_selection {
    uint64_t only;
    uint64_t without;
};
void scim_write(const struct scim_resource *resource, const struct scim_selection *selection,
                struct buf *out);
