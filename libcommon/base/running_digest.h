/* A SHA-256 that can be laid down and taken up again, by another process too: bytes that arrive
 * over days are hashed once. What is kept is the chaining value of FIPS 180-4 §6.2.2, which stands
 * on its own at each multiple of 64 bytes, so it binds nobody to a library or its version. */
#pragma once

#include "base/digest.h"

struct running_digest {
    uint64_t bytes; /* digested so far; a multiple of RUNNING_BLOCK */
    uint8_t chain[32];
};

enum { RUNNING_BLOCK = 64 };

struct running_digest running_digest_start(void);
/* `bytes` is whole blocks; anything else is our fault. */
void running_digest_add(struct running_digest *running, struct str bytes);
/* With the last bytes, of any length. The running digest stays as it was. */
struct sha256 running_digest_end(const struct running_digest *running, struct str last);
