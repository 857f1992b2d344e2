/* Records in the files that validation makes for itself (runs of a sort, the manifest, the findings
 * of a part): a length, then fields one behind the other. Written by this house and sealed, so what
 * makes no sense is CORRUPT storage and nobody's delivery. */
#pragma once

#include "base/buf.h"
#include "vault/source.h"

/* Longer records are not written: what is put into one is cut before. */
enum { PACKED_MAX = 32 * 1024 };

/* --- writing: begin, put fields, end */
size_t packed_begin(struct buf *out); /* returns where the record stands, for packed_end */
void packed_number(struct buf *out, uint64_t value);
void packed_text(struct buf *out, struct str text); /* absent stays absent */
void packed_end(struct buf *out, size_t record);

/* --- reading: fields in the order in which they were put */
struct packed {
    struct str rest;
    bool bad; /* a field was not there; all that follow are zero or absent */
};
uint64_t packed_take_number(struct packed *record);
struct str packed_take_text(struct packed *record);
MUST_USE struct err *packed_done(const struct packed *record); /* CORRUPT when it was bad */

/* Records [from, to) of a source, in order. */
struct packed_reader;
struct packed_reader *packed_reader_new(const struct source *source, uint64_t from, uint64_t to);
void packed_reader_free(struct packed_reader *reader);
/* The record lives until the next call. */
MUST_USE struct err *packed_next(struct packed_reader *reader, struct packed *out, bool *out_more);
