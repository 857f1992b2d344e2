/* The reviewers' queue: what is to be judged, taken in hand, looked at and decided. A reviewer sees
 * the log, never the records it tells of, and what one's own care provider's staff did. */
#include "services/access/log_part.h"
#include "services/access/review_rules.h"
#include "text/json.h"

enum { PAGE = 200, ROWS_SHOWN = 500 };

struct review_row {
    struct uuid id;
    struct str day;
    struct str subject;
    struct str subject_name;
    struct uuid assignment;
    struct str role;
    struct str unit;
    struct str care_provider;
    struct uuid person;
    int64_t lines;
    struct instant first_at;
    struct instant last_at;
    int32_t score;
    struct str due_on;
    struct str state;
    bool overdue;
    struct uuid taken_by;
    struct str taken_by_name;
    bool drawn;
    struct json_text findings;
    struct json_text outcomes;
    struct uuid decided_by; /* of the first look; nil: there is none */
    struct str follow_up_on;
};
#define SHOWN                                                                                      \
    FIELD(struct review_row, id, REQUIRED), FIELD(struct review_row, day, REQUIRED),               \
        FIELD_NAMED(struct review_row, subject_name, "reader", REQUIRED),                          \
        FIELD(struct review_row, role, OPTIONAL), FIELD(struct review_row, unit, OPTIONAL),        \
        FIELD(struct review_row, care_provider, OPTIONAL),                                         \
        FIELD_NAMED(struct review_row, lines, "rows", REQUIRED),                                   \
        FIELD(struct review_row, first_at, REQUIRED), FIELD(struct review_row, last_at, REQUIRED), \
        FIELD(struct review_row, score, REQUIRED), FIELD(struct review_row, due_on, REQUIRED),     \
        FIELD(struct review_row, state, REQUIRED), FIELD(struct review_row, overdue, REQUIRED),    \
        FIELD_NAMED(struct review_row, taken_by_name, "taken_by", OPTIONAL),                       \
        FIELD(struct review_row, drawn, REQUIRED),                                                 \
        FIELD(struct review_row, findings, REQUIRED, .max = 1 << 20),                              \
        FIELD(struct review_row, outcomes, REQUIRED, .max = 1 << 20)
/* As the reviewer sees it: not whom it is about. */
static const struct field shown_fields[] = {SHOWN, FIELDS_END};
static const struct field review_fields[] = {
    FIELD(struct review_row, id, REQUIRED),
    FIELD(struct review_row, day, REQUIRED),
    FIELD(struct review_row, subject, REQUIRED),
    FIELD(struct review_row, subject_name, REQUIRED),
    FIELD(struct review_row, assignment, REQUIRED),
    FIELD(struct review_row, role, OPTIONAL),
    FIELD(struct review_row, unit, OPTIONAL),
    FIELD(struct review_row, care_provider, OPTIONAL),
    FIELD(struct review_row, person, OPTIONAL),
    FIELD(struct review_row, lines, REQUIRED),
    FIELD(struct review_row, first_at, REQUIRED),
    FIELD(struct review_row, last_at, REQUIRED),
    FIELD(struct review_row, score, REQUIRED),
    FIELD(struct review_row, due_on, REQUIRED),
    FIELD(struct review_row, state, REQUIRED),
    FIELD(struct review_row, overdue, REQUIRED),
    FIELD(struct review_row, taken_by, OPTIONAL),
    FIELD(struct review_row, taken_by_name, OPTIONAL),
    FIELD(struct review_row, drawn, REQUIRED),
    FIELD(struct review_row, findings, REQUIRED, .max = 1 << 20),
    FIELD(struct review_row, outcomes, REQUIRED, .max = 1 << 20),
    FIELD(struct review_row, decided_by, OPTIONAL),
    FIELD(struct review_row, follow_up_on, OPTIONAL),
    FIELDS_END};
static const char *const states[] = {"open", "taken", "follow_up", "done", NULL};

/* --- the list
 * --------------------------------------------------------------------------------------- */

struct list_query {
    struct str state;
    struct str from;
    struct str to;
};

static struct err *read_query(const struct request *request, struct list_query *out)
{
    *out = (struct list_query){http_call_query(request->call, "state"),
                               http_call_query(request->call, "from"),
                               http_call_query(request->call, "to")};
    struct instant ignored;
    if (out->state.ptr == NULL)
        out->state = S("open");
    for (size_t i = 0; states[i] == NULL || !str_equal(out->state, str_from(states[i])); i++)
        if (states[i] == NULL)
            return err_field(ERR_INVALID, "state", "not open, taken, follow_up or done");
    TRY(review_day_check(request, "from", out->from, &ignored));
    return review_day_check(request, "to", out->to, &ignored);
}

