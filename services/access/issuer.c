/* Keys in a file, and signatures with the first of them. */
#include "services/access/issuer.h"
#include "base/base.h"
#include "base/digest.h"
#include "services/access/secret_file.h"
#include "text/json.h"

#include <cjose/cjose.h>
#include <openssl/crypto.h>

enum { KEY_TEXT_MAX = 1024, COORDINATE = 43 /* 32 bytes in base64url */ };

/* RFC 7517, RFC 7518 section 6.2, in the order of RFC 7638, which makes the kid of the first four.
 */
struct key {
    struct str curve;
    struct str type;
    struct str x;
    struct str y;
    struct str kid;
    struct str use;
    struct str algorithm;
    struct str secret;
};

static const struct field key_fields[] = {
    FIELD_NAMED(struct key, curve, "crv", REQUIRED, .max = 16),
    FIELD_NAMED(struct key, type, "kty", REQUIRED, .max = 16),
    FIELD_NAMED(struct key, x, "x", REQUIRED, .min = COORDINATE, .max = COORDINATE),
    FIELD_NAMED(struct key, y, "y", REQUIRED, .min = COORDINATE, .max = COORDINATE),
    FIELD_NAMED(struct key, kid, "kid", OPTIONAL, .max = 64),
    FIELD_NAMED(struct key, use, "use", OPTIONAL, .max = 16),
    FIELD_NAMED(struct key, algorithm, "alg", OPTIONAL, .max = 16),
    FIELD_NAMED(struct key, secret, "d", OPTIONAL, .min = COORDINATE, .max = COORDINATE),
    FIELDS_END};

struct issuer {
    struct arena *arena;
    struct key keys[ISSUER_KEYS_MAX];
    size_t count;
    cjose_jwk_t *signer;
};

void issuer_free(struct issuer *issuer)
{
    if (issuer == NULL)
        return;
    for (size_t i = 0; i < issuer->count; i++)
        OPENSSL_cleanse((void *)(uintptr_t)issuer->keys[i].secret.ptr, issuer->keys[i].secret.len);
    if (issuer->signer != NULL)
        cjose_jwk_release(issuer->signer);
    arena_free(issuer->arena);
    free(issuer);
}

static void drop_issuer(struct issuer **issuer)
{
    issuer_free(*issuer);
}
#define autoissuer __attribute__((cleanup(drop_issuer)))

static struct issuer *issuer_new(void)
{
    struct issuer *issuer = must_calloc(1, sizeof(struct issuer));
    issuer->arena = arena_new(1 << 20);
    return issuer;
}

/* ---- making keys ---- */

static struct err *thumbprint(const struct key *key, struct arena *arena, struct str *out)
{
    struct key public = {.curve = key->curve, .type = key->type, .x = key->x, .y = key->y};
    autobuf struct buf text = buf_new(KEY_TEXT_MAX);
    autofree char *encoded = NULL;
    size_t length = 0;
    json_write(key_fields, &public, &text);
    struct sha256 digest = sha256_of(buf_str(&text));
    if (!cjose_base64url_encode(digest.bytes, sizeof digest.bytes, &encoded, &length, NULL))
        return ERR_BUG_AT("could not name a key");
    *out = arena_str(arena, (struct str){encoded, length});
    return NULL;
}

static struct err *make_key(struct arena *arena, struct key *out)
{
    struct key key = {0};
    cjose_err failure = {0};
    cjose_jwk_t *fresh = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &failure);
    char *text = fresh != NULL ? cjose_jwk_to_json(fresh, true, &failure) : NULL;
    struct err *e = text != NULL ? json_read(str_from(text), key_fields, JSON_IGNORE_UNKNOWN, "key",
                                             arena, &key)
                                 : ERR_BUG_AT("could not make a key: %s", failure.message);
    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
    if (fresh != NULL)
        cjose_jwk_release(fresh);
    TRY(e);
    key.use = S("sig");
    key.algorithm = S("ES256");
    TRY(thumbprint(&key, arena, &key.kid));
    *out = key;
    return NULL;
}

/* ---- the file ---- */

static void write_keys(const struct issuer *issuer, bool secrets, struct buf *out)
{
    buf_put(out, S("{\"keys\":["));
    for (size_t i = 0; i < issuer->count; i++) {
        struct key key = issuer->keys[i];
        if (!secrets)
            key.secret = (struct str){0};
        if (i > 0)
            buf_byte(out, ',');
        json_write(key_fields, &key, out);
    }
    buf_put(out, S("]}\n"));
}

