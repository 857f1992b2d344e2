/* scrypt through OpenSSL, and the text that keeps what it needs. */
#include "services/access/password.h"
#include "base/base.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

enum { SALT = 16, SALT_MAX = 32, HASH = 32, LOG2_N = 15, LOG2_N_MAX = 17, BLOCK = 8, PARALLEL = 1 };

struct scrypt {
    int64_t log2_n;
    uint8_t salt[SALT_MAX];
    size_t salt_length;
    uint8_t hash[HASH];
};

/* r and p are always 8 and 1: more cost is a larger N. */
static struct err *derive(const struct scrypt *parameters, struct str password, uint8_t out[HASH])
{
    uint64_t n = 1ULL << parameters->log2_n;
    uint32_t r = BLOCK;
    uint32_t p = PARALLEL;
    uint64_t memory =
        128 * (uint64_t)r * (n + p + 2); /* V, B and the working blocks (RFC 7914 section 6) */
    OSSL_PARAM settings[] = {
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, (void *)(uintptr_t)password.ptr,
                                          password.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)parameters->salt,
                                          parameters->salt_length),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
        OSSL_PARAM_construct_end()};
    EVP_KDF *method = EVP_KDF_fetch(NULL, "SCRYPT", NULL);
    EVP_KDF_CTX *context = method != NULL ? EVP_KDF_CTX_new(method) : NULL;
    bool good = context != NULL && EVP_KDF_derive(context, out, HASH, settings) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(method);
    return good ? NULL : ERR_BUG_AT("could not derive a key from a password: OpenSSL refused");
}

static void put_base64(struct str bytes, struct buf *out)
{
    buf_base64(out, bytes);
    while (!out->failed && out->len > 0 && out->ptr[out->len - 1] == '=')
        out->ptr[--out->len] = '\0';
}

/* Base64 without padding, at most `limit` bytes; false when it is anything else. */
static bool get_base64(struct str text, size_t limit, uint8_t *out, size_t *out_length)
{
    uint8_t padded[64];
    uint8_t bytes[48];
    size_t length = text.len * 3 / 4;
    if (text.len == 0 || text.len % 4 == 1 || text.len > sizeof padded || length > limit)
        return false;
    memset(padded, '=', sizeof padded);
    memcpy(padded, text.ptr, text.len);
    if (str_find(text, '=') != text.len ||
        EVP_DecodeBlock(bytes, padded, (int)((text.len + 3) / 4 * 4)) < 0)
        return false;
    memcpy(out, bytes, length);
    *out_length = length;
    return true;
}

static bool parse(struct str stored, struct scrypt *out)
{
    struct str nothing;
    struct str name;
    struct str cost;
    struct str salt;
    size_t hash_length = 0;
    return str_cut(&stored, '$', &nothing) && nothing.len == 0 && str_cut(&stored, '$', &name) &&
           str_equal(name, S("scrypt")) && str_cut(&stored, '$', &cost) &&
           str_starts(cost, S("ln=")) && str_ends(cost, S(",r=8,p=1")) &&
           str_to_i64(str_slice(cost, 3, cost.len - 8), 1, LOG2_N_MAX, &out->log2_n) &&
           str_cut(&stored, '$', &salt) &&
           get_base64(salt, SALT_MAX, out->salt, &out->salt_length) &&
           get_base64(stored, HASH, out->hash, &hash_length) && hash_length == HASH;
}

struct err *password_hash(struct str password, struct buf *out)
{
    if (password.len < PASSWORD_MIN || password.len > PASSWORD_MAX || !str_is_utf8(password))
        return err_field(ERR_INVALID, "password", "not %d to %d bytes of UTF-8", PASSWORD_MIN,
                         PASSWORD_MAX);
    struct scrypt fresh = {.log2_n = LOG2_N, .salt_length = SALT};
    if (RAND_bytes(fresh.salt, SALT) != 1)
        abort();
    TRY(derive(&fresh, password, fresh.hash));
    buf_format(out, "$scrypt$ln=%d,r=%d,p=%d$", LOG2_N, BLOCK, PARALLEL);
    put_base64((struct str){(const char *)fresh.salt, SALT}, out);
    buf_byte(out, '$');
    put_base64((struct str){(const char *)fresh.hash, HASH}, out);
    return buf_done(out, "a stored password");
}

struct err *password_check(struct str stored, struct str password, bool *out_right)
{
    bool exists = stored.ptr != NULL;
    struct scrypt kept = {.log2_n = LOG2_N, .salt_length = SALT};
    uint8_t hash[HASH];
    if (exists && !parse(stored, &kept))
        return ERR_BUG_AT("a stored password cannot be read");
    if (password.len == 0 || password.len > PASSWORD_MAX) {
        *out_right = false; /* says nothing of the account, only of what was typed */
        return NULL;
    }
    TRY(derive(&kept, password, hash));
    *out_right = CRYPTO_memcmp(hash, kept.hash, HASH) == 0 && exists;
    OPENSSL_cleanse(hash, sizeof hash);
    return NULL;
}
