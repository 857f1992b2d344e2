/* One signature against the ends of a file. Forward the earliest anchor is taken, backward the
 * latest; around an anchor every choice and gap is tried. */
#include "format/match.h"

/* A position on a side of an anchor is tried with all that may follow it. */
struct walk {
    struct matcher *m;
    const uint8_t *bytes;
    const struct side *side;
    bool left;   /* which way from the anchor */
    size_t edge; /* not beyond this byte */
    size_t low;  /* where the far end must lie */
    size_t high;
};

static bool spend(struct matcher *m, uint64_t effort)
{
    m->effort = m->effort > effort ? m->effort - effort : 0;
    return m->effort > 0;
}

/* Room for a fragment at so great a gap? Then *out_start is where it would begin. */
static bool fits(const struct walk *w, size_t at, size_t gap, size_t length, size_t *out_start)
{
    size_t room = w->left ? at - w->edge : w->edge - at;
    if (gap > room || length > room - gap)
        return false;
    *out_start = w->left ? at - gap - length : at + gap;
    return true;
}

/* From `at`, the near end of the next fragment at gap 0. Recursion: SEQUENCE_FRAGMENTS_MAX deep. */
static bool walk_side(const struct walk *w, size_t step, size_t at, size_t *out_end)
{
    if (step == w->side->count) {
        *out_end = at;
        return at >= w->low && at <= w->high;
    }
    const struct step *s = &w->side->steps[step];
    for (size_t i = 0; i < s->count; i++) {
        const struct fragment *f = &s->choices[i];
        size_t start = 0;
        for (size_t gap = f->gap.least; gap <= f->gap.most; gap++) {
            if (!fits(w, at, gap, f->run.length, &start) || !spend(w->m, 1))
                break;
            if (run_matches(&f->run, w->bytes + start) &&
                walk_side(w, step + 1, w->left ? start : start + f->run.length, out_end))
                return true;
        }
    }
    return false;
}

/* The first place of the run in [low, high], both beginnings. */
static bool find_forward(struct matcher *m, struct str text, const struct run *run, size_t low,
                         size_t high, size_t *out)
{
    if (run->length > text.len || low > text.len - run->length)
        return false;
    if (high > text.len - run->length)
        high = text.len - run->length;
    if (low > high)
        return false;
    const uint8_t *bytes = (const uint8_t *)text.ptr;
    if (run->bytes != NULL) {
        const uint8_t *found =
            memmem(bytes + low, high - low + run->length, run->bytes, run->length);
        *out = found != NULL ? (size_t)(found - bytes) : 0;
        return spend(m, ((found != NULL ? *out : high) - low) / 64 + 1) && found != NULL;
    }
    for (size_t at = low; at <= high && spend(m, 1); at++)
        if (run_matches(run, bytes + at)) {
            *out = at;
            return true;
        }
    return false;
}

/* A byte of fixed ones that files hold less often than zeros. */
static size_t seldom(const struct run *run)
{
    size_t at = 0;
    while (at + 1 < run->length && run->bytes[at] == 0)
        at++;
    return at;
}

static bool find_bytes_backward(struct matcher *m, const uint8_t *bytes, const struct run *run,
                                size_t low, size_t high, size_t *out)
{
    size_t within = seldom(run);
    while (low <= high) {
        const uint8_t *found = memrchr(bytes + low + within, run->bytes[within], high - low + 1);
        size_t at = found != NULL ? (size_t)(found - bytes) - within : low;
        if (!spend(m, (high - at) / 64 + 1) || found == NULL)
            return false;
        if (memcmp(bytes + at, run->bytes, run->length) == 0) {
            *out = at;
            return true;
        }
        if (at == low)
            return false;
        high = at - 1;
    }
    return false;
}

