/* Room gateway: national services ask here for records of retired systems. What a contract says
 * (gcd3.h, ping.h) is pure; this is what stands around it. */
#pragma once

#include "gcd3.h"
#include "svc/package.h"
#include "svc/subject.h"
#include "svc/svc.h"
#include "svc/units.h"

#define SQL_DEF "services/gateway/sql.def"
#include "db/sql_declare.h"
extern const struct sql *const gateway_sql[];

/* --- the door (serve.c)
 * ------------------------------------------------------------------------------ */

/* What a message may weigh before the server itself refuses it; soap_open refuses far earlier, with
 * a fault. */
enum { GATEWAY_BODY_MAX = 16 * 1024 * 1024 };

/* Every POST, whatever its path: the element in the Body alone says which contract is meant. */
struct err *gateway_answer(struct request *request, struct http_reply *reply);

/* Who asks: the platform by its certificate, on behalf of a consumer by a header that only a
 * platform on the list is believed to send. */
struct gateway_caller {
    struct str platform; /* HSA-ids */
    struct str consumer;
    struct str correlation; /* the platform's word for this call, or absent */
};

/* --- facts (facts.c)
 * --------------------------------------------------------------------------------- */

/* A region's dated acceptance of the consumer. */
struct policy {
    struct str care_provider;
    struct str care_unit; /* empty: all of them */
    struct instant valid_from;
    struct instant valid_until;
    struct instant approved_for_patient_from; /* not known: never */
};

/* What is known of a record beside its row in the index. */
struct stored_record {
    bool test;            /* of a TEST delivery */
    bool restricted_link; /* another identity's than was asked for, over a restricted link */
};

struct care_facts {
    int32_t tenant;
    struct str tenant_name;
    struct str consumer_name;
    enum permission_purpose purpose; /* what the consumer reads for, by its row on the list */
    struct permission_span certificate;
    struct permission_span logical_address;
    struct permission_span processor_agreement;
    const struct policy *policies;
    size_t policy_count;
    const struct fact_version *versions; /* of all that the answer rests on */
    size_t version_count;
    struct str pseudonym_key;
    struct uuid asked[2]; /* the pseudonyms of the number asked for */
    const struct record *records;
    const struct stored_record *stored; /* in the same order */
    size_t count;
    /* The care units asked for, and those whose records they have by a decision in force. */
    struct iis care_units;
};
/* Was the record stored under the number asked for? */
bool care_is_asked(const struct care_facts *facts, const struct record *record);

/* Everything that an answer rests on. INVALID when the address is not served here. */
MUST_USE struct err *care_facts_load(struct request *request, const struct gateway_caller *caller,
                                     const struct gcd3_question *question, struct str address,
                                     struct care_facts *out);

/* --- content (content.c)
 * ----------------------------------------------------------------------------- */

/* Packages opened for one answer. A person may have notes in a thousand of them, and a question to
 * room keys for each would take the time that an answer has; so the packages of the records that
 * follow are opened together, as many as may be open at once. */
struct contents;
#define autocontents __attribute__((cleanup(contents_drop)))
/* `records` are those of the answer in its order; they must stay in place. */
struct contents *contents_new(struct request *request, int32_t tenant,
                              const struct record *const *records, size_t count);
void contents_drop(struct contents **contents);
/* The answer has come to this record: what was read for others is forgotten. */
void contents_turn(struct contents *contents, size_t at);
struct arena *contents_arena(struct contents *contents); /* for what ends with the record */
/* A range of a file: from `offset`, `length` bytes or, when that is 0, to the end. */
struct content_place {
    struct uuid package;
    struct str path;
    int64_t offset;
    int64_t length;
};
/* How many bytes a place has. */
MUST_USE struct err *contents_size(struct contents *contents, const struct content_place *place,
                                   size_t *out);
/* The bytes, until contents_turn. */
MUST_USE struct err *contents_read(struct contents *contents, const struct content_place *place,
                                   struct str *out);

/* --- GetCareDocumentation (care.c)
 * ------------------------------------------------------------------------- */
MUST_USE struct err *care_documentation(struct request *request,
                                        const struct gateway_caller *caller,
                                        const struct soap_request *soap);

/* The number that a record was stored under, found in the text that described it: the one whose
 * pseudonym is the record's. False when there is none. (patient.c) */
bool patient_in_text(struct str text, const struct record *record, struct str asked_type,
                     struct str pseudonym_key, struct arena *arena, struct ii *out);
