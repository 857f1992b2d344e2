/* What the readers share; only they include it. */
#pragma once

#include "csv.h"
#include "reader.h"

struct reader {
    struct reader_input input;
    const struct reader_kind *kind;
    struct arena *kept; /* as long as the reader */
    struct arena *row;  /* as long as an item */
    struct csv csv;
};

struct reader_kind {
    const char *name;
    struct err *(*open)(struct reader *reader);
    struct err *(*next)(struct reader *reader, struct item *item, bool *out_more);
    struct err *(*cut)(struct reader *reader, uint64_t target, struct reader_part *out);
    void (*close)(struct reader *reader);
};

extern const struct reader_kind reader_files;

/* Gives the item's record its place in the driver. */
void reader_place_row(const struct reader *reader, const struct row *row, struct record *record);
