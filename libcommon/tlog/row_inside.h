/* What writing and reading rows of extracts share. */
#pragma once

#include "tlog/row.h"

struct log_member_kind {
    const char *name;
    bool covered;
};
extern const struct log_member_kind log_members[LOG_MEMBERS];

/* Each member's JSON as it stands in the row's: a value, or a commitment in quotes; absent when the
 * row has none. */
struct log_members_json {
    struct str at[LOG_MEMBERS];
};
struct sha256 log_commitment_of(struct str salt, const struct log_members_json *members);
struct sha256 log_member_commitment(struct str key, struct str value);
/* Base64 in quotes. */
void log_put_hash(const struct sha256 *hash, struct buf *out);
