/* Signing in: what comes after a person is known, by a password (login.c) or through an identity
 * provider (oidc.c). */
#pragma once

#include "services/access/claims.h"
#include "services/access/room.h"

struct account_row {
    struct uuid id;
    struct str name;
    struct str password;
    struct str hsa_id;
    bool break_glass;
    struct instant tokens_from;
};
extern const struct field account_fields[];

/* In force when it was read. */
struct assignment_row {
    struct uuid id;
    struct str role;
    struct str unit;
    struct str care_unit;
    struct str care_provider;
    struct strs purposes;
    struct strs information_types;
    struct instant valid_until;
};
extern const struct field assignment_fields[];

/* How the person came to be known. */
struct way_in {
    struct str provider; /* absent: by a password */
    struct strs methods;
    struct str assurance;
    const struct claimed *claimed; /* NULL: by a password */
    int32_t level;                 /* that the provider must state at least */
    /* What the provider calls it, for the day it ends it (sign_out.c). */
    struct uuid session; /* nil: it named none */
    struct uuid subject;
    struct instant issued_at;
};
/* Of a session or a subject at an issuer: no id of theirs is kept. */
struct uuid sign_in_session_of(struct str issuer, struct str session);
struct uuid sign_in_subject_of(struct str issuer, struct str subject);

/* Answers with a token for the one assignment that is wanted, or is the only one; a list without a
 * token when there are several. With claims only those count that agree with them. The row that
 * tells of it is committed before the token is given. FORBIDDEN when there is none. */
MUST_USE struct err *sign_in_answer(struct request *request, int32_t tenant,
                                    const struct account_row *account,
                                    const struct rows *assignments, struct uuid wanted,
                                    const struct way_in *way);
