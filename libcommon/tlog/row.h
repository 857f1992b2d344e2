/* A row of the disclosure log and the leaf that proves it (S26 in libcommon/README.md):
 *
 *   leaf        = SHA-256(0x00 ‖ record)                 as every leaf of RFC 6962
 *   record      = "r7e-leaf-v1" ‖ commitment              43 bytes
 *   commitment  = HMAC-SHA256(salt, the row's JSON)
 *
 * The row's JSON (RFC 8785) has its open members as they are and of each covered one
 *   base64(HMAC-SHA256(member key, the value's JSON)),  member key = HMAC-SHA256(member_salt, name)
 * so that whoever is not to see a member can be given its commitment, and the leaf is proven all
 * the same. Once the row and its salts are gone nothing tells what it was.
 *
 * An extract (format r7e-log-extract-v1) has rows as
 *   {"leaf":N,"salt":"…","row":{member: value …},"keys":{covered member: "…" …},
 *    "withheld":{covered member: "…" …},"proof":["…" …]}
 * and, of a row that was removed by decision,
 *   {"removed":{"leaf":N,"commitment":"…","decision":"…","at":"…"}}
 * where hashes, keys and salts are base64. Of a single person it is one document with all its rows,
 * {"format","tenant","key","checkpoint","rows":[…],"removed":[…]}, each with a proof; of the whole
 * log it is lines, the first of them {"format","tenant","key","checkpoint"}, the others by rising
 * leaf, and the proofs are the tiles. */
#pragma once

#include "base/field.h"

#define LOG_EXTRACT_FORMAT "r7e-log-extract-v1"

enum { LOG_SALT = 32, LOG_RECORD = 43, LOG_WHAT_MAX = 1024 * 1024, LOG_LINE_MAX = 4 * 1024 * 1024 };

/* As access.disclosure has it. */
struct tlog_row {
    struct uuid id;
    struct instant at;
    struct str subject_kind;
    struct str subject;
    struct str subject_name;
    struct uuid assignment;
    struct str role;
    struct str unit;
    struct str care_provider;
    struct uuid person;
    struct str action;
    struct str purpose;
    int64_t records;
    struct json_text what;
    struct str reasons;
    struct str obligations;
    struct str reason;
    struct uuid request;
    struct str trace;
    struct bytes salt;
    struct bytes member_salt;
    int64_t leaf; /* 0 also for one that is not sealed */
};
/* In the order of TLOG_ROW_COLUMNS, to read rows with. */
extern const struct field tlog_row_fields[];
/* The columns of a statement that loads rows, of a table called d. */
#define TLOG_ROW_COLUMNS                                                                           \
    "d.id, d.at, d.subject_kind, d.subject, d.subject_name, d.assignment, d.role, d.unit, "        \
    "d.care_provider, d.person, d.action, d.purpose, d.records, d.what, d.reasons, "               \
    "d.obligations, d.reason, d.request, d.trace, d.salt, d.member_salt, d.leaf"

/* Members, for sets of those that are withheld: 1U << LOG_MEMBER_unit. */
enum log_member {
#define OPEN(name)    LOG_MEMBER_##name,
#define COVERED(name) LOG_MEMBER_##name,
#include "tlog/row_members.def"
#undef OPEN
#undef COVERED
    LOG_MEMBERS
};
/* All that may be. */
extern const unsigned log_covered;

/* The row of that region (its name). A `what` that RFC 8785 has no form for (a number beyond all
 * doubles) is taken as the string of its text, so that every row has a leaf. */
struct sha256 log_commitment(const struct tlog_row *row, struct str tenant);
struct sha256 log_leaf(struct sha256 commitment);
/* The record of a leaf, as entries have it. */
void log_record(struct sha256 commitment, char out[LOG_RECORD]);

/* Appends the row as an extract has it, less the covered members of `withheld`, which are given by
 * their commitments. `proof` NULL: without one. */
void log_extract_row(const struct tlog_row *row, struct str tenant, unsigned withheld,
                     const struct sha256 *proof, size_t count, struct buf *out);
/* Appends {"removed":{…}}. */
struct log_removed {
    int64_t leaf;
    struct bytes commitment;
    struct str decision;
    struct instant at;
};
extern const struct field log_removed_fields[];
void log_extract_removed(const struct log_removed *removed, struct buf *out);

/* What an extract says of a leaf. */
struct log_told {
    int64_t leaf;
    struct sha256 commitment; /* as computed from what is shown and withheld */
    bool is_removed;
    struct str decision; /* of one that was removed */
    struct uuid id;      /* of a row; nil of one that was removed */
    struct instant at;   /* of the disclosure, or of the removal */
    struct sha256 *proof;
    size_t proof_count;
    bool has_proof;
};
/* Reads one row of an extract of that region, and computes its commitment. INVALID, with the
 * member: it is no row of an extract, or of another region. It may well be no row of the log: that
 * is for the tree to tell. */
MUST_USE struct err *log_extract_read(struct str text, struct str tenant, struct arena *arena,
                                      struct log_told *out);

/* The first line, or the document without its rows. */
struct log_extract_head {
    struct str format;
    struct str tenant;
    struct str key; /* what the region calls its verifier key: believe one that you were given */
    struct str checkpoint;
};
extern const struct field log_extract_head_fields[];
/* INVALID: another format, or none. */
MUST_USE struct err *log_extract_head_read(struct str text, struct arena *arena,
                                           struct log_extract_head *out);
