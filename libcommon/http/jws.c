/* Verification of signatures: form, header, key, signature; nothing of a step is believed before
 * the step is passed. */
#include "http/jws.h"
#include "base/base.h"
#include "text/json.h"

#include <cjose/cjose.h>

enum { KID_MAX = 128 };

static const struct {
    const char *word;
    unsigned algorithm;
} words[] = {{"ES256", JWS_ES256}, {"RS256", JWS_RS256}, {"PS256", JWS_PS256}};

unsigned jws_algorithm_named(struct str word)
{
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_equal(word, str_from(words[i].word)))
            return words[i].algorithm;
    return 0;
}

/* A public key as JWKS tells it: RFC 7517 section 4, RFC 7518 section 6. */
struct jwk {
    struct str type;
    struct str curve;
    struct str x;
    struct str y;
    struct str modulus;
    struct str exponent;
    struct str kid;
    struct str use;
    struct str algorithm;
};

static const struct field jwk_fields[] = {
    FIELD_NAMED(struct jwk, type, "kty", REQUIRED, .max = 16),
    FIELD_NAMED(struct jwk, curve, "crv", OPTIONAL, .max = 16),
    FIELD_NAMED(struct jwk, x, "x", OPTIONAL, .max = 128),
    FIELD_NAMED(struct jwk, y, "y", OPTIONAL, .max = 128),
    FIELD_NAMED(struct jwk, modulus, "n", OPTIONAL, .max = 2048),
    FIELD_NAMED(struct jwk, exponent, "e", OPTIONAL, .max = 16),
    FIELD_NAMED(struct jwk, kid, "kid", OPTIONAL, .max = KID_MAX),
    FIELD_NAMED(struct jwk, use, "use", OPTIONAL, .max = 16),
    FIELD_NAMED(struct jwk, algorithm, "alg", OPTIONAL, .max = 16),
    FIELDS_END};

struct header {
    struct str algorithm;
    struct str kid;
    struct str type;
    struct str print;    /* x5t: whose certificate; the key is found by its kid all the same */
    struct str print256; /* x5t#S256 */
};

static const struct field header_fields[] = {
    FIELD_NAMED(struct header, algorithm, "alg", REQUIRED, .max = 16),
    FIELD_NAMED(struct header, kid, "kid", REQUIRED, .min = 1, .max = KID_MAX),
    FIELD_NAMED(struct header, type, "typ", REQUIRED, .max = 16), FIELDS_END};

static const struct field untyped_header_fields[] = {
    FIELD_NAMED(struct header, algorithm, "alg", REQUIRED, .max = 16),
    FIELD_NAMED(struct header, kid, "kid", REQUIRED, .min = 1, .max = KID_MAX),
    FIELD_NAMED(struct header, type, "typ", OPTIONAL, .max = 16),
    FIELD_NAMED(struct header, print, "x5t", OPTIONAL, .max = 64),
    FIELD_NAMED(struct header, print256, "x5t#S256", OPTIONAL, .max = 64),
    FIELDS_END};

struct key {
    cjose_jwk_t *jwk;
    unsigned algorithms; /* that it is for */
};

struct jws_keys {
    struct key keys[JWS_KEYS_MAX];
    size_t count;
};

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

/* ---- keys ---- */

void jws_keys_free(struct jws_keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t i = 0; i < keys->count; i++)
        cjose_jwk_release(keys->keys[i].jwk);
    free(keys);
}

static void drop_keys(struct jws_keys **keys)
{
    jws_keys_free(*keys);
}

static const struct key *key_named(const struct jws_keys *keys, struct str kid)
{
    for (size_t i = 0; i < keys->count; i++)
        if (str_equal(kid, str_from(cjose_jwk_get_kid(keys->keys[i].jwk, NULL))))
            return &keys->keys[i];
    return NULL;
}

/* By the key's own words. */
static unsigned algorithms_of(const struct jwk *jwk)
{
    unsigned set = 0;
    if (jwk->use.ptr != NULL && !str_equal(jwk->use, S("sig")))
        return 0;
    if (str_equal(jwk->type, S("EC")) && str_equal(jwk->curve, S("P-256")))
        set = JWS_ES256;
    else if (str_equal(jwk->type, S("RSA")))
        set = JWS_RS256 | JWS_PS256;
    return jwk->algorithm.ptr == NULL ? set : set & jws_algorithm_named(jwk->algorithm);
}

