/* r7 show, r7 why, r7 export: a record, its content, why it may be read, a package. */
#include "domain/record.h"
#include "remote.h"
#include "text/json.h"

#include <fcntl.h>
#include <unistd.h>

enum { RECORD_FIELDS_MAX = 100 };

struct intent {
    const char *reason;
    const char *purpose;
    const char *request_number;
    bool other_units;
};

/* As headers, because nothing personal may stand in a URL. A line break would begin another one. */
static struct err *intent_headers(const struct intent *intent, struct arena *arena,
                                  const char *headers[REMOTE_HEADERS])
{
    const struct {
        const char *name;
        const char *value;
    } all[] = {{"R7-Reason", intent->reason},
               {"R7-Purpose", intent->purpose},
               {"R7-Request-Number", intent->request_number},
               {"R7-Other-Units", intent->other_units ? "true" : NULL}};
    size_t count = 0;
    for (size_t i = 0; i < COUNT(all); i++) {
        if (all[i].value == NULL)
            continue;
        if (strpbrk(all[i].value, "\r\n") != NULL)
            return cli_usage_error("a reason is one line");
        headers[count++] = arena_format(arena, "%s: %s", all[i].name, all[i].value).ptr;
    }
    headers[count] = NULL;
    return NULL;
}

/* The record's columns by their names, one a line; what is not told is left out. */
static struct err *print_fields(struct str fields, struct arena *arena)
{
    struct field table[RECORD_FIELDS_MAX] = {0};
    struct record record = {0};
    for (size_t i = 0; record_fields[i].name != NULL && i + 1 < COUNT(table); i++) {
        table[i] = record_fields[i];
        table[i].presence = OPTIONAL;
    }
    TRY(json_read(fields, table, JSON_IGNORE_UNKNOWN, "fields", arena, &record));
    for (const struct field *f = table; f->name != NULL; f++) {
        autobuf struct buf text = buf_new((size_t)1 << 20);
        field_to_text(f, &record, &text);
        bool told = f->type == FIELD_BOOL ? FIELD_GET(&record, f, bool)
                                          : !field_is_absent(f, &record) && text.len > 0;
        if (told)
            printf("%-22s %.*s\n", f->name, STR_ARG(buf_str(&text)));
    }
    return NULL;
}

static struct err *print_record(struct str json, struct arena *arena)
{
    static const char *const members[] = {"record", "type", "source_system", "attachments",
                                          "obligations"};
    struct str fields = {0};
    for (size_t i = 0; i < COUNT(members); i++) {
        struct str value = {0};
        TRY(json_member(json, members[i], arena, &value));
        printf("%-22s %.*s\n", members[i], STR_ARG(value));
    }
    TRY(json_member(json, "fields", arena, &fields));
    return print_fields(fields, arena);
}

/* The answer of a GET with headers, through a file without a name. */
static struct err *get(struct str path, const char *const *headers, struct arena *arena,
                       struct str *out)
{
    enum { ANSWER_MAX = 1 << 20 };
    autoclose int file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0)
        return err_errno(ERR_STORAGE, "could not make a file in /tmp");
    TRY(remote_save("SEARCH", path, headers, (struct str){0}, file, arena));
    char *text = arena_alloc(arena, ANSWER_MAX, 1);
    ssize_t got = pread(file, text, ANSWER_MAX, 0);
    if (got < 0)
        return err_errno(ERR_STORAGE, "could not read the answer");
    *out = (struct str){text, (size_t)got};
    return NULL;
}

struct err *show_command(int argc, char **argv)
{
    struct intent intent = {0};
    const char *content = NULL;
    const char *attachment = NULL;
    const char *record = NULL;
    const char *headers[REMOTE_HEADERS];
    struct str answer = {0};
    const struct cli_option options[] = {{"--content", &content, false},
                                         {"--attachment", &attachment, false},
                                         {"--reason", &intent.reason, false},
                                         {"--purpose", &intent.purpose, false},
                                         {"--request-number", &intent.request_number, false},
                                         CLI_OPTIONS_END};
    intent.other_units = cli_take_flag(&argc, argv, "--other-units");
    bool json = cli_take_flag(&argc, argv, "--json");
    TRY(cli_arguments(argc, argv, options, 1, &record));
    autoarena struct arena *arena = arena_new((size_t)16 << 20);
    TRY(intent_headers(&intent, arena, headers));
    if (content != NULL)
        return remote_save_file("SEARCH",
                                arena_format(arena, "/records/%s/content%s%s", record,
                                             attachment != NULL ? "?attachment=" : "",
                                             attachment != NULL ? attachment : ""),
                                headers, (struct str){0}, content, arena);
    if (attachment != NULL)
        return cli_usage_error("--attachment is of the content: --content is missing");
    TRY(get(arena_format(arena, "/records/%s", record), headers, arena, &answer));
    if (!json)
        return print_record(answer, arena);
    printf("%.*s\n", STR_ARG(answer));
    return NULL;
}

/* --- r7 why
 * ----------------------------------------------------------------------------------------- */

