/* Room keys: the only one that can unwrap. */
#pragma once

#include "svc/svc.h"

struct keys_settings {
    struct str folder; /* tenants/<name>/ holds each tenant's identities and recipients */
};

#define SQL_DEF "services/keys/sql.def"
#include "db/sql_declare.h"
extern const struct sql *const keys_sql[];

/* --- the tenant's folder (identities.c)
 * ------------------------------------------------------------- */

/* Files in tenants/<name>/: region.recipient, escrow.recipient (offline identities),
 * service.identity, delivery.identity (online), pseudonym.key (64 hex digits). */
MUST_USE struct err *identities_recipients(struct str folder, struct str tenant,
                                           struct age_recipient out[3]);
enum identity_kind { IDENTITY_SERVICE, IDENTITY_DELIVERY };
/* The caller wipes it. */
MUST_USE struct err *identities_open(struct str folder, struct str tenant, enum identity_kind kind,
                                     struct age_identity *out);
MUST_USE struct err *identities_pseudonym_key(struct str folder, struct str tenant,
                                              struct sha256 *out);

/* --- routes (api.c)
 * --------------------------------------------------------------------------------- */
struct err *keys_new(struct request *request, struct http_reply *reply);
struct err *keys_unwrap(struct request *request, struct http_reply *reply);
/* Every key of a discarded delivery, before its bytes go. */
struct err *keys_destroy(struct request *request, struct http_reply *reply);
struct err *keys_open(struct request *request, struct http_reply *reply);
struct err *keys_pseudonym_key(struct request *request, struct http_reply *reply);
struct err *keys_delivery_recipient(struct request *request, struct http_reply *reply);
struct err *keys_housekeep(const struct house *house, struct worker *worker, struct arena *arena);
