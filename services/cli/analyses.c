/* r7 analyses: the needs-and-risk analyses that assignments rest on. */
#include "remote.h"
#include "text/json.h"

enum { ANSWER_ARENA = 8 * 1024 * 1024, PAGE_MAX = 1000 };

struct analysis {
    struct str id;
    struct str title;
    struct str care_provider;
    struct instant valid_until;
    struct instant review_by;
    bool taken_over;
    bool in_force;
    bool review_due;
    int64_t assignments;
};
static const struct field analysis_fields[] = {FIELD(struct analysis, id, REQUIRED),
                                               FIELD(struct analysis, title, REQUIRED),
                                               FIELD(struct analysis, care_provider, OPTIONAL),
                                               FIELD(struct analysis, valid_until, OPTIONAL),
                                               FIELD(struct analysis, review_by, OPTIONAL),
                                               FIELD(struct analysis, taken_over, REQUIRED),
                                               FIELD(struct analysis, in_force, REQUIRED),
                                               FIELD(struct analysis, review_due, REQUIRED),
                                               FIELD(struct analysis, assignments, REQUIRED),
                                               FIELDS_END};

static const char *state_of(const struct analysis *a)
{
    if (!a->in_force)
        return a->valid_until.known ? "ended" : "not begun";
    if (a->taken_over)
        return "a text taken over: tell its decision";
    return a->review_due ? "to be gone through again" : "in force";
}

static void print_analysis(const struct analysis *a)
{
    printf("%-24.*s %-20.*s %s, %lld assignment%s  %.*s\n", STR_ARG(a->id),
           STR_ARG(a->care_provider), state_of(a), (long long)a->assignments,
           a->assignments == 1 ? "" : "s", STR_ARG(a->title));
}

static struct err *ask(enum http_method method, struct str id, struct str body, struct arena *arena,
                       struct str *out)
{
    autobuf struct buf path = buf_new(512);
    buf_put(&path, S("/analyses/"));
    buf_percent(&path, id);
    TRY(buf_done(&path, "the address"));
    return remote_ask(REMOTE_PERSON, "ACCESS", method, buf_str(&path), body, arena, out);
}

/* --- list
 * ------------------------------------------------------------------------------------------- */

/* One page; *last is the last id, and absent when there is no more. */
static struct err *list_page(struct str *last, struct arena *arena)
{
    struct str answer = {0}, list = {0}, more = {0};
    void *items = NULL;
    size_t count = 0;
    struct str path = arena_format(arena, "/analyses?after=%.*s", STR_ARG(*last));
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_GET, path, (struct str){0}, arena, &answer));
    TRY(json_member(answer, "analyses", arena, &list));
    TRY(json_member(answer, "more", arena, &more));
    TRY(json_read_list(list, analysis_fields, sizeof(struct analysis), PAGE_MAX,
                       JSON_IGNORE_UNKNOWN, "analyses", arena, &items, &count));
    for (size_t i = 0; i < count; i++) {
        print_analysis((const struct analysis *)items + i);
        *last = ((const struct analysis *)items)[i].id;
    }
    if (count == 0 || !str_equal(more, S("true")))
        *last = (struct str){0};
    return NULL;
}

static struct err *list(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new((size_t)64 << 20);
    struct str last = {0};
    TRY(cli_arguments(argc, argv, none, 0, NULL));
    do
        TRY(list_page(&last, arena));
    while (last.len > 0);
    return NULL;
}

/* --- one
 * -------------------------------------------------------------------------------------------- */

struct resting {
    struct str id;
    struct str name;
    struct str role;
    struct str unit;
};
static const struct field resting_fields[] = {
    FIELD(struct resting, id, REQUIRED), FIELD(struct resting, name, REQUIRED),
    FIELD(struct resting, role, REQUIRED), FIELD(struct resting, unit, OPTIONAL), FIELDS_END};

static struct err *show(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new(ANSWER_ARENA);
    const char *id = NULL;
    struct str answer = {0}, told = {0}, resting = {0};
    struct analysis analysis = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(cli_arguments(argc, argv, none, 1, &id));
    TRY(ask(HTTP_GET, str_from(id), (struct str){0}, arena, &answer));
    TRY(json_member(answer, "analysis", arena, &told));
    TRY(json_member(answer, "assignments", arena, &resting));
    TRY(json_read(told, analysis_fields, JSON_IGNORE_UNKNOWN, "analysis", arena, &analysis));
    TRY(json_read_list(resting, resting_fields, sizeof(struct resting), PAGE_MAX,
                       JSON_IGNORE_UNKNOWN, "assignments", arena, &items, &count));
    print_analysis(&analysis);
    printf("%.*s\n", STR_ARG(told));
    for (size_t i = 0; i < count; i++) {
        const struct resting *r = (const struct resting *)items + i;
        printf("    %.*s  %-20.*s %-20.*s %.*s\n", STR_ARG(r->id), STR_ARG(r->role),
               STR_ARG(r->unit), STR_ARG(r->name));
    }
    return NULL;
}

static struct err *set(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new(ANSWER_ARENA);
    const char *arguments[2] = {NULL, NULL};
    struct str text = {0}, ignored = {0};
    TRY(cli_arguments(argc, argv, none, 2, arguments));
    TRY(remote_read_file(arguments[1], arena, &text));
    TRY(ask(HTTP_PUT, str_from(arguments[0]), text, arena, &ignored));
    printf("%s is set\n", arguments[0]);
    return NULL;
}

static struct err *end(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new(ANSWER_ARENA);
    const char *id = NULL;
    struct str ignored = {0};
    TRY(cli_arguments(argc, argv, none, 1, &id));
    TRY(ask(HTTP_DELETE, str_from(id), (struct str){0}, arena, &ignored));
    printf("%s has ended, and what rests on it gives nothing\n", id);
    return NULL;
}

struct err *analyses_command(int argc, char **argv)
{
    static const struct cli_word words[] = {
        {"list", list}, {"show", show}, {"set", set}, {"end", end}, {NULL, NULL}};
    return cli_run_word(argc, argv, words);
}
