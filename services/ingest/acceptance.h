/* What an archivist, or the time of an agreement, decides of a delivery; and what a package says of
 * earlier ones. E-ARK SIP and FGS name no predecessor in any element of their own: a package is
 * known by its OBJID, which never changes over its life (E-ARK AIP). So a SUPPLEMENT, REPLACEMENT
 * or VERSION (METS RECORDSTATUS, SIP3) carries the OBJID of the package that it is about. */
#pragma once

#include "services/ingest/room.h"

/* The accepted package that has an OBJID now. */
struct current {
    struct uuid id; /* its delivery */
    struct str system;
};
extern const struct field current_fields[];

/* The rule that refuses a package of this status, or NULL: `objid_exists` (NEW, and there is a
 * current one), `objid_not_current` (it is about a package that is not there, or is another
 * system's: one answer for both), `record_status_refused` (DELETE, OTHER and unknown words: an
 * archive removes nothing because a package asks). `current` is NULL when there is none. */
const char *package_refusal(struct str record_status, const struct current *current,
                            struct str system);
/* Does it stand in the current one's place from now on? */
bool package_supersedes(struct str record_status);

enum decision { DECISION_ACCEPT, DECISION_RETURN };

/* May this be decided of the delivery now? NULL, or a conflict whose rule says why not: `rejected`,
 * `not_validated`, `accepted_already`, `returned_already`, `discarded`, `not_stored` (what is not
 * read yet cannot be accepted; it can be returned, for it may never be stored), `test_delivery`
 * (never accepted), and the rules of package_refusal. A
 * pure function. */
struct err *decision_refusal(enum decision decision, const struct delivery *delivery,
                             const struct current *current);

/* Who decided and why; `by` is nil for the agreement. */
struct decided {
    struct uuid by;
    struct str reason; /* domain/decision_reasons.def */
    struct str note;
    struct instant at;
};

/* Plan what follows: the journal's line, milestone, links, event and receipts. `delivery` gets its
 * new milestone. */
void plan_accepted(struct plan *plan, struct str tenant, struct delivery *delivery,
                   const struct current *current, const struct decided *decided);
void plan_returned(struct plan *plan, struct str tenant, struct delivery *delivery,
                   const struct decided *decided);
/* Its time is over: from then on every room lets go of it. */
void plan_discarded(struct plan *plan, const struct delivery *delivery, struct instant at);
/* As plan_accepted, for an agreement that accepts by itself; who plans it sets the milestone. */
void plan_accepted_by_agreement(struct plan *plan, const struct delivery *delivery,
                                const struct current *current);

/* --- the journal (journal.c)
 * ------------------------------------------------------------------------------ */
/* The line that tells of it; `what` is "accepted", "returned" or "discarded", `about` the delivery
 * that an accepted one is about, or nil. */
void plan_decision_line(struct plan *plan, const char *what, const struct delivery *delivery,
                        struct uuid about, const struct decided *decided);
/* Plans what a line tells and the delivery has not come to; nothing when it has. An error says why
 * it cannot be: `delivery` and `current` are what is known now, NULL when there is none. Pure. */
MUST_USE struct err *plan_line_again(struct plan *plan, struct str tenant,
                                     const struct journal_line *line,
                                     const struct delivery *delivery,
                                     const struct current *current);
extern const struct journal_reader ingest_journal;

/* --- HTTP (decide.c)
 * ------------------------------------------------------------------------------- */
struct err *ingest_accept(struct request *request, struct http_reply *reply);
struct err *ingest_return(struct request *request, struct http_reply *reply);

/* --- what is not kept (discard.c)
 * ------------------------------------------------------------------ */
/* Housekeeping: returns what nobody accepted in time; discards what was rejected, returned or a
 * test once the agreement's time for it is over; tells again of what was discarded and is not
 * removed. */
struct err *discard_tenant(struct worker *worker, struct arena *arena, int32_t tenant,
                           struct str name);
struct err *removed_decide(const struct work *work, struct plan *plan);