/* The last place of the run in [low, high]. */
static bool find_backward(struct matcher *m, struct str text, const struct run *run, size_t low,
                          size_t high, size_t *out)
{
    const uint8_t *bytes = (const uint8_t *)text.ptr;
    if (run->length > text.len)
        return false;
    if (high > text.len - run->length)
        high = text.len - run->length;
    if (run->bytes != NULL && run->length > 0)
        return find_bytes_backward(m, bytes, run, low, high, out);
    for (size_t at = high + 1; at > low && spend(m, 1); at--)
        if (run_matches(run, bytes + at - 1)) {
            *out = at - 1;
            return true;
        }
    return false;
}

/* Where a pattern's near end may lie, and its anchor. */
struct range {
    size_t near_low;
    size_t near_high;
    size_t anchor_low;
    size_t anchor_high;
};

/* Of what begins behind `from`. */
static struct range range_forward(const struct pattern *p, size_t from, bool measured)
{
    size_t low = from + p->offset.least;
    size_t high = measured ? from + p->offset.most : low + FORMAT_SCAN;
    return (struct range){low, high, low + p->left.least, high + p->left.most};
}

static bool match_forward(const struct pattern *p, struct matcher *m, size_t *marker, bool measured)
{
    struct range r = range_forward(p, *marker, measured);
    const uint8_t *bytes = (const uint8_t *)m->head.ptr;
    struct walk left = {m, bytes, &p->left, true, *marker, r.near_low, r.near_high};
    struct walk right = {m, bytes, &p->right, false, m->head.len, 0, m->head.len};
    size_t at = 0;
    size_t begin = 0;
    size_t end = 0;
    for (size_t low = r.anchor_low; find_forward(m, m->head, &p->anchor, low, r.anchor_high, &at);
         low = at + 1)
        if (walk_side(&left, 0, at, &begin) && walk_side(&right, 0, at + p->anchor.length, &end)) {
            *marker = end;
            return true;
        }
    return false;
}

static size_t less(size_t a, size_t b)
{
    return a > b ? a - b : 0;
}

/* Of what ends before `from`; false when there is no room for it. */
static bool range_backward(const struct pattern *p, size_t from, bool measured, struct range *out)
{
    size_t needed = p->offset.least + p->right.least + p->anchor.length + p->left.least;
    if (needed > from)
        return false;
    size_t high = from - p->offset.least;
    size_t low = measured ? less(from, p->offset.most) : less(high, FORMAT_SCAN);
    *out = (struct range){low, high, less(low, p->right.most + p->anchor.length),
                          high - p->right.least - p->anchor.length};
    return true;
}

static bool match_backward(const struct pattern *p, struct matcher *m, size_t *marker,
                           bool measured)
{
    struct range r;
    if (!range_backward(p, *marker, measured, &r))
        return false;
    const uint8_t *bytes = (const uint8_t *)m->tail.ptr;
    struct walk left = {m, bytes, &p->left, true, 0, 0, m->tail.len};
    struct walk right = {m, bytes, &p->right, false, *marker, r.near_low, r.near_high};
    size_t at = 0;
    size_t begin = 0;
    size_t end = 0;
    for (size_t high = r.anchor_high;
         find_backward(m, m->tail, &p->anchor, r.anchor_low, high, &at); high = at - 1) {
        if (walk_side(&right, 0, at + p->anchor.length, &end) && walk_side(&left, 0, at, &begin)) {
            *marker = begin;
            return true;
        }
        if (at == 0)
            return false;
    }
    return false;
}

static bool sequence_matches(const struct byte_sequence *sequence, struct matcher *m)
{
    bool backward = sequence->origin == FROM_TAIL;
    size_t marker = backward ? m->tail.len : 0;
    for (size_t i = 0; i < sequence->count; i++) {
        bool measured = i == 0 && sequence->origin != FROM_NOWHERE;
        const struct pattern *p = &sequence->patterns[backward ? sequence->count - 1 - i : i];
        if (!(backward ? match_backward(p, m, &marker, measured)
                       : match_forward(p, m, &marker, measured)))
            return false;
    }
    return sequence->count > 0;
}

bool signature_matches(const struct signature *signature, struct matcher *m)
{
    for (size_t i = 0; i < signature->count; i++)
        if (!sequence_matches(&signature->sequences[i], m))
            return false;
    return signature->count > 0;
}
