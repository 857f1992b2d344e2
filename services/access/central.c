/* What central administrators set: regions, the certificates that may come in, logical addresses.
 */
#include "services/access/password.h"
#include "services/access/proposals.h"
#include "text/json.h"

/* --- regions
 * ---------------------------------------------------------------------------------------- */

struct tenant_body {
    struct str name;
    struct str title;
    struct json_text administrator;
    struct json_text second; /* absent: the region has one, and nobody to ask (proposals.c) */
};
static const struct field tenant_body_fields[] = {
    FIELD(struct tenant_body, name, REQUIRED, .min = 2, .max = VAULT_TENANT_MAX),
    FIELD(struct tenant_body, title, REQUIRED, .min = 1, .max = 200),
    FIELD(struct tenant_body, administrator, REQUIRED),
    FIELD_NAMED(struct tenant_body, second, "second_administrator", OPTIONAL), FIELDS_END};

static const struct field administrator_fields[] = {
    FIELD(struct account, login, REQUIRED, .max = 64),
    FIELD(struct account, name, REQUIRED, .min = 1, .max = 200),
    FIELD(struct account, password, REQUIRED, .max = PASSWORD_MAX), FIELDS_END};

struct tenant_fact {
    int32_t id;
    struct str name;
    struct account first;
    struct account second;
};
static const struct field tenant_fact_fields[] = {
    FIELD(struct tenant_fact, id, REQUIRED), FIELD(struct tenant_fact, name, REQUIRED),
    FIELD_NAMED(struct tenant_fact, first.user, "administrator", REQUIRED),
    FIELD_NAMED(struct tenant_fact, second.user, "second_administrator", OPTIONAL), FIELDS_END};

static void plan_tenant(struct change *change, const void *fact)
{
    struct account first = ((const struct tenant_fact *)fact)->first;
    struct account second = ((const struct tenant_fact *)fact)->second;
    first.role = second.role = ROLE_LOCAL_ADMINISTRATOR;
    change_concerns_ids(change, S("user"), first.user, second.user);
    account_plan_first(&change->plan, &first, change->at);
    if (!uuid_is_nil(second.user))
        account_plan_second(&change->plan, &second, change->at);
}
const struct change_kind change_tenant = {"tenant", tenant_fact_fields, sizeof(struct tenant_fact),
                                          plan_tenant};

static struct err *check_tenant_name(struct str name)
{
    return vault_tenant_ok(name) && name.ptr[0] >= 'a' && name.ptr[0] <= 'z'
               ? NULL
               : err_field(ERR_INVALID, "name", "not a-z, then a-z, 0-9 and hyphens");
}

/* The region is there before its journal can be, so it is a transaction of its own; the same
 * request again completes what a crash left half. */
static struct err *make_tenant(struct request *request, const struct tenant_body *body,
                               int32_t *out)
{
    struct rows users = {0};
    struct batch *batch = batch_new(request->db, 0, request->arena);
    batch_add(batch, &access_insert_tenant, VALUES(V(body->name), V(body->title)));
    TRY(batch_run(batch));
    TRY(change_find_tenant(request, body->name, out));
    struct load *load = load_new(request->db, *out, request->arena);
    LOAD(load, &access_select_any_password, id_fields, struct id_row, &users);
    TRY(load_run(load));
    return users.count == 0 ? NULL
                            : err_new(ERR_CONFLICT, "the region exists and administers itself");
}

static struct err *read_second(struct request *request, const struct tenant_body *body,
                               struct tenant_fact *fact)
{
    if (body->second.text.ptr == NULL)
        return NULL;
    TRY(json_read(body->second.text, administrator_fields, JSON_REFUSE_UNKNOWN,
                  "second_administrator", request->arena, &fact->second));
    if (str_equal(fact->second.login, fact->first.login))
        return err_field(ERR_INVALID, "second_administrator.login", "the first one's");
    fact->second.user = uuid_random();
    return account_hash(&fact->second, request->arena);
}

