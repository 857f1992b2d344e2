/* The arguments of a command, and its environment. */
#include "cli.h"

#include <stdarg.h>

static const char USAGE_RULE[] = "usage";
static const char UNDECIDED_RULE[] = "undecided";

struct err *cli_usage_error(const char *detail, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, detail);
    vsnprintf(text, sizeof text, detail, arguments);
    va_end(arguments);
    return err_rule(ERR_INVALID, USAGE_RULE, "%s", text);
}

bool cli_is_usage_error(const struct err *e)
{
    return e->rule != NULL && str_equal(str_from(e->rule), str_from(USAGE_RULE));
}

struct err *cli_undecided(struct err *e)
{
    if (e != NULL && !cli_is_usage_error(e))
        e->rule = UNDECIDED_RULE;
    return e;
}

bool cli_is_undecided(const struct err *e)
{
    return e->rule != NULL && str_equal(str_from(e->rule), str_from(UNDECIDED_RULE));
}

struct str cli_environment(const char *name)
{
    const char *value = getenv(name); /* NOLINT(concurrency-mt-unsafe): one thread */
    return str_from(value != NULL && value[0] != '\0' ? value : NULL);
}

static const struct cli_option *find(const struct cli_option *options, const char *name)
{
    for (const struct cli_option *option = options; option->name != NULL; option++)
        if (str_equal(str_from(option->name), str_from(name)))
            return option;
    return NULL;
}

static struct err *check_required(const struct cli_option *options)
{
    for (const struct cli_option *option = options; option->name != NULL; option++)
        if (option->required && *option->value == NULL)
            return cli_usage_error("%s is missing", option->name);
    return NULL;
}

bool cli_take_flag(int *argc, char **argv, const char *name)
{
    int kept = 1;
    for (int i = 1; i < *argc; i++)
        if (!str_equal(str_from(argv[i]), str_from(name)))
            argv[kept++] = argv[i];
    bool given = kept < *argc;
    *argc = kept;
    return given;
}

static struct err *read_arguments(int argc, char **argv, const struct cli_option *options,
                                  size_t most, const char **out_operands, size_t *out_count)
{
    size_t found = 0;
    bool options_ended = false;
    for (int i = 1; i < argc; i++) {
        bool is_option = !options_ended && argv[i][0] == '-' && argv[i][1] != '\0';
        if (is_option && str_equal(str_from(argv[i]), S("--"))) {
            options_ended = true;
        } else if (is_option) {
            const struct cli_option *option = find(options, argv[i]);
            if (option == NULL)
                return cli_usage_error("there is no option %s", argv[i]);
            if (++i == argc)
                return cli_usage_error("%s needs a value", option->name);
            *option->value = argv[i];
        } else if (found < most) {
            out_operands[found++] = argv[i];
        } else {
            return cli_usage_error("\"%s\" is one argument too many", argv[i]);
        }
    }
    *out_count = found;
    return NULL;
}

struct err *cli_arguments(int argc, char **argv, const struct cli_option *options, size_t operands,
                          const char **out_operands)
{
    size_t found = 0;
    TRY(read_arguments(argc, argv, options, operands, out_operands, &found));
    if (found < operands)
        return cli_usage_error("an argument is missing");
    return check_required(options);
}

struct err *cli_arguments_most(int argc, char **argv, const struct cli_option *options,
                               size_t operands, const char **out_operands)
{
    size_t found = 0;
    TRY(read_arguments(argc, argv, options, operands, out_operands, &found));
    return check_required(options);
}

struct err *cli_arguments_list(int argc, char **argv, const struct cli_option *options,
                               const char **out_operands, size_t *out_count)
{
    TRY(read_arguments(argc, argv, options, (size_t)argc, out_operands, out_count));
    if (*out_count == 0)
        return cli_usage_error("an argument is missing");
    return check_required(options);
}

struct err *cli_run_word(int argc, char **argv, const struct cli_word *words)
{
    char known[256] = "";
    for (const struct cli_word *w = words; w->word != NULL; w++) {
        if (argc > 1 && str_equal(str_from(argv[1]), str_from(w->word)))
            return w->run(argc - 1, argv + 1);
        size_t length = strlen(known);
        snprintf(known + length, sizeof known - length, "%s%s",
                 w == words          ? ""
                 : w[1].word != NULL ? ", "
                                     : " or ",
                 w->word);
    }
    return cli_usage_error("%s?", known);
}
