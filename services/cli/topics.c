/* r7 topics: what rooms tell each other on, and who may read and write it. */
#include "topics.h"
#include "domain/events.h"
#include "remote.h"

enum {
    INTERNAL_PARTITIONS = 4,
    DELIVERY_PARTITIONS = 2,
    DAYS = 24 * 3600,
    /* Everything on an internal topic can be made again from the inboxes. */
    INTERNAL_DAYS = 7,
    /* So long content lies on the topic at most; ingest removes what is durable. */
    DELIVERY_DAYS = 7,
    RECEIPT_DAYS = 90,
    SET_ASIDE_DAYS = 90,
    /* A package of BUS_MESSAGE_MAX, and its headers. */
    MESSAGE_ROOM = BUS_MESSAGE_MAX + 1024 * 1024
};

/* Who writes and who reads what is internal, as schemas/asyncapi.yaml tells; who reads sets aside
 * what it cannot use. */
enum { READERS_MAX = 3 };
struct internal {
    const char *topic;
    const char *writer;
    const char *readers[READERS_MAX];
};
static const struct internal internals[] = {
    {TOPIC_DELIVERY_RECEIVED, "ingest", {"validation"}},
    {TOPIC_DELIVERY_VALIDATED, "validation", {"ingest", "preservation"}},
    {TOPIC_DELIVERY_REJECTED, "validation", {"ingest"}},
    {TOPIC_DELIVERY_ACCEPTED, "ingest", {NULL}},
    {TOPIC_DELIVERY_RETURNED, "ingest", {NULL}},
    {TOPIC_DELIVERY_DISCARDED, "ingest", {"preservation"}},
    {TOPIC_VALIDATION_PART, "validation", {"validation"}},
    {TOPIC_PRESERVATION_PART, "preservation", {"preservation"}},
    {TOPIC_PRESERVATION_CLOSE, "preservation", {"preservation"}},
    {TOPIC_INDEXING_PART, "indexing", {"indexing"}},
    {TOPIC_PACKAGE_STORED, "preservation", {"ingest", "validation", "indexing"}},
    {TOPIC_PACKAGE_INDEXED, "indexing", {"ingest"}},
    {TOPIC_PACKAGE_REMOVED, "preservation", {"ingest", "validation", "indexing"}},
    {TOPIC_GATHERING_CLOSED, "ingest", {"ingest"}}};

enum { GRANTS_MAX = 512 };
struct grants {
    struct bus_grant at[GRANTS_MAX];
    size_t count;
    struct arena *arena;
};

static void grant(struct grants *g, struct str principal, struct str topic, enum bus_right right,
                  struct str group)
{
    assert(g->count < GRANTS_MAX);
    g->at[g->count++] = (struct bus_grant){principal, topic, right, group};
}

static struct str room_principal(struct arena *arena, const char *room)
{
    return arena_format(arena, "User:room-%s", room);
}

static struct bus_topic topic(struct str name, int32_t partitions, int64_t days)
{
    return (struct bus_topic){.name = name,
                              .partitions = partitions,
                              .retention_ms = days * DAYS * 1000,
                              .message_bytes = 0};
}

static struct str set_aside(struct arena *arena, struct str name)
{
    return arena_format(arena, "%.*s.set-aside", STR_ARG(name));
}

static void grant_internal(struct grants *g, const struct internal *internal)
{
    struct str name = str_from(internal->topic);
    grant(g, room_principal(g->arena, internal->writer), name, BUS_WRITE, (struct str){0});
    for (size_t i = 0; i < READERS_MAX && internal->readers[i] != NULL; i++) {
        struct str principal = room_principal(g->arena, internal->readers[i]);
        grant(g, principal, name, BUS_READ,
              arena_format(g->arena, "%s.%s", internal->readers[i], internal->topic));
        grant(g, principal, set_aside(g->arena, name), BUS_WRITE, (struct str){0});
    }
}

struct err *topics_command(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    struct bus_config kafka;
    struct bus_topic topics[2 * COUNT(internals)];
    struct grants grants = {.arena = arena};
    size_t count = 0;
    TRY(cli_arguments(argc, argv, none, 0, NULL));
    TRY(kafka_administrator(&kafka));
    for (size_t i = 0; i < COUNT(internals); i++) {
        struct str name = str_from(internals[i].topic);
        topics[count++] = topic(name, INTERNAL_PARTITIONS, INTERNAL_DAYS);
        topics[count++] = topic(set_aside(arena, name), 1, SET_ASIDE_DAYS);
        grant_internal(&grants, &internals[i]);
    }
    struct str ingest = room_principal(arena, "ingest");
    grant(&grants, ingest, S("deliveries.*"), BUS_READ, S("ingest.deliveries"));
    grant(&grants, ingest, S("deliveries.*"), BUS_WRITE, (struct str){0});
    grant(&grants, ingest, S("deliveries.*"), BUS_DELETE, (struct str){0});
    grant(&grants, ingest, S("receipts.*"), BUS_WRITE, (struct str){0});
    TRY(bus_topics_make(&kafka, topics, count));
    TRY(bus_grants_make(&kafka, grants.at, grants.count));
    printf("%zu topics, %zu rights\n", count, grants.count);
    return NULL;
}

struct err *topics_make_system(const struct bus_config *kafka, struct str tenant, struct str system,
                               struct arena *arena)
{
    struct str principal =
        arena_format(arena, "User:system-%.*s-%.*s", STR_ARG(tenant), STR_ARG(system));
    struct str deliveries =
        arena_format(arena, "deliveries.%.*s.%.*s", STR_ARG(tenant), STR_ARG(system));
    struct str receipts =
        arena_format(arena, "receipts.%.*s.%.*s", STR_ARG(tenant), STR_ARG(system));
    struct bus_topic topics[] = {
        topic(deliveries, DELIVERY_PARTITIONS, DELIVERY_DAYS),
        topic(receipts, DELIVERY_PARTITIONS, RECEIPT_DAYS),
        topic(set_aside(arena, deliveries), 1, SET_ASIDE_DAYS),
    };
    topics[0].message_bytes = MESSAGE_ROOM;
    struct grants grants = {.arena = arena};
    grant(&grants, principal, deliveries, BUS_WRITE, (struct str){0});
    grant(&grants, principal, receipts, BUS_READ,
          arena_format(arena, "%.*s.%.*s.*", STR_ARG(tenant), STR_ARG(system)));
    TRY(bus_topics_make(kafka, topics, COUNT(topics)));
    return bus_grants_make(kafka, grants.at, grants.count);
}
