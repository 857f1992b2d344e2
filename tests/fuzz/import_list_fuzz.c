/* Any bytes as a consignment's list. */
#include "services/cli/import_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    struct import_list list;
    if (arena == NULL)
        arena = arena_new(IMPORT_ARENA);
    if (import_list_read((struct str){(const char *)data, size}, arena, &list) == NULL) {
        for (size_t i = 0; i < list.count; i++)
            assert(list.files[i].path[0] != '/' && strstr(list.files[i].path, "/../") == NULL &&
                   strncmp(list.files[i].path, "../", 3) != 0);
        import_list_free(&list);
    }
    arena_reset(arena);
    err_reset();
    return 0;
}
