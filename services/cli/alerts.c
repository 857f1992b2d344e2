/* r7 alerts: what local administrators are to know at once, and taking it in hand. */
#include "remote.h"
#include "text/json.h"

#include <time.h>

enum { LIST_MAX = 200, LOOK_SECONDS = 5 };

struct alert {
    struct str id;
    struct str kind;
    struct instant at;
    struct str subject_name;
    struct str unit;
    struct str reason;
    bool escalated;
};
static const struct field alert_fields[] = {
    FIELD(struct alert, id, REQUIRED),        FIELD(struct alert, kind, REQUIRED),
    FIELD(struct alert, at, REQUIRED),        FIELD(struct alert, subject_name, REQUIRED),
    FIELD(struct alert, unit, OPTIONAL),      FIELD(struct alert, reason, OPTIONAL),
    FIELD(struct alert, escalated, REQUIRED), FIELDS_END};

static void print_alert(const struct alert *a)
{
    char at[INSTANT_TEXT];
    instant_print(a->at, at);
    printf("%.*s  %.19s  %.*s  %.*s %.*s%s", STR_ARG(a->id), at, STR_ARG(a->kind),
           STR_ARG(a->subject_name), STR_ARG(a->unit), a->escalated ? "  escalated" : "");
    if (a->reason.len > 0)
        printf("  \"%.*s\"", STR_ARG(a->reason));
    printf("\n");
}

/* Those after `since`, which becomes the last one's time: they come in the order of time. */
static struct err *show(struct instant *since)
{
    autoarena struct arena *arena = arena_new((size_t)16 << 20);
    struct str answer = {0};
    struct str list = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_GET, S("/alerts"), (struct str){0}, arena,
                   &answer));
    TRY(json_member(answer, "alerts", arena, &list));
    TRY(json_read_list(list, alert_fields, sizeof(struct alert), LIST_MAX, JSON_IGNORE_UNKNOWN,
                       "alerts", arena, &items, &count));
    for (size_t i = 0; i < count; i++) {
        const struct alert *a = (const struct alert *)items + i;
        if (since->known && !instant_before(*since, a->at))
            continue;
        print_alert(a);
        *since = a->at;
    }
    fflush(stdout);
    return NULL;
}

static struct err *follow(void)
{
    const struct timespec wait = {.tv_sec = LOOK_SECONDS};
    struct instant since = {0};
    for (;;) {
        TRY(show(&since));
        nanosleep(&wait, NULL); /* the room has no way to call */
    }
}

static struct err *acknowledge(const char *id)
{
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    struct str ignored = {0};
    struct uuid parsed;
    if (!uuid_parse(str_from(id), &parsed))
        return cli_usage_error("\"%s\" is no alert: r7 alerts tells them", id);
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_POST,
                   arena_format(arena, "/alerts/%s/acknowledgement", id), (struct str){0}, arena,
                   &ignored));
    printf("%s is acknowledged\n", id);
    return NULL;
}

struct err *alerts_command(int argc, char **argv)
{
    const char *id = NULL;
    const struct cli_option options[] = {{"--acknowledge", &id, false}, CLI_OPTIONS_END};
    struct instant since = {0};
    bool follows = cli_take_flag(&argc, argv, "--follow");
    TRY(cli_arguments(argc, argv, options, 0, NULL));
    if (id != NULL)
        return acknowledge(id);
    return follows ? follow() : show(&since);
}
