/* What is done with each file of a package while it is read for its checksums: it is scanned for
 * viruses, before any rule reads it. */
#pragma once

#include "scan/scan.h"
#include "validate/finding.h"

/* The same for every file of a package, and for every worker that has a part of it; of zeroes:
 * files are only read. */
struct inspection {
    const struct scan_server *scan; /* NULL: nothing is scanned */
    bool refuse_unscanned;          /* a file that was not scanned refuses the package */
};
/* What holds for the whole package is found once: that nothing of it is scanned. */
void inspection_note(const struct inspection *inspection, struct findings *findings);

struct inspector;

struct inspector *inspector_new(const struct inspection *inspection, struct findings *findings);
void inspector_free(struct inspector *i);
/* A file of so many bytes. These three: as scanner_begin, scanner_add and scanner_end. */
MUST_USE struct err *inspector_begin(struct inspector *i, uint64_t length);
MUST_USE struct err *inspector_add(struct inspector *i, struct str bytes);
/* *out_safe: no virus was found, and others may read the file. `path` is told in findings. */
MUST_USE struct err *inspector_end(struct inspector *i, struct str path, bool *out_safe);
