/* Partitions that are emptied as their messages become durable, and the noticing of topics that
 * were made again (S14 in libcommon/README.md).
 *
 * The bookmark that Kafka keeps says nothing of which topic it was meant for. What the room keeps
 * does: a topic that ends before what was read from it is another one; so is one that begins before
 * what was removed from it, unless it holds a message that was read there. It is asked for when
 * partitions are given, after the brokers told of an error, when offsets go backwards, and before
 * anything is removed. */
#include "base/fault.h"
#include "svc/internal.h"

#include <inttypes.h>

enum {
    REMOVE_EVERY_US = 1000000,
    REST = 9, /* as many times as long as removing took: it takes a tenth of the time at most */
    AFTER_FAILURE_US = 60 * 1000000,
    ARENA_LIMIT = 16 * 1024 * 1024
};

struct place {
    struct bus_place at;
    int64_t done;       /* every message below is durable; 0: not known */
    int64_t removed;    /* … and gone from the topic */
    int64_t not_before; /* after a failure */
    int64_t witness_at; /* -1: none is known */
    struct sha256 witness;
    struct place *next;
};

struct places {
    const struct input *input;
    struct arena *arena;
    struct place *list;
    int64_t rest_until;
    bool unsure;
};

static const struct field known_fields[] = {FIELD(struct place_known, next, REQUIRED),
                                            FIELD(struct place_known, deleted_below, REQUIRED),
                                            FIELD(struct place_known, kept_from, REQUIRED),
                                            FIELD(struct place_known, witness_at, REQUIRED),
                                            FIELD(struct place_known, witness, OPTIONAL),
                                            FIELDS_END};

enum place_is place_judge(const struct place_known *known, int64_t low, int64_t high)
{
    if (high < known->next)
        return PLACE_ANOTHER;
    if (low >= known->deleted_below)
        return PLACE_SAME;
    bool can_tell = low <= known->witness_at && known->witness_at < high;
    return can_tell ? PLACE_DOUBTFUL : PLACE_ANOTHER;
}

struct sha256 place_mark(const struct bus_message *message)
{
    char rest[64];
    int length =
        snprintf(rest, sizeof rest, " %" PRId64 " %zu", message->timestamp, message->value.len);
    const struct str parts[] = {bus_header_get(message, "ce_id"), {rest, (size_t)length}};
    return hmac_sha256(S("place"), parts, COUNT(parts));
}

int64_t place_removable(const struct place_known *known, int64_t low, int64_t done)
{
    bool kept = known->kept_from >= low && known->kept_from < done;
    return kept ? known->kept_from : done;
}

struct places *places_new(const struct input *input)
{
    if (input->places == NULL)
        return NULL;
    struct places *places = must_calloc(1, sizeof *places);
    places->input = input;
    places->arena = arena_new(ARENA_LIMIT);
    return places;
}

void places_free(struct places *places)
{
    if (places == NULL)
        return;
    arena_free(places->arena);
    free(places);
}

static struct place *find(struct places *places, struct str topic, int32_t partition)
{
    for (struct place *p = places->list; p != NULL; p = p->next)
        if (p->at.partition == partition && str_equal(p->at.topic, topic))
            return p;
    return NULL;
}

static struct place *find_or_add(struct places *places, struct str topic, int32_t partition)
{
    struct place *p = find(places, topic, partition);
    if (p != NULL)
        return p;
    p = ARENA_NEW(places->arena, struct place);
    *p = (struct place){
        .at = {arena_str(places->arena, topic), partition}, .witness_at = -1, .next = places->list};
    places->list = p;
    return p;
}

/* The room's own reading of the topic's name says whose it is. */
static struct err *tenant_of(struct worker *worker, const struct input *input,
                             struct bus_place place, int32_t *out)
{
    const struct bus_message raw = {.topic = place.topic, .partition = place.partition};
    struct message message = {.topic = place.topic, .raw = &raw};
    /* cppcheck-suppress returnDanglingLifetime ; an error holds no message */
    TRY(input->read_raw(&raw, worker->arena, &message));
    return worker_tenant_id(worker, message.tenant_name, out);
}

