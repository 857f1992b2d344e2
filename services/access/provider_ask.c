/* Asking identity providers: what they say of themselves, and tokens for a code. */
#include "http/id_token.h"
#include "services/access/patience.h"
#include "services/access/provider.h"
#include "services/access/shared_secret.h"
#include "text/json.h"

#include <errno.h>
#include <openssl/crypto.h>

enum {
    ASK_MS = 5000, /* the whole of an answer: meanwhile a worker of this room waits */
    DOCUMENT_MAX = 64 * 1024,
    TOKENS_MAX = 128 * 1024,
    FORM_MAX = 32 * 1024,

    ASSERTION_SECONDS = 60
};

/* What went wrong there is for who runs the house; nobody who signs in can mend it. */
static struct err *no_use(const struct provider *provider, const char *what,
                          const struct err *cause)
{
    return err_private(err_new(ERR_TRANSIENT, "the identity provider does not answer as it should"),
                       "%.*s: %s%s%s%s%s", STR_ARG(provider->issuer), what,
                       cause != NULL ? ": " : "", cause != NULL ? cause->detail : "",
                       cause != NULL && cause->private != NULL ? ": " : "",
                       cause != NULL && cause->private != NULL ? cause->private : "");
}

/* Its own for each question: nothing of the house, like a room's certificate, is shown outside. */
static struct err *ask(struct request *request, const struct provider *provider,
                       enum http_method method, struct str url, const char *const *headers,
                       struct str body, size_t limit, struct http_answer_in *out)
{
    const struct access_settings *settings = request->house->settings;
    if (!provider_may_be_asked(settings->sign_in_hosts, url))
        return no_use(provider, "an address at a host that is not in R7_SIGN_IN_HOSTS", NULL);
    struct access_state *state = request->house->state;
    size_t place = 0;
    if (!patience_enter(state, provider->issuer, patience_most(request->house->config.http_workers),
                        &place))
        return no_use(provider, "others of this room wait for it already", NULL);
    struct http_client *client = http_client_new(
        &(struct http_client_config){.ca = settings->sign_in_ca, .timeout_ms = ASK_MS});
    struct err *e = http_fetch(client, method, url, headers, body, limit, request->arena, out);
    http_client_free(client);
    patience_leave(state, place);
    return e == NULL ? NULL : no_use(provider, "no answer", e);
}

static struct err *get(struct request *request, const struct provider *provider, struct str url,
                       struct str *out)
{
    static const char *const headers[] = {"Accept: application/json", NULL};
    struct http_answer_in answer = {0};
    TRY(ask(request, provider, HTTP_GET, url, headers, (struct str){0}, DOCUMENT_MAX, &answer));
    if (answer.status != 200)
        return no_use(provider, arena_format(request->arena, "status %d", answer.status).ptr, NULL);
    *out = answer.body;
    return NULL;
}

/* --- what it says of itself
 * ------------------------------------------------------------------------- */

struct discovery {
    struct str issuer;
    struct str authorization_endpoint;
    struct str token_endpoint;
    struct str end_session_endpoint;
    struct str jwks_uri;
    bool names_itself;
};
static const struct field discovery_fields[] = {
    FIELD(struct discovery, issuer, REQUIRED, .min = 1, .max = 512),
    FIELD(struct discovery, authorization_endpoint, REQUIRED, .min = 9, .max = 1024),
    FIELD(struct discovery, token_endpoint, REQUIRED, .min = 9, .max = 1024),
    FIELD(struct discovery, end_session_endpoint, OPTIONAL, .max = 1024),
    FIELD(struct discovery, jwks_uri, REQUIRED, .min = 9, .max = 1024),
    FIELD_NAMED(struct discovery, names_itself, "authorization_response_iss_parameter_supported",
                OPTIONAL),
    FIELDS_END};

static const struct field metadata_fields[] = {
    FIELD(struct provider_metadata, issuer, REQUIRED),
    FIELD(struct provider_metadata, authorization_endpoint, REQUIRED),
    FIELD(struct provider_metadata, token_endpoint, REQUIRED),
    FIELD(struct provider_metadata, end_session_endpoint, OPTIONAL),
    FIELD(struct provider_metadata, names_itself, REQUIRED),
    FIELD(struct provider_metadata, keys, REQUIRED, .max = JWS_JWKS_MAX),
    FIELD(struct provider_metadata, old, REQUIRED),
    FIELDS_END};

static struct err *check_discovery(const struct request *request, const struct provider *provider,
                                   const struct discovery *said)
{
    const struct access_settings *settings = request->house->settings;
    if (!str_equal(said->issuer, provider->issuer))
        return no_use(provider, "it calls itself another issuer", NULL);
    if (!provider_may_be_asked(settings->sign_in_hosts, said->authorization_endpoint) ||
        !provider_may_be_asked(settings->sign_in_hosts, said->token_endpoint))
        return no_use(provider, "an endpoint at a host that is not in R7_SIGN_IN_HOSTS", NULL);
    return NULL;
}

