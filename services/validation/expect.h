/* What METS files say of the files of a package: one row for each reference, found by path. Some
 * 120 bytes a row, so that a METS of a million files is joined with its package in memory that
 * stays in bounds. */
#pragma once

#include "base/arena.h"
#include "fixity.h"
#include "text/mets.h"

struct expectation {
    struct listed_file listed;
    struct str href; /* as it is written */
    struct str size; /* as stated; absent when not */
    struct str checksum;
    struct str checksum_type;
};

struct expectations;

enum { EXPECTATIONS_MAX = 4000000, EXPECTATION_BYTES_MAX = 768 * 1024 * 1024 };

struct expectations *expectations_new(void);
void expectations_free(struct expectations *e);
/* Copies. `path` is where it leads in the package; TOO_LARGE past the limits above. */
MUST_USE struct err *expectations_add(struct expectations *e, struct str path,
                                      const struct mets_reference *reference, struct str mets);
/* After the last was added, before the first is asked for. */
void expectations_sort(struct expectations *e);
/* All about one path: returns how many and the number of the first. */
size_t expectations_find(const struct expectations *e, struct str path, size_t *out_first);
struct expectation expectations_get(const struct expectations *e, size_t number);
