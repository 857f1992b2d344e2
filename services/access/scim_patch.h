/* PATCH of SCIM (RFC 7644 3.5.2): what a resource is after a list of operations. Pure. */
#pragma once

#include "services/access/scim_filter.h"

enum {
    SCIM_OPERATIONS_MAX = 1000, /* of one PATCH */
    SCIM_LEAVING_MAX = 1000     /* members that one operation lists to be removed */
};

/* All of them, in order, or an error: invalidSyntax, invalidPath, invalidFilter, invalidValue,
 * mutability, noTarget; then the resource is half changed and of no use. */
MUST_USE struct err *scim_patch(struct str body, struct scim_resource *resource);
