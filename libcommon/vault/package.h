/* A stored package, read in place: one file of it by range, found through the package's entry
 * index, or the whole of it from front to back. Only what is touched is opened, one segment at a
 * time, in the first location that gives good bytes.
 *
 * What is made here owns all that it needs (descriptors, keys in locked memory),
 * so it may outlive the unit of work that made it: an answer that is being streamed. It belongs to
 * one thread at a time. */
#pragma once

#include "vault/entries.h"
#include "vault/ocfl.h"

struct package_place {
    const struct vault *vault;
    struct str tenant;
    struct uuid package;
};

/* --- sealed bytes
 * ---------------------------------------------------------------------------------- */

/* The delivered bytes, or one file of the AIP part, as a source. */
struct package_part;

/* `segments` follow one another without a gap; they are copied. `keys`, in their order, come from
 * file_keys_new and are taken over, also when it fails. Delivered: any run of the package's
 * segments, `bytes` being the size of the whole package; a read outside of them is our BUG. AIP:
 * all segments of one file, and its size. */
MUST_USE struct err *package_part_open(const struct package_place *place, enum ocfl_kind kind,
                                       const struct segment *segments, struct file_key *keys,
                                       size_t count, uint64_t bytes, struct package_part **out);
void package_part_free(struct package_part *part); /* wipes its keys; NULL is fine */
bool package_part_has(const struct package_part *part, uint32_t first, uint32_t last);
struct source package_part_source(struct package_part *part);

/* --- one file
 * -------------------------------------------------------------------------------------- */

struct package_file;

/* Opens the package; no file of it is in hand before package_file_turn. Takes over `index` (the
 * part that holds the entry index), also when it fails. `root` is put before every path: the
 * package's own folder with its '/', or empty. `bytes` is the size of the delivered package. */
MUST_USE struct err *package_file_new(struct package_part *index, struct str root, uint64_t bytes,
                                      struct package_file **out);
/* Turns to a file; the part it reads from stays. NOT_FOUND: no such file in the package. After an
 * error it is still the file it was. */
MUST_USE struct err *package_file_turn(struct package_file *file, struct str path);
/* The path of the first file from `place` on, below the root; it lives in the arena. `place` is a
 * cursor of the package's entry index (entry_index_next) that was kept. */
MUST_USE struct err *package_file_path(struct package_file *file, uint64_t place,
                                       struct arena *arena, struct str *out_path);
void package_file_free(struct package_file *file); /* NULL is fine */
uint64_t package_file_length(const struct package_file *file);
uint64_t package_file_package_bytes(const struct package_file *file);

/* Which delivered segments are read for `length` plain bytes from `from`: the first and the last.
 * INVALID when the range passes the end of the file. */
MUST_USE struct err *package_file_touches(struct package_file *file, uint64_t from, uint64_t length,
                                          uint32_t *out_first, uint32_t *out_last);
/* Takes over `delivered`, some of the package's segments, as the part it reads from. */
void package_file_use(struct package_file *file, struct package_part *delivered);
/* Reading begins at `from`; the part it reads from must hold what package_file_touches told. */
MUST_USE struct err *package_file_open(struct package_file *file, uint64_t from);
/* Does the part it reads from hold these segments? */
bool package_file_has(const struct package_file *file, uint32_t first, uint32_t last);
/* The next bytes; less than `length` only at the end of the file. */
MUST_USE struct err *package_file_read(struct package_file *file, void *out, size_t length,
                                       size_t *out_got);
