/* What is to be checked: a listed container joined with what its METS files say, into the manifest.
 * Finds what is missing, what nobody lists, and what is wrong with folders and METS themselves.
 * Pure: the same bytes give the same findings and the same manifest. */
#pragma once

#include "base/clock.h"
#include "validate/finding.h"
#include "validate/inspect.h"
#include "validate/listing.h"
#include "validate/manifest.h"
#include "validate/terms.h"

struct survey {
    /* Given. */
    const struct source *source;
    enum container container;
    struct listing *listing;
    const struct xml_schema *schema; /* METS with the E-ARK extensions */
    struct instant now;
    const struct inspection *inspection; /* NULL: as one of zeroes. Its terms are judged; its
                                            scanner reads METS before anybody else */
    struct part_limits limits;
    int folder;          /* staging, for what does not fit in memory */
    struct arena *arena; /* for what is kept: parts and a few strings */
    struct findings *findings;
    struct spool *manifest; /* the rows go here */
    /* Found. */
    struct str objid;         /* METS OBJID */
    struct str record_status; /* METS RECORDSTATUS; NEW when it says none */
    struct str stated;        /* struct package_stated, as JSON */
    struct manifest_cut cut;
    int64_t files;
    int64_t bytes; /* of the files, as the container states them */
};

/* NULL: it was surveyed, what is wrong is in the findings. REJECT errors with a rule: the container
 * cannot be read as one. Others: the bytes could not be had, or the scanner does not answer. */
MUST_USE struct err *survey(struct survey *survey);
