/* r7 report: what validation found in a delivery, for the source system that sent it; with --index
 * what indexing could not read of it, for an archivist. */
#include "http/http.h"
#include "remote.h"

enum { REPORT_MAX = 64 * 1024 * 1024, TIMEOUT_MS = 30000 };

static void print_report(struct str report)
{
    fwrite(report.ptr, 1, report.len, stdout);
    putchar('\n');
}

static struct err *report_index(struct uuid delivery)
{
    autoarena struct arena *arena = arena_new((size_t)256 << 20);
    struct str answer = {0};
    struct str path = arena_format(arena, "/deliveries/%s/report", uuid_text(delivery).text);
    TRY(remote_ask(REMOTE_PERSON, "INDEXING", HTTP_GET, path, (struct str){0}, arena, &answer));
    print_report(answer);
    return NULL;
}

static struct err *report_validation(struct uuid delivery)
{
    struct str room = cli_environment("R7_VALIDATION_URL");
    if (room.ptr == NULL)
        return err_field(ERR_INVALID, "R7_VALIDATION_URL", "not set: where room validation is");
    autoarena struct arena *arena = arena_new((size_t)256 << 20);
    struct http_client *http =
        http_client_new(&(struct http_client_config){.ca = cli_environment("R7_CA"),
                                                     .certificate = cli_environment("R7_CERT"),
                                                     .key = cli_environment("R7_KEY"),
                                                     .timeout_ms = TIMEOUT_MS});
    struct http_answer_in answer = {0};
    struct str url =
        arena_format(arena, "%s/deliveries/%s/report", room.ptr, uuid_text(delivery).text);
    struct err *e =
        http_fetch(http, HTTP_GET, url, NULL, (struct str){0}, REPORT_MAX, arena, &answer);
    http_client_free(http);
    TRY(e);
    print_report(answer.body);
    return answer.status == 200
               ? NULL
               : err_new(ERR_INVALID, "the archive refused: status %d", answer.status);
}

struct err *report_command(int argc, char **argv)
{
    const char *delivery = NULL;
    const struct cli_option options[] = {CLI_OPTIONS_END};
    struct uuid id;
    bool index = cli_take_flag(&argc, argv, "--index");
    TRY(cli_arguments(argc, argv, options, 1, &delivery));
    if (!uuid_parse(str_from(delivery), &id))
        return cli_usage_error("\"%s\" is no delivery: r7 deliver prints one", delivery);
    return index ? report_index(id) : report_validation(id);
}
