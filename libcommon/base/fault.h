/* Points where a test may end or fail the process: compiled out of release builds.
 *
 *   R7_FAULT="svc.before_apply:3:kill"   the third time, the process dies as by kill -9
 *   R7_FAULT="svc.after_flush:1:error"   the first time, the point returns an error
 *
 * Several are separated by commas; grep lists the names. */
#pragma once

#include "base/err.h"

#ifdef FAULTS
MUST_USE struct err *fault_point(const char *name);
#define FAULT(name) TRY(fault_point(name))
#else
#define FAULT(name) ((void)0)
#endif
