/* Objects: packages that a source system has put into the object store of its agreement, and
 * announces by their URI (S9). The agreement alone says which host is asked, for which bucket, with
 * whose keys; of the message comes only which object below the agreed prefix.
 *
 * An announced object is an upload that ingest fills itself: errand by errand, a segment of 64 MiB
 * at most each, the next object's turn after it, regions and systems in turn. What is sealed is
 * never fetched again; a question for the rest names the version (ETag) that the first bytes were
 * of. A store that does not answer, or refuses us, is asked again, later and later, until the
 * upload's lease is over. What can never come right refuses the delivery by a rule. */
#pragma once

#include "services/ingest/room.h"

enum { OBJECT_URI_MAX = 1200 };

/* --- where (object.c)
 * --------------------------------------------------------------------------- */

/* NULL, or what an agreement may not say; all members absent is no store, and fine. Pure. */
MUST_USE struct err *object_store_check(const struct object_store *store);
/* The object that the URI names: "s3://bucket/key", the key as it is, nothing encoded. INVALID by
 * uri_not_agreed for any that is not the agreement's: another bucket, another prefix, a key with
 * empty or dotted segments, '%', '?', '#', '\' or control characters. Pure. */
MUST_USE struct err *object_key(struct str uri, const struct object_store *store,
                                struct str *out_key);
/* Where it is asked for: in path style, percent-encoded as Signature Version 4 encodes it. */
struct str object_url(const struct object_store *store, struct str key, struct arena *arena);

/* --- what the store says (object.c)
 * ------------------------------------------------------------- */

/* A question for bytes [from, to) of an object of so many bytes. */
struct object_range {
    int64_t from;
    int64_t to;
    int64_t bytes;
    struct str etag; /* absent: of any version */
};
struct object_head {
    int status;
    struct str content_range;
    struct str etag;
};
/* NULL when its body is what was asked for. A rule when it never will be: object_missing,
 * object_changed, bytes_mismatch. TRANSIENT for everything else, refusals included: whoever runs
 * the store, or wrote the agreement, may set it right. Pure. */
MUST_USE struct err *object_judge(const struct object_head *head, const struct object_range *asked);

/* --- errands (object_fetch.c)
 * ------------------------------------------------------------------- */
struct err *object_errand(const struct house *house, struct worker *worker, struct arena *arena,
                          bool *out_done);
