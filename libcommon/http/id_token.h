/* ID tokens of identity providers: OpenID Connect Core 1.0 section 2, judged as section 3.1.3.7
 * says and stricter. One pure function of the token, the provider's keys, what is expected and the
 * time.
 */
#pragma once

#include "http/jws.h"

enum {
    ID_TOKEN_MAX = 32768, /* bytes */
    ID_TOKEN_SKEW = 60,   /* seconds that the provider's clock may differ from the database's */
    ID_TOKEN_METHODS_MAX = 16
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
    struct str assurance; /* acr; absent when the provider does not say */
    struct strs methods;  /* amr */
    struct str claims;    /* all of them, as JSON */
};

/* As jws_verify, and UNAUTHENTICATED in the same words for claims that are not as expected. */
MUST_USE struct err *id_token_verify(const struct jws_keys *keys, struct str text,
                                     const struct id_token_expected *expected, struct instant now,
                                     struct arena *arena, struct id_token *out,
                                     bool *out_unknown_key);
