/* Room validation: is this package what it claims to be? */
#pragma once

#include "domain/events.h"
#include "services/validation/inspect.h"
#include "svc/svc.h"
#include "svc/svc_sql.h"
#include "vault/segment_row.h"

#define SQL_DEF "services/validation/sql.def"
#include "db/sql_declare.h"
extern const struct sql *const validation_sql[];

/* --- delivery.received (judge.c)
 * -------------------------------------------------------------------- */
struct judge_facts {
    struct rows delivery; /* struct judged_delivery */
    struct rows segments; /* struct segment_row */
    struct rows work;     /* struct work_row: judged already */
};
void judge_load(const struct message *message, void *facts, struct arena *arena, struct load *load);
struct err *judge_keys(const struct message *message, const void *facts, struct arena *arena,
                       struct key_request *out);
struct err *judge_decide(const struct work *work, struct plan *plan);

/* --- HTTP (api.c)
 * ----------------------------------------------------------------------------------- */
struct err *validation_report(struct request *request, struct http_reply *reply);

/* --- package.stored (release.c): what was sealed here is in the vault now
 * --------------------------- */
struct release_facts {
    struct rows staged;
};
void release_load(const struct message *message, void *facts, struct arena *arena,
                  struct load *load);
struct err *release_decide(const struct work *work, struct plan *plan);