struct err *access_list_reviews(struct request *request, struct http_reply *reply)
{
    struct subject subject;
    struct log_question question = {.action = ACTION_LISTED};
    struct log_part part;
    struct permission permission;
    struct list_query query;
    struct rows rows = {0};
    (void)reply;
    TRY(subject_load(request, &subject));
    TRY(log_rules_load(request, &question));
    TRY(log_part_of(request, &subject, &question, &part, &permission));
    TRY(read_query(request, &query));
    TRY(request_rows(
        request, &access_select_reviews, review_fields, sizeof(struct review_row), &rows,
        VALUES(V(part.care_provider), V(query.state), V(query.from), V(query.to), V(PAGE))));
    buf_put(request->out, S("{\"reviews\":"));
    json_write_list(shown_fields, rows.at, sizeof(struct review_row), rows.count, request->out);
    buf_format(request->out, ",\"more\":%s}", rows.count == PAGE ? "true" : "false");
    return NULL;
}

/* --- one
 * -------------------------------------------------------------------------------------------- */

/* The caller, and the review of the path. NOT_FOUND when there is none, or it is another care
 * provider's. */
static struct err *find(struct request *request, struct subject *subject,
                        struct log_question *question, struct review_row *out,
                        struct permission *out_permission)
{
    struct log_part part;
    struct uuid id;
    struct rows rows = {0};
    TRY(subject_load(request, subject));
    TRY(log_rules_load(request, question));
    struct log_question any = *question;
    any.action = ACTION_LISTED;
    TRY(log_part_of(request, subject, &any, &part, out_permission));
    TRY(param_id(request, "review", &id));
    TRY(request_rows(request, &access_select_review, review_fields, sizeof(struct review_row),
                     &rows, VALUES(V(part.care_provider), V(id))));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such review");
    *out = *ROW(struct review_row, rows, 0);
    return NULL;
}

/* The rows of the log it is about, which is logged as any look at the log. */
struct err *access_get_review(struct request *request, struct http_reply *reply)
{
    struct subject subject;
    struct log_question question = {.action = ACTION_LISTED};
    struct review_row review;
    struct permission permission;
    struct rows rows = {0};
    (void)reply;
    TRY(find(request, &subject, &question, &review, &permission));
    struct fact_version versions[2] = {subject.version};
    struct batch *log = batch_new(request->db, request->tenant, request->arena);
    if (!uuid_is_nil(review.person)) {
        TRY(fact_versions_read(request, &review.person, 1, &versions[1]));
        TRY(log_protection_load(request, review.person, &question));
    }
    TRY(log_decide(request, &subject, &question, review.care_provider, true, &permission));
    TRY(request_rows(request, &access_select_review_rows, log_shown_fields,
                     sizeof(struct log_shown_row), &rows,
                     VALUES(V(review.subject), V(review.assignment), V(review.day),
                            V(review.person), V(ROWS_SHOWN))));
    log_hide_place(&permission, &rows);
    log_shown_write(request, log, &subject, &permission, review.person, S("{\"log\":\"a review\"}"),
                    (struct str){0}, rows.count, versions);
    TRY(batch_run(log));
    buf_put(request->out, S("{\"review\":"));
    json_write(shown_fields, &review, request->out);
    buf_put(request->out, S(",\"disclosures\":"));
    json_write_list(log_shown_fields, rows.at, sizeof(struct log_shown_row), rows.count,
                    request->out);
    buf_format(request->out, ",\"more\":%s}", rows.count == ROWS_SHOWN ? "true" : "false");
    return NULL;
}

/* --- judging
 * ---------------------------------------------------------------------------------------- */

static struct err *may_judge(const struct request *request, const struct subject *subject,
                             const struct log_question *question, const struct review_row *review)
{
    struct permission permission;
    bool others = !str_equal(review->subject, subject->version.id);
    return log_decide(request, subject, question, review->care_provider, others, &permission);
}

