/* What the files of ocfl.h share. Nothing outside of them includes this. */
#pragma once

#include "base/arena.h"
#include "vault/ocfl.h"

/* A package of 8 TB has an inventory of 44 MB. */
enum { OCFL_INVENTORY_MAX = 64 * 1024 * 1024 };

/* --- places (ocfl_root.c)
 * -------------------------------------------------------------------------- */

/* Where an object lies in its root: below three folders of three digits, by the whole digest. */
struct ocfl_address {
    char parent[12];
    char name[65];
};
struct ocfl_address ocfl_address(struct uuid package);
/* The areas of a location that hold roots, NULL at the end; by ocfl_object.test. */
extern const char *const ocfl_areas[];
/* The object's folder, in whichever area it is. */
MUST_USE struct err *ocfl_open_object(int location, struct str tenant, struct uuid package,
                                      int *out_folder);
/* Makes the tenant's storage root if there is none. */
MUST_USE struct err *ocfl_make_root(int location, const char *area, struct str tenant);

/* --- an object in the work (ocfl_build.c)
 * ---------------------------------------------------------- */

/* What is written beside the payloads, the same in every location. */
struct ocfl_texts {
    struct str inventory;
    struct sha512 inventory_digest;
    struct str sidecar;
    const struct str *headers; /* of each segment that is not placed, in the order of the parts */
};
MUST_USE struct err *ocfl_texts_make(const struct vault *vault, const struct ocfl_object *object,
                                     struct arena *arena, struct ocfl_texts *out);
/* Opens the folder in which the object is built at a location, made if missing, and holds it:
 * others that would store the same object are told to wait (TRANSIENT). Closing it lets go. */
MUST_USE struct err *ocfl_hold(int location, const struct ocfl_object *object, int *out_staging);
/* Writes everything but what was placed, into the held folder. */
MUST_USE struct err *ocfl_build(const struct vault *vault, size_t l,
                                const struct ocfl_object *object, const struct ocfl_texts *texts,
                                int staging);
/* Reads back what ocfl_build wrote, after a flush. */
MUST_USE struct err *ocfl_verify(const struct ocfl_object *object, const struct ocfl_texts *texts,
                                 int staging, enum read_back *how);
