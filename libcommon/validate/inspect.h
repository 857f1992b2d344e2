/* What is done with each file of a package while it is read for its checksums: it is scanned for
 * viruses, before any rule reads it, and its format is told. */
#pragma once

#include "base/digest.h"
#include "scan/scan.h"
#include "validate/format_check.h"

/* A file that was checked. */
struct inspected_file {
    struct str path; /* below the package's root folder */
    uint64_t length;
    struct sha256 sha256;
    const struct format *format; /* NULL: not known, or the file is infected */
};

/* The same for every file of a package, and for every worker that has a part of it; of zeroes:
 * files are only read. */
struct inspection {
    const struct scan_server *scan; /* NULL: nothing is scanned */
    bool refuse_unscanned;          /* a file that was not scanned refuses the package */
    const struct format_signatures *signatures; /* NULL: formats are not judged */
    const struct format_policy *policy;         /* NULL: the shipped one */
    const struct terms *terms;                  /* NULL: no agreement is asked */
    /* NULL: nobody asks. Of every file, in the order of the container; what it gets lives until it
     * returns. */
    void (*tell)(void *state, const struct inspected_file *file);
    void *tell_state;
};
/* What holds for the whole package is found once: that nothing of it is scanned, or judged for its
 * format. */
void inspection_note(const struct inspection *inspection, struct findings *findings);

/* What the scan said of a file; that it is clean is nothing to tell. */
void inspection_tell_scan(const struct inspection *inspection, struct str path,
                          const struct scan_result *result, struct findings *findings);

struct inspector;

struct inspector *inspector_new(const struct inspection *inspection, struct findings *findings);
void inspector_free(struct inspector *i);
/* A file of so many bytes; `scanned`: it was before, and is not sent again. These three: as
 * scanner_begin, scanner_add and scanner_end. */
MUST_USE struct err *inspector_begin(struct inspector *i, uint64_t length, bool scanned);
MUST_USE struct err *inspector_add(struct inspector *i, struct str bytes);
/* Its format may lie inside, and is told from the file itself (inspector_identify): wherever it
 * cannot be read again at little cost a copy must be kept. Of the first piece. */
bool inspector_looks_inside(const struct inspector *i, struct str piece);
/* *out_safe: no virus was found now, and others may read the file. `path` is told in findings. */
MUST_USE struct err *inspector_end(struct inspector *i, struct str path, bool *out_safe);
/* After that, of a file that is safe: `whole` is it, once more. */
MUST_USE struct err *inspector_identify(struct inspector *i, struct str path,
                                        const struct source *whole);
/* At last, of every file: told to who asked for it. */
void inspector_tell(const struct inspector *i, struct str path, uint64_t length,
                    struct sha256 sha256);
