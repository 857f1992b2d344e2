/* Files inside containers, read in place: nothing is unpacked, nothing but this file's limits is
 * trusted.
 *
 * Three steps: container_recognise by the first bytes, entries_open/entries_next to list,
 * entry_open/entry_read to read. Sources: PKWARE APPNOTE 6.3.10 (ZIP), POSIX.1-2017 pax and GNU
 * tar's manual (TAR), RFC 1951 and 1952 (deflate, gzip).
 *
 * Strict on purpose, for an archive must read tomorrow what it accepted today, and as every other
 * reader does:
 *  - A ZIP is its entries one after another, the central directory and the end record; nothing
 *    before, between or behind. Central directory, local headers and data descriptors agree.
 *  - A TAR ends with two zero blocks and then only zeros; without them it is truncated.
 *  - A tar.gz is gzip members one after another with nothing behind, and a TAR in them.
 *  - Files and folders only: no links, devices or sparse files. Not encrypted. Stored or deflated.
 *  - No path comes twice (compared after taking out "." parts).
 *
 * Paths are given in UTF-8 with '/' between the parts, no "." parts and no '/' at the end. ZIP: bit
 * 11 says UTF-8; else Info-ZIP's Unicode path (0x7075) when its checksum fits; else UTF-8 if the
 * bytes are well-formed UTF-8 (what Unix writes; Swedish text in a DOS code page never is), else
 * code page 437, whose å ä ö are those of 850 too. TAR: UTF-8. Refused: absolute, "..", empty
 * parts, drive letter, backslash, control characters. Unicode is not normalised: NFC and NFD are
 * two paths.
 *
 * Errors carry one of the rule words of container_rules.def and, as field, the entry's number (from
 * 1) and the byte where it begins; never a path, for a path may name a person. */
#pragma once

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "vault/source.h"

enum container { CONTAINER_ZIP, CONTAINER_TAR, CONTAINER_TAR_GZ };

enum {
    CONTAINER_FIRST_BYTES =
        512,               /* what container_recognise wants to see, or all if there are fewer */
    ENTRY_PATH_MAX = 4095, /* bytes */
    ENTRY_DEPTH_MAX = 64,  /* parts of a path */
};

/* By magic at the start only: an end record far behind proves nothing. The error names what it
 * looks like. */
MUST_USE struct err *container_recognise(struct str first, enum container *out);

/* Would a listing give this path? REJECT with its rule, as entries_next; and so for one more after
 * `entries` of them by entry_limits_default. For what is listed without being a container. */
MUST_USE struct err *entry_path_check(struct str path, uint64_t entries);

enum entry_kind { ENTRY_FILE, ENTRY_FOLDER };
enum entry_method { ENTRY_STORED, ENTRY_DEFLATE };

struct entry {
    struct str path;
    enum entry_kind kind;
    enum entry_method method;
    uint64_t offset;        /* first byte of its data; in a tar.gz counted in the inflated TAR */
    uint64_t stored_length; /* bytes of data in the container (tar.gz: in the inflated TAR) */
    uint64_t length;        /* bytes of the file itself */
    bool has_crc32;         /* only ZIP has them */
    uint32_t crc32;
    struct sha256 sha256; /* zero until someone has computed it; listing never does */
    uint64_t first_point; /* its restart points in an entry index; none when point_count is 0 */
    uint64_t point_count;
};

/* Where inflating can be taken up again: after a deflate block, about every MiB of output. Range
 * reads inflate at most 1 MiB and a block (zlib's own blocks reach from 20 KiB to, for nothing but
 * zeros, 4 MiB). */
enum { RESTART_SPACING = 1 << 20, RESTART_WINDOW = 32768 };

struct restart_point {
    uint64_t output;       /* plain bytes before it, in the entry (ZIP) or in the inflated TAR */
    uint64_t input;        /* in the container: the first byte of which nothing is used yet */
    uint64_t member_start; /* plain bytes before the gzip member it lies in; 0 in a ZIP */
    uint32_t
        crc32;    /* of the member's (entry's) plain bytes so far, so that the end can be checked */
    uint8_t bits; /* how many upper bits of the byte before `input` belong to what follows, 0–7 */
    uint16_t window_length;
    uint8_t window[RESTART_WINDOW]; /* the plain bytes just before it */
};

