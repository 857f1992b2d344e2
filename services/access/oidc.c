/* Signing in through an identity provider: OpenID Connect, authorization code with PKCE (OpenID
 * Connect Core 1.0, RFC 7636, RFC 9207; for r7 RFC 8252).
 *
 * Who begins is given two secrets of 32 bytes: the state, which travels through the provider, and
 * the binding, which stays with the browser (a cookie) or with r7. The nonce and the code verifier
 * are made of the binding, and the database keeps digests of both; so a sign-in is finished once,
 * within ten minutes, by who began it, and by nobody who has read the database or the address. */
#include "http/id_token.h"
#include "services/access/provider.h"
#include "text/json.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

enum {
    SECRET_BYTES = 32,
    SECRET_TEXT = 43,
    URL_MAX = 16 * 1024,
    METHODS_KEPT = 8,
    CODE_MAX = 4096
};

#define COOKIE "__Host-r7-sign-in"

/* A sign-in under way, as who began it knows it. */
struct attempt {
    int32_t tenant;
    struct provider provider;
    struct str state;
    struct str binding;
    struct str redirect;
    struct uuid assignment;
};

/* --- secrets
 * ---------------------------------------------------------------------------------------- */

static struct err *make_secret(struct arena *arena, struct str *out)
{
    uint8_t bytes[SECRET_BYTES];
    autobuf struct buf text = buf_new(64);
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return ERR_BUG_AT("no random bytes");
    buf_base64url(&text, (struct str){(const char *)bytes, sizeof bytes});
    *out = arena_str(arena, buf_str(&text));
    return NULL;
}

/* What is made of the binding, for one use each. */
static struct str derive(struct str binding, struct str use, struct arena *arena)
{
    autobuf struct buf text = buf_new(64);
    struct sha256 made = hmac_sha256(binding, &use, 1);
    buf_base64url(&text, (struct str){(const char *)made.bytes, sizeof made.bytes});
    return arena_str(arena, buf_str(&text));
}

static struct str nonce_of(struct str binding, struct arena *arena)
{
    return derive(binding, S("nonce"), arena);
}

static struct str verifier_of(struct str binding, struct arena *arena)
{
    return derive(binding, S("code verifier"), arena);
}

/* --- beginning
 * -------------------------------------------------------------------------------------- */

static void put_query(struct buf *url, const char *name, struct str value)
{
    buf_format(url, "&%s=", name);
    buf_percent(url, value);
}

static struct err *put_scopes(const struct provider *provider, struct buf *url)
{
    autobuf struct buf scopes = buf_new(4096);
    for (size_t i = 0; i < provider->scopes.count; i++) {
        buf_put(&scopes, i > 0 ? S(" ") : S(""));
        buf_put(&scopes, provider->scopes.at[i]);
    }
    TRY(buf_done(&scopes, "the scopes"));
    put_query(url, "scope", buf_str(&scopes));
    return NULL;
}

static struct err *make_url(struct request *request, const struct attempt *attempt,
                            const struct claim_mapping *mapping,
                            const struct provider_metadata *metadata, struct buf *url)
{
    autobuf struct buf challenge = buf_new(64);
    struct str endpoint = metadata->authorization_endpoint;
    struct sha256 digest = sha256_of(verifier_of(attempt->binding, request->arena));
    buf_base64url(&challenge, (struct str){(const char *)digest.bytes, sizeof digest.bytes});
    buf_put(url, endpoint);
    buf_byte(url, str_find(endpoint, '?') < endpoint.len ? '&' : '?');
    buf_put(url, S("response_type=code"));
    put_query(url, "client_id", attempt->provider.client_id);
    put_query(url, "redirect_uri", attempt->redirect);
    TRY(put_scopes(&attempt->provider, url));
    put_query(url, "state", attempt->state);
    put_query(url, "nonce", nonce_of(attempt->binding, request->arena));
    put_query(url, "code_challenge", buf_str(&challenge));
    put_query(url, "code_challenge_method", S("S256"));
    if (mapping->request.text.ptr != NULL)
        put_query(url, "claims", mapping->request.text);
    return buf_done(url, "the address at the identity provider");
}

