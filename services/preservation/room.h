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

/* A sealed file of the AIP part. */
struct aip_file {
    const char *what;       /* premis, catalogue, entries, report */
    struct segment segment; /* index: its number in the AIP part */
};

struct store_facts {
    struct rows delivery; /* struct stored_delivery */
    struct rows segments; /* struct segment_row */
    struct rows sealed;   /* struct sealed_row */
    struct rows package;  /* present: stored already */
};

void store_load(const struct message *message, void *facts, struct arena *arena, struct load *load);
struct err *store_keys(const struct message *message, const void *facts, struct arena *arena,
                       struct key_request *out);
struct err *store_decide(const struct work *work, struct plan *plan);

/* --- the AIP part's own texts (aip.c)
 * --------------------------------------------------------------- */
/* PREMIS 3.0: the package as an object with its fixity, and what has happened to it. */
MUST_USE struct err *aip_premis(const struct stored_delivery *delivery, struct str tenant,
                                struct instant now, struct buf *out);
/* All that the catalogue could not make again, as JSON (S18). */
MUST_USE struct err *aip_catalogue(const struct stored_delivery *delivery, struct str tenant,
                                   const struct segment *segments, size_t count, struct buf *out);
