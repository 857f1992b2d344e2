/* Trying again while the archive is away, and the end of it. Waits grow from half a second to 15;
 * each time something got on, they begin anew. */
#pragma once

#include "base/base.h"

enum { PATIENCE_DEFAULT = 600, PATIENCE_MAX = 7 * 86400 };

struct patience {
    int64_t seconds; /* without getting on */
    int64_t until;   /* 0: nothing has gone wrong since it last got on */
    int64_t wait_us;
};

struct patience patience_begin(int64_t seconds);
void patience_renew(struct patience *p); /* something got on */
/* After a try that failed with `why`: NULL after a wait, and it may be tried again. TRANSIENT, with
 * what was wrong last, at the end. The first wait of a row is told of on standard error. */
MUST_USE struct err *patience_wait(struct patience *p, const struct err *why);