static struct err *keep_state(struct request *request, const struct attempt *attempt)
{
    struct batch *batch = batch_new(request->db, attempt->tenant, request->arena);
    batch_add(batch, &access_insert_state,
              VALUES(V(sha256_of(attempt->state)), V(attempt->provider.name),
                     V(sha256_of(attempt->binding)), V(attempt->redirect), V(attempt->assignment)));
    struct err *e = batch_run(batch);
    return e != NULL && err_class(e) == ERR_CLASS_CONFLICT
               ? err_new(ERR_THROTTLED, "too many sign-ins have begun: try again in a while")
               : e;
}

/* Fills in the secrets, and where to go. */
static struct err *begin(struct request *request, struct attempt *attempt, struct buf *url)
{
    struct claim_mapping mapping;
    struct provider_metadata metadata;
    TRY(claim_mapping_load(request->house->config.schemas, attempt->provider.mapping,
                           request->arena, &mapping));
    TRY(provider_metadata(request, attempt->tenant, &attempt->provider, false, &metadata));
    TRY(make_secret(request->arena, &attempt->state));
    TRY(make_secret(request->arena, &attempt->binding));
    TRY(make_url(request, attempt, &mapping, &metadata, url));
    return keep_state(request, attempt);
}

/* --- finishing
 * -------------------------------------------------------------------------------------- */

/* What the provider's answer carries. */
struct came_back {
    struct str state;
    struct str code;
    struct str issuer;
    struct str error;
    struct str binding;
};

struct state_row {
    struct str redirect;
    struct uuid assignment;
};
static const struct field state_fields[] = {FIELD(struct state_row, redirect, REQUIRED),
                                            FIELD(struct state_row, assignment, OPTIONAL),
                                            FIELDS_END};

/* Once: what is taken is gone, whatever comes after. */
static struct err *take_state(struct request *request, struct attempt *attempt,
                              const struct came_back *came)
{
    struct rows rows = {0};
    TRY(db_begin(request->db, attempt->tenant));
    TRY(db_rows(
        request->db, &access_take_state, state_fields, sizeof(struct state_row), request->arena,
        &rows,
        VALUES(V(sha256_of(came->state)), V(attempt->provider.name), V(sha256_of(came->binding)))));
    TRY(db_commit(request->db));
    if (rows.count == 0)
        return err_new(ERR_UNAUTHENTICATED,
                       "no sign-in began here that this could finish: begin again");
    attempt->state = came->state;
    attempt->binding = came->binding;
    attempt->redirect = ROW(struct state_row, rows, 0)->redirect;
    attempt->assignment = ROW(struct state_row, rows, 0)->assignment;
    return NULL;
}

/* An answer of another provider than the one that was asked (mix-up). */
static struct err *check_issuer(const struct attempt *attempt,
                                const struct provider_metadata *metadata,
                                const struct came_back *came)
{
    bool good = came->issuer.ptr == NULL ? !metadata->names_itself
                                         : str_equal(came->issuer, attempt->provider.issuer);
    return good ? NULL : err_new(ERR_UNAUTHENTICATED, "the answer is another identity provider's");
}

static struct err *verify(struct request *request, const struct attempt *attempt,
                          const struct provider_metadata *metadata,
                          const struct provider_tokens *tokens, struct id_token *out,
                          bool *out_unknown_key)
{
    struct jws_keys *keys = NULL;
    const struct id_token_expected expected = {.issuer = attempt->provider.issuer,
                                               .client = attempt->provider.client_id,
                                               .nonce = nonce_of(attempt->binding, request->arena),
                                               .algorithms =
                                                   provider_algorithms(&attempt->provider),
                                               .access_token = tokens->access_token};
    TRY(jws_keys_read(metadata->keys, expected.algorithms, &keys));
    struct err *e = id_token_verify(keys, tokens->id_token, &expected, request->now, request->arena,
                                    out, out_unknown_key);
    jws_keys_free(keys);
    return e;
}

