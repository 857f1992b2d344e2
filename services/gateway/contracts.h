/* The service contracts that the gateway answers. Which one a message means is told by the name of
 * the element in its Body and by nothing else: SOAPAction has no say (RIV-TA Basic Profile 2.1,
 * rule 15), and a minor version is in neither name nor address. */
#pragma once

#include "base/str.h"

#define GCD3_NAMESPACE                                                                             \
    "urn:riv:clinicalprocess:healthcond:description:GetCareDocumentationResponder:3"
#define PING_NAMESPACE "urn:riv:itintegration:monitoring:PingForConfigurationResponder:1"

enum contract_id { CONTRACT_GET_CARE_DOCUMENTATION, CONTRACT_PING_FOR_CONFIGURATION, CONTRACTS };

struct contract {
    enum contract_id id;
    const char *name; /* of the request element; the answer's has "Response" behind it */
    int major;
    const char *namespace;
    const char *path; /* where it is published (rule 19) */
};

extern const struct contract contracts[CONTRACTS];

/* NULL when it is none of ours. */
const struct contract *contract_find(struct str namespace, struct str name);
