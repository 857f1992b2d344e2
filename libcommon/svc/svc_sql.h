/* The statements over the tables that every room has alike, made for a room by its schema's name:
 *
 *   static const struct svc_sql tables = SVC_SQL("validation");
 */
#pragma once

#include "db/db.h"

struct svc_sql {
    struct sql inbox_seen;   /* consumer, topic, identity → identity; also of what is set aside */
    struct sql inbox_put;    /* consumer, topic, identity, tenant, events */
    struct sql inbox_repeat; /* consumer, topic, identity: its events go to the outbox again */
    struct sql outbox_put;   /* event, tenant, topic, type, subject, sequence, trace, data */
    struct sql outbox_take;  /* limit */
    struct sql outbox_done;  /* ids */
    struct sql staged_put;   /* id, tenant, keys, seconds of lease */
    struct sql staged_claim; /* id: in the transaction that names it */
    struct sql staged_drop;  /* id: in the transaction that lets it go; the folder goes after it */
    struct sql staged_gone;  /* id: once the folder is destroyed */
    struct sql staged_dead;  /* limit → id of leases that are over */
    struct sql inbox_prune;  /* limit: what nothing asks for any more, of the tenant */
};

#define SVC_SQL(room)                                                                              \
    {                                                                                              \
        .inbox_seen = {"inbox_seen", "select identity from " room ".inbox"                         \
                                     " where consumer = $1 and topic = $2 and identity = $3"       \
                                     " union all select identity from base.set_aside"              \
                                     " where consumer = $1 and topic = $2 and identity = $3"       \
                                     " and state <> 'retried'"},                                   \
        .inbox_put = {"inbox_put",                                                                 \
                      "insert into " room ".inbox (consumer, topic, identity, tenant, events)"     \
                      " values ($1, $2, $3, $4, $5)"},                                             \
        .inbox_repeat =                                                                            \
            {"inbox_repeat",                                                                       \
             "insert into " room ".outbox (event, tenant, topic, type, subject, sequence, data)"   \
             " select e.event, i.tenant, e.topic, e.type, e.subject, e.sequence, e.data"           \
             " from " room ".inbox i, jsonb_to_recordset(i.events) as"                             \
             " e(event uuid, topic text, type text, subject text, sequence bigint, data jsonb)"    \
             " where i.consumer = $1 and i.topic = $2 and i.identity = $3"},                       \
        .outbox_put = {"outbox_put",                                                               \
                       "insert into " room                                                         \
                       ".outbox (event, tenant, topic, type, subject, sequence, trace, data)"      \
                       " values ($1, $2, $3, $4, $5, $6, $7, $8)"},                                \
        .outbox_take = {"outbox_take",                                                             \
                        "select id, event, tenant, topic, type, subject, sequence, trace, data,"   \
                        " made_at from " room ".outbox order by id limit $1"},                     \
        .outbox_done = {"outbox_done", "delete from " room ".outbox where id = any($1)"},          \
        .staged_put = {"staged_put",                                                               \
                       "insert into " room ".staged (id, tenant, keys, lease_until)"               \
                       " values ($1, $2, $3, now() + make_interval(secs => $4::int))"},            \
        .staged_claim = {"staged_claim", "with e as (update " room ".staged set claimed = true"    \
                                         " where id = $1 and not claimed returning 1)"             \
                                         " select base.expect(count(*), 1) from e"},               \
        .staged_drop = {"staged_drop", "update " room ".staged set claimed = false,"               \
                                       " lease_until = now() where id = $1"},                      \
        .staged_gone = {"staged_gone", "delete from " room ".staged where id = $1"},               \
        .staged_dead = {"staged_dead", "select id from " room ".staged"                            \
                                       " where not claimed and lease_until < now() limit $1"},     \
        .inbox_prune = {                                                                           \
            "inbox_prune",                                                                         \
            "delete from " room ".inbox where (consumer, topic, identity) in"                      \
            " (select consumer, topic, identity from " room ".inbox"                               \
            " where tenant = base.tenant() and seen_at < least(now() -"                            \
            " interval '30 days', base.under_way_since()) order by seen_at limit $1)"},            \
    }
