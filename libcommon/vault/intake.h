/* A package's bytes that arrive over time, in any number of goes and processes, sealed as they come
 * (segment.h says into what). What was taken in is sure only up to a place: a chunk's boundary, or
 * the end. To go on from a place within a segment the bytes before it are opened and sealed again
 * under a new key into new files: an interrupted age file can be neither read by others nor
 * continued, because a key and a nonce never meet twice over different bytes.
 *
 *   begin → add … → end      once for each segment, as often as it takes
 *
 * Which keys are used, and where the place is, the caller has committed before the first byte and
 * after the last. Holds less than 1 MiB. */
#pragma once

#include "base/running_digest.h"
#include "vault/segment.h"

struct intake;

/* Goes on from `from`; `bytes` is the size of the whole package, at least 1. The folder stays the
 * caller's and outlives the intake. */
struct intake *intake_new(int folder, uint64_t bytes, const struct running_digest *from);
void intake_free(struct intake *intake);

/* Opens new files for the segment that holds the place. Within a segment `old` (id and key) is the
 * unfinished one whose bytes up to the place are sealed again; elsewhere it is NULL. The key is not
 * needed after the call. CORRUPT when the old bytes do not open. */
MUST_USE struct err *intake_begin(struct intake *intake, const struct segment_key *key,
                                  const struct segment_key *old);
/* Takes from the front of `bytes` what the open segment has room for. */
MUST_USE struct err *intake_add(struct intake *intake, struct str *bytes);
/* Does the open segment have all its bytes? */
bool intake_is_full(const struct intake *intake);
/* Closes the segment's files, flushed: they and their names are on the device. What came after the
 * last whole chunk of a segment that is not full is let go. */
MUST_USE struct err *intake_end(struct intake *intake, struct segment *out_segment,
                                struct running_digest *out_place);
/* Of all bytes, when the last segment has ended. */
struct sha256 intake_sha256(const struct intake *intake);
