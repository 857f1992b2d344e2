/* Does bus keep its promises with librdkafka's mock broker: a consumer leaves its group while
 * messages wait in it, and the next one reads them?
 */
#include "../unit/unit.h"

#include "base/base.h"
#include "bus/bus.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

enum { MESSAGES = 500 };

static const char topic[] = "things";
static struct arena *arena;
static struct bus_config config;

static void send_all(void)
{
    struct bus_producer *producer = NULL;
    static bool acknowledged[MESSAGES];
    assert_null(bus_producer_open(&config, &producer));
    for (size_t i = 0; i < MESSAGES; i++) {
        const struct bus_message message = {
            .topic = str_from(topic), .key = S("key"), .value = S("value")};
        assert_null(bus_produce(producer, &message, &acknowledged[i]));
    }
    assert_null(bus_flush(producer, 30000, NULL));
    bus_producer_close(producer);
    for (size_t i = 0; i < MESSAGES; i++)
        assert_true(acknowledged[i]);
}

/* Reads up to `wanted` messages, notes that they are done, and leaves the group. */
static void read_some(size_t wanted, int64_t first)
{
    const struct bus_limits limits = {wanted, (size_t)1 << 20, 30000, 100};
    const char *const topics[] = {topic, NULL};
    struct bus_consumer *consumer = NULL;
    struct bus_message *messages = NULL;
    size_t count = 0;
    assert_null(bus_consumer_open(&config, "readers", BUS_SESSION_MS, topics, &consumer));
    while (count == 0)
        assert_null(bus_poll(consumer, &limits, arena, &messages, &count));
    assert_int_equal(messages[0].offset, first);
    assert_true(count <= wanted);
    bus_done(consumer, &messages[0]);
    bus_consumer_close(consumer);
}

static void a_consumer_is_closed_while_messages_wait_in_it(void **state)
{
    (void)state;
    send_all();
    read_some(1, 0);
    read_some(1, 1);
}

int main(void)
{
    char reason[512] = "";
    rd_kafka_t *owner = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason, sizeof reason);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(owner, 1);
    if (cluster == NULL || rd_kafka_mock_topic_create(cluster, topic, 1, 1) != 0)
        return 1;
    arena = arena_new((size_t)16 << 20);
    config.bootstrap = str_from(rd_kafka_mock_cluster_bootstraps(cluster));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_consumer_is_closed_while_messages_wait_in_it)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner);
    arena_free(arena);
    return failed;
}
