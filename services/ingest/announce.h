/* Deliveries whose bytes do not come on the topic: the message says where they are, how many and
 * with which SHA-256. One that is ahead of its upload waits until all bytes are there, or the
 * upload's lease is over (S11). One that names an object waits for an upload that ingest makes of
 * it (object.h). */
#pragma once

#include "domain/ingest_api.h"
#include "services/ingest/upload.h"

/* A row of those that wait. */
struct announcement {
    struct uuid id; /* the delivery that it will be */
    struct str system;
    struct str identity;
    struct str agreement;
    struct uuid upload;
    int64_t bytes;
    struct sha256 sha256;
    struct str trace;
    struct str uri;  /* of the object that the upload is filled from; absent: it comes by tus */
    struct str etag; /* its version, once some of it came */
    int32_t failures;
};
extern const struct field announcement_fields[];

struct announcement_facts {
    struct str identity; /* the message's */
    struct announced announced;
    struct err *unreadable; /* why the value is no announcement */
    struct rows upload;     /* struct upload: this system's, alive */
    struct rows waiting;    /* struct announcement: of the same identity, or of the same upload */
};

/* Parts of door_load and door_refusal. */
void announcement_load(const struct message *message, struct door_facts *facts, struct arena *arena,
                       struct load *load);
bool announcement_is_repeat(const struct door_facts *facts);
struct err *announcement_refusal(const struct door_facts *facts);
/* Of a good message: is there an upload to be made for its object? It lies in the leased folder. */
bool announcement_is_object(const struct door_facts *facts);
/* Makes the delivery of the upload, or lets the announcement wait. */
void announcement_take_in(const struct work *work, struct plan *plan, struct uuid delivery);

/* Ends the upload that was announced in vain, because its bytes are a delivery already; one that
 * another announcement waits for stays. */
void announcement_end_upload(const struct door_facts *facts, struct plan *plan);

/* Ends the waits that are over: of one upload, or of the tenant's all when it is nil. */
MUST_USE struct err *announcements_settle(struct worker *worker, struct arena *arena,
                                          int32_t tenant, struct uuid upload);
