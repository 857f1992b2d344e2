/* Which links of persons follow from what the national person service says. Pure. */
#pragma once

#include "base/field.h"

/* Two identities that it says are one person's. */
struct pair_told {
    struct uuid one;
    struct uuid two;
    struct str assurance;
};

/* A link that is there, or was. */
struct link_known {
    struct uuid id;
    struct uuid one;
    struct uuid two;
    bool from_service; /* else a local decision's */
    struct str assurance;
    bool in_force;
    bool withdrawn; /* by a person, with a reason */
};

/* May the two be linked by the service's word? Not when one of them is fictitious (named officers
 * do that), and not when a link between them was withdrawn: that a person decided, and only a
 * person decides otherwise. */
bool pair_may_be_linked(const struct pair_told *pair, const struct link_known *links,
                        size_t link_count, struct uuids fictitious);

struct links_decided {
    const struct pair_told *made;
    size_t made_count;
    const struct link_known *ended;
    size_t ended_count;
};
/* `pairs`: all that it says, each pair once or oftener; those that may not be linked are left out.
 * `asked`: the identities whose records it gave: what it says no more of these has ended. A
 * local decision is never ended, and stands instead of a link of the service's. Lists live in the
 * arena. */
void links_decide(const struct pair_told *pairs, size_t pair_count, const struct link_known *links,
                  size_t link_count, struct uuids asked, struct uuids fictitious,
                  struct arena *arena, struct links_decided *out);
