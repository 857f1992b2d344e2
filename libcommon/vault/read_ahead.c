/* A window as a source. */
#include "vault/read_ahead.h"
#include "vault/entries_inner.h"

enum { AHEAD = 32 * 1024, SMALL = AHEAD / 4 };

struct read_ahead {
    struct window window;
};

struct read_ahead *read_ahead_new(const struct source *source)
{
    struct read_ahead *ahead = must_calloc(1, sizeof *ahead);
    ahead->window.source = source;
    ahead->window.ahead = AHEAD;
    return ahead;
}

void read_ahead_free(struct read_ahead *ahead)
{
    free(ahead);
}

static struct err *read_near(void *state, uint64_t offset, void *out, size_t length)
{
    struct read_ahead *ahead = state;
    const uint8_t *bytes = NULL;
    if (length > SMALL)
        return source_read(ahead->window.source, offset, out, length);
    TRY(window_get(&ahead->window, offset, length, &bytes));
    memcpy(out, bytes, length);
    return NULL;
}

struct source read_ahead_source(struct read_ahead *ahead)
{
    return (struct source){read_near, ahead, ahead->window.source->size};
}