static struct err *ask(struct worker *worker, const struct places *places, int32_t tenant,
                       struct bus_place place, struct place_known *out)
{
    struct rows rows = {0};
    struct load *load = load_new(worker->db, tenant, worker->arena);
    LOAD(load, places->input->places->known, known_fields, struct place_known, &rows,
         V(place.topic), V(place.partition));
    TRY(load_run(load));
    if (rows.count != 1)
        return ERR_BUG_AT("what is known of a place is %zu rows", rows.count);
    *out = *ROW(struct place_known, rows, 0);
    return NULL;
}

static struct err *tell(struct worker *worker, int32_t tenant, const struct sql *sql,
                        struct values values)
{
    struct batch *batch = batch_new(worker->db, tenant, worker->arena);
    batch_add(batch, sql, values);
    return batch_run(batch);
}

/* --- another topic of the same name
 * ----------------------------------------------------------------- */

/* A place that was asked about. */
struct checked {
    struct bus_place place;
    int32_t tenant;
    bool another;
    struct place_known known;
    struct bus_marks marks;
};

/* Those that are a tenant's: what comes on another's topic is set aside, and nothing is removed. */
static struct err *whose(struct worker *worker, const struct input *input,
                         const struct bus_place *places, size_t count, struct checked *out,
                         size_t *out_count)
{
    *out_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct checked *one = &out[*out_count];
        struct err *e = tenant_of(worker, input, places[i], &one->tenant);
        if (e != NULL && err_class(e) != ERR_CLASS_REJECT)
            return e;
        one->place = places[i];
        *out_count += e == NULL;
    }
    return NULL;
}

/* Is the message that was read there still there? */
static struct err *ask_witness(struct worker *worker, const struct checked *checked, bool *another)
{
    const struct bus_config bus = service_bus(worker->service);
    const struct place_known *known = &checked->known;
    struct bus_message found;
    struct err *e = bus_read_at(&bus, checked->place.topic, checked->place.partition,
                                known->witness_at, worker->arena, &found);
    if (e != NULL && err_class(e) != ERR_CLASS_REJECT)
        return e;
    *another = e != NULL || !sha256_equal(place_mark(&found), known->witness);
    if (!*another)
        log_warning("the brokers hold again what was removed from a topic; it is the same topic",
                    kv("topic", checked->place.topic), kv("partition", checked->place.partition),
                    kv("low", checked->marks.low), kv("removed_below", known->deleted_below));
    return NULL;
}

/* What the brokers hold, and what the room knows. */
static struct err *compare(struct worker *worker, const struct places *places,
                           struct bus_consumer *consumer, bool bookmarks, struct checked *checked,
                           size_t count)
{
    struct bus_place *asked = ARENA_ARRAY(worker->arena, struct bus_place, count + 1);
    struct bus_marks *marks = ARENA_ARRAY(worker->arena, struct bus_marks, count + 1);
    for (size_t i = 0; i < count; i++)
        asked[i] = checked[i].place;
    TRY(bus_watermarks(consumer, asked, count, marks));
    if (bookmarks)
        TRY(bus_bookmarks(consumer, asked, count, marks));
    for (size_t i = 0; i < count; i++) {
        struct checked *one = &checked[i];
        one->marks = marks[i];
        if (marks[i].failure != NULL)
            continue;
        TRY(ask(worker, places, one->tenant, one->place, &one->known));
        enum place_is is = place_judge(&one->known, marks[i].low, marks[i].high);
        one->another = is == PLACE_ANOTHER;
        if (is == PLACE_DOUBTFUL)
            TRY(ask_witness(worker, one, &one->another));
    }
    return NULL;
}

static struct err *begin_again(struct worker *worker, const struct places *places,
                               struct bus_consumer *consumer, const struct checked *checked)
{
    struct bus_place place = checked->place;
    TRY(bus_begin_at(consumer, place, checked->marks.low));
    TRY(tell(worker, checked->tenant, places->input->places->forget,
             VALUES(V(place.topic), V(place.partition))));
    log_warning("a topic was made again and is read from its beginning", kv("topic", place.topic),
                kv("partition", place.partition));
    return NULL;
}

