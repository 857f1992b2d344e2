/* What is on its way in: <location>/staging/<tenant>/<uuid>/, one folder for each upload, report or
 * object that is being built. The uuid is ours, committed in a row before the first byte is
 * written, so that what no row claims can be taken away. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/field.h"
#include "vault/vault.h"

/* Opens the folder; `make` makes it if missing, which may be done twice. NOT_FOUND otherwise. */
MUST_USE struct err *staging_open(int location, struct str tenant, struct uuid id, bool make,
                                  int *out_folder);
/* Bytes that the location's file system can still take. */
MUST_USE struct err *staging_room(int location, int64_t *out_bytes);
/* Every folder of the tenant, in no order. What is no UUID was not made here and is left out. */
MUST_USE struct err *staging_list(int location, struct str tenant, struct arena *arena,
                                  struct uuids *out_ids);
/* Destroys the folder: first the headers, overwritten, flushed and unlinked, so that the bytes
 * cannot be read any more, then everything else; the bytes are only unlinked, for an object may
 * hold them too. Done again after a crash it goes on; a folder that is gone is fine. Overwriting
 * reaches the blocks of file systems that write in place (ext4, xfs); elsewhere, and for the flash
 * below, the key in `keys` is what counts. */
MUST_USE struct err *staging_destroy(int location, struct str tenant, struct uuid id);
/* One header file: overwritten, flushed, unlinked. Gone already is fine. */
MUST_USE struct err *staging_destroy_header(int folder, const char *name);
