/* Points where a test may end or fail the process: compiled out of release builds.
 *
 *   R7_FAULT="svc.before_apply:3:kill"    the third time, the process dies as by kill -9
 *   R7_FAULT="vault.after_flush:1:error"  the first time, the point returns an error
 *
 * Several are separated by commas. What was reached is told on standard error.
 *
 *   R7_FAULT_CLOCK="FILE"                 clock_now is wrong by the seconds that stand in the file;
 *                                         it is read each time, so the clock jumps when it changes
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
int64_t fault_clock_us(void);
#define FAULT_CLOCK_US() fault_clock_us()
#else
#define FAULT(name)      ((void)0)
#define FAULT_CLOCK_US() 0
#endif
