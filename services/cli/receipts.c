/* Receipts. */
#include "receipts.h"
#include "text/json.h"

static const struct field receipt_fields[] = {FIELD(struct receipt, receipt, REQUIRED),
                                              FIELD(struct receipt, delivery, REQUIRED),
                                              FIELD(struct receipt, rule, OPTIONAL),
                                              FIELD(struct receipt, detail, OPTIONAL),
                                              FIELD(struct receipt, files, OPTIONAL),
                                              FIELD(struct receipt, records, OPTIONAL),
                                              FIELD(struct receipt, unreadable, OPTIONAL),
                                              FIELD(struct receipt, errors, OPTIONAL),
                                              FIELD(struct receipt, warnings, OPTIONAL),
                                              FIELD(struct receipt, at, OPTIONAL),
                                              FIELDS_END};

struct err *receipt_read(const struct bus_message *message, struct arena *arena,
                         struct receipt *out)
{
    return json_read(message->value, receipt_fields, JSON_IGNORE_UNKNOWN, "receipt", arena, out);
}

struct err *receipts_open(const struct source_system *system, struct bus_consumer **out)
{
    char topic[128];
    char group[192];
    snprintf(topic, sizeof topic, "receipts.%s.%s", system->tenant, system->system);
    snprintf(group, sizeof group, "%s.%s.follow-%s", system->tenant, system->system,
             uuid_text(uuid_random()).text);
    const char *const topics[] = {topic, NULL};
    return bus_consumer_open(&system->kafka, group, BUS_SESSION_MS, topics, out);
}
