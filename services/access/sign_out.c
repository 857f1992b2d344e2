/* Signing out: here (POST /logout), with the place where one signs out of the identity provider too
 * (OpenID Connect RP-Initiated Logout 1.0); by the provider's word, when somebody has signed out,
 * or was, there (OpenID Connect Back-Channel Logout 1.0); and by a browser that the provider sends
 * here then (Front-Channel Logout 1.0).
 *
 * Every room reads with the subject whether the session is over (svc/subject.h), and the user's
 * version is raised: what was decided a moment before is not disclosed. */
#include "base/log.h"
#include "http/id_token.h"
#include "services/access/person_told.h"
#include "services/access/provider.h"
#include "text/json.h"

enum { URL_MAX = 4096 };

/* --- here
 * ------------------------------------------------------------------------------------------- */

struct signed_out {
    struct uuid user;
    struct uuid token; /* its jti */
};
static const struct field signed_out_fields[] = {FIELD(struct signed_out, user, REQUIRED),
                                                 FIELD(struct signed_out, token, REQUIRED),
                                                 FIELDS_END};

static void plan_signed_out(struct change *change, const void *fact)
{
    const struct signed_out *s = fact;
    change_concerns_ids(change, S("user"), s->user, (struct uuid){0});
    CHANGE_SQL(change, &access_end_session, V(s->token), V((struct instant){0}));
}
const struct change_kind change_signed_out = {"signed_out", signed_out_fields,
                                              sizeof(struct signed_out), plan_signed_out};

/* The person is sent there without an ID token of theirs (id_token_hint), for none is kept: the
 * provider knows the browser, and asks. Afterwards they are where the ways in are told. */
static struct err *make_url(struct request *request, const struct provider *provider,
                            struct str endpoint, struct buf *url)
{
    const struct access_settings *settings = request->house->settings;
    struct str region = {0};
    buf_put(url, endpoint);
    buf_byte(url, str_find(endpoint, '?') < endpoint.len ? '&' : '?');
    buf_put(url, S("client_id="));
    buf_percent(url, provider->client_id);
    if (settings->sign_in_url.len > 0) {
        TRY(worker_tenant(request->worker, request->tenant, &region));
        buf_put(url, S("&post_logout_redirect_uri="));
        buf_percent(url, settings->sign_in_url);
        buf_put(url, S("%2Foidc%2F"));
        buf_percent(url, region);
    }
    return buf_done(url, "the address at the identity provider");
}

/* Nothing, for a session that began with a password, and at a provider that announces no such
 * place. */
static struct err *find_url(struct request *request, struct buf *url)
{
    struct provider_metadata metadata;
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_sign_in_provider, provider_whole_fields, struct provider, &rows,
         V(request->token.id));
    TRY(load_run(load));
    if (rows.count == 0)
        return NULL;
    const struct provider *provider = ROW(struct provider, rows, 0);
    TRY(provider_metadata(request, request->tenant, provider, false, &metadata));
    return metadata.end_session_endpoint.ptr == NULL
               ? NULL
               : make_url(request, provider, metadata.end_session_endpoint, url);
}

struct sign_out_answer {
    struct str provider_url;
};
static const struct field answer_fields[] = {
    FIELD(struct sign_out_answer, provider_url, OPTIONAL, .max = URL_MAX), FIELDS_END};

struct err *access_sign_out(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct change change;
    autobuf struct buf url = buf_new(URL_MAX);
    TRY(change_begin_self(request, &change));
    const struct signed_out fact = {change.by, request->token.id};
    TRY(change_apply(request, &change, &change_signed_out, &fact));
    struct err *e = find_url(request, &url);
    if (e != NULL) { /* the session is over all the same */
        log_error("a person is signed out here, and not told where at the provider", e,
                  kv("request", request->id));
        err_reset();
    }
    const struct sign_out_answer answer = {e == NULL && url.len > 0 ? buf_str(&url)
                                                                    : (struct str){0}};
    json_write(answer_fields, &answer, request->out);
    return NULL;
}

/* --- at the provider
 * ---------------------------------------------------------------------------------- */

/* The journal tells the user alone: from it all that the user began before is over. */
struct sign_ins_ended {
    struct uuid user;
    bool told; /* it was, by the provider: then the sessions are known */
};
static const struct field ended_fields[] = {FIELD(struct sign_ins_ended, user, REQUIRED),
                                            FIELDS_END};

static void plan_ended(struct change *change, const void *fact)
{
    const struct sign_ins_ended *s = fact;
    change_concerns_ids(change, S("user"), s->user, (struct uuid){0});
    if (!s->told)
        CHANGE_SQL(change, &access_end_sessions, V(s->user), V(session_next_second(change->at)),
                   V((struct str){0}));
}
const struct change_kind change_sign_ins_ended = {"sign_ins_ended", ended_fields,
                                                  sizeof(struct sign_ins_ended), plan_ended};

/* Which of its sessions, by what the rows of sign-ins call them. */
struct over {
    struct uuid session;
    struct uuid subject;
    struct instant until; /* not known: whenever it began, or begins */
};

/* A session that is over does not come back; a person does. */
static struct over over_of(const struct provider *provider, const struct logout_token *token)
{
    if (token->session.ptr != NULL)
        return (struct over){.session = sign_in_session_of(provider->issuer, token->session)};
    return (struct over){.subject = sign_in_subject_of(provider->issuer, token->subject),
                         .until = {token->issued_at * 1000000, true}};
}

