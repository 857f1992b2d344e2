/* What r7 remembers from one run to the next, so that what was cut short goes on: a folder, 0700,
 * of files that vault.h opens below it. */
#pragma once

#include "base/base.h"

/* The folder `given`, else $XDG_STATE_HOME/r7, else ~/.local/state/r7; made when it is missing. */
MUST_USE struct err *state_open(const char *given, int *out_folder);
