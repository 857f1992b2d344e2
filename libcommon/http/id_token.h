/* Tokens of identity providers: ID tokens (OpenID Connect Core 1.0 section 2), judged as section
 * 3.1.3.7 says and stricter, and logout tokens (OpenID Connect Back-Channel Logout 1.0
 * section 2.4), judged as section 2.6 says. Pure functions of the token, the provider's keys, what
 * is expected and the time. Neither is ever taken for the other: the one has a nonce, the other
 * must not. */
#pragma once

#include "http/jws.h"

enum {
    ID_TOKEN_MAX = 32768, /* bytes */
    ID_TOKEN_SKEW = 60,   /* seconds that the provider's clock may differ from the database's */
    ID_TOKEN_METHODS_MAX = 16,
    ID_TOKEN_SID_MAX = 255, /* bytes */
    LOGOUT_TOKEN_AGE = 600 /* seconds after iat, whatever exp says: so long its jti is remembered */
};

struct id_token_expected {
    struct str issuer;       /* iss: exactly this */
    struct str client;       /* aud: this and no other; azp, when it is there */
    struct str nonce;        /* of the sign-in that it answers */
    unsigned algorithms;     /* those agreed with the provider (enum jws_algorithm) */
    struct str access_token; /* what at_hash is of; absent: a token with at_hash is refused */
};

struct id_token {
    struct str subject;   /* sub: unique at the issuer, and never anybody else's */
    struct str session;   /* sid: the person's session there; absent when the provider has none */
    int64_t issued_at;    /* iat: seconds since 1970, by the provider's clock */
    struct str assurance; /* acr; absent when the provider does not say */
    struct strs methods;  /* amr */
    struct str claims;    /* all of them, as JSON */
};

/* As jws_verify, and UNAUTHENTICATED in the same words for claims that are not as expected. */
MUST_USE struct err *id_token_verify(const struct jws_keys *keys, struct str text,
                                     const struct id_token_expected *expected, struct instant now,
                                     struct arena *arena, struct id_token *out,
                                     bool *out_unknown_key);

/* Whose sessions are over at the provider: the one session, or all of the person's. */
struct logout_token {
    struct str id;      /* jti: to be taken once */
    struct str subject; /* sub */
    struct str session; /* sid; at least one of the two is there */
    int64_t issued_at;  /* iat */
};

/* The same of a logout token; of what is expected, nonce and access_token mean nothing. That its
 * jti is new is the caller's to see. */
MUST_USE struct err *logout_token_verify(const struct jws_keys *keys, struct str text,
                                         const struct id_token_expected *expected,
                                         struct instant now, struct arena *arena,
                                         struct logout_token *out, bool *out_unknown_key);
