/* r7 report: what validation found in a delivery, for the source system that sent it; with --index
 * what indexing could not read of it, for an archivist. */
#include "remote.h"

static struct err *print_report(enum remote_as as, const char *room, struct uuid delivery)
{
    autoarena struct arena *arena = arena_new((size_t)256 << 20);
    struct str answer = {0};
    struct str path = arena_format(arena, "/deliveries/%s/report", uuid_text(delivery).text);
    TRY(remote_ask(as, room, HTTP_GET, path, (struct str){0}, arena, &answer));
    fwrite(answer.ptr, 1, answer.len, stdout);
    putchar('\n');
    return NULL;
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
    return index ? print_report(REMOTE_PERSON, "INDEXING", id)
                 : print_report(REMOTE_SYSTEM, "VALIDATION", id);
}
