/* Configuration and the consumer. */
#include "base/base.h"
#include "bus/internal.h"

#include <pthread.h>

enum { CLOSE_MS = 5000, SEEK_MS = 5000, COMMITTED_MS = 5000 };

struct err *kafka_error(rd_kafka_resp_err_t code, const char *doing)
{
    return err_private(err_new(ERR_BROKER_LOST, "could not %s", doing), "%s",
                       rd_kafka_err2str(code));
}

static struct err *set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char reason[512];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
        return err_private(ERR_BUG_AT("wrong setting for the message broker"), "%s", reason);
    return NULL;
}

static void ignore_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka, (void)level, (void)facility,
        (void)text; /* what matters comes back as an error of a call */
}

static struct err *set_all(rd_kafka_conf_t *conf, const struct bus_config *config,
                           const struct bus_setting *settings, size_t count)
{
    autoarena struct arena *arena = arena_new(1 << 20);
    const struct {
        const char *name;
        struct str file;
    } files[] = {{"ssl.ca.location", config->ca},
                 {"ssl.certificate.location", config->certificate},
                 {"ssl.key.location", config->key}};
    TRY(set(conf, "bootstrap.servers", arena_cstr(arena, config->bootstrap)));
    if (config->ca.len > 0)
        TRY(set(conf, "security.protocol", "ssl"));
    for (size_t i = 0; i < COUNT(files); i++)
        if (files[i].file.len > 0)
            TRY(set(conf, files[i].name, arena_cstr(arena, files[i].file)));
    for (size_t i = 0; i < count; i++)
        TRY(set(conf, settings[i].name, settings[i].value));
    rd_kafka_conf_set_log_cb(conf, ignore_log);
    return NULL;
}

struct err *kafka_config(const struct bus_config *config, const struct bus_setting *settings,
                         size_t count, rd_kafka_conf_t **out)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    struct err *e = set_all(conf, config, settings, count);
    if (e != NULL) {
        rd_kafka_conf_destroy(conf);
        return e;
    }
    *out = conf;
    return NULL;
}

struct str bus_header_get(const struct bus_message *message, const char *name)
{
    for (size_t i = 0; i < message->header_count; i++)
        if (str_equal(message->headers[i].name, str_from(name)))
            return message->headers[i].value;
    return (struct str){0};
}

static void rebalance(rd_kafka_t *kafka, rd_kafka_resp_err_t code,
                      rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
    struct bus_consumer *consumer = opaque;
    consumer->assigned = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    consumer->unsure = true;
    rd_kafka_assign(kafka, consumer->assigned ? partitions : NULL);
}

