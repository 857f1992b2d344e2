/* r7 agreement: a submission agreement, made by a local administrator and read by its source
 * system.
 */
#include "remote.h"

static struct err *path_of(const char *id, struct arena *arena, struct str *out)
{
    if (id[0] == '\0' || strpbrk(id, "/?#%") != NULL)
        return cli_usage_error("\"%s\" is no agreement's id", id);
    *out = arena_format(arena, "/agreements/%s", id);
    return NULL;
}

static struct err *show(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    const char *id = NULL;
    struct str path = {0};
    struct str answer = {0};
    TRY(cli_arguments(argc, argv, none, 1, &id));
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    TRY(path_of(id, arena, &path));
    TRY(remote_ask(REMOTE_SYSTEM, "INGEST", HTTP_GET, path, (struct str){0}, arena, &answer));
    printf("%.*s\n", STR_ARG(answer));
    return NULL;
}

static struct err *set(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    const char *operands[2] = {NULL, NULL};
    struct str path = {0};
    struct str body = {0};
    struct str answer = {0};
    TRY(cli_arguments(argc, argv, none, COUNT(operands), operands));
    autoarena struct arena *arena = arena_new((size_t)4 << 20);
    TRY(path_of(operands[0], arena, &path));
    TRY(remote_read_file(operands[1], arena, &body));
    return remote_ask(REMOTE_PERSON, "INGEST", HTTP_PUT, path, body, arena, &answer);
}

struct err *agreement_command(int argc, char **argv)
{
    if (argc > 1 && str_equal(str_from(argv[1]), S("show")))
        return show(argc - 1, argv + 1);
    if (argc > 1 && str_equal(str_from(argv[1]), S("set")))
        return set(argc - 1, argv + 1);
    return cli_usage_error("show or set?");
}