/* The person, as the provider vouches for it. */
static struct err *know(struct request *request, const struct attempt *attempt,
                        const struct came_back *came, struct id_token *out)
{
    struct provider_metadata metadata;
    struct provider_tokens tokens = {0};
    bool unknown_key = false;
    TRY(provider_metadata(request, attempt->tenant, &attempt->provider, false, &metadata));
    TRY(check_issuer(attempt, &metadata, came));
    TRY(provider_exchange(request, &attempt->provider, &metadata, came->code, attempt->redirect,
                          verifier_of(attempt->binding, request->arena), &tokens));
    struct err *e = verify(request, attempt, &metadata, &tokens, out, &unknown_key);
    if (e == NULL || !unknown_key)
        return e;
    TRY(provider_metadata(request, attempt->tenant, &attempt->provider, true, &metadata));
    return verify(request, attempt, &metadata, &tokens, out, &unknown_key);
}

/* The user must be there already. */
static struct err *find_account(struct request *request, const struct attempt *attempt,
                                const struct claimed *claimed, const struct id_token *token,
                                struct account_row *out)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, attempt->tenant, request->arena);
    LOAD(load, &access_select_known, account_fields, struct account_row, &rows, V(claimed->person),
         V(attempt->provider.name), V(token->subject));
    TRY(load_run(load));
    if (rows.count != 1)
        return err_private(err_new(ERR_FORBIDDEN, "you have no account in this region"),
                           "provider \"%.*s\": %zu accounts", STR_ARG(attempt->provider.name),
                           rows.count);
    *out = *ROW(struct account_row, rows, 0);
    return NULL;
}

/* In the token and the log stand a few short words only. */
static struct strs keep_methods(struct strs methods, struct arena *arena)
{
    struct str *kept = ARENA_ARRAY(arena, struct str, METHODS_KEPT);
    size_t count = 0;
    for (size_t i = 0; i < methods.count && count < METHODS_KEPT; i++)
        if (methods.at[i].len <= 64)
            kept[count++] = methods.at[i];
    return (struct strs){kept, count};
}

static struct err *answer_known(struct request *request, const struct attempt *attempt,
                                const struct id_token *token)
{
    struct claim_mapping mapping;
    struct claimed claimed;
    struct account_row account;
    struct rows assignments = {0};
    TRY(claim_mapping_load(request->house->config.schemas, attempt->provider.mapping,
                           request->arena, &mapping));
    TRY(claims_read(&mapping, token->claims, token->assurance, request->arena, &claimed));
    TRY(find_account(request, attempt, &claimed, token, &account));
    struct load *load = load_new(request->db, attempt->tenant, request->arena);
    LOAD(load, &access_select_assignments_of, assignment_fields, struct assignment_row,
         &assignments, V(account.id));
    TRY(load_run(load));
    const struct way_in way = {
        .provider = attempt->provider.name,
        .methods = keep_methods(token->methods, request->arena),
        .assurance = token->assurance,
        .claimed = &claimed,
        .level = attempt->provider.level,
        .session = sign_in_session_of(attempt->provider.issuer, token->session),
        .subject = sign_in_subject_of(attempt->provider.issuer, token->subject),
        .issued_at = {token->issued_at * 1000000, true}};
    return sign_in_answer(request, attempt->tenant, &account, &assignments, attempt->assignment,
                          &way);
}

static struct err *finish(struct request *request, const struct came_back *came)
{
    struct attempt attempt = {0};
    struct id_token token = {0};
    TRY(provider_find(request, &attempt.tenant, &attempt.provider));
    TRY(take_state(request, &attempt, came));
    if (came->error.ptr != NULL)
        return err_new(ERR_UNAUTHENTICATED, "the identity provider did not sign you in");
    if (came->code.len == 0)
        return err_field(ERR_INVALID, "code", "missing");
    TRY(know(request, &attempt, came, &token));
    return answer_known(request, &attempt, &token);
}

/* --- a browser
 * -------------------------------------------------------------------------------------- */

static void put_header(struct http_reply *reply, const char *name, const char *value)
{
    size_t i = 0;
    while (reply->headers[i].name != NULL)
        i++;
    reply->headers[i].name = name;
    reply->headers[i].value = value;
}

static struct str cookie_named(struct str header, struct str name)
{
    struct str pair = {0};
    while (str_cut(&header, ';', &pair)) {
        struct str value = str_trim(pair);
        struct str key = {0};
        if (str_cut(&value, '=', &key) && str_equal(key, name) && value.ptr != NULL)
            return value;
    }
    return (struct str){0};
}

