/* What the files of svc share. */
#pragma once

#include <signal.h>
#include <stdatomic.h>

#include "base/log.h"

#include "svc/svc.h"
#include "svc/svc_sql.h"
#include "vault/journal.h"
#include "vault/vault.h"

/* Counted for /metrics; each name is a metric r7_<name>. */
enum { PORT_WAIT_MS = 5000 }; /* a room that is started again while its killed forerunner ends */

enum svc_metric {
#define METRIC(name, help) METRIC_##name,
#include "svc/metrics.def"
#undef METRIC
    METRIC_COUNT
};

struct service {
    struct house house;
    const struct sql *const *sql; /* svc's own statements and the room's */
    struct arena *arena;
    struct http_server *http;
    struct str tls_certificate; /* PEM texts */
    struct str tls_key;
    struct str tls_ca;
    struct str tls_crl;
    atomic_bool stopping;
    atomic_bool drain;
    atomic_int threads_ready;
    atomic_int threads_wanted;
    atomic_uint idle; /* one bit for each walk that found nothing to do; for --drain */
    atomic_uint work; /* raised when messages were handled or a piece of an errand was done */
    atomic_int errands_in_hand;
    int mail; /* eventfd: something is in the outbox */
    _Atomic int64_t metrics[METRIC_COUNT];
};

/* The trace id, 32 hex digits, of a `traceparent`: "00-<32 hex>-<16 hex>-<flags>". A slice of it;
 * absent when it is none. */
struct str trace_of(struct str parent);

#define METRIC_ADD(service, name, n) atomic_fetch_add(&(service)->metrics[METRIC_##name], (n))

/* File keys in locked memory; the block itself lies in the worker's arena. */
struct key_block {
    struct file_key *keys;
    size_t count;
    struct key_block *older;
};

struct worker {
    struct service *service;
    struct db *db;
    struct http_client *http;
    struct arena *arena;
    struct vault vault;
    bool has_vault;
    struct key_block *keys;   /* of this unit of work; wiped at its end */
    struct str pseudonym_key; /* of this unit of work … */
    int32_t pseudonym_tenant; /* … for this tenant; 0: not asked for yet */
    struct jws_keys *token_keys;
    int64_t token_keys_at;
    struct jws_seen token_seen;  /* by these keys */
    struct instant clock;        /* the database's … */
    int64_t clock_set;           /* … when our monotonic one stood here */
    struct tenant_name *tenants; /* id → name: never changes once made, so it may be kept */
    struct arena *tenants_arena;
    bool ready;
};

/* worker.c */
MUST_USE struct err *worker_open(struct worker *worker);
void worker_close(struct worker *worker);
MUST_USE struct err *worker_tenant_id(struct worker *worker, struct str name, int32_t *out);
/* The keys in `sealed` of messages of one tenant, from room keys; which may refuse one: then that
 * is `unopened`. */
MUST_USE struct err *worker_open_sealed(struct worker *worker, struct message *const *messages,
                                        size_t count);
void worker_end_unit(struct worker *worker); /* resets the arena, wipes keys, forgets errors */
/* How long to wait after so many failures in a row: twice as long each time, to a bound that a
 * server which comes back is found soon by. */
static inline int backoff_ms(int failures)
{
    enum { FIRST_MS = 100, DOUBLINGS = 5 };
    return FIRST_MS << (failures < DOUBLINGS ? failures : DOUBLINGS);
}
void worker_backoff(struct worker *worker, struct bus_consumer *consumer, int *failures);

/* walk_thread.c: one input's messages */
void *walk_thread(void *state);
struct walk {
    struct service *service;
    const struct input *input;
    int number;
};

/* walk.c: read, load, decide, apply */
/* All of the messages, of which at most `most` are in one transaction. NULL: each is done or set
 * aside; else nothing may be said of any, and all come again. */
MUST_USE struct err *walk_batch(struct worker *worker, const struct input *input,
                                const struct bus_message *messages, size_t count, size_t most);
