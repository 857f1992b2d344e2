/* OLE2 compound files, read in place: the container of Word, Excel and Outlook before 2007.
 * Source: [MS-CFB], Compound File Binary File Format, versions 3 and 4 of the file.
 *
 * Hostile bytes are refused (CORRUPT): a chain that runs in a circle or out of the file, a tree
 * that names an entry twice. Over the limits is TOO_LARGE. Nothing is written, and colours of the
 * tree, times, class ids and names' order are not looked at. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "vault/source.h"

enum {
    OLE2_ENTRIES_MAX = 16384,
    OLE2_DEPTH_MAX = 16,
    OLE2_MINI_SECTORS_MAX = 256 * 1024, /* sectors that hold small files: 128 MiB */
};

struct ole2_entry {
    /* Names with '/' between, without the root's; without white space and control characters at
     * either end of a name ("\001CompObj" is CompObj), as container signatures write them. */
    struct str path;
    bool folder;
    uint64_t length;
    uint32_t start; /* its first sector */
};

struct ole2;

/* Everything lives in the arena, which needs room for 40 MiB; `source` must outlive it. */
MUST_USE struct err *ole2_open(const struct source *source, struct arena *arena, struct ole2 **out);
const struct ole2_entry *ole2_entries(const struct ole2 *ole2, size_t *out_count);
/* The first bytes of a file in it, at most `capacity`. */
MUST_USE struct err *ole2_read(struct ole2 *ole2, const struct ole2_entry *entry, void *out,
                               size_t capacity, size_t *out_got);
