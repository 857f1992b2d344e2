/* A plan is data: what shall happen, in the order vault, SQL and events (one transaction), cleanup.
 * With a hold the transaction begins before the vault effects: a journal's line is then written by
 * who has the row, and by nobody who loses a race for it.
 * Rooms write plans; only svc carries them out. Printed as JSON it is a test's expected output. */
#pragma once

#include "base/arena.h"
#include "base/field.h"
#include "db/db.h"
#include "vault/ocfl.h"

enum vault_effect_type {
    VAULT_FLUSH,   /* the staged folder's files are on the device before the transaction */
    VAULT_PLACE,   /* a run of an object's segments is in each location, flushed and read back */
    VAULT_OBJECT,  /* an object appears in the root of each location, flushed and read back */
    VAULT_JOURNAL, /* a line in the tenant's journal, flushed; its id goes to base.journal_line with
                      the rows. For rooms that read it back (svc.h, struct journal_reader) */
    /* Of a delivery that is discarded; each may be done again. */
    VAULT_DESTROY_KEYS,   /* room keys forgets all keys of it */
    VAULT_DESTROY_STAGED, /* a folder goes before the transaction that drops its row */
    VAULT_REMOVE_OBJECT,  /* an object goes from every location */
};

struct vault_effect {
    enum vault_effect_type type;
    struct uuid staged;  /* VAULT_FLUSH, VAULT_DESTROY_STAGED */
    struct uuid subject; /* VAULT_DESTROY_KEYS: delivery; VAULT_REMOVE_OBJECT: package */
    const struct ocfl_object *object; /* VAULT_OBJECT, VAULT_PLACE */
    struct uuid line;                 /* VAULT_JOURNAL: the line's id … */
    struct str text;                  /* … and its JSON */
    struct vault_effect *next;
};

struct sql_effect {
    const struct sql *sql;
    struct values values;
    struct sql_effect *next;
};

/* COPY, which cannot go in a pipeline: makes the whole unit an explicit transaction. */
struct bulk_effect {
    const struct sql *copy;
    struct str rows; /* binary COPY rows */
    size_t count;
    struct bulk_effect *next;
};

struct event {
    struct str topic;
    const char *type; /* "se.r7e.delivery.received.v1" */
    struct uuid subject;
    int64_t sequence;
    struct str data; /* JSON */
    struct event *next;
};

/* After the commit; lost in a crash without harm, for the transaction has let the folder's row go
 * (staged_drop) and the sweeper takes it. */
struct cleanup_effect {
    struct uuid staged; /* the folder to destroy */
    struct cleanup_effect *next;
};

struct plan {
    struct arena *arena;
    struct sql_effect *hold, **hold_last;
    struct vault_effect *vault, **vault_last;
    struct bulk_effect *bulk, **bulk_last;
    struct sql_effect *sql, **sql_last;
    struct event *events, **events_last;
    struct cleanup_effect *cleanup, **cleanup_last;
};

void plan_begin(struct plan *plan, struct arena *arena);
void plan_flush(struct plan *plan, struct uuid staged);
void plan_place(struct plan *plan, const struct ocfl_object *object);
void plan_object(struct plan *plan, const struct ocfl_object *object);
void plan_journal(struct plan *plan, struct uuid line, struct str text);
void plan_destroy_keys(struct plan *plan, struct uuid delivery);
void plan_destroy_staged(struct plan *plan, struct uuid staged);
void plan_remove_object(struct plan *plan, struct uuid package);
/* Before anything else: a row is locked, by a statement that says which version it must have, or
 * written, so that what the tables refuse leaves no line in a journal. For plans applied one at a
 * time: a batch of them could wait for each other. */
void plan_hold(struct plan *plan, const struct sql *sql, struct values values);
/* The statement itself says how many rows it must hit (base.expect). */
void plan_sql(struct plan *plan, const struct sql *sql, struct values values);
#define PLAN_SQL(plan, sql, ...) plan_sql(plan, sql, VALUES(__VA_ARGS__))
void plan_bulk(struct plan *plan, const struct sql *copy, struct str rows, size_t count);
/* The id of an event: the same when it is made again. */
struct uuid event_id(struct str room, struct uuid subject, struct str topic, int64_t sequence);
void plan_event(struct plan *plan, struct str topic, struct uuid subject, int64_t sequence,
                const struct field *fields, const void *data);
void plan_cleanup(struct plan *plan, struct uuid staged);
void plan_print(const struct plan *plan, struct buf *out);
