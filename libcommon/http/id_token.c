/* ID tokens and logout tokens: the signature (http/jws.h), then the claims. */
#include "http/id_token.h"
#include "base/base.h"
#include "base/digest.h"
#include "text/json.h"

enum { SECOND = 1000000, LAST_SECOND = 253402300799, AUDIENCES_MAX = 16, CLAIMS_MAX = 200 };

#define LOGOUT_EVENT "http://schemas.openid.net/event/backchannel-logout"

/* What every one of them says: from whom, for whom, when. */
struct claims {
    struct str issuer;
    struct str party;
    int64_t issued_at;
    int64_t not_before;
    int64_t expires_at;
};

static const struct field claims_fields[] = {
    FIELD_NAMED(struct claims, issuer, "iss", REQUIRED, .min = 1, .max = 512),
    FIELD_NAMED(struct claims, party, "azp", OPTIONAL, .max = 512),
    FIELD_NAMED(struct claims, issued_at, "iat", REQUIRED, .min = 0, .max = LAST_SECOND),
    FIELD_NAMED(struct claims, not_before, "nbf", OPTIONAL, .min = 0, .max = LAST_SECOND),
    FIELD_NAMED(struct claims, expires_at, "exp", REQUIRED, .min = 0, .max = LAST_SECOND),
    FIELDS_END};

struct sign_in {
    struct str subject;
    struct str session;
    struct str nonce;
    struct str access_hash;
    struct str assurance;
};

static const struct field sign_in_fields[] = {
    FIELD_NAMED(struct sign_in, subject, "sub", REQUIRED, .min = 1, .max = 255),
    FIELD_NAMED(struct sign_in, session, "sid", OPTIONAL, .min = 1, .max = ID_TOKEN_SID_MAX),
    FIELD_NAMED(struct sign_in, nonce, "nonce", REQUIRED, .min = 1, .max = 128),
    FIELD_NAMED(struct sign_in, access_hash, "at_hash", OPTIONAL, .min = 1, .max = 128),
    FIELD_NAMED(struct sign_in, assurance, "acr", OPTIONAL, .max = 256),
    FIELDS_END};

static const struct field logout_fields[] = {
    FIELD_NAMED(struct logout_token, id, "jti", REQUIRED, .min = 1, .max = 255),
    FIELD_NAMED(struct logout_token, subject, "sub", OPTIONAL, .min = 1, .max = 255),
    FIELD_NAMED(struct logout_token, session, "sid", OPTIONAL, .min = 1, .max = ID_TOKEN_SID_MAX),
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

/* Says *out of itself what it must, of `fields`; from whom, for whom and when are as expected. */
static struct err *read_claims(struct str text, const struct id_token_expected *expected,
                               struct instant now, const struct field *fields, struct arena *arena,
                               struct claims *claims, void *out)
{
    struct err *e = json_read(text, claims_fields, JSON_IGNORE_UNKNOWN, "claims", arena, claims);
    if (e == NULL)
        e = json_read(text, fields, JSON_IGNORE_UNKNOWN, "claims", arena, out);
    if (e != NULL)
        return jws_not_valid(e, "the claims");
    if (!str_equal(expected->issuer, claims->issuer))
        return JWS_NOT_VALID("issued by another, \"%.*s\"", STR_ARG(claims->issuer));
    TRY(check_audience(text, claims, expected, arena));
    return check_time(claims, now);
}

/* --- ID tokens
 * -------------------------------------------------------------------------------------- */

/* The left half of the digest: SHA-256 with each algorithm that is taken. */
static struct err *check_access_hash(struct str access_hash, struct str access_token)
{
    autobuf struct buf half = buf_new(64);
    struct sha256 digest = sha256_of(access_token);
    buf_base64url(&half, (struct str){(const char *)digest.bytes, sizeof digest.bytes / 2});
    if (access_hash.ptr == NULL)
        return NULL;
    return access_token.ptr != NULL && str_equal(access_hash, buf_str(&half))
               ? NULL
               : JWS_NOT_VALID("at_hash is of another access token");
}

struct err *id_token_verify(const struct jws_keys *keys, struct str text,
                            const struct id_token_expected *expected, struct instant now,
                            struct arena *arena, struct id_token *out, bool *out_unknown_key)
{
    const struct jws_rule rule = {
        .algorithms = expected->algorithms, .limit = ID_TOKEN_MAX, .type = "JWT", .untyped = true};
    struct claims claims = {0};
    struct sign_in said = {0};
    struct id_token token = {0};
    TRY(jws_verify(keys, text, &rule, NULL, arena, &token.claims, out_unknown_key));
    TRY(read_claims(token.claims, expected, now, sign_in_fields, arena, &claims, &said));
    struct err *e =
        json_member_strs(token.claims, "amr", ID_TOKEN_METHODS_MAX, arena, &token.methods);
    if (e != NULL)
        return jws_not_valid(e, "the claims");
    if (!str_equal(expected->nonce, said.nonce))
        return JWS_NOT_VALID("the nonce is of another sign-in");
    TRY(check_access_hash(said.access_hash, expected->access_token));
    token.subject = said.subject;
    token.session = said.session;
    token.issued_at = claims.issued_at;
    token.assurance = said.assurance;
    *out = token;
    return NULL;
}

/* --- logout tokens
 * ---------------------------------------------------------------------------------- */

/* Is the member of that name an object? */
static bool has_object(const struct json_part *parts, size_t count, const char *name,
                       struct str *out_text)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i].kind == JSON_IS_OBJECT && str_equal(parts[i].name, str_from(name))) {
            *out_text = parts[i].text;
            return true;
        }
    return false;
}

