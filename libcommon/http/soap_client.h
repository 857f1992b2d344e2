/* A client of national services: RIV-TA Basic Profile 2.1 over HTTPS with both sides' certificates.
 * Whoever asks fails closed: everything that is no answer is an error, and what was known before
 * stays. */
#pragma once

#include "http/http.h"
#include "text/soap.h"

enum {
    SOAP_ANSWER_MAX = 1024 * 1024,
    SOAP_DEADLINE_MS = 27000, /* what RIV-TA gives a producer for its answer */
};

/* A service, and who we are to it: an HSA function certificate. */
struct soap_service {
    struct str url;             /* what stands before a contract's own path */
    struct str logical_address; /* HSA-id */
    struct str certificate;     /* PEM files */
    struct str key;
    struct str ca;
    int timeout_ms;
    size_t answer_max; /* 0: SOAP_ANSWER_MAX */
};
struct soap_contract {
    const char *path;   /* as rule 19 of the profile has it: domain, contract, major and profile */
    const char *action; /* soapAction of its WSDL */
    const char *namespace;
    const char *answer; /* the element in the Body of an answer */
};

/* `question` is a whole envelope (soap_question_begin). *out stands at the start tag of the
 * answer's element, and is the caller's to soap_drop. TRANSIENT: no answer in time, a fault, a
 * status, or something that is no answer of this contract; the words quote nothing of it. */
MUST_USE struct err *soap_ask(const struct soap_service *service,
                              const struct soap_contract *contract, struct str question,
                              struct arena *arena, struct soap_request *out);
