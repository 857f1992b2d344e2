/* What is inside a file, judged by content/ and told as findings of the package. */
#pragma once

#include "validate/finding.h"
#include "validate/manifest.h"
#include "validate/neighbours.h"
#include "validate/spool.h"

struct inside_file {
    const struct manifest_row *row;
    struct entry_reader *reader; /* of the container that the row's file lies in */
    struct spool *copy;          /* of the file; NULL: none was wanted */
};

/* Where a file is read again: from its copy, or from its container. */
struct inside_place {
    struct entry_reader *reader;
    const struct entry *entry;
    uint64_t at; /* where the reader is */
};
/* The file once more, after the first reading; *place and the file's reader and copy outlive it. */
MUST_USE struct err *inside_open(const struct inside_file *file, struct inside_place *place,
                                 struct source *out);
/* Can it be read in its container at any place at no cost? */
bool inside_is_stored(enum container container, const struct manifest_row *row);

/* Will the file be read where its container cannot be read again at little cost? Then a copy of it
 * is kept while it is read the first time. */
bool inside_wants_copy(enum container container, const struct manifest_row *row);
/* Faults as findings: a content_report's function and what it needs. `path` is that of the file;
 * absent: the fault tells it. */
struct inside_telling {
    struct findings *findings;
    struct str path;
};
void inside_tell(void *state, const struct content_fault *fault);

/* After the first reading; `neighbours` may be NULL. Nothing when the row's file is of no kind that
 * content/ knows. */
MUST_USE struct err *inside_check(const struct inside_file *file, struct neighbours *neighbours,
                                  struct findings *findings);