/* Absent: none was chosen. */
static struct err *read_assignment(const struct request *request, struct uuid *out)
{
    struct str text = http_call_query(request->call, "assignment");
    return text.ptr == NULL || uuid_parse(text, out)
               ? NULL
               : err_field(ERR_INVALID, "assignment", "not a UUID");
}

struct err *access_oidc_start(struct request *request, struct http_reply *reply)
{
    const struct access_settings *settings = request->house->settings;
    struct attempt attempt = {0};
    autobuf struct buf url = buf_new(URL_MAX);
    TRY(provider_find(request, &attempt.tenant, &attempt.provider));
    TRY(read_assignment(request, &attempt.assignment));
    if (settings->sign_in_url.len == 0)
        return err_new(ERR_UNSUPPORTED, "browsers do not sign in here: R7_SIGN_IN_URL is not set");
    attempt.redirect = arena_format(
        request->arena, "%.*s/oidc/%.*s/%.*s/callback", STR_ARG(settings->sign_in_url),
        STR_ARG(http_param(&request->match, "tenant")), STR_ARG(attempt.provider.name));
    TRY(begin(request, &attempt, &url));
    reply->status = 302;
    put_header(reply, "Location", arena_str(request->arena, buf_str(&url)).ptr);
    put_header(reply, "Set-Cookie",
               arena_format(request->arena,
                            COOKIE "=%.*s; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax",
                            STR_ARG(attempt.binding))
                   .ptr);
    return NULL;
}

struct err *access_oidc_callback(struct request *request, struct http_reply *reply)
{
    const struct http_call *call = request->call;
    const struct came_back came = {.state = http_call_query(call, "state"),
                                   .code = http_call_query(call, "code"),
                                   .issuer = http_call_query(call, "iss"),
                                   .error = http_call_query(call, "error"),
                                   .binding =
                                       cookie_named(http_call_header(call, "Cookie"), S(COOKIE))};
    TRY(finish(request, &came));
    put_header(reply, "Referrer-Policy", "no-referrer");
    put_header(reply, "Set-Cookie", COOKIE "=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
    return NULL;
}

/* --- r7
 * --------------------------------------------------------------------------------------------- */

struct begin_body {
    int32_t port;
    struct uuid assignment;
};
static const struct field begin_body_fields[] = {
    FIELD(struct begin_body, port, REQUIRED, .min = 1024, .max = 65535),
    FIELD(struct begin_body, assignment, OPTIONAL), FIELDS_END};

struct begun {
    struct str url;
    struct str state;
    struct str binding;
};
static const struct field begun_fields[] = {FIELD(struct begun, url, REQUIRED, .max = URL_MAX),
                                            FIELD(struct begun, state, REQUIRED),
                                            FIELD(struct begun, binding, REQUIRED), FIELDS_END};

struct err *access_oidc_begin(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct begin_body body = {0};
    struct attempt attempt = {0};
    autobuf struct buf url = buf_new(URL_MAX);
    TRY(provider_find(request, &attempt.tenant, &attempt.provider));
    TRY(json_read(request->body, begin_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    attempt.assignment = body.assignment;
    attempt.redirect = arena_format(request->arena, "http://127.0.0.1:%d/callback", body.port);
    TRY(begin(request, &attempt, &url));
    json_write(begun_fields, &(struct begun){buf_str(&url), attempt.state, attempt.binding},
               request->out);
    return NULL;
}

static const struct field finish_body_fields[] = {
    FIELD(struct came_back, state, REQUIRED, .min = SECRET_TEXT, .max = SECRET_TEXT),
    FIELD(struct came_back, binding, REQUIRED, .min = SECRET_TEXT, .max = SECRET_TEXT),
    FIELD(struct came_back, code, OPTIONAL, .max = CODE_MAX),
    FIELD_NAMED(struct came_back, issuer, "iss", OPTIONAL, .max = 512),
    FIELD(struct came_back, error, OPTIONAL, .max = 256),
    FIELDS_END};

struct err *access_oidc_finish(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct came_back body = {0};
    TRY(json_read(request->body, finish_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    return finish(request, &body);
}
