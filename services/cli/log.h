/* r7 log: its words. */
#pragma once

#include "cli.h"

struct err *log_extract_command(int argc, char **argv);
