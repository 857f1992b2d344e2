/* What is recorded of a person by the national person service's word, or because it can have none.
 */
#pragma once

#include "services/access/room.h"

/* Of one identity; the change is change_person_told. */
struct told_fact {
    struct uuid person;
    bool known;
    bool is_protected;
    bool deceased;
    struct str deregistered;
    struct str deregistered_on;
    bool own_number; /* a system's, about which the service cannot be asked */
};

/* A link by its word; the change is change_link_told. */
struct link_fact {
    struct uuid id;
    struct uuid one;
    struct uuid two;
    struct str assurance; /* absent: it has ended */
};

/* Plans a further change of another kind, with its line. */
MUST_USE struct err *change_add(struct request *request, struct change *change,
                                const struct change_kind *kind, const void *fact);
/* A documented local decision names this identity. When it is a number of a system's own making, of
 * which the national person service can know nothing, plans that that is known: it is not hidden
 * for want of the service's word. Other numbers are the service's to tell of. */
MUST_USE struct err *person_note_own(struct request *request, struct change *change,
                                     struct json_text stated, struct uuid person);
