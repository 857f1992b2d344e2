/* Verification of access tokens: form, header, key, signature, claims, in that order; nothing of a
 * step is believed before the step is passed. */
#include "http/token.h"
#include "base/base.h"
#include "text/json.h"

#include <cjose/cjose.h>

enum { SECOND = 1000000, LAST_SECOND = 253402300799, KID_MAX = 128 };

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
    FIELDS_END};

/* A public key as JWKS tells it: RFC 7517 section 4, RFC 7518 section 6.2. */
struct jwk {
    struct str type;
    struct str curve;
    struct str x;
    struct str y;
    struct str kid;
    struct str use;
    struct str algorithm;
};

static const struct field jwk_fields[] = {
    FIELD_NAMED(struct jwk, type, "kty", REQUIRED, .max = 16),
    FIELD_NAMED(struct jwk, curve, "crv", OPTIONAL, .max = 16),
    FIELD_NAMED(struct jwk, x, "x", OPTIONAL, .max = 128),
    FIELD_NAMED(struct jwk, y, "y", OPTIONAL, .max = 128),
    FIELD_NAMED(struct jwk, kid, "kid", OPTIONAL, .max = KID_MAX),
    FIELD_NAMED(struct jwk, use, "use", OPTIONAL, .max = 16),
    FIELD_NAMED(struct jwk, algorithm, "alg", OPTIONAL, .max = 16),
    FIELDS_END};

struct header {
    struct str algorithm;
    struct str kid;
    struct str type;
};

static const struct field header_fields[] = {
    FIELD_NAMED(struct header, algorithm, "alg", REQUIRED, .max = 16),
    FIELD_NAMED(struct header, kid, "kid", REQUIRED, .min = 1, .max = KID_MAX),
    FIELD_NAMED(struct header, type, "typ", REQUIRED, .max = 16), FIELDS_END};

struct token_keys {
    cjose_jwk_t *keys[TOKEN_KEYS_MAX];
    size_t count;
};

/* ---- keys ---- */

void token_keys_free(struct token_keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t i = 0; i < keys->count; i++)
        cjose_jwk_release(keys->keys[i]);
    free(keys);
}

static void drop_keys(struct token_keys **keys)
{
    token_keys_free(*keys);
}

static const cjose_jwk_t *key_named(const struct token_keys *keys, struct str kid)
{
    for (size_t i = 0; i < keys->count; i++)
        if (str_equal(kid, str_from(cjose_jwk_get_kid(keys->keys[i], NULL))))
            return keys->keys[i];
    return NULL;
}

static bool for_es256(const struct jwk *jwk)
{
    return str_equal(jwk->type, S("EC")) && str_equal(jwk->curve, S("P-256")) &&
           (jwk->use.ptr == NULL || str_equal(jwk->use, S("sig"))) &&
           (jwk->algorithm.ptr == NULL || str_equal(jwk->algorithm, S("ES256")));
}

/* Only the members of the table reach cjose: written anew from it, a private part never does. */
static struct err *add_key(struct token_keys *keys, const struct jwk *jwk)
{
    autobuf struct buf text = buf_new(2048);
    cjose_err failure = {0};
    if (jwk->kid.len == 0)
        return err_new(ERR_INVALID, "could not read a key: it has no kid");
    if (key_named(keys, jwk->kid) != NULL)
        return err_new(ERR_INVALID, "could not read the keys: two have the kid \"%.*s\"",
                       STR_ARG(jwk->kid));
    json_write(jwk_fields, jwk, &text);
    TRY(buf_done(&text, "a key"));
    cjose_jwk_t *key = cjose_jwk_import(text.ptr, text.len, &failure);
    if (key == NULL)
        return err_new(ERR_INVALID, "could not read the key \"%.*s\": %s", STR_ARG(jwk->kid),
                       failure.message);
    keys->keys[keys->count++] = key;
    return NULL;
}

struct err *token_keys_read(struct str jwks, struct token_keys **out)
{
    if (jwks.len > TOKEN_JWKS_MAX)
        return err_new(ERR_TOO_LARGE, "the JWKS document is over %d bytes", TOKEN_JWKS_MAX);
    autoarena struct arena *arena = arena_new(256 * 1024);
    __attribute__((cleanup(drop_keys))) struct token_keys *keys =
        must_calloc(1, sizeof(struct token_keys));
    struct str list;
    void *items = NULL;
    size_t count = 0;
    TRY(json_member(jwks, "keys", arena, &list));
    TRY(json_read_list(list, jwk_fields, sizeof(struct jwk), TOKEN_KEYS_MAX, JSON_IGNORE_UNKNOWN,
                       "keys", arena, &items, &count));
    for (size_t i = 0; i < count; i++)
        if (for_es256((const struct jwk *)items + i))
            TRY(add_key(keys, (const struct jwk *)items + i));
    if (keys->count == 0)
        return err_new(ERR_INVALID, "the JWKS document has no key for ES256");
    *out = TAKE(keys);
    return NULL;
}

