/* Names that people read as the same and that are other bytes: a letter with a mark, as å, is one
 * character (composed, NFC) or a letter and a mark behind it (decomposed, NFD), by UAX #15. Names
 * in a container and in what lists it are bytes, and the same only when their bytes are: this tells
 * which of those that are not were meant to be. What is no UTF-8, or longer than NAME_FORM_MAX,
 * comes back as it is. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum { NAME_FORM_MAX = 4096 };

enum name_form { NAME_NFC, NAME_NFD, NAME_FORMS };

/* The name in the form; the name itself, no copy, when it is in ASCII. Else it lives in the arena.
 */
struct str name_in_form(struct str name, enum name_form form, struct arena *arena);

/* The same text, however composed? */
bool name_is_same(struct str a, struct str b, struct arena *arena);

/* "NFC" (so is ASCII), "NFD" or "neither NFC nor NFD", when it is partly this and partly that. */
const char *name_form_word(struct str name, struct arena *arena);
