/* UUIDs: random (version 4) for what has no name, and made from a name (version 5) for what must be
 * the same when it is made again (an event, a delivery: see libcommon/README.md, "Made again"). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct uuid {
    uint8_t bytes[16];
};

enum { UUID_TEXT = 36 };

struct uuid uuid_random(void);
/* Version 5 in our own name space: SHA-1 over the parts, each with its length in front. */
struct uuid uuid_from_parts(const struct str *parts, size_t count);
#define UUID_FROM(...)                                                                             \
    uuid_from_parts((const struct str[]){__VA_ARGS__},                                             \
                    sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))
bool uuid_parse(struct str text, struct uuid *out); /* 8-4-4-4-12, either case */
void uuid_print(struct uuid id, char out[UUID_TEXT + 1]);
bool uuid_is_nil(struct uuid id);
bool uuid_equal(struct uuid a, struct uuid b);

struct uuid_text {
    char text[UUID_TEXT + 1];
};
/* For formats: uuid_text(id).text lives as long as the full expression. */
struct uuid_text uuid_text(struct uuid id);
