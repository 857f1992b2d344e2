/* A window that moves forward over a source: what stands in it is in memory, what lies behind is
 * forgotten. So a row or an element is seen whole however large its file is. */
#pragma once

#include "base/buf.h"
#include "vault/source.h"

struct window {
    const struct source *source;
    uint64_t offset; /* where the view begins in the source */
    uint64_t end;    /* the window never looks past this */
    size_t limit;    /* of the view's length */
    size_t skipped;  /* bytes of `held` that lie before the view */
    struct buf held;
};

/* `source` must outlive the window. The range must lie inside it. */
struct window window_new(const struct source *source, uint64_t from, uint64_t end, size_t limit);
void window_free(struct window *w);
/* The bytes seen now; valid until the next call of more or skip. */
struct str window_view(const struct window *w);
/* Lengthens the view; *out_more is false when there is nothing more. TOO_LARGE when the view is at
 * its limit. */
MUST_USE struct err *window_more(struct window *w, bool *out_more);
/* Moves the view's beginning forward by at most its length. */
void window_skip(struct window *w, size_t length);
