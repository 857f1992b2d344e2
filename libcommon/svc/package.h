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
    const char *purpose; /* of keys.purpose: "disclose", "export", "index" */
};

/* A package to open. What is wrong with it alone is its failure (NOT_FOUND: there is no such
 * package; CORRUPT …), and then file is NULL. */
struct package_opened {
    struct uuid id;
    struct package_file *file; /* the caller's, to free */
    struct err *failure;
};

/* Opens packages, each with another id, together: their rows in one round trip, their keys in one
 * `unwrap`. The keys are those of the entry index and, where the package is one segment (64 MiB)
 * and so no other can be meant, that segment's. Fails only by what concerns all of them: room keys
 * or the database does not answer. */
MUST_USE struct err *packages_open(const struct package_reading *reading,
                                   struct package_opened *packages, size_t count);
/* Opens one package and turns to one file by its path below the package's root folder, as records
 * have it. NOT_FOUND: no such package or file. */
MUST_USE struct err *package_find(const struct package_reading *reading, struct uuid package,
                                  struct str path, struct package_file **out);
/* Fetches the segments of the file's package that hold `length` plain bytes from `from`, unless the
 * file has them already, and begins reading there. */
MUST_USE struct err *package_fetch(const struct package_reading *reading, struct uuid package,
                                   struct package_file *file, uint64_t from, uint64_t length);
/* The delivered bytes, all of them. */
MUST_USE struct err *package_fetch_all(const struct package_reading *reading, struct uuid package,
                                       struct package_part **out);
