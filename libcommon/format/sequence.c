/* The syntax of byte sequences: text to pieces of fixed length, and the gaps between them. */
#include "format/pattern.h"

struct parser {
    struct str text;
    size_t at;
    const char *where;
    struct arena *arena;
};

void *list_grow(struct arena *arena, void *at, size_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return at; /* it doubles at each power of two */
    char *grown = arena_alloc(arena, count == 0 ? 1 : count * 2, size);
    if (count > 0)
        memcpy(grown, at, count * size);
    return grown;
}

static struct err *refuse(const struct parser *p, const char *what)
{
    return err_field(ERR_INVALID, p->where, "the byte sequence is wrong at character %zu: %s",
                     p->at + 1, what);
}

static struct err *refuse_size(const struct parser *p, const char *what, size_t most)
{
    return err_field(ERR_TOO_LARGE, p->where, "the byte sequence has too many %s: the limit is %zu",
                     what, most);
}

/* --- characters */

static char peek(struct parser *p)
{
    while (p->at < p->text.len && strchr(" \t\r\n", p->text.ptr[p->at]) != NULL &&
           p->text.ptr[p->at] != '\0')
        p->at++;
    return p->at < p->text.len ? p->text.ptr[p->at] : '\0';
}

static bool take(struct parser *p, char c)
{
    if (peek(p) != c || p->at == p->text.len)
        return false;
    p->at++;
    return true;
}

static bool is_hex(struct str text, size_t at)
{
    uint8_t byte = 0;
    return hex_decode(str_slice(text, at, at + 2), &byte, 1);
}

static struct err *take_byte(struct parser *p, uint8_t *out)
{
    peek(p);
    if (!hex_decode(str_slice(p->text, p->at, p->at + 2), out, 1))
        return refuse(p, "two hexadecimal digits were expected");
    p->at += 2;
    return NULL;
}

/* After its opening quote; without the closing one. */
static struct err *take_quoted(struct parser *p, struct str *out)
{
    struct str rest = str_slice(p->text, p->at, p->text.len);
    size_t length = str_find(rest, '\'');
    if (length == rest.len || length == 0)
        return refuse(p, length == 0 ? "a text is empty" : "a text has no end");
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)rest.ptr[i] > 126)
            return refuse(p, "a text holds more than ASCII");
    *out = str_slice(rest, 0, length);
    p->at += length + 1;
    return NULL;
}

/* --- runs */

static struct place *run_add(struct parser *p, struct run *run, size_t width)
{
    struct place *place = LIST_ADD(p->arena, run->places, run->count);
    *place = (struct place){.width = (uint16_t)width};
    run->length += width;
    return place;
}

static void run_add_byte(struct parser *p, struct run *run, uint8_t byte)
{
    run_add(p, run, 1)->byte = byte;
}

static void run_finish(struct arena *arena, struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->places[i].kind != PLACE_BYTE)
            return;
    uint8_t *bytes = arena_alloc(arena, run->count + 1, 1);
    for (size_t i = 0; i < run->count; i++)
        bytes[i] = run->places[i].byte;
    run->bytes = bytes;
}

static void set_add(uint8_t *set, unsigned byte)
{
    set[byte / 8] = (uint8_t)(set[byte / 8] | 1U << byte % 8);
}

/* Adds the bytes with all, or any, of the bits. */
static struct err *set_add_mask(struct parser *p, uint8_t *set, bool all)
{
    uint8_t mask = 0;
    TRY(take_byte(p, &mask));
    for (unsigned byte = 0; byte < 256; byte++)
        if (all ? (byte & mask) == mask : (byte & mask) != 0)
            set_add(set, byte);
    return NULL;
}

/* --- what stands in brackets */

struct value {
    struct str bytes;
    bool quoted;
};

static struct err *take_value(struct parser *p, struct value *out)
{
    *out = (struct value){.quoted = take(p, '\'')};
    if (out->quoted)
        return take_quoted(p, &out->bytes);
    size_t length = 0;
    peek(p);
    while (is_hex(p->text, p->at + 2 * length))
        length++;
    if (length == 0)
        return refuse(p, "a value was expected");
    uint8_t *bytes = arena_alloc(p->arena, length, 1);
    for (size_t i = 0; i < length; i++)
        TRY(take_byte(p, &bytes[i]));
    out->bytes = (struct str){(const char *)bytes, length};
    return NULL;
}

/* What is being read between brackets: single bytes go into a set, the one value of several bytes
 * stands alone. */
struct bracket {
    uint8_t set[32];
    struct str low;
    struct str high;
    size_t items;
};

