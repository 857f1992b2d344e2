/* Where the vault lies: storage locations, each a directory with the same four areas.
 *
 *   <location>/staging/<tenant>/<uuid>/    what is on its way in (staging.h)
 *   <location>/ocfl/<tenant>/              the tenant's OCFL storage root (ocfl.h)
 *   <location>/test/<tenant>/              another, for what was delivered as a test
 *   <location>/journal/<tenant>/           the tenant's journal (journal.h)
 *
 * The areas of a location lie on one file system, so that a rename is what makes an object appear.
 * Bytes are staged in the first location. No name in here comes from outside: tenants are checked,
 * the rest are UUIDs and numbers. Every file is made 0600 and every folder 0700, and nothing below
 * a location is opened through a symbolic link. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/uuid.h"

#include <dirent.h>

enum { VAULT_LOCATIONS_MAX = 8, VAULT_TENANT_MAX = 32 };

/* The digest of stored bytes, as OCFL names them. */
struct sha512 {
    uint8_t bytes[64];
};
bool sha512_equal(struct sha512 a, struct sha512 b);

/* One worker's view of the locations: it opens its own, because an error of the device is told once
 * to each open folder (flush.h), and another worker must not take it away. */
struct vault {
    int locations[VAULT_LOCATIONS_MAX]; /* open folders; the first one holds what is staged */
    size_t count;
};
/* INVALID without a location or with more than VAULT_LOCATIONS_MAX; STORAGE when one cannot be
 * opened. */
MUST_USE struct err *vault_open(const char *const *paths, size_t count, struct vault *out_vault);
void vault_close(struct vault *vault);

/* a–z, 0–9 and hyphens, at most VAULT_TENANT_MAX: what may be a folder. */
bool vault_tenant_ok(struct str tenant);
/* A path in these is of names below the folder, '/' between. */

/* Opens <location>/<area>/<tenant>/<below>; `make` makes it if missing. NOT_FOUND otherwise;
 * INVALID for a tenant that is not ok. */
MUST_USE struct err *vault_place(int location, const char *area, struct str tenant,
                                 const char *below, bool make, int *out_folder);
/* Opens <location>/<area>/<tenant>, made if missing. */
MUST_USE struct err *vault_area(int location, const char *area, struct str tenant, int *out_folder);

/* open(2) for what lies there: openat2(2), through no symbolic link and not upwards. -1 and errno.
 */
int vault_open_below(int folder, const char *path, int flags);
/* Each folder of the path that is missing. */
MUST_USE struct err *vault_make_folders(int parent, const char *path);
/* Opens a folder; `make` makes it if missing. NOT_FOUND otherwise. */
MUST_USE struct err *vault_folder(int parent, const char *path, bool make, int *out_folder);
/* Opens a file for reading; NOT_FOUND if there is none. */
MUST_USE struct err *vault_file(int folder, const char *path, int *out_file);
/* A new file open for writing. One of the same name loses the name, not the bytes: they may also
 * have a name in an object (a hard link), so a file of the vault is never cut or written over.
 */
MUST_USE struct err *vault_new_file(int folder, const char *path, int *out_file);
/* A file without a name, open for writing and reading: it ends when it is closed. */
MUST_USE struct err *vault_scratch_file(int folder, int *out_file);
MUST_USE struct err *vault_write(int file, struct str bytes);
/* A new file with these bytes. */
MUST_USE struct err *vault_put(int folder, const char *path, struct str bytes);
/* Appends a small file's bytes to `out`; TOO_LARGE past its limit. */
MUST_USE struct err *vault_get(int folder, const char *path, struct buf *out);
/* Takes a file's name away; gone already is fine. */
MUST_USE struct err *vault_remove(int folder, const char *path);

/* The names in a folder, from its beginning; the descriptor stays the caller's. */
#define autodir __attribute__((cleanup(vault_list_end)))
MUST_USE struct err *vault_list(int folder, DIR **out_directory);
/* The next name but "." and ".."; NULL at the end. */
MUST_USE struct err *vault_next(DIR *directory, const char **out_name);
void vault_list_end(DIR **directory);
