/* What a service that keeps consents says: RIV-TA informationsecurity.authorization.consent,
 * contract CheckConsent 2. */
#pragma once

#include "services/access/care_question.h"

struct consent_told {
    bool consent;   /* the patient's own */
    bool emergency; /* somebody has vouched for one there: no consent */
};

/* Errors as soap_ask. */
MUST_USE struct err *consent_service_ask(const struct soap_service *service,
                                         const struct actor_question *question, struct arena *arena,
                                         struct consent_told *out);
/* The answer, at its element. INVALID: anything but a result OK that says what it found: a consent
 * of no kind is none. Pure. */
MUST_USE struct err *consent_service_read(struct xml *x, struct arena *arena,
                                          struct consent_told *out);
