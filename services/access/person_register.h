/* What a register says of one person, told to a local administrator, who keeps it and sees no
 * record: asked by number in a body, with a reason, and logged as a disclosure. */
#pragma once

#include "services/access/room.h"

struct person_register {
    const char *name;       /* of the list in the answer, and of the register in the log */
    const struct sql *rows; /* $1 the person, $2 how many at most, $3 who asks */
    const struct field *fields;
    size_t size;
    int most;
};
/* {"person", "reason"} to {"NAME": [rows]}. FORBIDDEN for anybody but a local administrator. */
MUST_USE struct err *person_register_find(struct request *request,
                                          const struct person_register *reg);
