/* Pieces of a sequence and the fragments beside it become a pattern: an anchor with two sides. */
#include "format/pattern.h"

bool run_matches(const struct run *run, const uint8_t *at)
{
    if (run->bytes != NULL)
        return memcmp(run->bytes, at, run->length) == 0;
    for (size_t i = 0; i < run->count; i++) {
        const struct place *place = &run->places[i];
        bool fits = true;
        switch (place->kind) {
        case PLACE_BYTE:
            fits = *at == place->byte;
            break;
        case PLACE_ANY:
            break;
        case PLACE_SET:
            fits = (place->data[*at / 8] >> *at % 8 & 1) != 0;
            break;
        case PLACE_BETWEEN:
            fits = (memcmp(at, place->data, place->width) >= 0 &&
                    memcmp(at, place->data + place->width, place->width) <= 0) != place->outside;
            break;
        }
        if (!fits)
            return false;
        at += place->width;
    }
    return true;
}

static struct err *refuse(const char *where, const char *what)
{
    return err_field(ERR_INVALID, where, "the byte sequence is wrong: %s", what);
}

/* --- sides */

static struct err *step_at(struct arena *arena, struct side *side, const char *where,
                           uint64_t position, struct step **out)
{
    if (position == 0 || position > SEQUENCE_FRAGMENTS_MAX)
        return err_field(ERR_INVALID, where, "a fragment's position is not 1 to %d",
                         SEQUENCE_FRAGMENTS_MAX);
    while (side->count < position)
        *LIST_ADD(arena, side->steps, side->count) = (struct step){0};
    *out = &side->steps[position - 1];
    return NULL;
}

static struct err *step_fill(struct arena *arena, struct step *step, const char *where,
                             const struct piece *piece, struct gap gap)
{
    for (size_t i = 0; i < piece->count; i++) {
        if (step->count == SEQUENCE_CHOICES_MAX)
            return err_field(ERR_TOO_LARGE, where, "a position has more than %d fragments",
                             SEQUENCE_CHOICES_MAX);
        *LIST_ADD(arena, step->choices, step->count) = (struct fragment){piece->choices[i], gap};
    }
    return NULL;
}

struct err *side_add(struct arena *arena, struct side *side, const char *where, uint64_t position,
                     struct gap gap, struct str text)
{
    struct pieces pieces = {0};
    struct step *step = NULL;
    TRY(sequence_parse(text, where, arena, &pieces));
    TRY(step_at(arena, side, where, position, &step));
    const struct piece *piece = pieces.at;
    if (pieces.count > 1 || piece->open || pieces.open || piece->gap.most + pieces.gap.most > 0)
        return refuse(where, "a fragment has a gap");
    return step_fill(arena, step, where, piece, gap);
}

struct gap step_reach(const struct step *step)
{
    struct gap reach = {UINT32_MAX, 0};
    for (size_t i = 0; i < step->count; i++) {
        const struct fragment *f = &step->choices[i];
        uint32_t least = (uint32_t)f->run.length + f->gap.least;
        uint32_t most = (uint32_t)f->run.length + f->gap.most;
        reach.least = least < reach.least ? least : reach.least;
        reach.most = most > reach.most ? most : reach.most;
    }
    return reach;
}

static void measure(struct side *side)
{
    side->least = side->most = 0;
    for (size_t i = 0; i < side->count; i++) {
        struct gap reach = step_reach(&side->steps[i]);
        side->least += reach.least;
        side->most += reach.most;
    }
}

struct err *side_finish(struct side *side, const char *where)
{
    for (size_t i = 0; i < side->count; i++)
        if (side->steps[i].count == 0)
            return refuse(where, "a position between its fragments is empty");
    measure(side);
    return NULL;
}

static struct err *too_many(const char *where)
{
    return err_field(ERR_TOO_LARGE, where, "more than %d fragments stand on one side",
                     SEQUENCE_FRAGMENTS_MAX);
}

/* The pieces beside the anchor, then the fragments beside those. */
static struct err *side_join(struct arena *arena, struct side *side, const char *where,
                             const struct side *far)
{
    if (side->count + far->count > SEQUENCE_FRAGMENTS_MAX)
        return too_many(where);
    for (size_t i = 0; i < far->count; i++)
        *LIST_ADD(arena, side->steps, side->count) = far->steps[i];
    measure(side);
    return NULL;
}

/* --- patterns */

static size_t fixed_bytes(const struct run *run)
{
    size_t fixed = 0;
    for (size_t i = 0; i < run->count; i++)
        fixed += run->places[i].kind == PLACE_BYTE;
    return fixed;
}

