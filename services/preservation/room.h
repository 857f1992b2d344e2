/* Room preservation: what passed becomes an object in every storage location. */
#pragma once

#include "domain/events.h"
#include "services/preservation/aip.h"
#include "svc/svc.h"
#include "svc/svc_sql.h"
#include "vault/segment_row.h"

#define SQL_DEF "services/preservation/sql.def"
#include "db/sql_declare.h"
extern const struct sql *const preservation_sql[];

/* A sealed file of the AIP part: ours, or validation's. */
struct aip_row {
    int32_t number;
    struct str what; /* aip_places[].name */
    struct uuid staged;
    struct uuid key;
    int64_t bytes;
    int64_t stored_bytes;
    struct bytes sha512;
};

/* A package on its way into the vault. */
struct work_row {
    struct uuid package;
    struct uuid staged; /* the folder of what we have sealed */
    int32_t parts;
    int32_t parts_left;
    int32_t at_once;
    struct instant begun_at;
};

extern const struct field work_fields[];

struct part_row {
    int32_t number;
    struct instant done_at;
};

/* What is loaded depends on the message. */
struct store_facts {
    struct rows delivery; /* struct stored_delivery */
    struct rows package;  /* present: stored already */
    struct rows deletion; /* present: removed since, or ordered to be */
    struct rows work;     /* struct work_row; present: begun */
    struct rows segments; /* struct segment_row: delivered, all of them or a part's run */
    struct rows aip;      /* struct aip_row */
    struct rows judged;   /* struct aip_file: what validation sealed for the AIP part */
    struct rows parts;    /* struct part_row: the part, or those under way */
    struct rows busy;     /* struct busy_row */
};
struct busy_row {
    int64_t parts; /* of the region, under way */
};

/* delivery.validated: what is ours is sealed, a large package cut into parts (seal.c). */
void seal_load(const struct message *message, void *facts, struct arena *arena, struct load *load);
struct err *seal_keys(const struct message *message, const void *facts, struct arena *arena,
                      struct key_request *out);
struct err *seal_decide(const struct work *work, struct plan *plan);
/* preservation.part: a run of segments is placed (part.c). */
void part_load(const struct message *message, void *facts, struct arena *arena, struct load *load);
struct err *part_decide(const struct work *work, struct plan *plan);
void plan_part_event(struct plan *plan, struct uuid delivery, int32_t number);
/* preservation.close: the object appears in every location (close.c). */
void close_load(const struct message *message, void *facts, struct arena *arena, struct load *load);
struct err *close_decide(const struct work *work, struct plan *plan);
void plan_close_event(struct plan *plan, struct uuid delivery, struct uuid package);
void plan_stored(const struct work *work, struct plan *plan, const struct stored_delivery *d);

/* An object with room for so many parts. */
struct ocfl_object *object_new(const struct work *work, const struct stored_delivery *delivery,
                               struct instant created, size_t part_count,
                               struct ocfl_part **out_parts);

/* --- purging (purge.c)
 * ------------------------------------------------------------------------------ */
struct purge_facts {
    struct rows deletion; /* present: removed already */
    struct rows work;     /* struct work_row; present: on its way into the vault */
};
void purge_load(const struct message *message, void *facts, struct arena *arena, struct load *load);
struct err *purge_decide(const struct work *work, struct plan *plan);
/* Of a delivery that is discarded: whatever was on its way into the vault goes. */
void plan_let_go(const struct work *work, struct plan *plan, struct uuid delivery,
                 struct uuid package, const struct rows *under_way);