struct err *access_add_tenant(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct tenant_body body = {0};
    struct tenant_fact fact = {.first = {.user = uuid_random()}};
    TRY(change_begin_central(request, &change));
    TRY(json_read(request->body, tenant_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    TRY(json_read(body.administrator.text, administrator_fields, JSON_REFUSE_UNKNOWN,
                  "administrator", request->arena, &fact.first));
    TRY(check_tenant_name(body.name));
    TRY(account_hash(&fact.first, request->arena));
    TRY(read_second(request, &body, &fact));
    TRY(make_tenant(request, &body, &change.tenant));
    fact.id = change.tenant;
    fact.name = body.name;
    TRY(change_apply(request, &change, &change_tenant, &fact));
    json_write(tenant_fact_fields, &fact, request->out);
    reply->status = 201;
    return NULL;
}

/* --- certificates
 * ----------------------------------------------------------------------------------- */

struct principal {
    struct str subject;
    struct str kind;
    struct str tenant;
    struct str name;
    struct str purpose;
    struct instant valid_until;
    bool revoked;
};
static const char *const kinds[] = {"system", "national_service", "provisioner", "care_system",
                                    NULL};
static const char *const purposes[] = {"care", "patient", NULL};
static const struct field principal_body_fields[] = {
    FIELD(struct principal, kind, REQUIRED, .one_of = kinds),
    FIELD(struct principal, tenant, OPTIONAL, .min = 1, .max = VAULT_TENANT_MAX),
    FIELD(struct principal, name, REQUIRED, .min = 1, .max = 64),
    FIELD(struct principal, purpose, OPTIONAL, .one_of = purposes),
    FIELD(struct principal, valid_until, OPTIONAL),
    FIELD(struct principal, revoked, OPTIONAL),
    FIELDS_END};
const struct field principal_whole_fields[] = {
    FIELD(struct principal, subject, REQUIRED), FIELD(struct principal, kind, REQUIRED),
    FIELD(struct principal, tenant, OPTIONAL),  FIELD(struct principal, name, REQUIRED),
    FIELD(struct principal, purpose, OPTIONAL), FIELD(struct principal, valid_until, OPTIONAL),
    FIELD(struct principal, revoked, REQUIRED), FIELDS_END};

/* A source system is its region's, and lies in that journal, as a provisioner or a care system is
 * and does; a national service concerns all. */
static void plan_principal(struct change *change, const void *fact)
{
    const struct principal *p = fact;
    bool of_region = !str_equal(p->kind, S("national_service"));
    change->everywhere = !of_region;
    CHANGE_REPLACES(change, S("principal"), p->subject);
    change_concerns_rules(change);
    CHANGE_SQL(change, &access_put_principal, V(p->subject), V(p->kind),
               of_region ? V(change->tenant) : (struct value){.type = FIELD_I64, .null = true},
               V(p->name), V(p->purpose), V(p->valid_until), V(p->revoked));
}
const struct change_kind change_principal = {"principal", principal_whole_fields,
                                             sizeof(struct principal), plan_principal};

/* A source system's name is a part of its topics. */
static struct err *check_principal(const struct principal *body)
{
    bool national = str_equal(body->kind, S("national_service"));
    if (national == (body->tenant.len > 0))
        return err_field(ERR_INVALID, "tenant", "all but a national service have one");
    if (national == (body->purpose.len == 0))
        return err_field(ERR_INVALID, "purpose", "a national service has one, nobody else has");
    if (str_equal(body->kind, S("system")) && !vault_tenant_ok(body->name))
        return err_field(ERR_INVALID, "name", "not a-z, 0-9 and hyphens");
    return NULL;
}

struct principal_row {
    struct str kind;
    int32_t tenant;
    struct str name;
    struct str purpose;
};
static const struct field principal_row_fields[] = {
    FIELD(struct principal_row, kind, REQUIRED), FIELD(struct principal_row, tenant, OPTIONAL),
    FIELD(struct principal_row, name, REQUIRED), FIELD(struct principal_row, purpose, OPTIONAL),
    FIELDS_END};

/* What the statement enforces too; asked before, because the journal's line comes first. */
static struct err *check_same_principal(struct request *request, const struct principal *body,
                                        int32_t tenant)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, 0, request->arena);
    LOAD(load, &access_select_principal, principal_row_fields, struct principal_row, &rows,
         V(body->subject));
    TRY(load_run(load));
    const struct principal_row *row = rows.count > 0 ? ROW(struct principal_row, rows, 0) : NULL;
    bool same =
        row == NULL || (row->tenant == tenant && str_equal(row->kind, body->kind) &&
                        str_equal(row->name, body->name) && str_equal(row->purpose, body->purpose));
    return same ? NULL
                : err_new(ERR_CONFLICT, "the certificate is somebody else's: one that was given"
                                        " never changes hands");
}

