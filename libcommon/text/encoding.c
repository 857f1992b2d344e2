/* Windows-1252 and UTF-16. */
#include "text/encoding.h"

#include "base/base.h"

enum { UNKNOWN_CHARACTER = 0xfffd };

/* 0x80 to 0x9F; the rest of the table is Latin-1. */
static const uint16_t upper_controls[32] = {
    0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
};

static unsigned code_point(unsigned char byte)
{
    if (byte == 0)
        return UNKNOWN_CHARACTER;
    return byte >= 0x80 && byte <= 0x9f ? upper_controls[byte - 0x80] : byte;
}

static size_t put_utf8(unsigned code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    size_t lead = code >= 0x10000;
    if (lead > 0)
        out[0] = (char)(0xf0 | code >> 18);
    out[lead] = (char)(lead > 0 ? 0x80 | (code >> 12 & 0x3f) : 0xe0 | code >> 12);
    out[lead + 1] = (char)(0x80 | (code >> 6 & 0x3f));
    out[lead + 2] = (char)(0x80 | (code & 0x3f));
    return lead + 3;
}

static bool is_ascii(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '\0' || (unsigned char)text.ptr[i] >= 0x80)
            return false;
    return true;
}

struct str windows_1252_to_utf8(struct str text, struct arena *arena)
{
    if (is_ascii(text))
        return text;
    char *utf8 = arena_alloc(arena, text.len, 3);
    size_t length = 0;
    for (size_t i = 0; i < text.len; i++)
        length += put_utf8(code_point((unsigned char)text.ptr[i]), utf8 + length);
    return (struct str){utf8, length};
}

/* --- UTF-16 */

enum { MARK = 0xfeff, MARK_TURNED = 0xfffe };

static bool is_surrogate(unsigned unit, bool high)
{
    return (unit & 0xfc00) == (high ? 0xd800 : 0xdc00);
}

static size_t put_unit(struct utf16 *state, unsigned unit, char *out)
{
    unsigned high = state->high;
    state->high = 0;
    if (high != 0 && is_surrogate(unit, false))
        return put_utf8(0x10000 + ((high & 0x3ff) << 10) + (unit & 0x3ff), out);
    size_t length = high != 0 ? put_utf8(UNKNOWN_CHARACTER, out) : 0;
    if (is_surrogate(unit, true))
        state->high = (uint16_t)unit;
    else
        length += put_utf8(is_surrogate(unit, false) ? UNKNOWN_CHARACTER : unit, out + length);
    return length;
}

size_t utf16_to_utf8(struct utf16 *state, struct str piece, char *out)
{
    size_t length = 0;
    for (size_t i = 0; i < piece.len; i++) {
        unsigned byte = (unsigned char)piece.ptr[i];
        state->halved = !state->halved;
        if (state->halved) {
            state->half = (uint8_t)byte;
            continue;
        }
        unsigned unit = state->little ? byte << 8 | state->half : (unsigned)state->half << 8 | byte;
        bool first = !state->begun;
        state->begun = true;
        state->little ^= first && unit == MARK_TURNED;
        if (!first || (unit != MARK && unit != MARK_TURNED))
            length += put_unit(state, unit, out + length);
    }
    return length;
}
