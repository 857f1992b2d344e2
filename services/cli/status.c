/* r7 status: every room and server with its state. Rooms are those whose admin address the
 * environment names. */
#include "bus/bus.h"
#include "cli.h"
#include "db/db.h"
#include "http/http.h"

#include <unistd.h>

enum { PING_MS = 2000, METRICS_MAX = 64 * 1024 };

static void line(const char *name, bool ready, const char *detail)
{
    printf("%-14s %-10s %s\n", name, ready ? "ready" : "not ready", detail);
}

static bool room_is_ready(struct http_client *http, struct str url, struct arena *arena)
{
    struct http_answer_in answer = {0};
    struct str address = arena_format(arena, "%.*s/readyz", STR_ARG(url));
    struct err *e =
        http_fetch(http, HTTP_GET, address, NULL, (struct str){0}, 4096, arena, &answer);
    return e == NULL && answer.status == 200;
}

/* What the room has set aside and nobody has decided on: the gauge of its metrics, over all rules.
 */
static int64_t count_set_aside(struct http_client *http, struct str url, struct arena *arena)
{
    struct http_answer_in answer = {0};
    struct str address = arena_format(arena, "%.*s/metrics", STR_ARG(url));
    int64_t sum = 0;
    struct err *e =
        http_fetch(http, HTTP_GET, address, NULL, (struct str){0}, METRICS_MAX, arena, &answer);
    for (struct str line_of = {0}; e == NULL && str_cut(&answer.body, '\n', &line_of);) {
        int64_t count = 0;
        struct str last = {0};
        if (!str_starts(line_of, S("r7_set_aside_open{")))
            continue;
        while (str_cut(&line_of, ' ', &last))
            ;
        sum += str_to_i64(last, 0, INT64_MAX, &count) ? count : 0;
    }
    return sum;
}

/* "R7_SEARCH_ADMIN_URL=http://…" → "search". */
static bool parse_room(const char *variable, char name[32], struct str *out_url)
{
    struct str rest = str_from(variable);
    struct str key = {0};
    str_cut(&rest, '=', &key);
    if (!str_starts(key, S("R7_")) || !str_ends(key, S("_ADMIN_URL")) || key.len < 14 ||
        key.len > 40)
        return false;
    struct str word = str_slice(key, 3, key.len - 10);
    for (size_t i = 0; i < word.len; i++)
        name[i] = (char)(word.ptr[i] | 0x20); /* A–Z to a–z */
    name[word.len] = '\0';
    *out_url = rest;
    return true;
}

static bool servers_are_ready(bool show)
{
    const char *database =
        getenv("R7_DATABASE_URL"); /* NOLINT(concurrency-mt-unsafe): one thread */
    const struct bus_config kafka = {
        str_from(getenv("R7_KAFKA_BOOTSTRAP")), /* NOLINT(concurrency-mt-unsafe): one thread */
        str_from(getenv("R7_KAFKA_CA")),        /* NOLINT(concurrency-mt-unsafe): one thread */
        str_from(getenv("R7_KAFKA_CERT")),      /* NOLINT(concurrency-mt-unsafe): one thread */
        str_from(getenv("R7_KAFKA_KEY"))};      /* NOLINT(concurrency-mt-unsafe): one thread */
    bool database_ready = database == NULL || db_answers(database);
    bool kafka_ready = kafka.bootstrap.ptr == NULL || bus_ping(&kafka, PING_MS) == NULL;
    if (show && database != NULL)
        line("postgresql", database_ready, "");
    if (show && kafka.bootstrap.ptr != NULL)
        line("kafka", kafka_ready, kafka.bootstrap.ptr);
    return database_ready && kafka_ready;
}

static bool all_ready(struct http_client *http, bool show, size_t *out_rooms)
{
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    bool ready = servers_are_ready(show);
    *out_rooms = 0;
    for (char **variable = environ; *variable != NULL; variable++) {
        char name[32];
        struct str url = {0};
        if (!parse_room(*variable, name, &url))
            continue;
        bool room = room_is_ready(http, url, arena);
        (*out_rooms)++;
        int64_t aside = show && room ? count_set_aside(http, url, arena) : 0;
        if (show)
            line(name, room,
                 aside == 0 ? url.ptr
                            : arena_format(arena, "%.*s  %lld set aside: r7 set-aside list",
                                           STR_ARG(url), (long long)aside)
                                  .ptr);
        ready = ready && room;
    }
    err_reset();
    return ready;
}

struct err *status_command(int argc, char **argv)
{
    const char *text = "0";
    int64_t seconds = 0;
    size_t rooms = 0;
    const struct cli_option options[] = {{"--wait", &text, false}, CLI_OPTIONS_END};
    TRY(cli_arguments(argc, argv, options, 0, NULL));
    if (!str_to_i64(str_from(text), 0, 86400, &seconds))
        return cli_usage_error("--wait takes seconds, 0 to 86400");
    struct http_client *http = http_client_new(&(struct http_client_config){.timeout_ms = PING_MS});
    int64_t until = clock_monotonic_us() + seconds * 1000000;
    while (clock_monotonic_us() < until && !all_ready(http, false, &rooms))
        usleep(200000); /* between two looks at what can only be polled */
    bool ready = all_ready(http, true, &rooms);
    http_client_free(http);
    if (rooms == 0)
        return err_new(ERR_INVALID, "the environment names no room: . var/demo/env first");
    return ready ? NULL : err_new(ERR_TRANSIENT, "not everything is ready");
}
