/* The tree of a filter, between its parser (scim_filter.c) and who asks it (scim_match.c). */
#pragma once

#include "services/access/scim_filter.h"

enum operator{
    OP_AND,
    OP_OR,
    OP_NOT,
    OP_ITEM,
    OP_PR,
    OP_EQ,
    OP_NE,
    OP_CO,
    OP_SW,
    OP_EW,
    OP_GT,
    OP_GE,
    OP_LT,
    OP_LE
};

struct scim_filter {
    enum operator op;
    const struct scim_attribute *attribute; /* OP_ITEM: whose item; comparisons: what is compared */
    enum json_kind kind;                    /* of the literal */
    struct str text;
    struct instant instant;         /* a literal compared with times */
    const struct scim_filter *left; /* OP_NOT, OP_ITEM: the only one */
    const struct scim_filter *right;
};
