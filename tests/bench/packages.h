/* The packages that a measurement is made with: what r7-demo lists in a folder's deliveries.tsv. */
#pragma once

#include "base/base.h"

struct package_line {
    struct str tenant;
    struct str system;
    struct str agreement;
    struct str path; /* below the folder */
};

enum { PACKAGE_LINES_MAX = 100000 };

/* FOLDER/deliveries.tsv; all of it lives in the arena. */
MUST_USE struct err *package_lines_read(const char *folder, struct arena *arena,
                                        struct package_line **out, size_t *out_count);
/* Appends the bytes of FOLDER/PATH. */
MUST_USE struct err *package_bytes_read(const char *folder, struct str path, struct buf *out);