/* Of these users; `word` nil: it was no logout token. */
static struct err *end_those(struct request *request, int32_t tenant,
                             const struct provider *provider, const struct rows *users,
                             const struct over *over, struct uuid word)
{
    struct change change = {.tenant = tenant,
                            .by = UUID_FROM(S("sign-in provider"), provider->name),
                            .at = request->now};
    plan_begin(&change.plan, request->arena);
    for (size_t i = 0; i < users->count; i++) {
        const struct sign_ins_ended fact = {ROW(struct id_row, *users, i)->id, true};
        TRY(change_add(request, &change, &change_sign_ins_ended, &fact));
    }
    if (!uuid_is_nil(word))
        CHANGE_SQL(&change, &access_insert_logout, V(word));
    CHANGE_SQL(&change, &access_end_session,
               V(uuid_is_nil(over->session) ? over->subject : over->session), V(over->until));
    return worker_apply(request->worker, tenant, &change.plan, request->arena);
}

/* A sign-in that is under way may have its row later: what is over stands for itself. */
static struct err *end_sessions(struct request *request, int32_t tenant,
                                const struct provider *provider, const struct logout_token *token)
{
    const struct over over = over_of(provider, token);
    const struct uuid id = UUID_FROM(S("jti"), provider->issuer, token->id);
    struct rows seen = {0};
    struct rows users = {0};
    struct load *load = load_new(request->db, tenant, request->arena);
    LOAD(load, &access_select_logout, id_fields, struct id_row, &seen, V(id));
    LOAD(load, &access_select_sessions, id_fields, struct id_row, &users, V(over.session),
         V(over.subject), V(over.until));
    TRY(load_run(load));
    if (seen.count > 0)
        return JWS_NOT_VALID("the jti was seen before");
    return end_those(request, tenant, provider, &users, &over, id);
}

static struct err *verify(struct request *request, int32_t tenant, const struct provider *provider,
                          struct str text, bool again, struct logout_token *out,
                          bool *out_unknown_key)
{
    struct provider_metadata metadata;
    struct jws_keys *keys = NULL;
    const struct id_token_expected expected = {.issuer = provider->issuer,
                                               .client = provider->client_id,
                                               .algorithms = provider_algorithms(provider)};
    *out_unknown_key = false;
    TRY(provider_metadata(request, tenant, provider, again, &metadata));
    TRY(jws_keys_read(metadata.keys, expected.algorithms, &keys));
    struct err *e = logout_token_verify(keys, text, &expected, request->now, request->arena, out,
                                        out_unknown_key);
    jws_keys_free(keys);
    return e;
}

/* The one logout_token of a form (application/x-www-form-urlencoded): what a token is made of, form
 * encoding leaves as it is. Other members mean nothing. */
static struct err *read_form(struct str form, struct str *out)
{
    struct str pair = {0};
    struct str name = {0};
    size_t count = 0;
    while (str_cut(&form, '&', &pair))
        if (str_cut(&pair, '=', &name) && str_equal(name, S("logout_token"))) {
            *out = pair;
            count++;
        }
    return count == 1 && out->len > 0
               ? NULL
               : err_field(ERR_INVALID, "logout_token", "missing, or there are several");
}

struct err *access_oidc_logout(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct provider provider = {0};
    struct logout_token token = {0};
    struct str text = {0};
    int32_t tenant = 0;
    bool unknown_key = false;
    TRY(provider_find(request, &tenant, &provider));
    TRY(read_form(request->body, &text));
    struct err *e = verify(request, tenant, &provider, text, false, &token, &unknown_key);
    if (e != NULL && unknown_key)
        e = verify(request, tenant, &provider, text, true, &token, &unknown_key);
    if (e == NULL)
        e = end_sessions(request, tenant, &provider, &token);
    if (e != NULL && e->code == ERR_UNAUTHENTICATED) /* section 2.8: 400 */
        return err_private(err_field(ERR_INVALID, "logout_token", "the token is not valid"), "%s",
                           e->private != NULL ? e->private : e->detail);
    return e;
}

/* --- by a browser that the provider sends
 * --------------------------------------------------------------------- */

/* Anybody may come with such an address, so what it says counts by what only the provider and this
 * room know: a sid of a session that is there and not over yet. Else nothing is written, and
 * nothing is told: the answer is the same. */
static struct err *end_session_of(struct request *request, int32_t tenant,
                                  const struct provider *provider, struct str sid)
{
    const struct over over = {.session = sign_in_session_of(provider->issuer, sid)};
    struct rows users = {0};
    struct load *load = load_new(request->db, tenant, request->arena);
    LOAD(load, &access_select_session_of, id_fields, struct id_row, &users, V(over.session));
    TRY(load_run(load));
    return users.count == 0 ? NULL
                            : end_those(request, tenant, provider, &users, &over, (struct uuid){0});
}

struct err *access_oidc_front_logout(struct request *request, struct http_reply *reply)
{
    const struct str issuer = http_call_query(request->call, "iss");
    const struct str sid = http_call_query(request->call, "sid");
    struct provider provider = {0};
    int32_t tenant = 0;
    TRY(provider_find(request, &tenant, &provider));
    if (!str_equal(issuer, provider.issuer))
        return err_field(ERR_INVALID, "iss", "missing, or not the provider's issuer");
    if (sid.len == 0 || sid.len > ID_TOKEN_SID_MAX)
        return err_field(ERR_INVALID, "sid", "missing, or over %d bytes", ID_TOKEN_SID_MAX);
    TRY(end_session_of(request, tenant, &provider, sid));
    reply->content_type =
        "text/html; charset=utf-8"; /* an empty page, in a frame of the provider's */
    return NULL;
}
