/* Topics of a real Kafka, for scripts: make a topic, remove one, or tell what each partition holds.
 *
 *   kafka_topic make TOPIC PARTITIONS       TOPIC.set-aside with it
 *   kafka_topic remove TOPIC
 *   kafka_topic holds TOPIC PARTITION       "LOW HIGH"
 *
 * Speaks as R7_KAFKA_BOOTSTRAP, R7_KAFKA_CA, R7_KAFKA_CERT and R7_KAFKA_KEY say. */
#include "base/base.h"
#include "bus/bus.h"
#include "bus/internal.h"

enum { TIMEOUT_MS = 15000 };

static struct str environment(const char *name)
{
    return str_from(getenv(name)); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static rd_kafka_t *open_kafka(const struct bus_config *config)
{
    rd_kafka_conf_t *conf = NULL;
    char reason[256];
    if (kafka_config(config, NULL, 0, &conf) != NULL)
        return NULL;
    return rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
}

static bool remove_topic(rd_kafka_t *kafka, const char *topic)
{
    rd_kafka_DeleteTopic_t *wanted = rd_kafka_DeleteTopic_new(topic);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka);
    rd_kafka_DeleteTopics(kafka, &wanted, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, TIMEOUT_MS);
    size_t count = 0;
    bool good = event != NULL && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR;
    const rd_kafka_topic_result_t **results =
        good
            ? rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
            : NULL;
    good =
        good && count == 1 && rd_kafka_topic_result_error(results[0]) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (event != NULL)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_DeleteTopic_destroy(wanted);
    return good;
}

static bool print_holds(rd_kafka_t *kafka, const char *topic, int32_t partition)
{
    int64_t low = 0;
    int64_t high = 0;
    if (rd_kafka_query_watermark_offsets(kafka, topic, partition, &low, &high, TIMEOUT_MS) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    printf("%lld %lld\n", (long long)low, (long long)high);
    return true;
}

static bool make_topic(const struct bus_config *config, const char *topic, int32_t partitions)
{
    char set_aside[256];
    snprintf(set_aside, sizeof set_aside, "%s.set-aside", topic);
    const struct bus_topic topics[] = {{.name = str_from(topic), .partitions = partitions},
                                       {.name = str_from(set_aside), .partitions = 1}};
    return bus_topics_make(config, topics, COUNT(topics)) == NULL;
}

int main(int argc, char **argv)
{
    const struct bus_config config = {environment("R7_KAFKA_BOOTSTRAP"), environment("R7_KAFKA_CA"),
                                      environment("R7_KAFKA_CERT"), environment("R7_KAFKA_KEY")};
    struct str what = str_from(argc > 2 ? argv[1] : "");
    int64_t number = 0;
    if (argc == 4 && !str_to_i64(str_from(argv[3]), 0, 1000, &number))
        return 2;
    if (str_equal(what, S("make")))
        return make_topic(&config, argv[2], (int32_t)number) ? 0 : 1;
    rd_kafka_t *kafka = open_kafka(&config);
    if (kafka == NULL)
        return 1;
    bool good = str_equal(what, S("remove")) ? remove_topic(kafka, argv[2])
                                             : print_holds(kafka, argv[2], (int32_t)number);
    rd_kafka_destroy(kafka);
    return good ? 0 : 1;
}