struct err *bus_consumer_open(const struct bus_config *config, const char *group, int session_ms,
                              const char *const *topics, struct bus_consumer **out)
{
    char session[16];
    char heartbeat[16];
    snprintf(session, sizeof session, "%d", session_ms);
    snprintf(heartbeat, sizeof heartbeat, "%d", session_ms / 10);
    const struct bus_setting settings[] = {
        {"group.id", group},
        {"enable.auto.offset.store", "false"},
        {"auto.commit.interval.ms", "1000"},
        {"auto.offset.reset", "earliest"},
        {"session.timeout.ms", session},
        {"heartbeat.interval.ms", heartbeat},
        {"max.poll.interval.ms", "300000"},
        {"topic.metadata.refresh.interval.ms", "2000"},
        {"topic.metadata.refresh.fast.interval.ms", "250"},
        {"allow.auto.create.topics", "false"},
        {"fetch.message.max.bytes", "34603008"},
        {"receive.message.max.bytes", "100000000"},
        {"queued.max.messages.kbytes", "65536"},
        {"fetch.wait.max.ms", "500"},
        {"fetch.error.backoff.ms", "100"},
        {"reconnect.backoff.max.ms", "1000"},
        {"isolation.level", "read_committed"},
    };
    struct bus_consumer *consumer = must_calloc(1, sizeof *consumer);
    rd_kafka_conf_t *conf = NULL;
    struct err *e = kafka_config(config, settings, COUNT(settings), &conf);
    if (e != NULL) {
        free(consumer);
        return e;
    }
    rd_kafka_conf_set_rebalance_cb(conf, rebalance);
    rd_kafka_conf_set_opaque(conf, consumer);
    char reason[512] = "";
    consumer->kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    if (consumer->kafka == NULL) {
        rd_kafka_conf_destroy(conf);
        free(consumer);
        return err_private(err_new(ERR_BROKER_LOST, "could not start reading"), "%s", reason);
    }
    rd_kafka_poll_set_consumer(consumer->kafka);
    consumer->queue = rd_kafka_queue_get_consumer(consumer->kafka);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
    for (size_t i = 0; topics[i] != NULL; i++)
        rd_kafka_topic_partition_list_add(list, topics[i], RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(consumer->kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        bus_consumer_close(consumer);
        return kafka_error(code, "subscribe");
    }
    *out = consumer;
    return NULL;
}

/* Leaves the group, its bookmarks committed; not for longer than CLOSE_MS, for librdkafka's own
 * close waits without a limit when the group's coordinator goes away at that moment. The group then
 * misses us by our silence. */
static bool leave_group(struct bus_consumer *consumer)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(consumer->kafka);
    rd_kafka_error_t *refused = rd_kafka_consumer_close_queue(consumer->kafka, queue);
    int64_t until = clock_monotonic_us() + (int64_t)CLOSE_MS * 1000;
    while (refused == NULL && !rd_kafka_consumer_closed(consumer->kafka) &&
           clock_monotonic_us() < until) {
        /* What was fetched and not yet polled comes here too, and is read again by who is next. */
        rd_kafka_message_t *message = rd_kafka_consume_queue(queue, 50);
        if (message != NULL)
            rd_kafka_message_destroy(message);
    }
    bool left = refused == NULL && rd_kafka_consumer_closed(consumer->kafka);
    if (refused != NULL)
        rd_kafka_error_destroy(refused);
    rd_kafka_queue_destroy(queue);
    return left;
}

