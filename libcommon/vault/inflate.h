/* Inflating a range of a source (raw deflate or gzip members) that can begin in the middle. Inside
 * the vault only: everybody else reads entries. */
#pragma once

#include "vault/entries.h"

enum inflate_wrap { INFLATE_RAW, INFLATE_GZIP };

struct inflate_stream {
    const struct source *source;
    uint64_t start; /* the stored bytes: [start, end) of the source */
    uint64_t end;
    enum inflate_wrap wrap;
    const struct entry_limits *limits; /* how much may come out; NULL when that is known already */
};

struct inflater;

struct inflater *inflater_new(void);
void inflater_free(struct inflater *inflater);
/* From the beginning, or from a point of the same stream. Good again after an error. */
MUST_USE struct err *inflater_start(struct inflater *inflater, const struct inflate_stream *stream,
                                    const struct restart_point *point);
/* Less than `length` only at the end, where the gzip trailers, or that a raw stream fills its
 * range, have been checked. */
MUST_USE struct err *inflater_read(struct inflater *inflater, void *out, size_t length,
                                   size_t *out_got);
/* Reads on to `output`, or only to the next restart point when there is one before and `to_point`
 * is set. At the end of the stream it stays there. */
MUST_USE struct err *inflater_skip(struct inflater *inflater, uint64_t output, bool to_point);
bool inflater_is_on(const struct inflater *inflater, uint64_t start); /* begun there, and sound? */
uint64_t inflater_output(const struct inflater *inflater);            /* plain bytes so far */
uint32_t
inflater_crc32(const struct inflater *inflater); /* of the gzip member or raw stream so far */
/* The point passed since inflater_point_taken, or NULL; at most one in any RESTART_SPACING bytes of
 * output. */
const struct restart_point *inflater_point(const struct inflater *inflater);
void inflater_point_taken(struct inflater *inflater);
