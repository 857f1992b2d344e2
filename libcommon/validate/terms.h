/* What a submission agreement asks of a package beside the rule book. What is outside of it is an
 * ERROR of its own requirement (agreement_…), so that nobody takes it for a fault of the package.
 */
#pragma once

#include "base/field.h"
#include "validate/finding.h"

/* Empty lists and 0: no demand. */
struct terms {
    struct strs profiles;      /* mets/@PROFILE, and with it the version of the specification */
    struct strs content_types; /* csip:CONTENTINFORMATIONTYPE; of OTHER, its own word; else TYPE */
    struct strs formats;       /* PUIDs of files that are content */
    struct strs descriptions;  /* paths in the package that must be there */
    int64_t files_max;
    int64_t file_bytes_max;
};

/* `terms` of all may be NULL. The root element of the root METS: */
void terms_judge_root(const struct terms *terms, const struct mets_node *root,
                      struct findings *findings);
/* A file of the package: */
void terms_judge_file(const struct terms *terms, struct str path, uint64_t length,
                      struct findings *findings);
/* When all are known: */
void terms_judge_count(const struct terms *terms, int64_t files, struct findings *findings);
/* A path of terms->descriptions that no file has: */
void terms_miss(struct str path, struct findings *findings);
/* A file of content; `puid` is absent when its format is not known. `told`: PUID and name. */
void terms_judge_format(const struct terms *terms, struct str path, struct str puid,
                        struct str told, struct findings *findings);
