/* Room ingest: the topic makes deliveries; milestones and receipts. */
#pragma once

#include "domain/events.h"
#include "svc/svc.h"

#define SQL_DEF "services/ingest/sql.def"
#include "db/sql_declare.h"
extern const struct sql *const ingest_sql[];

/* --- rows
 * ------------------------------------------------------------------------------------------- */

/* Where announcements may name objects (object.h); endpoint absent: nowhere. */
struct object_store {
    struct str endpoint;
    struct str bucket;
    struct str prefix;
    struct str region;
    struct str credentials; /* their name */
};

/* Of a struct with a member `store`. */
#define OBJECT_STORE_FIELDS(type)                                                                  \
    FIELD_NAMED(type, store.endpoint, "store_endpoint", OPTIONAL),                                 \
        FIELD_NAMED(type, store.bucket, "store_bucket", OPTIONAL),                                 \
        FIELD_NAMED(type, store.prefix, "store_prefix", OPTIONAL),                                 \
        FIELD_NAMED(type, store.region, "store_region", OPTIONAL),                                 \
        FIELD_NAMED(type, store.credentials, "store_credentials", OPTIONAL)

struct agreement {
    struct str id;
    struct str system;
    struct str information_type;
    bool accepts_by_itself;
    bool must_be_encrypted;
    int64_t package_bytes_max;
    bool refuse_unscanned; /* these are room validation's to judge */
    struct strs profiles;
    struct strs content_types;
    struct strs formats;
    struct strs descriptions;
    int64_t files_max;
    int64_t file_bytes_max;
    bool in_force; /* at the time of the question */
    struct object_store store;
};
extern const struct field agreement_fields[];

/* A delivery with its milestones: the row of ingest.delivery. */
struct delivery {
    struct uuid id;
    int32_t tenant;
    struct str system;
    struct str identity;
    struct str agreement;
    struct uuid package;
    struct str kind;
    int64_t bytes;
    struct sha256 sha256;
    struct uuid staged;
    struct str objid;
    struct str record_status;
    struct str rule;
    int64_t errors;
    int64_t warnings;
    int64_t files;
    int64_t records;
    int64_t unreadable;
    struct str trace;
    struct instant received_at;
    struct instant validated_at;
    struct instant rejected_at;
    struct instant accepted_at;
    struct instant returned_at;
    struct instant stored_at;
    struct instant indexed_at;
    struct instant discarded_at;
    struct instant removed_at;
    struct str state; /* the last milestone in words, as the table makes it */
    int32_t receipts; /* bits of enum receipt_kind that have left */
    int32_t version;
};
extern const struct field delivery_fields[];

/* --- receipts (receipt.c)
 * --------------------------------------------------------------------------- */

enum receipt_kind {
    RECEIPT_RECEIVED,
    RECEIPT_REJECTED,
    RECEIPT_AWAITING_ACCEPTANCE,
    RECEIPT_ACCEPTED,
    RECEIPT_RETURNED,
    RECEIPT_ARCHIVED,
    RECEIPT_SEARCHABLE,
    RECEIPT_TESTED, /* the end of a TEST delivery, which is neither accepted nor kept */
    RECEIPT_KINDS
};
const char *receipt_name(enum receipt_kind kind);
extern const struct field receipt_fields[]; /* schemas/events/receipt.json */

/* Which receipts a delivery with these milestones has earned, as bits; a pure function (S7). */
unsigned receipts_due(const struct delivery *delivery, bool accepts_by_itself);
/* Plans the receipts in `due`, in order. `system_topic` is receipts.<tenant>.<system>. */
void plan_receipts(struct plan *plan, struct str system_topic, const struct delivery *delivery,
                   unsigned due);
/* A refusal of something that becomes no delivery row. */
void plan_refusal(struct plan *plan, struct str system_topic, struct uuid delivery,
                  struct str identity, const struct err *why, struct uuid duplicate_of);

/* --- settings (settings.c)
 * ---------------------------------------------------------------------------- */

/* When a gathering closes (gather.h). */
struct gather_settings {
    int64_t records;
    int64_t bytes;
    int32_t seconds;
};
struct ingest_settings {
    int32_t upload_lease;    /* seconds that an upload is kept after its last bytes */
    int32_t upload_lock;     /* seconds that a silent writer keeps others out */
    int32_t uploads_max;     /* unfinished ones of a system */
    int64_t staging_reserve; /* bytes of the first location that no upload may count on */
    struct gather_settings gather;
    struct str store_keys; /* the folder of the keys to object stores; absent: none is asked */
    struct str store_ca; /* PEM file: who signs their certificates; absent: as the system has it */
};
extern const struct setting ingest_setting_table[];

