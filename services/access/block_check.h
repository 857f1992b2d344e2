/* What a service that keeps blocks says of one patient's records: RIV-TA
 * informationsecurity.authorization.blocking 4.0, contract CheckBlocks. */
#pragma once

#include "services/access/care_question.h"

enum { BLOCK_CHECK_MAX = 100 }; /* rows of one question; our journal's line holds as many */

/* A care unit's records of one kind, and what is said of them. */
struct block_check_entity {
    struct str service; /* that was asked; who asks it takes no notice */
    struct str care_provider;
    struct str care_unit;
    struct str kind;             /* that a block may leave out (upp); absent: all else */
    struct instant records_from; /* the first of them, and the last */
    struct instant records_until;
    bool judged;  /* filled in by the answer: else the service knows no such unit */
    bool blocked; /* all of them, or some */
};
/* One question about `count` rows, 1 to BLOCK_CHECK_MAX. Errors as soap_ask; nothing is told
 * of any of them then. */
MUST_USE struct err *block_check_ask(const struct soap_service *service,
                                     const struct actor_question *question,
                                     struct block_check_entity *entities, size_t count,
                                     struct arena *arena);
/* The answer, at its element: what is said of all entities, by their places from 1. INVALID:
 * another result than OK, and unless each is answered once, OK, BLOCKED or VALIDATIONERROR. Pure.
 */
MUST_USE struct err *block_check_read(struct xml *x, struct block_check_entity *entities,
                                      size_t count, struct arena *arena);
