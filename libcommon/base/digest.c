/* Digests through OpenSSL's EVP, checksums through zlib. A short text is digested by Nettle: what
 * EVP does around it costs ten times as much as the digest. */
#include "base/digest.h"
#include "base/base.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <openssl/evp.h>
#include <zlib.h>

static const struct {
    const char *name;
    const char *compact; /* letters and digits only */
    size_t size;
} algorithms[DIGEST_ALGORITHMS] = {
    [DIGEST_MD5] = {"MD5", "MD5", 16},
    [DIGEST_SHA1] = {"SHA-1", "SHA1", 20},
    [DIGEST_SHA256] = {"SHA-256", "SHA256", 32},
    [DIGEST_SHA384] = {"SHA-384", "SHA384", 48},
    [DIGEST_SHA512] = {"SHA-512", "SHA512", 64},
    [DIGEST_CRC32] = {"CRC32", "CRC32", 4},
    [DIGEST_ADLER32] = {"Adler-32", "ADLER32", 4},
};

struct digests {
    unsigned wanted;
    uint32_t crc32;
    uint32_t adler32;
    EVP_MD_CTX *contexts[DIGEST_ALGORITHMS];
    uint8_t values[DIGEST_ALGORITHMS][DIGEST_LARGEST];
};

struct sha256 sha256_of(struct str bytes)
{
    struct sha256_ctx context;
    struct sha256 out;
    sha256_init(&context);
    sha256_update(&context, bytes.len, (const uint8_t *)bytes.ptr);
    sha256_digest(&context, sizeof out.bytes, out.bytes);
    return out;
}

bool sha256_equal(struct sha256 a, struct sha256 b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

bool sha256_is_zero(struct sha256 a)
{
    return sha256_equal(a, (struct sha256){0});
}

struct sha256_text sha256_text(struct sha256 d)
{
    struct sha256_text out = {0};
    hex_encode(d.bytes, sizeof d.bytes, out.text);
    return out;
}

const char *digest_name(enum digest_algorithm algorithm)
{
    return algorithms[algorithm].name;
}

size_t digest_size(enum digest_algorithm algorithm)
{
    return algorithms[algorithm].size;
}

bool digest_algorithm_parse(struct str name, enum digest_algorithm *out)
{
    char compact[16];
    size_t length = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '-')
            continue;
        if (length == sizeof compact)
            return false;
        compact[length++] = name.ptr[i];
    }
    for (size_t i = 0; i < DIGEST_ALGORITHMS; i++) {
        if (!str_equal_nocase((struct str){compact, length}, str_from(algorithms[i].compact)))
            continue;
        *out = (enum digest_algorithm)i;
        return true;
    }
    return false;
}

static const EVP_MD *method(size_t algorithm)
{
    switch ((enum digest_algorithm)algorithm) {
    case DIGEST_MD5:
        return EVP_md5();
    case DIGEST_SHA1:
        return EVP_sha1();
    case DIGEST_SHA256:
        return EVP_sha256();
    case DIGEST_SHA384:
        return EVP_sha384();
    case DIGEST_SHA512:
        return EVP_sha512();
    case DIGEST_CRC32:
    case DIGEST_ADLER32:
    case DIGEST_ALGORITHMS:
        break;
    }
    return NULL;
}

struct digests *digests_new(unsigned wanted)
{
    struct digests *d = must_calloc(1, sizeof *d);
    digests_reset(d, wanted);
    return d;
}

void digests_free(struct digests *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < DIGEST_ALGORITHMS; i++)
        EVP_MD_CTX_free(d->contexts[i]);
    free(d);
}

void digests_reset(struct digests *d, unsigned wanted)
{
    d->wanted = wanted;
    d->crc32 = 0;
    d->adler32 = 1;
    for (size_t i = 0; i < DIGEST_ALGORITHMS; i++) {
        if ((wanted & 1U << i) == 0 || method(i) == NULL)
            continue;
        bool begun = d->contexts[i] != NULL; /* NULL: the same again, without asking the provider */
        if (!begun)
            d->contexts[i] = EVP_MD_CTX_new();
        if (d->contexts[i] == NULL ||
            EVP_DigestInit_ex(d->contexts[i], begun ? NULL : method(i), NULL) != 1)
            abort();
    }
}

void digests_add(struct digests *d, struct str bytes)
{
    for (size_t i = 0; i < DIGEST_ALGORITHMS; i++)
        if ((d->wanted & 1U << i) != 0 && method(i) != NULL &&
            EVP_DigestUpdate(d->contexts[i], bytes.ptr, bytes.len) != 1)
            abort();
    if ((d->wanted & 1U << DIGEST_CRC32) != 0)
        d->crc32 = (uint32_t)crc32_z(d->crc32, (const uint8_t *)bytes.ptr, bytes.len);
    if ((d->wanted & 1U << DIGEST_ADLER32) != 0)
        d->adler32 = (uint32_t)adler32_z(d->adler32, (const uint8_t *)bytes.ptr, bytes.len);
}

static void big_endian(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

void digests_end(struct digests *d)
{
    for (size_t i = 0; i < DIGEST_ALGORITHMS; i++)
        if ((d->wanted & 1U << i) != 0 && method(i) != NULL &&
            EVP_DigestFinal_ex(d->contexts[i], d->values[i], NULL) != 1)
            abort();
    big_endian(d->values[DIGEST_CRC32], d->crc32);
    big_endian(d->values[DIGEST_ADLER32], d->adler32);
}

struct str digests_get(const struct digests *d, enum digest_algorithm algorithm)
{
    assert((d->wanted & 1U << algorithm) != 0);
    return (struct str){(const char *)d->values[algorithm], algorithms[algorithm].size};
}

struct sha256 hmac_sha256(struct str key, const struct str *parts, size_t count)
{
    struct hmac_sha256_ctx context;
    struct sha256 out;
    hmac_sha256_set_key(&context, key.len, (const uint8_t *)key.ptr);
    for (size_t i = 0; i < count; i++)
        hmac_sha256_update(&context, parts[i].len, (const uint8_t *)parts[i].ptr);
    hmac_sha256_digest(&context, sizeof out.bytes, out.bytes);
    return out;
}
