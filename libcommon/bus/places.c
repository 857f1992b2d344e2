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

static rd_kafka_topic_partition_list_t *list_of(struct bus_place place, int64_t offset)
{
    autoarena struct arena *arena = arena_new(1 << 16);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, arena_cstr(arena, place.topic), place.partition)
        ->offset = offset;
    return list;
}

/* The offset of one end, by the same question that is asked for a time:
 * rd_kafka_query_watermark_offsets waits for as long as the broker is away, whatever its limit
 * (librdkafka before 2.3). */
static struct err *end_of(struct bus_consumer *consumer, struct bus_place place, int64_t which,
                          int64_t *out)
{
    rd_kafka_topic_partition_list_t *list = list_of(place, which);
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(consumer->kafka, list, PLACE_TIMEOUT_MS);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        code = list->elems[0].err;
    *out = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? NULL
                                              : kafka_error(code, "ask what a topic still holds");
}

struct err *bus_watermarks(struct bus_consumer *consumer, struct bus_place place, int64_t *out_low,
                           int64_t *out_high)
{
    TRY(end_of(consumer, place, RD_KAFKA_OFFSET_BEGINNING, out_low));
    return end_of(consumer, place, RD_KAFKA_OFFSET_END, out_high);
}

struct err *bus_bookmark(struct bus_consumer *consumer, struct bus_place place, int64_t *out)
{
    rd_kafka_topic_partition_list_t *list = list_of(place, RD_KAFKA_OFFSET_INVALID);
    rd_kafka_resp_err_t code = rd_kafka_committed(consumer->kafka, list, PLACE_TIMEOUT_MS);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        code = list->elems[0].err;
    int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(code, "read a bookmark");
    *out = offset >= 0 ? offset : -1;
    return NULL;
}

/* The bookmark first, and by all means: a crash right after this must not leave the old topic's. */
static struct err *bookmark_at(struct bus_consumer *consumer,
                               const rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_resp_err_t code =
        rd_kafka_offsets_store(consumer->kafka, (rd_kafka_topic_partition_list_t *)(uintptr_t)list);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        code = rd_kafka_commit(consumer->kafka, list, 0);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? NULL : kafka_error(code, "move a bookmark back");
}

struct err *bus_begin_at(struct bus_consumer *consumer, struct bus_place place, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = list_of(place, offset);
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

struct err *bus_remove_below(struct bus_consumer *consumer, struct bus_place place, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = list_of(place, offset);
    rd_kafka_DeleteRecords_t *wanted = rd_kafka_DeleteRecords_new(list);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(consumer->kafka);
    rd_kafka_DeleteRecords(consumer->kafka, &wanted, 1, NULL, queue);
    struct err *e = admin_answer(queue, removed);
    rd_kafka_queue_destroy(queue);
    rd_kafka_DeleteRecords_destroy(wanted);
    rd_kafka_topic_partition_list_destroy(list);
    return e;
}
