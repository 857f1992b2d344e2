/* Rows of a manifest checked: each file read once, scanned and all its checksums computed in one
 * pass, compared with what METS says, and written into an entry index. */
#pragma once

#include "validate/finding.h"
#include "validate/index_out.h"
#include "validate/inspect.h"

struct manifest_check {
    /* Given. */
    const struct source *source;
    enum container container;
    const struct entry_index *points; /* restart points of a tar.gz before the first row; or NULL */
    const struct source *manifest;
    uint64_t first_row;
    uint64_t end_row;
    const struct inspection *inspection; /* NULL: as one of zeroes */
    struct findings *findings;
    int folder;              /* staging, for what is read here and there and lies compressed */
    struct index_out *index; /* NULL: none is wanted */
    /* Found. */
    int64_t files;
    int64_t bytes;
};

/* As survey. */
MUST_USE struct err *manifest_check(struct manifest_check *check);
