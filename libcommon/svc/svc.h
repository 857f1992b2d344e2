/* The life of a service. A room is one `const struct svc` and a one-line main; it owns no thread,
 * socket, lock or loop. Everything else (configuration, log, signals, Kafka, PostgreSQL, HTTP,
 * admin port, shutdown) is here.
 *
 * Every room takes the same walk with a message: read (by the field table), load (facts, one round
 * trip; file keys, one more), decide (pure), apply (vault effects, then one transaction: inbox,
 * effects, outbox). libcommon/README.md tells why. */
#pragma once

#include "base/base.h"
#include "base/config.h"
#include "base/digest.h"
#include "bus/bus.h"
#include "db/db.h"
#include "http/http.h"
#include "http/token.h"
#include "svc/plan.h"
#include "vault/age.h"
#include "vault/segment.h"
#include "vault/vault.h"

struct worker; /* one thread with its own database connection, HTTP client and arena */

/* What every service is told. */
struct svc_config {
    struct str database_url;
    struct str kafka_bootstrap;
    struct str kafka_ca;
    struct str kafka_cert;
    struct str kafka_key;
    int32_t kafka_session_ms;
    struct str http_address;
    int32_t http_port;
    int32_t admin_port;
    struct str tls_cert;
    struct str tls_key;
    struct str tls_ca;
    struct str tls_crl;
    struct str vault_locations; /* directories, ':' between; the first holds the staging area */
    struct str keys_url;
    struct str access_url;
    struct str state_dir; /* for the crash notes */
    struct str schemas;   /* the folder of schemas/ as installed */
    int32_t workers;
    int32_t http_workers;
    int32_t file_workers;
    int32_t errand_workers;
    int32_t housekeep_seconds;
};

/* The process, given to a room's functions; nothing in it changes after the start. */
struct house {
    const struct svc *svc;
    struct svc_config config;
    void *settings; /* the room's own, as its table filled it */
    void *state;    /* what the room's `start` made: compiled schemas, tables of data files */
};

/* --- messages
 * --------------------------------------------------------------------------------------- */

struct message {
    struct str identity; /* the CloudEvents id */
    struct str topic;
    struct uuid subject; /* a delivery or package; nil for raw input */
    int32_t tenant;
    struct str tenant_name;        /* raw input: from the topic's name */
    struct str system;             /* raw input: the source system, from the topic's name */
    const void *data;              /* by the input's field table; NULL for raw input */
    const struct bus_message *raw; /* for raw input; NULL in a case */
    struct str sealed; /* raw input: an age header that read_raw found in the value … */
    const struct file_key *opened; /* … the key in it, which is there before joins and load; … */
    struct err *unopened;          /* … or the named rule by which it does not open for us */
    struct instant now;
    struct str trace;
    struct message *next; /* taken together with this one (input.joins), in order; or NULL */
};

/* What a message needs of room `keys`, asked after its rows are known. */
struct key_request {
    const char *purpose;      /* ingest, validate, preserve, index, disclose, export, remove */
    const struct uuid *known; /* to unwrap */
    size_t known_count;
    size_t fresh;   /* new ones, with a staging folder leased for them */
    bool pseudonym; /* also the tenant's pseudonym key */
};

/* Everything decide may look at. Reading the vault is still a function: same name, same bytes. */
struct work {
    const struct message *message;
    const void *facts;
    const struct house *house;
    struct arena *arena;
    const struct vault *vault;   /* NULL for a room without one */
    struct str tenant;           /* its name: the folder of its storage roots */
    const struct file_key *keys; /* in the order of key_request.known */
    const struct segment_key *fresh;
    size_t fresh_count;
    struct str pseudonym_key; /* when asked for */
    struct uuid staged;       /* the leased folder for what is sealed with the fresh keys */
    int staged_folder;        /* open on it, or -1 */
};

/* What a room keeps of the places (topic, partition) that it empties: what is durable is removed
 * from the topic, and a topic that was made again is noticed, for it lacks what the room knows of
 * (S14 in libcommon/README.md). Run with the tenant of the topic's name. */
struct place_sql {
    const struct sql *known;   /* topic, partition → one row of struct place_known (internal.h) */
    const struct sql *forget;  /* topic, partition: it is another topic of the same name */
    const struct sql *deleted; /* topic, partition, offset: the brokers hold nothing below; and the
                                  newest witness: its offset or -1, its mark or NULL */
    const struct sql
        *kept; /* topic, partition, offset: set aside, and its bytes are nowhere else */
};

