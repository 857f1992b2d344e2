/* An entry index on its way into sealed segments. */
#pragma once

#include "vault/entry_index.h"
#include "vault/segment.h"

struct index_out {
    struct entry_index_writer *writer;
    struct buf bytes;
    struct segment_writer *into;
};

/* `into` outlives it. */
void index_out_begin(struct index_out *out, enum container container, struct segment_writer *into);
/* After each item: hands over what has gathered. */
MUST_USE struct err *index_out_flush(struct index_out *out);
MUST_USE struct err *index_out_end(struct index_out *out);
void index_out_free(struct index_out *out);
