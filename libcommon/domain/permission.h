/* Who may see what: one pure function that every room that discloses asks, and no room has rules of
 * its own.
 *
 * Deny is the default, and so is everything that is not told: a zeroed struct, or any member left
 * zero, never opens anything; but for an assignment at no care provider, whose log is the region's.
 * Every condition of law that has a time is a span, so a decision "on that day" is the same call
 * with another `now`. That a person is dead appears nowhere, on purpose: it changes nothing (PDL
 * 1:1).
 *
 * The law: patientdatalagen 2008:355 (PDL), lag 2022:913 om sammanhållen vård- och
 * omsorgsdokumentation, HSLF-FS 2016:40, offentlighets- och sekretesslagen 2009:400 (OSL); each
 * reason names its place in permission_reasons.def. Nothing here allocates; strings are read, never
 * kept. */
#pragma once

#include "base/buf.h"
#include "base/clock.h"
#include "base/field.h"
#include "base/str.h"
#include "base/uuid.h"

/* Each list has 0 as "not known". */
enum permission_subject_kind {
    SUBJECT_NOT_KNOWN,
#define SUBJECT(name, word) SUBJECT_##name,
#include "domain/permission_words.def"
};
enum permission_information {
    INFORMATION_NOT_KNOWN,
#define INFORMATION(name, word) INFORMATION_##name,
#include "domain/permission_words.def"
};
enum permission_reach {
    REACH_NOT_KNOWN,
#define REACH(name, word) REACH_##name,
#include "domain/permission_words.def"
};
enum permission_purpose {
    PURPOSE_NOT_KNOWN,
#define PURPOSE(name, word, swedish, english) PURPOSE_##name,
#include "domain/permission_words.def"
};
enum permission_action {
    ACTION_NOT_KNOWN,
#define ACTION(name, word, swedish, english)   ACTION_##name,
#define LOGGED(name, word, swedish, english)   ACTION_##name,
#define UNLOGGED(name, word, swedish, english) ACTION_##name,
#include "domain/permission_words.def"
};
enum permission_role {
    ROLE_NOT_KNOWN,
#define ROLE(name, word, swedish, english, information, purposes, actions) ROLE_##name,
#include "domain/permission_roles.def"
#undef ROLE
};
enum permission_reason {
#define REASON(name, word, effect, swedish, english, source) REASON_##name,
#include "domain/permission_reasons.def"
#undef REASON
    REASONS /* how many */
};
enum permission_obligation {
#define OBLIGATION(name, word, swedish, english) OBLIGATION_##name,
#include "domain/permission_words.def"
    OBLIGATIONS
};

/* The same lists as words, NULL at the end: good for a field table's one_of. */
extern const char *const permission_subject_kinds[];
extern const char *const permission_informations[];
extern const char *const permission_reaches[];
extern const char *const permission_purposes[];
extern const char *const permission_actions[]; /* that may be asked for */
extern const char *const permission_logged[];  /* … with those that only the log tells */
extern const char *const permission_roles[];
/* The enum's value of a word in one of the lists above; 0, "not known", when it is not there. */
unsigned permission_word(const char *const *words, struct str word);

/* What patients read of the log: a word of permission_logged, permission_purposes,
 * permission_roles or permission_reasons in Swedish or English; the word itself when it is none of
 * ours (an older row's, another archive's). Lives for ever, or as long as `word`. */
struct str permission_action_text(struct str word, bool swedish);
struct str permission_purpose_text(struct str word, bool swedish);
struct str permission_role_text(struct str word, bool swedish);
struct str permission_reason_text(struct str word, bool swedish);

/* From the first instant to just before the second. No `from`: never in force. No `until`: still
 * going on. */
struct permission_span {
    struct instant from;
    struct instant until;
};
bool permission_in_force(struct permission_span span, struct instant now);

/* Facts of one kind: one of them in force is enough. */
struct permission_spans {
    const struct permission_span *at;
    size_t count;
};

