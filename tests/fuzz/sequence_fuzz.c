/* Any text as a byte sequence, up to the first zero; what follows is what it is looked for in. */
#include "format/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct err *look_for(struct str text, struct str bytes, enum origin origin,
                            struct arena *arena)
{
    struct byte_sequence sequence = {.origin = origin};
    struct signature signature = {.sequences = &sequence, .count = 1};
    struct matcher m = {bytes, bytes, 100000};
    struct subsequence sub = {
        .where = "fuzz:1", .origin = origin, .text = text, .offset = {0, origin}};
    TRY(pattern_add(arena, &sub, &sequence));
    (void)signature_matches(&signature, &m);
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoarena struct arena *arena = arena_new((size_t)64 << 20);
    struct str whole = {(const char *)data, size};
    struct str text = str_slice(whole, 0, str_find(whole, '\0'));
    struct str bytes = str_slice(whole, text.len + 1, whole.len);
    for (enum origin origin = FROM_HEAD; origin <= FROM_NOWHERE; origin++) {
        struct err *e = look_for(text, bytes, origin, arena);
        assert(e == NULL || e->code == ERR_INVALID || e->code == ERR_TOO_LARGE);
    }
    err_reset();
    return 0;
}
