/* Room search: finds records, shows them and gives their bytes; and exports packages. Every answer
 * is a disclosure: rows and facts, decision, log row, commit, and only then a byte (README.md). */
#pragma once

#include "domain/permission.h"
#include "domain/record.h"
#include "svc/subject.h"
#include "svc/svc.h"
#include "svc/units.h"
#include "text/information_type.h"

#define SQL_DEF "services/search/sql.def"
#include "db/sql_declare.h"
extern const struct sql *const search_sql[];

enum {
    WINDOW = 5000,  /* records that one search looks at: counts are exact up to it */
    PAGE_MAX = 200, /* records in one answer */
    PAGE_DEFAULT = 50,
    TRIES = 4, /* decisions made again because a fact changed meanwhile */
};

/* What a type's records show, as tables for json_write: in a list or alone, with and without the
 * place of care. */
struct shown {
    const struct field *fields[2][2]; /* [alone][place hidden] */
};
struct search_state {
    struct information_types types;
    const struct shown *shown; /* in the order of types */
};
MUST_USE struct err *search_start(struct house *house);
/* NOT_FOUND when there is no such type. */
MUST_USE struct err *search_type(const struct house *house, struct str name,
                                 const struct information_type **out_type,
                                 const struct shown **out_shown);

/* --- a record as it is found (found.c)
 * -------------------------------------------------------------- */

struct found {
    struct record record;
    int32_t number;             /* in its part */
    struct uuid content_hmac;   /* its first 16 bytes, as stored */
    struct instant received_at; /* when its package came: of two versions the later is the newer */
    bool test;                  /* from a TEST delivery */
};
extern const struct field found_fields[];

/* The record's key in the API: "<package>-<shard>-<part>-<number>". */
struct found_key {
    struct uuid package;
    int32_t shard;
    int32_t part;
    int32_t number;
};
struct found_key_text {
    char text[80];
};
/* Whom it is about; nil: nobody in particular (such a record bears its package's id as its person).
 */
struct uuid found_person(const struct found *found);
struct found_key found_key(const struct found *found);
struct found_key_text found_key_text(struct found_key key);
bool found_key_parse(struct str text, struct found_key *out);

/* Where a record stands in the one order of all lists: latest first, then by key, descending. */
struct position {
    struct instant at; /* not known: after all that are */
    struct found_key key;
};
/* Years 0001 to 9999: what an instant can print. */
#define POSITION_FIRST ((struct instant){INT64_C(-62135596800000000), true})
#define POSITION_LAST  ((struct instant){INT64_C(253402300799999999), true})
struct position position_of(const struct found *found);
int position_compare(const struct position *a, const struct position *b); /* <0: a comes first */

/* A cursor: where the window of WINDOW records begins, and the last record that was shown. A nil
 * package: from the start. Opaque text to callers. */
struct cursor {
    struct position window;
    struct position after;
};
struct cursor_text {
    char text[168];
};
struct cursor_text cursor_print(const struct cursor *cursor);
bool cursor_parse(struct str text, struct cursor *out);

/* Marks what a list leaves out: records sent again (equal source system, id and content) beyond
 * the first; and unless `history`, all versions but the latest, what a later record replaces, and
 * what was nullified. `hidden` has room for `count`. */
void found_hide(const struct found *found, size_t count, bool history, struct arena *arena,
                bool *hidden);

/* --- what is asked (question.c)
 * --------------------------------------------------------------------- */

struct question {
    struct permission_intent intent;
    struct str purpose;
    struct identity identity; /* absent: about nobody in particular */
    struct instant from;
    struct instant until;
    struct str unit;
    struct str category;
    struct str reference;
    struct str text;
    bool history;
    size_t limit;
    struct cursor cursor;
    struct str filters; /* the names of what was given, as a JSON list, for the log */
};
MUST_USE struct err *question_read(struct request *request, const struct information_type *type,
                                   const struct subject *subject, struct question *out);
/* For one record or package: purpose, reason and choice from the headers R7-Purpose, R7-Reason,
 * R7-Other-Units and R7-Request-Number, because nothing personal may stand in a URL. */
MUST_USE struct err *intent_read(struct request *request, const struct subject *subject,
                                 enum permission_action action, struct permission_intent *out);
/* The day or time that a question is about: YYYY-MM-DD, or RFC 3339. Absent: *out stays. */
MUST_USE struct err *day_read(struct str text, struct instant *out);
/* Facts without a history, for a day that has been: none. A record's stage and hold need none, for
 * nobody may change a record's row (tests/contract/broken_rules.sql). */
#define AS_OF_TODAY "[]"
/* The purpose that was named, or the assignment's when it has but one. */
MUST_USE struct err *purpose_read(struct str word, const struct subject *subject,
                                  enum permission_purpose *out);

/* The first `to` bytes from `from`, of `size`. */
struct range {
    uint64_t from;
    uint64_t length;
    bool partial; /* a part was asked for: 206 */
};
/* RFC 9110 14.2: one range. What is no range header of ours is passed over, as the RFC says;
 * RANGE when it lies outside. */
MUST_USE struct err *range_read(struct str header, uint64_t size, struct range *out);

/* --- facts and decisions (facts.c, decide.c)
 * -------------------------------------------------------- */

/* An identity among those of one person. */
struct known_person {
    struct uuid seed; /* the one that was asked for */
    struct uuid person;
    bool restricted;            /* no way from the one to the other without a restricted link */
    struct str protection;      /* none, protected, not_known */
    struct instant known_until; /* of "none", when it ends by itself */
    bool to_be_asked;           /* the national person service's word has ended */
    int64_t version;
};
struct known_unit {
    struct str id;
    bool is_protected;
    int64_t version;
};

