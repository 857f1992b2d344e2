/* Does an ID token let in whom its provider has signed in here and now, and nobody else; and does a
 * logout token end what its provider has ended, and nothing else? */
#include "base/base.h"
#include "base/digest.h"
#include "http/id_token.h"
#include "text/json.h"
#include "unit.h"

#include <cjose/cjose.h>

enum { NOW = 1800000000, TAKEN = JWS_ES256 | JWS_RS256 };

static struct arena *arena;
static cjose_jwk_t *curve, *modulus, *stranger;
static struct jws_keys *keys;

static struct str public_of(cjose_jwk_t *key, const char *kid)
{
    assert_true(cjose_jwk_set_kid(key, kid, strlen(kid), NULL));
    char *text = cjose_jwk_to_json(key, false, NULL);
    struct str copy = arena_str(arena, str_from(text));
    free(text);
    return copy;
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)8 << 20);
    curve = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, NULL);
    stranger = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, NULL);
    modulus = cjose_jwk_create_RSA_random(2048, (const uint8_t *)"\x01\x00\x01", 3, NULL);
    struct str jwks = arena_format(arena, "{\"keys\":[%.*s,%.*s]}", STR_ARG(public_of(curve, "ec")),
                                   STR_ARG(public_of(modulus, "rsa")));
    assert_null(jws_keys_read(jwks, TAKEN, &keys));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jws_keys_free(keys);
    cjose_jwk_release(curve);
    cjose_jwk_release(stranger);
    cjose_jwk_release(modulus);
    arena_free(arena);
    return 0;
}

static struct str sign(const char *algorithm, const char *kid, const cjose_jwk_t *key,
                       const char *claims)
{
    const char *text = NULL;
    cjose_header_t *header = cjose_header_new(NULL);
    assert_true(cjose_header_set(header, CJOSE_HDR_ALG, algorithm, NULL));
    assert_true(cjose_header_set(header, CJOSE_HDR_KID, kid, NULL));
    cjose_jws_t *jws = cjose_jws_sign(key, header, (const uint8_t *)claims, strlen(claims), NULL);
    assert_true(jws != NULL && cjose_jws_export(jws, &text, NULL));
    struct str copy = arena_str(arena, str_from(text));
    cjose_jws_release(jws);
    cjose_header_release(header);
    return copy;
}

static struct err *verify(struct str text, struct str access_token, int64_t seconds,
                          struct id_token *out, bool *out_unknown)
{
    const struct id_token_expected expected = {.issuer = S("https://idp.test"),
                                               .client = S("r7"),
                                               .nonce = S("n1"),
                                               .algorithms = TAKEN,
                                               .access_token = access_token};
    struct instant now = {.us = seconds * 1000000, .known = true};
    return id_token_verify(keys, text, &expected, now, arena, out, out_unknown);
}

#define BASE "\"iss\":\"https://idp.test\",\"sub\":\"s1\",\"aud\":\"r7\",\"nonce\":\"n1\""
#define TIME "\"iat\":1800000000,\"exp\":1800000300"

static void good(void **state)
{
    (void)state;
    static const char *const claims[] = {
        "{" BASE "," TIME "}",
        "{" BASE "," TIME ",\"azp\":\"r7\",\"acr\":\"loa3\",\"amr\":[\"pwd\",\"otp\"]}",
        "{" BASE "," TIME ",\"amr\":\"siths\",\"nbf\":1800000060}",
        /* OpenID Connect Core 1.0, appendix A.3: the hash of its access token */
        "{" BASE "," TIME ",\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RQ\"}",
    };
    struct id_token token;
    bool unknown;
    for (size_t i = 0; i < COUNT(claims); i++) {
        assert_null(verify(sign("ES256", "ec", curve, claims[i]),
                           S("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), NOW, &token,
                           &unknown));
        assert_true(str_equal(token.subject, S("s1")));
    }
    assert_null(verify(sign("RS256", "rsa", modulus, claims[1]), S(""), NOW, &token, &unknown));
    assert_int_equal(token.methods.count, 2);
    assert_true(str_equal(token.assurance, S("loa3")));
    assert_true(str_equal(token.claims, str_from(claims[1])));
}

static void refused(struct str text, int64_t seconds, const char *why)
{
    struct id_token token = {0};
    bool unknown = true;
    struct err *e = verify(text, S("access"), seconds, &token, &unknown);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_UNAUTHENTICATED);
    assert_string_equal(e->detail, "the token is not valid");
    if (e->private == NULL || strstr(e->private, why) == NULL)
        fail_msg("\"%s\" does not tell \"%s\"", e->private, why);
    assert_int_equal(unknown, strncmp(why, "no key", 6) == 0);
    assert_null(token.claims.ptr);
    err_reset();
}

