/* r7 show, r7 print, r7 export: a record, its content, a package. */
#include "domain/record.h"
#include "record.h"
#include "text/json.h"

#include <fcntl.h>
#include <unistd.h>

enum { RECORD_FIELDS_MAX = 100 };

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

struct err *show_command(int argc, char **argv)
{
    const char *content = NULL;
    const char *attachment = NULL;
    const struct cli_option options[] = {
        {"--content", &content, false}, {"--attachment", &attachment, false}, CLI_OPTIONS_END};
    struct record_asked asked = {0};
    const char *headers[REMOTE_HEADERS];
    struct str answer = {0};
    TRY(record_arguments(argc, argv, options, &asked));
    autoarena struct arena *arena = arena_new((size_t)16 << 20);
    TRY(record_headers(&asked, arena, headers));
    if (content != NULL)
        return remote_save_file("SEARCH",
                                arena_format(arena, "/records/%s/content%s%s", asked.record,
                                             attachment != NULL ? "?attachment=" : "",
                                             attachment != NULL ? attachment : ""),
                                headers, (struct str){0}, content, arena);
    if (attachment != NULL)
        return cli_usage_error("--attachment is of the content: --content is missing");
    TRY(record_get(&asked, arena_format(arena, "/records/%s", asked.record), arena, &answer));
    if (!asked.json)
        return print_record(answer, arena);
    printf("%.*s\n", STR_ARG(answer));
    return NULL;
}

/* --- r7 print
 * --------------------------------------------------------------------------------------- */

struct err *print_command(int argc, char **argv)
{
    const char *out = NULL;
    const char *language = "sv";
    const struct cli_option options[] = {
        {"--out", &out, true}, {"--language", &language, false}, CLI_OPTIONS_END};
    struct record_asked asked = {0};
    const char *headers[REMOTE_HEADERS];
    TRY(record_arguments(argc, argv, options, &asked));
    if (asked.json)
        return cli_usage_error("a print-out is a PDF: --json is for r7 show");
    autoarena struct arena *arena = arena_new((size_t)16 << 20);
    TRY(record_headers(&asked, arena, headers));
    struct str path = arena_format(arena, "/records/%s/print?language=%s", asked.record, language);
    return remote_save_file("SEARCH", path, headers, (struct str){0}, out, arena);
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
