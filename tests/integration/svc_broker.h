/* A broker that fails as it is told to (librdkafka's mock), what is sent to the room by it, and
 * what the room tells. */
#pragma once

#include "../unit/arena.h"

#include "bus/bus.h"
#include "domain/events.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

enum { WAIT_MS = 60000, PARTITIONS = 1 };

static rd_kafka_t *owner;
static rd_kafka_mock_cluster_t *cluster;
static struct bus_config bus;
static struct bus_producer *producer;
static struct bus_consumer *consumer;

static void begin_broker(void)
{
    static const char *const topics[] = {TOPIC_DELIVERY_RECEIVED, TOPIC_DELIVERY_VALIDATED,
                                         TOPIC_DELIVERY_RECEIVED ".set-aside"};
    static const char *const out[] = {TOPIC_DELIVERY_VALIDATED,
                                      TOPIC_DELIVERY_RECEIVED ".set-aside", NULL};
    char reason[256];
    owner = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason, sizeof reason);
    assert_non_null(owner);
    cluster = rd_kafka_mock_cluster_new(owner, 1);
    assert_non_null(cluster);
    for (size_t i = 0; i < COUNT(topics); i++)
        assert_int_equal(rd_kafka_mock_topic_create(cluster, topics[i], PARTITIONS, 1), 0);
    bus = (struct bus_config){.bootstrap = str_from(rd_kafka_mock_cluster_bootstraps(cluster))};
    assert_null(bus_producer_open(&bus, &producer));
    assert_null(bus_consumer_open(&bus, "watch", BUS_SESSION_MS, out, &consumer));
}

static void end_broker(void)
{
    bus_consumer_close(consumer);
    bus_producer_close(producer);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner);
}

/* One word, as the room before it would send it. Those of one place in the batch have one key. */
static void send_word(const char *id, const char *word)
{
    bool acknowledged = false;
    struct uuid subject = UUID_FROM(S("subject"), str_from(id));
    const struct bus_message message = {
        .topic = S(TOPIC_DELIVERY_RECEIVED),
        .key = S("one partition"),
        .value = arena_format(arena, "{\"word\":\"%s\"}", word),
        .headers = {{S("ce_id"), str_from(id)},
                    {S("ce_subject"), arena_str(arena, str_from(uuid_text(subject).text))},
                    {S("tenant"), S("1")}},
        .header_count = 3};
    for (int tries = 0; tries < 10 && !acknowledged; tries++) {
        struct err *e = bus_produce(producer, &message, &acknowledged);
        e = e == NULL ? bus_flush(producer, WAIT_MS, NULL) : e;
        if (e != NULL)
            print_message("# sent again: %s\n", e->detail);
    }
    assert_true(acknowledged);
}

/* What the room has told so far. */
struct told {
    struct bus_message at[64];
    size_t count;
};

static void read_told(struct told *told)
{
    const struct bus_limits limits = {64, 1 << 20, 100, 10};
    struct bus_message *messages = NULL;
    size_t count = 0;
    assert_null(bus_poll(consumer, &limits, arena, &messages, &count));
    assert_true(told->count + count <= COUNT(told->at));
    for (size_t i = 0; i < count; i++) {
        struct bus_message *m = &told->at[told->count++];
        *m = messages[i];
        m->topic = arena_str(arena, m->topic);
        m->value = arena_str(arena, m->value);
        m->header_count = 1;
        m->headers[0] = (struct bus_header){
            S("ce_id"), arena_str(arena, bus_header_get(&messages[i], "ce_id"))};
    }
    bus_release(consumer);
}

/* Waits until the room has told `count` things. */
static void await_told(struct told *told, size_t count)
{
    int64_t until = clock_monotonic_us() + (int64_t)WAIT_MS * 1000;
    while (told->count < count && clock_monotonic_us() < until)
        read_told(told);
    assert_int_equal(told->count, count);
}

static size_t told_of(const struct told *told, const char *word)
{
    struct str value = arena_format(arena, "{\"word\": \"%s\"}", word);
    struct str tight = arena_format(arena, "{\"word\":\"%s\"}", word);
    size_t count = 0;
    for (size_t i = 0; i < told->count; i++)
        count += str_equal(told->at[i].value, value) || str_equal(told->at[i].value, tight);
    return count;
}

static void await_word(struct told *told, const char *word)
{
    int64_t until = clock_monotonic_us() + (int64_t)WAIT_MS * 1000;
    while (told_of(told, word) == 0 && clock_monotonic_us() < until)
        read_told(told);
    assert_true(told_of(told, word) > 0);
}
