/* The parts of r7 persons. */
#pragma once

#include "cli.h"

struct err *persons_links(int argc, char **argv);
struct err *persons_unlink(int argc, char **argv);
