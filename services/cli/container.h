/* Writes one container, ZIP or TAR, entry after entry into a seekable file.
 *
 * ZIP by APPNOTE.TXT 6.3.10: entries deflated or stored, names in UTF-8 (flag bit 11), sizes and
 * CRC in the local header and no data descriptors, ZIP64 wherever a number needs it. TAR by
 * POSIX.1-2001: ustar headers, a pax header for what does not fit one. The same entries give the
 * same bytes. Limits: a name has at most 4,096 bytes; memory does not grow with the number of
 * entries (the central directory waits in a file without a name beside the container). */
#pragma once

#include "base/base.h"

enum container_format { CONTAINER_ZIP, CONTAINER_TAR };
enum { CONTAINER_NAME_MAX = 4096 };

struct container;
#define autocontainer __attribute__((cleanup(container_drop)))

/* Writes to `path` + ".partial" until container_publish; an older file of that name is replaced. */
MUST_USE struct err *container_create(enum container_format format, const char *path,
                                      struct container **out);
/* Starts an entry of exactly `size` bytes. `compress` is for ZIP; TAR stores everything. */
MUST_USE struct err *container_begin(struct container *c, struct str name, uint64_t size,
                                     struct instant modified, bool compress);
MUST_USE struct err *container_add(struct container *c, struct str bytes);
/* CORRUPT when the entry did not get the bytes it was promised. */
MUST_USE struct err *container_end(struct container *c);
/* Writes the end and flushes: the file is whole, and not named yet. */
MUST_USE struct err *container_finish(struct container *c);
/* Where it is until it has its name. */
const char *container_unnamed(const struct container *c);
/* Gives a finished file its name. */
MUST_USE struct err *container_publish(struct container *c);
/* Bytes written so far. */
uint64_t container_size(const struct container *c);
/* Also removes a container that was not named. */
void container_drop(struct container **c);

/* A file without a name in the folder of `path`, for what is too large for memory. The caller
 * closes it. */
MUST_USE struct err *spool_open(const char *path, FILE **out);
/* STORAGE when anything written to it failed; then it stands at its beginning. */
MUST_USE struct err *spool_rewind(FILE *spool);
#define autospool __attribute__((cleanup(spool_drop)))
void spool_drop(FILE **spool);
