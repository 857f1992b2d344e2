/* Waiting for receipts. */
#include "import.h"
#include "receipts.h"

enum { ASSIGNED_S = 60, ARENA_MAX = 64 * 1024 * 1024 };
static const struct bus_limits LIMITS = {100, (size_t)16 << 20, 500, 20};

/* --- the mark
 * ---------------------------------------------------------------------------------------------- */

static struct err *mark_ends(struct bus_consumer *consumer, struct arena *arena,
                             struct receipts_mark *out)
{
    struct bus_place *places = NULL;
    size_t count = 0;
    TRY(bus_places(consumer, arena, &places, &count));
    struct bus_marks *marks = ARENA_ARRAY(arena, struct bus_marks, count + 1);
    TRY(bus_watermarks(consumer, places, count, marks));
    for (size_t i = 0; i < count; i++) {
        int32_t partition = places[i].partition;
        if (partition < 0 || partition >= IMPORT_PARTITIONS_MAX)
            return err_new(ERR_TOO_LARGE, "the topic of receipts has over %d partitions",
                           IMPORT_PARTITIONS_MAX);
        TRY(marks[i].failure);
        out->ends[partition] = marks[i].high;
    }
    return NULL;
}

/* What came with the partitions is read again when it is waited for. */
static struct err *wait_for_partitions(struct bus_consumer *consumer, struct arena *arena)
{
    int64_t until = clock_monotonic_us() + ASSIGNED_S * INT64_C(1000000);
    while (!bus_is_assigned(consumer)) {
        struct bus_message *messages = NULL;
        size_t count = 0;
        if (clock_monotonic_us() > until)
            return err_new(ERR_BROKER_LOST, "the brokers gave no receipts to read within %d s",
                           ASSIGNED_S);
        TRY(bus_poll(consumer, &LIMITS, arena, &messages, &count));
        struct err *e = count > 0 ? bus_rewind(consumer, messages, count) : NULL;
        bus_release(consumer);
        TRY(e);
        arena_reset(arena);
    }
    return NULL;
}

struct err *import_receipts_open(const struct source_system *system, struct receipts_mark *out_mark,
                                 struct bus_consumer **out)
{
    autoarena struct arena *arena = arena_new(ARENA_MAX);
    struct bus_consumer *consumer = NULL;
    *out_mark = (struct receipts_mark){0};
    TRY(receipts_open(system, &consumer));
    struct err *e = wait_for_partitions(consumer, arena);
    if (e == NULL)
        e = mark_ends(consumer, arena, out_mark);
    if (e != NULL) {
        bus_consumer_close(consumer);
        return e;
    }
    *out = consumer;
    return NULL;
}

/* --- who is waited for
 * ------------------------------------------------------------------------------------- */

struct waited {
    struct uuid delivery;
    size_t place; /* in the list */
};

struct awaiting {
    const struct receipts_mark *mark;
    const struct import_list *list;
    struct import_fate *fates;
    struct waited *waited; /* sorted; two files of the same bytes are one delivery */
    size_t count;
    int state_file;
    struct arena *arena; /* of the whole wait */
};

static int compare(const void *a, const void *b)
{
    return memcmp(&((const struct waited *)a)->delivery, &((const struct waited *)b)->delivery,
                  sizeof(struct uuid));
}

static bool is_waited_for(const struct import_fate *fate)
{
    return !uuid_is_nil(fate->delivery) && fate->outcome != OUTCOME_ARCHIVED;
}

static void gather(struct awaiting *a)
{
    a->waited = ARENA_ARRAY(a->arena, struct waited, a->list->count);
    for (size_t i = 0; i < a->list->count; i++)
        if (is_waited_for(&a->fates[i]))
            a->waited[a->count++] = (struct waited){a->fates[i].delivery, i};
    qsort(a->waited, a->count, sizeof *a->waited, compare);
}

