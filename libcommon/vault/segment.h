/* A package's bytes, cut every 64 MiB and sealed: segment number = offset >> 26, no table. Each
 * segment is an age v1 file of its own (own key, header and digest), kept as two files: the payload
 * and, beside it, the small header. header ‖ payload opens with any age tool; all segments'
 * plaintext, one after another, is the package as it came. A package of no bytes has one segment of
 * no bytes. */
#pragma once

#include "base/digest.h"
#include "base/err.h"
#include "base/uuid.h"
#include "vault/age.h"
#include "vault/source.h"
#include "vault/vault.h"

#define SEGMENT_BYTES (UINT64_C(1) << 26)

/* One stored segment: what the catalogue keeps of it. */
struct segment {
    uint32_t index;
    struct uuid key_id;
    uint64_t plain_bytes;
    uint64_t stored_bytes; /* of the payload */
    struct sha512 sha512;  /* of the payload */
};

/* A key as room `keys` gives it. */
struct segment_key {
    struct uuid id;
    const struct file_key *key;
    struct str header; /* the age header that wraps the key */
};

uint64_t segment_count(uint64_t bytes);

/* The names of a segment's two files in staging: "<key id>" and "<key id>.header". */
struct segment_name {
    char text[UUID_TEXT + 8];
};
struct segment_name segment_payload_name(struct uuid key_id);
struct segment_name segment_header_name(struct uuid key_id);

/* --- writing
 * --------------------------------------------------------------------------------------- */

/* Writes a package's bytes into `folder`: for each segment its header, then its payload, in that
 * order. Holds less than 1 MiB. Flushing is the caller's (flush.h). A segment written again gets a
 * new nonce and new files. */
struct segment_writer;
/* `keys` has one key per segment, all that the package may need; `out_segments` has room for as
 * many rows. Both, and the folder, must live as long as the writer. */
struct segment_writer *segment_writer_new(int folder, const struct segment_key *keys, size_t count,
                                          struct segment *out_segments);
void segment_writer_free(
    struct segment_writer *writer); /* before the end: what was written is of no use */
/* Pieces of any size. TOO_LARGE when there are no keys left; STORAGE. After an error only free is
 * allowed. */
MUST_USE struct err *segment_writer_add(struct segment_writer *writer, struct str bytes);

struct segment_total {
    uint64_t bytes;
    struct sha256 sha256; /* of the package as it came */
    size_t segments;
};
MUST_USE struct err *segment_writer_end(struct segment_writer *writer,
                                        struct segment_total *out_total);

/* --- reading
 * --------------------------------------------------------------------------------------- */

/* One segment to read from; the descriptor stays the caller's. */
struct segment_file {
    uint32_t index;
    uint64_t plain_bytes;
    uint64_t stored_bytes;
    int descriptor; /* open on the payload */
    const struct file_key *key;
};

/* Opens the descriptors of segments in staging; on an error none stays open. */
MUST_USE struct err *segment_open_staged(int folder, const struct segment *segments, size_t count,
                                         int *out_descriptors);

/* The package, or the part of it that these segments hold, as a source with the package's offsets:
 * reading outside of them is our BUG. A changed, cut or missing chunk is CORRUPT and names the
 * segment. */
struct segment_reader;
/* `files` are in order of index, without repetition, and live as long as the reader. `bytes` is the
 * size of the whole package. */
MUST_USE struct err *segment_reader_new(const struct segment_file *files, size_t count,
                                        uint64_t bytes, struct segment_reader **out_reader);
void segment_reader_free(struct segment_reader *reader);
struct source segment_reader_source(struct segment_reader *reader);
