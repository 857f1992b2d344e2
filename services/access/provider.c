/* What local administrators set of signing in: identity providers, who their subjects are, who may
 * still use a password. Who sets a provider could let it say of anybody in the region that it is
 * they; so nobody of another region does, nor who operates the house. */
#include "services/access/provider.h"
#include "services/access/proposals.h"
#include "services/access/shared_secret.h"
#include "text/json.h"

const struct field provider_whole_fields[] = {
    FIELD(struct provider, name, REQUIRED),           FIELD(struct provider, title, REQUIRED),
    FIELD(struct provider, issuer, REQUIRED),         FIELD(struct provider, client_id, REQUIRED),
    FIELD(struct provider, authentication, REQUIRED), FIELD(struct provider, secret, OPTIONAL),
    FIELD(struct provider, scopes, REQUIRED),         FIELD(struct provider, algorithms, REQUIRED),
    FIELD(struct provider, mapping, REQUIRED),        FIELD(struct provider, level, REQUIRED),
    FIELD(struct provider, valid_until, OPTIONAL),    FIELDS_END};

static const char *const authentications[] = {"none", "client_secret_basic", "client_secret_post",
                                              "private_key_jwt", NULL};
static const struct field provider_body_fields[] = {
    FIELD(struct provider, title, REQUIRED, .min = 1, .max = 200),
    FIELD(struct provider, issuer, REQUIRED, .min = 9, .max = 512),
    FIELD(struct provider, client_id, REQUIRED, .min = 1, .max = 256),
    FIELD(struct provider, authentication, REQUIRED, .one_of = authentications),
    FIELD(struct provider, secret, OPTIONAL, .min = 1, .max = 64),
    FIELD(struct provider, scopes, REQUIRED, .max = 32),
    FIELD(struct provider, algorithms, REQUIRED, .max = 3),
    FIELD(struct provider, mapping, REQUIRED, .min = 1, .max = 64),
    FIELD(struct provider, level, REQUIRED, .min = 0, .max = 4),
    FIELD(struct provider, valid_until, OPTIONAL),
    FIELDS_END};

/* --- finding
 * ---------------------------------------------------------------------------------------- */

static struct err *find_tenant(struct request *request, int32_t *out)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, 0, request->arena);
    LOAD(load, &access_select_tenant, tenant_fields, struct tenant_row, &rows,
         V(http_param(&request->match, "tenant")));
    TRY(load_run(load));
    *out = rows.count > 0 ? ROW(struct tenant_row, rows, 0)->id : 0;
    return NULL;
}

struct err *provider_find(struct request *request, int32_t *out_tenant, struct provider *out)
{
    struct rows rows = {0};
    TRY(find_tenant(request, out_tenant));
    struct load *load = load_new(request->db, *out_tenant, request->arena);
    LOAD(load, &access_select_provider, provider_whole_fields, struct provider, &rows,
         V(http_param(&request->match, "provider")));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such way to sign in");
    *out = *ROW(struct provider, rows, 0);
    return NULL;
}

struct shown_provider {
    struct str name;
    struct str title;
};
static const struct field shown_fields[] = {FIELD(struct shown_provider, name, REQUIRED),
                                            FIELD(struct shown_provider, title, REQUIRED),
                                            FIELDS_END};

/* For who is about to sign in: a region that is not there has none. */
struct err *access_providers(struct request *request, struct http_reply *reply)
{
    struct rows rows = {0};
    int32_t tenant = 0;
    (void)reply;
    TRY(find_tenant(request, &tenant));
    struct load *load = load_new(request->db, tenant, request->arena);
    LOAD(load, &access_select_providers, provider_whole_fields, struct provider, &rows);
    TRY(load_run(load));
    struct shown_provider *shown =
        ARENA_ARRAY(request->arena, struct shown_provider, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++)
        shown[i] = (struct shown_provider){ROW(struct provider, rows, i)->name,
                                           ROW(struct provider, rows, i)->title};
    buf_put(request->out, S("{\"providers\":"));
    json_write_list(shown_fields, shown, sizeof *shown, rows.count, request->out);
    buf_byte(request->out, '}');
    return NULL;
}

/* --- setting
 * ---------------------------------------------------------------------------------------- */

bool provider_may_be_asked(struct str hosts, struct str url)
{
    struct str host = {0};
    struct str place = str_slice(url, 8, url.len);
    if (!str_starts(url, S("https://")))
        return false;
    size_t end = 0;
    while (end < place.len && place.ptr[end] != '/' && place.ptr[end] != '?' &&
           place.ptr[end] != '#')
        end++;
    place = str_slice(place, 0, end);
    while (place.len > 0 && str_cut(&hosts, ',', &host))
        if (str_equal(str_trim(host), place))
            return true;
    return false;
}

unsigned provider_algorithms(const struct provider *provider)
{
    unsigned set = 0;
    for (size_t i = 0; i < provider->algorithms.count; i++) {
        unsigned one = jws_algorithm_named(provider->algorithms.at[i]);
        if (one == 0)
            return 0;
        set |= one;
    }
    return set;
}

