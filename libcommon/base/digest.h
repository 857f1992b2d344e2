/* Digests: SHA-256 as a value, and any of the algorithms that packages state, several over one
 * pass. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct sha256 {
    uint8_t bytes[32];
};

struct sha256 sha256_of(struct str bytes);
bool sha256_equal(struct sha256 a, struct sha256 b);
bool sha256_is_zero(struct sha256 a);
struct sha256_text {
    char text[65];
};
/* For formats: sha256_text(d).text lives as long as the full expression. */
struct sha256_text sha256_text(struct sha256 d);

/* What METS CHECKSUMTYPE may say (METS 1.12), less the two that are no digests of ours to vouch for
 * (HAVAL, TIGER, WHIRLPOOL: reported as unsupported, never passed over in silence). */
enum digest_algorithm {
    DIGEST_MD5,
    DIGEST_SHA1,
    DIGEST_SHA256,
    DIGEST_SHA384,
    DIGEST_SHA512,
    DIGEST_CRC32,
    DIGEST_ADLER32,
    DIGEST_ALGORITHMS
};

enum { DIGEST_LARGEST = 64 };

const char *digest_name(enum digest_algorithm algorithm); /* as METS writes it: "SHA-256" */
size_t digest_size(enum digest_algorithm algorithm);      /* bytes */
bool digest_algorithm_parse(struct str name,
                            enum digest_algorithm *out); /* case and '-' do not matter */

/* Several digests of the same bytes, read once. `wanted` is a set of 1 << algorithm. */
struct digests;
struct digests *digests_new(unsigned wanted);
void digests_free(struct digests *d);
void digests_reset(struct digests *d, unsigned wanted);
void digests_add(struct digests *d, struct str bytes);
/* Ends the digests; each that was wanted may then be read with digests_get until the next reset. */
void digests_end(struct digests *d);
struct str digests_get(const struct digests *d, enum digest_algorithm algorithm);

/* HMAC-SHA256 over the parts, one after another with nothing between. */
struct sha256 hmac_sha256(struct str key, const struct str *parts, size_t count);
