/* Every regular file below a folder, each folder in the bytewise order of its names, so that the
 * same folder is always read the same way. */
#pragma once

#include "base/base.h"

/* How deep folders may lie in folders, and bytes of the names in one of them. */
enum { WALK_DEPTH_MAX = 100, WALK_NAMES_MAX = 1024 * 1024 * 1024 };

/* UNSAFE unless a file's or folder's name is UTF-8 without control characters and backslashes. */
MUST_USE struct err *walk_check_name(struct str name);
/* Calls `found` with the open file and its path: `prefix`, then where it lies below `folder`. The
 * error names the file. What is neither file nor folder (a link, a socket) is refused as UNSAFE: a
 * package holds bytes, not places on somebody's machine. A name must be UTF-8 without control
 * characters and backslashes. Folders without files leave no trace. */
MUST_USE struct err *walk_files(const char *folder, const char *prefix,
                                struct err *(*found)(void *state, int descriptor, struct str path),
                                void *state);

enum walk_kind { WALK_FILE, WALK_FOLDER, WALK_LINK, WALK_OTHER };
/* Calls `found` with everything, a folder before what lies in it; links are not followed and names
 * are as they come. A file is open, the descriptor of all else is -1. */
MUST_USE struct err *walk_all(const char *folder, const char *prefix,
                              struct err *(*found)(void *state, enum walk_kind kind, int descriptor,
                                                   struct str path),
                              void *state);