static struct err *fetch(struct request *request, const struct provider *provider,
                         struct provider_metadata *out)
{
    const struct access_settings *settings = request->house->settings;
    struct str text = {0};
    struct discovery said = {0};
    struct jws_keys *keys = NULL;
    size_t end = provider->issuer.len;
    end -= end > 0 && provider->issuer.ptr[end - 1] == '/';
    struct str url = arena_format(request->arena, "%.*s/.well-known/openid-configuration", (int)end,
                                  provider->issuer.ptr);
    TRY(get(request, provider, url, &text));
    struct err *e =
        json_read(text, discovery_fields, JSON_IGNORE_UNKNOWN, "", request->arena, &said);
    if (e != NULL)
        return no_use(provider, "its configuration", e);
    TRY(check_discovery(request, provider, &said));
    if (!provider_may_be_asked(settings->sign_in_hosts, said.end_session_endpoint))
        said.end_session_endpoint = (struct str){0}; /* signing in goes on without it */
    TRY(get(request, provider, said.jwks_uri, &text));
    e = jws_keys_read(text, provider_algorithms(provider), &keys);
    if (e != NULL)
        return no_use(provider, "its keys", e);
    jws_keys_free(keys);
    *out = (struct provider_metadata){.issuer = said.issuer,
                                      .authorization_endpoint = said.authorization_endpoint,
                                      .token_endpoint = said.token_endpoint,
                                      .end_session_endpoint = said.end_session_endpoint,
                                      .names_itself = said.names_itself,
                                      .keys = text};
    return NULL;
}

struct asked_row {
    struct str issuer;
};
static const struct field asked_fields[] = {FIELD(struct asked_row, issuer, REQUIRED), FIELDS_END};

/* Committed before the question, so that replicas do not ask together. */
static struct err *may_ask(struct request *request, int32_t tenant, const struct provider *provider,
                           const struct sql *sql, bool *out)
{
    struct rows rows = {0};
    TRY(db_begin(request->db, tenant));
    TRY(db_rows(request->db, sql, asked_fields, sizeof(struct asked_row), request->arena, &rows,
                VALUES(V(provider->name), V(provider->issuer))));
    TRY(db_commit(request->db));
    *out = rows.count > 0;
    return NULL;
}

static struct err *keep(struct request *request, int32_t tenant, const struct provider *provider,
                        const struct provider_metadata *said)
{
    struct batch *batch = batch_new(request->db, tenant, request->arena);
    batch_add(batch, &access_put_metadata,
              VALUES(V(provider->name), V(provider->issuer), V(said->authorization_endpoint),
                     V(said->token_endpoint), V(said->names_itself), V(said->keys),
                     V(said->end_session_endpoint)));
    return batch_run(batch);
}

struct err *provider_metadata(struct request *request, int32_t tenant,
                              const struct provider *provider, bool again,
                              struct provider_metadata *out)
{
    struct rows rows = {0};
    bool may = false;
    struct load *load = load_new(request->db, tenant, request->arena);
    LOAD(load, &access_select_metadata, metadata_fields, struct provider_metadata, &rows,
         V(provider->name), V(provider->issuer));
    TRY(load_run(load));
    const struct provider_metadata *kept =
        rows.count > 0 ? ROW(struct provider_metadata, rows, 0) : NULL;
    if (again)
        TRY(may_ask(request, tenant, provider, &access_search_metadata, &may));
    else if (kept == NULL || kept->old)
        TRY(may_ask(request, tenant, provider, &access_ask_metadata, &may));
    if (!may && kept == NULL)
        return no_use(provider, "it was asked a moment ago", NULL);
    if (!may) {
        *out = *kept;
        return NULL;
    }
    TRY(fetch(request, provider, out));
    return keep(request, tenant, provider, out);
}

/* --- tokens for a code
 * ------------------------------------------------------------------------------- */

static void put_pair(struct buf *form, const char *name, struct str value)
{
    buf_format(form, "%s%s=", form->len > 0 ? "&" : "", name);
    buf_percent(form, value);
}

static struct err *read_secret(struct request *request, const struct provider *provider,
                               struct str tenant, struct str *out)
{
    const struct access_settings *settings = request->house->settings;
    const char *wrong = shared_secret_read("R7_SIGN_IN_SECRETS", settings->sign_in_secrets, tenant,
                                           provider->secret, request->arena, out);
    return wrong == NULL ? NULL : no_use(provider, wrong, NULL);
}

