/* Any bytes as a person's number, and as a text that may hold one. */
#include "base/base.h"
#include "domain/person.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(1 << 20);
    struct str text = {(const char *)data, size};
    struct identity_told told = {.number = text, .year = 1990};
    struct identity identity = identity_read(&told, arena);
    assert(!identity.valid || looks_like_personal_number(text));
    arena_free(arena);
    return 0;
}
