/* r7 blocks: a retired system's blocks into the register, and the word that they are all there. */
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
    struct str decided_by;
};
static const struct field source_fields[] = {FIELD(struct source, complete, REQUIRED),
                                             FIELD(struct source, decided_by, REQUIRED),
                                             FIELDS_END};

static struct err *say_source(int argc, char **argv, bool complete)
{
    const char *decided_by = NULL;
    const char *system = NULL;
    const struct cli_option options[] = {
        {.name = "--decided-by", .value = &decided_by, .required = true}, CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    autobuf struct buf body = buf_new(4096);
    struct str ignored = {0};
    TRY(cli_arguments(argc, argv, options, 1, &system));
    if (!table_is_id(str_from(system)))
        return cli_usage_error("\"%s\" is no source system", system);
    const struct source source = {complete, str_from(decided_by)};
    json_write(source_fields, &source, &body);
    TRY(buf_done(&body, "the request"));
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_PUT,
                   arena_format(arena, "/block-sources/%s", system), buf_str(&body), arena,
                   &ignored));
    printf("%s: %s\n", system,
           complete
               ? "all its blocks are in the register"
               : "not all its blocks are in the register; its records open in their own unit only");
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

struct err *blocks_command(int argc, char **argv)
{
    static const struct cli_word words[] = {
        {"import", import}, {"complete", complete}, {"incomplete", incomplete}, {NULL, NULL}};
    return cli_run_word(argc, argv, words);
}
