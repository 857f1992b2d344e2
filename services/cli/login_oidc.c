/* r7 login --oidc: an identity provider's word for a token. */
#include "login.h"
#include "remote.h"
#include "text/json.h"

enum { PROVIDERS = 100 };

struct provider {
    struct str name;
    struct str title;
};
static const struct field provider_fields[] = {FIELD(struct provider, name, REQUIRED, .max = 64),
                                               FIELD(struct provider, title, REQUIRED), FIELDS_END};

struct begin_request {
    int32_t port;
    struct str assignment;
};
static const struct field begin_fields[] = {FIELD(struct begin_request, port, REQUIRED),
                                            FIELD(struct begin_request, assignment, OPTIONAL),
                                            FIELDS_END};

struct begun {
    struct str url;
    struct str state;
    struct str binding;
};
static const struct field begun_fields[] = {FIELD(struct begun, url, REQUIRED, .max = 16384),
                                            FIELD(struct begun, state, REQUIRED),
                                            FIELD(struct begun, binding, REQUIRED), FIELDS_END};

struct finish_request {
    struct str state;
    struct str binding;
    struct provider_answer answer;
};
static const struct field finish_fields[] = {
    FIELD(struct finish_request, state, REQUIRED),
    FIELD(struct finish_request, binding, REQUIRED),
    FIELD_NAMED(struct finish_request, answer.code, "code", OPTIONAL),
    FIELD_NAMED(struct finish_request, answer.issuer, "iss", OPTIONAL),
    FIELD_NAMED(struct finish_request, answer.error, "error", OPTIONAL),
    FIELDS_END};

/* Letters, digits and hyphens: they become a part of an address. */
static bool is_word(struct str text)
{
    bool good = text.len > 0;
    for (size_t i = 0; i < text.len; i++)
        good = good && ((text.ptr[i] >= 'a' && text.ptr[i] <= 'z') || text.ptr[i] == '-' ||
                        (text.ptr[i] >= '0' && text.ptr[i] <= '9'));
    return good;
}

static struct err *find_only(const char *tenant, struct arena *arena, const char **out)
{
    struct str body = {0};
    struct str list = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(remote_ask(REMOTE_ANYONE, "ACCESS", HTTP_GET, arena_format(arena, "/oidc/%s", tenant),
                   (struct str){0}, arena, &body));
    TRY(json_member(body, "providers", arena, &list));
    TRY(json_read_list(list, provider_fields, sizeof(struct provider), PROVIDERS,
                       JSON_IGNORE_UNKNOWN, "providers", arena, &items, &count));
    const struct provider *all = items;
    if (count == 1) {
        *out = arena_cstr(arena, all[0].name);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        printf("%.*s  %.*s\n", STR_ARG(all[i].name), STR_ARG(all[i].title));
    return err_new(ERR_INVALID, count == 0 ? "the region has no identity provider"
                                           : "there are several identity providers: name one");
}

static struct err *post(const char *tenant, const char *provider, const char *step, struct str body,
                        struct arena *arena, struct str *out)
{
    return remote_ask(REMOTE_ANYONE, "ACCESS", HTTP_POST,
                      arena_format(arena, "/oidc/%s/%s/%s", tenant, provider, step), body, arena,
                      out);
}

static struct err *sign_in(struct loopback *loopback, int port, const char *tenant,
                           const char *provider, const char *assignment, struct arena *arena,
                           struct str *out_body)
{
    struct begun begun = {0};
    struct str body = {0};
    autobuf struct buf text = buf_new(64 * 1024);
    const struct begin_request begin = {.port = port, .assignment = str_from(assignment)};
    json_write(begin_fields, &begin, &text);
    TRY(post(tenant, provider, "begin", buf_str(&text), arena, &body));
    TRY(json_read(body, begun_fields, JSON_IGNORE_UNKNOWN, "", arena, &begun));
    fprintf(stderr, "open this address in a browser on this machine, and sign in there:\n%.*s\n",
            STR_ARG(begun.url));
    struct finish_request finish = {.state = begun.state, .binding = begun.binding};
    TRY(loopback_wait(loopback, begun.state, arena, &finish.answer));
    buf_clear(&text);
    json_write(finish_fields, &finish, &text);
    TRY(buf_done(&text, "the answer"));
    return post(tenant, provider, "finish", buf_str(&text), arena, out_body);
}

struct err *login_oidc(const char *tenant, const char *provider, const char *assignment,
                       struct arena *arena, struct str *out_body)
{
    struct loopback *loopback = NULL;
    int port = 0;
    if (!is_word(str_from(tenant)))
        return cli_usage_error("\"%s\" is no region", tenant);
    if (provider == NULL)
        TRY(find_only(tenant, arena, &provider));
    if (!is_word(str_from(provider)))
        return cli_usage_error("\"%s\" is no identity provider", provider);
    TRY(loopback_open(&loopback, &port));
    struct err *e = sign_in(loopback, port, tenant, provider, assignment, arena, out_body);
    loopback_close(loopback);
    return e;
}
