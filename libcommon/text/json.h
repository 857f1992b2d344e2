/* JSON in and out by field tables (base/field.h). jansson lives behind this header and nowhere
 * else. Limits: the text's size is the caller's; nesting 64 deep; numbers are whole (a real is
 * refused). */
#pragma once

#include "base/field.h"

enum json_unknown { JSON_REFUSE_UNKNOWN, JSON_IGNORE_UNKNOWN };

/* Reads one object into `out`. `path` goes before field names in errors ("" for none). Strings
 * point into `arena`. A field that the table does not know is refused, or ignored where its schema
 * says so. */
MUST_USE struct err *json_read(struct str text, const struct field *fields,
                               enum json_unknown unknown, const char *path, struct arena *arena,
                               void *out);
/* Reads an array of objects, `size` bytes each, at most `limit` of them. */
MUST_USE struct err *json_read_list(struct str text, const struct field *fields, size_t size,
                                    size_t limit, enum json_unknown unknown, const char *path,
                                    struct arena *arena, void **out_items, size_t *out_count);
/* One member of an object as its JSON text; absent when there is none. Reads nothing else of it. */
MUST_USE struct err *json_member(struct str text, const char *name, struct arena *arena,
                                 struct str *out);
/* One member that is a string or a list of strings, at most `limit`, as a list either way; absent:
 * none. */
MUST_USE struct err *json_member_strs(struct str text, const char *name, size_t limit,
                                      struct arena *arena, struct strs *out);

/* A value whose shape its reader does not know before: what a table cannot describe. */
enum json_kind {
    JSON_IS_NULL,
    JSON_IS_BOOL,
    JSON_IS_NUMBER,
    JSON_IS_STRING,
    JSON_IS_OBJECT,
    JSON_IS_LIST,
};
struct json_part {
    struct str name; /* absent in a list */
    enum json_kind kind;
    struct str text; /* JSON; of a string its characters */
};
/* The members of an object, or the items of a list, at most `limit` of them: TOO_LARGE. INVALID for
 * any other value. */
MUST_USE struct err *json_parts(struct str text, size_t limit, const char *path,
                                struct arena *arena, struct json_part **out_parts,
                                size_t *out_count);

/* Writes the object; absent optional fields are left out. */
void json_write(const struct field *fields, const void *value, struct buf *out);
/* An array of objects, `size` bytes each. */
void json_write_list(const struct field *fields, const void *items, size_t size, size_t count,
                     struct buf *out);
/* A string with its quotes, escaped. Invalid UTF-8 becomes U+FFFD. */
void json_quote(struct str text, struct buf *out);
/* The value as RFC 8785 (JCS) writes it: names sorted by their UTF-16 units, no white space,
 * numbers as ECMAScript prints doubles (so whole numbers beyond 2^53 are rounded, as there).
 * INVALID when it is no JSON, or has a number that no double holds. */
MUST_USE struct err *json_canonical(struct str text, struct buf *out);
/* A string as RFC 8785 writes it: with quotes, and nothing escaped that need not be. UTF-8. */
void json_canonical_string(struct str text, struct buf *out);
