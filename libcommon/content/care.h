/* Care documents by the contracts of RIV-TA: GetCareDocumentation 3, GetDiagnosis 2 and
 * GetCareContacts 3, which are those that room indexing reads. */
#pragma once

#include "content/inside.h"

#define SOAP_NAMESPACE "http://schemas.xmlsoap.org/soap/envelope/"

struct care_contract;

/* The contract that an element of this namespace belongs to; NULL: none that is read here. */
const struct care_contract *care_contract_of(struct str namespace);
/* of_patient: it lies in the folder of one patient. */
MUST_USE struct err *care_check(const struct source *file, const struct care_contract *contract,
                                bool of_patient, const struct content_report *report);
