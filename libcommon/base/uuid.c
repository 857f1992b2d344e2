/* UUIDs by RFC 9562. */
#include "base/base.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

/* 5b1c3f8e-8a55-4c0b-9a5e-7e2d0f6a9c11: the name space of everything this archive names. */
static const uint8_t NAMESPACE[16] = {0x5b, 0x1c, 0x3f, 0x8e, 0x8a, 0x55, 0x4c, 0x0b,
                                      0x9a, 0x5e, 0x7e, 0x2d, 0x0f, 0x6a, 0x9c, 0x11};

static struct uuid versioned(struct uuid id, uint8_t version)
{
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | version << 4);
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

struct uuid uuid_random(void)
{
    struct uuid id;
    if (RAND_bytes(id.bytes, sizeof id.bytes) != 1)
        abort();
    return versioned(id, 4);
}

struct uuid uuid_from_parts(const struct str *parts, size_t count)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1 &&
                EVP_DigestUpdate(context, NAMESPACE, sizeof NAMESPACE) == 1;
    for (size_t i = 0; i < count && good; i++) {
        uint8_t length[4] = {(uint8_t)(parts[i].len >> 24), (uint8_t)(parts[i].len >> 16),
                             (uint8_t)(parts[i].len >> 8), (uint8_t)parts[i].len};
        good = EVP_DigestUpdate(context, length, sizeof length) == 1 &&
               EVP_DigestUpdate(context, parts[i].ptr, parts[i].len) == 1;
    }
    if (!good || EVP_DigestFinal_ex(context, digest, NULL) != 1)
        abort();
    EVP_MD_CTX_free(context);
    struct uuid id;
    memcpy(id.bytes, digest, sizeof id.bytes);
    return versioned(id, 5);
}

bool uuid_parse(struct str text, struct uuid *out)
{
    static const uint8_t starts[] = {0, 9, 14, 19, 24};
    static const uint8_t lengths[] = {4, 2, 2, 2, 6};
    struct uuid id;
    if (text.len != UUID_TEXT)
        return false;
    size_t done = 0;
    for (size_t i = 0; i < COUNT(starts); i++) {
        if (i > 0 && text.ptr[starts[i] - 1] != '-')
            return false;
        if (!hex_decode(str_slice(text, starts[i], starts[i] + 2U * lengths[i]), id.bytes + done,
                        lengths[i]))
            return false;
        done += lengths[i];
    }
    *out = id;
    return true;
}

void uuid_print(struct uuid id, char out[UUID_TEXT + 1])
{
    char hex[32];
    hex_encode(id.bytes, sizeof id.bytes, hex);
    static const uint8_t lengths[] = {8, 4, 4, 4, 12};
    char *at = out;
    const char *from = hex;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        if (i > 0)
            *at++ = '-';
        memcpy(at, from, lengths[i]);
        at += lengths[i];
        from += lengths[i];
    }
    *at = '\0';
}

bool uuid_is_nil(struct uuid id)
{
    return uuid_equal(id, (struct uuid){0});
}

bool uuid_equal(struct uuid a, struct uuid b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

struct uuid_text uuid_text(struct uuid id)
{
    struct uuid_text out;
    uuid_print(id, out.text);
    return out;
}