/* --- the door (door.c)
 * ------------------------------------------------------------------------------ */

/* Of a record's place (gather.h). */
struct gather_facts {
    struct rows gathering; /* struct gathering: the open one */
    struct rows offset;    /* how far it has come */
};
struct door_facts {
    struct sha256 sha256;  /* of the package in clear: of the value, or as announced */
    int64_t bytes;         /* of the package in clear */
    struct err *unopened;  /* the value is encrypted, and not so that we can read it (sealed.h) */
    struct rows agreement; /* struct agreement */
    struct rows known;     /* struct delivery: the same identity */
    struct rows same;      /* struct delivery: the same bytes, accepted or in progress */
    struct announcement_facts *announcement; /* NULL: the value is the package (announce.h) */
    struct gather_facts gather;
};
struct err *door_read(const struct bus_message *raw, struct arena *arena, struct message *out);
void door_load(const struct message *message, void *facts, struct arena *arena, struct load *load);
struct err *door_keys(const struct message *message, const void *facts, struct arena *arena,
                      struct key_request *out);
struct err *door_decide(const struct work *work, struct plan *plan);
/* Plans the row of a delivery whose bytes are there, its event and its first receipts. */
void plan_received(struct plan *plan, struct str system_topic, const struct delivery *delivery,
                   bool accepts_by_itself);
/* receipts.<tenant>.<system>. */
struct str receipts_topic(struct arena *arena, struct str tenant, struct str system);
/* The rule that refuses a message, or NULL; a pure function. For a record: of all that joined it.
 */
struct err *door_refusal(const struct message *message, const struct door_facts *facts);
/* The same, of the message alone: whatever agreement it names. */
struct err *door_refused_alone(const struct message *message);

/* --- milestones (milestones.c)
 * ---------------------------------------------------------------------- */

struct milestone_facts {
    struct rows delivery;  /* struct delivery */
    struct rows agreement; /* struct agreement */
    struct rows checked;   /* struct checked: what validation learned */
    struct rows current;   /* struct current: the accepted package that has the OBJID now */
};
void milestone_load(const struct message *message, void *facts, struct arena *arena,
                    struct load *load);
struct err *validated_decide(const struct work *work, struct plan *plan);
struct err *rejected_decide(const struct work *work, struct plan *plan);
struct err *stored_decide(const struct work *work, struct plan *plan);
struct err *indexed_decide(const struct work *work, struct plan *plan);

/* --- HTTP and housekeeping (api.c)
 * ------------------------------------------------------------------ */
/* The caller is one of the staff who look after deliveries. */
MUST_USE struct err *ingest_let_in(struct request *request);
struct err *ingest_get_delivery(struct request *request, struct http_reply *reply);
struct err *ingest_get_progress(struct request *request, struct http_reply *reply);
struct err *ingest_list_deliveries(struct request *request, struct http_reply *reply);
/* Answers with a delivery as people see it. */
MUST_USE struct err *ingest_show_delivery(struct request *request, struct uuid delivery);
struct err *ingest_get_agreement(struct request *request, struct http_reply *reply);
struct err *ingest_put_agreement(struct request *request, struct http_reply *reply);
struct err *ingest_put_ruling(struct request *request, struct http_reply *reply);
struct err *ingest_list_rulings(struct request *request, struct http_reply *reply);
struct err *ingest_housekeep(const struct house *house, struct worker *worker, struct arena *arena);

/* --- what was set aside, in any room (set_aside.c)
 * ------------------------------------------------------------------------------------------- */
struct err *ingest_list_set_aside(struct request *request, struct http_reply *reply);
struct err *ingest_get_set_aside(struct request *request, struct http_reply *reply);
struct err *ingest_retry_set_aside(struct request *request, struct http_reply *reply);
struct err *ingest_discard_set_aside(struct request *request, struct http_reply *reply);
/* What was decided long ago, and nothing can ask for, goes; the decision stays. Tenant 0: what is
 * of no region. */
MUST_USE struct err *set_aside_forget(struct worker *worker, struct arena *arena, int32_t tenant);