/* The numbers of its kind are there and base64url: cjose ends the process at some that are not. */
static bool has_numbers(const struct jwk *jwk)
{
    return str_equal(jwk->type, S("EC"))
               ? is_base64url(jwk->x) && is_base64url(jwk->y)
               : is_base64url(jwk->modulus) && is_base64url(jwk->exponent);
}

/* Only the members of the table reach cjose: written anew from it, a private part never does. */
static struct err *add_key(struct jws_keys *keys, const struct jwk *jwk, unsigned set)
{
    autobuf struct buf text = buf_new(4096);
    cjose_err failure = {0};
    if (jwk->kid.len == 0)
        return err_new(ERR_INVALID, "could not read a key: it has no kid");
    if (key_named(keys, jwk->kid) != NULL)
        return err_new(ERR_INVALID, "could not read the keys: two have the kid \"%.*s\"",
                       STR_ARG(jwk->kid));
    if (!has_numbers(jwk))
        return err_new(ERR_INVALID, "could not read the key \"%.*s\": not base64url",
                       STR_ARG(jwk->kid));
    json_write(jwk_fields, jwk, &text);
    TRY(buf_done(&text, "a key"));
    cjose_jwk_t *key = cjose_jwk_import(text.ptr, text.len, &failure);
    if (key == NULL)
        return err_new(ERR_INVALID, "could not read the key \"%.*s\": %s", STR_ARG(jwk->kid),
                       failure.message);
    keys->keys[keys->count++] = (struct key){key, set};
    if ((set & (JWS_RS256 | JWS_PS256)) != 0 && cjose_jwk_get_keysize(key, NULL) < JWS_RSA_BITS_MIN)
        return err_new(ERR_INVALID, "the key \"%.*s\" is shorter than %d bits", STR_ARG(jwk->kid),
                       JWS_RSA_BITS_MIN);
    return NULL;
}

struct err *jws_keys_read(struct str jwks, unsigned algorithms, struct jws_keys **out)
{
    if (jwks.len > JWS_JWKS_MAX)
        return err_new(ERR_TOO_LARGE, "the JWKS document is over %d bytes", JWS_JWKS_MAX);
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    __attribute__((cleanup(drop_keys))) struct jws_keys *keys =
        must_calloc(1, sizeof(struct jws_keys));
    struct str list;
    void *items = NULL;
    size_t count = 0;
    TRY(json_member(jwks, "keys", arena, &list));
    TRY(json_read_list(list, jwk_fields, sizeof(struct jwk), JWS_KEYS_MAX, JSON_IGNORE_UNKNOWN,
                       "keys", arena, &items, &count));
    for (size_t i = 0; i < count; i++) {
        const struct jwk *jwk = (const struct jwk *)items + i;
        unsigned set = algorithms_of(jwk) & algorithms;
        if (set != 0)
            TRY(add_key(keys, jwk, set));
    }
    if (keys->count == 0)
        return err_new(ERR_INVALID, "the JWKS document has no key for these algorithms");
    *out = TAKE(keys);
    return NULL;
}

/* ---- tokens ---- */

struct err *jws_not_valid(const struct err *cause, const char *what)
{
    return JWS_NOT_VALID("%s: %s%s%s", what, cause->field != NULL ? cause->field : "",
                         cause->field != NULL ? ": " : "", cause->detail);
}

enum { HEADER, PAYLOAD, SIGNATURE, PARTS };

/* Three parts of base64url with two dots between, checked here because cjose is laxer. */
static struct err *check_form(struct str text, size_t limit, struct str parts[PARTS])
{
    if (text.len > limit)
        return JWS_NOT_VALID("longer than %zu bytes", limit);
    for (size_t i = 0; i < PARTS; i++)
        if (!str_cut(&text, '.', &parts[i]) || !is_base64url(parts[i]))
            return JWS_NOT_VALID("part %zu is missing or not base64url", i + 1);
    if (text.ptr != NULL)
        return JWS_NOT_VALID("more than three parts");
    return NULL;
}