void bus_consumer_close(struct bus_consumer *consumer)
{
    if (consumer == NULL)
        return;
    bus_release(consumer);
    rd_kafka_queue_destroy(consumer->queue);
    bool left = leave_group(consumer);
    kafka_destroy(consumer->kafka, left ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(consumer->held);
    free(consumer);
}

static void hold(struct bus_consumer *consumer, rd_kafka_message_t *message)
{
    consumer->held = must_grow(consumer->held, consumer->held_count, &consumer->held_capacity,
                               sizeof(rd_kafka_message_t *));
    consumer->held[consumer->held_count++] = message;
}

static void read_headers(const rd_kafka_message_t *from, struct bus_message *out)
{
    rd_kafka_headers_t *headers = NULL;
    if (rd_kafka_message_headers(from, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    const char *name = NULL;
    const void *value = NULL;
    size_t size = 0;
    for (size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         i++) {
        if (i == BUS_HEADERS_MAX) {
            out->too_many_headers = true;
            return;
        }
        out->headers[out->header_count++] = (struct bus_header){str_from(name), {value, size}};
    }
}

static struct bus_message message_of(const rd_kafka_message_t *from)
{
    struct bus_message out = {.topic = str_from(rd_kafka_topic_name(from->rkt)),
                              .partition = from->partition,
                              .offset = from->offset,
                              .timestamp = rd_kafka_message_timestamp(from, NULL),
                              .key = {from->key, from->key_len},
                              .value = {from->payload != NULL ? from->payload : "", from->len}};
    read_headers(from, &out);
    return out;
}

struct err *bus_poll(struct bus_consumer *consumer, const struct bus_limits *limits,
                     struct arena *arena, struct bus_message **out, size_t *out_count)
{
    size_t bytes = 0;
    assert(consumer->held_count == 0);
    int64_t until = clock_monotonic_us() + (int64_t)limits->first_ms * 1000;
    while (consumer->held_count < limits->messages && bytes < limits->bytes) {
        int64_t left = (until - clock_monotonic_us()) / 1000;
        rd_kafka_message_t *message =
            rd_kafka_consumer_poll(consumer->kafka, left > 0 ? (int)left : 0);
        if (message == NULL)
            break;
        if (message->err !=
            RD_KAFKA_RESP_ERR_NO_ERROR) { /* the client goes on by itself; nothing is lost */
            consumer->unsure = true;
            rd_kafka_message_destroy(message);
            if (left <= 0)
                break;
            continue;
        }
        if (consumer->held_count == 0)
            until = clock_monotonic_us() + (int64_t)limits->more_ms * 1000;
        bytes += message->len;
        hold(consumer, message);
    }
    struct bus_message *batch = ARENA_ARRAY(arena, struct bus_message, consumer->held_count + 1);
    for (size_t i = 0; i < consumer->held_count; i++)
        batch[i] = message_of(consumer->held[i]);
    *out = batch;
    *out_count = consumer->held_count;
    return NULL;
}

void bus_release(struct bus_consumer *consumer)
{
    for (size_t i = 0; i < consumer->held_count; i++)
        rd_kafka_message_destroy(consumer->held[i]);
    consumer->held_count = 0;
}

static rd_kafka_topic_partition_list_t *one_partition(const struct bus_message *message,
                                                      int64_t offset)
{
    char topic[256];
    snprintf(topic, sizeof topic, "%.*s", STR_ARG(message->topic));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, message->partition)->offset = offset;
    return list;
}

void bus_done(struct bus_consumer *consumer, const struct bus_message *message)
{
    rd_kafka_topic_partition_list_t *list = one_partition(message, message->offset + 1);
    rd_kafka_offsets_store(consumer->kafka,
                           list); /* fails when the partition has moved: the next owner repeats */
    rd_kafka_topic_partition_list_destroy(list);
}

/* The first message of each partition that is still ours; another's next reader begins at its own
 * bookmark. */
static rd_kafka_topic_partition_list_t *
first_of_each(struct bus_consumer *consumer, const struct bus_message *messages, size_t count)
{
    rd_kafka_topic_partition_list_t *ours = NULL;
    rd_kafka_topic_partition_list_t *first = rd_kafka_topic_partition_list_new(8);
    if (rd_kafka_assignment(consumer->kafka, &ours) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        consumer->lost = true;
        return first;
    }
    for (size_t i = 0; i < count; i++) {
        char topic[256];
        snprintf(topic, sizeof topic, "%.*s", STR_ARG(messages[i].topic));
        if (rd_kafka_topic_partition_list_find(ours, topic, messages[i].partition) == NULL)
            continue;
        rd_kafka_topic_partition_t *at =
            rd_kafka_topic_partition_list_find(first, topic, messages[i].partition);
        if (at == NULL) {
            at = rd_kafka_topic_partition_list_add(first, topic, messages[i].partition);
            at->offset = messages[i].offset;
        }
        at->offset = messages[i].offset < at->offset ? messages[i].offset : at->offset;
    }
    rd_kafka_topic_partition_list_destroy(ours);
    return first;
}

struct err *seek_all(struct bus_consumer *consumer, rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_error_t *failed = rd_kafka_seek_partitions(consumer->kafka, list, SEEK_MS);
    rd_kafka_resp_err_t code =
        failed != NULL ? rd_kafka_error_code(failed) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (failed != NULL)
        rd_kafka_error_destroy(failed);
    for (int i = 0; i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
        code = list->elems[i].err;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return NULL;
    consumer->lost = true;
    return kafka_error(code, "go back in a topic");
}

struct err *bus_rewind(struct bus_consumer *consumer, const struct bus_message *messages,
                       size_t count)
{
    rd_kafka_topic_partition_list_t *list = first_of_each(consumer, messages, count);
    struct err *e = list->cnt > 0 ? seek_all(consumer, list) : NULL;
    rd_kafka_topic_partition_list_destroy(list);
    return e;
}

bool bus_is_lost(const struct bus_consumer *consumer)
{
    return consumer->lost;
}

void bus_wait(struct bus_consumer *consumer, int ms)
{
    rd_kafka_topic_partition_list_t *assigned = NULL;
    if (rd_kafka_assignment(consumer->kafka, &assigned) == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_pause_partitions(consumer->kafka, assigned);
    int64_t until = clock_monotonic_us() + (int64_t)ms * 1000;
    for (int64_t left = ms; left > 0; left = (until - clock_monotonic_us()) / 1000) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->kafka, (int)left);
        if (message != NULL && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            /* It slipped through before the pause: read it again later. */
            const struct bus_message slipped = message_of(message);
            struct err *e = bus_rewind(consumer, &slipped, 1);
            (void)e; /* a lost partition is read from its bookmark */
        }
        if (message != NULL)
            rd_kafka_message_destroy(message);
    }
    if (assigned != NULL) {
        rd_kafka_resume_partitions(consumer->kafka, assigned);
        rd_kafka_topic_partition_list_destroy(assigned);
    }
}

bool bus_is_assigned(const struct bus_consumer *consumer)
{
    return consumer->assigned;
}

int64_t bus_lag(struct bus_consumer *consumer)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    if (rd_kafka_assignment(consumer->kafka, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return -1;
    /* Not rd_kafka_position: that knows nothing of a partition before its first message comes. */
    int64_t lag =
        rd_kafka_committed(consumer->kafka, list, COMMITTED_MS) == RD_KAFKA_RESP_ERR_NO_ERROR ? 0
                                                                                              : -1;
    for (int i = 0; i < list->cnt && lag >= 0; i++) {
        const rd_kafka_topic_partition_t *p = &list->elems[i];
        int64_t low = 0;
        int64_t high = 0;
        if (rd_kafka_get_watermark_offsets(consumer->kafka, p->topic, p->partition, &low, &high) !=
            RD_KAFKA_RESP_ERR_NO_ERROR)
            continue;
        int64_t at = p->offset >= 0 ? p->offset : low;
        lag += high > at ? high - at : 0;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return lag;
}

/* --- one message by its place
 * ------------------------------------------------------------------------------------------- */

static struct bus_message keep_message(const struct bus_message *from, struct arena *arena)
{
    struct bus_message out = *from;
    out.topic = arena_str(arena, from->topic);
    if (from->key.ptr != NULL)
        out.key = arena_str(arena, from->key);
    out.value = arena_str(arena, from->value);
    for (size_t i = 0; i < from->header_count; i++)
        out.headers[i] = (struct bus_header){arena_str(arena, from->headers[i].name),
                                             arena_str(arena, from->headers[i].value)};
    return out;
}

static struct err *await_message(rd_kafka_t *kafka, int64_t offset, struct arena *arena,
                                 struct bus_message *out)
{
    enum { WAIT_MS = 30000, POLL_MS = 250 };
    int64_t until = clock_monotonic_us() + (int64_t)WAIT_MS * 1000;
    while (clock_monotonic_us() < until) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(kafka, POLL_MS);
        if (message == NULL)
            continue;
        bool gone = message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
                    message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
                    message->err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
        bool came = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
        if (came && message->offset == offset) {
            const struct bus_message seen = message_of(message);
            *out = keep_message(&seen, arena);
        }
        gone = gone || (came && message->offset != offset);
        rd_kafka_message_destroy(message);
        if (gone)
            return err_new(ERR_NOT_FOUND, "the message is no longer on its topic");
        if (came)
            return NULL;
    }
    return err_new(ERR_BROKER_LOST, "the message could not be read in time");
}

struct err *bus_read_at(const struct bus_config *config, struct str topic, int32_t partition,
                        int64_t offset, struct arena *arena, struct bus_message *out)
{
    const struct bus_setting settings[] = {
        {"group.id", "r7"}, /* librdkafka wants one; it is never joined */
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "error"},
        {"allow.auto.create.topics", "false"},
        {"fetch.message.max.bytes", "34603008"},
        {"receive.message.max.bytes", "100000000"},
    };
    const struct bus_message place = {.topic = topic, .partition = partition};
    rd_kafka_conf_t *conf = NULL;
    char reason[512] = "";
    TRY(kafka_config(config, settings, COUNT(settings), &conf));
    rd_kafka_t *kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    if (kafka == NULL) {
        rd_kafka_conf_destroy(conf);
        return err_private(err_new(ERR_BROKER_LOST, "could not start reading"), "%s", reason);
    }
    rd_kafka_poll_set_consumer(kafka);
    rd_kafka_topic_partition_list_t *list = one_partition(&place, offset);
    rd_kafka_resp_err_t code = rd_kafka_assign(kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
    struct err *e = code == RD_KAFKA_RESP_ERR_NO_ERROR ? await_message(kafka, offset, arena, out)
                                                       : kafka_error(code, "read a topic");
    kafka_destroy(kafka, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return e;
}
