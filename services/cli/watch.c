/* The line. */
#include "watch.h"
#include "domain/ingest_api.h"
#include "remote.h"
#include "text/json.h"

#include <unistd.h>

enum { EVERY_US = 2 * 1000 * 1000, TIMEOUT_MS = 5000, ANSWER_MAX = 64 * 1024, LINE_MAX = 4096 };

struct err *watch_say(struct str progress, struct arena *arena, struct buf *out)
{
    struct progress_view p = {0};
    if (progress.len == 0)
        return NULL;
    TRY(json_read(progress, progress_view_fields, JSON_IGNORE_UNKNOWN, "progress", arena, &p));
    buf_put(out, p.doing);
    if (p.parts > 0)
        buf_format(out, " %lld of %lld parts", (long long)p.parts_done, (long long)p.parts);
    if (p.entries > 0)
        buf_format(out, ", %lld entries so far", (long long)p.entries);
    if (p.bytes > 0)
        buf_format(out, ", %lld bytes so far", (long long)p.bytes);
    if (p.failures > 0)
        buf_format(out, ", tried %d times in vain: %.*s", p.failures, STR_ARG(p.failure));
    else if (p.failure.len > 0)
        buf_format(out, ", waits: %.*s", STR_ARG(p.failure));
    return NULL;
}

struct watch watch_begin(struct uuid delivery, struct arena *arena)
{
    struct str room = cli_environment("R7_INGEST_URL");
    const struct http_client_config config = {.ca = cli_environment("R7_CA"),
                                              .certificate = cli_environment("R7_CERT"),
                                              .key = cli_environment("R7_KEY"),
                                              .timeout_ms = TIMEOUT_MS};
    struct watch w = {.terminal = isatty(STDERR_FILENO) != 0, .said = buf_new(LINE_MAX)};
    if (room.ptr == NULL || config.certificate.ptr == NULL)
        return w;
    w.url = arena_format(arena, "%s/deliveries/%s/progress", room.ptr, uuid_text(delivery).text);
    w.http = http_client_new(&config);
    return w;
}

static struct err *ask(const struct watch *w, struct arena *arena, struct buf *out)
{
    struct http_answer_in answer = {0};
    struct standing_view standing = {0};
    TRY(http_fetch(w->http, HTTP_GET, w->url, NULL, (struct str){0}, ANSWER_MAX, arena, &answer));
    if (answer.status != 200)
        return err_new(ERR_NOT_FOUND, "status %d", answer.status);
    TRY(json_read(answer.body, standing_view_fields, JSON_IGNORE_UNKNOWN, "answer", arena,
                  &standing));
    return watch_say(standing.progress.text, arena, out);
}

void watch_look(struct watch *w)
{
    if (w->http == NULL || clock_monotonic_us() - w->asked < EVERY_US)
        return;
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    autobuf struct buf line = buf_new(LINE_MAX);
    const struct err *e = ask(w, arena, &line);
    w->asked = clock_monotonic_us();
    if (e != NULL || line.len == 0 || str_equal(buf_str(&line), buf_str(&w->said)))
        return;
    buf_clear(&w->said);
    buf_put(&w->said, buf_str(&line));
    fprintf(stderr, w->terminal ? "\r\033[K%.*s" : "%.*s\n", STR_ARG(buf_str(&line)));
    w->shown = w->terminal;
}

void watch_clear(struct watch *w)
{
    if (w->shown)
        fputs("\r\033[K", stderr);
    w->shown = false;
}

void watch_end(struct watch *w)
{
    watch_clear(w);
    buf_free(&w->said);
    if (w->http != NULL)
        http_client_free(w->http);
}
