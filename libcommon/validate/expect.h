/* What METS files say of the files of a package: one row for each reference, given back in the
 * order of the container, whatever the order in METS. Sorted in runs of 8 MiB that lie in a spool
 * and are merged while they are read, so memory stays in bounds for millions of files. */
#pragma once

#include "text/mets.h"
#include "validate/fixity.h"
#include "validate/packed.h"
#include "validate/spool.h"

struct expectation {
    enum mets_element element;
    struct str mets; /* path of the METS file that says it */
    int64_t line;
    struct str id;
    struct str size; /* as stated; absent when not */
    struct str checksum;
    struct str checksum_type;
    enum said_by by;
};
/* The fields of a packed record; texts are cut at FINDING_TEXT bytes, which no checksum has. */
void expectation_put(const struct expectation *e, struct buf *out);
struct expectation expectation_take(struct packed *record);

struct expectations;

enum { EXPECTATIONS_MAX = 4000000 };

/* `folder`: where the spool may lie. */
struct expectations *expectations_new(int folder);
void expectations_free(struct expectations *e);
/* Copies. `place` is where the file stands in the listing. TOO_LARGE, rule mets_references, past
 * EXPECTATIONS_MAX. */
MUST_USE struct err *expectations_add(struct expectations *e, uint64_t place,
                                      const struct mets_reference *reference, struct str mets,
                                      enum said_by by);
/* After the last was added, before the first is asked for. */
MUST_USE struct err *expectations_sort(struct expectations *e);
/* The next about this place, in the order they were added; places are asked for in ascending order.
 * *out lives until the next call. */
MUST_USE struct err *expectations_next(struct expectations *e, uint64_t place,
                                       struct expectation *out, bool *out_found);
