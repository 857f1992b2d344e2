/* ID tokens: the signature (http/jws.h), then the claims. */
#include "http/id_token.h"
#include "base/base.h"
#include "base/digest.h"
#include "text/json.h"

enum { SECOND = 1000000, LAST_SECOND = 253402300799, AUDIENCES_MAX = 16 };

struct claims {
    struct str issuer;
    struct str subject;
    struct str party;
    struct str nonce;
    struct str access_hash;
    struct str assurance;
    int64_t issued_at;
    int64_t not_before;
    int64_t expires_at;
};

static const struct field claims_fields[] = {
    FIELD_NAMED(struct claims, issuer, "iss", REQUIRED, .min = 1, .max = 512),
    FIELD_NAMED(struct claims, subject, "sub", REQUIRED, .min = 1, .max = 255),
    FIELD_NAMED(struct claims, party, "azp", OPTIONAL, .max = 512),
    FIELD_NAMED(struct claims, nonce, "nonce", REQUIRED, .min = 1, .max = 128),
    FIELD_NAMED(struct claims, access_hash, "at_hash", OPTIONAL, .min = 1, .max = 128),
    FIELD_NAMED(struct claims, assurance, "acr", OPTIONAL, .max = 256),
    FIELD_NAMED(struct claims, issued_at, "iat", REQUIRED, .min = 0, .max = LAST_SECOND),
    FIELD_NAMED(struct claims, not_before, "nbf", OPTIONAL, .min = 0, .max = LAST_SECOND),
    FIELD_NAMED(struct claims, expires_at, "exp", REQUIRED, .min = 0, .max = LAST_SECOND),
    FIELDS_END};

/* A token for several would let another of them sign in here as its people. */
static struct err *check_audience(struct str text, const struct claims *claims,
                                  const struct id_token_expected *expected, struct arena *arena)
{
    struct strs audiences = {0};
    struct err *e = json_member_strs(text, "aud", AUDIENCES_MAX, arena, &audiences);
    if (e != NULL)
        return jws_not_valid(e, "the claims");
    if (audiences.count != 1 || !str_equal(audiences.at[0], expected->client))
        return JWS_NOT_VALID("for another, or for several");
    if (claims->party.ptr != NULL && !str_equal(claims->party, expected->client))
        return JWS_NOT_VALID("made for another party, \"%.*s\"", STR_ARG(claims->party));
    return NULL;
}

static struct err *check_time(const struct claims *claims, struct instant now)
{
    int64_t seconds = now.us / SECOND;
    if (!now.known)
        return ERR_BUG_AT("could not check a token: the time is not known");
    if (claims->expires_at + ID_TOKEN_SKEW <= seconds)
        return JWS_NOT_VALID("expired %lld seconds ago", (long long)(seconds - claims->expires_at));
    if (claims->issued_at - ID_TOKEN_SKEW > seconds || claims->not_before - ID_TOKEN_SKEW > seconds)
        return JWS_NOT_VALID("from the future");
    return NULL;
}

/* The left half of the digest: SHA-256 with each algorithm that is taken. */
static struct err *check_access_hash(const struct claims *claims, struct str access_token)
{
    autobuf struct buf half = buf_new(64);
    struct sha256 digest = sha256_of(access_token);
    buf_base64url(&half, (struct str){(const char *)digest.bytes, sizeof digest.bytes / 2});
    if (claims->access_hash.ptr == NULL)
        return NULL;
    return access_token.ptr != NULL && str_equal(claims->access_hash, buf_str(&half))
               ? NULL
               : JWS_NOT_VALID("at_hash is of another access token");
}

static struct err *check(const struct claims *claims, struct str text,
                         const struct id_token_expected *expected, struct instant now,
                         struct arena *arena)
{
    if (!str_equal(expected->issuer, claims->issuer))
        return JWS_NOT_VALID("issued by another, \"%.*s\"", STR_ARG(claims->issuer));
    TRY(check_audience(text, claims, expected, arena));
    TRY(check_time(claims, now));
    if (!str_equal(expected->nonce, claims->nonce))
        return JWS_NOT_VALID("the nonce is of another sign-in");
    return check_access_hash(claims, expected->access_token);
}

struct err *id_token_verify(const struct jws_keys *keys, struct str text,
                            const struct id_token_expected *expected, struct instant now,
                            struct arena *arena, struct id_token *out, bool *out_unknown_key)
{
    const struct jws_rule rule = {
        .algorithms = expected->algorithms, .limit = ID_TOKEN_MAX, .type = "JWT", .untyped = true};
    struct claims claims = {0};
    struct id_token token = {0};
    TRY(jws_verify(keys, text, &rule, arena, &token.claims, out_unknown_key));
    struct err *e =
        json_read(token.claims, claims_fields, JSON_IGNORE_UNKNOWN, "claims", arena, &claims);
    if (e == NULL)
        e = json_member_strs(token.claims, "amr", ID_TOKEN_METHODS_MAX, arena, &token.methods);
    if (e != NULL)
        return jws_not_valid(e, "the claims");
    TRY(check(&claims, token.claims, expected, now, arena));
    token.subject = claims.subject;
    token.assurance = claims.assurance;
    *out = token;
    return NULL;
}
