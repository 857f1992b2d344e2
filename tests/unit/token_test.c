/* Does a token open the door for whom it was made, and for nobody else? */
#include "base/base.h"
#include "base/digest.h"
#include "http/token.h"
#include "services/access/issuer.h"
#include "text/json.h"
#include "unit.h"

#include <cjose/cjose.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOW = 1800000000 };

static char folder[] = "/tmp/r7-token-XXXXXX";
static char path[64];
static struct issuer *issuer;
static struct jws_keys *keys;
static struct arena *arena;

static struct instant at(int64_t seconds)
{
    return (struct instant){.us = seconds * 1000000, .known = true};
}

static struct token good_token(void)
{
    struct token token = {.issuer = S("https://archive.test/"),
                          .user = UUID_FROM(S("user")),
                          .audience = S("r7"),
                          .tenant = 1,
                          .assignment = UUID_FROM(S("assignment")),
                          .id = UUID_FROM(S("token")),
                          .issued_at = NOW - 10,
                          .not_before = NOW - 10,
                          .expires_at = NOW + 600};
    return token;
}

static struct jws_keys *published(const struct issuer *from)
{
    autobuf struct buf jwks = buf_new(JWS_JWKS_MAX);
    struct jws_keys *read = NULL;
    assert_null(issuer_jwks(from, &jwks));
    assert_int_equal(jwks.len > 0 && strstr(jwks.ptr, "\"d\":") != NULL, 0);
    assert_null(jws_keys_read(buf_str(&jwks), JWS_ES256, &read));
    return read;
}

static struct str sign(const struct token *token)
{
    autobuf struct buf text = buf_new(TOKEN_MAX);
    assert_null(issuer_sign(issuer, token, &text));
    return arena_str(arena, buf_str(&text));
}

/* As in a worker, which remembers whatever its keys have verified: so all that is refused below is
 * refused beside a memory of what was good. */
static struct jws_seen seen;

static struct err *verify_with(const struct jws_keys *with, struct str text, int64_t seconds,
                               struct token *out, bool *out_unknown)
{
    static const struct str issuers[] = {S("https://other.test/"), S("https://archive.test/")};
    struct token_expected expected = {.issuers = {issuers, COUNT(issuers)}, .audience = S("r7")};
    return token_verify(with, text, &expected, at(seconds), with == keys ? &seen : NULL, arena, out,
                        out_unknown);
}

/* Refused, in public without a word of why, and in private with the words of `why`. */
static void refused_at(struct str text, int64_t seconds, const char *why)
{
    struct token token = {.tenant = 77};
    bool unknown = true;
    struct err *e = verify_with(keys, text, seconds, &token, &unknown);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_UNAUTHENTICATED);
    assert_string_equal(e->detail, "the token is not valid");
    assert_null(e->field);
    assert_null(e->rule);
    assert_null(e->cause);
    if (e->private == NULL || strstr(e->private, why) == NULL)
        fail_msg("\"%s\" does not tell \"%s\"", e->private, why);
    assert_int_equal(unknown, strncmp(why, "no key", 6) == 0);
    assert_int_equal(token.tenant, 77);
    err_reset();
}

static void refused(struct str text, const char *why)
{
    refused_at(text, NOW, why);
}

static struct str base64url(struct str bytes)
{
    autofree char *text = NULL;
    size_t length = 0;
    assert_true(
        cjose_base64url_encode((const uint8_t *)bytes.ptr, bytes.len, &text, &length, NULL));
    return arena_str(arena, (struct str){text, length});
}

static struct str claims_of(const struct token *token)
{
    autobuf struct buf text = buf_new(TOKEN_MAX);
    json_write(token_fields, token, &text);
    return arena_str(arena, buf_str(&text));
}

/* A token with any header and claims; the signature is what it is. */
static struct str forge(struct str header, struct str claims, struct str signature)
{
    return arena_format(arena, "%.*s.%.*s.%.*s", STR_ARG(base64url(header)),
                        STR_ARG(base64url(claims)), STR_ARG(signature));
}

static struct str kid(void)
{
    autobuf struct buf jwks = buf_new(JWS_JWKS_MAX);
    assert_null(issuer_jwks(issuer, &jwks));
    const char *found = strstr(jwks.ptr, "\"kid\":\"");
    assert_non_null(found);
    struct str rest = str_from(found + 7);
    return arena_str(arena, str_slice(rest, 0, str_find(rest, '"')));
}

