/* Points where a test may end or fail the process: compiled out of release builds.
 *
 *   R7_FAULT="svc.before_apply:3:kill"    the third time this point is reached the process dies as
 * by kill -9 R7_FAULT="vault.flush:1:error"        … the point returns an error instead Several are
 * separated by commas. Each point's name is unique in the tree; tests/fault lists them by grep. */
#pragma once

#include "base/err.h"

#ifdef FAULTS
MUST_USE struct err *fault_point(const char *name);
#define FAULT(name) TRY(fault_point(name))
#else
#define FAULT(name) ((void)0)
#endif