/* It says that somebody was signed out; and it has no nonce, so no ID token is taken for one. */
static struct err *check_event(struct str text, struct arena *arena)
{
    struct json_part *parts = NULL;
    size_t count = 0;
    struct str events = {0};
    struct str event = {0};
    struct str nonce = {0};
    struct err *e = json_member(text, "nonce", arena, &nonce);
    if (e == NULL)
        e = json_parts(text, CLAIMS_MAX, "claims", arena, &parts, &count);
    if (e != NULL)
        return jws_not_valid(e, "the claims");
    if (nonce.ptr != NULL)
        return JWS_NOT_VALID("it has a nonce");
    if (!has_object(parts, count, "events", &events))
        return JWS_NOT_VALID("events: no object");
    e = json_parts(events, CLAIMS_MAX, "events", arena, &parts, &count);
    if (e != NULL)
        return jws_not_valid(e, "the claims");
    return has_object(parts, count, LOGOUT_EVENT, &event)
               ? NULL
               : JWS_NOT_VALID("events: nobody was signed out");
}

struct err *logout_token_verify(const struct jws_keys *keys, struct str text,
                                const struct id_token_expected *expected, struct instant now,
                                struct arena *arena, struct logout_token *out,
                                bool *out_unknown_key)
{
    const struct jws_rule rule = {.algorithms = expected->algorithms,
                                  .limit = ID_TOKEN_MAX,
                                  .type = "logout+jwt",
                                  .or_type = "JWT",
                                  .untyped = true};
    struct claims claims = {0};
    struct logout_token token = {0};
    struct str payload = {0};
    TRY(jws_verify(keys, text, &rule, NULL, arena, &payload, out_unknown_key));
    TRY(read_claims(payload, expected, now, logout_fields, arena, &claims, &token));
    TRY(check_event(payload, arena));
    if (claims.issued_at + LOGOUT_TOKEN_AGE + ID_TOKEN_SKEW <= now.us / SECOND)
        return JWS_NOT_VALID("made too long ago");
    if (token.subject.ptr == NULL && token.session.ptr == NULL)
        return JWS_NOT_VALID("neither sub nor sid");
    token.issued_at = claims.issued_at;
    *out = token;
    return NULL;
}
