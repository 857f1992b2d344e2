/* Filters and paths of SCIM (RFC 7644 3.4.2.2 and figure 7): text → tree, and the tree asked of a
 * resource. Nothing of a filter ever becomes SQL: it is looked at here, over values. */
#pragma once

#include "services/access/scim_resource.h"

/* Limits; more is refused with rule invalidFilter. */
enum { SCIM_FILTER_MAX = 4096, SCIM_FILTER_DEPTH = 16, SCIM_FILTER_NODES = 128 };

struct scim_filter;

/* Rule invalidFilter: not of the grammar, an attribute that the schema does not know, a comparison
 * that its type does not have, or over a limit. "and" binds closer than "or"; "not" needs its
 * parentheses. */
MUST_USE struct err *scim_filter_parse(struct str text, enum scim_kind kind, struct arena *arena,
                                       const struct scim_filter **out);
/* An attribute without value is equal to null and to nothing else; "ne" is what "eq" is not; of
 * several values one that fits is enough. */
bool scim_filter_matches(const struct scim_filter *filter, const struct scim_resource *resource);
/* The text that the attribute of every match equals, when the filter says so; absent when it says
 * nothing of it. */
struct str scim_filter_needs(const struct scim_filter *filter, enum scim_attribute_id attribute);

/* Where a PATCH points. */
struct scim_path {
    const struct scim_attribute *attribute; /* NULL: the enterprise extension as a whole */
    const struct scim_filter *filter;       /* which of several, or NULL for all */
    const struct scim_attribute *part;      /* of those that the filter finds, or NULL */
};
/* Rule invalidPath. */
MUST_USE struct err *scim_path_parse(struct str text, enum scim_kind kind, struct arena *arena,
                                     struct scim_path *out);
/* Do the values from `at` on (scim_item_end) belong to one that the path points at? */
bool scim_path_selects(const struct scim_path *path, const struct scim_resource *resource,
                       size_t at);
