/* The person who asks, as permission_decide wants to know them, and the row that is written before
 * the first byte leaves. Facts about access are read at every request and never kept (S25 in
 * libcommon/README.md). */
#pragma once

#include "domain/permission.h"
#include "svc/svc.h"

/* A fact that a decision rests on, with the version that was read. */
struct fact_version {
    struct str kind; /* user, person, unit, rules */
    struct str id;
    int64_t version;
};

struct subject {
    struct permission_subject permission;
    struct uuid user;
    struct str name;
    struct uuid assignment;
    struct str role;
    struct fact_version version; /* the user's */
};

/* One round trip: user, chosen assignment, how far the token's sign-in reaches (of one that is not
 * there: least), version. UNAUTHENTICATED when the user is gone, the assignment is not the user's,
 * the token was made before the user's tokens_from, or its session has ended. */
MUST_USE struct err *subject_load(struct request *request, struct subject *out);
/* The same in two steps, for who asks for more in that round trip. */
void subject_ask(struct request *request, struct load *load, struct rows *out);
MUST_USE struct err *subject_take(struct request *request, const struct rows *rows,
                                  struct subject *out);
/* Another assignment of the caller's region, for a question about it: what it opens at the most,
 * since how far it reaches is known of a session only. NOT_FOUND when there is none. */
MUST_USE struct err *subject_find(struct request *request, struct uuid assignment,
                                  struct subject *out);
/* FORBIDDEN unless the subject's assignment is in force and has one of these roles. For routes that
 * show no records. */
MUST_USE struct err *subject_need_role(const struct request *request, const struct subject *subject,
                                       const enum permission_role *roles, size_t count);
/* The same, with the decision: for what is logged as a disclosure though it is no record. */
MUST_USE struct err *subject_decide_role(const struct request *request,
                                         const struct subject *subject,
                                         const enum permission_role *roles, size_t count,
                                         struct permission *out);

/* What a denied decision is told as: FORBIDDEN, by its reasons as words and as sentences. */
MUST_USE struct err *subject_refused(const struct permission *permission);

struct disclosure {
    const char *subject_kind; /* "person", "national_service" */
    struct str subject;       /* the user's id, or the service's HSA-id */
    struct str subject_name;
    struct uuid assignment;
    struct str role;
    struct str unit;
    struct str care_provider;
    struct uuid person; /* nil: nobody in particular */
    enum permission_action action;
    const char *purpose;
    int64_t records;
    struct str what; /* JSON */
    const struct permission *permission;
    struct str reason;
};

/* A row of who asks, for the rest to be told. It borrows from the subject. */
struct disclosure disclosure_by(const struct subject *subject);

/* Adds the row to what batch_run writes before the first byte is shown. That is a CONFLICT when a
 * fact has changed since it was read, or the decision's time is over: then load and decide again.
 */
void disclosure_write(const struct request *request, struct batch *log,
                      const struct disclosure *disclosure, const struct fact_version *versions,
                      size_t count);

/* The versions of facts about these persons; 0 where none was ever written. */
MUST_USE struct err *fact_versions_read(struct request *request, const struct uuid *persons,
                                        size_t count, struct fact_version *out);
