/* Signed tokens: a JWS in compact form (RFC 7515) by one of the keys of a JWKS document (RFC 7517).
 * One verification for our own tokens (http/token.h) and for those of identity providers
 * (http/id_token.h). cjose checks the signatures; it lives here and in the room that signs.
 *
 * What a token's header says never chooses more than one key among those that are known: the
 * algorithm must be one that the rule takes, and one that the key is for by its own kty and alg; so
 * neither "none" nor an HMAC with a public key's text can be verified. Places of keys (jku, x5u)
 * and keys in the token (jwk, x5c) are refused with it, as is all that must not be passed over
 * (crit).
 */
#pragma once

#include "base/digest.h"
#include "base/field.h"

enum {
    JWS_KEYS_MAX = 32,      /* keys in a JWKS document */
    JWS_JWKS_MAX = 65536,   /* bytes of a JWKS document */
    JWS_SEEN_MAX = 256,     /* tokens that are remembered */
    JWS_RSA_BITS_MIN = 2048 /* of an RSA key that is used */
};

/* A set. */
enum jws_algorithm { JWS_ES256 = 1, JWS_RS256 = 2, JWS_PS256 = 4 };
/* ES256, RS256, PS256; 0 for any other word. */
unsigned jws_algorithm_named(struct str word);

/* Keys to verify with; made once, then read by any number of threads. */
struct jws_keys;

/* Reads a JWKS document. Keys that are for none of the algorithms, or not for signatures, are
 * passed over; INVALID when none is left, or one of ours is damaged or too short or has no kid, or
 * two have the same kid. */
MUST_USE struct err *jws_keys_read(struct str jwks, unsigned algorithms, struct jws_keys **out);
void jws_keys_free(struct jws_keys *keys);

/* What a token must look like. */
struct jws_rule {
    unsigned algorithms;
    size_t limit;        /* bytes */
    const char *type;    /* the header's typ … */
    const char *or_type; /* … or this; NULL: no other … */
    bool untyped; /* … which may also be absent; then it may name its certificate too (x5t) */
};

/* Tokens whose form, header and signature were good, by their digests: what comes with each request
 * is verified once. For one rule and one set of keys, and one thread: zero at first, and zero again
 * when the keys are read anew. */
struct jws_seen {
    struct sha256 tokens[JWS_SEEN_MAX];
};

/* UNAUTHENTICATED, "the token is not valid", whatever is wrong; the log's part says what. */
#define JWS_NOT_VALID(...)                                                                         \
    err_private(err_new(ERR_UNAUTHENTICATED, "the token is not valid"), __VA_ARGS__)
/* The same of what another function found. */
MUST_USE struct err *jws_not_valid(const struct err *cause, const char *what);

/* Form, header, key, signature, in that order, of what `seen` (may be NULL) does not remember; then
 * *out_payload, in the arena, is what the key's owner has signed. A token signed by a key that is
 * not known sets *out_unknown_key, and nothing else does: then it is worth reading the JWKS again,
 * once. */
MUST_USE struct err *jws_verify(const struct jws_keys *keys, struct str text,
                                const struct jws_rule *rule, struct jws_seen *seen,
                                struct arena *arena, struct str *out_payload,
                                bool *out_unknown_key);