static bool is_backwards(const struct places *places, const struct bus_message *messages,
                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (const struct place *p = places->list; p != NULL; p = p->next)
            if (messages[i].offset < p->done && messages[i].partition == p->at.partition &&
                str_equal(messages[i].topic, p->at.topic))
                return true;
    return false;
}

/* What is below the bookmark is durable, and may wait for being removed since before a crash. A
 * witness of before tells nothing of what is there now. */
static void begin_place(struct places *places, const struct checked *checked)
{
    struct place *p = find_or_add(places, checked->place.topic, checked->place.partition);
    p->removed = 0;
    p->witness_at = -1;
    p->done = !checked->another && checked->marks.bookmark > 0 ? checked->marks.bookmark : 0;
}

static struct err *check_all(struct worker *worker, struct places *places,
                             struct bus_consumer *consumer, const struct bus_message *messages,
                             size_t *count)
{
    struct bus_place *given = NULL;
    size_t given_count = 0;
    bool another = false;
    TRY(bus_places(consumer, worker->arena, &given, &given_count));
    struct checked *checked = ARENA_ARRAY(worker->arena, struct checked, given_count + 1);
    TRY(whose(worker, places->input, given, given_count, checked, &given_count));
    TRY(compare(worker, places, consumer, true, checked, given_count));
    for (size_t i = 0; i < given_count; i++) {
        TRY(checked[i].marks.failure);
        another = another || checked[i].another;
        begin_place(places, &checked[i]);
    }
    if (!another)
        return NULL;
    TRY(bus_rewind(consumer, messages, *count));
    *count = 0;
    for (size_t i = 0; i < given_count; i++)
        if (checked[i].another)
            TRY(begin_again(worker, places, consumer, &checked[i]));
    return NULL;
}

struct err *places_make_sure(struct worker *worker, struct places *places,
                             struct bus_consumer *consumer, const struct bus_message *messages,
                             size_t *count)
{
    if (places == NULL)
        return NULL;
    places->unsure =
        places->unsure || bus_is_unsure(consumer) || is_backwards(places, messages, *count);
    if (!places->unsure || !bus_is_assigned(consumer))
        return NULL;
    bus_made_sure(consumer); /* what happens from now on is asked about once more */
    struct err *e = check_all(worker, places, consumer, messages, count);
    if (e != NULL) {
        struct err *lost = bus_rewind(consumer, messages, *count);
        (void)lost; /* the consumer is opened again, and begins at the bookmarks */
        *count = 0;
        return e;
    }
    places->unsure = false;
    return NULL;
}

/* --- removing
 * ---------------------------------------------------------------------------------------- */

void places_done(struct places *places, const struct bus_message *messages, size_t count)
{
    for (size_t i = count; places != NULL && i-- > 0;) { /* the last of each place comes first */
        struct place *p = find_or_add(places, messages[i].topic, messages[i].partition);
        if (messages[i].offset < p->done)
            continue;
        p->done = messages[i].offset + 1;
        p->witness_at = messages[i].offset;
        p->witness = place_mark(&messages[i]);
    }
}

/* Of the places that it has been given, those that hold what is durable. */
static struct err *find_due(struct worker *worker, struct places *places,
                            struct bus_consumer *consumer, int64_t now, struct bus_place **out,
                            size_t *out_count)
{
    struct bus_place *given = NULL;
    size_t count = 0;
    *out_count = 0;
    TRY(bus_places(consumer, worker->arena, &given, &count));
    for (size_t i = 0; i < count; i++) {
        const struct place *p = find(places, given[i].topic, given[i].partition);
        if (p != NULL && p->done > p->removed && now >= p->not_before)
            given[(*out_count)++] = given[i];
    }
    *out = given;
    return NULL;
}