struct err *access_set_principal(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct principal body = {.subject = http_param(&request->match, "subject")};
    TRY(change_begin_central(request, &change));
    TRY(json_read(request->body, principal_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    TRY(check_principal(&body));
    bool of_region = body.tenant.len > 0;
    if (of_region)
        TRY(change_find_tenant(request, body.tenant, &change.tenant));
    TRY(check_same_principal(request, &body, of_region ? change.tenant : 0));
    reply->status = 204;
    return change_apply(request, &change, &change_principal, &body);
}

struct err *change_provisioner(struct request *request, struct http_reply *reply,
                               struct change *change, struct str subject, struct str name,
                               struct instant valid_until, bool revoked)
{
    bool waits = false;
    const struct principal fact = {.subject = subject,
                                   .kind = S("provisioner"),
                                   .name = name,
                                   .valid_until = valid_until,
                                   .revoked = revoked};
    return revoked ? change_apply(request, change, &change_principal, &fact)
                   : proposal_or_apply(request, reply, change, &change_principal, &fact, &waits);
}

/* --- logical addresses
 * ------------------------------------------------------------------------------ */

struct address {
    struct str address;
    struct str tenant;
    bool processor_agreement;
    struct instant valid_until;
};
static const struct field address_body_fields[] = {
    FIELD(struct address, tenant, REQUIRED, .min = 1, .max = VAULT_TENANT_MAX),
    FIELD(struct address, processor_agreement, REQUIRED),
    FIELD(struct address, valid_until, OPTIONAL), FIELDS_END};
static const struct field address_fact_fields[] = {
    FIELD(struct address, address, REQUIRED), FIELD(struct address, tenant, REQUIRED),
    FIELD(struct address, processor_agreement, REQUIRED),
    FIELD(struct address, valid_until, OPTIONAL), FIELDS_END};

static void plan_address(struct change *change, const void *fact)
{
    const struct address *a = fact;
    CHANGE_REPLACES(change, S("address"), a->address);
    change_concerns_rules(change);
    CHANGE_SQL(change, &access_put_address, V(a->address), V(change->tenant),
               V(a->processor_agreement), V(a->valid_until));
}
const struct change_kind change_address = {"logical_address", address_fact_fields,
                                           sizeof(struct address), plan_address};

struct address_row {
    int32_t tenant;
};
static const struct field address_row_fields[] = {FIELD(struct address_row, tenant, REQUIRED),
                                                  FIELDS_END};

struct err *access_set_address(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct address body = {.address = http_param(&request->match, "address")};
    struct rows rows = {0};
    TRY(change_begin_central(request, &change));
    TRY(json_read(request->body, address_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    TRY(change_find_tenant(request, body.tenant, &change.tenant));
    struct load *load = load_new(request->db, 0, request->arena);
    LOAD(load, &access_select_address, address_row_fields, struct address_row, &rows,
         V(body.address));
    TRY(load_run(load));
    if (rows.count > 0 && ROW(struct address_row, rows, 0)->tenant != change.tenant)
        return err_new(ERR_CONFLICT, "the logical address is another region's");
    reply->status = 204;
    return change_apply(request, &change, &change_address, &body);
}