static struct err *load_signer(struct issuer *issuer)
{
    secretbuf struct buf text = buf_new(KEY_TEXT_MAX);
    cjose_err failure = {0};
    json_write(key_fields, &issuer->keys[0], &text);
    TRY(buf_done(&text, "a key"));
    issuer->signer = cjose_jwk_import(text.ptr, text.len, &failure);
    return issuer->signer != NULL
               ? NULL
               : err_new(ERR_INVALID, "could not read the signing key: %s", failure.message);
}

static struct err *read_keys(struct str text, struct issuer *issuer)
{
    struct str list;
    void *items = NULL;
    size_t count = 0;
    TRY(json_member(text, "keys", issuer->arena, &list));
    TRY(json_read_list(list, key_fields, sizeof(struct key), ISSUER_KEYS_MAX, JSON_REFUSE_UNKNOWN,
                       "keys", issuer->arena, &items, &count));
    if (count == 0)
        return err_new(ERR_INVALID, "there is no key");
    memcpy(issuer->keys, items, count * sizeof(struct key));
    issuer->count = count;
    for (size_t i = 0; i < count; i++)
        if (issuer->keys[i].kid.len == 0 || issuer->keys[i].secret.len == 0)
            return err_new(ERR_INVALID, "key %zu has no kid or no private part", i);
    return load_signer(issuer);
}

static struct err *write_file(const struct issuer *issuer, const char *path, bool replace)
{
    secretbuf struct buf text = buf_new(JWS_JWKS_MAX);
    write_keys(issuer, true, &text);
    TRY(buf_done(&text, "the keys"));
    return secret_file_write(path, buf_str(&text), replace);
}

static struct err *add_key(struct issuer *issuer)
{
    struct key key = {0};
    TRY(make_key(issuer->arena, &key));
    if (issuer->count == ISSUER_KEYS_MAX)
        issuer->count--;
    memmove(issuer->keys + 1, issuer->keys, issuer->count * sizeof(struct key));
    issuer->keys[0] = key;
    issuer->count++;
    return NULL;
}

static struct err *make_file(const char *path)
{
    autoissuer struct issuer *first = issuer_new();
    TRY(add_key(first));
    return write_file(first, path, false);
}

struct err *issuer_open(const char *path, struct issuer **out)
{
    autoissuer struct issuer *issuer = issuer_new();
    secretbuf struct buf text = buf_new(JWS_JWKS_MAX);
    bool there = false;
    TRY(secret_file_read(path, &text, &there));
    if (!there) {
        TRY(make_file(path));
        TRY(secret_file_read(path, &text, &there));
    }
    TRY(err_wrap(read_keys(buf_str(&text), issuer), "could not use the keys in \"%s\"", path));
    *out = TAKE(issuer);
    return NULL;
}

struct err *issuer_rotate(const char *path)
{
    autoissuer struct issuer *issuer = NULL;
    TRY(issuer_open(path, &issuer));
    TRY(add_key(issuer));
    return write_file(issuer, path, true);
}

/* ---- what it is for ---- */

struct err *issuer_sign_claims(const struct issuer *issuer, const char *type, struct str claims,
                               struct buf *out)
{
    cjose_err failure = {0};
    const char *text = NULL; /* belongs to the jws */
    cjose_header_t *header = cjose_header_new(&failure);
    bool good = header != NULL &&
                cjose_header_set(header, CJOSE_HDR_ALG, CJOSE_HDR_ALG_ES256, &failure) &&
                cjose_header_set(header, CJOSE_HDR_KID, cjose_jwk_get_kid(issuer->signer, &failure),
                                 &failure) &&
                cjose_header_set(header, "typ", type, &failure);
    cjose_jws_t *jws = good ? cjose_jws_sign(issuer->signer, header, (const uint8_t *)claims.ptr,
                                             claims.len, &failure)
                            : NULL;
    good = jws != NULL && cjose_jws_export(jws, &text, &failure);
    if (good)
        buf_put(out, str_from(text));
    if (jws != NULL)
        cjose_jws_release(jws);
    if (header != NULL)
        cjose_header_release(header);
    return good ? buf_done(out, "a token")
                : ERR_BUG_AT("could not sign a token: %s", failure.message);
}

struct err *issuer_sign(const struct issuer *issuer, const struct token *token, struct buf *out)
{
    autobuf struct buf claims = buf_new(TOKEN_MAX);
    json_write(token_fields, token, &claims);
    TRY(buf_done(&claims, "the claims"));
    return issuer_sign_claims(issuer, "at+jwt", buf_str(&claims), out);
}

struct err *issuer_jwks(const struct issuer *issuer, struct buf *out)
{
    write_keys(issuer, false, out);
    return buf_done(out, "the JWKS document");
}