static struct err *bracket_value(struct parser *p, struct bracket *b)
{
    struct value low;
    struct value high;
    TRY(take_value(p, &low));
    bool range = take(p, ':') || take(p, '-');
    high = low;
    if (range)
        TRY(take_value(p, &high));
    if (range && low.bytes.len != high.bytes.len)
        return refuse(p, "the ends of a range have different lengths");
    if (range && str_compare(low.bytes, high.bytes) > 0)
        return refuse(p, "a range ends before it begins");
    if (low.bytes.len > 1 && (range || !low.quoted)) {
        b->low = low.bytes;
        b->high = high.bytes;
        return NULL;
    }
    for (size_t i = 0; i < low.bytes.len; i++)
        for (unsigned c = (uint8_t)low.bytes.ptr[i]; c <= (uint8_t)high.bytes.ptr[i]; c++)
            set_add(b->set, c);
    return NULL;
}

static struct err *bracket_item(struct parser *p, struct bracket *b)
{
    if (peek(p) == '\0')
        return refuse(p, "\"[\" has no \"]\"");
    b->items++;
    if (take(p, '&'))
        return set_add_mask(p, b->set, true);
    if (take(p, '~'))
        return set_add_mask(p, b->set, false);
    return bracket_value(p, b);
}

static void add_set(struct parser *p, struct run *run, const uint8_t set[32], bool outside)
{
    uint8_t *data = arena_alloc(p->arena, 32, 1);
    for (size_t i = 0; i < 32; i++)
        data[i] = (uint8_t)(outside ? ~set[i] : set[i]);
    struct place *place = run_add(p, run, 1);
    place->kind = PLACE_SET;
    place->data = data;
}

/* After "[". */
static struct err *take_bracket(struct parser *p, struct run *run)
{
    struct bracket b = {0};
    bool outside = take(p, '!');
    do
        TRY(bracket_item(p, &b));
    while (!take(p, ']'));
    if (b.low.ptr == NULL) {
        add_set(p, run, b.set, outside);
        return NULL;
    }
    if (b.items > 1)
        return refuse(p, "a value of several bytes stands beside others");
    if (b.low.len > UINT16_MAX)
        return refuse_size(p, "bytes in one value", UINT16_MAX);
    uint8_t *data = arena_alloc(p->arena, 2 * b.low.len, 1);
    memcpy(data, b.low.ptr, b.low.len);
    memcpy(data + b.low.len, b.high.ptr, b.low.len);
    struct place *place = run_add(p, run, b.low.len);
    place->kind = PLACE_BETWEEN;
    place->outside = outside;
    place->data = data;
    return NULL;
}

/* One thing of fixed length, if one comes. */
static struct err *take_fixed(struct parser *p, struct run *run, bool *out_taken)
{
    *out_taken = true;
    uint8_t set[32] = {0};
    if (take(p, '\'')) {
        struct str text = {0};
        TRY(take_quoted(p, &text));
        for (size_t i = 0; i < text.len; i++)
            run_add_byte(p, run, (uint8_t)text.ptr[i]);
    } else if (take(p, '[')) {
        return take_bracket(p, run);
    } else if (take(p, '?')) {
        if (!take(p, '?'))
            return refuse(p, "\"?\" stands alone");
        run_add(p, run, 1)->kind = PLACE_ANY;
    } else if (peek(p) == '&' || peek(p) == '~') {
        TRY(set_add_mask(p, set, p->text.ptr[p->at++] == '&'));
        add_set(p, run, set, false);
    } else if (is_hex(p->text, p->at)) {
        uint8_t byte = 0;
        TRY(take_byte(p, &byte));
        run_add_byte(p, run, byte);
    } else {
        *out_taken = false;
    }
    return NULL;
}

static struct err *take_run(struct parser *p, struct run *run)
{
    bool taken = true;
    while (taken)
        TRY(take_fixed(p, run, &taken));
    return NULL;
}

/* --- pieces */

/* After "(". */
static struct err *take_choices(struct parser *p, struct run **out, size_t *out_count)
{
    struct run *choices = NULL;
    size_t count = 0;
    do {
        struct run run = {0};
        TRY(take_run(p, &run));
        if (run.count == 0)
            return refuse(p, "nothing stands between \"(\", \"|\" and \")\"");
        if (count == SEQUENCE_CHOICES_MAX)
            return refuse_size(p, "choices", SEQUENCE_CHOICES_MAX);
        *LIST_ADD(p->arena, choices, count) = run;
    } while (take(p, '|'));
    if (!take(p, ')'))
        return refuse(p, "\"(\" has no \")\"");
    *out = choices;
    *out_count = count;
    return NULL;
}