struct input {
    const char *topic;          /* "^…" is a regular expression, for raw input only */
    const struct field *fields; /* NULL: raw (what comes from outside); svc keeps no inbox for it */
    size_t data_size;
    size_t facts_size;
    /* Fills tenant_name, system and identity of a raw message from the topic's name and headers;
     * and `sealed`, or `unopened` itself, when the value is encrypted. */
    struct err *(*read_raw)(const struct bus_message *raw, struct arena *arena,
                            struct message *out);
    void (*load)(const struct message *message, void *facts, struct arena *arena,
                 struct load *load);
    /* Raw input only, may be NULL. Of a message whose header was opened: the named rule by which
     * the rest does not open, or NULL. */
    struct err *(*opens)(const struct message *message);
    /* May be NULL. Runs after load's rows are there. */
    struct err *(*ask_keys)(const struct message *message, const void *facts, struct arena *arena,
                            struct key_request *out);
    struct err *(*decide)(const struct work *work, struct plan *plan);
    /* May be NULL. Plans the rows that tell why a message waits, when it was put off by a named
     * rule; applied by itself, at each try, so what stands there already is left. What decide plans
     * takes them away. */
    void (*waits)(const struct message *message, const struct err *why, struct plan *plan);
    /* Raw input only, may be NULL. Messages of one poll that are one unit of work: decided
     * together, one plan. When such a decision is a rejection, they are decided again in halves,
     * until each bad one is alone. None overtakes another of its place. */
    bool (*joins)(const struct message *first, const struct message *next);
    const struct place_sql *places; /* raw input only; NULL: nothing is removed from its topics */
    size_t batch;                   /* messages in one batch at most; 0 = 200 */
    /* A repeat is decided again instead of told again from the inbox: the room's rows say what was
     * done and what is under way, and their natural keys keep it from being done twice. */
    bool decides_again;
};

/* Of the built-in issuer. */
#define TOKEN_ISSUER   "urn:r7e:access"
#define TOKEN_AUDIENCE "urn:r7e"

/* --- HTTP
 * ------------------------------------------------------------------------------------------- */

enum caller {
    CALLER_ANYONE,   /* public facts only */
    CALLER_PERSON,   /* a bearer token */
    CALLER_SYSTEM,   /* a source system's certificate */
    CALLER_ROOM,     /* another room's certificate */
    CALLER_PLATFORM, /* a national service's certificate */
};

struct request {
    const struct house *house;
    struct worker *worker;
    struct db *db; /* no transaction is open; none may be left open */
    struct arena *arena;
    struct http_call *call;
    struct http_match match;
    struct str body;
    const struct http_peer *peer;
    struct token token; /* CALLER_PERSON */
    int32_t tenant;     /* CALLER_PERSON, CALLER_SYSTEM; 0 otherwise */
    struct str system;  /* CALLER_SYSTEM: its name within the tenant */
    struct uuid id;   /* this request: in the log, in a problem's instance, in the disclosure row */
    struct str trace; /* the caller's trace (W3C), or one that begins here: 32 hex digits */
    struct instant now;
    struct buf *out; /* the body of the reply, when reply->body and stream are left empty */
};

/* One question to the database, in a round trip of its own; `out` lives in the request's arena. */
MUST_USE struct err *request_rows(struct request *request, const struct sql *sql,
                                  const struct field *fields, size_t row_size, struct rows *out,
                                  struct values values);

struct route {
    const char *operation; /* operationId in schemas/openapi/<room>.yaml */
    enum http_method method;
    const char *path; /* http_path_match; the first of the table that fits */
    enum caller caller;
    /* 0: no body. HTTP_IN_PIECES: answered by the file workers, at each arrival (http.h): at the
     * head the caller is known as always; at the others the room knows it by what it kept with the
     * call. A reply whose status is still 0 means "go on". */
    size_t body_limit;
    struct err *(*answer)(struct request *request, struct http_reply *reply);
};

/* --- the journal
 * ------------------------------------------------------------------------------------ */

/* A line of the tenant's journal (vault/journal.h). */
struct journal_line {
    struct uuid id;
    struct str entry; /* JSON */
};

/* How a room carries out its own lines whose row is missing, at a start (replay.c). Both say what
 * is wrong with a line by an error: it is left, counted and logged. PRECONDITION: what it tells of
 * is decided again as ever when its message comes again; it waits, and nobody is alarmed. */
struct journal_reader {
    /* What the line decides of: each line tells the whole of it, so of several about the same only
     * the last is carried out. Nil for a line that is not the room's. Pure. */
    struct err *(*about)(const struct journal_line *line, struct arena *arena,
                         struct uuid *out_about);
    /* Loads what is known now and plans what the line says, by the functions that once wrote it; an
     * empty plan when all of it is there. What it changes is held by the plan (plan_hold), and with
     * what the writer of such a line holds. */
    struct err *(*decide)(const struct journal_line *line, struct worker *worker, int32_t tenant,
                          struct arena *arena, struct plan *plan);
};

/* --- the service
 * ------------------------------------------------------------------------------------ */

/* The statements over a room's own inbox, outbox and staged rows (svc_sql.h makes them from the
 * room's name). */
