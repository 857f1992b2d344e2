/* SCIM's routes: who calls, and one resource at a time. */
#include "services/access/scim.h"
#include "services/access/register.h"
#include "svc/soap_fault.h"

/* --- errors
 * ----------------------------------------------------------------------------------------- */

static const char *scim_type(const struct err *e)
{
    static const char *const types[] = {"invalidFilter", "tooMany",     "uniqueness",
                                        "mutability",    "invalidPath", "invalidSyntax",
                                        "noTarget",      "invalidValue"};
    for (size_t i = 0; i < COUNT(types) && e->rule != NULL; i++)
        if (strcmp(types[i], e->rule) == 0)
            return types[i];
    return e->code == ERR_INVALID ? "invalidSyntax" : NULL;
}

void scim_error_write(const struct err *e, struct buf *out)
{
    const char *type = scim_type(e);
    buf_format(out, "{\"schemas\":[\"" SCIM_URN_MESSAGE "Error\"],\"status\":\"%d\"",
               err_status(e));
    if (type != NULL)
        buf_format(out, ",\"scimType\":\"%s\"", type);
    buf_put(out, S(",\"detail\":"));
    json_quote(str_from(e->code == ERR_BUG ? err_title(e) : e->detail), out);
    buf_byte(out, '}');
}

void access_present_error(const struct http_call *call, const struct err *e, struct str instance,
                          struct http_reply *reply, struct buf *body)
{
    if (str_starts(http_call_path(call), S(REGISTER_BASE "/"))) {
        soap_present_fault(call, e, instance, reply, body);
        return;
    }
    problem_present(call, e, instance, reply, body);
    if (!str_starts(http_call_path(call), S(SCIM_BASE "/")))
        return;
    buf_clear(body);
    scim_error_write(e, body);
    reply->content_type = "application/scim+json";
}

/* --- callers
 * ---------------------------------------------------------------------------------------- */

struct provisioner_row {
    int32_t tenant;
    struct str name;
};
static const struct field provisioner_fields[] = {FIELD(struct provisioner_row, tenant, REQUIRED),
                                                  FIELD(struct provisioner_row, name, REQUIRED),
                                                  FIELDS_END};

/* The name under which the caller is known, if it is: of a token its digest, else the certificate's
 * CN, which is never taken for a token. */
static struct str caller_subject(const struct request *request)
{
    struct str header = http_call_header(request->call, "Authorization");
    if (str_starts(header, S("Bearer ")))
        return provisioner_subject(str_trim(str_slice(header, 7, header.len)), request->arena);
    struct str name = request->peer->verified ? str_from(request->peer->name) : S("");
    return str_starts(name, S("token-")) ? S("") : name;
}

struct err *scim_begin(struct request *request, struct http_reply *reply, struct scim_ask *out)
{
    struct rows rows = {0};
    struct str subject = caller_subject(request);
    struct load *load = load_new(request->db, 0, request->arena);
    LOAD(load, &access_select_provisioner, provisioner_fields, struct provisioner_row, &rows,
         V(subject));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_UNAUTHENTICATED,
                       "a provisioning system's certificate or token is needed");
    request->tenant = ROW(struct provisioner_row, rows, 0)->tenant;
    *out = (struct scim_ask){.request = request,
                             .by = UUID_FROM(S("provisioner"), subject),
                             .body = request->body,
                             .if_match = http_call_header(request->call, "If-Match")};
    reply->content_type = "application/scim+json";
    return NULL;
}

/* --- one resource
 * ----------------------------------------------------------------------------------- */

/* An id that is no UUID is nobody's. */
static struct uuid path_id(const struct request *request)
{
    struct uuid id;
    return uuid_parse(http_param(&request->match, "id"), &id) ? id : (struct uuid){0};
}

static void answer_with(struct request *request, struct http_reply *reply, int status,
                        const struct scim_stored *stored)
{
    const struct scim_resource *r = &stored->resource;
    const struct scim_selection selection =
        scim_select(r->kind, http_call_query(request->call, "attributes"),
                    http_call_query(request->call, "excludedAttributes"));
    reply->status = status;
    reply->headers[0].name = "ETag";
    reply->headers[0].value = scim_get(r, SCIM_META_VERSION).ptr;
    reply->headers[1].name = "Location";
    reply->headers[1].value = scim_get(r, SCIM_META_LOCATION).ptr;
    scim_write(r, &selection, request->out);
}

static struct err *read_one(struct request *request, struct http_reply *reply, enum scim_kind kind)
{
    struct scim_ask ask;
    struct scim_stored stored;
    struct str known = http_call_header(request->call, "If-None-Match");
    TRY(scim_begin(request, reply, &ask));
    TRY(scim_find(&ask, kind, path_id(request), &stored));
    answer_with(request, reply, 200, &stored);
    if (scim_version_listed(known, stored.version, request->arena)) {
        reply->status = 304;
        buf_clear(request->out);
    }
    return NULL;
}

static struct err *add(struct request *request, struct http_reply *reply, enum scim_kind kind)
{
    struct scim_ask ask;
    struct scim_stored stored;
    TRY(scim_begin(request, reply, &ask));
    TRY(scim_create(&ask, kind, &stored));
    answer_with(request, reply, 201, &stored);
    return NULL;
}

static struct err *replace(struct request *request, struct http_reply *reply, enum scim_kind kind)
{
    struct scim_ask ask;
    struct scim_stored stored;
    TRY(scim_begin(request, reply, &ask));
    TRY(scim_replace(&ask, kind, path_id(request), &stored));
    answer_with(request, reply, 200, &stored);
    return NULL;
}

static struct err *modify(struct request *request, struct http_reply *reply, enum scim_kind kind)
{
    struct scim_ask ask;
    struct scim_stored stored;
    TRY(scim_begin(request, reply, &ask));
    TRY(scim_modify(&ask, kind, path_id(request), &stored));
    answer_with(request, reply, 200, &stored);
    return NULL;
}

static struct err *remove_one(struct request *request, struct http_reply *reply,
                              enum scim_kind kind)
{
    struct scim_ask ask;
    TRY(scim_begin(request, reply, &ask));
    reply->status = 204;
    return scim_remove(&ask, kind, path_id(request));
}

struct err *scim_read_user(struct request *request, struct http_reply *reply)
{
    return read_one(request, reply, SCIM_USER);
}

struct err *scim_read_group(struct request *request, struct http_reply *reply)
{
    return read_one(request, reply, SCIM_GROUP);
}

struct err *scim_add_user(struct request *request, struct http_reply *reply)
{
    return add(request, reply, SCIM_USER);
}

struct err *scim_add_group(struct request *request, struct http_reply *reply)
{
    return add(request, reply, SCIM_GROUP);
}

struct err *scim_replace_user(struct request *request, struct http_reply *reply)
{
    return replace(request, reply, SCIM_USER);
}

struct err *scim_replace_group(struct request *request, struct http_reply *reply)
{
    return replace(request, reply, SCIM_GROUP);
}

struct err *scim_modify_user(struct request *request, struct http_reply *reply)
{
    return modify(request, reply, SCIM_USER);
}

struct err *scim_modify_group(struct request *request, struct http_reply *reply)
{
    return modify(request, reply, SCIM_GROUP);
}

struct err *scim_remove_user(struct request *request, struct http_reply *reply)
{
    return remove_one(request, reply, SCIM_USER);
}

struct err *scim_remove_group(struct request *request, struct http_reply *reply)
{
    return remove_one(request, reply, SCIM_GROUP);
}
