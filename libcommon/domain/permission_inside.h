/* What the files of the decision share. */
#pragma once

#include "domain/permission.h"

#define BECAUSE(name)           (1ULL << REASON_##name)
#define UNLESS(condition, name) ((condition) ? 0 : BECAUSE(name))

/* Both told, and equal: two things that are not known are never the same. */
bool permission_same(struct str a, struct str b);

/* The first instant after the decision at which a span among the facts begins or ends
 * (permission_until.c). All spans, whether they weighed or not: too early costs a second try, too
 * late would be a wrong disclosure. Not known: there is none. */
struct instant permission_until(const struct permission_subject *subject,
                                const struct permission_resource *resource,
                                const struct permission_facts *facts);
