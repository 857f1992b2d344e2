/* Deletes every topic but Kafka's own and makes it again, empty, with as many partitions:
 *
 *   topics_again BOOTSTRAP CA CERTIFICATE KEY */
#include "base/base.h"
#include "bus/internal.h"

#include <stdio.h>
#include <unistd.h>

enum { TOPICS_MAX = 256, TIMEOUT_MS = 30000 };

static rd_kafka_t *connect_to(char **argv)
{
    const struct bus_config config = {str_from(argv[1]), str_from(argv[2]), str_from(argv[3]),
                                      str_from(argv[4])};
    rd_kafka_conf_t *conf = NULL;
    char reason[256];
    struct err *e = kafka_config(&config, NULL, 0, &conf);
    return e == NULL ? rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason) : NULL;
}

static size_t list_topics(rd_kafka_t *kafka, struct arena *arena, struct bus_topic *out)
{
    const struct rd_kafka_metadata *all = NULL;
    size_t count = 0;
    if (rd_kafka_metadata(kafka, 1, NULL, &all, TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    for (int i = 0; i < all->topic_cnt && count < TOPICS_MAX; i++)
        if (!str_starts(str_from(all->topics[i].topic), S("__")))
            out[count++] =
                (struct bus_topic){.name = arena_str(arena, str_from(all->topics[i].topic)),
                                   .partitions = all->topics[i].partition_cnt};
    rd_kafka_metadata_destroy(all);
    return count;
}

static bool delete_topics(rd_kafka_t *kafka, const struct bus_topic *topics, size_t count)
{
    rd_kafka_DeleteTopic_t *list[TOPICS_MAX];
    for (size_t i = 0; i < count; i++)
        list[i] = rd_kafka_DeleteTopic_new(topics[i].name.ptr);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka);
    rd_kafka_DeleteTopics(kafka, list, count, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, TIMEOUT_MS);
    bool good = event != NULL && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (event != NULL)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_DeleteTopic_destroy_array(list, count);
    return good;
}

int main(int argc, char **argv)
{
    static struct bus_topic topics[TOPICS_MAX];
    struct bus_topic left[TOPICS_MAX];
    rd_kafka_t *kafka = argc == 5 ? connect_to(argv) : NULL;
    if (kafka == NULL)
        return 2;
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    size_t count = list_topics(kafka, arena, topics);
    bool good = count > 0 && delete_topics(kafka, topics, count);
    while (good && list_topics(kafka, arena, left) > 0)
        usleep(100000);
    const struct bus_config config = {str_from(argv[1]), str_from(argv[2]), str_from(argv[3]),
                                      str_from(argv[4])};
    struct err *e = good ? bus_topics_make(&config, topics, count) : NULL;
    if (e != NULL)
        fprintf(stderr, "topics_again: %s\n", e->detail);
    rd_kafka_destroy(kafka);
    return good && e == NULL ? 0 : 1;
}
