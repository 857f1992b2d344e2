/* Which format each file has, by PRONOM; whether the policy has it; and of a PDF what it claims.
 * The two ends of a file are kept while it is read; what lies inside ZIP and OLE2 is read
 * afterwards. */
#pragma once

#include "format/format.h"
#include "validate/finding.h"
#include "validate/format_policy.h"
#include "validate/terms.h"

struct format_check;

/* All outlive it; `policy` and `terms` may be NULL. */
struct format_check *format_check_new(const struct format_signatures *signatures,
                                      const struct format_policy *policy, const struct terms *terms,
                                      struct findings *findings);
void format_check_free(struct format_check *c);
void format_check_begin(struct format_check *c, uint64_t length);
void format_check_add(struct format_check *c, struct str bytes);
/* What begins so may be looked into: it must be possible to read it again at any place. */
bool format_check_looks_inside(struct str beginning);
/* The file has ended; `whole` is it, once more. What is content of the package is judged by the
 * policy: what lies below a folder `data`, `content` or `documentation`; all is counted
 * (findings_count_format). */
MUST_USE struct err *format_check_end(struct format_check *c, struct str path,
                                      const struct source *whole);
/* The format of the file that ended last; NULL: none is known of it. Lives with the signatures. */
const struct format *format_check_format(const struct format_check *c);
