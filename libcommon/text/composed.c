/* utf8proc, which works on arrays of characters. */
#include "text/composed.h"
#include "base/base.h"

#include <utf8proc.h>

static bool is_ascii(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((uint8_t)text.ptr[i] >= 0x80)
            return false;
    return true;
}

struct str name_in_form(struct str name, enum name_form form, struct arena *arena)
{
    /* For a byte, at most: in Unicode 14 it is 3 for 2 bytes and 4 for 3. */
    enum { CHARACTERS = 3 };
    const utf8proc_option_t options =
        UTF8PROC_STABLE | (form == NAME_NFC ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE);
    if (is_ascii(name) || name.len > NAME_FORM_MAX || !str_is_utf8(name))
        return name;
    size_t capacity = CHARACTERS * name.len;
    int32_t *characters =
        arena_alloc(arena, (capacity + 1) * sizeof *characters, sizeof *characters);
    utf8proc_ssize_t count =
        utf8proc_decompose((const utf8proc_uint8_t *)name.ptr, (utf8proc_ssize_t)name.len,
                           characters, (utf8proc_ssize_t)capacity, options);
    if (count < 0 || (size_t)count > capacity)
        return name;
    utf8proc_ssize_t length = utf8proc_reencode(characters, count, options);
    return length < 0 ? name : (struct str){(const char *)characters, (size_t)length};
}

bool name_is_same(struct str a, struct str b, struct arena *arena)
{
    return str_equal(name_in_form(a, NAME_NFC, arena), name_in_form(b, NAME_NFC, arena));
}

const char *name_form_word(struct str name, struct arena *arena)
{
    if (str_equal(name, name_in_form(name, NAME_NFC, arena)))
        return "NFC";
    bool decomposed = str_equal(name, name_in_form(name, NAME_NFD, arena));
    return decomposed ? "NFD" : "neither NFC nor NFD";
}
