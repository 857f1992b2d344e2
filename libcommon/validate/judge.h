/* A whole package judged at once by one process: the steps that room validation takes in units of
 * work, one after another. Nothing is written but what does not fit in memory, which ends with it.
 */
#pragma once

#include "base/clock.h"
#include "validate/finding.h"
#include "validate/inspect.h"
#include "vault/entries.h"

struct judging {
    /* Given. */
    const struct xml_schema *schema; /* METS with the E-ARK extensions */
    struct instant now;
    const struct inspection *inspection; /* NULL: as one of zeroes */
    int folder;                          /* for what does not fit in memory */
    struct arena *arena;                 /* for what is found */
    struct findings *findings;
    /* Found. */
    struct str objid;
    int64_t files;
    int64_t bytes;
    struct err *refusal; /* of the container itself, or NULL */
};

/* A ZIP, TAR or tar.gz. What is wrong with the package is in the findings or the refusal; an error
 * is that its bytes could not be had. */
MUST_USE struct err *judge_container(struct judging *j, const struct source *source);
/* What was listed otherwise: `listing` is an entry index, `source` has the bytes of its entries. */
MUST_USE struct err *judge_listed(struct judging *j, const struct source *source,
                                  enum container container, const struct source *listing);
/* For a listing that was refused before there was one: NULL, and it is the refusal found, unless it
 * is none. */
MUST_USE struct err *judge_refused(struct judging *j, struct err *e);
