/* r7 log: which of its words was meant. */
#include "log.h"

struct err *log_command(int argc, char **argv)
{
    static const struct cli_word words[] = {{"extract", log_extract_command},
                                            {"fetch", log_fetch},
                                            {"verify", log_verify},
                                            {NULL, NULL}};
    return cli_run_word(argc, argv, words);
}
