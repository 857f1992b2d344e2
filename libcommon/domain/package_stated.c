#include "domain/package_stated.h"

const struct field package_stated_fields[] = {
    FIELD(struct package_stated, content_category, OPTIONAL),
    FIELD(struct package_stated, other_content_category, OPTIONAL),
    FIELD(struct package_stated, content_information_type, OPTIONAL),
    FIELD(struct package_stated, other_content_information_type, OPTIONAL), FIELDS_END};