static void plan_provider(struct change *change, const void *fact)
{
    const struct provider *p = fact;
    CHANGE_REPLACES(change, S("sign-in provider"), p->name);
    change_concerns_rules(change);
    CHANGE_SQL(change, &access_put_provider, V(p->name), V(p->title), V(p->issuer), V(p->client_id),
               V(p->authentication), V(p->secret), V(p->scopes), V(p->algorithms), V(p->mapping),
               V(p->level), V(p->valid_until));
}
const struct change_kind change_provider = {"sign_in_provider", provider_whole_fields,
                                            sizeof(struct provider), plan_provider};

/* It is a part of addresses. */
static bool is_name(struct str name)
{
    bool good = name.len >= 1 && name.len <= 32 && name.ptr[0] >= 'a' && name.ptr[0] <= 'z';
    for (size_t i = 0; i < name.len; i++)
        good = good && ((name.ptr[i] >= 'a' && name.ptr[i] <= 'z') || name.ptr[i] == '-' ||
                        (name.ptr[i] >= '0' && name.ptr[i] <= '9'));
    return good;
}

static bool has_openid(struct strs scopes)
{
    bool found = false;
    for (size_t i = 0; i < scopes.count; i++)
        found = found || str_equal(scopes.at[i], S("openid"));
    return found;
}

static struct err *check_provider(const struct request *request, const struct provider *body)
{
    const struct access_settings *settings = request->house->settings;
    struct claim_mapping mapping;
    bool secret = str_starts(body->authentication, S("client_secret_"));
    if (!is_name(body->name))
        return err_field(ERR_INVALID, "provider", "not a-z, then a-z, 0-9 and hyphens");
    if (!provider_may_be_asked(settings->sign_in_hosts, body->issuer) ||
        str_find(body->issuer, '?') < body->issuer.len ||
        str_find(body->issuer, '#') < body->issuer.len)
        return err_field(ERR_INVALID, "issuer",
                         "not https://, or at no host that this house asks (R7_SIGN_IN_HOSTS)");
    if (secret != (body->secret.len > 0) || !shared_secret_is_name(body->secret))
        return err_field(ERR_INVALID, "secret",
                         "the name of a file, for client_secret_basic and client_secret_post only");
    if (!has_openid(body->scopes))
        return err_field(ERR_INVALID, "scopes", "openid is not among them");
    if (provider_algorithms(body) == 0)
        return err_field(ERR_INVALID, "algorithms", "not some of ES256, RS256 and PS256");
    struct err *e =
        claim_mapping_load(request->house->config.schemas, body->mapping, request->arena, &mapping);
    return e == NULL || e->code != ERR_NOT_FOUND
               ? e
               : err_field(ERR_INVALID, "mapping", "there is no such file in schemas/sign-in");
}

/* The region's own, in force or not; none: a nameless one. */
static struct err *load_own(struct request *request, struct provider *out)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_any_provider, provider_whole_fields, struct provider, &rows,
         V(http_param(&request->match, "provider")));
    TRY(load_run(load));
    *out = rows.count > 0 ? *ROW(struct provider, rows, 0) : (struct provider){0};
    return NULL;
}

/* Its subjects are other people. */
static struct err *check_same_issuer(struct request *request, const struct provider *body)
{
    struct provider known;
    TRY(load_own(request, &known));
    return known.name.ptr == NULL || str_equal(known.issuer, body->issuer)
               ? NULL
               : err_field(ERR_CONFLICT, "issuer", "another issuer needs another name");
}

struct err *access_set_provider(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct provider body = {.name = http_param(&request->match, "provider")};
    bool waits = false;
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, provider_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    TRY(check_provider(request, &body));
    TRY(check_same_issuer(request, &body));
    reply->status = 204;
    return proposal_or_apply(request, reply, &change, &change_provider, &body, &waits);
}

static struct err *own_provider(struct request *request, struct provider *out)
{
    TRY(load_own(request, out));
    return out->name.ptr != NULL ? NULL
                                 : err_new(ERR_NOT_FOUND, "there is no such identity provider");
}

struct err *access_stop_provider(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct provider provider;
    TRY(change_begin_own(request, &change));
    TRY(own_provider(request, &provider));
    provider.valid_until = request->now;
    reply->status = 204;
    return change_apply(request, &change, &change_provider, &provider);
}

/* --- who its subjects are
 * --------------------------------------------------------------------------- */

struct identity {
    struct uuid user;
    struct str provider;
    struct str subject;
};
static const struct field identity_body_fields[] = {
    FIELD(struct identity, subject, REQUIRED, .min = 1, .max = 255), FIELDS_END};
static const struct field identity_fact_fields[] = {
    FIELD(struct identity, user, REQUIRED), FIELD(struct identity, provider, REQUIRED), FIELDS_END};

const struct field identity_whole_fields[] = {
    FIELD(struct identity, user, REQUIRED), FIELD(struct identity, provider, REQUIRED),
    FIELD(struct identity, subject, OPTIONAL), FIELDS_END};

