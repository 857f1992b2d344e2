/* What the files of r7 review share. */
#pragma once

#include "cli.h"

/* r7 review draw --check SEED: the sample drawn again, of rows in a file; needs no server. */
struct err *review_draw(int argc, char **argv);
