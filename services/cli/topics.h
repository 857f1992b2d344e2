/* Topics and rights (libcommon/README.md, "Topics"). */
#pragma once

#include "bus/bus.h"
#include "cli.h"

/* A source system's topics and what its certificate, User:system-TENANT-SYSTEM, may do. Made again
 * it changes nothing. */
MUST_USE struct err *topics_make_system(const struct bus_config *kafka, struct str tenant,
                                        struct str system, struct arena *arena);
