/* Access tokens: who a person is and which one assignment was chosen, and nothing else. What the
 * person may do is read from the database at every request; no room caches it, so a token outlives
 * no right.
 *
 * A token is a JWS in compact form (RFC 7515) with the header
 * {"alg":"ES256","kid":…,"typ":"at+jwt"} and no other member, and claims as below (RFC 7519, RFC
 * 9068). Only ES256 is known. */
#pragma once

#include "base/field.h"
#include "http/jws.h"

enum {
    TOKEN_MAX = 8192,      /* bytes of a token */
    TOKEN_SKEW = 60,       /* seconds that two clocks may differ */
    TOKEN_METHODS_MAX = 16 /* ways of signing in that it tells */
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
    struct strs methods;  /* amr: how the person was known (RFC 8176); for the log, opens nothing */
    struct str assurance; /* acr, as the identity provider said it; likewise */
};
/* One table for the room that signs and for those that read. Claims it does not know are passed
 * over (RFC 7519). */
extern const struct field token_fields[];

struct token_expected {
    struct strs issuers; /* any of these */
    struct str audience;
};

/* As jws_verify, with the claims, which are checked each time. Strings of the token live in
 * `arena`. */
MUST_USE struct err *token_verify(const struct jws_keys *keys, struct str text,
                                  const struct token_expected *expected, struct instant now,
                                  struct jws_seen *seen, struct arena *arena, struct token *out,
                                  bool *out_unknown_key);
