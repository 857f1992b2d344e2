/* r7 deliveries, accept, return: what archivists do with deliveries, at room ingest. */
#include "domain/ingest_api.h"
#include "remote.h"
#include "text/json.h"
#include "watch.h"

enum { ARENA_MAX = 64 * 1024 * 1024, PAGE_MAX = 100, FINDINGS_MAX = 10000 };

struct finding {
    struct str requirement;
    struct str level;
    int64_t count;
};
static const struct field finding_fields[] = {FIELD(struct finding, requirement, REQUIRED),
                                              FIELD(struct finding, level, REQUIRED),
                                              FIELD(struct finding, count, REQUIRED), FIELDS_END};

struct decision {
    struct str what;
    struct str reason;
    struct str note;
    struct str by;
    struct instant at;
};
static const struct field decision_fields[] = {
    FIELD(struct decision, what, REQUIRED), FIELD(struct decision, reason, REQUIRED),
    FIELD(struct decision, note, OPTIONAL), FIELD(struct decision, by, OPTIONAL),
    FIELD(struct decision, at, REQUIRED),   FIELDS_END};

static struct err *show_line(const struct delivery_view *d, struct arena *arena)
{
    char at[INSTANT_TEXT];
    autobuf struct buf doing = buf_new(256);
    TRY(watch_say(d->progress.text, arena, &doing));
    instant_print(d->received_at.known ? d->received_at : d->announced_at, at);
    printf("%.19s  %s  %-20.*s %-12.*s %-12.*s files %lld records %lld unreadable %lld", at,
           uuid_text(d->delivery).text, STR_ARG(d->state), STR_ARG(d->system),
           STR_ARG(d->agreement), (long long)d->files, (long long)d->records,
           (long long)d->unreadable);
    if (d->rule.len > 0)
        printf("  %.*s", STR_ARG(d->rule));
    if (doing.len > 0)
        printf("  %.*s", STR_ARG(buf_str(&doing)));
    if (d->waits_until.known) {
        instant_print(d->waits_until, at);
        printf("  waits until %.19s", at);
    }
    printf("\n");
    return NULL;
}

static struct err *show_decision(const struct delivery_view *d, struct arena *arena)
{
    struct decision decision = {0};
    char at[INSTANT_TEXT];
    if (d->decision.text.len == 0)
        return NULL;
    TRY(json_read(d->decision.text, decision_fields, JSON_IGNORE_UNKNOWN, "decision", arena,
                  &decision));
    instant_print(decision.at, at);
    printf("%.*s %.19s by %.*s: %.*s", STR_ARG(decision.what), at,
           STR_ARG(decision.by.len > 0 ? decision.by : S("the agreement")),
           STR_ARG(decision.reason));
    if (decision.note.len > 0)
        printf(" \"%.*s\"", STR_ARG(decision.note));
    printf("\n");
    return NULL;
}

/* What validation found, by requirement; the places stand in the report, which the source system
 * has. */
static struct err *show_findings(const struct delivery_view *d, struct arena *arena)
{
    void *items = NULL;
    size_t count = 0;
    if (d->findings.text.len == 0)
        return NULL;
    TRY(json_read_list(d->findings.text, finding_fields, sizeof(struct finding), FINDINGS_MAX,
                       JSON_IGNORE_UNKNOWN, "findings", arena, &items, &count));
    for (size_t i = 0; i < count; i++) {
        const struct finding *f = &((const struct finding *)items)[i];
        printf("  %-8.*s %-12.*s %lld\n", STR_ARG(f->level), STR_ARG(f->requirement),
               (long long)f->count);
    }
    return NULL;
}

static struct err *show_one(struct str answer, struct arena *arena)
{
    struct delivery_view d = {0};
    TRY(json_read(answer, delivery_view_fields, JSON_IGNORE_UNKNOWN, "delivery", arena, &d));
    TRY(show_line(&d, arena));
    printf("identity %.*s, OBJID %.*s, %.*s, package %s, %lld bytes, errors %lld, warnings %lld\n",
           STR_ARG(d.identity), STR_ARG(d.objid), STR_ARG(d.record_status),
           uuid_is_nil(d.package) ? "none" : uuid_text(d.package).text, (long long)d.bytes,
           (long long)d.errors, (long long)d.warnings);
    TRY(show_decision(&d, arena));
    return show_findings(&d, arena);
}