/* Asks the brokers to remove what is durable, of all of them at once. */
static struct err *remove_all(struct worker *worker, struct bus_consumer *consumer,
                              const struct checked *checked, const int64_t *below, size_t count)
{
    struct bus_place *places = ARENA_ARRAY(worker->arena, struct bus_place, count + 1);
    int64_t *offsets = ARENA_ARRAY(worker->arena, int64_t, count + 1);
    size_t some = 0;
    for (size_t i = 0; i < count; i++) {
        if (below[i] <= checked[i].marks.low)
            continue;
        places[some] = checked[i].place;
        offsets[some++] = below[i];
    }
    return some > 0 ? bus_remove_below(consumer, places, offsets, some) : NULL;
}

static struct err *tell_removed(struct worker *worker, struct places *places,
                                const struct checked *checked, int64_t below)
{
    struct bus_place at = checked->place;
    struct place *p = find_or_add(places, at.topic, at.partition);
    TRY(tell(worker, checked->tenant, places->input->places->deleted,
             VALUES(V(at.topic), V(at.partition), V(below), V(p->witness_at), V(p->witness))));
    p->removed = p->done;
    return NULL;
}

static void stays(struct places *places, struct bus_place at, const struct err *why, int64_t now)
{
    find_or_add(places, at.topic, at.partition)->not_before = now + AFTER_FAILURE_US;
    log_warning("messages that are durable stay on their topic for now", kv("topic", at.topic),
                kv("partition", at.partition),
                kv("detail", why->private != NULL ? why->private : why->detail));
}

/* Leaves out those that failed, and those of which another topic of the name has come. */
static size_t keep_sure(struct places *places, struct checked *checked, size_t count, int64_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (checked[i].marks.failure != NULL)
            stays(places, checked[i].place, checked[i].marks.failure, now);
        else if (checked[i].another)
            places->unsure = true;
        else
            checked[kept++] = checked[i];
    }
    return kept;
}

/* After a crash what is durable is known by the bookmark alone: the witness is then read from the
 * topic, before it is removed. When it is gone already, there is none. */
static struct err *find_witness(struct worker *worker, struct place *p, int64_t low, int64_t below)
{
    const struct bus_config bus = service_bus(worker->service);
    struct bus_message found;
    if (p->witness_at >= 0 || below <= low)
        return NULL;
    struct err *e =
        bus_read_at(&bus, p->at.topic, p->at.partition, below - 1, worker->arena, &found);
    if (e != NULL)
        return err_class(e) == ERR_CLASS_REJECT ? NULL : e;
    p->witness_at = below - 1;
    p->witness = place_mark(&found);
    return NULL;
}

static struct err *empty(struct worker *worker, struct places *places,
                         struct bus_consumer *consumer, const struct bus_place *due, size_t count,
                         int64_t now)
{
    struct checked *checked = ARENA_ARRAY(worker->arena, struct checked, count + 1);
    int64_t *below = ARENA_ARRAY(worker->arena, int64_t, count + 1);
    TRY(whose(worker, places->input, due, count, checked, &count));
    TRY(compare(worker, places, consumer, false, checked, count));
    count = keep_sure(places, checked, count, now);
    for (size_t i = 0; i < count; i++) {
        int64_t low = checked[i].marks.low;
        struct place *p = find_or_add(places, checked[i].place.topic, checked[i].place.partition);
        below[i] = place_removable(&checked[i].known, low, p->done);
        TRY(find_witness(worker, p, low, below[i]));
    }
    TRY(remove_all(worker, consumer, checked, below, count));
    FAULT("svc.after_remove");
    for (size_t i = 0; i < count; i++)
        TRY(tell_removed(worker, places, &checked[i], below[i]));
    return NULL;
}

void places_empty(struct worker *worker, struct places *places, struct bus_consumer *consumer)
{
    int64_t begun = clock_monotonic_us();
    struct bus_place *due = NULL;
    size_t count = 0;
    if (places == NULL || begun < places->rest_until)
        return;
    struct err *e = find_due(worker, places, consumer, begun, &due, &count);
    if (e == NULL && count > 0)
        e = empty(worker, places, consumer, due, count, begun);
    for (size_t i = 0; i < count && e != NULL; i++)
        stays(places, due[i], e, begun);
    int64_t took = clock_monotonic_us() - begun;
    places->rest_until =
        begun + took + (REST * took > REMOVE_EVERY_US ? REST * took : REMOVE_EVERY_US);
}