/* Sets it aside unread, for the reason. */
MUST_USE struct err *walk_refused(struct worker *worker, const struct input *input,
                                  const struct bus_message *message, struct err *why);

/* apply.c */
struct unit { /* one message with its decision */
    struct message message;
    const struct input *input;
    void *facts;
    bool seen;
    struct work work;
    struct plan plan;
    struct err *failure;
    bool set_aside;       /* the plan is no more than that */
    bool sent;            /* its transaction has been sent: whether it committed may not be known */
    struct message *last; /* of those that were joined to its message */
    const struct replay *replay; /* a line that is there already: the plan appends none */
};
MUST_USE struct err *apply_units(struct worker *worker, struct unit *units, size_t count);
struct str inbox_events(const struct svc *svc, const struct plan *plan, struct arena *arena);

/* replay.c: lines of the journals whose row is missing (S19) */
struct replay {
    struct uuid line;
    struct uuid about;
    struct str tenant;
    struct journal_place end; /* where the journal ended when it was read */
};
/* Before any thread of the room takes work. False, and logged: it may not start. */
bool replay_journals(struct service *service);
/* CONFLICT when a line about the same was appended meanwhile. */
MUST_USE struct err *replay_is_last(struct worker *worker, const struct replay *replay);
/* One line of the room's own. */
struct told {
    struct uuid id;
    struct uuid about; /* nil: it could not be read */
    struct journal_place at;
    bool overtaken; /* a later one is about the same */
};
void replay_mark_overtaken(struct told *lines, size_t count);
extern const struct sql svc_journal_put;
extern const struct sql *const svc_journal_sql[]; /* of rooms that write lines */

/* destroy.c: what a plan discards, in the plan's order; the other effects are passed over */
MUST_USE struct err *destroy_effects(struct worker *worker, const struct unit *unit);

/* unit_keys.c */
/* Before any joining and loading: what messages are sealed with, and whether it opens them. The
 * list is put in another order. */
MUST_USE struct err *messages_open(struct worker *worker, const struct input *input,
                                   struct message **sealed, size_t count);
/* What ask_keys of each asks for, for units of one tenant and one input. What is wrong with one
 * alone is its failure. */
MUST_USE struct err *units_get_keys(struct worker *worker, struct unit *units, size_t count);
/* Folders leased for work that will be done again are given back at once, or a long outage would
 * fill the staging area before the sweeper comes. Never when the transaction was sent: it may have
 * claimed the folder. */
void units_give_back(struct worker *worker, struct unit *units, size_t count);

/* crew.c */
struct crew;
struct crew *crew_start(struct service *service);
/* Has every walk nothing to do, and was nothing else due since any of them had? */
bool crew_is_drained(struct crew *crew);
void crew_join(struct crew *crew); /* waits for the end of each, and frees */

/* main.c */
void svc_post(struct service *service); /* something may be in the outbox */
void svc_idle(struct service *service, int walk);
void svc_busy(struct service *service, int walk);
/* Where the brokers are, and as whom the room comes; borrowed from its configuration. */
struct bus_config service_bus(const struct service *service);

/* set_aside.c: what no one can use (libcommon/README.md, "Set aside") */
extern const struct field set_aside_fields[]; /* schemas/events/set-aside.json */
/* Makes the unit's plan to be no more than that, for the reason. */
void unit_set_aside(struct worker *worker, struct unit *unit, const struct err *why);
/* How many are open, by rule, as a gauge for /metrics. */
MUST_USE struct err *set_aside_write(struct worker *worker, struct buf *out);
extern const struct sql *const svc_set_aside_sql[]; /* of rooms that take messages */

/* crash.c: the note of what a worker is doing (S5) */
struct crash_note;
struct crash_note *crash_note_open(const char *folder, const char *room, int number);
void crash_note_close(struct crash_note *note);
void crash_note_write(struct crash_note *note, const struct bus_message *messages, size_t count);
void crash_note_clear(struct crash_note *note);
/* What the last life left behind, as (topic, partition, offset) lines; empty when it ended well. */
struct str crash_note_left(const struct crash_note *note);

