/* Room search: finds records, shows them and gives their bytes; exports packages. */
#include "services/search/room.h"

static const struct route routes[] = {
    {"searchRecords", HTTP_POST, "/search/{type}", CALLER_PERSON, 16 * 1024, search_find},
    {"getRecord", HTTP_GET, "/records/{record}", CALLER_PERSON, 0, search_show},
    {"getRecordContent", HTTP_GET, "/records/{record}/content", CALLER_PERSON, 0, search_content},
    {"printRecord", HTTP_GET, "/records/{record}/print", CALLER_PERSON, 0, search_print},
    {"explainRecord", HTTP_GET, "/records/{record}/why", CALLER_PERSON, 0, search_why},
    {"listReaders", HTTP_GET, "/records/{record}/readers", CALLER_PERSON, 0, search_readers},
    {"exportPackage", HTTP_POST, "/packages/{package}/export", CALLER_PERSON, 16 * 1024,
     search_export},
    {0}};

static const struct svc search = {.name = "search",
                                  .summary = "finds records, shows them and gives their bytes",
                                  .sql = search_sql,
                                  .reads_packages = true,
                                  .routes = routes,
                                  .start = search_start,
                                  .schema = 59};

int main(int argc, char **argv)
{
    return svc_main(&search, argc, argv);
}
