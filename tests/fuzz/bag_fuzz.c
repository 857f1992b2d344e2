/* Any bytes as each tag file of a bag. */
#include "base/base.h"
#include "text/bag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoarena struct arena *arena = arena_new(64 << 20);
    const struct str text = {(const char *)data, size};
    struct bag_declaration declaration;
    struct bag_element element;
    struct bag_listed listed;
    struct bag_manifest manifest;
    struct str line;
    uint64_t bytes = 0;
    uint64_t files = 0;
    (void)bag_declaration_parse(text, &declaration);
    for (struct str rest = text; bag_line_next(&rest, &line);) {
        if (bag_listed_parse(line, &declaration, arena, &listed))
            assert(listed.checksum.len > 0);
        if (bag_fetch_parse(line, &declaration, arena, &listed) && bag_path_is_safe(listed.path))
            assert(listed.path.len > 0 && listed.path.ptr[0] != '/');
        (void)bag_manifest_parse(line, &manifest);
    }
    for (struct str rest = text; bag_info_next(&rest, arena, &element);)
        (void)bag_oxum_parse(element.value, &bytes, &files);
    return 0;
}
