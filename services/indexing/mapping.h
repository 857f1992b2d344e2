/* A mapping says what a supplier's index means: which column is which field of a record. It is
 * data: part of the submission agreement, or of the package as documentation/mapping.json. One file
 * may hold several:
 *
 *   {"mappings": [{
 *      "driver": "representations/rep1/data/index.csv",  the index file; * stands for any
 * characters "reader": "files",              which reader reads it (reader.h) "form": "csv", csv,
 * or xml with one element per row "row": "post",                  xml: the name of that element
 *      "separator": ";",               csv; absent: found out from the header
 *      "encoding": "windows-1252",     or utf-8; absent: found out row by row
 *      "folder": "representations/rep1/data/",  put before every path in the index
 *      "fields": [
 *         {"field": "type", "value": "care"},
 *         {"field": "person_number", "column": "PNR"},
 *         {"field": "occurred_at", "column": "DATUM", "format": "YYYY-MM-DD hh:mm"},
 *         {"field": "category", "column": "TYP", "values": ["J=voo", "D=dia", "*=voo"]}]}]}
 *
 * A field is one that a delivery may set (record_delivered_field), person_number or person_id_type.
 * Rules are tried from the top; the first that has a text decides its field. Without a format a
 * time may be RFC 3339, or digits with or without '-', ':' and 'T' in Swedish local time. Lists
 * (attachments) are parted by '|'. Truth is 1, ja, j, sant, s, true, t, yes, y, x, or 0, nej, n,
 * falskt, f, false, no. Case does not matter in values. */
#pragma once

#include "csv.h"
#include "domain/record.h"
#include "row.h"

/* What is wrong or odd in a row; never with a value of it, for findings go into reports. */
struct finding {
    int64_t row;       /* as people count: the header is row 1, in XML the first element */
    struct str column; /* absent: the row as a whole */
    const char *rule;  /* a stable word */
    const char *why;
};

/* One thing that a reader hands over: a record, or why the row gave none; findings in either case.
 */
enum { FINDINGS_PER_ROW = 16 };
struct item {
    int64_t row; /* as people count */
    bool has_record;
    struct record record;
    struct finding findings[FINDINGS_PER_ROW]; /* the first ones when there are more */
    size_t finding_count;
};
/* Adds a finding, each rule once for a column. */
void item_find(struct item *item, int64_t row, struct str column, const char *rule,
               const char *why);

struct rule {
    struct str field;
    struct str column;
    struct str value;
    struct str format;
    struct strs values;
    /* Resolved by rules_resolve. */
    const struct field *target; /* NULL: the identity */
    size_t first;               /* the first rule for the same field */
};

struct rules {
    struct rule *at;
    size_t count;
};

struct mapping {
    struct str driver;
    struct str reader;
    struct str form;
    struct str row;
    struct str separator;
    struct str encoding;
    struct str folder;
    struct json_text fields;
    struct rules rules;
};

enum { MAPPINGS_MAX = 100, RULES_MAX = 200 };

/* Reads the file described above; errors name the field by its path. All lives in the arena. */
struct err *mapping_read(struct str json, struct arena *arena, struct mapping **out_mappings,
                         size_t *out_count) MUST_USE;
/* The first mapping whose driver matches the path, or NULL. */
const struct mapping *mapping_for(const struct mapping *mappings, size_t count, struct str path,
                                  struct arena *arena);
/* mapping_for's mapping as csv.h wants it. */
char mapping_separator(const struct mapping *mapping);
enum text_encoding mapping_encoding(const struct mapping *mapping);

/* Finds each rule's target. INVALID when a field is unknown or said to be what it cannot be. */
struct err *rules_resolve(struct rules *rules, const char *path) MUST_USE;
/* Makes a record of a row: fills item->record, which may hold constants already, and says what is
 * wrong. Strings live in the arena or in the row. The record's place and driver are the reader's to
 * set. */
void rules_apply(const struct rules *rules, struct str folder, const struct row *row,
                 struct arena *arena, struct item *item);
/* What every record needs whatever made it: status from the signature when not told, the identity
 * read, type and category there. Without them has_record stays false. */
void item_finish(struct item *item, const struct identity_told *told, int64_t row,
                 struct arena *arena);
/* A path of the delivery as a path of the package: folder in front, '/' between. Absent when it
 * could lead out. */
struct str mapping_path(struct str text, struct str folder, struct arena *arena);
