/* The job of log review: a day of the log is looked at by the rules that held when it began; a
 * sample is drawn when its period is over; the seed of the next is published before it begins. Each
 * piece is one transaction that begins with a row only one can write, so a death leaves all of it
 * or nothing, and a second replica finds it taken. */
#include "services/access/review_rules.h"
#include "text/json.h"

#include <openssl/rand.h>

struct due_day {
    struct str day;
    struct uuid rules;
    struct json_text decision;
    struct uuid period; /* nil: no seed was public before the day */
    struct str per;
    int32_t rows_each;
};
static const struct field due_day_fields[] = {
    FIELD(struct due_day, day, REQUIRED),
    FIELD(struct due_day, rules, REQUIRED),
    FIELD(struct due_day, decision, REQUIRED, .max = 65536),
    FIELD(struct due_day, period, OPTIONAL),
    FIELD(struct due_day, per, OPTIONAL),
    FIELD(struct due_day, rows_each, REQUIRED),
    FIELDS_END};

struct due_draw {
    struct uuid id;
    int32_t rows_each;
    int32_t due_days;
};
static const struct field due_draw_fields[] = {
    FIELD(struct due_draw, id, REQUIRED), FIELD(struct due_draw, rows_each, REQUIRED),
    FIELD(struct due_draw, due_days, REQUIRED), FIELDS_END};

/* --- a day
 * ------------------------------------------------------------------------------------------ */

static struct err *look_at_day(struct worker *worker, struct arena *arena, int32_t tenant,
                               const struct due_day *due)
{
    struct review_decision decision;
    TRY(review_decision_read(due->decision.text, arena, &decision));
    struct batch *batch = batch_new(worker_db(worker), tenant, arena);
    batch_add(batch, &access_begin_review_day, VALUES(V(due->day), V(due->rules)));
    batch_add(batch, &access_take_review_lines, VALUES(V(due->day)));
    for (size_t i = 0; i < decision.rule_count; i++) {
        const struct review_rule *rule = &decision.rules[i];
        batch_add(batch, rule->kind->find,
                  VALUES(V(rule->name), V(rule->swedish), V(rule->english), V(rule->weight),
                         V(due->day), V(rule->first), V(rule->second)));
    }
    batch_add(
        batch, &access_make_reviews,
        VALUES(V(due->day), V(decision.threshold), V(decision.most_per_day), V(decision.due_days)));
    batch_add(batch, &access_make_findings, VALUES(V(due->day)));
    if (!uuid_is_nil(due->period))
        batch_add(batch, &access_take_candidates,
                  VALUES(V(due->period), V(due->per), V(due->rows_each)));
    return batch_run(batch);
}

static struct err *draw(struct worker *worker, struct arena *arena, int32_t tenant,
                        const struct due_draw *due)
{
    struct batch *batch = batch_new(worker_db(worker), tenant, arena);
    batch_add(batch, &access_begin_draw, VALUES(V(due->id)));
    batch_add(batch, &access_draw, VALUES(V(due->id), V(due->rows_each), V(due->due_days)));
    batch_add(batch, &access_end_draw, VALUES(V(due->id)));
    return batch_run(batch);
}

/* --- seeds
 * ------------------------------------------------------------------------------------------ */

struct period {
    struct uuid id;
    struct str begins;
    struct str ends;
    struct str per;
    int32_t rows_each;
    struct str seed;
};
static const struct field next_fields[] = {
    FIELD(struct period, begins, REQUIRED), FIELD(struct period, ends, REQUIRED),
    FIELD(struct period, per, REQUIRED), FIELD(struct period, rows_each, REQUIRED), FIELDS_END};
static const struct field period_fields[] = {FIELD(struct period, id, REQUIRED),
                                             FIELD(struct period, begins, REQUIRED),
                                             FIELD(struct period, ends, REQUIRED),
                                             FIELD(struct period, per, REQUIRED),
                                             FIELD(struct period, rows_each, REQUIRED),
                                             FIELD(struct period, seed, REQUIRED),
                                             FIELDS_END};

static void plan_period(struct change *change, const void *fact)
{
    const struct period *p = fact;
    CHANGE_SQL(change, &access_insert_period, V(p->id), V(p->begins), V(p->ends), V(p->per),
               V(p->rows_each), V(p->seed), V(change->at));
}
const struct change_kind change_review_period = {"review_period", period_fields,
                                                 sizeof(struct period), plan_period};

/* Nobody's choice: random bytes, in a row and in the journal before the first row they may draw. */
static struct err *publish(struct worker *worker, struct arena *arena, int32_t tenant,
                           struct period *period)
{
    uint8_t seed[32];
    char text[2 * sizeof seed];
    if (RAND_bytes(seed, sizeof seed) != 1)
        abort();
    hex_encode(seed, sizeof seed, text);
    period->id = uuid_random();
    period->seed = arena_str(arena, (struct str){text, sizeof text});
    struct change change = {
        .tenant = tenant, .by = UUID_FROM(S("room"), S("access")), .at = worker_now(worker)};
    plan_begin(&change.plan, arena);
    plan_period(&change, period);
    TRY(change_plan_line(&change, &change_review_period, period->id, period));
    return worker_apply(worker, tenant, &change.plan, arena);
}

/* --- what is next
 * ----------------------------------------------------------------------------------- */

static struct err *do_next(struct worker *worker, struct arena *arena, int32_t tenant,
                           bool *out_done)
{
    struct rows days = {0};
    struct rows draws = {0};
    struct rows periods = {0};
    struct load *load = load_new(worker_db(worker), tenant, arena);
    LOAD(load, &access_select_due_day, due_day_fields, struct due_day, &days);
    LOAD(load, &access_select_due_draw, due_draw_fields, struct due_draw, &draws);
    LOAD(load, &access_select_next_period, next_fields, struct period, &periods);
    TRY(load_run(load));
    if (days.count + draws.count + periods.count == 0)
        return NULL;
    *out_done = true;
    if (periods.count > 0) /* before the day it begins */
        return publish(worker, arena, tenant, ROW(struct period, periods, 0));
    return draws.count > 0 ? draw(worker, arena, tenant, ROW(struct due_draw, draws, 0))
                           : look_at_day(worker, arena, tenant, ROW(struct due_day, days, 0));
}

/* A region that cannot be done holds up no other. */
struct err *review_duty(const struct house *house, struct worker *worker, struct arena *arena,
                        bool *out_done)
{
    (void)house;
    struct rows tenants = {0};
    struct err *failed = NULL;
    struct load *load = load_new(worker_db(worker), 0, arena);
    LOAD(load, &access_select_tenants, tenant_fields, struct tenant_row, &tenants);
    TRY(load_run(load));
    for (size_t i = 0; i < tenants.count; i++) {
        bool done = false;
        struct err *e = do_next(worker, arena, ROW(struct tenant_row, tenants, i)->id, &done);
        if (e != NULL && err_class(e) == ERR_CLASS_CONFLICT) /* another replica was first */
            e = NULL;
        failed = failed != NULL ? failed : e;
        *out_done = *out_done || (done && e == NULL);
    }
    *out_done = *out_done && failed == NULL; /* or a failure would be tried again without a rest */
    return failed;
}
