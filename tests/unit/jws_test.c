/* Which keys of a JWKS document are used, and which documents are refused? */
#include "arena.h"
#include "base/base.h"
#include "http/jws.h"

static void jwks_documents(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "{}",
        "[]",
        "{\"keys\":{}}",
        "{\"keys\":[]}",
        "{\"keys\":[{}]}",
        "{\"keys\":[7]}",
        "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"1\",\"alg\":\"HS256\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"1\",\"x\":\"AA\",\"y\":\"AA\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"1\",\"x\":\"AA\",\"y\":\"AA\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"1\"}]}",
        /* x and y of RFC 7517 appendix A.1, y changed: no point of the curve */
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"1\",\"x\":"
        "\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","
        "\"y\":\"5Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\"}]}",
        /* the end of base64 in the middle, at which cjose ends the process */
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"1\",\"x\":"
        "\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","
        "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8Px=tmWWlbbM4IFyM\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
        "\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","
        "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"1\",\"use\":\"enc\",\"x\":"
        "\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","
        "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\"}]}",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct jws_keys *read = NULL;
        struct err *e = jws_keys_read(str_from(wrong[i]), JWS_ES256, &read);
        if (e == NULL || e->code != ERR_INVALID || read != NULL)
            fail_msg("%s was read", wrong[i]);
    }
    struct jws_keys *read = NULL;
    assert_null(
        jws_keys_read(S("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"kid\":\"r\"},"
                        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"1\",\"use\":\"sig\","
                        "\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","
                        "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\"}]}"),
                      JWS_ES256, &read));
    jws_keys_free(read);
    /* for RSA, too */
    assert_int_equal(
        jws_keys_read(
            S("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r\",\"n\":\"0vx7=QQMic\",\"e\":\"AQAB\"}]}"),
            JWS_RS256, &read)
            ->code,
        ERR_INVALID);
    char *large = arena_alloc(arena, JWS_JWKS_MAX + 1, 1);
    assert_int_equal(jws_keys_read((struct str){large, JWS_JWKS_MAX + 1}, JWS_ES256, &read)->code,
                     ERR_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_ARENA(jwks_documents)};
    return cmocka_run_group_tests_name("jws", tests, NULL, NULL);
}
