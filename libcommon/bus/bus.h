/* Kafka: librdkafka lives behind this header and nowhere else.
 *
 * Offsets are only a bookmark: they are stored after the work of a message is committed in
 * PostgreSQL, and losing them costs a repeat (libcommon/README.md, "The walk"). The producer is
 * idempotent, acks=all. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/field.h"

#include <stdatomic.h>

/* How to reach the brokers. With `ca` set the connection is TLS, with `certificate` and `key`
 * mutual. */
struct bus_config {
    struct str bootstrap;
    struct str ca;          /* PEM file */
    struct str certificate; /* PEM file */
    struct str key;         /* PEM file */
};

struct bus_header {
    struct str name;
    struct str value;
};

enum { BUS_HEADERS_MAX = 24, BUS_MESSAGE_MAX = 32 * 1024 * 1024 };

struct bus_message {
    struct str topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp; /* of its producer or its broker, ms since 1970; -1: none. Set by reading */
    struct str key;
    struct str value;
    struct bus_header headers[BUS_HEADERS_MAX];
    size_t header_count;
    bool too_many_headers;
};

/* The value of a header; absent when there is none. Names compare exactly. */
struct str bus_header_get(const struct bus_message *message, const char *name);

/* --- reading
 * ---------------------------------------------------------------------------------------- */
struct bus_consumer;
enum { BUS_SESSION_MS = 10000 };
/* Subscribes; a topic that starts with '^' is a regular expression. Nothing is committed but what
 * bus_done says. A reader of whom the brokers hear nothing for `session_ms` is taken for dead, and
 * its partitions go to others. */
MUST_USE struct err *bus_consumer_open(const struct bus_config *config, const char *group,
                                       int session_ms, const char *const *topics,
                                       struct bus_consumer **out);
void bus_consumer_close(
    struct bus_consumer *consumer); /* commits the bookmarks and leaves the group */

struct bus_limits {
    size_t messages;
    size_t bytes;
    int first_ms; /* how long to wait for the first message */
    int more_ms;  /* how long to wait for more after the first */
};
/* Messages stay valid until bus_release. An empty batch is no error. */
MUST_USE struct err *bus_poll(struct bus_consumer *consumer, const struct bus_limits *limits,
                              struct arena *arena, struct bus_message **out, size_t *out_count);
void bus_release(struct bus_consumer *consumer);
/* The message and all before it on its partition are done. */
void bus_done(struct bus_consumer *consumer, const struct bus_message *message);
/* Goes back to the first message of the batch on each of its partitions that is still given to the
 * consumer, so that all of it is read again. When that fails the consumer is lost: it stands behind
 * messages that are not done, and another must be opened, which begins at the bookmarks. */
MUST_USE struct err *bus_rewind(struct bus_consumer *consumer, const struct bus_message *messages,
                                size_t count);
bool bus_is_lost(const struct bus_consumer *consumer);
/* Does the group's work while the caller waits; no messages are taken. */
void bus_wait(struct bus_consumer *consumer, int ms);
/* Has the consumer been given partitions? */
bool bus_is_assigned(const struct bus_consumer *consumer);
/* Messages between the bookmark and the end of all assigned partitions; -1 when not known. Asks the
 * brokers. */
int64_t bus_lag(struct bus_consumer *consumer);

/* One message by its place, outside any group; its bytes are the arena's. NOT_FOUND when it is no
 * longer there, BROKER_LOST when nothing came within half a minute. */
MUST_USE struct err *bus_read_at(const struct bus_config *config, struct str topic,
                                 int32_t partition, int64_t offset, struct arena *arena,
                                 struct bus_message *out);
/* --- what a topic still holds (places.c)
 * ------------------------------------------------------------ */
struct bus_place {
    struct str topic;
    int32_t partition;
};
/* Has something happened since it was last made sure, after which a topic may be another one of the
 * same name: partitions were given, or the brokers told of an error? */
bool bus_is_unsure(const struct bus_consumer *consumer);
void bus_made_sure(struct bus_consumer *consumer);
/* The partitions that the consumer has been given. */
MUST_USE struct err *bus_places(struct bus_consumer *consumer, struct arena *arena,
                                struct bus_place **out, size_t *out_count);
/* What the brokers know of a partition. */
struct bus_marks {
    int64_t low;         /* the first offset that it still holds … */
    int64_t high;        /* … and the one that the next message will get */
    int64_t bookmark;    /* below which all is done; -1: there is none */
    struct err *failure; /* of this partition alone, or NULL */
};
/* Ask the brokers, of all these partitions at once: an answer comes behind what they are sending us
 * on the same connection, which can be tens of megabytes. Of none, nothing is asked. */
MUST_USE struct err *bus_watermarks(struct bus_consumer *consumer, const struct bus_place *places,
                                    size_t count, struct bus_marks *out);
MUST_USE struct err *bus_bookmarks(struct bus_consumer *consumer, const struct bus_place *places,
                                   size_t count, struct bus_marks *out);
/* Reads the partition from there, whatever the bookmark says, which is moved first. */
MUST_USE struct err *bus_begin_at(struct bus_consumer *consumer, struct bus_place place,
                                  int64_t offset);
/* The brokers remove every message below each partition's offset; NULL when they have said so. */
MUST_USE struct err *bus_remove_below(struct bus_consumer *consumer, const struct bus_place *places,
                                      const int64_t *offsets, size_t count);

/* --- writing
 * ---------------------------------------------------------------------------------------- */
struct bus_producer;
MUST_USE struct err *bus_producer_open(const struct bus_config *config, struct bus_producer **out);
void bus_producer_close(struct bus_producer *producer);
/* Queues; `*acknowledged` becomes true once the brokers have it, and must stay in place until
 * bus_flush. */
MUST_USE struct err *bus_produce(struct bus_producer *producer, const struct bus_message *message,
                                 bool *acknowledged);
/* Waits until each queued message is acknowledged or has failed; three seconds at most from when
 * `*stopping` (may be NULL) is true, for the brokers may be away. */
MUST_USE struct err *bus_flush(struct bus_producer *producer, int timeout_ms,
                               const atomic_bool *stopping);

/* Do the brokers answer within the time? */
MUST_USE struct err *bus_ping(const struct bus_config *config, int timeout_ms);

/* --- administration
 * --------------------------------------------------------------------------------- */
struct bus_topic {
    struct str name;
    int32_t partitions;
    int64_t retention_ms;  /* 0 = the broker's default */
    int64_t message_bytes; /* 0 = the broker's default */
};
/* Makes what does not exist yet. */
MUST_USE struct err *bus_topics_make(const struct bus_config *config,
                                     const struct bus_topic *topics, size_t count);
enum bus_right {
    BUS_READ,
    BUS_WRITE,
    BUS_DELETE, /* may remove what the topic has held longest (bus_remove_below) */
};
struct bus_grant {
    struct str principal; /* "User:system-region-a-vas" */
    struct str topic;     /* a literal name, or a prefix when it ends with '*' */
    enum bus_right right;
    struct str group; /* the consumer group it may use (prefix with '*'), or absent */
};
/* Gives these rights and takes back every other that their principals have: each has what is told
 * here of it, and nothing that an earlier version gave. What one keeps is never away in between. */
MUST_USE struct err *bus_grants_make(const struct bus_config *config,
                                     const struct bus_grant *grants, size_t count);
