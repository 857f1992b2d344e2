/* Services that keep blocks, as a region has told of them (block_services.c), and their mirror
 * (mirror.c). */
#pragma once

#include "services/access/room.h"

struct block_service {
    struct str name;
    struct str logical_address;
    struct strs care_providers;
    int32_t stale_seconds;
    int32_t checked_minutes; /* how long its word about one patient counts; 0: it is not asked */
    struct str decided_by;
};
/* NOT_FOUND when the region has none of that name. */
MUST_USE struct err *block_service_find(struct request *request, struct str name,
                                        struct block_service *out);
/* Fetches one care provider's blocks: what has come since the last time, or all (`whole`; or when
 * that is due, or the service says that some have ended). TRANSIENT: no usable answer; what was
 * known stays, and gets older. */
MUST_USE struct err *mirror_refresh(const struct house *house, struct worker *worker,
                                    int32_t tenant, const struct block_service *service,
                                    struct str care_provider, bool whole);
/* The next mirror whose time it is, of all regions: svc.errand. */
struct err *mirror_errand(const struct house *house, struct worker *worker, struct arena *arena,
                          bool *out_done);
