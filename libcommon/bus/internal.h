/* What the files of bus share. */
#pragma once

#include <librdkafka/rdkafka.h>

#include "bus/bus.h"

struct bus_setting {
    const char *name;
    const char *value;
};
/* A configuration with TLS and the settings; ERR_BUG when librdkafka does not know one. */
MUST_USE struct err *kafka_config(const struct bus_config *config,
                                  const struct bus_setting *settings, size_t count,
                                  rd_kafka_conf_t **out);
MUST_USE struct err *kafka_error(rd_kafka_resp_err_t code, const char *doing);
