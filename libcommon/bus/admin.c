/* Topics, through the brokers' admin API. */
#include "base/base.h"
#include "bus/internal.h"

enum { ADMIN_TIMEOUT_MS = 15000 };

struct err *admin_open(const struct bus_config *config, rd_kafka_t **out)
{
    rd_kafka_conf_t *conf = NULL;
    TRY(kafka_config(config, NULL, 0, &conf));
    char reason[512] = "";
    rd_kafka_t *kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (kafka == NULL) {
        rd_kafka_conf_destroy(conf);
        return err_private(err_new(ERR_BROKER_LOST, "could not reach the message broker"), "%s",
                           reason);
    }
    *out = kafka;
    return NULL;
}

struct err *bus_ping(const struct bus_config *config, int timeout_ms)
{
    rd_kafka_t *kafka = NULL;
    const struct rd_kafka_metadata *metadata = NULL;
    TRY(admin_open(config, &kafka));
    rd_kafka_resp_err_t code = rd_kafka_metadata(kafka, 0, NULL, &metadata, timeout_ms);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_metadata_destroy(metadata);
    kafka_destroy(kafka, 0);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? NULL
                                              : kafka_error(code, "reach the message broker");
}

static rd_kafka_NewTopic_t *new_topic(const struct bus_topic *topic, struct arena *arena)
{
    rd_kafka_NewTopic_t *made =
        rd_kafka_NewTopic_new(arena_cstr(arena, topic->name), topic->partitions, -1, NULL, 0);
    const struct {
        const char *name;
        int64_t value;
    } settings[] = {{"retention.ms", topic->retention_ms},
                    {"max.message.bytes", topic->message_bytes}};
    for (size_t i = 0; i < COUNT(settings); i++)
        if (settings[i].value != 0)
            rd_kafka_NewTopic_set_config(
                made, settings[i].name,
                arena_format(arena, "%lld", (long long)settings[i].value).ptr);
    return made;
}

static struct err *topics_result(rd_kafka_event_t *event)
{
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(rd_kafka_event_error(event), "make topics");
    size_t count = 0;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return err_wrap(kafka_error(code, "make a topic"), "%s",
                            rd_kafka_topic_result_name(results[i]));
    }
    return NULL;
}

struct err *admin_event(rd_kafka_queue_t *queue, rd_kafka_event_t **out)
{
    *out = rd_kafka_queue_poll(queue, ADMIN_TIMEOUT_MS);
    return *out != NULL ? NULL
                        : err_new(ERR_BROKER_LOST, "the message broker did not answer in %d s",
                                  ADMIN_TIMEOUT_MS / 1000);
}

struct err *admin_answer(rd_kafka_queue_t *queue, struct err *(*judge)(rd_kafka_event_t *))
{
    rd_kafka_event_t *event = NULL;
    TRY(admin_event(queue, &event));
    struct err *e = judge(event);
    rd_kafka_event_destroy(event);
    return e;
}

struct err *bus_topics_make(const struct bus_config *config, const struct bus_topic *topics,
                            size_t count)
{
    rd_kafka_t *kafka = NULL;
    TRY(admin_open(config, &kafka));
    autoarena struct arena *arena = arena_new(1 << 24);
    rd_kafka_NewTopic_t **made = ARENA_ARRAY(arena, rd_kafka_NewTopic_t *, count + 1);
    for (size_t i = 0; i < count; i++)
        made[i] = new_topic(&topics[i], arena);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka);
    rd_kafka_CreateTopics(kafka, made, count, NULL, queue);
    struct err *e = admin_answer(queue, topics_result);
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewTopic_destroy_array(made, count);
    kafka_destroy(kafka, 0);
    return e;
}
