/* The attributes of SCIM (RFC 7643) as one table, scim_attributes.def, and names resolved by it. */
#pragma once

#include "base/buf.h"

enum scim_kind { SCIM_USER, SCIM_GROUP };

#define SCIM_URN_USER       "urn:ietf:params:scim:schemas:core:2.0:User"
#define SCIM_URN_GROUP      "urn:ietf:params:scim:schemas:core:2.0:Group"
#define SCIM_URN_ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
#define SCIM_URN_MESSAGE    "urn:ietf:params:scim:api:messages:2.0:"
#define SCIM_BASE           "/scim/v2"

enum scim_attribute_id {
#define A(id, resource, schema, name, sub, type, mutability, flags, description) SCIM_##id,
#include "services/access/scim_attributes.def"
#undef A
    SCIM_ATTRIBUTES
};
_Static_assert(SCIM_ATTRIBUTES <= 64, "a set of attributes is a uint64_t");

enum scim_resource_of { OF_BOTH, OF_USER, OF_GROUP };
enum scim_schema { SCHEMA_COMMON, SCHEMA_CORE, SCHEMA_ENTERPRISE };
enum scim_type { TYPE_STRING, TYPE_BOOLEAN, TYPE_DATE_TIME, TYPE_REFERENCE, TYPE_COMPLEX };
enum scim_mutability { READ_ONLY, READ_WRITE, IMMUTABLE };
enum {
    CASE_EXACT = 1,
    ALWAYS = 2, /* answered whatever the client leaves out */
    NEEDED = 4, /* required */
    UNIQUE = 8,
    MULTI = 16,   /* multi-valued */
    NOT_KEPT = 32 /* may be sent, is not read */
};

struct scim_attribute {
    enum scim_attribute_id id;
    enum scim_resource_of resource;
    enum scim_schema schema;
    const char *name;
    const char *sub; /* NULL: the attribute itself, of which a COMPLEX one is its parts */
    enum scim_type type;
    enum scim_mutability mutability;
    unsigned flags;
    const char *description;
};
extern const struct scim_attribute scim_attributes[SCIM_ATTRIBUTES];

struct str scim_urn(enum scim_kind kind);
bool scim_is_of(const struct scim_attribute *attribute, enum scim_kind kind);
/* Is it a part of that complex attribute? */
bool scim_is_part(const struct scim_attribute *part, const struct scim_attribute *whole);
/* "userName", "name.givenName", "urn:…:User:employeeNumber"; in any case, as RFC 7643 2.1 has it.
 * `whole` (or NULL): the complex attribute inside whose brackets the name stands. NULL when there
 * is none. */
const struct scim_attribute *scim_attribute_find(enum scim_kind kind, struct str path,
                                                 const struct scim_attribute *whole);
/* The names of a list "a,b.c" as a set, 1 << id each; those that are unknown are left out. */
uint64_t scim_attribute_set(enum scim_kind kind, struct str list);
