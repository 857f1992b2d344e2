/* r7 log: its words. */
#pragma once

#include "cli.h"

struct err *log_extract_command(int argc, char **argv);
struct err *log_fetch(int argc, char **argv);  /* log_fetch.c */
struct err *log_verify(int argc, char **argv); /* log_verify.c */
