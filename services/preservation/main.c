/* Room preservation: keeps packages in every storage location, flushed and read back. */
#include "services/preservation/room.h"

static const struct svc_sql tables = SVC_SQL("preservation");

static const struct input inputs[] = {{.topic = TOPIC_DELIVERY_VALIDATED,
                                       .fields = delivery_validated_fields,
                                       .data_size = sizeof(struct delivery_validated),
                                       .facts_size = sizeof(struct store_facts),
                                       .load = store_load,
                                       .ask_keys = store_keys,
                                       .decide = store_decide},
                                      {0}};

static const struct svc preservation = {.name = "preservation",
                                        .summary = "keeps packages in every storage location",
                                        .sql = preservation_sql,
                                        .tables = &tables,
                                        .inputs = inputs,
                                        .schema = 7};

int main(int argc, char **argv)
{
    return svc_main(&preservation, argc, argv);
}
