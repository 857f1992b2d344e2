/* A patient's extract of the log in plain Swedish or English. Pure: what it is printed on is
 * others' business. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/field.h"
#include "print/print.h"

struct log_line {
    enum print_style style;
    struct str text;
};
struct log_lines {
    struct log_line *at;
    size_t count;
};

/* An extract, or a page of one, as room access answers (schemas/openapi/access.yaml). */
struct log_extract {
    struct str tenant;
    struct str key;
    struct str checkpoint;
    struct json_text rows;
    struct json_text names;
    struct json_text imported;
    bool imported_more;
    int64_t size;
    int64_t unsealed;
    bool staff_named;
    bool place_shown;
    struct str care_provider;
    struct instant removed_before;
    bool more;
    struct json_text next; /* absent when there is no more */
};
extern const struct field log_extract_fields[];
enum { LOG_EXTRACT_MAX = 1 << 28 };

/* What was asked for, beside what the extract says itself. */
struct log_asked {
    const char *from; /* days, as given; NULL: no such end */
    const char *to;
    struct instant made;
    bool swedish;
};

enum { LOG_ROWS_MAX = 20000 };

enum log_word {
#define WORD(name, swedish, english) LOG_##name,
#include "log_words.def"
#undef WORD
    LOG_WORDS
};
const char *log_word(enum log_word word, bool swedish);

/* The extract (r7e-log-extract-v1, with names and imported rows) as lines, in the arena. INVALID:
 * it is no such extract. */
MUST_USE struct err *log_tell(struct str extract, const struct log_asked *asked,
                              struct arena *arena, struct log_lines *out);
