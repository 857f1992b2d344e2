/* GetCareDocumentation 3.0 (riv:clinicalprocess:healthcond:description 3.0.5), the pure part: the
 * question, which records answer it, the answer. Three steps for the room:
 *
 *   gcd3_read     message → question
 *   gcd3_select   question, rows of the person in the system asked → the rows to send, newest first
 *   gcd3_begin, gcd3_add for each of them, gcd3_end → the whole answer, before its first byte
 * leaves
 *
 * A producer never filters on blocks, consent or approvedForPatient: the consumer does (contract
 * description; services/gateway/README.md). */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "base/uuid.h"
#include "domain/record.h"
#include "text/soap.h"

#define OID_HSA          S("1.2.752.129.2.1.4.1") /* HSA-id */
#define OID_ORGANISATION S("1.2.752.29.4.3")      /* organisation number */

/* An identifier: a root (OID) and what it means there. */
struct ii {
    struct str root;
    struct str extension;
};

struct iis {
    struct ii *at;
    size_t count;
};

/* Where the next part of an answer begins: after this record. */
struct gcd3_place {
    char time[15]; /* its record.timestamp */
    struct uuid id;
    bool given;
};

struct gcd3_question {
    struct ii patient_id;
    struct iis care_units;           /* any of them; none: all */
    struct iis healthcare_providers; /* likewise */
    struct str period_start;         /* YYYYMMDD, both or none, both included */
    struct str period_end;
    struct ii source_system_id; /* root absent: not given */
    struct str has_more_reference;
    struct gcd3_place after; /* what the reference says, once gcd3_refusal has found it good */
};

enum { GCD3_FILTER_MAX = 200 };

/* Reads the request to its end. INVALID, TOO_LARGE or CORRUPT (a Client fault) when it is not what
 * the XSD says; elements of other namespaces are passed over. */
MUST_USE struct err *gcd3_read(const struct soap_request *request, struct arena *arena,
                               struct gcd3_question *out);

/* Why a question that is well-formed cannot be answered (resultCode ERROR), or absent. Reads the
 * reference. */
struct str gcd3_refusal(struct gcd3_question *question, struct str logical_address);

/* What is written of a record's times, in Swedish local time. */
struct gcd3_times {
    char record[15];
    char author[15];    /* empty: no author to tell of */
    char signature[15]; /* empty: not signed */
    char block[15];     /* blockComparisonTime */
};

/* False when the contract cannot express the record: it has no time, or one before 1900. */
bool gcd3_times(const struct record *record, struct gcd3_times *out);

/* Which of the rows answer the question. `rows` are all rows of the person's identities in the
 * system asked. The newest version of each id stands for the others; if that is nullified, or
 * another record replaces it, or the contract cannot express it, none is sent. Rows with `dissent`
 * stay in though outside the period: gcd3_add looks inside. The result is in the arena, newest
 * first. */
struct gcd3_selection {
    const struct record **at;
    size_t count;
};
struct gcd3_selection gcd3_select(const struct gcd3_question *question, const struct record *rows,
                                  size_t count, struct arena *arena);

/* --- the answer
 * ------------------------------------------------------------------------------------- */

/* What is sent of a file: its bytes, or a sentence that says why they are absent. */
enum gcd3_instead {
    GCD3_BYTES,
    GCD3_TOO_LARGE,  /* over what one answer may hold */
    GCD3_UNREADABLE, /* damaged or gone in the vault */
};

/* One file of a record. */
struct gcd3_content {
    struct str bytes;
    /* What stands in the file before a range that is not the whole file, its first 64 KiB at most:
     * the elements around the range declare the namespaces used in it. */
    struct str before;
    enum gcd3_instead instead;
};

struct gcd3_item {
    const struct record *record;
    struct ii
        patient_id; /* the identity that the record was stored under; delivered XML tells its own */
    const struct gcd3_content *contents; /* the record's file and its attachments, in order */
    size_t count;
    bool approved_for_patient; /* by today's policy of the care provider */
};

struct gcd3_answer {
    struct xml_writer writer;
    struct str logical_address;
    const struct gcd3_question *question;
    size_t records; /* added */
};

/* `out`'s limit is the size of the whole answer. */
struct gcd3_answer gcd3_begin(const struct gcd3_question *question, struct str logical_address,
                              struct buf *out);

/* Is there room for content of so many bytes? Asked before they are read. If not, the answer ends
 * here with a reference to the rest; content that does not even fit an empty answer is sent as
 * too_large. */
bool gcd3_fits(const struct gcd3_answer *answer, size_t bytes);

/* Adds a record: care documentation that was delivered as this contract's XML as it is, in our
 * prefixes; everything else (files, and XML that this contract does not know) as text or attachment
 * under a header made of the row. *out_full: there was no room after all, nothing was added, the
 * answer ends before this record. */
MUST_USE struct err *gcd3_add(struct gcd3_answer *answer, const struct gcd3_item *item,
                              bool *out_full);

/* Ends the answer: OK, or INFO with a sentence when files were unreadable, so that it does not look
 * complete; and a reference to what comes after `last` when there is more (NULL: that was all). */
MUST_USE struct err *gcd3_end(struct gcd3_answer *answer, const struct record *last,
                              size_t unreadable);
/* The whole answer to a question that gcd3_refusal refused. */
void gcd3_answer_error(struct str text, struct buf *out);
