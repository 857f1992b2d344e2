/* Gathers a MiB and hands it over. */
#include "validate/index_out.h"

#include "base/base.h"

enum { FLUSH = 1024 * 1024, LIMIT = 1 << 30 };

void index_out_begin(struct index_out *out, enum container container, struct segment_writer *into)
{
    out->bytes = buf_new(LIMIT);
    out->writer = entry_index_writer_new(container, &out->bytes);
    out->into = into;
}

static struct err *hand_over(struct index_out *out, size_t least)
{
    if (out->bytes.len < least)
        return NULL;
    TRY(buf_done(&out->bytes, "the entry index"));
    TRY(segment_writer_add(out->into, buf_str(&out->bytes)));
    buf_clear(&out->bytes);
    return NULL;
}

struct err *index_out_flush(struct index_out *out)
{
    return hand_over(out, FLUSH);
}

struct err *index_out_end(struct index_out *out)
{
    TRY(entry_index_end(out->writer, &out->bytes));
    return hand_over(out, 1);
}

void index_out_free(struct index_out *out)
{
    entry_index_writer_free(out->writer);
    buf_free(&out->bytes);
    *out = (struct index_out){0};
}
