/* What deliver, its records and follow share: which source system speaks, and how it reaches Kafka.
 */
#pragma once

#include "bus/bus.h"
#include "cli.h"

struct source_system {
    const char *tenant;
    const char *system;
    struct bus_config kafka;
};

/* Fills what was not given from R7_TENANT and R7_SYSTEM, and Kafka's address and files from
 * R7_KAFKA_BOOTSTRAP, R7_CA, R7_CERT and R7_KEY (a source system's own certificate). Where the
 * brokers trust another authority than the rooms, R7_BROKER_CA, R7_BROKER_CERT and R7_BROKER_KEY go
 * before these three. */
MUST_USE struct err *source_system_read(struct source_system *system);

/* deliver_records.c: a folder of records, or a file of one or many. */
MUST_USE struct err *deliver_records(const struct source_system *system, const char *agreement,
                                     const char *path);
