/* Which part of the disclosure log a reviewer sees and judges, and the row that is written before
 * it is shown. The rule itself stands in permission_decide: each care provider follows up its own
 * staff (PDL 4:3). */
#pragma once

#include "services/access/room.h"

struct log_question {
    enum permission_action action;         /* ACTION_LISTED, EXPORTED, REVIEWED … */
    enum permission_purpose purpose;       /* log review when not said */
    struct str reason;                     /* as written */
    enum permission_protection protection; /* of the person the log is about */
    struct permission_span whole_log;      /* log_rules_load */
};

/* Whose staff's rows are shown; absent: everybody's. */
struct log_part {
    struct str care_provider;
};

/* The region's decision, if it has any, that its reviewers review for every care provider. */
MUST_USE struct err *log_rules_load(struct request *request, struct log_question *out);
/* What is known of the person's protection, into the question. */
MUST_USE struct err *log_protection_load(struct request *request, struct uuid person,
                                         struct log_question *out);
/* May the subject see, or with ACTION_REVIEWED judge, what staff of this care provider (absent:
 * nobody's staff) did? `others`: it was somebody else than the subject. FORBIDDEN, with the
 * reasons, when not. */
MUST_USE struct err *log_decide(const struct request *request, const struct subject *subject,
                                const struct log_question *question, struct str care_provider,
                                bool others, struct permission *out);
/* The part of the log the subject may see at all, and the decision about it. FORBIDDEN when there
 * is none. */
MUST_USE struct err *log_part_of(const struct request *request, const struct subject *subject,
                                 const struct log_question *question, struct log_part *out,
                                 struct permission *out_permission);
/* Is a row of this care provider's staff within it? */
bool log_part_has(const struct log_part *part, struct str care_provider);

/* A row of the log, as it is shown. */
struct log_shown_row {
    struct uuid id;
    struct instant at;
    struct str subject_kind;
    struct str subject_name;
    struct str role;
    struct str unit;
    struct str care_provider;
    struct str action;
    struct str purpose;
    int64_t records;
    struct json_text what;
    struct str reasons;
    struct str obligations;
    struct str reason;
    struct uuid request;
};
extern const struct field log_shown_fields[];

/* Where a protected person is cared for is told by who has read: hides it when the decision says
 * so.
 */
void log_hide_place(const struct permission *permission, struct rows *rows);
/* Plans the row about it being shown. */
void log_shown_write(struct request *request, struct batch *log, const struct subject *subject,
                     const struct permission *permission, struct uuid person, struct str what,
                     struct str reason, size_t records, const struct fact_version versions[2]);