/* The journal does not know the subject, which may be a number of the person: from it the identity
 * is gone, until an administrator sets it again. */
static void plan_identity(struct change *change, const void *fact)
{
    const struct identity *i = fact;
    struct uuid_text user = uuid_text(i->user);
    CHANGE_REPLACES(change, S("sign-in identity"), i->provider, str_from(user.text));
    change_concerns_ids(change, S("user"), i->user, (struct uuid){0});
    CHANGE_SQL(change, &access_forget_identity, V(i->provider), V(i->user));
    if (i->subject.ptr != NULL)
        CHANGE_SQL(change, &access_put_identity, V(i->provider), V(i->subject), V(i->user));
}
const struct change_kind change_identity = {"sign_in_identity", identity_fact_fields,
                                            sizeof(struct identity), plan_identity};

static struct err *begin_identity(struct request *request, struct change *change,
                                  struct identity *out)
{
    struct provider provider;
    TRY(change_begin_own(request, change));
    TRY(people_find(request, &out->user));
    TRY(own_provider(request, &provider));
    out->provider = provider.name;
    return NULL;
}

struct err *access_set_identity(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct identity body = {0};
    struct rows rows = {0};
    bool wide = false;
    bool waits = false;
    TRY(begin_identity(request, &change, &body));
    TRY(json_read(request->body, identity_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_identity, id_fields, struct id_row, &rows, V(body.provider),
         V(body.subject));
    TRY(load_run(load));
    if (rows.count > 0 && !uuid_equal(ROW(struct id_row, rows, 0)->id, body.user))
        return err_field(ERR_CONFLICT, "subject", "another user's");
    reply->status = 204;
    TRY(proposal_holds_wide_role(request, body.user, &wide));
    return wide ? proposal_or_apply(request, reply, &change, &change_identity, &body, &waits)
                : change_apply(request, &change, &change_identity, &body);
}

struct err *access_remove_identity(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct identity body = {0};
    TRY(begin_identity(request, &change, &body));
    reply->status = 204;
    return change_apply(request, &change, &change_identity, &body);
}

/* --- passwords beside them
 * -------------------------------------------------------------------------- */

struct sign_in_rule {
    struct str passwords;
};
static const char *const password_rules[] = {"everyone", "break_glass", NULL};
static const struct field rule_fields[] = {
    FIELD(struct sign_in_rule, passwords, REQUIRED, .one_of = password_rules), FIELDS_END};

static void plan_rule(struct change *change, const void *fact)
{
    const struct sign_in_rule *r = fact;
    CHANGE_REPLACES(change, S("sign-in rule"));
    change_concerns_rules(change);
    CHANGE_SQL(change, &access_put_rule, V(r->passwords));
}
const struct change_kind change_sign_in_rule = {"sign_in_rule", rule_fields,
                                                sizeof(struct sign_in_rule), plan_rule};

/* Is there an administrator who can come in with a password, other than this one? */
static struct err *check_break_glass(struct request *request, struct uuid other_than)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_break_glass, id_fields, struct id_row, &rows, V(other_than));
    TRY(load_run(load));
    return rows.count > 0
               ? NULL
               : err_new(ERR_CONFLICT, "no administrator would be left who can come in with a"
                                       " password when the identity provider is away");
}

struct err *access_set_sign_in_rule(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct sign_in_rule body = {0};
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, rule_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    if (str_equal(body.passwords, S("break_glass")))
        TRY(check_break_glass(request, (struct uuid){0}));
    reply->status = 204;
    return change_apply(request, &change, &change_sign_in_rule, &body);
}

struct break_glass {
    struct uuid user;
    bool break_glass;
};
static const struct field break_glass_body_fields[] = {
    FIELD(struct break_glass, break_glass, REQUIRED), FIELDS_END};
static const struct field break_glass_fact_fields[] = {
    FIELD(struct break_glass, user, REQUIRED), FIELD(struct break_glass, break_glass, REQUIRED),
    FIELDS_END};

static void plan_break_glass(struct change *change, const void *fact)
{
    const struct break_glass *b = fact;
    struct uuid_text user = uuid_text(b->user);
    CHANGE_REPLACES(change, S("break glass"), str_from(user.text));
    change_concerns_ids(change, S("user"), b->user, (struct uuid){0});
    CHANGE_SQL(change, &access_put_break_glass, V(b->user), V(b->break_glass));
}
const struct change_kind change_break_glass = {"break_glass", break_glass_fact_fields,
                                               sizeof(struct break_glass), plan_break_glass};

struct err *access_set_break_glass(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct break_glass body = {0};
    struct rows rules = {0};
    TRY(change_begin_own(request, &change));
    TRY(people_find(request, &body.user));
    TRY(json_read(request->body, break_glass_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_break_glass_only, tenant_fields, struct tenant_row, &rules);
    TRY(load_run(load));
    if (rules.count > 0 && !body.break_glass)
        TRY(check_break_glass(request, body.user));
    reply->status = 204;
    return change_apply(request, &change, &change_break_glass, &body);
}
