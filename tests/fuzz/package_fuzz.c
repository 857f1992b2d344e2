/* Any bytes as a METS file of a content information type: as the package's own, and as that of a
 * representation, with a few files in it. */
#include "content.h"
#include "content/package.h"

static void see_document(struct content_package *p, struct str bytes, const char *path)
{
    automets struct mets *document = mets_open_str(bytes, NULL);
    struct mets_event event = {0};
    do {
        if (mets_next(document, &event) != NULL)
            return;
        if (event.node != NULL)
            content_package_see(p, &event, str_from(path));
    } while (event.node != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const files[] = {"documentation/a", "metadata/descriptive/a",
                                        "representations/r/data/a", "representations/r/data/p/a",
                                        "representations/s/data/a.siard"};
    const struct str bytes = {(const char *)data, size};
    autoarena struct arena *arena = arena_new(256 << 20);
    struct content_package *p =
        content_package_new(arena, &(struct content_report){fuzz_content_note, NULL});
    see_document(p, bytes, "METS.xml");
    see_document(p, bytes, "representations/r/METS.xml");
    for (size_t i = 0; i < COUNT(files); i++)
        content_package_file(p, str_from(files[i]));
    content_package_end(p);
    content_package_free(p);
    err_reset();
    return 0;
}
