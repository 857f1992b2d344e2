/* What is inside a file, judged by content/ and told as findings of the package. */
#pragma once

#include "validate/finding.h"
#include "validate/manifest.h"
#include "validate/spool.h"

struct inside_file {
    const struct manifest_row *row;
    struct entry_reader *reader; /* of the container that the row's file lies in */
    struct spool *copy;          /* of the file; NULL: none was wanted */
};

/* Will the file be read where its container cannot be read again at little cost? Then a copy of it
 * is kept while it is read the first time. */
bool inside_wants_copy(enum container container, const struct manifest_row *row);
/* After the first reading. Nothing when the row's file is of no kind that content/ knows. */
MUST_USE struct err *inside_check(const struct inside_file *file, struct findings *findings);
