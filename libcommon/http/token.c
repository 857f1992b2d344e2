/* Verification of access tokens: the signature (http/jws.h), then the claims. */
#include "http/token.h"
#include "base/base.h"
#include "text/json.h"

enum { SECOND = 1000000, LAST_SECOND = 253402300799 };

const struct field token_fields[] = {
    FIELD_NAMED(struct token, issuer, "iss", REQUIRED, .min = 1, .max = 512),
    FIELD_NAMED(struct token, user, "sub", REQUIRED),
    FIELD_NAMED(struct token, audience, "aud", REQUIRED, .min = 1, .max = 512),
    FIELD_NAMED(struct token, tenant, "tenant", REQUIRED, .min = 0, .max = INT16_MAX),
    FIELD_NAMED(struct token, assignment, "assignment", OPTIONAL),
    FIELD_NAMED(struct token, id, "jti", REQUIRED),
    FIELD_NAMED(struct token, issued_at, "iat", REQUIRED, .min = 0, .max = LAST_SECOND),
    FIELD_NAMED(struct token, not_before, "nbf", REQUIRED, .min = 0, .max = LAST_SECOND),
    FIELD_NAMED(struct token, expires_at, "exp", REQUIRED, .min = 0, .max = LAST_SECOND),
    FIELD_NAMED(struct token, methods, "amr", OPTIONAL, .max = TOKEN_METHODS_MAX),
    FIELD_NAMED(struct token, assurance, "acr", OPTIONAL, .max = 256),
    FIELDS_END};

static bool is_listed(struct strs list, struct str text)
{
    for (size_t i = 0; i < list.count; i++)
        if (str_equal(list.at[i], text))
            return true;
    return false;
}

static struct err *check_claims(const struct token *token, const struct token_expected *expected,
                                struct instant now)
{
    int64_t seconds = now.us / SECOND;
    if (!now.known)
        return ERR_BUG_AT("could not check a token: the time is not known");
    if (!is_listed(expected->issuers, token->issuer))
        return JWS_NOT_VALID("issued by another, \"%.*s\"", STR_ARG(token->issuer));
    if (!str_equal(expected->audience, token->audience))
        return JWS_NOT_VALID("for another, \"%.*s\"", STR_ARG(token->audience));
    if (token->expires_at + TOKEN_SKEW <= seconds)
        return JWS_NOT_VALID("expired %lld seconds ago", (long long)(seconds - token->expires_at));
    if (token->not_before - TOKEN_SKEW > seconds || token->issued_at - TOKEN_SKEW > seconds)
        return JWS_NOT_VALID("not valid for another %lld seconds",
                             (long long)(token->not_before - seconds));
    return NULL;
}

struct err *token_verify(const struct jws_keys *keys, struct str text,
                         const struct token_expected *expected, struct instant now,
                         struct jws_seen *seen, struct arena *arena, struct token *out,
                         bool *out_unknown_key)
{
    static const struct jws_rule rule = {
        .algorithms = JWS_ES256, .limit = TOKEN_MAX, .type = "at+jwt"};
    struct str claims = {0};
    struct token token = {0};
    TRY(jws_verify(keys, text, &rule, seen, arena, &claims, out_unknown_key));
    struct err *e = json_read(claims, token_fields, JSON_IGNORE_UNKNOWN, "claims", arena, &token);
    if (e != NULL)
        return jws_not_valid(e, "the claims");
    TRY(check_claims(&token, expected, now));
    *out = token;
    return NULL;
}
