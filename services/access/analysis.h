/* A needs-and-risk analysis (behovs- och riskanalys, HSLF-FS 2016:40 4:2), and what may rest on it.
 */
#pragma once

#include "services/access/room.h"

enum { ANALYSIS_ID_MAX = 64 };

struct analysis {
    struct str id;
    struct str title;
    struct str care_provider; /* whose; absent: of assignments that name none */
    struct strs units;        /* and PDL care units; none: all of the care provider */
    struct strs purposes;
    struct strs information_types;
    struct str decided_by;
    struct instant decided_at;
    struct str document; /* where it is found */
    struct instant valid_from;
    struct instant valid_until;
    struct instant review_by; /* told when it is over; ends nothing */
    bool taken_over;          /* from a text on assignments: nothing new rests on it */
};

/* Are the place, the purposes and the information types of the assignment in what was analysed?
 * INVALID otherwise, at the member that is not, with what it is outside. Pure. */
MUST_USE struct err *analysis_covers(const struct analysis *analysis,
                                     const struct assignment *assignment);
/* May something new rest on it now: does it cover that, is it in force, and more than a text that
 * was taken over? INVALID otherwise, at `analysis` or the member. Pure. */
MUST_USE struct err *analysis_supports(const struct analysis *analysis,
                                       const struct assignment *assignment, struct instant now);
/* Does the second cover the same as the first? CONFLICT otherwise, at the member: what an analysis
 * covers never changes. Pure. */
MUST_USE struct err *analysis_is_same(const struct analysis *before, const struct analysis *after);

/* The assignment or rule rests on an analysis of the caller's region that supports it; one whose
 * role shows nothing needs none. INVALID otherwise. (analyses.c) */
MUST_USE struct err *analysis_check(struct request *request, const struct assignment *assignment);
/* Plans what an assignment rests on that comes from a time when the journal, or the register, did
 * not have its analysis; returns what the row is to name. (analyses.c) */
struct str analysis_plan_for(struct change *change, const struct assignment *assignment);

struct err *access_set_analysis(struct request *request, struct http_reply *reply);
struct err *access_get_analysis(struct request *request, struct http_reply *reply);
struct err *access_end_analysis(struct request *request, struct http_reply *reply);
struct err *access_list_analyses(struct request *request, struct http_reply *reply);
