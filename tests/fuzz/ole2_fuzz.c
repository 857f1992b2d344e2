/* Any bytes as an OLE2 compound file. */
#include "base/base.h"
#include "format/ole2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct err *read_all(struct str bytes, struct arena *arena)
{
    struct source source = source_from_str(&bytes);
    struct ole2 *ole2 = NULL;
    size_t count = 0;
    char content[8192];
    TRY(ole2_open(&source, arena, &ole2));
    const struct ole2_entry *entries = ole2_entries(ole2, &count);
    for (size_t i = 0; i < count; i++) {
        size_t got = 0;
        struct err *e = ole2_read(ole2, &entries[i], content, sizeof content, &got);
        assert(e == NULL || e->code == ERR_CORRUPT);
    }
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoarena struct arena *arena = arena_new((size_t)40 << 20);
    struct err *e = read_all((struct str){(const char *)data, size}, arena);
    assert(e == NULL || e->code == ERR_CORRUPT || e->code == ERR_TOO_LARGE);
    err_reset();
    return 0;
}