/* ---- tokens ---- */

#define NOT_VALID(...)                                                                             \
    err_private(err_new(ERR_UNAUTHENTICATED, "the token is not valid"), __VA_ARGS__)

/* What another function found is for the log only. */
static struct err *hide(const struct err *cause, const char *what)
{
    return NOT_VALID("%s: %s%s%s", what, cause->field != NULL ? cause->field : "",
                     cause->field != NULL ? ": " : "", cause->detail);
}

static bool is_base64url(struct str part)
{
    for (size_t i = 0; i < part.len; i++) {
        char c = part.ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_'))
            return false;
    }
    return part.len > 0 && part.len % 4 != 1;
}

/* Three parts of base64url with two dots between, checked here because cjose is laxer. */
static struct err *check_form(struct str text, struct str *out_header)
{
    struct str parts[3];
    if (text.len > TOKEN_MAX)
        return NOT_VALID("longer than %d bytes", TOKEN_MAX);
    for (size_t i = 0; i < COUNT(parts); i++)
        if (!str_cut(&text, '.', &parts[i]) || !is_base64url(parts[i]))
            return NOT_VALID("part %zu is missing or not base64url", i + 1);
    if (text.ptr != NULL)
        return NOT_VALID("more than three parts");
    *out_header = parts[0];
    return NULL;
}

/* A member that is not expected (crit, jku, jwk, x5u, b64 …) is refused: what cannot be kept must
 * not be passed over. */
static struct err *read_header(struct str encoded, struct arena *arena, struct header *out)
{
    autofree uint8_t *bytes = NULL;
    size_t length = 0;
    if (!cjose_base64url_decode(encoded.ptr, encoded.len, &bytes, &length, NULL))
        return NOT_VALID("the header is not base64url");
    struct err *e = json_read((struct str){(const char *)bytes, length}, header_fields,
                              JSON_REFUSE_UNKNOWN, "header", arena, out);
    if (e != NULL)
        return hide(e, "the header");
    if (!str_equal(out->algorithm, S("ES256")))
        return NOT_VALID("the algorithm is not ES256 but \"%.*s\"", STR_ARG(out->algorithm));
    if (!str_equal(out->type, S("at+jwt")))
        return NOT_VALID("the type is not at+jwt but \"%.*s\"", STR_ARG(out->type));
    return NULL;
}

static void drop_jws(cjose_jws_t **jws)
{
    if (*jws != NULL)
        cjose_jws_release(*jws);
}

static struct err *read_signed(struct str text, const cjose_jwk_t *key, struct arena *arena,
                               struct token *out)
{
    cjose_err failure = {0};
    uint8_t *claims = NULL; /* belongs to the jws */
    size_t length = 0;
    __attribute__((cleanup(drop_jws))) cjose_jws_t *jws =
        cjose_jws_import(text.ptr, text.len, &failure);
    if (jws == NULL)
        return NOT_VALID("not a JWS: %s", failure.message);
    if (!cjose_jws_verify(jws, key, &failure))
        return NOT_VALID("the signature is wrong");
    if (!cjose_jws_get_plaintext(jws, &claims, &length, &failure))
        return NOT_VALID("no claims: %s", failure.message);
    struct err *e = json_read((struct str){(const char *)claims, length}, token_fields,
                              JSON_IGNORE_UNKNOWN, "claims", arena, out);
    return e != NULL ? hide(e, "the claims") : NULL;
}

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
        return NOT_VALID("issued by another, \"%.*s\"", STR_ARG(token->issuer));
    if (!str_equal(expected->audience, token->audience))
        return NOT_VALID("for another, \"%.*s\"", STR_ARG(token->audience));
    if (token->expires_at + TOKEN_SKEW <= seconds)
        return NOT_VALID("expired %lld seconds ago", (long long)(seconds - token->expires_at));
    if (token->not_before - TOKEN_SKEW > seconds || token->issued_at - TOKEN_SKEW > seconds)
        return NOT_VALID("not valid for another %lld seconds",
                         (long long)(token->not_before - seconds));
    return NULL;
}

struct err *token_verify(const struct token_keys *keys, struct str text,
                         const struct token_expected *expected, struct instant now,
                         struct arena *arena, struct token *out, bool *out_unknown_key)
{
    struct str encoded = {0};
    struct header header = {0};
    struct token token = {0};
    *out_unknown_key = false;
    TRY(check_form(text, &encoded));
    TRY(read_header(encoded, arena, &header));
    const cjose_jwk_t *key = key_named(keys, header.kid);
    if (key == NULL) {
        *out_unknown_key = true;
        return NOT_VALID("no key has the kid \"%.*s\"", STR_ARG(header.kid));
    }
    TRY(read_signed(text, key, arena, &token));
    TRY(check_claims(&token, expected, now));
    *out = token;
    return NULL;
}
