/* Which formats are archived: a region's own rulings before the shipped ones
 * (format_policy.def). */
#pragma once

#include "base/field.h"

enum format_verdict { FORMAT_APPROVED, FORMAT_WARNED, FORMAT_REFUSED };
/* "approved", "warned", "refused"; ends with NULL. */
extern const char *const format_verdicts[];

struct format_ruling {
    struct str puid;    /* "fmt/95"; "*": any other that is known; "?": not known */
    struct str verdict; /* one of format_verdicts; any other word counts as refused */
    struct str reason;
};

/* May a ruling be about it: a PUID (fmt/95, x-fmt/18), "*" or "?"? */
bool format_policy_is_ruled(struct str puid);

/* The shipped ruling at this place of their list, which has a date; false past the last. */
bool format_policy_shipped(size_t at, struct format_ruling *out);

/* Those of one region and information type that are in force, a PUID once. */
struct format_policy {
    const struct format_ruling *rulings;
    size_t count;
};

/* What becomes of a file of this format, and why: the region's ruling of it, else the shipped one;
 * else the same for "*", or for "?" when `puid` is absent. *out_reason lives as long as the
 * policy. `policy` may be NULL: the shipped ones. */
enum format_verdict format_policy_judge(const struct format_policy *policy, struct str puid,
                                        struct str *out_reason);
