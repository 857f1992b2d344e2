/* A moving window over a source. */
#include "window.h"

#include "base/base.h"

enum { WINDOW_STEP = 64 * 1024 };

struct window window_new(const struct source *source, uint64_t from, uint64_t end, size_t limit)
{
    assert(from <= end && end <= source->size);
    return (struct window){
        .source = source, .offset = from, .end = end, .limit = limit, .held = buf_new(limit)};
}

void window_free(struct window *w)
{
    buf_free(&w->held);
}

struct str window_view(const struct window *w)
{
    struct str held = buf_str(&w->held);
    return str_slice(held, w->skipped, held.len);
}

/* What moves is less than one row, so this costs less than reading the step that made it necessary.
 */
static void forget(struct window *w)
{
    struct str view = window_view(w);
    if (w->skipped == 0)
        return;
    memmove(w->held.ptr, view.ptr, view.len);
    w->held.len = view.len;
    w->skipped = 0;
}

struct err *window_more(struct window *w, bool *out_more)
{
    size_t view = window_view(w).len;
    uint64_t left = w->end - w->offset - view;
    /* Doubling, so that what looks at the whole view after each step does not become quadratic. */
    size_t step = view > WINDOW_STEP ? view : WINDOW_STEP;
    if (step > w->limit - view)
        step = w->limit - view;
    if (step > left)
        step = (size_t)left;
    *out_more = left > 0;
    if (left == 0)
        return NULL;
    if (step == 0)
        return err_new(ERR_TOO_LARGE, "longer than the limit of %zu bytes", w->limit);
    forget(w);
    char *room = buf_reserve(&w->held, step);
    assert(room != NULL);
    TRY(source_read(w->source, w->offset + view, room, step));
    w->held.len += step;
    return NULL;
}

void window_skip(struct window *w, size_t length)
{
    assert(length <= window_view(w).len);
    w->skipped += length;
    w->offset += length;
}
