/* Keys: memory that holds them, X25519 identities and their Bech32 text. */
#include "base/base.h"
#include "base/digest.h"
#include "vault/age.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/mman.h>

struct err *file_keys_new(size_t count, struct file_key **out_keys)
{
    size_t size = (count > 0 ? count : 1) * sizeof(struct file_key);
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        abort();
    if (mlock(pages, size) != 0 || madvise(pages, size, MADV_DONTDUMP) != 0) {
        struct err *e = err_errno(ERR_TRANSIENT, "could not lock memory for %zu file keys", count);
        munmap(pages, size);
        return e;
    }
    *out_keys = pages;
    return NULL;
}

void file_keys_free(struct file_key *keys, size_t count)
{
    if (keys == NULL)
        return;
    size_t size = (count > 0 ? count : 1) * sizeof *keys;
    OPENSSL_cleanse(keys, size);
    munmap(keys, size);
}

void file_key_random(struct file_key *out_key)
{
    if (RAND_priv_bytes(out_key->bytes, sizeof out_key->bytes) != 1)
        abort();
}

void file_key_wipe(struct file_key *key)
{
    OPENSSL_cleanse(key, sizeof *key);
}

void age_identity_random(struct age_identity *out_identity)
{
    if (RAND_priv_bytes(out_identity->secret, sizeof out_identity->secret) != 1)
        abort();
}

void age_identity_wipe(struct age_identity *identity)
{
    OPENSSL_cleanse(identity, sizeof *identity);
}

struct age_recipient age_identity_recipient(const struct age_identity *identity)
{
    struct age_recipient out;
    size_t length = sizeof out.point;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, identity->secret,
                                                 sizeof identity->secret);
    if (key == NULL || EVP_PKEY_get_raw_public_key(key, out.point, &length) != 1)
        abort();
    EVP_PKEY_free(key);
    return out;
}

struct sha256 age_hkdf(struct str secret, struct str salt, struct str info)
{
    static const char no_salt[32]; /* RFC 5869 §2.2 */
    if (salt.len == 0)
        salt = (struct str){no_salt, sizeof no_salt};
    struct sha256 extracted = hmac_sha256(salt, &secret, 1);
    const struct str expand[] = {info, S("\x01")};
    struct sha256 out =
        hmac_sha256((struct str){(const char *)extracted.bytes, sizeof extracted.bytes}, expand, 2);
    OPENSSL_cleanse(&extracted, sizeof extracted);
    return out;
}

/* --- Bech32
 * ---------------------------------------------------------------------------------------- */

static const char letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* 32 bytes are 52 groups of five bits, the last one filled up with four zero bits; the checksum is
 * six more. */
enum { KEY_BYTES = 32, GROUPS = 52, CHECKSUM = 6 };

static uint32_t polymod(uint32_t sum, uint8_t group)
{
    static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                          0x2a1462b3};
    uint32_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << 5 ^ group;
    for (int i = 0; i < 5; i++)
        if ((top >> i & 1) != 0)
            sum ^= generator[i];
    return sum;
}

/* Over the lower-case prefix and the groups; 1 when the groups end with their right checksum. */
static uint32_t checksum(struct str prefix, const uint8_t *groups, size_t count)
{
    uint32_t sum = 1;
    for (size_t i = 0; i < prefix.len; i++)
        sum = polymod(sum, (uint8_t)(prefix.ptr[i] >> 5));
    sum = polymod(sum, 0);
    for (size_t i = 0; i < prefix.len; i++)
        sum = polymod(sum, prefix.ptr[i] & 31);
    for (size_t i = 0; i < count; i++)
        sum = polymod(sum, groups[i]);
    return sum;
}

/* `prefix` is lower case; the text is lower case, or upper case if `upper`. */
static void bech32_print(struct str prefix, bool upper, const uint8_t key[KEY_BYTES],
                         struct buf *out)
{
    uint8_t groups[GROUPS + CHECKSUM] = {0};
    for (size_t bit = 0; bit < KEY_BYTES * 8; bit++)
        if ((key[bit / 8] >> (7 - bit % 8) & 1) != 0)
            groups[bit / 5] |= (uint8_t)(16 >> bit % 5);
    uint32_t sum = checksum(prefix, groups, sizeof groups) ^ 1;
    for (size_t i = 0; i < CHECKSUM; i++)
        groups[GROUPS + i] = sum >> (5 * (5 - i)) & 31;
    size_t start = out->len;
    buf_put(out, prefix);
    buf_byte(out, '1');
    for (size_t i = 0; i < sizeof groups; i++)
        buf_byte(out, letters[groups[i]]);
    for (size_t i = start; i < out->len && upper && !out->failed; i++)
        if (out->ptr[i] >= 'a' && out->ptr[i] <= 'z')
            out->ptr[i] = (char)(out->ptr[i] - 'a' + 'A');
    OPENSSL_cleanse(groups, sizeof groups);
}

/* The group that a letter stands for, or a negative number. */
static int group_of(char letter, bool upper)
{
    if (upper && letter >= 'a' && letter <= 'z')
        return -1;
    if (upper && letter >= 'A' && letter <= 'Z')
        letter = (char)(letter - 'A' + 'a');
    const char *at = letter != '\0' ? strchr(letters, letter) : NULL;
    return at != NULL ? (int)(at - letters) : -1;
}

static bool bech32_parse(struct str text, struct str prefix, bool upper, uint8_t out_key[KEY_BYTES])
{
    uint8_t groups[GROUPS + CHECKSUM];
    if (text.len != sizeof groups)
        return false;
    bool good = true;
    for (size_t i = 0; i < sizeof groups; i++) {
        int group = group_of(text.ptr[i], upper);
        good = good && group >= 0;
        groups[i] = (uint8_t)(group & 31);
    }
    good = good && checksum(prefix, groups, sizeof groups) == 1 && (groups[GROUPS - 1] & 15) == 0;
    if (good) {
        memset(out_key, 0, KEY_BYTES);
        for (size_t bit = 0; bit < KEY_BYTES * 8; bit++)
            if ((groups[bit / 5] >> (4 - bit % 5) & 1) != 0)
                out_key[bit / 8] |= (uint8_t)(128 >> bit % 8);
    }
    OPENSSL_cleanse(groups, sizeof groups);
    return good;
}

struct err *age_identity_parse(struct str text, struct age_identity *out_identity)
{
    struct str start = S("AGE-SECRET-KEY-1");
    if (!str_starts(text, start) || !bech32_parse(str_slice(text, start.len, text.len),
                                                  S("age-secret-key-"), true, out_identity->secret))
        return err_new(ERR_INVALID, "the text is not an age identity (AGE-SECRET-KEY-1…)");
    return NULL;
}

struct err *age_recipient_parse(struct str text, struct age_recipient *out_recipient)
{
    struct str start = S("age1");
    if (!str_starts(text, start) ||
        !bech32_parse(str_slice(text, start.len, text.len), S("age"), false, out_recipient->point))
        return err_new(ERR_INVALID, "the text is not an age recipient (age1…)");
    return NULL;
}

void age_identity_print(const struct age_identity *identity, struct buf *out)
{
    bech32_print(S("age-secret-key-"), true, identity->secret, out);
}

void age_recipient_print(struct age_recipient recipient, struct buf *out)
{
    bech32_print(S("age"), false, recipient.point, out);
}
