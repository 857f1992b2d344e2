/* What room ingest and r7 tell each other: one shape for both (schemas/openapi/ingest.yaml,
 * schemas/events/announcement.json). */
#pragma once

#include "base/field.h"

/* GET /deliveries, GET /deliveries/{delivery} */
struct delivery_view {
    struct uuid delivery;
    struct str system;
    struct str identity;
    struct str agreement;
    struct str state;
    struct uuid package; /* nil while it is announced only */
    struct sha256 sha256;
    int64_t bytes;
    int64_t files;
    int64_t records;
    int64_t unreadable;
    int64_t errors;
    int64_t warnings;
    struct str rule;
    struct instant announced_at; /* of one whose bytes are waited for … */
    struct instant waits_until;  /* … so long: then it is rejected, upload_missing */
    struct instant received_at;
    struct instant validated_at;
    struct instant rejected_at;
    struct instant accepted_at;
    struct instant returned_at;
    struct instant stored_at;
    struct instant indexed_at;
    struct instant discarded_at;
    struct instant removed_at;
    struct str objid;
    struct str record_status;
    struct json_text progress; /* struct progress_view; absent when no room has work with it */
    struct json_text findings; /* of one delivery: what validation found, by requirement */
    struct json_text decision; /* of one delivery: who accepted or returned it, and why */
};
extern const struct field delivery_view_fields[];

/* What a room has in hand of it. Small packages go too fast to be counted. */
struct progress_view {
    struct str doing;   /* receiving, listing, validating, storing, indexing */
    int64_t parts;      /* 0: it is not cut into parts, or not yet */
    int64_t parts_done; /* of them */
    int64_t entries;    /* listing: so far */
    int64_t bytes;      /* receiving: so far */
    int32_t failures;   /* receiving from an object store: attempts in a row that brought nothing */
    struct str failure; /* why the last of them did not; validating: what it waits for */
};
extern const struct field progress_view_fields[];

/* GET /deliveries/{delivery}/progress */
struct standing_view {
    struct str state;
    struct json_text progress; /* these two as in struct delivery_view */
    struct instant waits_until;
};
extern const struct field standing_view_fields[];

/* GET /set-aside, GET /set-aside/{message} */
struct aside {
    struct uuid id;
    struct str room;
    int32_t tenant;
    struct str topic;
    int32_t partition;
    int64_t offset;
    struct uuid subject;
    struct str rule;
    struct json_text problem;
    struct str state;
    int32_t times;
    struct instant set_aside_at;
};
extern const struct field aside_fields[];

/* The value of an announcement on deliveries.<tenant>.<system>: of an upload, or of an object. */
struct announced {
    struct uuid upload;
    struct str uri;
    int64_t bytes;
    struct sha256 sha256;
};
extern const struct field announced_fields[];