struct svc_sql;

/* Work that comes by itself and may not wait for any other, whatever hangs: with a thread and a
 * connection of its own. One piece of it, seconds at most; *out_done: there was one, and it is
 * asked again at once, else after `rest_ms`. */
struct duty {
    struct err *(*run)(const struct house *house, struct worker *worker, struct arena *arena,
                       bool *out_done);
    int rest_ms;
    bool drains; /* --drain waits until there is nothing of it */
};

struct svc {
    const char *name;
    const char *summary;
    const struct setting *settings; /* the room's own, or NULL */
    size_t settings_size;
    const char *session;          /* SQL for each new connection, before statements are prepared */
    const struct sql *const *sql; /* NULL-terminated */
    bool reads_packages; /* opens packages in the vault (svc/package.h): needs preservation's tables
                          */
    const struct svc_sql *tables; /* NULL for a room that neither takes messages nor makes events */
    const struct input *inputs;   /* ends with topic NULL; or NULL */
    const struct route *routes;   /* ends with operation NULL; or NULL */
    http_present_error *present_error;    /* NULL: problem JSON */
    const struct journal_reader *journal; /* NULL for a room that writes no lines in journals */
    struct err *(*start)(struct house *house);
    /* Once a minute and once at the start, on one worker of the service. */
    struct err *(*housekeep)(const struct house *house, struct worker *worker, struct arena *arena);
    /* Long work that no message may hold: one piece of it, seconds at most, done by workers of
     * its own (R7_ERRAND_WORKERS). *out_done: there was one, and perhaps there is another; else
     * it is asked for again within a second. May be NULL. */
    struct err *(*errand)(const struct house *house, struct worker *worker, struct arena *arena,
                          bool *out_done);
    /* The room's own gauges for /metrics, appended. May be NULL. */
    struct err *(*measure)(const struct house *house, struct worker *worker, struct arena *arena,
                           struct buf *out);
    const struct duty *duties; /* ends with run NULL; or NULL */
    int32_t schema;            /* the oldest migration it can work with */
};

int svc_main(const struct svc *svc, int argc, char **argv);

/* For housekeeping, errands and routes: the worker's things. */
struct db *worker_db(struct worker *worker);
const struct vault *worker_vault(const struct worker *worker); /* NULL for a room without one */
/* The time of the house: PostgreSQL's, by which leases end and facts are in force. Between two
 * questions it is counted on by the monotonic clock, so that a room whose own clock is wrong, or
 * jumps, decides as the others do. Everything that is judged or written takes its time from here;
 * clock_now is for logs and for programs without a database. */
struct instant worker_now(const struct worker *worker);
/* The same, asked anew: when the database has refused what was decided as too late, or as resting
 * on what has changed. Its answer may have been long on its way, and worker_now is behind by that:
 * a fact that has ended would be in force once more. */
MUST_USE struct err *worker_now_again(struct worker *worker, struct instant *out);
/* The service was told to end: what may be cut short is. */
bool worker_is_stopping(const struct worker *worker);
/* The tenant's name: a folder in the vault, a part of topics. Never changes. NOT_FOUND when there
 * is none. */
MUST_USE struct err *worker_tenant(struct worker *worker, int32_t tenant, struct str *out_name);
/* File keys from room `keys`, for the purpose, in the order of `known`: into `out`, the caller's
 * own memory from file_keys_new with room for `count`. */
MUST_USE struct err *worker_unwrap_into(struct worker *worker, int32_t tenant, const char *purpose,
                                        const struct uuid *known, size_t count, struct arena *arena,
                                        struct file_key *out);
/* The same, in memory that lives until the unit of work ends. */
MUST_USE struct err *worker_unwrap(struct worker *worker, int32_t tenant, const char *purpose,
                                   const struct uuid *known, size_t count, struct arena *arena,
                                   struct file_key **out);
/* New ones, with their headers; they die within the hour if no row names them. */
MUST_USE struct err *worker_new_keys(struct worker *worker, int32_t tenant, size_t count,
                                     struct arena *arena, struct segment_key **out);
/* The tenant's pseudonym key (domain/person.h), asked for once in a unit of work. */
MUST_USE struct err *worker_pseudonym_key(struct worker *worker, int32_t tenant,
                                          struct arena *arena, struct str *out);
/* Asks another room over mutual TLS. A status that is no success becomes the error that its problem
 * names; INVALID when a rule stands in it: what was sent is at fault, not who sends it on. */
MUST_USE struct err *worker_ask(struct worker *worker, struct str base_url, const char *path,
                                struct str body, struct arena *arena, struct str *out_body);
/* Applies a plan made outside a message (a command over HTTP, housekeeping): vault effects, one
 * transaction. */
MUST_USE struct err *worker_apply(struct worker *worker, int32_t tenant, const struct plan *plan,
                                  struct arena *arena);
