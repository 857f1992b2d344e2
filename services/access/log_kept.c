/* How long the disclosure log is kept and what was reviewed of it, and whether its extracts name
 * staff: a region's dated decisions. A row leaves the log by such a decision alone, which two
 * persons take, and never before it is five years old (HSLF-FS 2016:40 4 kap 9 §);
 * access.log_remove is the only way, and leaves its leaf. So it is with reviews, once they are
 * judged (access.review_remove). */
#include "services/access/log_kept.h"

#include "services/access/proposals.h"
#include "text/json.h"

/* Five years are never more days than this. */
static const int64_t KEPT_US = INT64_C(1827) * 24 * 3600 * 1000000;

enum { ROWS_AT_ONCE = 1000, PIECES = 20 };

/* --- removing what is old
 * ------------------------------------------------------------------------ */

struct purge {
    struct uuid id;
    struct instant removed_before;
    struct str decided_by;
};
static const struct field purge_body_fields[] = {
    FIELD(struct purge, removed_before, REQUIRED),
    FIELD(struct purge, decided_by, REQUIRED, .min = 1, .max = 200), FIELDS_END};
#define WHOLE                                                                                      \
    {                                                                                              \
        FIELD(struct purge, id, REQUIRED), FIELD(struct purge, removed_before, REQUIRED),          \
            FIELD(struct purge, decided_by, REQUIRED), FIELDS_END                                  \
    }
const struct field log_purge_whole_fields[] = WHOLE;
const struct field review_purge_whole_fields[] = WHOLE;
static const struct field purge_fact_fields[] = {
    FIELD(struct purge, id, REQUIRED), FIELD(struct purge, removed_before, REQUIRED), FIELDS_END};

static void plan_purge(struct change *change, const void *fact)
{
    const struct purge *p = fact;
    CHANGE_SQL(change, &access_insert_log_purge, V(p->id), V(p->removed_before),
               V(told_or_from_journal(p->decided_by)), V(change->at));
}
const struct change_kind change_log_purge = {"log_purge", purge_fact_fields, sizeof(struct purge),
                                             plan_purge};

static void plan_review_purge(struct change *change, const void *fact)
{
    const struct purge *p = fact;
    CHANGE_SQL(change, &access_insert_review_purge, V(p->id), V(p->removed_before),
               V(told_or_from_journal(p->decided_by)), V(change->at));
}
const struct change_kind change_review_purge = {"review_purge", purge_fact_fields,
                                                sizeof(struct purge), plan_review_purge};

static struct err *add_purge(struct request *request, struct http_reply *reply,
                             const struct change_kind *kind)
{
    struct change change;
    struct purge body = {.id = uuid_random()};
    bool two = false;
    bool waits = false;
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, purge_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    if (instant_before(instant_add(request->now, -KEPT_US), body.removed_before))
        return err_field(ERR_INVALID, "removed_before",
                         "the log and its reviews are kept for five years at least (HSLF-FS "
                         "2016:40 4:9)");
    TRY(proposal_has_second(request, &two));
    if (!two)
        return err_new(ERR_PRECONDITION,
                       "two local administrators decide this, and the region has one");
    return proposal_or_apply(request, reply, &change, kind, &body, &waits);
}

struct err *access_add_log_purge(struct request *request, struct http_reply *reply)
{
    return add_purge(request, reply, &change_log_purge);
}

struct err *access_add_review_purge(struct request *request, struct http_reply *reply)
{
    return add_purge(request, reply, &change_review_purge);
}

/* Carries out the oldest decision of a kind that is not done, some pieces of it. */
static struct err *remove_some(struct worker *worker, int32_t tenant, struct arena *arena,
                               const struct sql *pending, const struct sql *removal)
{
    for (int i = 0; i < PIECES && !worker_is_stopping(worker); i++) {
        struct rows rows = {0};
        struct load *load = load_new(worker_db(worker), tenant, arena);
        LOAD(load, pending, id_fields, struct id_row, &rows);
        TRY(load_run(load));
        if (rows.count == 0)
            return NULL;
        struct batch *batch = batch_new(worker_db(worker), tenant, arena);
        batch_add(batch, removal, VALUES(V(ROW(struct id_row, rows, 0)->id), V(ROWS_AT_ONCE)));
        TRY(batch_run(batch));
    }
    return NULL;
}

struct err *log_purge_some(struct worker *worker, int32_t tenant, struct arena *arena)
{
    TRY(remove_some(worker, tenant, arena, &access_select_log_purges, &access_log_remove));
    return remove_some(worker, tenant, arena, &access_select_review_purges, &access_review_remove);
}

/* --- naming staff
 * -------------------------------------------------------------------------------- */

struct names {
    bool given;
    struct str decided_by;
    struct instant valid_from;
};
static const struct field names_body_fields[] = {
    FIELD(struct names, given, REQUIRED),
    FIELD(struct names, decided_by, REQUIRED, .min = 1, .max = 200),
    FIELD(struct names, valid_from, OPTIONAL), FIELDS_END};
static const struct field names_fact_fields[] = {
    FIELD(struct names, given, REQUIRED), FIELD(struct names, valid_from, REQUIRED), FIELDS_END};

static void plan_names(struct change *change, const void *fact)
{
    const struct names *n = fact;
    char from[INSTANT_TEXT];
    instant_print(n->valid_from, from);
    CHANGE_REPLACES(change, S("log_names"), str_from(from));
    change_concerns_rules(change);
    CHANGE_SQL(change, &access_put_log_names, V(n->given), V(n->valid_from),
               V(told_or_from_journal(n->decided_by)));
}
const struct change_kind change_log_names = {"log_names", names_fact_fields, sizeof(struct names),
                                             plan_names};

struct err *access_set_log_names(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct names body = {0};
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, names_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    if (!body.valid_from.known)
        body.valid_from = request->now;
    reply->status = 204;
    return change_apply(request, &change, &change_log_names, &body);
}
