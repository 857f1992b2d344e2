/* Points where a test may end or fail the process: compiled out of release builds.
 *
 *   R7_FAULT="svc.before_apply:3:kill"    the third time, the process dies as by kill -9
 *   R7_FAULT="vault.after_flush:1:error"  the first time, the point returns an error
 *
 * Several are separated by commas. What was reached is told on standard error.
 *
 *   R7_FAULT_CLOCK="FILE"                 clock_now is wrong by the seconds that stand in the file;
 *                                         it is read each time, so the clock jumps when it changes
 *   R7_FAULT_LATE="FILE"                  the database's time comes late by so many, the same way
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
/* The seconds in the file that the variable names, as microseconds; 0 without one. */
int64_t fault_us(const char *variable);
#define FAULT_CLOCK_US() fault_us("R7_FAULT_CLOCK")
#define FAULT_LATE_US()  fault_us("R7_FAULT_LATE")
#else
#define FAULT(name)      ((void)0)
#define FAULT_CLOCK_US() 0
#define FAULT_LATE_US()  0
#endif
