/* What an identity provider says of a person, by a mapping that is data: a file of schemas/sign-in
 * (README.md there). What it says never gives a right: it chooses among the assignments that the
 * region has decided itself, and refuses those that allow more than it says. All of it is pure. */
#pragma once

#include "base/field.h"
#include "domain/permission.h"

enum { ASSURANCE_CARE = 3 /* the level of assurance (tillitsnivå) demanded for care */ };

/* A value of a claim, and our word for it. */
struct claim_value {
    struct str value;
    struct str purpose; /* a word of permission_purposes */
    struct str reach;   /* a word of permission_reaches */
    int32_t level;      /* 1 to 4 */
};

struct claim_mapping {
    struct str name; /* the file's, without .json */
    struct str title;
    /* Names of claims; absent: the provider says nothing of it. */
    struct str person; /* the HSA-id that the user must have; absent: known by issuer and subject */
    struct str assignment;
    struct str unit;
    struct str care_unit;
    struct str care_provider;
    struct str purpose;
    struct str right;
    struct strs reading;  /* the activities among rights that let one read … */
    struct strs whole;    /* … and the information that stands for all of it */
    bool care;            /* assignments with purpose care may be chosen … */
    struct strs for_care; /* … when these claims are there */
    struct json_text purposes_list;
    struct json_text levels_list;
    struct json_text reaches_list; /* scopes of rights */
    struct json_text request;      /* the claims parameter (OpenID Connect Core 1.0 section 5.5) */
    /* The three lists above, read. */
    const struct claim_value *purposes;
    size_t purpose_count;
    const struct claim_value *levels;
    size_t level_count;
    const struct claim_value *reaches;
    size_t reach_count;
};

/* Reads the file of that name below `schemas`. NOT_FOUND when there is none; INVALID when it is no
 * mapping. Strings live in the arena. */
MUST_USE struct err *claim_mapping_load(struct str schemas, struct str name, struct arena *arena,
                                        struct claim_mapping *out);

/* What was said, in our words. */
struct claimed {
    struct str person;
    struct str assignment; /* its HSA-id there: noted, never compared */
    struct str unit;
    struct str care_unit;
    struct str care_provider;
    struct str purpose;
    int32_t level;     /* 0: none that the mapping knows */
    bool care_allowed; /* all that is demanded for care was said */
    /* The largest scope of a right to read all information. Where the mapping has rights, the least
     * when none was said, or only of some information, or a scope that is not listed; else not
     * stated. */
    enum permission_reach reach;
};

/* FORBIDDEN for a claim with several values, since a session has one assignment, for a purpose that
 * the mapping does not know, and for rights among which none lets one read. */
MUST_USE struct err *claims_read(const struct claim_mapping *mapping, struct str claims,
                                 struct str assurance, struct arena *arena, struct claimed *out);

/* An assignment as it is compared. */
struct claim_assignment {
    struct str unit;
    struct str care_unit;
    struct str care_provider;
    struct strs purposes;
};
/* Does the assignment allow no more than was said? Each place that was named must be its place, and
 * a purpose that was named its only one; care needs ASSURANCE_CARE, anything else `level`. */
bool claims_agree(const struct claimed *claimed, const struct claim_assignment *assignment,
                  int32_t level);
