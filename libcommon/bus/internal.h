/* What the files of bus share. */
#pragma once

#include <librdkafka/rdkafka.h>

#include "bus/bus.h"

struct bus_consumer {
    rd_kafka_t *kafka;
    rd_kafka_queue_t *queue;
    rd_kafka_message_t **held; /* the batch that is being worked on */
    size_t held_count;
    size_t held_capacity;
    bool assigned;
    bool unsure; /* partitions came or went, or the brokers told of an error */
    bool lost;   /* it may stand behind messages that are not done */
};

struct bus_setting {
    const char *name;
    const char *value;
};
/* A configuration with TLS and the settings; ERR_BUG when librdkafka does not know one. */
MUST_USE struct err *kafka_config(const struct bus_config *config,
                                  const struct bus_setting *settings, size_t count,
                                  rd_kafka_conf_t **out);
MUST_USE struct err *kafka_error(rd_kafka_resp_err_t code, const char *doing);

/* kafka.c: moves to the offsets; a partition that could not be moved makes the consumer lost. */
MUST_USE struct err *seek_all(struct bus_consumer *consumer, rd_kafka_topic_partition_list_t *list);
/* admin.c: a client of the admin API; ends with kafka_destroy. */
MUST_USE struct err *admin_open(const struct bus_config *config, rd_kafka_t **out);
/* admin.c: waits for the one answer of an admin call; rd_kafka_event_destroy ends it. */
MUST_USE struct err *admin_event(rd_kafka_queue_t *queue, rd_kafka_event_t **out);
/* The same, judged and ended. */
MUST_USE struct err *admin_answer(rd_kafka_queue_t *queue,
                                  struct err *(*judge)(rd_kafka_event_t *));
/* destroy.c: in place of rd_kafka_destroy_flags; returns also when the client does not end. */
void kafka_destroy(rd_kafka_t *kafka, int flags);
