/* A mirror of a service that keeps blocks: RIV-TA informationsecurity.authorization.blocking 4.0,
 * contract GetBlocks. */
#pragma once

#include "base/clock.h"
#include "base/field.h"
#include "http/soap_client.h"

/* A service's answer may hold so much, and a care provider's blocks so many answers. */
enum { MIRROR_ANSWER_MAX = 64 * 1024 * 1024, MIRROR_ANSWERS_MAX = 1000, MIRROR_ARENA = 1 << 30 };

struct mirror_lift {
    struct str id;
    struct instant until;
    struct str for_unit;
    struct str for_employee;
};
struct mirror_block {
    struct str id;
    bool outer;
    struct str care_provider;
    struct str care_unit;         /* inner ones; absent: every unit */
    struct instant records_from;  /* not known: no such limit */
    struct instant records_until; /* the first instant after */
    struct strs excluded;
    struct str id_type; /* of the patient */
    struct str number;
    struct mirror_lift *lifts;
    size_t lift_count;
};
struct mirror_answer {
    struct mirror_block *blocks;
    size_t count;
    struct str next_from;           /* as written, to be sent back so */
    struct str latest_cancellation; /* as written, to be compared */
};
/* One question. Whoever asks fails closed: everything but a whole answer about this care provider
 * is an error, as soap_ask; `from` absent asks for all. */
MUST_USE struct err *mirror_ask(const struct soap_service *service, struct str care_provider,
                                struct str from, struct arena *arena, struct mirror_answer *out);
/* The answer at its element. Pure. INVALID for what breaks the contract, another result than OK or
 * INFO, and a block of another care provider. */
MUST_USE struct err *mirror_read(struct xml *x, struct str care_provider, struct arena *arena,
                                 struct mirror_answer *out);
