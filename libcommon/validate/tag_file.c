/* Pieces of a tag file, decoded, and cut into lines. */
#include "validate/tag_file.h"

#include "base/base.h"

enum {
    PIECE = 256 * 1024, /* a line fits in it */
    PIECE_LEAST = 16,   /* room for some of UTF-16 */
    LINE_MEMORY = 2 * 1024 * 1024
};

#define BYTE_ORDER_MARK S("\xef\xbb\xbf")

void bag_tell(struct surveying *y, enum requirement requirement, int number, struct str path,
              int64_t line, struct str found)
{
    findings_add(y->s->findings, &(struct finding){.rule = rule_find(requirement, number),
                                                   .path = path,
                                                   .line = line,
                                                   .found = found});
}

void tag_tell(struct tag_file *t, enum requirement requirement, int number, struct str found)
{
    bag_tell(t->y, requirement, number, t->name, t->line, found);
}

struct err *tag_open(struct surveying *y, struct str name, struct tag_file *out)
{
    *out = (struct tag_file){.y = y, .name = name, .arena = arena_new(LINE_MEMORY)};
    out->wide.little = y->bag.declaration.little_endian;
    out->piece = must_calloc(1, PIECE);
    TRY(survey_open_file(y, name, &out->reader));
    out->ended = out->reader == NULL;
    return NULL;
}

void tag_close(struct tag_file *t)
{
    entry_reader_free(t->reader);
    arena_free(t->arena);
    free(t->piece);
}

/* --- lines
 * --------------------------------------------------------------------------------------------- */

static struct err *read_wide(struct tag_file *t)
{
    unfilled char raw[8 * 1024];
    size_t got = 0;
    size_t room = 2 * ((PIECE - t->rest.len) / 3) - 2; /* 3 bytes for each 2, and 3 more */
    size_t most = room < sizeof raw ? room : sizeof raw;
    TRY(entry_read(t->reader, raw, most, &got));
    t->ended = got < most;
    t->rest.len += utf16_to_utf8(&t->wide, (struct str){raw, got}, t->piece + t->rest.len);
    return NULL;
}

static struct err *read_more(struct tag_file *t)
{
    size_t got = 0;
    if (t->rest.len > 0)
        memmove(t->piece, t->rest.ptr, t->rest.len);
    t->rest.ptr = t->piece;
    if (t->y->bag.declaration.wide)
        return read_wide(t);
    TRY(entry_read(t->reader, t->piece + t->rest.len, PIECE - t->rest.len, &got));
    t->ended = got < PIECE - t->rest.len;
    t->rest.len += got;
    return NULL;
}

/* Is there a line in it whose end is certain? A CR at the end may be half of one. */
static bool holds_line(const struct tag_file *t)
{
    const char *end = t->rest.len > 0 ? memchr(t->rest.ptr, '\n', t->rest.len) : NULL;
    const char *cr = t->rest.len > 1 ? memchr(t->rest.ptr, '\r', t->rest.len - 1) : NULL;
    return end != NULL || cr != NULL;
}

/* Names and checksums begin with none: who writes one there does not know. */
static struct str without_mark(struct surveying *y, struct str name, struct str text)
{
    if (!str_starts(text, BYTE_ORDER_MARK))
        return text;
    bag_tell(y, REQ_bag_line, 1, name, 1, S("a byte order mark"));
    return str_slice(text, BYTE_ORDER_MARK.len, text.len);
}

struct err *tag_next(struct tag_file *t, struct str *out, bool *out_more)
{
    arena_reset(t->arena);
    while (!t->ended && !holds_line(t) && t->rest.len <= PIECE - PIECE_LEAST)
        TRY(read_more(t));
    t->line++;
    *out_more = false;
    if (!t->ended && !holds_line(t)) {
        tag_tell(t, REQ_bag_line, 1, S("a line of more than 256 KiB"));
        t->ended = true;
        t->rest = (struct str){0};
        return NULL;
    }
    if (!bag_line_next(&t->rest, out))
        return NULL;
    *out = t->y->bag.declaration.latin ? windows_1252_to_utf8(*out, t->arena)
                                       : arena_str(t->arena, *out);
    if (t->line == 1 && !t->y->bag.declaration.latin)
        *out = without_mark(t->y, t->name, *out);
    *out_more = true;
    return NULL;
}

/* --- small files
 * --------------------------------------------------------------------------------------------- */

struct err *tag_read_small(struct surveying *y, struct str name, size_t most, struct str *out)
{
    autoreader struct entry_reader *reader = NULL;
    size_t got = 0;
    *out = (struct str){0};
    TRY(survey_open_file(y, name, &reader));
    if (reader == NULL)
        return NULL;
    char *bytes = arena_alloc(y->s->arena, most + 1, 1);
    TRY(entry_read(reader, bytes, most + 1, &got));
    if (got > most)
        bag_tell(y, REQ_bag_line, 1, name, 0, S("too large"));
    *out = (struct str){bytes, got > most ? 0 : got};
    return NULL;
}

struct str tag_text(struct surveying *y, struct str name, struct str bytes)
{
    const struct bag_declaration *declaration = &y->bag.declaration;
    if (bytes.len == 0)
        return bytes;
    if (declaration->latin)
        return windows_1252_to_utf8(bytes, y->s->arena);
    if (!declaration->wide)
        return without_mark(y, name, bytes);
    struct utf16 wide = {.little = declaration->little_endian};
    char *text = arena_alloc(y->s->arena, bytes.len / 2 * 3 + 3, 1);
    return (struct str){text, utf16_to_utf8(&wide, bytes, text)};
}
