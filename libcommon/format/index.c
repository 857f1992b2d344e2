/* Choosing keys, and finding them. */
#include "format/index.h"

enum { NARROW = 32, LITERAL_MAX = 32 };

enum rank { RANK_START, RANK_NEAR_HEAD, RANK_NEAR_TAIL, RANK_WIDE, RANK_NONE };

/* A wide key is sought by two bytes. */
static enum rank rank(const struct key *key)
{
    if (key->length == 0)
        return RANK_NONE;
    if (key->high - key->low < NARROW)
        return key->from_tail ? RANK_NEAR_TAIL : key->high == 0 ? RANK_START : RANK_NEAR_HEAD;
    return key->length >= 2 ? RANK_WIDE : RANK_NONE;
}

static bool better(const struct key *a, const struct key *b)
{
    return rank(a) != rank(b) ? rank(a) < rank(b) : a->length > b->length;
}

/* --- choosing */

/* The longest stretch of fixed bytes: its offset and length in bytes, its first place. */
struct stretch {
    size_t offset;
    size_t length;
    size_t place;
};

static struct stretch longest_stretch(const struct run *run)
{
    struct stretch best = {0};
    struct stretch now = {0};
    size_t offset = 0;
    for (size_t i = 0; i < run->count; i++) {
        bool fixed = run->places[i].kind == PLACE_BYTE;
        if (!fixed || now.length == LITERAL_MAX)
            now.length = 0;
        if (fixed && now.length++ == 0)
            now = (struct stretch){offset, 1, i};
        if (now.length > best.length)
            best = now;
        offset += run->places[i].width;
    }
    return best;
}

/* How far from the origin the walk over a pattern has come. */
struct reach {
    size_t low;
    size_t high;
};

static void reach_add(struct reach *reach, size_t least, size_t most)
{
    reach->low += least;
    reach->high += most;
}

static void consider(struct key *best, const struct run *run, struct reach reach,
                     struct arena *arena)
{
    struct stretch s = longest_stretch(run);
    struct key key = *best;
    size_t offset = best->from_tail ? run->length - s.offset : s.offset;
    key.length = s.length;
    key.low = reach.low + offset;
    key.high = reach.high + offset;
    if (s.length == 0 || !better(&key, best))
        return;
    uint8_t *bytes = arena_alloc(arena, s.length, 1);
    for (size_t i = 0; i < s.length; i++)
        bytes[i] = run->places[s.place + i].byte;
    key.bytes = bytes;
    *best = key;
}

/* Over a pattern, from where it is measured, to the other end. */
static void consider_pattern(struct key *best, const struct pattern *p, struct reach reach,
                             struct arena *arena)
{
    const struct side *near = best->from_tail ? &p->right : &p->left;
    const struct side *far = best->from_tail ? &p->left : &p->right;
    for (size_t i = near->count; i-- > 0;) {
        struct gap step = step_reach(&near->steps[i]);
        if (near->steps[i].count == 1)
            consider(best, &near->steps[i].choices[0].run, reach, arena);
        reach_add(&reach, step.least, step.most);
    }
    consider(best, &p->anchor, reach, arena);
    reach_add(&reach, p->anchor.length, p->anchor.length);
    for (size_t i = 0; i < far->count; i++) {
        struct gap step = step_reach(&far->steps[i]);
        const struct fragment *f = &far->steps[i].choices[0];
        struct reach begin = {reach.low + f->gap.least, reach.high + f->gap.most};
        if (far->steps[i].count == 1)
            consider(best, &f->run, begin, arena);
        reach_add(&reach, step.least, step.most);
    }
}

static const uint8_t no_bytes[1];

static struct key choose_key(const struct signature *signature, size_t number, struct arena *arena)
{
    struct key best = {.signature = number, .bytes = no_bytes};
    for (size_t i = 0; i < signature->count; i++) {
        const struct byte_sequence *s = &signature->sequences[i];
        if (s->count == 0)
            continue;
        bool from_tail = s->origin == FROM_TAIL;
        const struct pattern *p = &s->patterns[from_tail ? s->count - 1 : 0];
        struct reach reach = {p->offset.least, p->offset.most};
        if (s->origin == FROM_NOWHERE)
            reach.high = reach.low + FORMAT_SCAN;
        struct key key = {.signature = number, .bytes = no_bytes, .from_tail = from_tail};
        consider_pattern(&key, p, reach, arena);
        if (better(&key, &best))
            best = key;
    }
    return best;
}

/* --- building */

