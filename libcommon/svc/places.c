/* Partitions that are emptied as their messages become durable, and the noticing of topics that
 * were made again (S14 in libcommon/README.md).
 *
 * The bookmark that Kafka keeps says nothing of which topic it was meant for. What the room keeps
 * does: a topic that begins before what was removed from it, or ends before what was read from it,
 * is another one. It is asked for when partitions are given, after the brokers told of an error,
 * when offsets go backwards, and before anything is removed. */
#include "base/fault.h"
#include "svc/internal.h"

enum { REMOVE_EVERY_US = 1000000, AFTER_FAILURE_US = 60 * 1000000, ARENA_LIMIT = 16 * 1024 * 1024 };

struct place {
    struct bus_place at;
    int64_t done;    /* every message below is durable; 0: not known */
    int64_t removed; /* … and gone from the topic */
    int64_t not_before;
    struct place *next;
};

struct places {
    const struct input *input;
    struct arena *arena;
    struct place *list;
    bool unsure;
};

static const struct field known_fields[] = {
    FIELD(struct place_known, next, REQUIRED), FIELD(struct place_known, deleted_below, REQUIRED),
    FIELD(struct place_known, kept_from, REQUIRED), FIELDS_END};

bool place_is_another(const struct place_known *known, int64_t low, int64_t high)
{
    return low < known->deleted_below || high < known->next;
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
    *p = (struct place){.at = {arena_str(places->arena, topic), partition}, .next = places->list};
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
    int32_t tenant;
    bool known;
    bool another;
    int64_t low;
    int64_t bookmark;
};

static struct err *check_place(struct worker *worker, const struct places *places,
                               struct bus_consumer *consumer, struct bus_place place,
                               struct checked *out)
{
    int64_t high = 0;
    struct place_known known = {0};
    struct err *e = tenant_of(worker, places->input, place, &out->tenant);
    if (e != NULL) /* a topic of no tenant: its messages are set aside, and nothing is removed */
        return err_class(e) == ERR_CLASS_REJECT ? NULL : e;
    TRY(bus_watermarks(consumer, place, &out->low, &high));
    TRY(bus_bookmark(consumer, place, &out->bookmark));
    TRY(ask(worker, places, out->tenant, place, &known));
    out->known = true;
    out->another = place_is_another(&known, out->low, high);
    return NULL;
}

static struct err *begin_again(struct worker *worker, const struct places *places,
                               struct bus_consumer *consumer, struct bus_place place,
                               const struct checked *checked)
{
    TRY(bus_begin_at(consumer, place, checked->low));
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

/* What is below the bookmark is durable, and may wait for being removed since before a crash. */
static void begin_place(struct places *places, struct bus_place place,
                        const struct checked *checked)
{
    struct place *p = find_or_add(places, place.topic, place.partition);
    p->removed = 0;
    p->done = !checked->another && checked->bookmark > 0 ? checked->bookmark : 0;
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
    for (size_t i = 0; i < given_count; i++) {
        TRY(check_place(worker, places, consumer, given[i], &checked[i]));
        another = another || checked[i].another;
        if (checked[i].known)
            begin_place(places, given[i], &checked[i]);
    }
    if (!another)
        return NULL;
    TRY(bus_rewind(consumer, messages, *count));
    *count = 0;
    for (size_t i = 0; i < given_count; i++)
        if (checked[i].another)
            TRY(begin_again(worker, places, consumer, given[i], &checked[i]));
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
    for (size_t i = 0; places != NULL && i < count; i++) {
        struct place *p = find_or_add(places, messages[i].topic, messages[i].partition);
        if (messages[i].offset >= p->done)
            p->done = messages[i].offset + 1;
    }
}

static struct err *empty_place(struct worker *worker, struct places *places,
                               struct bus_consumer *consumer, const struct place *place)
{
    int32_t tenant = 0;
    int64_t low = 0;
    int64_t high = 0;
    struct place_known known = {0};
    TRY(tenant_of(worker, places->input, place->at, &tenant));
    TRY(bus_watermarks(consumer, place->at, &low, &high));
    TRY(ask(worker, places, tenant, place->at, &known));
    if (place_is_another(&known, low, high)) {
        places->unsure = true;
        return NULL;
    }
    int64_t below = place_removable(&known, low, place->done);
    if (below > low)
        TRY(bus_remove_below(consumer, place->at, below));
    FAULT("svc.after_remove");
    return tell(worker, tenant, places->input->places->deleted,
                VALUES(V(place->at.topic), V(place->at.partition), V(below)));
}

void places_empty(struct worker *worker, struct places *places, struct bus_consumer *consumer)
{
    int64_t now = clock_monotonic_us();
    for (struct place *p = places != NULL ? places->list : NULL; p != NULL; p = p->next) {
        if (p->done <= p->removed || now < p->not_before)
            continue;
        struct err *e = empty_place(worker, places, consumer, p);
        p->not_before = now + (e == NULL ? REMOVE_EVERY_US : AFTER_FAILURE_US);
        if (e != NULL) {
            log_warning("messages that are durable stay on their topic for now",
                        kv("topic", p->at.topic), kv("partition", p->at.partition),
                        kv("detail", e->private != NULL ? e->private : e->detail));
            return; /* if the brokers are away each would wait; the others' turn comes next time */
        }
        p->removed = p->done;
    }
}
