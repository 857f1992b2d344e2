/* Questions of care staff about one patient to services that keep blocks and consents: who asks at
 * which unit, and the patient's number. */
#pragma once

#include "http/soap_client.h"
#include "services/access/person_service.h"
#include "services/access/room.h"

enum { CARE_QUESTION_DEADLINE_MS = 4000 }; /* somebody waits for an answer */

/* Who wants to read whose records, as the contracts of the security services ask it. */
struct actor_question {
    struct str employee; /* HSA-ids */
    struct str care_provider;
    struct str care_unit;
    struct person_number patient;
};

#define ACTOR_QUESTION_PREFIX "c" /* of the contract's namespace, in what is written */
#define ACTOR_QUESTION_CORE   "d" /* … and of its types' */
/* Begins the question's element with actor and patient; the caller writes what more there is, and
 * closes it. The namespaces must live until then. */
void actor_question_open(struct xml_writer *w, struct str element, struct str contract,
                         struct str core, const struct actor_question *q);

/* A route's body {"person": …}, from who cares for patients. */
struct care_question {
    struct change change;
    struct subject by;
    struct person_number patient;
    struct uuid person; /* the patient's pseudonym */
};
/* FORBIDDEN as change_begin_care; INVALID: no person, or a number that no service knows. */
MUST_USE struct err *care_question_read(struct request *request, struct care_question *out);
/* What a service is asked by it, in the name of an employee with this HSA-id. */
struct actor_question care_question_by(const struct care_question *q, struct str employee);
/* Whom to ask by that contract, as one who is known there. The question is in the disclosure log
 * when it returns, whatever then comes of it: so a service that is asked here is told of nobody
 * without a row (BLOCKS.md). CONFLICT as disclosure_write. */
MUST_USE struct err *care_question_begin(struct request *request, const struct care_question *q,
                                         const char *contract, struct str url,
                                         struct str logical_address, struct soap_service *out);
