/* A moving window over a source. */
#include "window.h"

#include "base/base.h"

enum { WINDOW_STEP = 64 * 1024 };

struct window window_new(const struct source *source, uint64_t from, uint64_t end, size_t limit)
{
    assert(from <= end && end <= source->size);
    return (struct window){
        .source = source, .offset = from, .end = end, .held = buf_new(limit + WINDOW_STEP)};
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
    size_t step = left < WINDOW_STEP ? (size_t)left : WINDOW_STEP;
    *out_more = step > 0;
    if (step == 0)
        return NULL;
    forget(w);
    char *room = buf_reserve(&w->held, step);
    if (room == NULL)
        return err_new(ERR_TOO_LARGE, "one row or element is longer than the limit of %zu bytes",
                       w->held.limit - WINDOW_STEP);
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
