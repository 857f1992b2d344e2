/* The two-person rule, around change_apply. */
#pragma once

#include "services/access/room.h"

/* The facts of two_persons.def whole, as a proposal keeps them. */
extern const struct field assignment_whole_fields[], group_rule_whole_fields[],
    policy_whole_fields[], succession_whole_fields[], password_whole_fields[],
    person_service_whole_fields[], consent_service_whole_fields[], agreement_whole_fields[],
    identity_whole_fields[], principal_whole_fields[],
    review_rules_whole_fields[]; /* of a provider: provider.h */

/* As change_apply; or, for what two_persons.def lists in a region with a second administrator, as a
 * proposal: then *out_waits, and the reply is made (202, change->waiting). */
MUST_USE struct err *proposal_or_apply(struct request *request, struct http_reply *reply,
                                       struct change *change, const struct change_kind *kind,
                                       const void *fact, bool *out_waits);
/* Has the caller's region a second administrator, so that such a change waits for one? */
MUST_USE struct err *proposal_has_second(struct request *request, bool *out);
/* Has the user of the caller's region a role by which two_persons.def asks for a second person? */
MUST_USE struct err *proposal_holds_wide_role(struct request *request, struct uuid user, bool *out);

struct err *access_list_proposals(struct request *request, struct http_reply *reply);
struct err *access_approve_proposal(struct request *request, struct http_reply *reply);
struct err *access_approve_for_region(struct request *request, struct http_reply *reply);
struct err *access_refuse_proposal(struct request *request, struct http_reply *reply);
