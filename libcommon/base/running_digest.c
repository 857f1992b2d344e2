/* The chaining value of SHA-256 in and out of Nettle's context, whose members are public. OpenSSL 3
 * shows its own only through functions it has deprecated. */
#include "base/running_digest.h"
#include "base/base.h"

#include <nettle/sha2.h>

static void load_chain(const struct running_digest *running, struct sha256_ctx *out)
{
    sha256_init(out);
    out->count = running->bytes / RUNNING_BLOCK;
    for (size_t i = 0; i < COUNT(out->state); i++)
        out->state[i] = (uint32_t)running->chain[4 * i] << 24 |
                        (uint32_t)running->chain[4 * i + 1] << 16 |
                        (uint32_t)running->chain[4 * i + 2] << 8 | running->chain[4 * i + 3];
}

static void save_chain(const struct sha256_ctx *context, struct running_digest *out)
{
    out->bytes = context->count * RUNNING_BLOCK;
    for (size_t i = 0; i < sizeof out->chain; i++)
        out->chain[i] = (uint8_t)(context->state[i / 4] >> (24 - 8 * (i % 4)));
}

struct running_digest running_digest_start(void)
{
    struct sha256_ctx context;
    struct running_digest out;
    sha256_init(&context);
    save_chain(&context, &out);
    return out;
}

void running_digest_add(struct running_digest *running, struct str bytes)
{
    struct sha256_ctx context;
    assert(bytes.len % RUNNING_BLOCK == 0);
    load_chain(running, &context);
    sha256_update(&context, bytes.len, (const uint8_t *)bytes.ptr);
    save_chain(&context, running);
}

struct sha256 running_digest_end(const struct running_digest *running, struct str last)
{
    struct sha256_ctx context;
    struct sha256 out;
    load_chain(running, &context);
    sha256_update(&context, last.len, (const uint8_t *)last.ptr);
    sha256_digest(&context, sizeof out.bytes, out.bytes);
    return out;
}
