/* What the files of ocfl.h share. Nothing outside of them includes this. */
#pragma once

#include "vault/ocfl.h"

/* A package of 8 TB has an inventory of 44 MB. */
enum { OCFL_INVENTORY_MAX = 64 * 1024 * 1024 };

/* --- places (ocfl_root.c)
 * -------------------------------------------------------------------------- */

/* Opens folder after folder below `folder`; the names end with NULL. */
MUST_USE struct err *ocfl_descend(int folder, const char *const *names, bool make, int *out_folder);
/* Where an object lies in its root: three folders of three digits, and the whole digest. */
struct ocfl_address {
    char tuples[3][4];
    char name[65];
};
struct ocfl_address ocfl_address(struct uuid package);
/* The folder that holds, or is to hold, the object's folder; and the object's folder itself. */
MUST_USE struct err *ocfl_open_parent(int location, struct str tenant,
                                      const struct ocfl_address *address, bool make,
                                      int *out_folder);
MUST_USE struct err *ocfl_open_object(int location, struct str tenant, struct uuid package,
                                      int *out_folder);
/* Makes the tenant's storage root if there is none. */
MUST_USE struct err *ocfl_make_root(int location, struct str tenant);

/* --- an object in the work (ocfl_build.c)
 * ---------------------------------------------------------- */

/* Its folders, all open: <staging of the package>/object and below. */
struct ocfl_building {
    int object;
    int version;
    int content;
    int headers;
};
#define autobuilding __attribute__((cleanup(ocfl_building_close)))
#define OCFL_BUILDING                                                                              \
    {                                                                                              \
        -1, -1, -1, -1                                                                             \
    }
MUST_USE struct err *ocfl_building_open(int location, const struct ocfl_object *object,
                                        struct ocfl_building *b);
void ocfl_building_close(const struct ocfl_building *b);

struct sha512 ocfl_sha512(struct str bytes);
/* Writes everything but what was placed; the outer sidecar last. */
MUST_USE struct err *ocfl_build(const struct vault *vault, size_t l,
                                const struct ocfl_object *object, struct str inventory);
/* Reads back what ocfl_build wrote, after a flush. */
MUST_USE struct err *ocfl_verify(const struct vault *vault, size_t l,
                                 const struct ocfl_object *object, struct str inventory,
                                 enum read_back *out_how);