static void claims_refused(void **state)
{
    (void)state;
    static const struct {
        const char *claims;
        const char *why;
    } wrong[] = {
        {"{}", "iss: missing"},
        {"[]", "not an object"},
        {"{" BASE ",\"iat\":1800000000}", "exp: missing"},
        {"{" BASE ",\"exp\":1800000300}", "iat: missing"},
        {"{" BASE ",\"iat\":\"1800000000\",\"exp\":1800000300}", "iat: not an"},
        {"{" BASE "," TIME ",\"aud\":\"r7\"}", "not valid JSON"},
        {"{\"iss\":\"https://idp.test/\",\"sub\":\"s\",\"aud\":\"r7\",\"nonce\":\"n1\"," TIME "}",
         "issued by another"},
        {"{\"iss\":\"https://idp.test\",\"sub\":\"s\",\"aud\":[],\"nonce\":\"n1\"," TIME "}",
         "for another"},
        {"{\"iss\":\"https://"
         "idp.test\",\"sub\":\"s\",\"aud\":[\"r7\",\"r7\"],\"nonce\":\"n1\"," TIME "}",
         "for several"},
        {"{\"iss\":\"https://idp.test\",\"sub\":\"s\",\"aud\":[7],\"nonce\":\"n1\"," TIME "}",
         "aud: not a list of strings"},
        {"{\"iss\":\"https://idp.test\",\"sub\":\"\",\"aud\":\"r7\",\"nonce\":\"n1\"," TIME "}",
         "sub"},
        {"{" BASE "," TIME ",\"azp\":\"R7\"}", "another party"},
        {"{" BASE "," TIME ",\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RQ\"}", "at_hash"},
        {"{" BASE "," TIME ",\"amr\":{}}", "amr: not a list"},
        {"{" BASE ",\"iat\":1800000061,\"exp\":1800000300}", "from the future"},
        {"{" BASE "," TIME ",\"nbf\":1800000061}", "from the future"},
        {"{" BASE ",\"iat\":1800000000,\"exp\":9223372036854775807}", "exp"},
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        refused(sign("ES256", "ec", curve, wrong[i].claims), NOW, wrong[i].why);
    struct str token = sign("ES256", "ec", curve, "{" BASE "," TIME "}");
    refused(token, NOW + 300 + ID_TOKEN_SKEW, "expired");
    refused(token, NOW - ID_TOKEN_SKEW - 1, "from the future");
    struct id_token read;
    bool unknown;
    assert_null(verify(token, S(""), NOW + 299 + ID_TOKEN_SKEW, &read, &unknown));
    assert_null(verify(token, S(""), NOW - ID_TOKEN_SKEW, &read, &unknown));
    const struct id_token_expected any = {.algorithms = TAKEN};
    assert_int_equal(
        id_token_verify(keys, token, &any, (struct instant){0}, arena, &read, &unknown)->code,
        ERR_UNAUTHENTICATED);
    err_reset();
}

static void signatures(void **state)
{
    (void)state;
    const char *claims = "{" BASE "," TIME "}";
    refused(sign("ES256", "ec", stranger, claims), NOW, "the signature is wrong");
    refused(sign("ES256", "other", stranger, claims), NOW, "no key has the kid");
    refused(sign("ES256", "rsa", curve, claims), NOW, "the key \"rsa\" is not for \"ES256\"");
    refused(sign("RS256", "ec", modulus, claims), NOW, "the key \"ec\" is not for \"RS256\"");
    refused(sign("PS256", "rsa", modulus, claims), NOW, "\"PS256\" is not taken");
    refused(sign("RS384", "rsa", modulus, claims), NOW, "\"RS384\" is not taken");
}

/* --- logout tokens
 * ---------------------------------------------------------------------------------- */

#define FROM  "\"iss\":\"https://idp.test\",\"aud\":\"r7\",\"jti\":\"j1\""
#define EVENT "\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}"

static struct err *verify_logout(const char *claims, int64_t seconds, struct logout_token *out)
{
    const struct id_token_expected expected = {
        .issuer = S("https://idp.test"), .client = S("r7"), .algorithms = TAKEN};
    struct instant now = {.us = seconds * 1000000, .known = true};
    bool unknown = false;
    return logout_token_verify(keys, sign("ES256", "ec", curve, claims), &expected, now, arena, out,
                               &unknown);
}

static void logout_good(void **state)
{
    (void)state;
    static const char *const claims[] = {
        "{" FROM "," TIME "," EVENT ",\"sub\":\"s1\"}",
        "{" FROM "," TIME "," EVENT ",\"sid\":\"1\"}",
        /* OpenID Connect Back-Channel Logout 1.0 section 2.4, but for its names */
        "{" FROM "," TIME
        ",\"sub\":\"248289761001\",\"sid\":\"08a5019c-17e1-4977-8f42-65a12843ea02\","
        "\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{},\"other\":1}}",
    };
    struct logout_token token = {0};
    for (size_t i = 0; i < COUNT(claims); i++)
        assert_null(verify_logout(claims[i], NOW, &token));
    assert_true(str_equal(token.id, S("j1")));
    assert_true(str_equal(token.subject, S("248289761001")));
    assert_true(str_equal(token.session, S("08a5019c-17e1-4977-8f42-65a12843ea02")));
    assert_int_equal(token.issued_at, NOW);
}

static void logout_refused(void **state)
{
    (void)state;
    static const struct {
        const char *claims;
        const char *why;
    } wrong[] = {
        {"{" FROM "," TIME "," EVENT "}", "neither sub nor sid"},
        {"{" FROM "," TIME "," EVENT ",\"sub\":\"\"}", "sub"},
        {"{" FROM "," TIME "," EVENT ",\"sid\":7}", "sid: not a"},
        {"{" FROM "," TIME ",\"sub\":\"s1\"}", "events: no object"},
        {"{" FROM "," TIME ",\"sub\":\"s1\",\"events\":[]}", "events: no object"},
        {"{" FROM "," TIME ",\"sub\":\"s1\",\"events\":{}}", "nobody was signed out"},
        {"{" FROM "," TIME "," EVENT ",\"sub\":\"s1\",\"nonce\":null}", "it has a nonce"},
        {"{" FROM ",\"iat\":1800000000," EVENT ",\"sub\":\"s1\"}", "exp: missing"},
        {"{\"iss\":\"https://idp.test\",\"aud\":\"r7\"," TIME "," EVENT ",\"sub\":\"s1\"}",
         "jti: missing"},
        {"{" FROM ",\"azp\":\"x\"," TIME "," EVENT ",\"sub\":\"s1\"}", "another party"},
        {"{" FROM ",\"iat\":1799999340,\"exp\":1900000000," EVENT ",\"sub\":\"s1\"}",
         "made too long ago"},
        {"{" FROM ",\"iat\":1800000061,\"exp\":1900000000," EVENT ",\"sub\":\"s1\"}",
         "from the future"},
    };
    struct logout_token token = {0};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct err *e = verify_logout(wrong[i].claims, NOW, &token);
        assert_non_null(e);
        assert_int_equal(e->code, ERR_UNAUTHENTICATED);
        if (e->private == NULL || strstr(e->private, wrong[i].why) == NULL)
            fail_msg("\"%s\" does not tell \"%s\"", e->private, wrong[i].why);
        assert_null(token.id.ptr);
        err_reset();
    }
    assert_null(verify_logout(
        "{" FROM ",\"iat\":1799999341,\"exp\":1900000000," EVENT ",\"sub\":\"s1\"}", NOW, &token));
}

