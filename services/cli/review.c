/* r7 review: the log reviewers' queue, outcomes, statistics, and drawing a sample again. */
#include "review.h"

#include "remote.h"
#include "text/json.h"

enum { LIST_MAX = 200, ARENA = 64 << 20 };

struct review {
    struct str id;
    struct str day;
    struct str reader;
    struct str role;
    struct str unit;
    int64_t rows;
    int64_t score;
    struct str due_on;
    bool overdue;
    bool drawn;
    struct json_text findings;
    struct json_text outcomes;
};
static const struct field review_fields[] = {FIELD(struct review, id, REQUIRED),
                                             FIELD(struct review, day, REQUIRED),
                                             FIELD(struct review, reader, REQUIRED),
                                             FIELD(struct review, role, OPTIONAL),
                                             FIELD(struct review, unit, OPTIONAL),
                                             FIELD(struct review, rows, REQUIRED),
                                             FIELD(struct review, score, REQUIRED),
                                             FIELD(struct review, due_on, REQUIRED),
                                             FIELD(struct review, overdue, REQUIRED),
                                             FIELD(struct review, drawn, REQUIRED),
                                             FIELD(struct review, findings, REQUIRED),
                                             FIELD(struct review, outcomes, REQUIRED),
                                             FIELDS_END};

struct finding {
    struct str swedish;
    int64_t rows;
};
static const struct field finding_fields[] = {FIELD(struct finding, swedish, REQUIRED),
                                              FIELD(struct finding, rows, REQUIRED), FIELDS_END};
struct outcome {
    struct str outcome;
    struct str text;
    struct str by;
    struct instant at;
    struct str follow_up_on;
};
static const struct field outcome_fields[] = {
    FIELD(struct outcome, outcome, REQUIRED),      FIELD(struct outcome, text, REQUIRED),
    FIELD(struct outcome, by, OPTIONAL),           FIELD(struct outcome, at, REQUIRED),
    FIELD(struct outcome, follow_up_on, OPTIONAL), FIELDS_END};

struct log_row {
    struct instant at;
    struct str action;
    struct str purpose;
    int64_t records;
    struct str reasons;
    struct str unit;
    struct str reason;
};
static const struct field row_fields[] = {
    FIELD(struct log_row, at, REQUIRED),      FIELD(struct log_row, action, REQUIRED),
    FIELD(struct log_row, purpose, REQUIRED), FIELD(struct log_row, records, REQUIRED),
    FIELD(struct log_row, reasons, REQUIRED), FIELD(struct log_row, unit, OPTIONAL),
    FIELD(struct log_row, reason, OPTIONAL),  FIELDS_END};

static struct err *ask(enum http_method method, struct str path, struct str body,
                       struct arena *arena, struct str *out)
{
    return remote_ask(REMOTE_PERSON, "ACCESS", method, path, body, arena, out);
}

/* The member's list, of the answer. */
static struct err *read_member(struct str answer, const char *name, const struct field *fields,
                               size_t size, size_t most, struct arena *arena, void **out_items,
                               size_t *out_count)
{
    struct str list = {0};
    TRY(json_member(answer, name, arena, &list));
    return json_read_list(list, fields, size, most, JSON_IGNORE_UNKNOWN, name, arena, out_items,
                          out_count);
}

static struct err *print_review(const struct review *r, struct arena *arena)
{
    void *findings = NULL;
    void *outcomes = NULL;
    size_t count = 0;
    printf("%.*s  %.*s  %.*s, %.*s %.*s: %lld row%s, weight %lld%s, until %.*s%s\n", STR_ARG(r->id),
           STR_ARG(r->day), STR_ARG(r->reader), STR_ARG(r->role), STR_ARG(r->unit),
           (long long)r->rows, r->rows == 1 ? "" : "s", (long long)r->score,
           r->drawn ? ", drawn" : "", STR_ARG(r->due_on), r->overdue ? " (overdue)" : "");
    TRY(json_read_list(r->findings.text, finding_fields, sizeof(struct finding), LIST_MAX,
                       JSON_IGNORE_UNKNOWN, "findings", arena, &findings, &count));
    for (size_t i = 0; i < count; i++) {
        const struct finding *f = (const struct finding *)findings + i;
        printf("    %.*s (%lld)\n", STR_ARG(f->swedish), (long long)f->rows);
    }
    TRY(json_read_list(r->outcomes.text, outcome_fields, sizeof(struct outcome), 2,
                       JSON_IGNORE_UNKNOWN, "outcomes", arena, &outcomes, &count));
    for (size_t i = 0; i < count; i++) {
        const struct outcome *o = (const struct outcome *)outcomes + i;
        char at[INSTANT_TEXT];
        instant_print(o->at, at);
        printf("    %.*s, by %.*s at %.19s: %.*s", STR_ARG(o->outcome), STR_ARG(o->by), at,
               STR_ARG(o->text));
        if (o->follow_up_on.len > 0)
            printf(" (again on %.*s)", STR_ARG(o->follow_up_on));
        printf("\n");
    }
    return NULL;
}

