/* Rules and what they find. A rule is a row (rules.def) and a function (checks.def names it); a
 * finding is one place where a rule is broken. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "text/mets.h"

enum level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVELS };

enum requirement {
#define REQUIREMENT(name, en, sv) REQ_##name,
#include "content/requirements.def"
#include "validate/fgs_requirements.def"
#include "validate/requirements.def"
#undef REQUIREMENT
    REQUIREMENTS
};

enum check {
#define CHECK(name, moment, en, sv, mend_en, mend_sv) CHECK_##name,
#include "validate/checks.def"
#include "validate/fgs_checks.def"
#undef CHECK
#define CONTENT_RULE(word, requirement, number, level, en, sv, mend_en, mend_sv)                   \
    CHECK_content_##word,
#include "content/rules.def"
#undef CONTENT_RULE
    CHECKS
};

/* What a rule holds for, as a set. No FOR_ bit: every profile. No document bit: root and
 * representation. */
enum applies {
    IN_2_0 = 1, /* CSIP 2.0.4 */
    IN_2_1 = 2,
    IN_2_2 = 4,
    ALWAYS = IN_2_0 | IN_2_1 | IN_2_2,
    FOR_SIP = 8,
    IN_ROOT = 16,
    IN_REPRESENTATION = 32,
    FOR_AIP = 64,
    FOR_DIP = 128,
    FOR_SOME = FOR_SIP | FOR_AIP | FOR_DIP,
    IN_FGS_1_1 = 1024, /* FGS Paketstruktur, which no rule of E-ARK holds for */
    IN_FGS_1_2 = 2048,
    IN_BAG = 4096, /* the bag around a package, whatever the package is */
};

struct rule {
    enum requirement requirement;
    int number; /* within the requirement; where the official test corpus has the rule, its number
                 */
    enum level level;
    unsigned applies;
    enum mets_element element; /* METS_NONE: no element of METS; the room raises it */
    enum check check;
    enum mets_attribute attribute; /* METS_AT_NONE: none */
    enum mets_element child;       /* METS_NONE: none */
    const char *const *values;     /* NULL-terminated, or NULL */
};

extern const struct rule rules[];
extern const size_t rule_count;
const struct rule *rule_find(enum requirement requirement,
                             int number); /* never NULL for a row of rules.def */

const char *requirement_name(enum requirement requirement); /* "CSIP22", "file_unlisted" */
const char *level_name(enum level level);                   /* "ERROR" */
/* "mets/dmdSec/mdRef/@LOCTYPE"; empty when the rule is about no element. */
struct str rule_location(const struct rule *rule, struct arena *arena);
/* "Type of locator: the attribute must have one of these values", and how to mend it. */
struct str rule_text(const struct rule *rule, bool swedish, struct arena *arena);
const char *rule_mend(const struct rule *rule, bool swedish);

struct finding {
    const struct rule *rule;
    struct str mets;       /* path of the METS file, absent when the finding is not about METS */
    int64_t line;          /* of the METS file; without one, of the file `path`. 0: none */
    struct str element_id; /* the ID of the element or of the nearest around it that has one */
    struct str path;       /* of the file it is about, absent when about none */
    struct str found;
    struct str expected;
};

/* What is kept: the first of each rule and of all; what comes after is counted. Texts are cut at
 * FINDING_TEXT bytes. */
enum { FINDINGS_PER_RULE = 1000, FINDINGS_KEPT = 20000, FINDING_TEXT = 1000 };

struct findings;

#define autofindings __attribute__((cleanup(findings_drop)))

struct findings *findings_new(void);
void findings_free(struct findings *f);
void findings_drop(struct findings **f);
/* Copies the finding's texts. */
void findings_add(struct findings *f, const struct finding *finding);
/* Counts what is not kept. */
void findings_count_more(struct findings *f, const struct rule *rule, uint64_t more);
/* A text as a finding keeps it: cut between characters, so that it stays UTF-8. */
struct str finding_text(struct str text);
/* A refusal of the METS reader (xml_doctype, xml_limit, xml_wellformed, mets_root) as a finding.
 * False when it is none of theirs: a read that failed, say, which is the caller's to handle. */
bool findings_add_refusal(struct findings *f, struct str mets, const struct err *refusal);
/* Is it a refusal of the container itself: theirs, by a named rule? What has none is the storage's
 * or ours. */
bool is_refusal(const struct err *e);
/* What the schema says of the METS file. */
void findings_add_problems(struct findings *f, struct str mets, const struct mets *document);

/* Files of each format, counted; no limit but that of the formats that PRONOM has. */
struct counted_format {
    struct str puid; /* absent: not known */
    struct str name;
    uint64_t files;
    uint64_t bytes;
};
/* Copies what is new. */
void findings_count_format(struct findings *f, struct str puid, struct str name, uint64_t files,
                           uint64_t bytes);
/* In the order of PUIDs, by bytes. */
const struct counted_format *findings_formats(const struct findings *f, size_t *out_count);

/* In the order they were added. */
const struct finding *findings_kept(const struct findings *f, size_t *out_count);
uint64_t findings_count(const struct findings *f, enum level level);             /* kept or not */
uint64_t findings_count_rule(const struct findings *f, const struct rule *rule); /* kept or not */
