/* Room preservation: keeps packages in every storage location, flushed and read back. */
#include "services/preservation/room.h"

static const struct svc_sql tables = SVC_SQL("preservation");

/* A part is seconds of work, so parts go one by one. Small packages share two flushes; a batch of
 * large ones holds the rows of all their segments. */
enum { PARTS_AT_ONCE = 1, PACKAGES_AT_ONCE = 50 };

static const struct input inputs[] = {{.topic = TOPIC_DELIVERY_VALIDATED,
                                       .fields = delivery_validated_fields,
                                       .data_size = sizeof(struct delivery_validated),
                                       .facts_size = sizeof(struct store_facts),
                                       .load = seal_load,
                                       .ask_keys = seal_keys,
                                       .decide = seal_decide,
                                       .batch = PACKAGES_AT_ONCE},
                                      {.topic = TOPIC_PRESERVATION_PART,
                                       .fields = preservation_part_fields,
                                       .data_size = sizeof(struct preservation_part),
                                       .facts_size = sizeof(struct store_facts),
                                       .load = part_load,
                                       .decide = part_decide,
                                       .batch = PARTS_AT_ONCE},
                                      {.topic = TOPIC_PRESERVATION_CLOSE,
                                       .fields = preservation_close_fields,
                                       .data_size = sizeof(struct preservation_close),
                                       .facts_size = sizeof(struct store_facts),
                                       .load = close_load,
                                       .decide = close_decide,
                                       .batch = PACKAGES_AT_ONCE},
                                      {.topic = TOPIC_DELIVERY_DISCARDED,
                                       .fields = delivery_discarded_fields,
                                       .data_size = sizeof(struct delivery_discarded),
                                       .facts_size = sizeof(struct purge_facts),
                                       .load = purge_load,
                                       .decide = purge_decide,
                                       .batch = 1},
                                      {0}};

static const struct svc preservation = {.name = "preservation",
                                        .summary = "keeps packages in every storage location",
                                        .sql = preservation_sql,
                                        .tables = &tables,
                                        .inputs = inputs,
                                        .schema = 42};

int main(int argc, char **argv)
{
    return svc_main(&preservation, argc, argv);
}