/* The two bytes of the key that fewest others have and files hold seldom. */
static size_t choose_pair(const struct pairs *pairs, const struct key *key)
{
    size_t best = 0;
    size_t best_cost = SIZE_MAX;
    for (size_t i = 0; i + 1 < key->length; i++) {
        uint8_t a = key->bytes[i];
        uint8_t b = key->bytes[i + 1];
        size_t cost = a == b ? 64 : (a == 0 || b == 0) ? 8 : 0;
        for (uint16_t k = pairs->first[a << 8 | b]; k != 0; k = pairs->keys[k - 1].next)
            cost++;
        if (cost < best_cost) {
            best = i;
            best_cost = cost;
        }
    }
    return best;
}

static void pairs_add(struct pairs *pairs, struct key key, struct arena *arena)
{
    key.pair = (uint8_t)choose_pair(pairs, &key);
    uint16_t *first = &pairs->first[key.bytes[key.pair] << 8 | key.bytes[key.pair + 1]];
    key.next = *first;
    *LIST_ADD(arena, pairs->keys, pairs->count) = key;
    *first = (uint16_t)pairs->count;
    size_t reach = key.high + key.length;
    pairs->reach = reach > pairs->reach ? reach : pairs->reach;
}

static void index_add(struct index *index, struct key key, struct arena *arena)
{
    uint8_t byte = key.bytes[0];
    switch (rank(&key)) {
    case RANK_START:
        *LIST_ADD(arena, index->at_start[byte], index->at_start_count[byte]) = key;
        break;
    case RANK_NEAR_HEAD:
    case RANK_NEAR_TAIL:
        *LIST_ADD(arena, index->near, index->near_count) = key;
        break;
    case RANK_WIDE:
        pairs_add(key.from_tail ? &index->tail : &index->head, key, arena);
        break;
    case RANK_NONE:
        *LIST_ADD(arena, index->always, index->always_count) = key.signature;
        break;
    }
}

void index_build(struct index *index, const struct signature *signatures, size_t count,
                 struct arena *arena)
{
    *index = (struct index){.signatures = count};
    index->head.first = ARENA_ARRAY(arena, uint16_t, 65536);
    index->tail.first = ARENA_ARRAY(arena, uint16_t, 65536);
    for (size_t i = 0; i < count; i++)
        index_add(index, choose_key(&signatures[i], i, arena), arena);
}

/* --- finding */

static void set_bit(uint8_t *bits, size_t at)
{
    bits[at / 8] = (uint8_t)(bits[at / 8] | 1U << at % 8);
}

static bool stands_at(const struct key *key, struct str text, size_t at)
{
    return at <= text.len && key->length <= text.len - at &&
           memcmp(text.ptr + at, key->bytes, key->length) == 0;
}

static bool stands_near(const struct key *key, struct str head, struct str tail)
{
    for (size_t off = key->low; off <= key->high; off++) {
        if (key->from_tail && off <= tail.len && stands_at(key, tail, tail.len - off))
            return true;
        if (!key->from_tail && stands_at(key, head, off))
            return true;
    }
    return false;
}

/* Keys with the pair at `at`. `text` is the beginning, or the end, of the file. */
static void see_pair(const struct pairs *pairs, struct str text, size_t at, uint8_t *bits)
{
    const uint8_t *bytes = (const uint8_t *)text.ptr;
    for (uint16_t k = pairs->first[bytes[at] << 8 | bytes[at + 1]]; k != 0;) {
        const struct key *key = &pairs->keys[k - 1];
        k = key->next;
        if (at < key->pair || !stands_at(key, text, at - key->pair))
            continue;
        size_t off = key->from_tail ? text.len - (at - key->pair) : at - key->pair;
        if (off >= key->low && off <= key->high)
            set_bit(bits, key->signature);
    }
}

static void see_pairs(const struct pairs *pairs, struct str text, uint8_t *bits)
{
    for (size_t at = 0; at + 1 < text.len; at++)
        if (pairs->first[(uint8_t)text.ptr[at] << 8 | (uint8_t)text.ptr[at + 1]] != 0)
            see_pair(pairs, text, at, bits);
}

void index_candidates(const struct index *index, struct str head, struct str tail, uint8_t *bits)
{
    for (size_t i = 0; i < index->always_count; i++)
        set_bit(bits, index->always[i]);
    uint8_t first = head.len > 0 ? (uint8_t)head.ptr[0] : 0;
    for (size_t i = 0; i < index->at_start_count[first]; i++)
        if (stands_at(&index->at_start[first][i], head, 0))
            set_bit(bits, index->at_start[first][i].signature);
    for (size_t i = 0; i < index->near_count; i++)
        if (stands_near(&index->near[i], head, tail))
            set_bit(bits, index->near[i].signature);
    see_pairs(&index->head, str_slice(head, 0, index->head.reach), bits);
    size_t skip = tail.len > index->tail.reach ? tail.len - index->tail.reach : 0;
    see_pairs(&index->tail, str_slice(tail, skip, tail.len), bits);
}
