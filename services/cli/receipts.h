/* The receipts of a source system, as its own certificate reads them. */
#pragma once

#include "deliver.h"

struct receipt {
    struct str receipt; /* its word */
    struct uuid delivery;
    struct str rule;
    struct str detail;
    int64_t files;
    int64_t records;
    int64_t unreadable;
    int64_t errors;
    int64_t warnings;
    struct instant at;
};

MUST_USE struct err *receipt_read(const struct bus_message *message, struct arena *arena,
                                  struct receipt *out);
/* All that the topic holds, from the first on, in a group of its own: nobody's bookmark is moved.
 */
MUST_USE struct err *receipts_open(const struct source_system *system, struct bus_consumer **out);
