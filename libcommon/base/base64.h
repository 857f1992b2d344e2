/* Base64 in the standard alphabet, padded (RFC 4648 §4); written by buf_base64. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/* False for anything else than whole groups of four; then *out is left alone. */
bool base64_decode(struct str text, struct arena *arena, struct str *out);
