/* Room preservation: what passed becomes an object in every storage location. */
#pragma once

#include "domain/events.h"
#include "svc/svc.h"
#include "svc/svc_sql.h"
#include "vault/segment_row.h"

#define SQL_DEF "services/preservation/sql.def"
#include "db/sql_declare.h"
extern const struct sql *const preservation_sql[];

/* The delivery, as ingest and validation know it. */
struct stored_delivery {
    struct uuid id;
    struct uuid package;
    struct str system;
    struct str agreement;
    struct str identity;
    int64_t bytes;
    struct sha256 sha256;
    struct uuid staged;
    struct instant received_at;
    struct str objid;
    int64_t files;
    int64_t errors;
    int64_t warnings;
};

/* A file that validation sealed: it goes into the AIP part. */
struct sealed_row {
    struct uuid staged;
    int32_t number;
    struct str what;
    struct uuid key;
    int64_t bytes;
    int64_t stored_bytes;
    struct bytes sha512;
};

/* What an object is made of. */
struct object_facts {
    struct rows delivery; /* struct stored_delivery */
    struct rows segments; /* struct segment_row */
    struct rows sealed;   /* struct sealed_row, in their order in the AIP part */
};

struct store_facts {
    struct object_facts object;
    struct rows package; /* present: stored already */
};

void store_load(const struct message *message, void *facts, struct arena *arena, struct load *load);
struct err *store_keys(const struct message *message, const void *facts, struct arena *arena,
                       struct key_request *out);
struct err *store_decide(const struct work *work, struct plan *plan);

/* --- the object (object.c)
 * --------------------------------------------------------------------------------------------- */
enum { OWN_FILES = 2 }; /* what we seal ourselves; each wants a fresh key */

/* With room for so many parts. */
struct ocfl_object *object_new(const struct work *work, const struct stored_delivery *delivery,
                               size_t part_count, struct ocfl_part **out_parts);
/* Seals the AIP part's own texts and plans the object and its rows; `placed`: its delivered
 * segments went into it in parts. */
MUST_USE struct err *object_store(const struct work *work, const struct object_facts *facts,
                                  bool placed, struct plan *plan);

/* --- the AIP part's own texts (aip.c)
 * --------------------------------------------------------------- */
/* PREMIS 3.0: the package as an object with its fixity, and what has happened to it. */
MUST_USE struct err *aip_premis(const struct stored_delivery *delivery, struct str tenant,
                                struct instant now, struct buf *out);
/* All that the catalogue could not make again, as JSON (S18). */
MUST_USE struct err *aip_catalogue(const struct stored_delivery *delivery, struct str tenant,
                                   const struct segment *segments, size_t count, struct buf *out);