struct assertion {
    struct str issuer;
    struct str subject;
    struct str audience;
    struct uuid id;
    int64_t issued_at;
    int64_t expires_at;
};
static const struct field assertion_fields[] = {
    FIELD_NAMED(struct assertion, issuer, "iss", REQUIRED),
    FIELD_NAMED(struct assertion, subject, "sub", REQUIRED),
    FIELD_NAMED(struct assertion, audience, "aud", REQUIRED),
    FIELD_NAMED(struct assertion, id, "jti", REQUIRED),
    FIELD_NAMED(struct assertion, issued_at, "iat", REQUIRED),
    FIELD_NAMED(struct assertion, expires_at, "exp", REQUIRED),
    FIELDS_END};

/* RFC 7523, by the issuer's own key, which the provider finds at /jwks. */
static struct err *put_assertion(struct request *request, const struct provider *provider,
                                 struct buf *form)
{
    int64_t now = request->now.us / 1000000;
    const struct assertion assertion = {
        provider->client_id,    provider->client_id, provider->issuer, uuid_random(), now,
        now + ASSERTION_SECONDS};
    autobuf struct buf claims = buf_new(4096);
    autobuf struct buf text = buf_new(8192);
    json_write(assertion_fields, &assertion, &claims);
    TRY(buf_done(&claims, "the claims"));
    TRY(issuer_sign_claims(access_issuer(request), "JWT", buf_str(&claims), &text));
    put_pair(form, "client_id", provider->client_id);
    put_pair(form, "client_assertion_type",
             S("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
    put_pair(form, "client_assertion", buf_str(&text));
    return NULL;
}

/* RFC 6749 section 2.3.1. */
static struct str basic_header(const struct provider *provider, struct str secret,
                               struct arena *arena)
{
    autobuf struct buf pair = buf_new(FORM_MAX);
    autobuf struct buf header = buf_new(FORM_MAX);
    buf_percent(&pair, provider->client_id);
    buf_byte(&pair, ':');
    buf_percent(&pair, secret);
    buf_put(&header, S("Authorization: Basic "));
    buf_base64(&header, buf_str(&pair));
    struct str kept = arena_str(arena, buf_str(&header));
    OPENSSL_cleanse(pair.ptr, pair.len);
    OPENSSL_cleanse(header.ptr, header.len);
    return kept;
}

/* In the form, or as *out_header. */
static struct err *prove(struct request *request, const struct provider *provider, struct buf *form,
                         const char **out_header)
{
    struct str secret = {0};
    if (str_equal(provider->authentication, S("private_key_jwt")))
        return put_assertion(request, provider, form);
    if (provider->secret.ptr != NULL) {
        TRY(read_secret(request, provider, http_param(&request->match, "tenant"), &secret));
        if (str_equal(provider->authentication, S("client_secret_basic"))) {
            *out_header = basic_header(provider, secret, request->arena).ptr;
            return NULL;
        }
        put_pair(form, "client_secret", secret);
    }
    put_pair(form, "client_id", provider->client_id);
    return NULL;
}

static const struct field tokens_fields[] = {
    FIELD(struct provider_tokens, id_token, REQUIRED, .min = 1, .max = ID_TOKEN_MAX),
    FIELD(struct provider_tokens, access_token, OPTIONAL, .max = TOKENS_MAX), FIELDS_END};

struct err *provider_exchange(struct request *request, const struct provider *provider,
                              const struct provider_metadata *metadata, struct str code,
                              struct str redirect, struct str verifier, struct provider_tokens *out)
{
    const char *headers[] = {"Content-Type: application/x-www-form-urlencoded",
                             "Accept: application/json", NULL, NULL};
    struct http_answer_in answer = {0};
    autobuf struct buf form = buf_new(FORM_MAX);
    put_pair(&form, "grant_type", S("authorization_code"));
    put_pair(&form, "code", code);
    put_pair(&form, "redirect_uri", redirect);
    put_pair(&form, "code_verifier", verifier);
    TRY(prove(request, provider, &form, &headers[2]));
    TRY(buf_done(&form, "the question to the identity provider"));
    struct err *e = ask(request, provider, HTTP_POST, metadata->token_endpoint, headers,
                        buf_str(&form), TOKENS_MAX, &answer);
    OPENSSL_cleanse(form.ptr, form.len);
    TRY(e);
    if (answer.status >= 400 && answer.status <= 499)
        return err_private(
            err_new(ERR_UNAUTHENTICATED, "the identity provider does not confirm the sign-in"),
            "%.*s: status %d", STR_ARG(provider->issuer), answer.status);
    if (answer.status != 200)
        return no_use(provider, arena_format(request->arena, "status %d", answer.status).ptr, NULL);
    e = json_read(answer.body, tokens_fields, JSON_IGNORE_UNKNOWN, "", request->arena, out);
    return e == NULL ? NULL : no_use(provider, "its tokens", e);
}