/* Neither is taken for the other, though their types were the same. */
static void not_the_other(void **state)
{
    (void)state;
    const char *logout = "{" FROM "," TIME "," EVENT ",\"sub\":\"s1\"}";
    const char *both = "{" BASE "," TIME ",\"jti\":\"j1\"," EVENT "}";
    struct logout_token token = {0};
    refused(sign("ES256", "ec", curve, logout), NOW, "nonce: missing");
    assert_non_null(verify_logout(both, NOW, &token));
    err_reset();
}

/* An HMAC whose secret is what everybody knows: the public key, or the document it came in. */
static void key_confusion(void **state)
{
    (void)state;
    const struct str secrets[] = {public_of(curve, "ec"), public_of(modulus, "rsa"), S("r7"),
                                  S("")};
    for (size_t i = 0; i < COUNT(secrets); i++) {
        autobuf struct buf text = buf_new(4096);
        buf_base64url(&text, S("{\"alg\":\"HS256\",\"kid\":\"ec\",\"typ\":\"JWT\"}"));
        buf_byte(&text, '.');
        buf_base64url(&text, S("{" BASE "," TIME "}"));
        struct str part = buf_str(&text);
        struct sha256 mac = hmac_sha256(secrets[i], &part, 1);
        buf_byte(&text, '.');
        buf_base64url(&text, (struct str){(const char *)mac.bytes, sizeof mac.bytes});
        refused(buf_str(&text), NOW, "\"HS256\" is not taken");
    }
}

static void documents(void **state)
{
    (void)state;
    struct jws_keys *read = NULL;
    struct str one = public_of(modulus, "rsa");
    cjose_jwk_t *weak = cjose_jwk_create_RSA_random(1024, (const uint8_t *)"\x01\x00\x01", 3, NULL);
    struct str twins = arena_format(arena, "{\"keys\":[%.*s,%.*s]}", STR_ARG(one), STR_ARG(one));
    struct str shorter = arena_format(arena, "{\"keys\":[%.*s]}", STR_ARG(public_of(weak, "weak")));
    struct str own = arena_format(arena, "{\"keys\":[%.*s]}", STR_ARG(one));
    cjose_jwk_release(weak);
    assert_int_equal(jws_keys_read(twins, TAKEN, &read)->code, ERR_INVALID);
    assert_int_equal(jws_keys_read(shorter, TAKEN, &read)->code, ERR_INVALID);
    assert_int_equal(jws_keys_read(own, JWS_ES256, &read)->code, ERR_INVALID);
    assert_null(read);
    assert_null(jws_keys_read(own, JWS_PS256, &read));
    jws_keys_free(read);
    err_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),           cmocka_unit_test(claims_refused),
        cmocka_unit_test(signatures),     cmocka_unit_test(key_confusion),
        cmocka_unit_test(documents),      cmocka_unit_test(logout_good),
        cmocka_unit_test(logout_refused), cmocka_unit_test(not_the_other),
    };
    return cmocka_run_group_tests_name("id_token", tests, set_up, tear_down);
}
