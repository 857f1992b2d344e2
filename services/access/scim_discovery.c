/* What SCIM's clients ask first: what this server can, and of which attributes it speaks (RFC 7644
 * 4, RFC 7643 5 to 7). */
#include "services/access/scim.h"

#define URN_SCHEMAS "urn:ietf:params:scim:schemas:core:2.0:"

struct err *scim_service_provider_config(struct request *request, struct http_reply *reply)
{
    struct scim_ask ask;
    TRY(scim_begin(request, reply, &ask));
    buf_format(request->out,
               "{\"schemas\":[\"" URN_SCHEMAS "ServiceProviderConfig\"],"
               "\"patch\":{\"supported\":true},"
               "\"bulk\":{\"supported\":true,\"maxOperations\":%d,\"maxPayloadSize\":%d},"
               "\"filter\":{\"supported\":true,\"maxResults\":%d},"
               "\"changePassword\":{\"supported\":false},"
               "\"sort\":{\"supported\":true},"
               "\"etag\":{\"supported\":true},"
               "\"authenticationSchemes\":[{\"type\":\"oauthbearertoken\","
               "\"name\":\"Provisioning token\",\"description\":\"A token of one region, made by"
               " its local administrator; or a client certificate over mutual TLS\","
               "\"primary\":true}],"
               "\"meta\":{\"resourceType\":\"ServiceProviderConfig\",\"location\":\"" SCIM_BASE
               "/ServiceProviderConfig\"}}",
               SCIM_BULK_MAX, SCIM_BODY, SCIM_PAGE);
    return NULL;
}

/* --- lists of documents
 * --------------------------------------------------------------------------------- */

struct document {
    struct str id;
    void (*write)(struct buf *out);
};

/* One by its id, or all as a list. */
static struct err *answer(struct request *request, struct http_reply *reply,
                          const struct document *documents, size_t count)
{
    struct scim_ask ask;
    struct str id = http_param(&request->match, "id");
    struct buf *out = request->out;
    TRY(scim_begin(request, reply, &ask));
    if (id.ptr == NULL)
        buf_format(out,
                   "{\"schemas\":[\"" SCIM_URN_MESSAGE "ListResponse\"],\"totalResults\":%zu,"
                   "\"startIndex\":1,\"itemsPerPage\":%zu,\"Resources\":[",
                   count, count);
    for (size_t i = 0; i < count; i++) {
        if (id.ptr != NULL && !str_equal_nocase(documents[i].id, id))
            continue;
        if (id.ptr == NULL && i > 0)
            buf_byte(out, ',');
        documents[i].write(out);
        if (id.ptr != NULL)
            return NULL;
    }
    if (id.ptr != NULL)
        return err_new(ERR_NOT_FOUND, "there is no such document");
    buf_put(out, S("]}"));
    return NULL;
}

/* --- resource types
 * ------------------------------------------------------------------------------------- */

static void write_type(const char *name, const char *urn, const char *extension, struct buf *out)
{
    buf_format(out,
               "{\"schemas\":[\"" URN_SCHEMAS "ResourceType\"],\"id\":\"%s\",\"name\":\"%s\","
               "\"endpoint\":\"/%ss\",\"schema\":\"%s\",\"schemaExtensions\":[%s],"
               "\"meta\":{\"resourceType\":\"ResourceType\",\"location\":\"" SCIM_BASE
               "/ResourceTypes/%s\"}}",
               name, name, name, urn, extension, name);
}

static void write_user_type(struct buf *out)
{
    write_type("User", SCIM_URN_USER, "{\"schema\":\"" SCIM_URN_ENTERPRISE "\",\"required\":false}",
               out);
}

static void write_group_type(struct buf *out)
{
    write_type("Group", SCIM_URN_GROUP, "", out);
}

struct err *scim_resource_types(struct request *request, struct http_reply *reply)
{
    static const struct document types[] = {{{"User", 4}, write_user_type},
                                            {{"Group", 5}, write_group_type}};
    return answer(request, reply, types, COUNT(types));
}

/* --- schemas
 * -------------------------------------------------------------------------------------------- */

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