static struct str header_with(const char *algorithm, const char *type, const char *more)
{
    return arena_format(arena, "{\"alg\":\"%s\",\"kid\":\"%.*s\",\"typ\":\"%s\"%s}", algorithm,
                        STR_ARG(kid()), type, more);
}

/* Signed by our own key, whatever the header and claims say: for what must be refused though the
 * signature is right. */
static struct str sign_raw(const char *type, struct str claims)
{
    autobuf struct buf file = buf_new(JWS_JWKS_MAX);
    char *room = buf_reserve(&file, JWS_JWKS_MAX);
    int descriptor = open(path, O_RDONLY);
    ssize_t length = read(descriptor, room, JWS_JWKS_MAX);
    close(descriptor);
    assert_true(length > 0);
    struct str first =
        str_slice((struct str){room, (size_t)length}, strlen("{\"keys\":["), (size_t)length);
    first.len = str_find(first, '}') + 1;
    cjose_jwk_t *key = cjose_jwk_import(first.ptr, first.len, NULL);
    cjose_header_t *header = cjose_header_new(NULL);
    assert_non_null(key);
    assert_true(cjose_header_set(header, "alg", "ES256", NULL));
    assert_true(cjose_header_set(header, "kid", cjose_jwk_get_kid(key, NULL), NULL));
    if (type != NULL)
        assert_true(cjose_header_set(header, "typ", type, NULL));
    cjose_jws_t *jws = cjose_jws_sign(key, header, (const uint8_t *)claims.ptr, claims.len, NULL);
    const char *text = NULL;
    assert_true(jws != NULL && cjose_jws_export(jws, &text, NULL));
    struct str copy = arena_str(arena, str_from(text));
    cjose_jws_release(jws);
    cjose_header_release(header);
    cjose_jwk_release(key);
    return copy;
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(16U << 20);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/keys.json", folder);
    assert_null(issuer_open(path, &issuer));
    keys = published(issuer);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    issuer_free(issuer);
    jws_keys_free(keys);
    arena_drop(&arena);
    unlink(path);
    return rmdir(folder);
}

static void good(void **state)
{
    (void)state;
    struct token token = good_token();
    struct token read = {0};
    bool unknown = true;
    assert_null(verify_with(keys, sign(&token), NOW, &read, &unknown));
    assert_false(unknown);
    assert_true(uuid_equal(read.user, token.user) && uuid_equal(read.assignment, token.assignment));
    assert_true(uuid_equal(read.id, token.id) && str_equal(read.issuer, token.issuer));
    assert_int_equal(read.tenant, 1);
    assert_int_equal(read.expires_at, token.expires_at);
    token.assignment = (struct uuid){0};
    assert_null(verify_with(keys, sign(&token), NOW, &read, &unknown));
    assert_true(uuid_is_nil(read.assignment));
}

static void time_and_skew(void **state)
{
    (void)state;
    struct token token = good_token();
    struct token read;
    bool unknown;
    struct str text = sign(&token);
    assert_null(verify_with(keys, text, NOW + 600 + TOKEN_SKEW - 1, &read, &unknown));
    refused_at(text, NOW + 600 + TOKEN_SKEW, "expired 60 seconds ago");
    assert_null(verify_with(keys, text, NOW - 10 - TOKEN_SKEW, &read, &unknown));
    refused_at(text, NOW - 10 - TOKEN_SKEW - 1, "not valid for another 61 seconds");
    token.issued_at = NOW + 1000;
    refused(sign(&token), "not valid for another");
    struct str issuers[] = {S("https://archive.test/")};
    struct token_expected expected = {.issuers = {issuers, 1}, .audience = S("r7")};
    assert_int_equal(
        token_verify(keys, text, &expected, (struct instant){0}, NULL, arena, &read, &unknown)
            ->code,
        ERR_BUG);
    err_reset();
}

