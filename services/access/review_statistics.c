/* Log review for the yearly report, and the samples: seeds and what was drawn by them. */
#include "services/access/log_part.h"
#include "services/access/review_rules.h"
#include "text/json.h"

struct err *review_day_check(const struct request *request, const char *name, struct str day,
                             struct instant *out)
{
    bool form = day.len == 10 && day.ptr[4] == '-' && day.ptr[7] == '-';
    *out = (struct instant){0};
    if (day.ptr == NULL)
        return NULL;
    return form && instant_parse(arena_format(request->arena, "%.*sT00:00:00Z", STR_ARG(day)), out)
               ? NULL
               : err_field(ERR_INVALID, name, "not a day, as 2026-01-31");
}

struct statistics {
    int64_t days;
    int64_t rows;
    int64_t reviews;
    int64_t risk;
    int64_t drawn;
    int64_t reviewed;
    int64_t overdue;
    int64_t follow_up;
    int64_t left_out;
    struct json_text by_outcome;
    struct json_text by_rule;
    struct json_text by_unit;
};
static const struct field statistics_fields[] = {
    FIELD(struct statistics, days, REQUIRED),
    FIELD(struct statistics, rows, REQUIRED),
    FIELD(struct statistics, reviews, REQUIRED),
    FIELD(struct statistics, risk, REQUIRED),
    FIELD(struct statistics, drawn, REQUIRED),
    FIELD(struct statistics, reviewed, REQUIRED),
    FIELD(struct statistics, overdue, REQUIRED),
    FIELD(struct statistics, follow_up, REQUIRED),
    FIELD(struct statistics, left_out, REQUIRED),
    FIELD(struct statistics, by_outcome, REQUIRED, .max = 1 << 20),
    FIELD(struct statistics, by_rule, REQUIRED, .max = 1 << 20),
    FIELD(struct statistics, by_unit, REQUIRED, .max = 4 << 20),
    FIELDS_END};

/* Numbers only: a local administrator, who sees no log, sees those of the whole region. */
static struct err *whose(struct request *request, struct log_part *out)
{
    static const enum permission_role roles[] = {ROLE_LOCAL_ADMINISTRATOR};
    struct subject subject;
    struct permission permission;
    struct log_question question = {.action = ACTION_LISTED};
    *out = (struct log_part){0};
    TRY(subject_load(request, &subject));
    if (subject.permission.assignment.role == ROLE_LOCAL_ADMINISTRATOR)
        return subject_need_role(request, &subject, roles, COUNT(roles));
    TRY(log_rules_load(request, &question));
    return log_part_of(request, &subject, &question, out, &permission);
}

struct err *access_review_statistics(struct request *request, struct http_reply *reply)
{
    struct log_part part;
    struct instant from_at;
    struct instant to_at;
    struct rows rows = {0};
    struct str from = http_call_query(request->call, "from");
    struct str to = http_call_query(request->call, "to");
    (void)reply;
    TRY(whose(request, &part));
    TRY(review_day_check(request, "from", from, &from_at));
    TRY(review_day_check(request, "to", to, &to_at));
    if (!from_at.known || !to_at.known || instant_before(to_at, from_at))
        return err_field(ERR_INVALID, "from", "missing, or after \"to\"");
    TRY(request_rows(request, &access_select_review_statistics, statistics_fields,
                     sizeof(struct statistics), &rows,
                     VALUES(V(part.care_provider), V(from), V(to))));
    json_write(statistics_fields, ROW(struct statistics, rows, 0), request->out);
    return NULL;
}

/* --- samples
 * ---------------------------------------------------------------------------------------- */

struct draw_row {
    struct uuid id;
    struct str begins;
    struct str ends;
    struct str per;
    int32_t rows_each;
    struct str seed;
    struct instant published_at;
    struct instant drawn_at;
};
static const struct field draw_fields[] = {FIELD(struct draw_row, id, REQUIRED),
                                           FIELD(struct draw_row, begins, REQUIRED),
                                           FIELD(struct draw_row, ends, REQUIRED),
                                           FIELD(struct draw_row, per, REQUIRED),
                                           FIELD(struct draw_row, rows_each, REQUIRED),
                                           FIELD(struct draw_row, seed, REQUIRED),
                                           FIELD(struct draw_row, published_at, REQUIRED),
                                           FIELD(struct draw_row, drawn_at, OPTIONAL),
                                           FIELDS_END};

/* Seeds are for everybody with an account: that is what published means. */
struct err *access_list_draws(struct request *request, struct http_reply *reply)
{
    struct change ignored;
    struct rows rows = {0};
    (void)reply;
    TRY(change_begin_self(request, &ignored));
    TRY(request_rows(request, &access_select_draws, draw_fields, sizeof(struct draw_row), &rows,
                     NO_VALUES));
    buf_put(request->out, S("{\"periods\":"));
    json_write_list(draw_fields, rows.at, sizeof(struct draw_row), rows.count, request->out);
    buf_byte(request->out, '}');
    return NULL;
}

struct drawn_row {
    struct uuid disclosure;
    struct str stratum;
    struct uuid review;
};
static const struct field drawn_fields[] = {
    FIELD_NAMED(struct drawn_row, disclosure, "id", REQUIRED),
    FIELD(struct drawn_row, stratum, REQUIRED), FIELD(struct drawn_row, review, REQUIRED),
    FIELDS_END};
static const struct field drawn_row_fields[] = {
    FIELD(struct drawn_row, disclosure, REQUIRED), FIELD(struct drawn_row, stratum, REQUIRED),
    FIELD(struct drawn_row, review, REQUIRED), FIELDS_END};

struct err *access_get_draw(struct request *request, struct http_reply *reply)
{
    struct subject subject;
    struct log_question question = {.action = ACTION_LISTED};
    struct log_part part;
    struct permission permission;
    struct uuid period;
    struct rows rows = {0};
    (void)reply;
    TRY(subject_load(request, &subject));
    TRY(log_rules_load(request, &question));
    TRY(log_part_of(request, &subject, &question, &part, &permission));
    TRY(param_id(request, "period", &period));
    TRY(request_rows(request, &access_select_drawn, drawn_row_fields, sizeof(struct drawn_row),
                     &rows, VALUES(V(period), V(part.care_provider))));
    buf_put(request->out, S("{\"drawn\":"));
    json_write_list(drawn_fields, rows.at, sizeof(struct drawn_row), rows.count, request->out);
    buf_byte(request->out, '}');
    return NULL;
}