static struct err *take_number(struct parser *p, uint32_t *out)
{
    peek(p);
    size_t end = p->at;
    while (end < p->text.len && p->text.ptr[end] >= '0' && p->text.ptr[end] <= '9')
        end++;
    uint64_t number = 0;
    if (!str_to_u64(str_slice(p->text, p->at, end), SEQUENCE_GAP_MAX, &number))
        return refuse(p, "a number up to 16,777,216 was expected");
    p->at = end;
    *out = (uint32_t)number;
    return NULL;
}

/* After "{". */
static struct err *take_gap(struct parser *p, struct gap *gap, bool *open)
{
    struct gap more = {0};
    TRY(take_number(p, &more.least));
    more.most = more.least;
    if (take(p, '-')) {
        if (take(p, '*'))
            *open = true;
        else
            TRY(take_number(p, &more.most));
    }
    if (!take(p, '}'))
        return refuse(p, "\"{\" has no \"}\"");
    if (more.most < more.least || gap->most + more.most > SEQUENCE_GAP_MAX)
        return refuse(p, "a gap ends before it begins, or is too long");
    gap->least += more.least;
    gap->most += more.most;
    return NULL;
}

static struct err *take_gaps(struct parser *p, struct gap *gap, bool *open)
{
    while (true) {
        if (take(p, '*'))
            *open = true;
        else if (take(p, '{'))
            TRY(take_gap(p, gap, open));
        else
            return NULL;
    }
}

static void set_add_place(uint8_t *set, const struct run *one)
{
    for (unsigned byte = 0; byte < 256; byte++)
        if (run_matches(one, &(uint8_t){(uint8_t)byte}))
            set_add(set, byte);
}

/* (22|27) stands for one byte, as [22 27] does. */
static void choices_to_set(struct parser *p, struct piece *piece)
{
    uint8_t set[32] = {0};
    for (size_t i = 0; i < piece->count; i++) {
        if (piece->choices[i].length != 1)
            return;
        set_add_place(set, &piece->choices[i]);
    }
    struct run *run = ARENA_NEW(p->arena, struct run);
    add_set(p, run, set, false);
    piece->choices = run;
    piece->count = 1;
}

static struct err *take_piece(struct parser *p, struct piece *piece)
{
    if (take(p, '(')) {
        TRY(take_choices(p, &piece->choices, &piece->count));
        choices_to_set(p, piece);
        return NULL;
    }
    piece->choices = ARENA_NEW(p->arena, struct run);
    piece->count = 1;
    TRY(take_run(p, piece->choices));
    return piece->choices->count > 0 ? NULL : refuse(p, "this character has no meaning here");
}

/* Where the length is fixed, pieces are one. */
static bool join(struct parser *p, struct piece *before, const struct piece *piece)
{
    if (piece->open || piece->gap.most > 0 || piece->count > 1 || before->count > 1)
        return false;
    const struct run *run = piece->choices;
    for (size_t i = 0; i < run->count; i++)
        *run_add(p, before->choices, run->places[i].width) = run->places[i];
    return true;
}

static void finish(struct parser *p, struct pieces *pieces)
{
    for (size_t i = 0; i < pieces->count; i++)
        for (size_t choice = 0; choice < pieces->at[i].count; choice++)
            run_finish(p->arena, &pieces->at[i].choices[choice]);
}

struct err *sequence_parse(struct str text, const char *where, struct arena *arena,
                           struct pieces *out)
{
    struct parser p = {.text = text, .where = where, .arena = arena};
    struct pieces pieces = {0};
    while (true) {
        struct piece piece = {0};
        TRY(take_gaps(&p, &piece.gap, &piece.open));
        if (peek(&p) == '\0' && p.at == text.len) {
            pieces.open = piece.open;
            pieces.gap = piece.gap;
            break;
        }
        TRY(take_piece(&p, &piece));
        if (pieces.count > 0 && join(&p, &pieces.at[pieces.count - 1], &piece))
            continue;
        if (pieces.count == SEQUENCE_PIECES_MAX)
            return refuse_size(&p, "pieces", SEQUENCE_PIECES_MAX);
        *LIST_ADD(arena, pieces.at, pieces.count) = piece;
    }
    if (pieces.count == 0)
        return refuse(&p, "there is nothing to look for");
    finish(&p, &pieces);
    *out = pieces;
    return NULL;
}