/* Told apart by keys that verify nothing of it. */
static void remembered(void **state)
{
    (void)state;
    struct token token = good_token();
    struct token read = {0};
    bool unknown = false;
    char elsewhere[80];
    struct issuer *other = NULL;
    snprintf(elsewhere, sizeof elsewhere, "%s/other.jwks", folder);
    assert_null(issuer_open(elsewhere, &other));
    struct jws_keys *others = published(other);
    struct str text = sign(&token);
    struct jws_seen memory = {0};
    struct str issuers[] = {S("https://archive.test/")};
    struct token_expected expected = {.issuers = {issuers, 1}, .audience = S("r7")};
#define LOOK(with) token_verify(with, text, &expected, at(NOW), &memory, arena, &read, &unknown)
    assert_int_equal(LOOK(others)->code, ERR_UNAUTHENTICATED);
    assert_int_equal(LOOK(others)->code, ERR_UNAUTHENTICATED); /* nothing bad is remembered */
    assert_null(LOOK(keys));
    read = (struct token){0};
    assert_null(LOOK(others));
    assert_true(uuid_equal(read.id, token.id));
    expected.audience = S("r8"); /* nor more than the signature */
    assert_int_equal(LOOK(others)->code, ERR_UNAUTHENTICATED);
    expected.audience = S("r7");
    memory = (struct jws_seen){0};
    assert_int_equal(LOOK(others)->code, ERR_UNAUTHENTICATED);
    assert_true(unknown);
#undef LOOK
    err_reset();
    jws_keys_free(others);
    issuer_free(other);
    assert_int_equal(unlink(elsewhere), 0);
}

static void for_others(void **state)
{
    (void)state;
    struct token token = good_token();
    token.audience = S("r7-other");
    refused(sign(&token), "for another");
    token = good_token();
    token.issuer = S("https://archive.test");
    refused(sign(&token), "issued by another");
}

static void changed(void **state)
{
    (void)state;
    struct token token = good_token();
    struct str text = sign(&token);
    size_t changed_parts = 0;
    for (size_t i = 0; i < text.len; i++) {
        struct str copy = arena_str(arena, text);
        char *c = (char *)(uintptr_t)copy.ptr + i;
        if (*c == '.')
            continue;
        /* 'A' and 'Q' differ in a bit that also the last character of a part must carry. */
        *c = *c == 'A' ? 'Q' : 'A';
        struct token read;
        bool unknown;
        assert_non_null(verify_with(keys, copy, NOW, &read, &unknown));
        changed_parts++;
        err_reset();
    }
    assert_true(changed_parts > 300);
    token.tenant = 2;
    struct str other = sign(&token);
    enum { SIGNATURE = 86 }; /* 64 bytes in base64url */
    struct str swapped =
        arena_format(arena, "%.*s%.*s", STR_ARG(str_slice(other, 0, other.len - SIGNATURE)),
                     STR_ARG(str_slice(text, text.len - SIGNATURE, text.len)));
    refused(swapped, "the signature is wrong");
}

static void algorithms(void **state)
{
    (void)state;
    struct token token = good_token();
    struct str claims = claims_of(&token);
    struct str ours = sign(&token);
    struct str signature = str_slice(ours, ours.len - 86, ours.len);
    refused(forge(header_with("none", "at+jwt", ""), claims, S("")), "part 3 is missing");
    refused(forge(header_with("none", "at+jwt", ""), claims, signature),
            "the algorithm \"none\" is not taken");
    refused(forge(header_with("NONE", "at+jwt", ""), claims, signature), "is not taken");
    refused(forge(header_with("es256", "at+jwt", ""), claims, signature), "is not taken");
    refused(forge(header_with("ES384", "at+jwt", ""), claims, signature), "is not taken");
    refused(forge(header_with("RS256", "at+jwt", ""), claims, signature), "is not taken");
    /* Key confusion: the public key's own text as the secret of an HMAC. */
    autobuf struct buf jwks = buf_new(JWS_JWKS_MAX);
    assert_null(issuer_jwks(issuer, &jwks));
    struct str signed_part =
        arena_format(arena, "%.*s.%.*s", STR_ARG(base64url(header_with("HS256", "at+jwt", ""))),
                     STR_ARG(base64url(claims)));
    struct sha256 mac = hmac_sha256(buf_str(&jwks), &signed_part, 1);
    refused(arena_format(arena, "%.*s.%.*s", STR_ARG(signed_part),
                         STR_ARG(base64url((struct str){(const char *)mac.bytes, 32}))),
            "the algorithm \"HS256\" is not taken");
}

