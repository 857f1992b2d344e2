/* What a service that keeps consents says: RIV-TA informationsecurity.authorization.consent,
 * contract CheckConsent 2. */
#pragma once

#include "http/soap_client.h"
#include "services/access/person_service.h"

/* Who wants to read whose records, as the contract asks it. */
struct consent_question {
    struct str employee; /* HSA-ids */
    struct str care_provider;
    struct str care_unit;
    struct person_number patient;
};

struct consent_told {
    bool consent;   /* the patient's own */
    bool emergency; /* somebody has vouched for one there: no consent */
};

/* Errors as soap_ask. */
MUST_USE struct err *consent_service_ask(const struct soap_service *service,
                                         const struct consent_question *question,
                                         struct arena *arena, struct consent_told *out);
/* The answer, at its element. INVALID: anything but a result OK that says what it found: a consent
 * of no kind is none. Pure. */
MUST_USE struct err *consent_service_read(struct xml *x, struct arena *arena,
                                          struct consent_told *out);
