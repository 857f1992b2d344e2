/* Any bytes as an entry index: gone through, looked up, and used for reading from the middle. */
#include "fuzz.h"
#include "vault/entry_index.h"

static struct err *fuzz_index(struct str bytes)
{
    static struct restart_point point;
    static char zeros[65536];
    struct str content = {zeros, sizeof zeros};
    struct source content_source = source_from_str(&content);
    struct source source = source_from_str(&bytes);
    autoindex struct entry_index *index = NULL;
    autoarena struct arena *arena = arena_new(64 << 20);
    TRY(entry_index_open(&source, &index));
    autoreader struct entry_reader *reader =
        entry_reader_new(&content_source, entry_index_container(index), index);
    uint64_t cursor = 0;
    for (enum entries_step step = ENTRIES_POINT; step != ENTRIES_END;) {
        struct entry entry;
        TRY(entry_index_next(index, &cursor, arena, &entry, &point, &step));
        if (step != ENTRIES_ENTRY || entry_index_find(index, entry.path, &entry) != NULL)
            continue;
        if (entry.length < 1 << 20)
            TRY(fuzz_read(reader, &entry, entry.length / 2));
    }
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err *e = fuzz_index((struct str){(const char *)data, size});
    assert(e == NULL || e->code != ERR_BUG);
    err_reset();
    return 0;
}
