/* The manifest: what is to be checked, one row an entry in the order of the container, with what
 * METS says of it; and how it is cut into parts that several workers share.
 *
 * Packed records: an entry, then as many expectations as it says. */
#pragma once

#include "content/content.h"
#include "validate/expect.h"
#include "vault/entries.h"

struct manifest_row {
    struct entry entry;
    uint64_t below; /* where in its path what lies below the root folder begins; 0: outside of it */
    unsigned digests;          /* 1U << algorithm of each checksum that METS states */
    enum content_kind content; /* how the file is read */
    bool scanned;              /* by the survey, which told what was found … */
    bool infected;             /* … and that nobody else may read it */
    uint64_t expectations;
};
void manifest_put(const struct manifest_row *row, struct buf *out);
struct manifest_row manifest_take(struct packed *record);

/* A part: rows [first_row, end_row) of the manifest, and the bytes of the container that they are
 * read from. */
struct manifest_part {
    uint64_t first_row;
    uint64_t end_row;
    uint64_t first_byte;
    uint64_t end_byte;
    int64_t files;
    int64_t bytes; /* plain */
    int32_t piece; /* of the listing, that has the restart point before it; -1: it needs none */
};

enum { PARTS_MAX = 1000000 };

/* A part is full with so many files or bytes. */
struct part_limits {
    int64_t files;
    int64_t bytes;
};

/* Cutting is a pure function of what is added: rows and, of a tar.gz, restart points. */
struct manifest_cut {
    /* Given. */
    struct arena *arena;
    enum container container;
    uint64_t container_bytes;
    struct part_limits limits;
    /* Found. */
    struct manifest_part *parts;
    size_t count;
    /* Between two calls. */
    size_t capacity;
    struct manifest_part open; /* the part that grows */
    int64_t rows;              /* of it */
    uint64_t output;           /* a tar.gz: where its last entry ends in the TAR */
    struct manifest_end {
        size_t part;
        uint64_t output;
    } * ends; /* parts of a tar.gz whose last byte is not known yet */
    size_t end_count;
    size_t end_capacity;
    int32_t point_piece; /* the newest point; -1: none yet */
    uint64_t point_input;
};

void manifest_cut_begin(struct manifest_cut *cut, struct arena *arena, enum container container,
                        uint64_t container_bytes, const struct part_limits *limits);
/* A restart point of a tar.gz, in its place between the rows. */
void manifest_cut_point(struct manifest_cut *cut, int32_t piece, uint64_t output, uint64_t input);
/* The row of this entry, which ends at `row_end` of the manifest. TOO_LARGE past PARTS_MAX. */
MUST_USE struct err *manifest_cut_row(struct manifest_cut *cut, const struct entry *entry,
                                      uint64_t row_end);
MUST_USE struct err *manifest_cut_end(struct manifest_cut *cut);
