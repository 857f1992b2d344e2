/* What a message asks for is done, told again, or begun. */
#include "services/validation/room.h"

static const char *const tasks[] = {
    [TASK_RECEIVED] = "", [TASK_LIST] = "list", [TASK_CHECK] = "check", [TASK_CLOSE] = "close"};

/* A subject of its own: it is the key by which the work is dealt out among the workers. */
struct uuid task_subject(struct uuid delivery, enum task task, int32_t number)
{
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    return UUID_FROM(S(TOPIC_VALIDATION_PART), str_from(uuid_text(delivery).text),
                     str_from(tasks[task]), str_from(text));
}

struct uuid task_event(const struct work *work, struct uuid delivery, enum task task,
                       int32_t number)
{
    return event_id(str_from(work->house->svc->name), task_subject(delivery, task, number),
                    S(TOPIC_VALIDATION_PART), 1);
}

void plan_task(struct plan *plan, struct uuid delivery, enum task task, int32_t number)
{
    const struct validation_part event = {delivery, str_from(tasks[task]), number};
    plan_event(plan, S(TOPIC_VALIDATION_PART), task_subject(delivery, task, number), 1,
               validation_part_fields, &event);
}

const struct inspection *judge_inspection(const struct work *work)
{
    const struct validation_state *state = work->house->state;
    const struct judge_facts *facts = work->facts;
    struct inspection *inspection = ARENA_NEW(work->arena, struct inspection);
    struct format_policy *policy = ARENA_NEW(work->arena, struct format_policy);
    *policy = (struct format_policy){facts->policy.at, facts->policy.count};
    inspection->scan = state->clamd.address.len > 0 ? &state->clamd : NULL;
    inspection->signatures = state->signatures;
    inspection->policy = policy;
    if (facts->terms.count > 0) {
        const struct terms_row *row = ROW(struct terms_row, facts->terms, 0);
        inspection->refuse_unscanned = row->refuse_unscanned;
        inspection->terms = &row->terms;
    }
    return inspection;
}

/* Both events begin with the delivery. */
void judge_waits(const struct message *message, const struct err *why, struct plan *plan)
{
    const struct uuid *delivery = message->data;
    PLAN_SQL(plan, &validation_wait, V(*delivery), V(str_from(why->detail)));
}

/* What is still to be told of a package that was begun: its verdict, or the work under way. */
static void plan_again(struct plan *plan, struct uuid delivery, const struct judge_facts *facts)
{
    const struct work_row *row = ROW(struct work_row, facts->work, 0);
    if (row->done_at.known) {
        verdict_plan_again(plan, delivery, row);
        return;
    }
    if (row->parts == 0)
        plan_task(plan, delivery, TASK_LIST, (int32_t)facts->listing.count);
    else if (row->parts_left == 0)
        plan_task(plan, delivery, TASK_CLOSE, 0);
    if (row->parts_left > 0) { /* should room have come free that nobody saw */
        plan_sql(plan, &validation_lock_parts, NO_VALUES);
        PLAN_SQL(plan, &validation_release_parts, V(PARTS_OF_DELIVERY), V(PARTS_OF_TENANT));
    }
    for (size_t i = 0; i < facts->parts.count; i++)
        plan_task(plan, delivery, TASK_CHECK, ROW(struct part_row, facts->parts, i)->number);
}

struct err *judge_decide(const struct work *work, struct plan *plan)
{
    const struct judge_facts *facts = work->facts;
    if (facts->delivery.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such delivery");
    const struct judged_delivery *delivery = ROW(struct judged_delivery, facts->delivery, 0);
    if (facts->work.count > 0) {
        plan_again(plan, delivery->id, facts);
        return NULL;
    }
    if (delivery->bytes <= JUDGED_AT_ONCE) {
        struct err *e = list_decide(work, 0, plan);
        if (e == NULL || e->code != ERR_TOO_LARGE)
            return e;
        plan_begin(plan, work->arena); /* it holds more than its bytes told: step by step then */
    }
    PLAN_SQL(plan, &validation_begin_work, V(delivery->id), V(delivery->staged));
    plan_task(plan, delivery->id, TASK_LIST, 0);
    return NULL;
}

struct err *task_decide(const struct work *work, struct plan *plan)
{
    const struct judge_facts *facts = work->facts;
    struct judge_task task = judge_task_of(work->message, facts);
    if (facts->delivery.count == 0 || facts->work.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such work");
    if (!task.open)
        return NULL; /* done before, and what came of it was told with it */
    switch (task.what) {
    case TASK_LIST:
        return list_decide(work, task.number, plan);
    case TASK_CHECK:
        return part_decide(work, plan);
    case TASK_CLOSE:
        return close_decide(work, plan);
    case TASK_RECEIVED:
        break;
    }
    return ERR_BUG_AT("a piece of work was asked for as a delivery");
}
