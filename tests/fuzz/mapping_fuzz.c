/* Any bytes as a mapping, which then reads a small index. */
#include "readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mapping *mappings = NULL;
    size_t count = 0;
    struct arena *arena = arena_new(64 << 20);
    struct err *e = mapping_read((struct str){(const char *)data, size}, arena, &mappings, &count);
    assert(e == NULL || e->code != ERR_BUG);
    for (size_t i = 0; i < count; i++) {
        fuzz_reader(S("files"), &mappings[i], S("P;T;A\n191212121212;20010203;a.pdf\n1;2;3\n"));
        fuzz_reader(S("files"), &mappings[i],
                    S("<x><r P='191212121212'><T>2001-02-03</T></r></x>"));
    }
    arena_free(arena);
    err_reset();
    return 0;
}
