/* What the HSA directory says of a unit: RIV-TA infrastructure.directory.organization 5.0,
 * contracts GetUnit 5, GetHealthCareUnit 2 and GetHealthCareProvider 1. */
#pragma once

#include "base/clock.h"
#include "http/soap_client.h"

struct hsa_unit {
    struct str name;
    struct instant valid_from; /* not known: the directory does not say */
    struct instant valid_until;
    struct str care_unit;     /* that it is, or is a member of; absent: none */
    struct str care_provider; /* absent: none is told */
    struct str care_provider_name;
};
/* Three questions. NOT_FOUND when the directory knows no such unit; else as soap_ask. */
MUST_USE struct err *hsa_ask(const struct soap_service *service, struct str unit,
                             struct arena *arena, struct hsa_unit *out);
/* The answers, each at its element: what they say is added to `out`. *out_found: they said
 * something. Pure. */
MUST_USE struct err *hsa_read_unit(struct xml *x, struct arena *arena, struct hsa_unit *out,
                                   bool *out_found);
MUST_USE struct err *hsa_read_care_unit(struct xml *x, struct arena *arena, struct hsa_unit *out,
                                        bool *out_found);
MUST_USE struct err *hsa_read_provider(struct xml *x, struct arena *arena, struct hsa_unit *out,
                                       bool *out_found);
