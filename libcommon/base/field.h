/* One table per struct. It reads and writes JSON (text/json.h), reads rows and binds parameters
 * (db/db.h), and is what the contract tests compare with the JSON Schema and the SQL columns.
 *
 *   static const struct field delivery_fields[] = {
 *       FIELD(struct delivery, id, REQUIRED),
 *       FIELD(struct delivery, bytes, REQUIRED, .min = 1, .max = 1L << 40),
 *       FIELDS_END};
 *
 * Optional and absent: a string or raw JSON is absent, an instant not known, a UUID nil, a number
 * 0. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "base/uuid.h"

/* JSON kept as its text: for what is passed on unread (a report, a list). */
struct json_text {
    struct str text;
};
/* Bytes: base64 in JSON, bytea in SQL. */
struct bytes {
    struct str raw;
};
/* Several strings: an array in JSON, text[] in SQL. */
struct strs {
    const struct str *at;
    size_t count;
};
/* Several UUIDs: an array in JSON, uuid[] in SQL. */
struct uuids {
    const struct uuid *at;
    size_t count;
};

enum field_type {
    FIELD_STR,
    FIELD_I64,
    FIELD_I32,
    FIELD_BOOL,
    FIELD_UUID,
    FIELD_INSTANT,
    FIELD_SHA256,
    FIELD_JSON,
    FIELD_BYTES,
    FIELD_STRS,
    FIELD_UUIDS,
};

enum field_presence { REQUIRED, OPTIONAL };

struct field {
    const char *name;
    enum field_type type;
    size_t offset;
    enum field_presence presence;
    int64_t min; /* numbers: least value; strings: least length in bytes */
    int64_t
        max; /* 0 = the default of the type: FIELD_TEXT_MAX bytes, the whole range of the number */
    /* Allowed values, NULL-terminated, or NULL for any. */
    const char *const *one_of;
};

enum { FIELD_TEXT_MAX = 4096, FIELD_BYTES_MAX = 64 * 1024 * 1024, FIELD_LIST_MAX = 100000 };

#define FIELD_TYPE_OF(member)                                                                      \
    _Generic((member), struct str                                                                  \
             : FIELD_STR, int64_t                                                                  \
             : FIELD_I64, int32_t                                                                  \
             : FIELD_I32, bool                                                                     \
             : FIELD_BOOL, struct uuid                                                             \
             : FIELD_UUID, struct instant                                                          \
             : FIELD_INSTANT, struct sha256                                                        \
             : FIELD_SHA256, struct json_text                                                      \
             : FIELD_JSON, struct bytes                                                            \
             : FIELD_BYTES, struct strs                                                            \
             : FIELD_STRS, struct uuids                                                            \
             : FIELD_UUIDS)
#define FIELD(type_, member, ...) FIELD_NAMED(type_, member, #member, __VA_ARGS__)
/* When the name on the wire is no C name ("accountableCareUnit", "class"). */
#define FIELD_NAMED(type_, member, name_, ...)                                                     \
    {                                                                                              \
        .name = (name_), .type = FIELD_TYPE_OF(((type_ *)0)->member),                              \
        .offset = offsetof(type_, member), .presence = __VA_ARGS__                                 \
    }
#define FIELDS_END                                                                                 \
    {                                                                                              \
        .name = NULL                                                                               \
    }

#define FIELD_AT(base, field, type_) ((type_ *)(void *)((char *)(base) + (field)->offset))
#define FIELD_GET(base, field, type_)                                                              \
    (*(const type_ *)(const void *)((const char *)(base) + (field)->offset))

/* Reads one value from its text form (as PostgreSQL prints it and as JSON strings and numbers carry
 * it) and checks its range. `path` names the field in the error. Strings are not copied. */
MUST_USE struct err *field_from_text(const struct field *f, struct str text, void *base,
                                     const char *path, struct arena *arena);
/* Is the value absent (see above)? */
bool field_is_absent(const struct field *f, const void *base);
/* Appends the text form. */
void field_to_text(const struct field *f, const void *base, struct buf *out);
const char *field_type_name(enum field_type type);
