/* Uploads: bytes that come in by tus, in any number of goes, and lie sealed in staging until the
 * topic announces them (S11, S16). Only the system whose certificate made an upload knows of it. */
#pragma once

#include "services/ingest/room.h"
#include "vault/intake.h"

/* --- rows (upload.c)
 * ------------------------------------------------------------------------------ */

struct upload {
    struct uuid id;
    struct str system;
    struct str agreement;
    int64_t bytes;
    int64_t received;
    struct bytes chain;
    struct sha256 sha256; /* zero until complete */
    struct uuid key;
    struct uuids next_keys;
    bool writing;
    struct uuid delivery;
    int32_t version;
    struct instant expires_at;
};
extern const struct field upload_fields[];

/* What a system's new upload is judged by. */
struct upload_wish {
    int64_t bytes;
    int64_t uploads; /* the system has already */
    int64_t due;     /* bytes that unfinished uploads have yet to bring */
    int64_t room;    /* bytes that the staging area can take */
};
/* May it begin? Pure. */
MUST_USE struct err *upload_may_begin(const struct upload_wish *wish,
                                      const struct agreement *agreement, struct str system,
                                      const struct ingest_settings *settings);

/* What a PATCH says of itself. */
struct upload_patch {
    int64_t offset;
    int64_t length; /* -1: not told */
    bool checked;   /* has an Upload-Checksum */
};
/* A checksum is verified before anything is acknowledged, so what it covers is bounded. */
enum { UPLOAD_CHECKED_MAX = SEGMENT_BYTES };
/* May it be taken? Pure. CONFLICT for another offset, LOCKED while another writes. */
MUST_USE struct err *upload_may_take(const struct upload *upload, const struct upload_patch *patch);

/* Its bytes and keys go: now, or with the sweeper after a crash. A CONFLICT when a delivery has
 * claimed it, or it has changed since it was read. */
void plan_upload_end(struct plan *plan, const struct upload *upload);

/* Common to the answers: our version, and what is known of the upload. */
void upload_reply(struct request *request, const struct upload *upload, int status,
                  struct http_reply *reply);
/* NOT_FOUND for none, another system's, an expired one: one answer for all three. */
MUST_USE struct err *upload_find(struct request *request, struct upload *out);
http_present_error upload_present_error;

/* --- routes
 * --------------------------------------------------------------------------------------- */
struct err *upload_options(struct request *request, struct http_reply *reply);
struct err *upload_create(struct request *request, struct http_reply *reply);
struct err *upload_head(struct request *request, struct http_reply *reply);
struct err *upload_terminate(struct request *request, struct http_reply *reply);
struct err *upload_take(struct request *request, struct http_reply *reply); /* upload_take.c */
