/* Room indexing: makes what is stored findable. */
#include "services/indexing/room.h"
#include "svc/svc_sql.h"

static const struct svc_sql tables = SVC_SQL("indexing");

/* A part's rows stand in memory until they are copied, so parts go one by one; small packages,
 * which are one part each, may share a transaction. */
enum { PACKAGES_AT_ONCE = 8, PARTS_AT_ONCE = 1 };

static const struct input inputs[] = {{.topic = TOPIC_PACKAGE_STORED,
                                       .fields = package_stored_fields,
                                       .data_size = sizeof(struct package_stored),
                                       .facts_size = sizeof(struct index_facts),
                                       .load = stored_load,
                                       .ask_keys = stored_keys,
                                       .decide = stored_decide,
                                       .batch = PACKAGES_AT_ONCE},
                                      {.topic = TOPIC_INDEXING_PART,
                                       .fields = indexing_part_fields,
                                       .data_size = sizeof(struct indexing_part),
                                       .facts_size = sizeof(struct index_facts),
                                       .load = part_load,
                                       .ask_keys = part_keys,
                                       .decide = part_decide,
                                       .batch = PARTS_AT_ONCE},
                                      {.topic = TOPIC_PACKAGE_REMOVED,
                                       .fields = package_removed_fields,
                                       .data_size = sizeof(struct package_removed),
                                       .facts_size = sizeof(struct index_facts),
                                       .load = removed_load,
                                       .decide = removed_decide,
                                       .batch = 1},
                                      {0}};

static const struct route routes[] = {
    {"getIndexReport", HTTP_GET, "/deliveries/{delivery}/report", CALLER_PERSON, 0,
     indexing_report},
    {"getUnitGaps", HTTP_GET, "/units/gaps", CALLER_PERSON, 0, indexing_unit_gaps},
    {0}};

/* The information types, for the life of the process. */
static struct err *start(struct house *house)
{
    static struct information_types types;
    struct arena *arena = arena_new((size_t)64 << 20);
    struct str folder =
        arena_format(arena, "%.*s/information-types", STR_ARG(house->config.schemas));
    house->state = &types;
    return information_types_load(folder.ptr, arena, &types);
}

static const struct svc indexing = {.name = "indexing",
                                    .summary = "makes what is stored findable",
                                    .session = indexing_session,
                                    .sql = indexing_sql,
                                    .tables = &tables,
                                    .inputs = inputs,
                                    .reads_packages = true,
                                    .routes = routes,
                                    .start = start,
                                    .schema = 55};

int main(int argc, char **argv)
{
    return svc_main(&indexing, argc, argv);
}
