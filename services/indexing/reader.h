/* Readers: from a file of a package to records, one by one. A reader is a function of the bytes and
 * the mapping: no clock, no database, no network. It streams: memory does not grow with the file.
 *
 *   struct reader *reader = NULL;
 *   TRY(reader_open(&input, &reader));
 *   for (;;) {
 *       struct err *e = reader_next(reader, &item, &more);
 *       if (e != NULL || !more)
 *           break;
 *       …item.has_record, item.record, item.findings…
 *   }
 *   reader_close(reader);
 *
 * A bad row is a finding and reading goes on. An error is the file's: it cannot be read from there
 * on. */
#pragma once

#include "mapping.h"
#include "vault/source.h"

struct reader;

/* What a reader reads: a file of the package, or a part of it (reader_cut). All of it outlives the
 * reader. */
struct reader_input {
    struct str name;             /* "files", "rivta", "erms" */
    struct str path;             /* the file's path in the package */
    const struct source *source; /* its content */
    uint64_t from;               /* the part; a whole file is from 0 to source->size */
    uint64_t to;
    int64_t first_row; /* the number of the row at `from`; not looked at when that is 0 */
    const struct mapping
        *mapping; /* files: must be; others: NULL, or constants for what the file leaves out */
    const struct record *defaults; /* what the delivery says of all its records; NULL: nothing */
};

/* UNSUPPORTED for an unknown name; CORRUPT, UNSAFE or TOO_LARGE when the file cannot be read at
 * all. */
struct err *reader_open(const struct reader_input *input, struct reader **out) MUST_USE;
void reader_close(struct reader *reader); /* NULL is fine */
/* The next row's item. Its strings and findings live until the next call; forget the errors of the
 * thread (err_reset) now and then, for each finding may have left one. */
struct err *reader_next(struct reader *reader, struct item *out, bool *out_more) MUST_USE;

/* Cuts a file into parts that several workers read: the part from input->from with the fewest whole
 * rows that hold at least `target` bytes. The next part is cut with from = out->to and first_row =
 * out->next_row; the last one ends at source->size. input->to is not looked at. One call reads
 * little more than `target` bytes. */
struct reader_part {
    uint64_t from;
    uint64_t to;
    int64_t first_row;
    int64_t next_row;
};
struct err *reader_cut(const struct reader_input *input, uint64_t target,
                       struct reader_part *out) MUST_USE;
