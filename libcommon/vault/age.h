/* The age v1 file format (https://c2sp.org/age, age-encryption.org/v1): what suppliers encrypt with
 * and what the vault's bytes are sealed in, so that Debian's `age` opens both without us.
 * Recipients are X25519 only.
 *
 * An age file is header ‖ payload. The header wraps the file key for each recipient; the payload is
 * a 16-byte nonce and chunks of 64 KiB, each sealed with ChaCha20-Poly1305 (STREAM). The vault
 * keeps the two apart: whoever destroys the header has destroyed the bytes (README.md here).
 *
 * Secrets (file keys, identities) have no printer but age_identity_print. Everything here belongs
 * to one thread. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "vault/source.h"

enum {
    AGE_CHUNK = 64 * 1024, /* plaintext bytes of a chunk */
    AGE_TAG = 16,          /* what sealing adds to a chunk */
    AGE_NONCE = 16,        /* in front of the chunks */
    AGE_HEADER_MAX = 64 * 1024,
    AGE_STANZAS_MAX = 64,
};

/* --- keys (age_key.c)
 * ------------------------------------------------------------------------------ */

struct file_key {
    uint8_t bytes[16];
};
struct age_recipient {
    uint8_t point[32];
};
struct age_identity {
    uint8_t secret[32];
};

/* File keys for one unit of work, zeroed, in pages that are neither swapped nor dumped. TRANSIENT
 * when the process may lock no more memory (RLIMIT_MEMLOCK). */
MUST_USE struct err *file_keys_new(size_t count, struct file_key **out_keys);
void file_keys_free(struct file_key *keys, size_t count); /* wipes them; NULL is fine */
void file_key_random(struct file_key *out_key);
void file_key_wipe(struct file_key *key);

void age_identity_random(struct age_identity *out_identity);
void age_identity_wipe(struct age_identity *identity);
struct age_recipient age_identity_recipient(const struct age_identity *identity);
/* "AGE-SECRET-KEY-1…" and "age1…" (Bech32, BIP 173, without its limit on length). INVALID says what
 * is wrong and never quotes a secret. */
MUST_USE struct err *age_identity_parse(struct str text, struct age_identity *out_identity);
MUST_USE struct err *age_recipient_parse(struct str text, struct age_recipient *out_recipient);
void age_identity_print(const struct age_identity *identity, struct buf *out);
void age_recipient_print(struct age_recipient recipient, struct buf *out);

/* HKDF-SHA-256 (RFC 5869) with 32 bytes out, the one key derivation of the format; wiped by the
 * caller. */
struct sha256 age_hkdf(struct str secret, struct str salt, struct str info);

/* --- header (age.c)
 * -------------------------------------------------------------------------------- */

/* Appends the header that wraps `key` for each recipient, its last newline included. */
MUST_USE struct err *age_header_write(const struct age_recipient *recipients, size_t count,
                                      const struct file_key *key, struct buf *out);
/* Unwraps the file key. CORRUPT: not a header, or changed; UNSUPPORTED rule "age_passphrase": made
 * for a passphrase; INVALID rule "age_recipient": made for others. Stanzas of unknown types are
 * skipped. */
MUST_USE struct err *age_header_open(struct str header, const struct age_identity *identity,
                                     struct file_key *out_key);
/* The header that `file` begins with, for whoever holds the identity. CORRUPT, TOO_LARGE
 * (AGE_HEADER_MAX, AGE_STANZAS_MAX), or UNSUPPORTED rule "age_armor" for the text form of age
 * files. */
MUST_USE struct err *age_header_read(const struct source *file, struct buf *out);

/* --- payload (age_payload.c)
 * ----------------------------------------------------------------------- */

uint64_t age_payload_size(uint64_t plain); /* nonce and tags included */
/* The other way; CORRUPT for a length that no payload has. */
MUST_USE struct err *age_plain_size(uint64_t payload, uint64_t *out_plain);

/* Sealing as a stream: begin, add any pieces, end; then begin again with the next key. What is
 * appended to `out` is the payload so far; the caller empties it when it likes and looks at
 * buf_done. */
struct age_stream;
struct age_stream *age_stream_new(void);
void age_stream_free(struct age_stream *stream);
/* `nonce` NULL takes a random one. A key and nonce must never meet twice over different bytes. */
void age_stream_begin(struct age_stream *stream, const struct file_key *key,
                      const uint8_t nonce[AGE_NONCE], struct buf *out);
void age_stream_add(struct age_stream *stream, struct str plain, struct buf *out);
/* Seals a full chunk that is still held back; only when more will surely come. */
void age_stream_push(struct age_stream *stream, struct buf *out);
void age_stream_end(struct age_stream *stream, struct buf *out);

/* Reading any range of a payload: only the chunks needed are read and opened, and the last few
 * opened are kept, so that reading forward in small steps opens each chunk once. A changed chunk is
 * CORRUPT. */
struct age_reader;
struct age_reader *age_reader_new(void);
void age_reader_free(struct age_reader *reader);
/* The payload that is the `length` bytes from `start` of `file`, which must live as long as it is
 * read from. May be done again with another. Trusts `length`: a caller that has it from `file`
 * itself uses age_reader_open_file. */
MUST_USE struct err *age_reader_open(struct age_reader *reader, const struct source *file,
                                     uint64_t start, uint64_t length, const struct file_key *key);
/* A whole age file, of which nothing else is known: opens its last chunk too, which shows that it
 * was not cut. */
MUST_USE struct err *age_reader_open_file(struct age_reader *reader, const struct source *file,
                                          const struct file_key *key);
/* The plaintext. */
struct source age_reader_source(struct age_reader *reader);