/* The first of those with this delivery, or count. */
static size_t find(const struct awaiting *a, struct uuid delivery)
{
    const struct waited wanted = {.delivery = delivery};
    size_t low = 0;
    for (size_t high = a->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (compare(&a->waited[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* --- what they are told
 * ------------------------------------------------------------------------------------ */

static enum import_outcome outcome_of(struct str receipt)
{
    static const struct {
        const char *word;
        enum import_outcome outcome;
    } ends[] = {{"rejected", OUTCOME_REJECTED},
                {"returned", OUTCOME_REJECTED},
                {"archived", OUTCOME_ARCHIVED},
                {"searchable", OUTCOME_ARCHIVED},
                {"tested", OUTCOME_ARCHIVED}};
    for (size_t i = 0; i < COUNT(ends); i++)
        if (str_equal(receipt, str_from(ends[i].word)))
            return ends[i].outcome;
    return OUTCOME_SENT;
}

static void hear(struct awaiting *a, const struct receipt *r, bool before_the_mark)
{
    for (size_t i = find(a, r->delivery);
         i < a->count && uuid_equal(a->waited[i].delivery, r->delivery); i++) {
        struct import_fate *fate = &a->fates[a->waited[i].place];
        if (fate->outcome == OUTCOME_ARCHIVED || (before_the_mark && fate->sent_now))
            continue;
        fate->outcome = outcome_of(r->receipt);
        fate->rule = arena_str(a->arena, r->rule.ptr != NULL ? r->rule : r->receipt);
    }
}

static struct err *hear_all(struct awaiting *a, const struct bus_message *messages, size_t count,
                            struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        struct receipt r = {0};
        int32_t partition = messages[i].partition;
        if (partition < 0 || partition >= IMPORT_PARTITIONS_MAX)
            return err_new(ERR_TOO_LARGE, "the topic of receipts has over %d partitions",
                           IMPORT_PARTITIONS_MAX);
        TRY(receipt_read(&messages[i], arena, &r));
        hear(a, &r, messages[i].offset < a->mark->ends[partition]);
    }
    return NULL;
}

static bool is_all_heard_of(const struct awaiting *a)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->fates[a->waited[i].place].outcome == OUTCOME_SENT)
            return false;
    return true;
}

/* The topic is read to its end before anything is taken for an end: the last word counts. */
static struct err *listen(struct awaiting *a, struct bus_consumer *consumer, int64_t until)
{
    autoarena struct arena *arena = arena_new(ARENA_MAX);
    for (bool at_end = a->count == 0; !at_end || !is_all_heard_of(a);) {
        struct bus_message *messages = NULL;
        size_t count = 0;
        if (clock_monotonic_us() > until)
            return NULL;
        TRY(bus_poll(consumer, &LIMITS, arena, &messages, &count));
        struct err *e = hear_all(a, messages, count, arena);
        bus_release(consumer);
        TRY(e);
        at_end = count == 0 && bus_is_assigned(consumer);
        arena_reset(arena);
    }
    return NULL;
}

static struct err *keep(const struct awaiting *a)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct import_fate *fate = &a->fates[a->waited[i].place];
        if (fate->outcome != OUTCOME_SENT)
            TRY(import_state_add(a->state_file, &a->list->files[a->waited[i].place], fate));
    }
    return NULL;
}

/* A consumer that was left alone for long is let in again and reads from the first receipt: what is
 * heard twice changes nothing. */
struct err *import_receipts_await(struct bus_consumer *consumer, const struct receipts_mark *mark,
                                  const struct import_list *list, struct import_fate *fates,
                                  int64_t seconds, int state_file, struct arena *arena)
{
    struct awaiting a = {
        .mark = mark, .list = list, .fates = fates, .state_file = state_file, .arena = arena};
    gather(&a);
    struct err *e = listen(&a, consumer, clock_monotonic_us() + seconds * INT64_C(1000000));
    struct err *kept = keep(&a);
    return e != NULL ? e : kept;
}
