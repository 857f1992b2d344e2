/* XML judged against a table while it streams: which elements and attributes stand where, how
 * often, in what order, with what value. It says what XML Schema says of sequences and choices of
 * elements, and no more; rules that look further are the reader's, who sees every element:
 *
 *   struct grammar_walk *walk = grammar_open(&grammar, file, report);
 *   while (grammar_next(walk, &event))
 *       ...
 *   return grammar_close(walk);
 *
 * What the table is broken by, and what is wrong with the XML itself, is reported. */
#pragma once

#include "base/arena.h"
#include "content/inside.h"
#include "text/xml.h"

enum grammar_value {
    VALUE_ANY,
    VALUE_FULL, /* not empty */
    VALUE_NONE, /* no characters at all, not even blanks: the schema has the element empty */
    VALUE_SOME, /* a character at least, be it white space */
    VALUE_INTEGER,
    VALUE_BOOLEAN,
    VALUE_DATE,
    VALUE_TIME,         /* xs:dateTime */
    VALUE_STAMP,        /* YYYYMMDDhhmmss of 1900 to 2099, as RIV-TA writes times */
    VALUE_PART_OF_DATE, /* YYYY, YYYYMM or YYYYMMDD, as RIV-TA writes dates of birth */
    VALUE_BASE64,       /* of elements; of any length */
    VALUE_SIMPLE,       /* of a table's cells, as the rest: text, and no elements */
    VALUE_DECIMAL,
    VALUE_FLOAT,
    VALUE_TIME_OF_DAY,
    VALUE_DURATION,
    VALUE_HEX, /* of any length: judged where it is read */
};

/* Contexts that every grammar has: what may stand in an element. */
enum {
    TEXT,
    ANYTHING,     /* passed over, with all that is in it */
    ANY_ELEMENTS, /* passed over, but there may be no text beside them */
    FIRST_CONTEXT /* of its own */
};
enum { ROOT = UINT8_MAX };
/* CHOICE: one of those of its context; SOME: one of them at least. */
enum grammar_need { OPTIONAL, NEEDED, CHOICE, SOME };
enum { ONE = false, MANY = true };

struct grammar_row {
    uint8_t parent;   /* context */
    const char *name; /* of an element, or "@name" of an attribute; "*" and "@*": any of another
                         namespace */
    uint8_t child;    /* context of what stands in it */
    enum grammar_need need; /* of an element that is there, or of an attribute */
    bool many;
    uint8_t versions; /* a set of the reader's choice; 0: all */
    enum grammar_value value;
    bool exact;                    /* white space around the value is part of it, and so wrong */
    const char *const *values;     /* NULL-terminated: one of them; NULL: any */
    bool (*fits)(struct str text); /* is the value, without white space around it, one of the
                                      reader's own kind? NULL: it is not asked */
    const char *source; /* where it comes from, as a finding names it; NULL: the standard */
};

/* A row of a reader's table (its .def file). Members that few rows state stand behind the value, by
 * their names: .versions, .exact, .values, .fits, .source. */
#define ROW(parent_, name_, child_, need_, many_, value_, ...)                                     \
    {.parent = (parent_),                                                                          \
     .name = (name_),                                                                              \
     .child = (child_),                                                                            \
     .need = (need_),                                                                              \
     .many = (many_),                                                                              \
     .value = VALUE_##value_,                                                                      \
     __VA_ARGS__},

/* Those that may be the root stand first, in the context ROOT. Rows of a context stand together, at
 * most 64, in their order. */
struct grammar {
    const struct grammar_row *rows;
    size_t count;
    bool ordered;                  /* the elements of a context stand in the order of their rows */
    bool closed;                   /* what is not in the table is unknown; else it is passed over */
    bool secret;                   /* values tell of persons and are not quoted */
    const char *const *namespaces; /* taken as its own, NULL-terminated */
    enum content_rule unknown;
    enum content_rule missing;
    enum content_rule repeated;
    enum content_rule order;
    enum content_rule value;
};

/* A grammar that tells all there may be, in its order; its rules are WORD_unknown and so on. */
#define GRAMMAR_OF_ALL(word)                                                                       \
    .ordered = true, .closed = true, .unknown = CONTENT_##word##_unknown,                          \
    .missing = CONTENT_##word##_missing, .repeated = CONTENT_##word##_repeated,                    \
    .order = CONTENT_##word##_order, .value = CONTENT_##word##_value
/* One that tells what must be there, and lets the rest pass. */
#define GRAMMAR_OF_LEAST(word)                                                                     \
    .unknown = CONTENT_##word##_root, .missing = CONTENT_##word##_missing,                         \
    .repeated = CONTENT_##word##_repeated, .value = CONTENT_##word##_value

struct grammar_event {
    const struct grammar_row *row;
    bool closes;
    int64_t line;
    struct str text; /* when it closes: what stands before that since the last tag, trimmed; the
                        first 4 KiB */
    bool padded;     /* white space stood around it */
};

/* What is known of a text of base64 that comes in pieces; begins as zero. */
struct grammar_base64 {
    size_t letters; /* of the last four */
    size_t pads;
    char last;
    bool bad;
};
void grammar_base64_add(struct grammar_base64 *base64, struct str text);
bool grammar_base64_is_good(const struct grammar_base64 *base64);

/* Is the text, without white space around it, one of these values? */
bool grammar_value_fits(enum grammar_value value, struct str text);
bool grammar_is_one_of(const char *const *values, struct str text);

struct grammar_walk;
/* All that is given must outlive the walk. */
struct grammar_walk *grammar_open(const struct grammar *grammar, const struct source *file,
                                  const struct content_report *report);
/* The same of a document inside of the file, by its path there. */
struct grammar_walk *grammar_open_inside(const struct grammar *grammar, struct xml_input input,
                                         struct str path, const struct content_report *report);
/* Which versions of the table hold from here on; all unless it is told. */
void grammar_versions(struct grammar_walk *walk, uint8_t versions);
/* The next element that opens or closes; false when there is no more to be had. */
bool grammar_next(struct grammar_walk *walk, struct grammar_event *out);
/* Frees the walk. An error is that the bytes could not be had. */
MUST_USE struct err *grammar_close(struct grammar_walk *walk);
/* Was the whole document read, or did its XML end it? After the last event. */
bool grammar_is_whole(const struct grammar_walk *walk);
/* An attribute of the element that opened last; absent when it is not there. */
struct str grammar_attribute(const struct grammar_walk *walk, const char *name);
const struct xml *grammar_xml(const struct grammar_walk *walk); /* at that element */
/* A fault at the last event. */
void grammar_fault(struct grammar_walk *walk, enum content_rule rule, struct str found,
                   struct str expected);
