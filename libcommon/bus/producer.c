/* The producer: idempotent, all replicas, each message's fate told to who queued it. */
#include "base/base.h"
#include "base/fault.h"
#include "bus/internal.h"

enum { FLUSH_SLICE_MS = 500, STOPPING_MS = 3000 };

struct bus_producer {
    rd_kafka_t *kafka;
    struct arena *arena; /* of config */
    struct bus_config config;
};

static void delivered(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
    (void)kafka, (void)opaque;
    bool *acknowledged = message->_private;
    if (acknowledged != NULL)
        *acknowledged = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static struct err *connect_producer(struct bus_producer *producer)
{
    static const struct bus_setting settings[] = {
        {"enable.idempotence", "true"},
        {"acks", "all"},
        {"linger.ms", "1"},
        {"message.max.bytes", "33620224"},
        {"message.timeout.ms", "30000"},
        {"allow.auto.create.topics", "false"},
        {"compression.codec", "none"},
        {"topic.metadata.refresh.fast.interval.ms", "250"},
        {"reconnect.backoff.max.ms", "1000"},
    };
    rd_kafka_conf_t *conf = NULL;
    TRY(kafka_config(&producer->config, settings, COUNT(settings), &conf));
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    char reason[512] = "";
    producer->kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (producer->kafka == NULL) {
        rd_kafka_conf_destroy(conf);
        return err_private(err_new(ERR_BROKER_LOST, "could not start writing"), "%s", reason);
    }
    return NULL;
}

static void disconnect(struct bus_producer *producer)
{
    if (producer->kafka == NULL)
        return;
    rd_kafka_purge(producer->kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(producer->kafka, 1000);
    kafka_destroy(producer->kafka, 0);
    producer->kafka = NULL;
}

struct err *bus_producer_open(const struct bus_config *config, struct bus_producer **out)
{
    struct bus_producer *producer = must_calloc(1, sizeof *producer);
    producer->arena = arena_new((size_t)1 << 20);
    producer->config = (struct bus_config){
        arena_str(producer->arena, config->bootstrap), arena_str(producer->arena, config->ca),
        arena_str(producer->arena, config->certificate), arena_str(producer->arena, config->key)};
    struct err *e = connect_producer(producer);
    if (e != NULL) {
        bus_producer_close(producer);
        return e;
    }
    *out = producer;
    return NULL;
}

/* An idempotent producer that has met a fatal error (its rights came later than it, its sequence
 * was lost) never works again: another takes its place. What was queued has failed, and is sent
 * again by who kept it. */
static struct err *revive(struct bus_producer *producer)
{
    char reason[256];
    if (producer->kafka != NULL &&
        rd_kafka_fatal_error(producer->kafka, reason, sizeof reason) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return NULL;
    disconnect(producer);
    return connect_producer(producer);
}

void bus_producer_close(struct bus_producer *producer)
{
    if (producer == NULL)
        return;
    disconnect(producer);
    arena_free(producer->arena);
    free(producer);
}

struct err *bus_produce(struct bus_producer *producer, const struct bus_message *message,
                        bool *acknowledged)
{
    char topic[256];
    char name[128];
    FAULT("bus.before_produce");
    TRY(revive(producer));
    snprintf(topic, sizeof topic, "%.*s", STR_ARG(message->topic));
    rd_kafka_headers_t *headers = rd_kafka_headers_new(message->header_count);
    for (size_t i = 0; i < message->header_count; i++) {
        const struct bus_header *h = &message->headers[i];
        snprintf(name, sizeof name, "%.*s", STR_ARG(h->name));
        rd_kafka_header_add(headers, name, -1, h->value.ptr, (ssize_t)h->value.len);
    }
    /* vu takes pointers that are not const but only reads them with F_COPY. */
    rd_kafka_resp_err_t code = rd_kafka_producev(
        producer->kafka, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY((void *)(uintptr_t)message->key.ptr, message->key.len),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)message->value.ptr, message->value.len),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(acknowledged), RD_KAFKA_V_END);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_headers_destroy(headers);
        return kafka_error(code, "queue a message");
    }
    rd_kafka_poll(producer->kafka, 0);
    FAULT("bus.after_produce");
    return NULL;
}

static struct err *flush(struct bus_producer *producer, int timeout_ms, const atomic_bool *stopping)
{
    FAULT("bus.before_flush");
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    for (int left = timeout_ms; left > 0 && code == RD_KAFKA_RESP_ERR__TIMED_OUT;
         left -= FLUSH_SLICE_MS) {
        if (stopping != NULL && atomic_load(stopping) && left > STOPPING_MS)
            left = STOPPING_MS;
        code = rd_kafka_flush(producer->kafka, left < FLUSH_SLICE_MS ? left : FLUSH_SLICE_MS);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(code, "write to the message broker");
    FAULT("bus.after_flush");
    return NULL;
}

struct err *bus_flush(struct bus_producer *producer, int timeout_ms, const atomic_bool *stopping)
{
    if (producer->kafka == NULL)
        return NULL;
    struct err *e = flush(producer, timeout_ms, stopping);
    if (e != NULL) { /* what is still queued must not be sent after its flag is gone */
        rd_kafka_purge(producer->kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_flush(producer->kafka, 1000);
    }
    return e;
}
