/* Units in time: what a source system's code meant when a record was made, and whose records a unit
 * reads as its own because another became it. Pure; strings are read, never kept. */
#pragma once

#include "domain/permission.h"
#include "domain/record.h"

/* What the register says of a code. */
struct unit_meaning {
    struct str source_system; /* absent: the code is the unit's own id, whoever delivered it */
    struct str code;
    struct str unit;
    struct str care_unit;     /* the unit's, in the register */
    struct str care_provider; /* the unit's, in the register */
    struct permission_span valid;
};
/* When a record was made, for the register: its event, else when it was documented, written,
 * signed.
 */
struct instant unit_record_time(const struct record *record);
/* The unit that the record's code meant at its own time: by its system's codes, else as the id of a
 * unit. A record without a time is mapped by a code that has had one meaning only. NULL: not
 * mapped.
 */
const struct unit_meaning *unit_meaning_of(const struct record *record,
                                           const struct unit_meaning *meanings, size_t count);
/* Sets `unit`, and the care unit and care provider where the delivery named none: what it said is
 * never changed. */
void unit_map(struct record *record, const struct unit_meaning *meanings, size_t count);

/* A decision that `successor` reads the records of `unit` as its own. */
struct unit_succession {
    struct str unit;
    struct str successor;
    bool covers_predecessors; /* and those that `unit` itself read by such a decision */
    struct permission_span valid;
};
enum { UNIT_PREDECESSORS_MAX = 1000 };
/* Whose records these units read, each once for each way that leads there: a step further back only
 * where the decision says that it covers it, in force as long as every decision on the way is.
 * `out` has room for UNIT_PREDECESSORS_MAX; TOO_LARGE beyond. Rings end. */
MUST_USE struct err *unit_predecessors(const struct unit_succession *successions, size_t count,
                                       struct strs units, struct permission_succession *out,
                                       size_t *out_count);