struct err *access_take_review(struct request *request, struct http_reply *reply)
{
    struct subject subject;
    struct log_question question = {.action = ACTION_REVIEWED};
    struct review_row review;
    struct permission permission;
    TRY(find(request, &subject, &question, &review, &permission));
    TRY(may_judge(request, &subject, &question, &review));
    if (str_equal(review.state, S("done")))
        return err_new(ERR_PRECONDITION, "the review has come to its end");
    struct batch *batch = batch_new(request->db, request->tenant, request->arena);
    batch_add(batch, &access_hold_review, VALUES(V(review.id), V(subject.user)));
    reply->status = 204;
    struct err *e = batch_run(batch);
    return e != NULL && err_class(e) == ERR_CLASS_CONFLICT
               ? err_new(ERR_PRECONDITION, "another reviewer has it in hand")
               : e;
}

static const char *const outcomes[] = {"no_remark", "explained", "to_be_investigated", "reported",
                                       NULL};
struct outcome {
    struct uuid id;
    struct uuid review;
    int32_t look;
    struct str outcome;
    struct str text;
    struct str follow_up_on;
};
static const struct field body_fields[] = {
    FIELD(struct outcome, outcome, REQUIRED, .one_of = outcomes),
    FIELD(struct outcome, text, REQUIRED, .min = 1, .max = 4000),
    FIELD(struct outcome, follow_up_on, OPTIONAL, .max = 10), FIELDS_END};
/* What the reviewer wrote is not in the journal. */
static const struct field outcome_fields[] = {
    FIELD(struct outcome, id, REQUIRED),           FIELD(struct outcome, review, REQUIRED),
    FIELD(struct outcome, look, REQUIRED),         FIELD(struct outcome, outcome, REQUIRED),
    FIELD(struct outcome, follow_up_on, OPTIONAL), FIELDS_END};

static void plan_outcome(struct change *change, const void *fact)
{
    const struct outcome *o = fact;
    CHANGE_SQL(change, &access_insert_outcome, V(o->id), V(o->review), V(o->look), V(o->outcome),
               V(told_or_from_journal(o->text)), V(change->by), V(change->at), V(o->follow_up_on));
}
const struct change_kind change_review_decided = {"review_decided", outcome_fields,
                                                  sizeof(struct outcome), plan_outcome};

struct holds {
    bool holds;
};
static const struct field holds_fields[] = {FIELD(struct holds, holds, REQUIRED), FIELDS_END};

/* Where the region has decided so, the second look is another's. */
static struct err *check_second(struct request *request, const struct subject *subject,
                                const struct review_row *review)
{
    struct rows rows = {0};
    if (!str_equal(review->state, S("follow_up")))
        return NULL;
    TRY(request_rows(request, &access_select_second_by_another, holds_fields, sizeof(struct holds),
                     &rows, NO_VALUES));
    if (rows.count > 0 && ROW(struct holds, rows, 0)->holds &&
        uuid_equal(review->decided_by, subject->user))
        return err_new(ERR_FORBIDDEN, "the second look is another reviewer's");
    return NULL;
}

static struct err *check_outcome(struct request *request, const struct subject *subject,
                                 const struct review_row *review, struct outcome *outcome)
{
    struct instant on = {0};
    if (str_equal(review->state, S("done")))
        return err_new(ERR_PRECONDITION, "the review has come to its end");
    if (!uuid_equal(review->taken_by, subject->user))
        return err_new(ERR_PRECONDITION, "take the review first");
    TRY(check_second(request, subject, review));
    outcome->look = str_equal(review->state, S("follow_up")) ? 2 : 1;
    if (str_trim(outcome->text).len == 0)
        return err_field(ERR_INVALID, "text", "empty");
    TRY(review_day_check(request, "follow_up_on", outcome->follow_up_on, &on));
    if (outcome->follow_up_on.ptr != NULL &&
        (outcome->look == 2 || !instant_before(request->now, on)))
        return err_field(ERR_INVALID, "follow_up_on",
                         outcome->look == 2 ? "there is no third look" : "not a day to come");
    return NULL;
}

struct err *access_decide_review(struct request *request, struct http_reply *reply)
{
    struct subject subject;
    struct log_question question = {.action = ACTION_REVIEWED};
    struct review_row review;
    struct permission permission;
    struct outcome outcome = {.id = uuid_random()};
    TRY(find(request, &subject, &question, &review, &permission));
    TRY(may_judge(request, &subject, &question, &review));
    TRY(json_read(request->body, body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &outcome));
    TRY(check_outcome(request, &subject, &review, &outcome));
    outcome.review = review.id;
    struct change change = {.tenant = request->tenant, .by = subject.user, .at = request->now};
    plan_begin(&change.plan, request->arena);
    TRY(change_apply(request, &change, &change_review_decided, &outcome));
    answer_made(request, reply, outcome.id);
    return NULL;
}
