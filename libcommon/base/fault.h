/* Points where a test may end or fail the process: compiled out of release builds.
 *
 *   R7_FAULT="svc.before_apply:3:kill"    the third time, the process dies as by kill -9
 *   R7_FAULT="vault.after_flush:1:error"  the first time, the point returns an error
 *
 * Several are separated by commas. What was reached is told on standard error.
 *
 * A name is <folder>.before_<step> or <folder>.after_<step>: the folder of libcommon/ that takes
 * the step. Each step that outlives the process (write, flush, rename, append, destroy, sync,
 * commit, produce, bookmark) has both, and each name has a line in tests/fault/points, which a test
 * compares with the code. */
#pragma once

#include "base/err.h"

#ifdef FAULTS
MUST_USE struct err *fault_point(const char *name);
#define FAULT(name) TRY(fault_point(name))
#else
#define FAULT(name) ((void)0)
#endif