static struct err *show_list(struct str answer, struct arena *arena)
{
    struct str list = {0};
    struct str more = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(json_member(answer, "deliveries", arena, &list));
    TRY(json_member(answer, "more", arena, &more));
    TRY(json_read_list(list, delivery_view_fields, sizeof(struct delivery_view), PAGE_MAX,
                       JSON_IGNORE_UNKNOWN, "deliveries", arena, &items, &count));
    for (size_t i = 0; i < count; i++)
        TRY(show_line(&((const struct delivery_view *)items)[i], arena));
    if (count == 0)
        puts("none");
    if (str_equal(more, S("true")))
        puts("there are older ones: --before");
    return NULL;
}

static void add_query(const char *name, const char *value, struct buf *path)
{
    if (value == NULL)
        return;
    buf_format(path, "%c%s=", memchr(path->ptr, '?', path->len) == NULL ? '?' : '&', name);
    for (const char *c = value; *c != '\0'; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || strchr("-._~", *c) != NULL;
        buf_format(path, plain ? "%c" : "%%%02X", (unsigned char)*c);
    }
}

static struct err *read_delivery(const char *text, struct uuid *out)
{
    return uuid_parse(str_from(text), out)
               ? NULL
               : cli_usage_error("\"%s\" is no delivery: r7 deliveries lists them", text);
}

struct err *deliveries_command(int argc, char **argv)
{
    const char *state = NULL;
    const char *system = NULL;
    const char *before = NULL;
    const char *delivery = NULL;
    const struct cli_option options[] = {{"--state", &state, false},
                                         {"--system", &system, false},
                                         {"--before", &before, false},
                                         CLI_OPTIONS_END};
    struct uuid id = {0};
    struct str answer = {0};
    bool json = cli_take_flag(&argc, argv, "--json");
    bool one = argc > 1 && uuid_parse(str_from(argv[argc - 1]), &id);
    TRY(cli_arguments(argc, argv, options, one ? 1 : 0, &delivery));
    autoarena struct arena *arena = arena_new(ARENA_MAX);
    autobuf struct buf path = buf_new(4096);
    buf_put(&path, S("/deliveries"));
    if (one)
        buf_format(&path, "/%s", uuid_text(id).text);
    add_query("state", state, &path);
    add_query("system", system, &path);
    add_query("before", before, &path);
    TRY(buf_done(&path, "the question"));
    TRY(remote_ask(REMOTE_PERSON, "INGEST", HTTP_GET, buf_str(&path), (struct str){0}, arena,
                   &answer));
    if (json)
        return printf("%.*s\n", STR_ARG(answer)) < 0 ? err_errno(ERR_STORAGE, "could not print")
                                                     : NULL;
    return one ? show_one(answer, arena) : show_list(answer, arena);
}

static struct err *decide(int argc, char **argv, const char *what)
{
    const char *reason = NULL;
    const char *note = NULL;
    const char *delivery = NULL;
    const struct cli_option options[] = {
        {"--reason", &reason, true}, {"--note", &note, false}, CLI_OPTIONS_END};
    struct uuid id;
    struct str answer = {0};
    TRY(cli_arguments(argc, argv, options, 1, &delivery));
    TRY(read_delivery(delivery, &id));
    autoarena struct arena *arena = arena_new(ARENA_MAX);
    autobuf struct buf body = buf_new(16 * 1024);
    buf_byte(&body, '{');
    remote_put_text("reason", reason, &body);
    remote_put_text("note", note, &body);
    buf_byte(&body, '}');
    TRY(buf_done(&body, "the decision"));
    TRY(remote_command("INGEST", arena_format(arena, "/deliveries/%s/%s", uuid_text(id).text, what),
                       buf_str(&body), arena, &answer));
    return show_one(answer, arena);
}

struct err *accept_command(int argc, char **argv)
{
    return decide(argc, argv, "acceptance");
}

struct err *return_command(int argc, char **argv)
{
    return decide(argc, argv, "return");
}
