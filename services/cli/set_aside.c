/* r7 set-aside: what rooms could not use, and what is done about it. */
#include "domain/ingest_api.h"
#include "remote.h"
#include "text/json.h"

enum { PAGE_MAX = 1000, FLUSH_MS = 30000 };

static void show_line(const struct aside *a)
{
    char at[INSTANT_TEXT];
    instant_print(a->set_aside_at, at);
    printf("%s  %.19s  %-12.*s %-24.*s %.*s %d/%lld\n", uuid_text(a->id).text, at, STR_ARG(a->room),
           STR_ARG(a->rule), STR_ARG(a->topic), a->partition, (long long)a->offset);
}

static struct err *list_page(struct str path, struct arena *arena, struct instant *out_last,
                             bool *out_more)
{
    struct str answer = {0};
    struct str list = {0};
    struct str more = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(remote_ask(REMOTE_PERSON, "INGEST", HTTP_GET, path, (struct str){0}, arena, &answer));
    TRY(json_member(answer, "set_aside", arena, &list));
    TRY(json_member(answer, "more", arena, &more));
    TRY(json_read_list(list, aside_fields, sizeof(struct aside), PAGE_MAX, JSON_IGNORE_UNKNOWN,
                       "set_aside", arena, &items, &count));
    for (size_t i = 0; i < count; i++)
        show_line(&((const struct aside *)items)[i]);
    *out_more = str_equal(more, S("true")) && count > 0;
    if (count > 0)
        *out_last = ((const struct aside *)items)[count - 1].set_aside_at;
    return NULL;
}

static struct err *list_all(int argc, char **argv)
{
    const char *topic = NULL;
    const struct cli_option options[] = {{"--topic", &topic, false}, CLI_OPTIONS_END};
    struct instant last = {0};
    char before[INSTANT_TEXT] = "";
    TRY(cli_arguments(argc, argv, options, 0, NULL));
    for (bool more = true; more;) {
        autoarena struct arena *arena = arena_new((size_t)16 << 20);
        struct str path =
            arena_format(arena, "/set-aside?%s%s%s%s", topic != NULL ? "topic=" : "",
                         topic != NULL ? topic : "", before[0] != '\0' ? "&before=" : "", before);
        TRY(list_page(path, arena, &last, &more));
        instant_print(last, before);
    }
    return NULL;
}

static struct err *ask(const char *id, struct arena *arena, struct str *out)
{
    struct uuid ignored;
    if (!uuid_parse(str_from(id), &ignored))
        return cli_usage_error("\"%s\" is no id", id);
    return remote_ask(REMOTE_PERSON, "INGEST", HTTP_GET, arena_format(arena, "/set-aside/%s", id),
                      (struct str){0}, arena, out);
}

static struct err *show_one(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    const char *id = NULL;
    struct str answer = {0};
    struct str problem = {0};
    struct aside aside = {0};
    TRY(cli_arguments(argc, argv, none, 1, &id));
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    TRY(ask(id, arena, &answer));
    TRY(json_read(answer, aside_fields, JSON_IGNORE_UNKNOWN, "", arena, &aside));
    TRY(json_member(answer, "problem", arena, &problem));
    show_line(&aside);
    printf("%.*s; set aside %d time%s\n%.*s\n", STR_ARG(aside.state), aside.times,
           aside.times == 1 ? "" : "s", STR_ARG(problem));
    return NULL;
}

/* The bytes of what came from outside are nowhere but on their topic: they are written there again,
 * as they came, by one who may. Twice is harmless, for a delivery is known by its own id. */
static struct err *send_again(const struct aside *aside, struct arena *arena)
{
    struct bus_config kafka;
    struct bus_message message = {0};
    struct bus_producer *producer = NULL;
    bool acknowledged = false;
    TRY(kafka_administrator(&kafka));
    TRY(bus_read_at(&kafka, aside->topic, aside->partition, aside->offset, arena, &message));
    if (message.too_many_headers)
        return err_new(ERR_TOO_LARGE, "it has more than %d headers and cannot be copied as it came",
                       BUS_HEADERS_MAX);
    TRY(bus_producer_open(&kafka, &producer));
    struct err *e = bus_produce(producer, &message, &acknowledged);
    e = e == NULL ? bus_flush(producer, FLUSH_MS, NULL) : e;
    bus_producer_close(producer);
    return e;
}

static struct err *retry_one(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    const char *id = NULL;
    struct str answer = {0};
    struct aside aside = {0};
    TRY(cli_arguments(argc, argv, none, 1, &id));
    autoarena struct arena *arena = arena_new((size_t)64 << 20);
    TRY(ask(id, arena, &answer));
    TRY(json_read(answer, aside_fields, JSON_IGNORE_UNKNOWN, "", arena, &aside));
    if (str_equal(aside.state, S("open")) && str_starts(aside.topic, S("deliveries.")))
        TRY(send_again(&aside, arena));
    return remote_ask(REMOTE_PERSON, "INGEST", HTTP_POST,
                      arena_format(arena, "/set-aside/%s/retry", id), (struct str){0}, arena,
                      &answer);
}

static struct err *discard_one(int argc, char **argv)
{
    const char *reason = NULL;
    const char *id = NULL;
    const struct cli_option options[] = {{"--reason", &reason, true}, CLI_OPTIONS_END};
    struct str answer = {0};
    TRY(cli_arguments(argc, argv, options, 1, &id));
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    TRY(ask(id, arena, &answer));
    autobuf struct buf body = buf_new(8192);
    buf_byte(&body, '{');
    remote_put_text("reason", reason, &body);
    buf_byte(&body, '}');
    TRY(buf_done(&body, "the reason"));
    return remote_ask(REMOTE_PERSON, "INGEST", HTTP_POST,
                      arena_format(arena, "/set-aside/%s/discard", id), buf_str(&body), arena,
                      &answer);
}

struct err *set_aside_command(int argc, char **argv)
{
    static const struct {
        const char *name;
        struct err *(*run)(int argc, char **argv);
    } all[] = {
        {"list", list_all}, {"show", show_one}, {"retry", retry_one}, {"discard", discard_one}};
    for (size_t i = 0; argc > 1 && i < COUNT(all); i++)
        if (str_equal(str_from(argv[1]), str_from(all[i].name)))
            return all[i].run(argc - 1, argv + 1);
    return cli_usage_error("list, show, retry or discard?");
}
