/* The report: what was found, where, and how to mend it, as JSON a supplier can read. */
#pragma once

#include "base/buf.h"
#include "validate/finding.h"

struct report_about {
    struct str delivery; /* UUID */
    struct str objid;
    uint64_t files;
    uint64_t bytes;
    struct err *const *refusals; /* why the container could not be read: none, one, or one a part */
    size_t refusal_count;
};

/* {"delivery","objid","files","bytes","valid","errors","warnings","findings":[{"requirement","level","mets","line","id",
 * "path","found","expected","text","text_sv","mend","mend_sv"}…]}. Paths and values stand here and
 * nowhere else: the report is sealed like the package. */
MUST_USE struct err *report_write(const struct report_about *about, const struct findings *findings,
                                  struct buf *out);