/* What a package may ask of us; NULL wherever one is taken means entry_limits_default. */
struct entry_limits {
    uint64_t entries;    /* 2,000,000 */
    uint64_t length;     /* plain bytes of all entries: 4 TiB */
    uint64_t ratio;      /* plain bytes per byte of the container: 200 … */
    uint64_t ratio_from; /* … asked only above 256 MiB of plain bytes */
};
extern const struct entry_limits entry_limits_default;

/* A listing. Memory whatever the package: 16 bytes an entry for the search for duplicates (80 bits
 * of SHA-256 of the path and 48 of its number; twice that while they are sorted), 8 more in a ZIP
 * for where entries begin, and 400 KiB; measured for a million: 44 MiB (ZIP), 37 MiB (TAR). Nothing
 * is kept of what was listed. */
struct entries;
#define autoentries __attribute__((cleanup(entries_drop)))

enum entries_step {
    ENTRIES_ENTRY,
    ENTRIES_POINT, /* only tar.gz: a restart point was passed; entries_point has it until the next
                      step */
    ENTRIES_END,   /* everything that can only be known at the end has been checked */
};

/* Where the listing of a TAR or tar.gz can be taken up, by another process too. */
struct entries_mark {
    uint64_t offset; /* of the next header, in the (inflated) TAR */
    uint64_t number; /* entries so far */
    uint64_t length; /* plain bytes so far */
};

/* `source` must outlive the listing. A ZIP's whole central directory is checked here. */
MUST_USE struct err *entries_open(const struct source *source, enum container container,
                                  const struct entry_limits *limits, struct entries **out);
/* From a mark, TAR and tar.gz only; a tar.gz also needs the last point that came before the mark
 * (NULL: none had come). Duplicates are then looked for among the rest only; entry_index_end sees
 * them all. */
MUST_USE struct err *entries_resume(const struct source *source, enum container container,
                                    const struct entry_limits *limits,
                                    const struct entries_mark *mark,
                                    const struct restart_point *point, struct entries **out);
/* The entry's path lives until the next step. After an error the listing is of no more use. */
MUST_USE struct err *entries_next(struct entries *list, struct entry *out,
                                  enum entries_step *out_step);
const struct restart_point *entries_point(const struct entries *list);
struct entries_mark entries_mark(const struct entries *list); /* good after any step but END */
void entries_free(struct entries *list);
void entries_drop(struct entries **list);

/* Reads entries of one container, one at a time. Keeps its place: in a tar.gz the next entry costs
 * no new start. Memory: about 150 KiB. */
struct entry_index;
struct entry_reader;
#define autoreader __attribute__((cleanup(entry_reader_drop)))

/* `index` gives restart points and may be NULL; it and `source` must outlive the reader. */
struct entry_reader *entry_reader_new(const struct source *source, enum container container,
                                      const struct entry_index *index);
void entry_reader_free(struct entry_reader *reader);
void entry_reader_drop(struct entry_reader **reader);

/* At byte `from` of the entry's plain bytes, which may be its end. */
MUST_USE struct err *entry_open(struct entry_reader *reader, const struct entry *entry,
                                uint64_t from);
/* The next plain bytes. *out_got is less than `length` only at the end of the entry. Passing the
 * stated length is an error at once; reaching the end has checked length and CRC-32 (when `from`
 * was 0, or deflate). */
MUST_USE struct err *entry_read(struct entry_reader *reader, void *out, size_t length,
                                size_t *out_got);
/* The restart point of a ZIP's entry that the last entry_read passed, or NULL; ask after each read
 * of at most RESTART_SPACING bytes and none is missed. */
const struct restart_point *entry_point(const struct entry_reader *reader);
/* A whole small entry, checked; TOO_LARGE above `limit`. */
MUST_USE struct err *entry_read_whole(struct entry_reader *reader, const struct entry *entry,
                                      size_t limit, struct arena *arena, struct str *out);
