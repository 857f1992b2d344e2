/* An entry index: what is known of every file in one container, so that one of a million is found
 * with a handful of reads and read without unpacking. Rooms keep it encrypted; here it is plain
 * bytes, written once from front to back and read through a source.
 *
 * The form on disk, version 1. All fixed numbers are big-endian; "number" is LEB128, unsigned, at
 * most 10 bytes.
 *
 *   head       8   "R7eIdx" 00 01
 *   items          entries and points, one behind the other, in the order in which they were added:
 *     entry    1   'E'
 *              1   flags: 1 folder, 2 deflate, 4 has CRC-32, 8 has SHA-256
 *              n   number: bytes of path; path
 *              n   numbers: offset, stored length, length
 *              4   CRC-32, if flagged
 *             32   SHA-256, if flagged
 *              n   numbers: first restart point, how many; 0, 0 in a tar.gz: all points serve all
 *     point    1   'P'
 *              n   numbers: output, input, member start
 *              1   bits (0–7)
 *              4   CRC-32 so far
 *              n   numbers: bytes of window (at most 32768), bytes of it as packed here
 *              n   window: raw deflate, or as it is when both numbers are equal
 *   directory 16   one row an entry, ascending: first 80 bits of SHA-256 of its path, and 48 bits,
 *                  the position of its item
 *   points    16   one row a point, as added: 64 bits output, 64 bits position of its item
 *   fan-out 2048   256 × 64 bits: how many rows of the directory have a first byte up to this one
 *   tail      24   64 bits each: position of the directory, entries, points
 *              1   container: 0 ZIP, 1 TAR, 2 tar.gz
 *              1   zero
 *              6   "R7eIdx"
 *
 * Size: path + about 30 bytes + 16 an entry (32 more with SHA-256), and for each MiB of deflated
 * content a point of about 48 bytes and its packed window: 32 KiB
 * at most, measured 5 KiB for XML, 8 KiB for denser text, 32 KiB for pictures; so 0.5–3 % of the
 * plain size. A range read of 4 KiB at a random place of 18 MiB of text: 2 ms.
 */
#pragma once

#include "base/buf.h"
#include "vault/entries.h"

/* Writing. Everything is appended to the caller's buffer, which may be emptied between any two
 * calls. */

struct entry_index_writer;
#define autoindexwriter __attribute__((cleanup(entry_index_writer_drop)))

/* Holds 16 bytes an entry and 16 a point. */
struct entry_index_writer *entry_index_writer_new(enum container container, struct buf *out);
void entry_index_writer_free(struct entry_index_writer *writer);
void entry_index_writer_drop(struct entry_index_writer **writer);
/* In a ZIP the points of an entry are added just before it; in a tar.gz in ascending order,
 * anywhere. */
void entry_index_add_point(struct entry_index_writer *writer, const struct restart_point *point,
                           struct buf *out);
void entry_index_add(struct entry_index_writer *writer, const struct entry *entry, struct buf *out);
/* The last bytes, 16 an entry and point and 2 KiB. Refuses (container_duplicate_name) when two
 * entries have the same path: this is where a listing in several steps is checked as a whole. */
MUST_USE struct err *entry_index_end(struct entry_index_writer *writer, struct buf *out);

/* Reading. */

#define autoindex __attribute__((cleanup(entry_index_drop)))

/* `source` must outlive the index. Reads the tail and the fan-out, no more. Bytes that make no
 * sense are CORRUPT with the rule "entry_index_corrupt", here and below. */
MUST_USE struct err *entry_index_open(const struct source *source, struct entry_index **out);
void entry_index_free(struct entry_index *index);
void entry_index_drop(struct entry_index **index);
enum container entry_index_container(const struct entry_index *index);
uint64_t entry_index_count(const struct entry_index *index); /* entries */
/* By exact path; at most log2(entries / 256) reads of 16 bytes close together and one of 4 KiB (for
 * a million: 12). NOT_FOUND when there is none. The path in *out is `path` itself. */
MUST_USE struct err *entry_index_find(const struct entry_index *index, struct str path,
                                      struct entry *out);
/* The items in the order in which they were added, for going through a range or for joining indexes
 * into one. A cursor is 0 at first, and can be kept. The path lives in the arena. */
MUST_USE struct err *entry_index_next(const struct entry_index *index, uint64_t *cursor,
                                      struct arena *arena, struct entry *out,
                                      struct restart_point *out_point, enum entries_step *out_step);
/* The same, looking only: a point's window stays packed. For going through many, and for joining.
 */
struct entry_index_item {
    enum entries_step step;
    struct entry entry; /* ENTRIES_ENTRY; its path lives in the arena */
    uint64_t output;    /* ENTRIES_POINT: as in a restart point */
    uint64_t input;
    uint64_t at; /* where it stands, and its bytes */
    size_t length;
};
MUST_USE struct err *entry_index_item(const struct entry_index *index, uint64_t *cursor,
                                      struct arena *arena, struct entry_index_item *out);
/* Copies a point that was come to into the index that is being written, as entry_index_add_point.
 */
MUST_USE struct err *entry_index_copy_point(const struct entry_index *index,
                                            const struct entry_index_item *item,
                                            struct entry_index_writer *writer, struct buf *out);
/* The last of `count` points from `first` on that has at most `output` plain bytes before it. */
MUST_USE struct err *entry_index_point(const struct entry_index *index, uint64_t first,
                                       uint64_t count, uint64_t output, struct restart_point *out,
                                       bool *out_found);
uint64_t entry_index_points(const struct entry_index *index); /* how many */
