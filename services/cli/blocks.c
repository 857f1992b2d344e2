/* r7 blocks: a retired system's blocks into the register, the word that they are all there, and
 * what services that keep blocks are asked. */
#include "services/cli/blocks.h"
#include "remote.h"
#include "text/json.h"

static struct err *import(int argc, char **argv)
{
    static const struct table_kind blocks = {block_table_read, block_table_row};
    return table_import(argc, argv, &blocks);
}

struct source {
    bool complete;
    struct str service;
    struct str decided_by;
};
static const struct field source_fields[] = {
    FIELD(struct source, complete, REQUIRED), FIELD(struct source, service, OPTIONAL),
    FIELD(struct source, decided_by, REQUIRED), FIELDS_END};

static struct err *say_source(int argc, char **argv, bool complete)
{
    const char *decided_by = NULL;
    const char *system = NULL;
    const char *service = NULL;
    const struct cli_option options[] = {
        {.name = "--decided-by", .value = &decided_by, .required = true},
        {.name = "--service", .value = &service},
        CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    autobuf struct buf body = buf_new(4096);
    struct str ignored = {0};
    TRY(cli_arguments(argc, argv, options, 1, &system));
    if (!table_is_id(str_from(system)))
        return cli_usage_error("\"%s\" is no source system", system);
    const struct source source = {complete, str_from(service), str_from(decided_by)};
    json_write(source_fields, &source, &body);
    TRY(buf_done(&body, "the request"));
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_PUT,
                   arena_format(arena, "/block-sources/%s", system), buf_str(&body), arena,
                   &ignored));
    const char *there =
        service == NULL ? "all its blocks are in the register"
                        : "all its blocks are in the service, and known while its mirror is fresh";
    printf("%s: %s\n", system,
           complete ? there
                    : "not all its blocks are known; its records open in their own unit only");
    return NULL;
}

static struct err *complete(int argc, char **argv)
{
    return say_source(argc, argv, true);
}

static struct err *incomplete(int argc, char **argv)
{
    return say_source(argc, argv, false);
}

static struct err *refresh(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new((size_t)16 << 20);
    const char *service = NULL;
    struct str answer = {0};
    TRY(cli_arguments(argc, argv, none, 1, &service));
    if (!table_is_id(str_from(service)))
        return cli_usage_error("\"%s\" is no block service", service);
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_POST,
                   arena_format(arena, "/block-services/%s/refresh", service), (struct str){0},
                   arena, &answer));
    printf("%.*s\n", STR_ARG(answer));
    return NULL;
}

struct checked {
    struct instant valid_until;
};
static const struct field checked_fields[] = {FIELD(struct checked, valid_until, REQUIRED),
                                              FIELDS_END};

/* The answer is the same whether anything is blocked or not, and so is what is printed. */
static struct err *check(int argc, char **argv)
{
    const char *type = NULL;
    const char *given = NULL;
    const struct cli_option options[] = {{.name = "--type", .value = &type}, CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    autobuf struct buf body = buf_new(4096);
    struct str number = {0}, answer = {0};
    struct checked checked = {0};
    char until[INSTANT_TEXT];
    TRY(cli_arguments(argc, argv, options, 1, &given));
    TRY(remote_read_number(given, arena, &number));
    remote_put_person(number, type, NULL, &body);
    buf_byte(&body, '}');
    TRY(buf_done(&body, "the question"));
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_POST, S("/persons/blocks/check"), buf_str(&body),
                   arena, &answer));
    TRY(json_read(answer, checked_fields, JSON_IGNORE_UNKNOWN, "", arena, &checked));
    instant_print(checked.valid_until, until);
    printf("the services have answered; it counts for you, at your unit, until %.19sZ\n", until);
    return NULL;
}

struct err *blocks_command(int argc, char **argv)
{
    static const struct cli_word words[] = {{"import", import},         {"complete", complete},
                                            {"incomplete", incomplete}, {"refresh", refresh},
                                            {"check", check},           {NULL, NULL}};
    return cli_run_word(argc, argv, words);
}
