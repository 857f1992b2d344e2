/* The tag files of a bag, line by line, in UTF-8 whatever they are written in. */
#pragma once

#include "text/encoding.h"
#include "validate/survey_inside.h"

struct tag_file {
    struct surveying *y;
    struct str name;
    struct entry_reader *reader; /* NULL: there is no such file, or it is infected */
    struct arena *arena;         /* of one line */
    char *piece;
    struct str rest; /* of the piece */
    struct utf16 wide;
    bool ended;
    int64_t line;
    uint64_t listed; /* of a tag manifest: set of 1 << place in bag.names */
};

/* Opens nothing when there is no such file: it has no lines then. Closed in any case. */
MUST_USE struct err *tag_open(struct surveying *y, struct str name, struct tag_file *out);
void tag_close(struct tag_file *t);
/* The next line, in the file's arena until the next. *out_more false: none is left. A file whose
 * lines cannot be told apart is told, and ends. */
MUST_USE struct err *tag_next(struct tag_file *t, struct str *out, bool *out_more);

/* A small file as it is, in the survey's arena; what is longer than `most` is told and left out. */
MUST_USE struct err *tag_read_small(struct surveying *y, struct str name, size_t most,
                                    struct str *out);
/* Its bytes as the declaration tells to read them, without a byte order mark, which is told. */
struct str tag_text(struct surveying *y, struct str name, struct str bytes);

void bag_tell(struct surveying *y, enum requirement requirement, int number, struct str path,
              int64_t line, struct str found);
void tag_tell(struct tag_file *t, enum requirement requirement, int number, struct str found);