/* A member that is not expected (crit, jku, jwk, x5u, b64 …) is refused: what cannot be kept must
 * not be passed over. */
static struct err *read_header(struct str encoded, const struct jws_rule *rule, struct arena *arena,
                               struct header *out)
{
    autofree uint8_t *bytes = NULL;
    size_t length = 0;
    if (!cjose_base64url_decode(encoded.ptr, encoded.len, &bytes, &length, NULL))
        return JWS_NOT_VALID("the header is not base64url");
    struct err *e = json_read((struct str){(const char *)bytes, length},
                              rule->untyped ? untyped_header_fields : header_fields,
                              JSON_REFUSE_UNKNOWN, "header", arena, out);
    if (e != NULL)
        return jws_not_valid(e, "the header");
    if ((jws_algorithm_named(out->algorithm) & rule->algorithms) == 0)
        return JWS_NOT_VALID("the algorithm \"%.*s\" is not taken", STR_ARG(out->algorithm));
    if (out->type.ptr != NULL && !str_equal(out->type, str_from(rule->type)) &&
        (rule->or_type == NULL || !str_equal(out->type, str_from(rule->or_type))))
        return JWS_NOT_VALID("the type is not %s but \"%.*s\"", rule->type, STR_ARG(out->type));
    return NULL;
}

static void drop_jws(cjose_jws_t **jws)
{
    if (*jws != NULL)
        cjose_jws_release(*jws);
}

static struct err *check_signature(struct str text, const cjose_jwk_t *key)
{
    cjose_err failure = {0};
    __attribute__((cleanup(drop_jws))) cjose_jws_t *jws =
        cjose_jws_import(text.ptr, text.len, &failure);
    if (jws == NULL)
        return JWS_NOT_VALID("not a JWS: %s", failure.message);
    return cjose_jws_verify(jws, key, &failure) ? NULL : JWS_NOT_VALID("the signature is wrong");
}

static struct err *verify(const struct jws_keys *keys, struct str text,
                          const struct str parts[PARTS], const struct jws_rule *rule,
                          struct arena *arena, bool *out_unknown_key)
{
    struct header header = {0};
    TRY(read_header(parts[HEADER], rule, arena, &header));
    const struct key *key = key_named(keys, header.kid);
    if (key == NULL) {
        *out_unknown_key = true;
        return JWS_NOT_VALID("no key has the kid \"%.*s\"", STR_ARG(header.kid));
    }
    if ((jws_algorithm_named(header.algorithm) & key->algorithms) == 0)
        return JWS_NOT_VALID("the key \"%.*s\" is not for \"%.*s\"", STR_ARG(header.kid),
                             STR_ARG(header.algorithm));
    return check_signature(text, key->jwk);
}

static struct err *decode_payload(struct str encoded, struct arena *arena, struct str *out)
{
    autofree uint8_t *bytes = NULL;
    size_t length = 0;
    if (!cjose_base64url_decode(encoded.ptr, encoded.len, &bytes, &length, NULL))
        return JWS_NOT_VALID("the claims are not base64url");
    *out = arena_str(arena, (struct str){(const char *)bytes, length});
    return NULL;
}

struct err *jws_verify(const struct jws_keys *keys, struct str text, const struct jws_rule *rule,
                       struct jws_seen *seen, struct arena *arena, struct str *out_payload,
                       bool *out_unknown_key)
{
    struct str parts[PARTS] = {{0}};
    struct sha256 digest = {{0}};
    struct sha256 *place = NULL;
    *out_unknown_key = false;
    TRY(check_form(text, rule->limit, parts));
    if (seen != NULL) {
        digest = sha256_of(text);
        place = &seen->tokens[digest.bytes[0] % JWS_SEEN_MAX];
    }
    if (place == NULL || !sha256_equal(*place, digest)) {
        TRY(verify(keys, text, parts, rule, arena, out_unknown_key));
        if (place != NULL)
            *place = digest;
    }
    return decode_payload(parts[PAYLOAD], arena, out_payload);
}
