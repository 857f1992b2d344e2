/* Brings the bytes of an upload into staging, sealed segment by segment, for whoever has them: a
 * PATCH (upload_take.c) or an object store (object_fetch.c).
 *
 * The row names each key before the first byte is written with it, and says after each segment how
 * far the upload has come; so a death at any place costs the bytes of one segment, to be brought
 * again. One writer at a time: each change raises the row's version, and who has an old one has
 * lost the upload.
 *
 *   begin → add … → lay_down, or let_go after any error
 *
 * Each call may be another worker's; `arena` is that of its unit of work. Holds less than 1 MiB. */
#pragma once

#include "services/ingest/upload.h"

struct upload_write;

/* Goes on where the upload stands. It lies in `arena`, which lives as long; what it has opened goes
 * with upload_write_free. */
struct upload_write *upload_write_new(const struct ingest_settings *settings, int32_t tenant,
                                      const struct upload *upload, struct arena *arena);
void upload_write_free(struct upload_write *write);
/* No segment is made sure before all that comes is laid down. */
void upload_write_hold(struct upload_write *write);
/* The whole must have this digest: else its last bytes are refused, CORRUPT by sha256_mismatch. */
void upload_write_expect(struct upload_write *write, struct sha256 wanted);

/* Takes the lock and opens the segment. CONFLICT: another has it. */
MUST_USE struct err *upload_write_begin(struct upload_write *write, struct worker *worker,
                                        struct arena *arena);
/* TOO_LARGE for a byte more than the upload has. */
MUST_USE struct err *upload_write_add(struct upload_write *write, struct worker *worker,
                                      struct arena *arena, struct str bytes);
/* Makes sure of all that came in whole chunks, and lets the upload go. */
MUST_USE struct err *upload_write_lay_down(struct upload_write *write, struct worker *worker,
                                           struct arena *arena);
/* Nothing of what is not sure is kept, and the upload is anybody's again. When it is not known what
 * the row rests on, its next writer will know and tidy up; the lock runs out. */
void upload_write_let_go(struct upload_write *write, struct worker *worker, struct arena *arena);

/* How far it is sure. */
int64_t upload_write_received(const struct upload_write *write);
bool upload_write_is_complete(const struct upload_write *write);
struct instant upload_write_expires_at(const struct upload_write *write);
