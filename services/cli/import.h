/* r7 import: what its files share. A consignment is a folder and its list; each listed file has a
 * fate, which is remembered when it changes (import_state.c) and heard of when it has been
 * delivered (import_receipts.c). */
#pragma once

#include "deliver.h"
#include "import_list.h"

enum import_outcome { OUTCOME_NONE, OUTCOME_SENT, OUTCOME_ARCHIVED, OUTCOME_REJECTED };

struct import_fate {
    enum import_outcome outcome;
    struct uuid delivery; /* nil before it was sent */
    struct str rule;      /* of a rejection */
    bool sent_now;        /* in this run */
};

/* --- state: append only, a JSON line for each change of a fate
 * ------------------------------------------------------------------------------- */

/* Opens the system's and agreement's file in the state folder and gives each listed file the fate
 * that its last line tells. A line counts for a file of the same name and checksum, whatever disk
 * it lies on. Lines that cannot be read (the last, of one who died) are passed over: their files
 * are sent again. CONFLICT while another import has the file. */
MUST_USE struct err *import_state_open(int folder, const struct sender *sender,
                                       const struct import_list *list, struct import_fate *fates,
                                       int *out_file);
/* One line, flushed. */
MUST_USE struct err *import_state_add(int file, const struct listed *listed,
                                      const struct import_fate *fate);

/* --- receipts
 * --------------------------------------------------------------------------------------------- */
enum { IMPORT_PARTITIONS_MAX = 64 };
/* Where the topic ended before anything was sent. */
struct receipts_mark {
    int64_t ends[IMPORT_PARTITIONS_MAX];
};
/* Before anything is sent. The consumer may be left alone for as long as sending takes. */
MUST_USE struct err *import_receipts_open(const struct source_system *system,
                                          struct receipts_mark *out_mark,
                                          struct bus_consumer **out);
/* Reads receipts until every file that was sent is archived (or stored as a test) or rejected, or
 * until the time; writes each such end to the state file. What stood before the mark says nothing
 * of what was sent after it: a delivery that was refused may be sent again. */
MUST_USE struct err *import_receipts_await(struct bus_consumer *consumer,
                                           const struct receipts_mark *mark,
                                           const struct import_list *list,
                                           struct import_fate *fates, int64_t seconds,
                                           int state_file, struct arena *arena);