static void headers(void **state)
{
    (void)state;
    struct token token = good_token();
    struct str claims = claims_of(&token);
    struct str any =
        base64url(S("0123456789012345678901234567890123456789012345678901234567890123"));
    refused(forge(header_with("ES256", "JWT", ""), claims, any), "not at+jwt but \"JWT\"");
    refused(sign_raw("JWT", claims), "not at+jwt");
    refused(sign_raw(NULL, claims), "typ: missing");
    refused(forge(header_with("ES256", "at+jwt", ",\"crit\":[\"exp\"]"), claims, any),
            "crit: no such field");
    refused(forge(header_with("ES256", "at+jwt", ",\"jku\":\"https://evil.test/\""), claims, any),
            "jku: no such field");
    refused(forge(header_with("ES256", "at+jwt", ",\"jwk\":{}"), claims, any),
            "jwk: no such field");
    refused(forge(header_with("ES256", "at+jwt", ",\"x5t\":\"AAAA\""), claims, any),
            "x5t: no such field");
    refused(forge(header_with("ES256", "at+jwt", ",\"alg\":\"none\""), claims, any),
            "not valid JSON");
    refused(forge(S("{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}"), claims, any), "kid: missing");
    refused(forge(S("{\"alg\":\"ES256\",\"kid\":\"\",\"typ\":\"at+jwt\"}"), claims, any), "kid");
    refused(
        forge(S("{\"alg\":\"ES256\",\"kid\":\"../../dev/null\",\"typ\":\"at+jwt\"}"), claims, any),
        "no key has the kid");
    refused(forge(S("{\"alg\":7,\"kid\":\"a\",\"typ\":\"at+jwt\"}"), claims, any), "alg: not a");
    refused(forge(S("[]"), claims, any), "not an object");
    refused(forge(S("\xff\xfe"), claims, any), "not valid JSON");
    refused(forge(header_with("ES256", "at+jwt", ""), claims, any), "the signature is wrong");
    refused(forge(header_with("ES256", "at+jwt", ""), claims, S("AA")), "");
}

static void forms(void **state)
{
    (void)state;
    struct token token = good_token();
    struct str text = sign(&token);
    refused((struct str){0}, "part 1 is missing");
    refused(S(""), "part 1 is missing");
    refused(S(".."), "part 1 is missing");
    refused(S("a.b.c"), "part 1 is missing or not base64url");
    refused(S("AAAA.AAAA"), "part 3 is missing");
    refused(arena_format(arena, "%.*s.AAAA", STR_ARG(text)), "more than three parts");
    refused(arena_format(arena, "%.*s.", STR_ARG(text)), "more than three parts");
    refused(arena_format(arena, "%.*s=", STR_ARG(text)), "not base64url");
    refused(arena_format(arena, " %.*s", STR_ARG(text)), "not base64url");
    refused(arena_format(arena, "%.*s\n", STR_ARG(text)), "not base64url");
    refused(S("AAAA.AA+A.AAAA"), "part 2 is missing or not base64url");
    char *large = arena_alloc(arena, TOKEN_MAX + 1, 1);
    memset(large, 'A', TOKEN_MAX + 1);
    refused((struct str){large, TOKEN_MAX + 1}, "longer than 8192 bytes");
    large[4] = large[9] = '.';
    refused((struct str){large, TOKEN_MAX}, "the header");
}

