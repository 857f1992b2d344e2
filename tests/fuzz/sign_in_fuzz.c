/* Any bytes as an identity provider's keys, as a token of its, and as what its key has signed; what
 * a good ID token says is read by each mapping that we ship. */
#include "base/base.h"
#include "http/id_token.h"
#include "services/access/claims.h"

#include <cjose/cjose.h>

enum { ALGORITHMS = JWS_ES256 | JWS_RS256 | JWS_PS256, NOW = 1800000000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    struct arena *kept;
    struct arena *arena;
    cjose_jwk_t *key;
    cjose_header_t *header;
    struct jws_keys *keys;
    struct claim_mapping mappings[3];
} f;

static void begin(void)
{
    static const char *const names[] = {"generic", "inera-idp", "inera-idp-employee"};
    f.kept = arena_new((size_t)16 << 20);
    f.arena = arena_new((size_t)64 << 20);
    f.key = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, NULL);
    f.header = cjose_header_new(NULL);
    cjose_jwk_set_kid(f.key, "k", 1, NULL);
    cjose_header_set(f.header, CJOSE_HDR_ALG, "ES256", NULL);
    cjose_header_set(f.header, CJOSE_HDR_KID, "k", NULL);
    char *text = cjose_jwk_to_json(f.key, false, NULL);
    struct err *e =
        jws_keys_read(arena_format(f.kept, "{\"keys\":[%s]}", text), JWS_ES256, &f.keys);
    free(text);
    for (size_t i = 0; i < COUNT(names) && e == NULL; i++)
        e = claim_mapping_load(S("../../../schemas"), str_from(names[i]), f.kept, &f.mappings[i]);
    if (e != NULL)
        abort();
}

static void try_token(struct str text)
{
    const struct id_token_expected expected = {.issuer = S("https://idp.test"),
                                               .client = S("r7"),
                                               .nonce = S("n"),
                                               .algorithms = JWS_ES256,
                                               .access_token = S("access")};
    const struct instant now = {.us = NOW * INT64_C(1000000), .known = true};
    struct id_token token = {0};
    struct logout_token logout = {0};
    bool unknown_key = false;
    if (logout_token_verify(f.keys, text, &expected, now, f.arena, &logout, &unknown_key) == NULL) {
        assert(!unknown_key && logout.id.len > 0 && logout.subject.len + logout.session.len > 0);
        return; /* never an ID token too */
    }
    if (id_token_verify(f.keys, text, &expected, now, f.arena, &token, &unknown_key) != NULL)
        return;
    assert(!unknown_key && token.subject.len > 0 && token.methods.count <= ID_TOKEN_METHODS_MAX);
    for (size_t i = 0; i < COUNT(f.mappings); i++) {
        struct claimed claimed = {0};
        if (claims_read(&f.mappings[i], token.claims, token.assurance, f.arena, &claimed) == NULL)
            assert(claimed.level >= 0 && claimed.level <= 4);
    }
}

/* As though the provider had signed these very bytes. */
static void try_signed(const uint8_t *data, size_t size)
{
    const char *text = NULL;
    cjose_jws_t *jws = cjose_jws_sign(f.key, f.header, data, size, NULL);
    if (jws != NULL && cjose_jws_export(jws, &text, NULL))
        try_token(str_from(text));
    cjose_jws_release(jws);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct jws_keys *keys = NULL;
    if (f.arena == NULL)
        begin();
    if (jws_keys_read(text, ALGORITHMS, &keys) == NULL)
        jws_keys_free(keys);
    try_token(text);
    try_signed(data, size);
    arena_reset(f.arena);
    err_reset();
    return 0;
}