static void write_attribute(const struct scim_attribute *a, struct buf *out)
{
    static const char *const types[] = {[TYPE_STRING] = "string",
                                        [TYPE_BOOLEAN] = "boolean",
                                        [TYPE_DATE_TIME] = "dateTime",
                                        [TYPE_REFERENCE] = "reference",
                                        [TYPE_COMPLEX] = "complex"};
    static const char *const mutabilities[] = {
        [READ_ONLY] = "readOnly", [READ_WRITE] = "readWrite", [IMMUTABLE] = "immutable"};
    const char *before = "";
    buf_format(out,
               "{\"name\":\"%s\",\"type\":\"%s\",\"multiValued\":%s,\"description\":\"%s\","
               "\"required\":%s,\"caseExact\":%s,\"mutability\":\"%s\",\"returned\":\"default\","
               "\"uniqueness\":\"%s\"",
               a->sub != NULL ? a->sub : a->name, types[a->type], truth((a->flags & MULTI) != 0),
               a->description, truth((a->flags & NEEDED) != 0), truth((a->flags & CASE_EXACT) != 0),
               mutabilities[a->mutability], (a->flags & UNIQUE) != 0 ? "server" : "none");
    if (a->type == TYPE_REFERENCE)
        buf_format(out, ",\"referenceTypes\":[\"%s\"]", a->id == SCIM_GROUP_REF ? "Group" : "User");
    if (a->id == SCIM_MEMBER_TYPE)
        buf_put(out, S(",\"canonicalValues\":[\"User\"]"));
    if (a->type == TYPE_COMPLEX) {
        buf_put(out, S(",\"subAttributes\":["));
        for (size_t i = 0; i < SCIM_ATTRIBUTES; i++) {
            const struct scim_attribute *part = &scim_attributes[i];
            if (!scim_is_part(part, a) || (part->flags & NOT_KEPT) != 0)
                continue;
            buf_put(out, str_from(before));
            write_attribute(part, out);
            before = ",";
        }
        buf_byte(out, ']');
    }
    buf_byte(out, '}');
}

static void write_schema(const char *urn, const char *name, enum scim_kind kind,
                         enum scim_schema schema, struct buf *out)
{
    const char *before = "";
    buf_format(out,
               "{\"schemas\":[\"" URN_SCHEMAS "Schema\"],\"id\":\"%s\",\"name\":\"%s\","
               "\"description\":\"What the archive keeps of it\",\"attributes\":[",
               urn, name);
    for (size_t i = 0; i < SCIM_ATTRIBUTES; i++) {
        const struct scim_attribute *a = &scim_attributes[i];
        if (a->schema != schema || a->sub != NULL || !scim_is_of(a, kind) ||
            (a->flags & NOT_KEPT) != 0)
            continue;
        buf_put(out, str_from(before));
        write_attribute(a, out);
        before = ",";
    }
    buf_format(
        out, "],\"meta\":{\"resourceType\":\"Schema\",\"location\":\"" SCIM_BASE "/Schemas/%s\"}}",
        urn);
}

static void write_user_schema(struct buf *out)
{
    write_schema(SCIM_URN_USER, "User", SCIM_USER, SCHEMA_CORE, out);
}

static void write_enterprise_schema(struct buf *out)
{
    write_schema(SCIM_URN_ENTERPRISE, "EnterpriseUser", SCIM_USER, SCHEMA_ENTERPRISE, out);
}

static void write_group_schema(struct buf *out)
{
    write_schema(SCIM_URN_GROUP, "Group", SCIM_GROUP, SCHEMA_CORE, out);
}

struct err *scim_schemas(struct request *request, struct http_reply *reply)
{
    static const struct document schemas[] = {
        {{SCIM_URN_USER, sizeof SCIM_URN_USER - 1}, write_user_schema},
        {{SCIM_URN_ENTERPRISE, sizeof SCIM_URN_ENTERPRISE - 1}, write_enterprise_schema},
        {{SCIM_URN_GROUP, sizeof SCIM_URN_GROUP - 1}, write_group_schema}};
    return answer(request, reply, schemas, COUNT(schemas));
}