/* The one assignment (medarbetaruppdrag) that a person chose when signing in. */
struct permission_assignment {
    enum permission_role role;
    struct str unit;               /* HSA-id of the unit */
    struct str care_unit;          /* the PDL care unit (vårdenhet) it belongs to */
    struct str care_provider;      /* vårdgivare, or for other work the authority */
    unsigned purposes;             /* set of 1 << enum permission_purpose */
    struct strs information_types; /* names of files in schemas/information-types */
    enum permission_reach reach;   /* in care, as said at sign-in; not known is the least */
    struct permission_span valid;
    struct permission_span analysis; /* of the needs-and-risk analysis it rests on; none: never */
};

struct permission_subject {
    enum permission_subject_kind kind;
    int32_t tenant;
    struct permission_span active; /* a person: the user's own time; a leaver's ends */
    struct permission_assignment assignment;
};

enum permission_protection { PROTECTION_NOT_KNOWN, PROTECTION_NONE, PROTECTION_PROTECTED };

/* A record, or a package of them. Names as in domain/record.h. */
struct permission_resource {
    int32_t tenant;
    enum permission_information information;
    struct str information_type;
    struct str care_provider; /* who answers for it, of the log: whose staff did it; absent: not
                                 known (care), nobody's (log) or not told (the rest) */
    struct str care_unit;
    struct str unit;
    struct str unit_as_delivered; /* `unit` may be what the register has made of it */
    struct str stage;             /* record_stages; not asked of the log */
    struct str status;            /* record_statuses */
    struct str category;          /* of care: as in schemas/information-types; only a block looks */
    struct instant occurred_at;
    bool has_person;
    enum permission_protection protection; /* of the person */
    struct instant protection_until; /* … and until when that is known; not known: for good */
    bool openly_linked;  /* of the identity that was asked for, or of one linked to it openly */
    bool protected_unit; /* not named before an active choice */
    bool restricted;     /* secrecy noted on the record itself */
    bool hold;           /* may not be removed; says nothing about reading */
    bool test;           /* from a TEST delivery */
    bool others_deed;    /* of the log: somebody else than the subject did it */
    /* The region has said that the register holds all blocks of the system it came from, and they
     * were asked for; or a service holds them, and what it said is fresh. */
    struct permission_span blocks_known;
};

/* What the subject wants and says of it. */
struct permission_intent {
    enum permission_purpose purpose;
    enum permission_action action;
    bool other_units;          /* has chosen to open other units of the own care provider */
    bool restricted_links;     /* … and to look behind restricted links between identities */
    struct str reason;         /* as written by the person */
    struct str request_number; /* of the request that an archivist answers */
};

/* A block (spärr) by the patient. An inner one is on a unit, and stops everybody outside it, also
 * those of other care providers; an outer one stops those outside the care provider. */
struct permission_block {
    struct uuid id;           /* nil: no lift is of it alone */
    bool outer;               /* of the care provider; else of one of its units */
    struct str care_provider; /* whose records are blocked */
    struct str care_unit;     /* which unit's; only inner blocks */
    struct permission_span valid;
    struct instant
        records_from; /* which records, by when they occurred; not known: no such limit */
    struct instant records_until;
    struct strs excluded; /* kinds of information that the patient has left out of it, as RIV-TA
                             names them (blocking 4.0: lak, upp) */
};

/* What a block may be on: a record, or information that another system asks about. */
struct permission_blockable {
    struct str care_provider;
    struct str care_unit;
    struct str unit;
    struct str unit_as_delivered;
    struct str kind; /* that a block may leave out; absent: none of them, or not told */
    struct instant
        from; /* its first instant, and its last; not known: it is in every block's time */
    struct instant until;
};

/* What the subject may read in spite of blocks, for a time: by the patient's consent, or because
 * life or health is in danger (PDL 4:5, lag 2022:913). */
struct permission_lift {
    struct uuid block;        /* not nil: of this block, whatever it is on, and of no other */
    bool outer;               /* at another care provider; else at another unit of the own one */
    struct str care_provider; /* whose records */
    struct str care_unit;     /* which unit's; absent: every unit's */
    struct permission_span valid;
};

/* On shared documentation, between the subject's care provider and another. */
struct permission_agreement {
    struct str care_provider; /* the other one */
    struct permission_span valid;
};

/* A unit whose records the subject's own unit reads as its own, by a dated decision. */
struct permission_succession {
    struct str unit;      /* the record's unit … */
    struct str care_unit; /* … or PDL care unit */
    struct permission_span valid;
};

