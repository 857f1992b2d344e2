/* One package to the topic: itself, or the announcement of its upload. */
#include "deliver.h"
#include "domain/ingest_api.h"
#include "patience.h"
#include "remote.h"
#include "text/json.h"

#include <unistd.h>

enum { FLUSH_MS = 30000, PING_MS = 3000, ANNOUNCEMENT_MAX = 8192 };

struct err *sender_open(struct sender *s)
{
    s->state = -1;
    TRY(source_system_read(&s->system));
    s->ingest = cli_environment("R7_INGEST_URL");
    s->patience_s = PATIENCE_DEFAULT;
    if (s->patience != NULL && !str_to_i64(str_from(s->patience), 0, PATIENCE_MAX, &s->patience_s))
        return cli_usage_error("--patience takes seconds, 0 to %d", PATIENCE_MAX);
    return bus_producer_open(&s->system.kafka, &s->producer);
}

void sender_close(struct sender *s)
{
    bus_producer_close(s->producer);
    http_client_free(s->http);
    if (s->state >= 0)
        close(s->state);
}

static struct err *try_to_send(struct sender *s, const struct bus_message *message)
{
    bool acknowledged = false;
    TRY(bus_produce(s->producer, message, &acknowledged));
    TRY(bus_flush(s->producer, FLUSH_MS, NULL));
    return acknowledged ? NULL
                        : err_new(ERR_BROKER_LOST,
                                  "topic %.*s did not take the package: is it this certificate's?",
                                  STR_ARG(message->topic));
}

/* Brokers that answer and have not taken it will not take it later either. */
static struct err *send(struct sender *s, const char *type, struct str identity, struct str value)
{
    char topic[128];
    snprintf(topic, sizeof topic, "deliveries.%s.%s", s->system.tenant, s->system.system);
    const struct bus_message message = {.topic = str_from(topic),
                                        .key = str_from(s->agreement),
                                        .value = value,
                                        .headers = {{S("ce_specversion"), S("1.0")},
                                                    {S("ce_id"), identity},
                                                    {S("ce_source"), S("urn:r7e:r7-deliver")},
                                                    {S("ce_type"), str_from(type)},
                                                    {S("ce_agreement"), str_from(s->agreement)}},
                                        .header_count = 5};
    struct patience patience = patience_begin(s->patience_s);
    for (;;) {
        struct err *e = try_to_send(s, &message);
        if (e == NULL || bus_ping(&s->system.kafka, PING_MS) == NULL)
            return e;
        TRY(patience_wait(&patience, e));
    }
}

/* A delivery is named by the bytes of its package, encrypted or not. */
static struct str named(struct str identity, struct sha256 sha256, struct sha256_text *room)
{
    *room = sha256_text(sha256);
    return identity.ptr != NULL ? identity : str_from(room->text);
}

static struct err *deliver_message(struct sender *s, struct parcel *parcel, struct str *identity,
                                   struct sha256_text *name)
{
    autobuf struct buf content = buf_new(BUS_MESSAGE_MAX);
    autobuf struct buf sealed = buf_new(BUS_MESSAGE_MAX);
    struct sha256 sha256 = {0};
    TRY(parcel_get(parcel, &content));
    TRY(parcel_end(parcel, &sha256));
    if (s->recipient != NULL)
        TRY(deliver_seal(s->recipient, buf_str(&content), &sealed));
    *identity = named(*identity, sha256, name);
    TRY(send(s, "se.r7e.delivery.package.v1", *identity,
             buf_str(s->recipient != NULL ? &sealed : &content)));
    progress_at(&s->progress, parcel->bytes, parcel->bytes);
    return NULL;
}

static struct err *announce(struct sender *s, const struct announced *announced,
                            struct str identity)
{
    autobuf struct buf value = buf_new(ANNOUNCEMENT_MAX);
    json_write(announced_fields, announced, &value);
    TRY(buf_done(&value, "the announcement"));
    return send(s, "se.r7e.delivery.announcement.v1", identity, buf_str(&value));
}

/* The object store has the same bytes: the archive finds out. */
static struct err *deliver_object(struct sender *s, struct parcel *parcel, struct str *identity,
                                  struct sha256_text *name)
{
    struct announced announced = {.uri = str_from(s->uri), .bytes = (int64_t)parcel->bytes};
    TRY(parcel_read(parcel, parcel->bytes));
    TRY(parcel_end(parcel, &announced.sha256));
    *identity = named(*identity, announced.sha256, name);
    return announce(s, &announced, *identity);
}

static struct err *deliver_announced(struct sender *s, struct parcel *parcel, struct str *identity,
                                     struct sha256_text *name)
{
    struct announced announced = {.bytes = (int64_t)parcel->bytes};
    TRY(deliver_upload(s, parcel, &announced.upload, &announced.sha256));
    *identity = named(*identity, announced.sha256, name);
    TRY(announce(s, &announced, *identity));
    return deliver_upload_forget(s, parcel);
}

struct err *sender_deliver(struct sender *s, struct parcel *parcel, struct str identity,
                           struct uuid *out_delivery)
{
    struct sha256_text name;
    bool large = parcel->bytes > BUS_MESSAGE_MAX;
    if (large && s->recipient != NULL)
        return err_new(ERR_TOO_LARGE,
                       "--encrypt is for messages, of %d bytes at most; without it the package is "
                       "uploaded, over TLS of its own",
                       BUS_MESSAGE_MAX);
    TRY(s->uri != NULL        ? deliver_object(s, parcel, &identity, &name)
        : large || s->uploads ? deliver_announced(s, parcel, &identity, &name)
                              : deliver_message(s, parcel, &identity, &name));
    *out_delivery =
        UUID_FROM(S("delivery"), str_from(s->system.tenant), str_from(s->system.system), identity);
    return NULL;
}
