/* What a partition still holds: watermarks, beginning again, and taking away what is durable
 * elsewhere. */
#include "base/base.h"
#include "bus/internal.h"

enum { PLACE_TIMEOUT_MS = 5000 };

bool bus_is_unsure(const struct bus_consumer *consumer)
{
    return consumer->unsure;
}

void bus_made_sure(struct bus_consumer *consumer)
{
    consumer->unsure = false;
}

struct err *bus_places(struct bus_consumer *consumer, struct arena *arena, struct bus_place **out,
                       size_t *out_count)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    rd_kafka_resp_err_t code = rd_kafka_assignment(consumer->kafka, &list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(code, "list the partitions it reads");
    size_t count = (size_t)list->cnt;
    struct bus_place *places = ARENA_ARRAY(arena, struct bus_place, count + 1);
    for (size_t i = 0; i < count; i++)
        places[i] = (struct bus_place){arena_str(arena, str_from(list->elems[i].topic)),
                                       list->elems[i].partition};
    rd_kafka_topic_partition_list_destroy(list);
    *out = places;
    *out_count = count;
    return NULL;
}

static rd_kafka_topic_partition_list_t *list_of(const struct bus_place *places, size_t count)
{
    autoarena struct arena *arena = arena_new(1 << 16);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        arena_reset(arena);
        rd_kafka_topic_partition_list_add(list, arena_cstr(arena, places[i].topic),
                                          places[i].partition);
    }
    return list;
}

static struct err *place_error(rd_kafka_resp_err_t code, const char *doing)
{
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? NULL : kafka_error(code, doing);
}

/* The offsets of one end, by the same question that is asked for a time:
 * rd_kafka_query_watermark_offsets waits for as long as the broker is away, whatever its limit
 * (librdkafka before 2.3). */
static struct err *ask_ends(struct bus_consumer *consumer, rd_kafka_topic_partition_list_t *list,
                            int64_t which)
{
    for (int i = 0; i < list->cnt; i++)
        list->elems[i].offset = which;
    return place_error(rd_kafka_offsets_for_times(consumer->kafka, list, PLACE_TIMEOUT_MS),
                       "ask what a topic still holds");
}

struct err *bus_watermarks(struct bus_consumer *consumer, const struct bus_place *places,
                           size_t count, struct bus_marks *out)
{
    if (count == 0) /* librdkafka takes that for an error */
        return NULL;
    rd_kafka_topic_partition_list_t *low = list_of(places, count);
    rd_kafka_topic_partition_list_t *high = list_of(places, count);
    struct err *e = ask_ends(consumer, low, RD_KAFKA_OFFSET_BEGINNING);
    if (e == NULL)
        e = ask_ends(consumer, high, RD_KAFKA_OFFSET_END);
    for (size_t i = 0; i < count && e == NULL; i++) {
        rd_kafka_resp_err_t code = low->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR
                                       ? low->elems[i].err
                                       : high->elems[i].err;
        out[i].low = low->elems[i].offset;
        out[i].high = high->elems[i].offset;
        out[i].failure = place_error(code, "ask what a topic still holds");
    }
    rd_kafka_topic_partition_list_destroy(low);
    rd_kafka_topic_partition_list_destroy(high);
    return e;
}

struct err *bus_bookmarks(struct bus_consumer *consumer, const struct bus_place *places,
                          size_t count, struct bus_marks *out)
{
    if (count == 0)
        return NULL;
    rd_kafka_topic_partition_list_t *list = list_of(places, count);
    struct err *e =
        place_error(rd_kafka_committed(consumer->kafka, list, PLACE_TIMEOUT_MS), "read a bookmark");
    for (size_t i = 0; i < count && e == NULL; i++) {
        out[i].bookmark = list->elems[i].offset >= 0 ? list->elems[i].offset : -1;
        if (out[i].failure == NULL)
            out[i].failure = place_error(list->elems[i].err, "read a bookmark");
    }
    rd_kafka_topic_partition_list_destroy(list);
    return e;
}

/* The bookmark first, and by all means: a crash right after this must not leave the old topic's. */
static struct err *bookmark_at(struct bus_consumer *consumer,
                               const rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_resp_err_t code =
        rd_kafka_offsets_store(consumer->kafka, (rd_kafka_topic_partition_list_t *)(uintptr_t)list);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        code = rd_kafka_commit(consumer->kafka, list, 0);
    return place_error(code, "move a bookmark back");
}

struct err *bus_begin_at(struct bus_consumer *consumer, struct bus_place place, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = list_of(&place, 1);
    list->elems[0].offset = offset;
    struct err *e = bookmark_at(consumer, list);
    if (e == NULL)
        e = seek_all(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    return e;
}

static struct err *removed(rd_kafka_event_t *event)
{
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(rd_kafka_event_error(event), "remove what is durable from a topic");
    const rd_kafka_topic_partition_list_t *list =
        rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event));
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR)
            return kafka_error(list->elems[i].err, "remove what is durable from a topic");
    return NULL;
}

struct err *bus_remove_below(struct bus_consumer *consumer, const struct bus_place *places,
                             const int64_t *offsets, size_t count)
{
    rd_kafka_topic_partition_list_t *list = list_of(places, count);
    for (size_t i = 0; i < count; i++)
        list->elems[i].offset = offsets[i];
    rd_kafka_DeleteRecords_t *wanted = rd_kafka_DeleteRecords_new(list);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(consumer->kafka);
    rd_kafka_DeleteRecords(consumer->kafka, &wanted, 1, NULL, queue);
    struct err *e = admin_answer(queue, removed);
    rd_kafka_queue_destroy(queue);
    rd_kafka_DeleteRecords_destroy(wanted);
    rd_kafka_topic_partition_list_destroy(list);
    return e;
}
