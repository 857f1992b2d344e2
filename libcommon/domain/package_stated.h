/* What the root METS of a delivered package says that its content is (CSIP2 to CSIP5), as it was
 * written there: kept in validation.work, and said again by the METS of the AIP. */
#pragma once

#include "base/field.h"

struct package_stated {
    struct str content_category; /* mets/@TYPE */
    struct str other_content_category;
    struct str content_information_type;
    struct str other_content_information_type;
};
extern const struct field package_stated_fields[];
