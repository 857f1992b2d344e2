/* Base64, by OpenSSL. */
#include "base/base64.h"
#include "base/base.h"

#include <openssl/evp.h>

bool base64_decode(struct str text, struct arena *arena, struct str *out)
{
    uint8_t *raw = arena_alloc(arena, text.len / 4 * 3 + 1, 1);
    int length = text.len % 4 == 0 && text.len < INT32_MAX
                     ? EVP_DecodeBlock(raw, (const uint8_t *)text.ptr, (int)text.len)
                     : -1;
    if (length < 0)
        return false;
    for (size_t i = text.len; i > 0 && text.ptr[i - 1] == '='; i--)
        length--;
    if (length < 0)
        return false;
    *out = (struct str){(const char *)raw, (size_t)length};
    return true;
}
