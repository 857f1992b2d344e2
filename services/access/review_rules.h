/* A region's decision on log review, read: samples, times and risk rules (schemas/log-review).
 * Reading is pure. */
#pragma once

#include "services/access/room.h"

enum { REVIEW_RULES_MAX = 50, REVIEW_TEXT_MAX = 24 * 1024 };

struct review_kind {
    const char *word;
    const struct sql *find;
    const char *first; /* a number's name, or NULL */
    int32_t first_least;
    int32_t first_most;
    const char *second;
    int32_t second_least;
    int32_t second_most;
};

struct review_rule {
    struct str name;
    struct str kind_word;
    struct str swedish;
    struct str english;
    int32_t weight;
    struct json_text parameters;
    const struct review_kind *kind; /* found by its word */
    int32_t first;
    int32_t second;
};

struct review_sample {
    struct str every; /* day, week, month */
    struct str per;   /* unit, care_provider */
    int32_t rows_each;
};

struct review_decision {
    struct json_text sample_text;
    struct json_text rules_text;
    int32_t due_days;
    int32_t threshold;    /* weights that make a review */
    int32_t most_per_day; /* reviews, the heaviest first */
    bool every_provider;  /* reviewers review for every care provider */
    bool second_by_another;
    struct review_sample sample;
    struct review_rule *rules;
    size_t rule_count;
};

/* INVALID with the path of what is wrong; TOO_LARGE over a limit. Lives in the arena. */
MUST_USE struct err *review_decision_read(struct str text, struct arena *arena,
                                          struct review_decision *out);

/* The job, a duty of its own (review_day.c): days of the log that have passed, samples that are
 * due, seeds of periods to come. One piece at a time, each one transaction. */
struct err *review_duty(const struct house *house, struct worker *worker, struct arena *arena,
                        bool *out_done);

/* A day of a query or body, YYYY-MM-DD; absent is good, and not known. INVALID names it. */
MUST_USE struct err *review_day_check(const struct request *request, const char *name,
                                      struct str day, struct instant *out);

struct err *access_set_review_rules(struct request *request, struct http_reply *reply);
struct err *access_get_review_rules(struct request *request, struct http_reply *reply);
struct err *access_list_reviews(struct request *request, struct http_reply *reply);
struct err *access_get_review(struct request *request, struct http_reply *reply);
struct err *access_take_review(struct request *request, struct http_reply *reply);
struct err *access_decide_review(struct request *request, struct http_reply *reply);
struct err *access_review_statistics(struct request *request, struct http_reply *reply);
struct err *access_list_draws(struct request *request, struct http_reply *reply);
struct err *access_get_draw(struct request *request, struct http_reply *reply);
struct err *access_mark_person(struct request *request, struct http_reply *reply);
struct err *access_set_staff_person(struct request *request, struct http_reply *reply);
