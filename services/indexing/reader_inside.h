/* What the readers share; only they include it. */
#pragma once

#include "csv.h"
#include "reader.h"
#include "xml_row.h"

struct reader {
    struct reader_input input;
    const struct reader_kind *kind;
    struct arena *kept; /* as long as the reader */
    struct arena *row;  /* as long as an item, or as the element that several items come from */
    struct csv csv;
    struct xml_cut xml;
    struct buf text;           /* the texts of an XML row */
    struct rules *rules;       /* of the kinds of records that the reader knows */
    struct row piece;          /* erms: the element whose cases and documents are handed out, */
    size_t piece_at;           /* and how far */
    const struct cell *parent; /* erms: the aggregation last asked for its id, and that */
    struct str parent_id;
};

struct reader_kind {
    const char *name;
    struct err *(*open)(struct reader *reader);
    struct err *(*next)(struct reader *reader, struct item *item, bool *out_more);
    struct err *(*cut)(struct reader *reader, uint64_t target, struct reader_part *out);
    void (*close)(struct reader *reader);
};

extern const struct reader_kind reader_files;
extern const struct reader_kind reader_rivta;
extern const struct reader_kind reader_erms;

/* Gives the record its place in the driver; reader_content_is_row says that this is its content
 * too. */
void reader_place_row(const struct reader *reader, const struct row *row, struct record *record);
void reader_content_is_row(struct record *record);

/* A rule of a known format, in a table that ends with {0}. */
struct known_rule {
    const char *field;
    const char *path; /* below `under`, or below the row's element when it begins with '/' */
    const char *values[4];
};
enum { READER_RULES_MAX = 2 * RULES_MAX };
/* Adds rules behind those that are there; rules->at has room for READER_RULES_MAX. `under` "":
 * nothing in front. */
void reader_add_rules(struct rules *rules, const struct known_rule *known, const char *under,
                      struct arena *arena);
/* Adds the mapping's (NULL: none), for what the file itself leaves out. */
void reader_add_mapping(struct rules *rules, const struct mapping *mapping);

/* XML files whose rows are the elements of these names (xml_cut.h). */
struct err *reader_open_xml(struct reader *reader, struct strs names, struct strs except) MUST_USE;
void reader_close_xml(struct reader *reader);
/* The next row, in reader->row, which is emptied first. */
struct err *reader_next_xml(struct reader *reader, struct row *out, bool *out_more) MUST_USE;
struct err *reader_cut_xml(struct reader *reader, uint64_t target,
                           struct reader_part *out) MUST_USE;