/* A source system whose blocks are known: all in the register by the region's word, or in a service
 * whose mirror is fresh. */
struct known_system {
    struct str id;
    struct instant known_until; /* the mirror is too old then; not known: for good */
    struct strs care_providers; /* of these alone, for it is a service that tells; none: of all */
};

/* What a service has been asked about for the subject: the blocks on a person's records of a system
 * at a care unit, of a kind that a block may leave out or all else, from the first to the last. */
struct known_check {
    struct uuid person;
    struct str system;
    struct str care_provider;
    struct str care_unit;
    struct str kind; /* as permission_block_kind */
    struct instant records_from;
    struct instant records_until;
    struct instant valid_until;
};

struct facts {
    struct permission_facts permission;
    struct rows persons;        /* struct known_person */
    struct instant on;          /* the day asked about; not known: now */
    struct unit_versions codes; /* what the records' units were mapped by */
    struct rows units;          /* struct known_unit */
    struct rows block_sources;  /* struct known_system */
    struct rows checks;         /* struct known_check */
    int64_t rules;              /* version of the region's rules; below 0: not read */
};
/* None read yet. */
#define FACTS_AT(now_) ((struct facts){.permission = {.now = (now_)}, .rules = -1})
/* Before anything else that a decision rests on, in one round trip: the identities of these persons
 * (there may be none) as linked at `on` (not known: now) with what is known of each, and what the
 * units of these records (there may be none) are called in the register, by which they are mapped.
 */
MUST_USE struct err *facts_first(struct request *request, struct uuids seeds, struct instant on,
                                 struct found *found, size_t count, struct facts *facts);
/* Everything else for these records. */
MUST_USE struct err *facts_read(struct request *request, const struct subject *subject,
                                const struct found *found, size_t count, struct facts *facts);
/* Asks about the identity that was searched for, when the national person service's word on it has
 * ended; outside any transaction. True: there are new facts, and all of them are read again. When
 * there is no answer the person counts as perhaps protected, by what is known. (told.c) */
bool told_anew(struct request *request, struct uuid user, const struct identity *identity,
               struct uuid person, const struct facts *facts);
/* The versions of all that was read, for the disclosure row. */
struct fact_version *facts_versions(const struct subject *subject, const struct facts *facts,
                                    struct arena *arena, size_t *out_count);

struct asked {
    int32_t tenant;
    const struct permission_subject *subject;
    const struct information_type *type;
    const struct permission_intent *intent;
    const struct facts *facts;
};
/* One decision a record; records that are alike in everything a decision looks at share one. */
void decide_all(const struct asked *asked, const struct found *found, size_t count,
                struct arena *arena, struct permission *out);
/* FORBIDDEN, with the reasons, when nothing of the type could ever be shown for this purpose: by
 * role, assignment or purpose alone. *out is the decision otherwise. */
MUST_USE struct err *decide_at_all(const struct asked *asked, struct permission *out);
/* The refusal of one record. What is hidden is not there at all. */
MUST_USE struct err *decide_refusal(const struct permission *permission);
/* Both decisions in one, for one log row. */
void decide_join(struct permission *into, const struct permission *more);

/* --- disclosing (disclose.c)
 * ------------------------------------------------------------------------ */

struct disclosing {
    struct subject subject;
    const struct information_type *type;
    const struct shown *shown;
    struct permission_intent intent;
    struct facts facts;
};
/* Runs `attempt`, which reads facts, decides and adds what it would disclose to the log; commits
 * the log's rows; and runs it again when a fact has changed since it was read. */
MUST_USE struct err *disclose(struct request *request,
                              struct err *(*attempt)(struct request *request, struct batch *log,
                                                     void *state),
                              void *state);
/* Adds a log row. Of `told` action, person, records, what (JSON without values) and permission are
 * used: the rest is who asks, and why. */
void disclose_log(const struct request *request, struct batch *log, const struct disclosing *d,
                  const struct disclosure *told);

/* What is told in the log as an action of its own, beside the reading. */
enum { LOGGED_APART = 3 };
extern const struct logged_apart {
    unsigned obligation; /* the bit */
    enum permission_action action;
} logged_apart[LOGGED_APART];

/* The row of a key, in two steps; and what is shown of its type, into *d. NOT_FOUND when there is
 * none. */
void record_ask(struct found_key key, struct load *load, struct rows *out);
MUST_USE struct err *record_take(struct request *request, const struct rows *rows,
                                 struct disclosing *d, struct found **out);

/* One record, decided and logged as that action; refused otherwise. */
struct opened {
    struct disclosing d;
    struct found_key key;
    enum permission_action action; /* read or printed */
    struct str part;               /* "row", "content", "attachment": for the log */
    struct found *found;
    struct permission permission;
};
MUST_USE struct err *open_record(struct request *request, struct opened *opened);

/* --- answers (answer.c) and routes
 * ------------------------------------------------------------------ */

/* What may be shown of it: the place of care of a protected person may not. */
const struct field *shown_fields(const struct shown *shown, bool alone,
                                 const struct permission *permission);
void answer_record(const struct found *found, const struct shown *shown, bool alone,
                   const struct permission *permission, struct buf *out);

struct err *search_find(struct request *request, struct http_reply *reply);
struct err *search_show(struct request *request, struct http_reply *reply);
struct err *search_print(struct request *request, struct http_reply *reply);
struct err *search_why(struct request *request, struct http_reply *reply);
struct err *search_readers(struct request *request, struct http_reply *reply);
struct err *search_content(struct request *request, struct http_reply *reply);
struct err *search_export(struct request *request, struct http_reply *reply);
