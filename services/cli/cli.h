/* r7, the one command people type. A command is one row of the table in main.c and one function
 * here; it returns an error or NULL, and never prints an error itself. Exit codes: 0 done, 1
 * failed, 2 wrong usage (cli_usage_error), or a question that could not be answered
 * (cli_undecided). */
#pragma once

#include "base/base.h"

struct command {
    const char *name;
    const char *summary; /* one line in `r7 help` */
    const char *usage;   /* what follows "r7 NAME", then, from the next line on, what it means */
    struct err *(*run)(int argc, char **argv); /* argv[0] is the command's name */
};

/* One option with a value: "--out FILE". `value` stays as it was when the option is not given. */
struct cli_option {
    const char *name; /* with its dashes */
    const char **value;
    bool required;
};
#define CLI_OPTIONS_END                                                                            \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* Reads options (before, between or after operands; "--" ends them) and exactly `operands` operands
 * into `out_operands`. Any other argument is wrong usage. */
MUST_USE struct err *cli_arguments(int argc, char **argv, const struct cli_option *options,
                                   size_t operands, const char **out_operands);
/* So many operands at most; those that are not there stay as they were. */
MUST_USE struct err *cli_arguments_most(int argc, char **argv, const struct cli_option *options,
                                        size_t operands, const char **out_operands);
/* As many operands as there are, but one at least; `out_operands` has room for argc. */
MUST_USE struct err *cli_arguments_list(int argc, char **argv, const struct cli_option *options,
                                        const char **out_operands, size_t *out_count);
/* A command of several: "r7 units import" runs `import` with argv[0] "import". Ends with NULL. */
struct cli_word {
    const char *word;
    struct err *(*run)(int argc, char **argv);
};
MUST_USE struct err *cli_run_word(int argc, char **argv, const struct cli_word *words);
/* Was the option without a value ("--print") given? It is taken out of the arguments. */
bool cli_take_flag(int *argc, char **argv, const char *name);
/* The variable's value; absent when it is not set or empty. */
struct str cli_environment(const char *name);
/* The command was called wrongly: main shows its usage and exits with 2. */
MUST_USE struct err *cli_usage_error(const char *detail, ...) __attribute__((format(printf, 1, 2)));
bool cli_is_usage_error(const struct err *e);
/* The command tells yes or no by 0 and 1, and could do neither: main exits with 2. NULL and wrong
 * usage stay what they are. */
MUST_USE struct err *cli_undecided(struct err *e);
bool cli_is_undecided(const struct err *e);

/* Appends all that there is to read; TOO_LARGE over the buffer's limit. */
MUST_USE struct err *cli_read(int descriptor, struct buf *out);

/* Commands. */
struct err *pack_command(int argc, char **argv);
struct err *validate_command(int argc, char **argv);
struct err *identify_command(int argc, char **argv);
struct err *deliver_command(int argc, char **argv);
struct err *import_command(int argc, char **argv);
struct err *follow_command(int argc, char **argv);
struct err *report_command(int argc, char **argv);
struct err *deliveries_command(int argc, char **argv);
struct err *accept_command(int argc, char **argv);
struct err *return_command(int argc, char **argv);
struct err *formats_command(int argc, char **argv);
struct err *agreement_command(int argc, char **argv);
struct err *status_command(int argc, char **argv);
struct err *who_read_command(int argc, char **argv);
struct err *log_command(int argc, char **argv);
struct err *log_verify_command(int argc, char **argv); /* the same with the word verify alone */
struct err *review_command(int argc, char **argv);
struct err *alerts_command(int argc, char **argv);
struct err *login_command(int argc, char **argv);
struct err *logout_command(int argc, char **argv);
struct err *keys_command(int argc, char **argv);
struct err *tenant_command(int argc, char **argv);
struct err *system_command(int argc, char **argv);
struct err *user_command(int argc, char **argv);
struct err *analyses_command(int argc, char **argv);
struct err *units_command(int argc, char **argv);
struct err *blocks_command(int argc, char **argv);
struct err *persons_command(int argc, char **argv);
struct err *user_import(int argc, char **argv); /* user_import.c */
struct err *proposals_command(int argc, char **argv);
struct err *approve_command(int argc, char **argv);
struct err *refuse_command(int argc, char **argv);
struct err *administer_command(int argc, char **argv);
struct err *topics_command(int argc, char **argv);
struct err *find_command(int argc, char **argv);
struct err *show_command(int argc, char **argv);
struct err *print_command(int argc, char **argv);
struct err *why_command(int argc, char **argv);
struct err *readers_command(int argc, char **argv);
struct err *export_command(int argc, char **argv);
struct err *set_aside_command(int argc, char **argv);