/* suspect.c: what the note names is tried alone */
/* What the last life left behind becomes suspects. */
MUST_USE struct err *suspects_confess(struct worker *worker, const struct crash_note *note);
/* walk_batch, with each suspect alone, and the note of it written before. */
MUST_USE struct err *suspects_walk(struct worker *worker, const struct input *input, size_t most,
                                   struct crash_note *note, const struct bus_message *messages,
                                   size_t count);
extern const struct sql *const svc_suspect_sql[]; /* of rooms that take messages */

/* places.c: partitions that are emptied as their messages become durable (input.places) */
struct place_known {
    int64_t next;          /* offsets below it are durable; 0: none is known */
    int64_t deleted_below; /* the brokers have said that they hold nothing below */
    int64_t kept_from;     /* -1, or the first message whose bytes lie on the topic only */
    int64_t witness_at;    /* -1, or the offset of a message that was read there … */
    struct sha256 witness; /* … and what it is told by (place_mark) */
};
enum place_is {
    PLACE_SAME,
    PLACE_DOUBTFUL, /* it holds what was removed: the message at witness_at tells */
    PLACE_ANOTHER   /* of the same name */
};
/* What the brokers' watermarks show of a topic. A broker writes down once a minute what it removed:
 * killed within it, it holds that again. */
enum place_is place_judge(const struct place_known *known, int64_t low, int64_t high);
/* Tells a message from any other that could stand at its offset: its id, its time, its length. */
struct sha256 place_mark(const struct bus_message *message);
/* What may be removed, when all below `done` is durable and the brokers hold what begins at `low`.
 */
int64_t place_removable(const struct place_known *known, int64_t low, int64_t done);
struct places;
struct places *places_new(const struct input *input);
void places_free(struct places *places);
/* When something happened that can mean another topic, asks; if one is, it is read from its
 * beginning, and the batch is let go (*count becomes 0): all of it will be read again. */
MUST_USE struct err *places_make_sure(struct worker *worker, struct places *places,
                                      struct bus_consumer *consumer,
                                      const struct bus_message *messages, size_t *count);
/* These are durable, and all before them. */
void places_done(struct places *places, const struct bus_message *messages, size_t count);
/* Removes what is durable: the first time at once, then at most each second. What fails is tried
 * again later. */
void places_empty(struct worker *worker, struct places *places, struct bus_consumer *consumer);

/* sweep.c: staging folders that nobody claims, seen messages that nothing asks for */
MUST_USE struct err *sweep(struct worker *worker);

/* postman.c, errand.c, serve.c, admin.c, once.c */
void *postman_thread(void *state);
/* A thread that attends to a duty, or to the room's errands. */
struct attendance {
    struct service *service;
    struct duty duty;
    atomic_uint none; /* what `work` was when nothing of it was due, and one more */
};
void *duty_thread(void *state);
/* Of all that drain: was none due, or in hand, since messages were last handled? */
bool duties_are_done(struct service *service, struct attendance *attendances, size_t count);
void *serve_thread(void *state);
void *serve_pieces_thread(void *state);
void *admin_thread(void *state);
extern const struct setting svc_settings[];
size_t serve_body_limit(void *state, enum http_method method, struct str path);
int once_run(const struct svc *svc, struct house *house);
void metrics_write(struct service *service, struct buf *out);

extern const struct sql *const svc_own_sql[];
extern const struct sql *const svc_package_sql[]; /* of rooms that read packages */
extern const struct sql svc_tenant_name;
extern const struct sql svc_subject;
extern const struct sql svc_assigned;
extern const struct sql svc_disclose;
extern const struct sql svc_fact_versions;
extern const struct sql svc_tenant_id;
extern const struct sql svc_tenants;
extern const struct sql svc_principal;
extern const struct sql svc_try_lock;
extern const struct sql svc_schema_version;
