/* A growing buffer with a limit that remembers failing: write many times, check once with buf_done.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct buf {
    char *ptr; /* always NUL-terminated once something was written */
    size_t len;
    size_t capacity;
    size_t limit;
    bool failed; /* something did not fit; nothing more is written */
};

#define autobuf __attribute__((cleanup(buf_free)))

struct buf buf_new(size_t limit);
void buf_free(
    struct buf *b); /* also good for a zeroed buffer; leaves it zeroed but for its limit */
void buf_clear(struct buf *b);
/* Takes back all after the first `length` bytes, and the failing with it. */
void buf_cut(struct buf *b, size_t length);
void buf_put(struct buf *b, struct str s);
void buf_byte(struct buf *b, char c);
void buf_format(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_hex(struct buf *b, const uint8_t *bytes, size_t length);
void buf_base64(struct buf *b, struct str bytes); /* standard alphabet, padded */
/* The alphabet for URLs and file names, not padded (RFC 4648 §5), as JOSE and PKCE want it. */
void buf_base64url(struct buf *b, struct str bytes);
/* Percent-encoded but for letters, digits and "-._~" (RFC 3986 §2.3): a value in a query or form.
 */
void buf_percent(struct buf *b, struct str text);
/* Room for `length` more bytes, which the caller fills and counts into len; NULL after failing. */
char *buf_reserve(struct buf *b, size_t length);
struct str buf_str(const struct buf *b);
/* TOO_LARGE, naming `what`, when something did not fit. */
struct err *buf_done(const struct buf *b, const char *what);