static struct err *list(int argc, char **argv)
{
    const char *state = "open";
    const struct cli_option options[] = {{"--state", &state, false}, CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new(ARENA);
    struct str answer = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(cli_arguments(argc, argv, options, 0, NULL));
    for (const char *c = state; *c != 0; c++)
        if (!((*c >= 'a' && *c <= 'z') || *c == '_'))
            return cli_usage_error("--state is open, taken, follow_up or done");
    TRY(ask(HTTP_GET, arena_format(arena, "/log/reviews?state=%s", state), (struct str){0}, arena,
            &answer));
    TRY(read_member(answer, "reviews", review_fields, sizeof(struct review), LIST_MAX, arena,
                    &items, &count));
    for (size_t i = 0; i < count; i++)
        TRY(print_review((const struct review *)items + i, arena));
    printf("%zu review%s\n", count, count == 1 ? "" : "s");
    return NULL;
}

static struct err *review_path(const char *id, const char *after, struct arena *arena,
                               struct str *out)
{
    struct uuid ignored;
    if (!uuid_parse(str_from(id), &ignored))
        return cli_usage_error("\"%s\" is no review: r7 review list tells them", id);
    *out = arena_format(arena, "/log/reviews/%s%s", id, after);
    return NULL;
}

static struct err *show(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    const char *id = NULL;
    autoarena struct arena *arena = arena_new(ARENA);
    struct str path = {0};
    struct str answer = {0};
    struct str text = {0};
    struct review review = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(cli_arguments(argc, argv, none, 1, &id));
    TRY(review_path(id, "", arena, &path));
    TRY(ask(HTTP_GET, path, (struct str){0}, arena, &answer));
    TRY(json_member(answer, "review", arena, &text));
    TRY(json_read(text, review_fields, JSON_IGNORE_UNKNOWN, "review", arena, &review));
    TRY(print_review(&review, arena));
    TRY(read_member(answer, "disclosures", row_fields, sizeof(struct log_row), 500, arena, &items,
                    &count));
    for (size_t i = 0; i < count; i++) {
        const struct log_row *row = (const struct log_row *)items + i;
        char at[INSTANT_TEXT];
        instant_print(row->at, at);
        printf("%.19s  %-18.*s %-10.*s %4lld  %.*s  %.*s", at, STR_ARG(row->action),
               STR_ARG(row->purpose), (long long)row->records, STR_ARG(row->reasons),
               STR_ARG(row->unit));
        if (row->reason.len > 0)
            printf("  \"%.*s\"", STR_ARG(row->reason));
        printf("\n");
    }
    return NULL;
}

static struct err *take(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    const char *id = NULL;
    autoarena struct arena *arena = arena_new(1 << 20);
    struct str path = {0};
    struct str ignored = {0};
    TRY(cli_arguments(argc, argv, none, 1, &id));
    TRY(review_path(id, "/take", arena, &path));
    TRY(ask(HTTP_POST, path, (struct str){0}, arena, &ignored));
    printf("%s is yours for a week\n", id);
    return NULL;
}

static struct err *decide(int argc, char **argv)
{
    const char *id = NULL;
    const char *outcome = NULL;
    const char *text = NULL;
    const char *again = NULL;
    const struct cli_option options[] = {{"--outcome", &outcome, true},
                                         {"--text", &text, true},
                                         {"--follow-up", &again, false},
                                         CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new(1 << 20);
    autobuf struct buf body = buf_new(32 * 1024);
    struct str path = {0};
    struct str ignored = {0};
    TRY(cli_arguments(argc, argv, options, 1, &id));
    TRY(review_path(id, "/outcome", arena, &path));
    buf_put(&body, S("{\"outcome\":"));
    json_quote(str_from(outcome), &body);
    remote_put_text("text", text, &body);
    remote_put_text("follow_up_on", again, &body);
    buf_byte(&body, '}');
    TRY(buf_done(&body, "the outcome"));
    TRY(ask(HTTP_POST, path, buf_str(&body), arena, &ignored));
    printf("%s: %s\n", id, outcome);
    return NULL;
}

/* For the yearly report: JSON, as it is told. */
static struct err *statistics(int argc, char **argv)
{
    const char *from = NULL;
    const char *to = NULL;
    const struct cli_option options[] = {
        {"--from", &from, true}, {"--to", &to, true}, CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new(ARENA);
    struct str answer = {0};
    TRY(cli_arguments(argc, argv, options, 0, NULL));
    if (strspn(from, "0123456789-") != strlen(from) || strspn(to, "0123456789-") != strlen(to))
        return cli_usage_error("--from and --to take days, as 2026-01-31");
    TRY(ask(HTTP_GET, arena_format(arena, "/log/reviews/statistics?from=%s&to=%s", from, to),
            (struct str){0}, arena, &answer));
    printf("%.*s\n", STR_ARG(answer));
    return NULL;
}

struct err *review_command(int argc, char **argv)
{
    static const struct cli_word words[] = {{"list", list},        {"show", show},
                                            {"take", take},        {"decide", decide},
                                            {"draw", review_draw}, {"statistics", statistics},
                                            {NULL, NULL}};
    return cli_run_word(argc, argv, words);
}
