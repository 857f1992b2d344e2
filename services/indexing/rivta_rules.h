/* What the RIV-TA contracts say, as rules (mapping.h): which element is which field. */
#pragma once

#include "reader_inside.h"

struct rivta_contract {
    const char *element; /* the record's element in an answer */
    const char
        *namespace; /* of the contract's answer, or of its domain when the record stands alone */
    const char *domain;
    const char *header;
    const char *category; /* engagement index categorization */
    const struct known_rule *body;
    const struct known_rule *common;
};

extern const struct rivta_contract rivta_contracts[];
extern const size_t rivta_contract_count;
