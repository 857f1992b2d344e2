/* Any bytes as an index file in CSV. */
#include "readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    static struct mapping *mappings;
    static const char json[] =
        "{\"mappings\":[{\"driver\":\"*\",\"reader\":\"files\",\"folder\":\"d/\",\"fields\":["
        "{\"field\":\"type\",\"value\":\"care\"},{\"field\":\"category\",\"value\":\"voo\"},"
        "{\"field\":\"person_number\",\"column\":\"P\"},{\"field\":\"occurred_at\",\"column\":"
        "\"T\"},"
        "{\"field\":\"authored_at\",\"column\":\"F\",\"format\":\"YYYY-MM-DD hh:mm\"},"
        "{\"field\":\"path\",\"column\":\"A\"},{\"field\":\"attachments\",\"column\":\"B\"},"
        "{\"field\":\"status\",\"column\":\"S\",\"values\":[\"J=signed\",\"N=\"]},"
        "{\"field\":\"dissent\",\"column\":\"D\"}]}]}";
    size_t count = 0;
    if (arena == NULL) {
        arena = arena_new(1 << 20);
        struct err *e = mapping_read(str_from(json), arena, &mappings, &count);
        assert(e == NULL);
    }
    return fuzz_reader(S("files"), mappings, (struct str){(const char *)data, size});
}