struct permission_facts {
    struct instant now;

    /* Person: what is known of the patient and this subject, all of it. */
    const struct permission_block *blocks;
    size_t block_count;
    const struct permission_lift *lifts;
    size_t lift_count;
    const struct permission_succession *predecessors;
    size_t predecessor_count;
    const struct permission_agreement *agreements;
    size_t agreement_count;
    struct permission_spans relation;  /* the patient is in the care of the subject's provider */
    struct permission_spans consent;   /* to shared documentation with the subject's provider */
    struct permission_spans emergency; /* opened by this person for this patient, with a reason */
    struct permission_span
        whole_log; /* the region's dated decision that reviewers review for every provider */

    /* National service. */
    struct permission_span certificate;         /* on the list of those let in */
    struct permission_span logical_address;     /* this service may ask at this address */
    struct permission_span processor_agreement; /* PuB-avtal */
    struct permission_span
        consumer_accepted; /* the region's dated policy for this service and unit */
    struct permission_span
        patient_reading; /* the region's dated decision that patients may read through it */
};

enum permission_outcome { PERMISSION_DENY, PERMISSION_ASK, PERMISSION_ALLOW };

struct permission {
    enum permission_outcome outcome;
    uint64_t reasons; /* set of 1 << enum permission_reason; only those that made the outcome; never
                         empty */
    unsigned obligations; /* set of 1 << enum permission_obligation; none when denied */
    struct instant until; /* the first instant after now at which a fact changes by itself; not
                             known: none does. The disclosure must be written before it. */
    /* A refusal that is told as if there were nothing: the record is another region's, or another
     * care provider's than the subject's own, whatever else stands against it. An archivist is at
     * none. */
    bool hidden;
};

/* A fact of these is in force. */
bool permission_any_in_force(struct permission_spans spans, struct instant now);
/* Must an assignment of this role rest on a needs-and-risk analysis (HSLF-FS 2016:40 4:2)? Each
 * must that shows anything. */
bool permission_needs_analysis(enum permission_role role);
/* Which kind a block may leave out a care record of this category is; absent: none. */
struct str permission_block_kind(struct str category);
/* Is the block on what the lift opens? */
bool permission_lift_covers(const struct permission_lift *lift,
                            const struct permission_block *block);
/* Which blocks stop somebody with this assignment, who is not of the own unit: a set of
 * REASON_BLOCK_INNER and REASON_BLOCK_OUTER; empty when none does. Of the facts it looks at blocks,
 * lifts and the time. permission_decide asks it, and so does who answers other systems. */
uint64_t permission_blocked(const struct permission_assignment *assignment,
                            const struct permission_blockable *on,
                            const struct permission_facts *facts);

struct permission permission_decide(const struct permission_subject *subject,
                                    const struct permission_resource *resource,
                                    const struct permission_intent *intent,
                                    const struct permission_facts *facts);
/* Could an emergency open anything for somebody with this assignment? The decision of the record
 * that stands most open to one: another care provider's, with an agreement and no block, of a type
 * that the assignment has. Denied: no record of anybody is opened by it, whatever else is so; the
 * reasons tell why. */
struct permission permission_of_emergency(const struct permission_assignment *assignment,
                                          struct instant now);
/* For what shows no record (administration, registers, who could read): the assignment is in force
 * and has one of these roles. */
struct permission permission_of_role(const struct permission_subject *subject,
                                     const enum permission_role *roles, size_t count,
                                     struct instant now);

/* {"outcome":"deny","reasons":[{"word":…,"swedish":…,"english":…,"source":…}],"obligations":[{"word":…,"swedish":…,"english":…}],
 * "until":…} */
void permission_print(const struct permission *permission, struct buf *out);
/* The words alone, with commas between, as the disclosure log and the tests have them. */
void permission_print_reasons(const struct permission *permission, struct buf *out);
/* The reasons in English sentences, for the detail of a refusal. */
void permission_tell(const struct permission *permission, struct buf *out);
void permission_print_obligations(const struct permission *permission, struct buf *out);
extern const char *const permission_outcomes[]; /* "deny", "ask", "allow" */
