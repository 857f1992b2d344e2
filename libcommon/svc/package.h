/* What lies in the vault, opened for a room that shows it: rows from preservation's tables, keys
 * from room `keys` for a stated purpose, bytes from the first location that has them whole. A room
 * that uses this says `reads_packages` in its struct svc. Everything opened here outlives the unit
 * of work. */
#pragma once

#include "svc/svc.h"
#include "vault/package.h"

struct package_reading {
    struct worker *worker;
    struct arena *arena;
    int32_t tenant;
    struct uuid package;
    const char *purpose; /* of keys.purpose: "disclose", "export", "index" */
};

/* Finds one file by its path below the package's root folder, as records have it; reads the entry
 * index only. NOT_FOUND: no such package or file. */
MUST_USE struct err *package_find(const struct package_reading *reading, struct str path,
                                  struct package_file **out);
/* Fetches the segments that hold `length` plain bytes from `from`, unless the file has them already
 * (package_file_turn), and begins reading there. */
MUST_USE struct err *package_fetch(const struct package_reading *reading, struct package_file *file,
                                   uint64_t from, uint64_t length);
/* The delivered bytes, all of them. */
MUST_USE struct err *package_fetch_all(const struct package_reading *reading,
                                       struct package_part **out);
