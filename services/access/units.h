/* The register of units: what its files share (units.c, directory.c). */
#pragma once

#include "services/access/room.h"

enum { UNIT_ID_MAX = 64 };

struct unit {
    struct str id; /* HSA-id, or an id of the region's own */
    struct str name;
    struct str hsa_id; /* when the id is another */
    struct str care_unit;
    struct str care_provider;
    bool is_protected;
    struct instant valid_from;
    struct instant valid_until;
    struct str source; /* local, directory */
};
/* Of a row, and of a line in the journal. */
extern const struct field unit_fact_fields[];
MUST_USE struct err *units_find(struct request *request, struct str id, struct unit *out,
                                bool *out_found);