struct explained {
    struct str word;
    struct str swedish;
    struct str english;
    struct str source;
};
static const struct field explained_fields[] = {
    FIELD(struct explained, word, REQUIRED), FIELD(struct explained, swedish, REQUIRED),
    FIELD(struct explained, english, REQUIRED), FIELD(struct explained, source, OPTIONAL),
    FIELDS_END};

static struct err *print_explained(struct str decision, const char *member, struct arena *arena)
{
    enum { EXPLAINED_MAX = 64 };
    struct str list = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(json_member(decision, member, arena, &list));
    TRY(json_read_list(list, explained_fields, sizeof(struct explained), EXPLAINED_MAX,
                       JSON_IGNORE_UNKNOWN, member, arena, &items, &count));
    for (size_t i = 0; i < count; i++) {
        const struct explained *e = &((const struct explained *)items)[i];
        printf("  %-24.*s %.*s\n%-26s %.*s\n", STR_ARG(e->word), STR_ARG(e->swedish), "",
               STR_ARG(e->english));
        if (e->source.len > 0)
            printf("%-26s (%.*s)\n", "", STR_ARG(e->source));
    }
    return NULL;
}

static struct err *print_why(struct str answer, struct arena *arena)
{
    struct str decision = {0};
    struct str outcome = {0};
    TRY(json_member(answer, "decision", arena, &decision));
    TRY(json_member(decision, "outcome", arena, &outcome));
    printf("%.*s\n", STR_ARG(outcome));
    TRY(print_explained(decision, "reasons", arena));
    return print_explained(decision, "obligations", arena);
}

struct err *why_command(int argc, char **argv)
{
    struct intent intent = {0};
    const char *on = NULL;
    const char *assignment = NULL;
    const char *record = NULL;
    const char *headers[REMOTE_HEADERS];
    struct str answer = {0};
    const struct cli_option options[] = {{"--on", &on, false},
                                         {"--assignment", &assignment, false},
                                         {"--reason", &intent.reason, false},
                                         {"--purpose", &intent.purpose, false},
                                         {"--request-number", &intent.request_number, false},
                                         CLI_OPTIONS_END};
    intent.other_units = cli_take_flag(&argc, argv, "--other-units");
    bool json = cli_take_flag(&argc, argv, "--json");
    TRY(cli_arguments(argc, argv, options, 1, &record));
    autoarena struct arena *arena = arena_new((size_t)16 << 20);
    TRY(intent_headers(&intent, arena, headers));
    TRY(get(arena_format(arena, "/records/%s/why%s%s%s%s", record, on != NULL ? "?on=" : "",
                         on != NULL ? on : "",
                         assignment == NULL ? ""
                         : on != NULL       ? "&assignment="
                                            : "?assignment=",
                         assignment != NULL ? assignment : ""),
            headers, arena, &answer));
    if (!json)
        return print_why(answer, arena);
    printf("%.*s\n", STR_ARG(answer));
    return NULL;
}

/* --- r7 export
 * -------------------------------------------------------------------------------------- */

static struct err *print_digest(const char *path)
{
    enum { PIECE = 1 << 20 };
    struct digests *digests = digests_new(1U << DIGEST_SHA256);
    autofree char *bytes = must_calloc(PIECE, 1);
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    unsigned long long total = 0;
    ssize_t got = 0;
    while (file >= 0 && (got = read(file, bytes, PIECE)) > 0) {
        digests_add(digests, (struct str){bytes, (size_t)got});
        total += (unsigned long long)got;
    }
    digests_end(digests);
    autobuf struct buf hex = buf_new(128);
    struct str sum = digests_get(digests, DIGEST_SHA256);
    buf_hex(&hex, (const uint8_t *)sum.ptr, sum.len);
    digests_free(digests);
    if (file < 0 || got < 0)
        return err_errno(ERR_STORAGE, "could not read \"%s\"", path);
    printf("%llu bytes, SHA-256 %s\n", total, hex.ptr);
    return NULL;
}

struct err *export_command(int argc, char **argv)
{
    const char *reason = NULL;
    const char *out = NULL;
    const char *purpose = NULL;
    const char *request_number = NULL;
    const char *package = NULL;
    const struct cli_option options[] = {{"--reason", &reason, true},
                                         {"--out", &out, true},
                                         {"--purpose", &purpose, false},
                                         {"--request-number", &request_number, false},
                                         CLI_OPTIONS_END};
    TRY(cli_arguments(argc, argv, options, 1, &package));
    autoarena struct arena *arena = arena_new((size_t)16 << 20);
    autobuf struct buf body = buf_new(8192);
    buf_byte(&body, '{');
    remote_put_text("reason", reason, &body);
    remote_put_text("purpose", purpose, &body);
    remote_put_text("request_number", request_number, &body);
    buf_byte(&body, '}');
    TRY(buf_done(&body, "the request"));
    TRY(remote_save_file("SEARCH", arena_format(arena, "/packages/%s/export", package), NULL,
                         buf_str(&body), out, arena));
    return print_digest(out);
}