/* The signature is right and the claims are not. */
static void claims(void **state)
{
    (void)state;
    static const struct {
        const char *claims;
        const char *why;
    } wrong[] = {
        {"", ""},
        {"{}", "iss: missing"},
        {"[1]", "not an object"},
        {"{\"iss\":\"https://archive.test/\",\"iss\":\"x\"}", "not valid JSON"},
        {"{\"iss\":\"https://archive.test/\",\"sub\":\"nurse\"}", "sub: not a"},
        {"{\"iss\":\"https://archive.test/"
         "\",\"sub\":\"5b1c3f8e-8a55-4c0b-9a5e-7e2d0f6a9c11\",\"aud\":[\"r7\"]}",
         "aud: not a"},
        {"{\"iss\":\"https://archive.test/"
         "\",\"sub\":\"5b1c3f8e-8a55-4c0b-9a5e-7e2d0f6a9c11\",\"aud\":\"r7\",\"tenant\":-1}",
         "tenant"},
        {"{\"iss\":\"https://archive.test/"
         "\",\"sub\":\"5b1c3f8e-8a55-4c0b-9a5e-7e2d0f6a9c11\",\"aud\":\"r7\",\"tenant\":32768}",
         "tenant"},
        {"{\"iss\":\"https://archive.test/"
         "\",\"sub\":\"5b1c3f8e-8a55-4c0b-9a5e-7e2d0f6a9c11\",\"aud\":\"r7\",\"tenant\":\"1\"}",
         "tenant: not an"},
        {"{\"iss\":\"https://archive.test/"
         "\",\"sub\":\"5b1c3f8e-8a55-4c0b-9a5e-7e2d0f6a9c11\",\"aud\":\"r7\",\"tenant\":1,"
         "\"jti\":\"5b1c3f8e-8a55-4c0b-9a5e-7e2d0f6a9c11\",\"iat\":1,\"nbf\":1}",
         "exp: missing"},
        {"{\"iss\":\"https://archive.test/"
         "\",\"sub\":\"5b1c3f8e-8a55-4c0b-9a5e-7e2d0f6a9c11\",\"aud\":\"r7\",\"tenant\":1,"
         "\"jti\":\"5b1c3f8e-8a55-4c0b-9a5e-7e2d0f6a9c11\",\"iat\":1,\"nbf\":1,\"exp\":"
         "9223372036854775807}",
         "exp"},
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        refused(sign_raw("at+jwt", str_from(wrong[i].claims)), wrong[i].why);
    struct token token = good_token();
    struct str whole = claims_of(&token);
    struct str more = arena_format(arena, "%.*s,\"name\":\"a claim of tomorrow\"}",
                                   STR_ARG(str_slice(whole, 0, whole.len - 1)));
    struct token read;
    bool unknown;
    assert_null(verify_with(keys, sign_raw("at+jwt", more), NOW, &read, &unknown));
}

static void rotation(void **state)
{
    (void)state;
    struct token token = good_token();
    struct token read;
    bool unknown;
    struct str old = sign(&token);
    assert_null(issuer_rotate(path));
    struct issuer *rotated = NULL;
    assert_null(issuer_open(path, &rotated));
    autobuf struct buf fresh = buf_new(TOKEN_MAX);
    assert_null(issuer_sign(rotated, &token, &fresh));
    refused(buf_str(&fresh), "no key has the kid");
    struct jws_keys *both = published(rotated);
    assert_null(verify_with(both, old, NOW, &read, &unknown));
    assert_null(verify_with(both, buf_str(&fresh), NOW, &read, &unknown));
    jws_keys_free(both);
    issuer_free(rotated);
    for (int i = 0; i < ISSUER_KEYS_MAX; i++)
        assert_null(issuer_rotate(path));
    assert_null(issuer_open(path, &rotated));
    struct jws_keys *later = published(rotated);
    assert_non_null(verify_with(later, old, NOW, &read, &unknown));
    assert_true(unknown);
    jws_keys_free(later);
    issuer_free(rotated);
    err_reset();
}

static void key_file(void **state)
{
    (void)state;
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    struct issuer *none = NULL;
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(issuer_open(path, &none)->code, ERR_INVALID);
    assert_int_equal(chmod(path, 0600), 0);
    char damaged[80];
    snprintf(damaged, sizeof damaged, "%s/damaged.json", folder);
    static const char *const texts[] = {"", "{}", "{\"keys\":[]}", "{\"keys\":[{\"kty\":\"EC\"}]}"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        int file = open(damaged, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_int_equal(write(file, texts[i], strlen(texts[i])), strlen(texts[i]));
        close(file);
        struct err *e = issuer_open(damaged, &none);
        assert_int_equal(e->code, ERR_INVALID);
        assert_true(str_starts(str_from(e->detail), S("could not use the keys in")));
    }
    unlink(damaged);
    assert_int_equal(issuer_open("/nowhere/at/all", &none)->code, ERR_STORAGE);
    assert_null(none);
    err_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),     cmocka_unit_test(time_and_skew), cmocka_unit_test(for_others),
        cmocka_unit_test(changed),  cmocka_unit_test(algorithms),    cmocka_unit_test(headers),
        cmocka_unit_test(forms),    cmocka_unit_test(claims),        cmocka_unit_test(key_file),
        cmocka_unit_test(rotation), cmocka_unit_test(remembered),
    };
    return cmocka_run_group_tests_name("token", tests, set_up, tear_down);
}
