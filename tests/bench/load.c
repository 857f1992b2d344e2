/* Delivers packages as fast as Kafka takes them and waits for their ends: the source systems of a
 * measurement in one process.
 *
 *   load FOLDER     what FOLDER/deliveries.tsv lists (r7-demo makes it), all of one system
 *
 * Each package is a message whose id is its path. Prints one line: packages, bytes, records, how
 * many were refused, and the milliseconds until the last was sent and until the last was
 * searchable. Kafka as for r7 deliver: R7_KAFKA_BOOTSTRAP, R7_CA, R7_CERT, R7_KEY. */
#include "packages.h"
#include "services/cli/deliver.h"
#include "text/json.h"

#include <stdio.h>

enum {
    QUEUED_BYTES = 16 * 1024 * 1024, /* in memory, not yet acknowledged */
    FLUSH_MS = 60000,
    WAIT_US = 3600 * 1000000LL, /* for the next receipt */
};

struct package {
    const struct package_line *line;
    struct uuid delivery;
    bool ended;
    bool acknowledged;
};

struct loading {
    const char *folder;
    struct source_system system;
    struct arena *arena;
    struct package *packages;
    size_t count;
    int64_t bytes;
    int64_t records;
    size_t ended;
    size_t refused;
};

struct end {
    struct str receipt;
    struct uuid delivery;
    int64_t records;
};
static const struct field end_fields[] = {FIELD(struct end, receipt, REQUIRED),
                                          FIELD(struct end, delivery, REQUIRED),
                                          FIELD(struct end, records, OPTIONAL), FIELDS_END};

/* --- sending
 * --------------------------------------------------------------------------------------- */

/* All are of one system. */
static struct err *read_list(struct loading *l)
{
    struct package_line *lines = NULL;
    TRY(package_lines_read(l->folder, l->arena, &lines, &l->count));
    if (l->count == 0)
        return err_new(ERR_INVALID, "there are no packages in \"%s\"", l->folder);
    l->packages = ARENA_ARRAY(l->arena, struct package, l->count);
    for (size_t i = 0; i < l->count; i++)
        l->packages[i] = (struct package){
            .line = &lines[i],
            .delivery = UUID_FROM(S("delivery"), lines[i].tenant, lines[i].system, lines[i].path)};
    l->system.tenant = arena_cstr(l->arena, lines[0].tenant);
    l->system.system = arena_cstr(l->arena, lines[0].system);
    return NULL;
}

static struct err *send_one(struct loading *l, struct bus_producer *producer, struct str topic,
                            struct package *p, struct buf *bytes)
{
    buf_clear(bytes);
    TRY(package_bytes_read(l->folder, p->line->path, bytes));
    const struct bus_message message = {.topic = topic,
                                        .key = p->line->path,
                                        .value = buf_str(bytes),
                                        .headers = {{S("ce_specversion"), S("1.0")},
                                                    {S("ce_id"), p->line->path},
                                                    {S("ce_source"), S("urn:r7e:bench")},
                                                    {S("ce_type"), S("se.r7e.delivery.package.v1")},
                                                    {S("ce_agreement"), p->line->agreement}},
                                        .header_count = 5};
    l->bytes += (int64_t)bytes->len;
    return bus_produce(producer, &message, &p->acknowledged);
}

static struct err *send_all(struct loading *l)
{
    autobuf struct buf bytes = buf_new(BUS_MESSAGE_MAX + 1);
    struct str topic =
        arena_format(l->arena, "deliveries.%s.%s", l->system.tenant, l->system.system);
    struct bus_producer *producer = NULL;
    TRY(bus_producer_open(&l->system.kafka, &producer));
    struct err *e = NULL;
    int64_t flushed = 0;
    for (size_t i = 0; i < l->count && e == NULL; i++) {
        e = send_one(l, producer, topic, &l->packages[i], &bytes);
        if (e == NULL && l->bytes - flushed > QUEUED_BYTES) {
            e = bus_flush(producer, FLUSH_MS, NULL);
            flushed = l->bytes;
        }
    }
    if (e == NULL)
        e = bus_flush(producer, FLUSH_MS, NULL);
    bus_producer_close(producer);
    for (size_t i = 0; i < l->count && e == NULL; i++)
        if (!l->packages[i].acknowledged)
            e = err_new(ERR_BROKER_LOST, "Kafka did not take \"%.*s\"",
                        STR_ARG(l->packages[i].line->path));
    return e;
}

