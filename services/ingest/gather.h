/* Deliveries of kind `record`: single records are gathered, and a gathering (agreement, partition)
 * becomes one delivery when it is many, large or old enough (S13 in libcommon/README.md). */
#pragma once

#include "services/ingest/room.h"
#include "services/ingest/spool.h"

#define TYPE_RECORD "se.r7e.delivery.record.v1"

enum {
    RECORD_BYTES_MAX = 1024 * 1024, /* a larger one comes as a package */
    GATHER_EXTENTS_MAX = 1000,      /* keys of a whole spool are asked for at once */
    GATHER_BYTES_MAX = 256 * 1024 * 1024,
    GATHER_RECORDS_MAX = 50000, /* METS and PREMIS of so many are held in memory */
};

struct gathering {
    struct uuid id; /* the delivery */
    struct str system;
    struct str agreement;
    struct str topic;
    int32_t partition;
    struct str identity;
    struct str trace;
    struct uuid staged;
    struct uuids keys;
    int32_t keys_used;
    int64_t records;
    int64_t bytes;
    int32_t extents;
    struct instant opened_at;
    struct instant closed_at;
    struct instant received_at;
    int32_t version;
};
extern const struct field gathering_fields[];

/* Is it many, large or old enough? A pure function. */
bool gathering_is_full(const struct gathering *gathering, const struct gather_settings *settings,
                       struct instant now);

/* --- at the door (gather.c)
 * ------------------------------------------------------------------------- */

bool is_record(const struct message *message);
/* Why the message alone can be no record, whatever agreement it names; a pure function. */
struct err *record_refusal(const struct message *message);
/* For struct input: good records of one poll, place and agreement are one extent. */
bool gather_joins(const struct message *first, const struct message *next);
void gather_load(const struct message *message, struct gather_facts *facts, struct load *load);
struct err *gather_keys(const struct message *message, const struct gather_facts *facts,
                        struct arena *arena, struct key_request *out);
struct err *gather_decide(const struct work *work, struct plan *plan);
extern const struct place_sql gather_places;

/* --- what becomes of it (gather_close.c)
 * ------------------------------------------------------------ */

/* Facts of a gathering that has closed. */
struct closed_facts {
    struct rows gathering; /* struct gathering */
    struct rows extents;   /* struct extent */
    struct rows agreement; /* struct gathering_agreement */
};
struct extent {
    int32_t number;
    int64_t first; /* the number of its first record in the package, from 1 */
    int64_t records;
    struct uuid staged;
    struct uuid key;
    int64_t bytes;
    int64_t stored_bytes;
};
struct gathering_agreement {
    struct str title;
    struct str information_type;
    struct str archive_creator;
    struct str source_system;
    bool accepts_by_itself;
};
void closed_load(const struct message *message, void *facts, struct arena *arena,
                 struct load *load);
struct err *closed_keys(const struct message *message, const void *facts, struct arena *arena,
                        struct key_request *out);
struct err *closed_decide(const struct work *work, struct plan *plan);
/* Closes what is old enough, and tells again of what was closed and not made a delivery. */
struct err *gather_housekeep(const struct house *house, struct worker *worker, struct arena *arena,
                             int32_t tenant);
/* GET /deliveries/{delivery}/records: the supplier's ids, by their numbers in the package. */
struct err *ingest_list_records(struct request *request, struct http_reply *reply);

/* --- the package (gather_package.c)
 * ----------------------------------------------------------------- */

/* Where a gathering's records are read from; the package is a pure function of it. */
struct gather_source {
    const struct gathering *gathering;
    const struct gathering_agreement *agreement;
    const struct extent *extents;
    size_t extent_count;
    const struct file_key *keys; /* of the extents, in their order */
    int location;                /* the storage location with the staging area */
    struct str tenant;
};
struct uuid gathering_package(struct uuid delivery);
/* How many segments the package may need. */
size_t gather_package_segments(const struct gathering *gathering);
/* Writes the package: a ZIP of a CSIP folder, records as representations/rep1/data/NNNNNNNN.xml or
 * .json in extent order. CORRUPT when the spool is not what was written. */
struct err *gather_package_write(const struct gather_source *source,
                                 struct segment_writer *segments);
