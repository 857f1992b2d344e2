/* XML judged against a table while it streams: which elements and attributes stand where, how
 * often, in what order, with what value. It says what XML Schema says of sequences and choices of
 * elements, and no more; rules that look further are the reader's, who sees every element:
 *
 *   TRY(grammar_open(&document, &walk));
 *   do {
 *       TRY(grammar_next(walk, &event));
 *   } while (event.row != NULL);
 *
 * What the table is broken by, and what is wrong with the XML itself, is reported. */
#pragma once

#include "base/arena.h"
#include "content/inside.h"
#include "text/xml.h"

enum grammar_value {
    VALUE_ANY,
    VALUE_FULL, /* not empty */
    VALUE_INTEGER,
    VALUE_BOOLEAN,
    VALUE_DATE,
    VALUE_TIME,  /* xs:dateTime */
    VALUE_STAMP, /* YYYYMMDDhhmmss of 1900 to 2099, as RIV-TA writes times */
};

/* Contexts that every grammar has: what may stand in an element. */
enum { GRAMMAR_TEXT, GRAMMAR_ANYTHING /* passed over */, GRAMMAR_FIRST /* of its own */ };
enum { GRAMMAR_ROOT = UINT8_MAX };
/* CHOICE: one of those of its context; SOME: one of them at least. */
enum grammar_need { OPTIONAL, NEEDED, CHOICE, SOME };

struct grammar_row {
    uint8_t parent;         /* context */
    const char *name;       /* of an element, or "@name" of an attribute */
    uint8_t child;          /* context of what stands in it */
    enum grammar_need need; /* of an element that is there, or of an attribute */
    bool many;
    uint8_t versions; /* a set of the reader's choice; 0: all */
    enum grammar_value value;
    const char *const *values; /* NULL-terminated: one of them; NULL: any */
    const char *source;        /* where it comes from, as a finding names it; NULL: the standard */
};

/* Those that may be the root stand first, in a context of their own, GRAMMAR_ROOT. Rows of a
 * context stand together, at most 64, in their order. */
struct grammar {
    const struct grammar_row *rows;
    size_t count;
    bool ordered;                  /* the elements of a context stand in the order of their rows */
    bool closed;                   /* what is not in the table is unknown; else it is passed over */
    bool secret;                   /* values tell of persons and are not quoted */
    const char *const *namespaces; /* taken as its own, NULL-terminated; others are passed over */
    enum content_rule unknown;
    enum content_rule missing;
    enum content_rule repeated;
    enum content_rule order;
    enum content_rule value;
};

struct grammar_document {
    const struct grammar *grammar;
    struct xml_input input;
    struct str inside; /* path in the file, or absent */
    const struct content_report *report;
};

struct grammar_event {
    const struct grammar_row *row; /* NULL: there is no more */
    bool closes;
    int64_t line;
    struct str text; /* when it closes: what stands before that since the last tag, trimmed; the
                        first 4 KiB */
};

/* Is the text, without white space around it, one of these values? */
bool grammar_value_fits(enum grammar_value value, struct str text);

struct grammar_walk;
struct grammar_walk *grammar_open(const struct grammar_document *document);
void grammar_close(struct grammar_walk *walk);
/* Which versions of the table hold from here on; all unless it is told. */
void grammar_versions(struct grammar_walk *walk, uint8_t versions);
MUST_USE struct err *grammar_next(struct grammar_walk *walk, struct grammar_event *out);
/* Was the whole document read, or did its XML end it? After the last event. */
bool grammar_is_whole(const struct grammar_walk *walk);
/* An attribute of the element that opened last; absent when it is not there. */
struct str grammar_attribute(const struct grammar_walk *walk, const char *name);
const struct xml *grammar_xml(const struct grammar_walk *walk); /* at that element */
/* A fault at the last event. */
void grammar_fault(struct grammar_walk *walk, enum content_rule rule, struct str found,
                   struct str expected);
