/* What a byte sequence of a signature is once it is compiled; nobody outside this folder includes
 * it. Everything lives in the arena of its signatures. */
#pragma once

#include "base/base.h"

/* One place of a run: which bytes may stand there. */
struct place {
    enum { PLACE_BYTE, PLACE_ANY, PLACE_SET, PLACE_BETWEEN } kind;
    bool outside;        /* BETWEEN: what does not lie between */
    uint8_t byte;        /* BYTE */
    uint16_t width;      /* bytes it takes: 1, but for BETWEEN */
    const uint8_t *data; /* SET: 256 bits; BETWEEN: the lowest value, then the highest */
};

/* Bytes one after another; its length is known. */
struct run {
    size_t length;        /* bytes */
    const uint8_t *bytes; /* when each place is one byte, all of them; else NULL */
    struct place *places;
    size_t count;
};
bool run_matches(const struct run *run, const uint8_t *at);

/* How far off the next bytes lie. */
struct gap {
    uint32_t least;
    uint32_t most;
};

/* Bytes beside others, with the gap between them. */
struct fragment {
    struct run run;
    struct gap gap;
};
/* One of several must be there. */
struct step {
    struct fragment *choices;
    size_t count;
};
/* Bytes from its near end at gap 0 to its far end. */
struct gap step_reach(const struct step *step);
/* What stands on one side of an anchor, nearest first. */
struct side {
    struct step *steps;
    size_t count;
    size_t least; /* bytes from the anchor to its far end, gaps included */
    size_t most;
};

/* A "SubSequence": an anchor that is searched for, and what must stand around it. */
struct pattern {
    struct run anchor; /* may be empty: then it is everywhere, and the right side decides */
    struct side left;
    struct side right;
    /* Of the whole pattern from where the search begins; `most` counts only for the pattern that
     * is measured from the beginning or end of the file. */
    struct gap offset;
};

/* How many bytes it names one by one: how much it says. */
size_t pattern_weight(const struct pattern *pattern);

enum origin { FROM_HEAD, FROM_TAIL, FROM_NOWHERE };

/* A "ByteSequence": patterns with anything between them. */
struct byte_sequence {
    enum origin origin;
    struct pattern *patterns; /* in the order of the file's bytes */
    size_t count;
};

/* Limits of one sequence's text and of what it says. */
enum {
    SEQUENCE_TEXT_MAX = 64 * 1024,
    SEQUENCE_PIECES_MAX = 256,
    SEQUENCE_CHOICES_MAX = 256,
    SEQUENCE_FRAGMENTS_MAX = 64, /* positions on one side of an anchor */
    SEQUENCE_GAP_MAX = 16 * 1024 * 1024,
};

/* The text of a sequence, cut where its length is not fixed. */
struct piece {
    bool open;      /* anything may stand before it ("*") */
    struct gap gap; /* before it */
    struct run *choices;
    size_t count;
};
struct pieces {
    struct piece *at;
    size_t count;
    bool open;      /* behind the last: "*" … */
    struct gap gap; /* … and a gap */
};

/* PRONOM's syntax of byte sequences and what container signatures add to it:
 *
 *   4D5A  'text'        bytes; white space between them means nothing
 *   ??  {4}  {2-10}     any byte; so many of them
 *   *  {4-*}            any number; at least so many
 *   [30:39]  ['0'-'9']  a value from … to; of several bytes, compared as bytes
 *   [01 02 'x']  [!00]  one of several values; any but
 *   [&01]  [~81]        all of these bits are set; any of them (good without brackets too)
 *   (0D0A|0A)           one of several
 *
 * `where` names the place in errors (INVALID, TOO_LARGE). */
MUST_USE struct err *sequence_parse(struct str text, const char *where, struct arena *arena,
                                    struct pieces *out);

/* What a "SubSequence" says beside the text of its sequence. */
struct subsequence {
    const char *where;
    enum origin origin;
    bool first; /* measured from the beginning or end of the file */
    struct str text;
    struct gap offset;
    struct side left;
    struct side right;
};
/* Adds its pattern, or several where the text has "*", to those of the sequence. */
MUST_USE struct err *pattern_add(struct arena *arena, const struct subsequence *sub,
                                 struct byte_sequence *sequence);
/* A fragment beside the anchor: `position` from 1, as in the signature file. */
MUST_USE struct err *side_add(struct arena *arena, struct side *side, const char *where,
                              uint64_t position, struct gap gap, struct str text);
/* Checks that no position is missing and sums up the lengths. */
MUST_USE struct err *side_finish(struct side *side, const char *where);

/* A list in an arena: room for one more behind the `count` there are. */
void *list_grow(struct arena *arena, void *at, size_t count, size_t size);
#define LIST_ADD(arena, list, count)                                                               \
    ((list) = list_grow(arena, list, count, sizeof *(list)), &(list)[(count)++])
