/* What care systems of the region ask of the register of blocks and consents: RIV-TA
 * informationsecurity.authorization.blocking 4.0 (CheckBlocks, GetBlocks) and .consent 2.0
 * (CheckConsent). Reading questions, deciding and writing answers, all of it pure; the room around
 * it is register.c. */
#pragma once

#include "domain/permission.h"
#include "text/soap.h"

/* The path of each begins so (RIV-TA Basic Profile 2.1, rule 19); which contract is meant is told
 * by the element in the Body alone. */
#define REGISTER_BASE "/informationsecurity/authorization"

#define BLOCKING_URN      "urn:riv:informationsecurity:authorization:blocking:"
#define BLOCKING_CORE     BLOCKING_URN "4"
#define CHECK_BLOCKS_URN  BLOCKING_URN "CheckBlocksResponder:4"
#define GET_BLOCKS_URN    BLOCKING_URN "GetBlocksResponder:4"
#define CONSENT_URN       "urn:riv:informationsecurity:authorization:consent:"
#define CONSENT_CORE      CONSENT_URN "2"
#define CHECK_CONSENT_URN CONSENT_URN "CheckConsentResponder:2"

enum register_contract { REGISTER_CHECK_BLOCKS, REGISTER_GET_BLOCKS, REGISTER_CHECK_CONSENT };

enum { REGISTER_ENTITIES_MAX = 1000, REGISTER_PROVIDERS_MAX = 100, REGISTER_HSA_ID_MAX = 32 };

/* Information that is asked about. */
struct register_entity {
    struct instant from;
    struct instant until;
    struct str care_unit;
    struct str care_provider;
    struct str kind;
    int32_t row;
};
struct register_question {
    enum register_contract contract;
    struct str employee; /* who wants to read; not of GetBlocks */
    struct str care_provider;
    struct str care_unit;
    struct str id_type; /* of the patient, an OID; absent with the number: GetBlocks of nobody */
    struct str number;
    const struct register_entity *entities; /* CheckBlocks */
    size_t entity_count;
    struct strs care_providers; /* GetBlocks; none: every one */
    struct instant created_from;
};
/* INVALID when it is none of the three, or breaks its contract. */
MUST_USE struct err *register_read(const struct soap_request *soap, struct arena *arena,
                                   struct register_question *out);

/* What is told of a block, or a lift, beside its rule. */
struct register_row {
    struct uuid id;          /* of a lift */
    struct str source;       /* of a block */
    struct str for_unit;     /* of a lift; absent: not told to others */
    struct str for_employee; /* of a lift; absent: for the unit */
    struct instant recorded_at;
};
struct register_facts {
    /* Blocks of the patient's identities, ended or not; lifts for who wants to read (CheckBlocks),
     * or all of them (GetBlocks); consents and emergencies of the care provider that wants to. */
    struct permission_facts permission;
    const struct register_row *blocks; /* in the same order */
    const struct register_row *lifts;
};

enum register_status { REGISTER_OK, REGISTER_BLOCKED, REGISTER_WRONG };
/* Is the information blocked for who wants to read it? By the same rules as our own reading
 * (permission_blocked). WRONG: it cannot be told of this row. */
enum register_status register_check(const struct register_question *question,
                                    const struct register_entity *entity,
                                    const struct register_facts *facts);

/* The whole answer. *out_count: rows that were blocked, blocks that were told, or consents. */
void register_answer(const struct register_question *question, const struct register_facts *facts,
                     struct buf *out, size_t *out_count);
