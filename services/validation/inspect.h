/* A package inspected: its container listed, METS judged, every file hashed once and compared.
 * Pure: the same bytes give the same findings and the same entry index. */
#pragma once

#include "base/clock.h"
#include "finding.h"
#include "vault/entry_index.h"
#include "vault/segment.h"

struct inspection {
    /* Given. */
    const struct source *source;
    const struct xml_schema *schema; /* METS with the E-ARK extensions */
    struct instant now;
    struct segment_writer *index; /* the entry index goes here */
    struct arena *arena;          /* for what is kept of METS: a few strings */
    struct findings *findings;
    /* Found. */
    struct str root;          /* the package's one folder */
    struct str objid;         /* METS OBJID */
    struct str record_status; /* METS RECORDSTATUS; NEW when it says none */
    uint64_t files;
    uint64_t bytes; /* of the files, plain */
};

/* NULL: it was inspected, what is wrong is in the findings. REJECT errors with a rule
 * (container_rules.def): the container cannot be read as one. Others: the bytes could not be had.
 */
MUST_USE struct err *inspect(struct inspection *inspection);