/* --- ends
 * ------------------------------------------------------------------------------------------ */

/* A receipt may come twice; an end is counted once. */
static struct err *take(struct loading *l, struct str value, struct arena *arena)
{
    struct end end = {0};
    TRY(json_read(value, end_fields, JSON_IGNORE_UNKNOWN, "receipt", arena, &end));
    bool searchable = str_equal(end.receipt, S("searchable"));
    if (!searchable && !str_equal(end.receipt, S("rejected")) &&
        !str_equal(end.receipt, S("returned")))
        return NULL;
    for (size_t i = 0; i < l->count; i++) {
        struct package *p = &l->packages[i];
        if (p->ended || !uuid_equal(p->delivery, end.delivery))
            continue;
        p->ended = true;
        l->ended++;
        l->refused += !searchable;
        l->records += end.records;
    }
    return NULL;
}

static struct err *await(struct loading *l, struct bus_consumer *consumer)
{
    const struct bus_limits limits = {1000, (size_t)16 << 20, 500, 1};
    autoarena struct arena *arena = arena_new((size_t)64 << 20);
    int64_t until = clock_monotonic_us() + WAIT_US;
    while (l->ended < l->count) {
        struct bus_message *messages = NULL;
        size_t count = 0;
        struct err *e = NULL;
        if (clock_monotonic_us() > until)
            return err_new(ERR_TRANSIENT, "%zu deliveries have not come to their end",
                           l->count - l->ended);
        TRY(bus_poll(consumer, &limits, arena, &messages, &count));
        for (size_t i = 0; i < count && e == NULL; i++)
            e = take(l, messages[i].value, arena);
        bus_release(consumer);
        TRY(e);
        arena_reset(arena);
    }
    return NULL;
}

/* The consumer is there before the first package is sent: what it costs to join its group is
 * nobody's work. */
static struct err *join(const struct loading *l, struct bus_consumer **out)
{
    struct str topic = arena_format(l->arena, "receipts.%s.%s", l->system.tenant, l->system.system);
    struct str group = arena_format(l->arena, "%s.%s.bench-%s", l->system.tenant, l->system.system,
                                    uuid_text(uuid_random()).text);
    const char *const topics[] = {topic.ptr, NULL};
    TRY(bus_consumer_open(&l->system.kafka, group.ptr, BUS_SESSION_MS, topics, out));
    while (!bus_is_assigned(*out))
        bus_wait(*out, 50);
    return NULL;
}

static struct err *load(struct loading *l)
{
    struct bus_consumer *consumer = NULL;
    TRY(read_list(l));
    TRY(source_system_read(&l->system));
    TRY(join(l, &consumer));
    int64_t start = clock_monotonic_us();
    struct err *e = send_all(l);
    int64_t sent = clock_monotonic_us();
    if (e == NULL)
        e = await(l, consumer);
    int64_t ended = clock_monotonic_us();
    bus_consumer_close(consumer);
    if (e == NULL)
        printf("packages=%zu bytes=%lld records=%lld refused=%zu sent_ms=%lld searchable_ms=%lld\n",
               l->count, (long long)l->bytes, (long long)l->records, l->refused,
               (long long)(sent - start) / 1000, (long long)(ended - start) / 1000);
    return e;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: load FOLDER\n", stderr);
        return 2;
    }
    autoarena struct arena *arena = arena_new((size_t)256 << 20);
    struct loading l = {.folder = argv[1], .arena = arena};
    struct err *e = load(&l);
    if (e != NULL)
        fprintf(stderr, "load: %s\n", e->detail);
    return e != NULL;
}
