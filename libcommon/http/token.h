/* Access tokens: who a person is and which one assignment was chosen, and nothing else. What the
 * person may do is read from the database at every request; no room caches it, so a token outlives
 * no right.
 *
 * A token is a JWS in compact form (RFC 7515) with the header
 * {"alg":"ES256","kid":…,"typ":"at+jwt"} and no other member, and claims as below (RFC 7519, RFC
 * 9068). cjose checks signatures; it lives here and in the room that signs. Only ES256 is known:
 * what the header names never chooses the algorithm or the place of a key. */
#pragma once

#include "base/field.h"

enum {
    TOKEN_MAX = 8192,       /* bytes of a token */
    TOKEN_KEYS_MAX = 16,    /* keys in a JWKS document */
    TOKEN_JWKS_MAX = 16384, /* bytes of a JWKS document */
    TOKEN_SKEW = 60         /* seconds that two clocks may differ */
};

struct token {
    struct str issuer;      /* iss */
    struct uuid user;       /* sub */
    struct str audience;    /* aud: one */
    int32_t tenant;         /* 0: someone of no region, who sees no content */
    struct uuid assignment; /* nil: none chosen, which opens nothing */
    struct uuid id;         /* jti */
    int64_t issued_at;      /* iat; seconds since 1970, as the next two */
    int64_t not_before;     /* nbf */
    int64_t expires_at;     /* exp */
};
/* One table for the room that signs and for those that read. Claims it does not know are passed
 * over (RFC 7519). */
extern const struct field token_fields[];

/* Keys to verify with; made once, then read by any number of threads. */
struct token_keys;

/* Reads a JWKS document (RFC 7517). Keys that are not for ES256 signatures are passed over; INVALID
 * when none is left, or one of ours is damaged, or two have the same kid. */
MUST_USE struct err *token_keys_read(struct str jwks, struct token_keys **out);
void token_keys_free(struct token_keys *keys);

struct token_expected {
    struct strs issuers; /* any of these */
    struct str audience;
};

/* UNAUTHENTICATED, "the token is not valid", whatever is wrong; the log's part says what. A token
 * signed by a key that is not known sets *out_unknown_key, and nothing else does: then it is worth
 * reading the JWKS again, once. Strings of the token live in `arena`. */
MUST_USE struct err *token_verify(const struct token_keys *keys, struct str text,
                                  const struct token_expected *expected, struct instant now,
                                  struct arena *arena, struct token *out, bool *out_unknown_key);
