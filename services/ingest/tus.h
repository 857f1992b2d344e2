/* The headers of tus 1.0 (https://tus.io/protocols/resumable-upload), read; pure. Offered: the core
 * with creation, expiration, checksum and termination. Not offered: concatenation, lengths told
 * later, trailing checksums. */
#pragma once

#include "base/clock.h"
#include "base/digest.h"
#include "http/http.h"

#define TUS_VERSION    "1.0.0"
#define TUS_EXTENSIONS "creation,expiration,checksum,termination"
#define TUS_ALGORITHMS "sha256,sha1,sha384,sha512,md5"
#define TUS_MEDIA_TYPE "application/offset+octet-stream"

enum { TUS_METADATA_MAX = 4096 };

/* PRECONDITION unless Tus-Resumable is our version. */
MUST_USE struct err *tus_version_check(struct str header);
/* A header that is a number of bytes; INVALID, naming it, when it is missing or none. */
MUST_USE struct err *tus_number_read(struct str header, const char *name, int64_t *out);
/* One value of Upload-Metadata (pairs of a key and base64, ',' between); absent when it is not
 * there. What the others say is not looked at: file names may be personal. */
MUST_USE struct err *tus_metadata_get(struct str header, struct str key, struct arena *arena,
                                      struct str *out);

struct tus_checksum {
    enum digest_algorithm algorithm;
    struct str digest;
};
/* "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=". */
MUST_USE struct err *tus_checksum_read(struct str header, struct arena *arena,
                                       struct tus_checksum *out);

enum { TUS_DATE = 30 };
/* Upload-Expires: an IMF-fixdate (RFC 9110 §5.6.7), "Sun, 06 Nov 1994 08:49:37 GMT". */
void tus_date_print(struct instant at, char out[TUS_DATE]);