static size_t side_weight(const struct side *side)
{
    size_t weight = 0;
    for (size_t i = 0; i < side->count; i++)
        weight += fixed_bytes(&side->steps[i].choices[0].run);
    return weight;
}

size_t pattern_weight(const struct pattern *pattern)
{
    return side_weight(&pattern->left) + fixed_bytes(&pattern->anchor) +
           side_weight(&pattern->right);
}

/* The piece with most fixed bytes; `to` when each has several choices. */
static size_t choose_anchor(const struct pieces *pieces, size_t from, size_t to)
{
    size_t best = to;
    for (size_t i = from; i < to; i++)
        if (pieces->at[i].count == 1 && (best == to || fixed_bytes(pieces->at[i].choices) >
                                                           fixed_bytes(pieces->at[best].choices)))
            best = i;
    return best;
}

static struct err *add_piece(struct arena *arena, struct side *side, const char *where,
                             const struct piece *piece, struct gap gap)
{
    struct step *step = NULL;
    if (side->count == SEQUENCE_FRAGMENTS_MAX)
        return too_many(where);
    TRY(step_at(arena, side, where, side->count + 1, &step));
    return step_fill(arena, step, where, piece, gap);
}

/* The pieces [from, to) around their anchor. */
static struct err *compile(struct arena *arena, const char *where, const struct pieces *pieces,
                           size_t from, size_t to, struct pattern *out)
{
    size_t anchor = choose_anchor(pieces, from, to);
    if (anchor < to)
        out->anchor = *pieces->at[anchor].choices;
    else
        out->anchor = (struct run){.bytes = arena_alloc(arena, 1, 1)};
    for (size_t i = anchor; anchor < to && i > from; i--)
        TRY(add_piece(arena, &out->left, where, &pieces->at[i - 1], pieces->at[i].gap));
    for (size_t i = anchor < to ? anchor + 1 : from; i < to; i++)
        TRY(add_piece(arena, &out->right, where, &pieces->at[i],
                      i == from ? (struct gap){0} : pieces->at[i].gap));
    return NULL;
}

/* A gap at the side from which is measured moves the pattern. At the other side, or beyond which
 * fragments stand, it would say nothing that DROID's format has a place for. */
static struct err *check_ends(const struct subsequence *sub, const struct pieces *pieces)
{
    struct gap before = pieces->at[0].gap;
    struct gap behind = pieces->gap;
    bool backwards = sub->origin == FROM_TAIL;
    if (pieces->at[0].open || pieces->open)
        return refuse(sub->where, "\"*\" stands at its end");
    if ((backwards ? before : behind).most > 0)
        return refuse(sub->where, "a gap has nothing behind it");
    if ((before.most > 0 && sub->left.count > 0) || (behind.most > 0 && sub->right.count > 0))
        return refuse(sub->where, "a gap stands between it and its fragments");
    return NULL;
}

static struct gap add_gaps(struct gap a, struct gap b)
{
    return (struct gap){a.least + b.least, a.most + b.most};
}

static size_t group_end(const struct pieces *pieces, size_t from)
{
    size_t to = from + 1;
    while (to < pieces->count && !pieces->at[to].open)
        to++;
    return to;
}

struct err *pattern_add(struct arena *arena, const struct subsequence *sub,
                        struct byte_sequence *sequence)
{
    struct pieces pieces = {0};
    TRY(sequence_parse(sub->text, sub->where, arena, &pieces));
    TRY(check_ends(sub, &pieces));
    bool backwards = sub->origin == FROM_TAIL;
    for (size_t from = 0, to = 0; from < pieces.count; from = to) {
        to = group_end(&pieces, from);
        struct pattern pattern = {0};
        TRY(compile(arena, sub->where, &pieces, from, to, &pattern));
        if (from == 0)
            TRY(side_join(arena, &pattern.left, sub->where, &sub->left));
        if (to == pieces.count)
            TRY(side_join(arena, &pattern.right, sub->where, &sub->right));
        measure(&pattern.left);
        measure(&pattern.right);
        /* The gap on the side where the search comes from. */
        bool outermost = backwards ? to == pieces.count : from == 0;
        struct gap gap = !backwards          ? pieces.at[from].gap
                         : to < pieces.count ? pieces.at[to].gap
                                             : pieces.gap;
        pattern.offset = outermost ? add_gaps(sub->offset, gap) : gap;
        *LIST_ADD(arena, sequence->patterns, sequence->count) = pattern;
    }
    return NULL;
}
