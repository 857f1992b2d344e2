/* A region's own directory: its tokens, and the rules by which its groups give assignments. Both
 * are the local administrators' to make. */
#include "base/digest.h"
#include "services/access/analysis.h"
#include "services/access/proposals.h"
#include "services/access/scim.h"
#include "text/json.h"

#include <openssl/rand.h>

/* --- tokens
 * ----------------------------------------------------------------------------------------- */

enum { TOKEN_BYTES = 32 };
#define TOKEN_PREFIX "r7p_"

/* 256 random bits need no slow hash. */
struct str provisioner_subject(struct str token, struct arena *arena)
{
    struct sha256 digest = sha256_of(token);
    return arena_format(arena, "token-%s", sha256_text(digest).text);
}

struct token_body {
    struct str name;
    struct instant valid_until;
};
static const struct field token_body_fields[] = {
    FIELD(struct token_body, name, REQUIRED, .min = 1, .max = 64),
    FIELD(struct token_body, valid_until, OPTIONAL), FIELDS_END};

struct token_made {
    struct str id;
    struct str token;
    struct waiting waiting;
};
static const struct field token_made_fields[] = {
    FIELD(struct token_made, id, REQUIRED),
    FIELD(struct token_made, token, REQUIRED),
    FIELD_NAMED(struct token_made, waiting.proposal, "proposal", OPTIONAL),
    FIELD_NAMED(struct token_made, waiting.expires_at, "expires_at", OPTIONAL),
    FIELD_NAMED(struct token_made, waiting.reason, "reason", OPTIONAL),
    FIELDS_END};

/* It is told once, here; afterwards nobody knows it but who was told. Where a second administrator
 * has to approve it lets nobody in before. */
struct err *access_add_provisioning_token(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct token_body body = {0};
    uint8_t secret[TOKEN_BYTES];
    char text[2 * TOKEN_BYTES];
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, token_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    if (request->tenant == TENANT_CENTRAL)
        return err_new(ERR_FORBIDDEN, "central administrators are not provisioned");
    if (RAND_bytes(secret, sizeof secret) != 1)
        return ERR_BUG_AT("no random bytes");
    hex_encode(secret, sizeof secret, text);
    struct token_made made = {
        .token = arena_format(request->arena, TOKEN_PREFIX "%.*s", (int)sizeof text, text)};
    made.id = provisioner_subject(made.token, request->arena);
    reply->status = 201;
    TRY(change_provisioner(request, reply, &change, made.id, body.name, body.valid_until, false));
    made.waiting = change.waiting;
    buf_clear(request->out);
    json_write(token_made_fields, &made, request->out);
    return NULL;
}

struct provisioner_row {
    struct str name;
    struct instant valid_until;
};
static const struct field provisioner_fields[] = {
    FIELD(struct provisioner_row, name, REQUIRED),
    FIELD(struct provisioner_row, valid_until, OPTIONAL), FIELDS_END};

struct err *access_revoke_provisioning_token(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct rows rows = {0};
    struct str id = http_param(&request->match, "token");
    TRY(change_begin_own(request, &change));
    struct load *load = load_new(request->db, 0, request->arena);
    LOAD(load, &access_select_token, provisioner_fields, struct provisioner_row, &rows, V(id),
         V(request->tenant));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such token");
    const struct provisioner_row *row = ROW(struct provisioner_row, rows, 0);
    reply->status = 204;
    return change_provisioner(request, reply, &change, id, row->name, row->valid_until, true);
}

/* --- rules
 * ------------------------------------------------------------------------------------------ */

struct group_rule {
    struct uuid group;
    struct assignment gives; /* its user stays nil, its id is the rule's */
};
const struct field group_rule_whole_fields[] = {
    FIELD(struct group_rule, group, REQUIRED),
    FIELD_NAMED(struct group_rule, gives.id, "id", REQUIRED),
    FIELD_NAMED(struct group_rule, gives.role, "role", REQUIRED),
    FIELD_NAMED(struct group_rule, gives.unit, "unit", OPTIONAL),
    FIELD_NAMED(struct group_rule, gives.care_unit, "care_unit", OPTIONAL),
    FIELD_NAMED(struct group_rule, gives.care_provider, "care_provider", OPTIONAL),
    FIELD_NAMED(struct group_rule, gives.purposes, "purposes", REQUIRED),
    FIELD_NAMED(struct group_rule, gives.information_types, "information_types", REQUIRED),
    FIELD_NAMED(struct group_rule, gives.analysis, "analysis", OPTIONAL),
    FIELD_NAMED(struct group_rule, gives.valid_from, "valid_from", REQUIRED),
    FIELD_NAMED(struct group_rule, gives.valid_until, "valid_until", OPTIONAL),
    FIELDS_END};

static void plan_rule(struct change *change, const void *fact)
{
    const struct group_rule *r = fact;
    const struct assignment *a = &r->gives;
    CHANGE_SQL(change, &access_raise_members, V(r->group));
    CHANGE_SQL(change, &access_hold_group, V(r->group));
    struct str analysis = analysis_plan_for(change, a);
    CHANGE_SQL(change, &access_insert_rule, V(a->id), V(r->group), V(a->role), V(a->unit),
               V(a->care_unit), V(a->care_provider), V(a->purposes), V(a->information_types),
               V(analysis), V(a->valid_from), V(a->valid_until));
    scim_plan_given(change, r->group, (struct uuids){0});
}
const struct change_kind change_group_rule = {"group_rule", group_rule_whole_fields,
                                              sizeof(struct group_rule), plan_rule};

struct rule_ended {
    struct uuid id;
    struct uuid group;
    struct instant valid_until;
};
static const struct field rule_ended_fields[] = {
    FIELD(struct rule_ended, id, REQUIRED), FIELD(struct rule_ended, group, REQUIRED),
    FIELD(struct rule_ended, valid_until, REQUIRED), FIELDS_END};

static void plan_rule_ended(struct change *change, const void *fact)
{
    const struct rule_ended *r = fact;
    CHANGE_SQL(change, &access_raise_members, V(r->group));
    CHANGE_SQL(change, &access_hold_group, V(r->group));
    CHANGE_SQL(change, &access_end_rule, V(r->id), V(r->group), V(r->valid_until));
    scim_plan_given(change, r->group, (struct uuids){0});
}
const struct change_kind change_group_rule_ended = {"group_rule_ended", rule_ended_fields,
                                                    sizeof(struct rule_ended), plan_rule_ended};

static struct err *find_group(struct request *request, struct uuid *out)
{
    struct rows rows = {0};
    if (uuid_parse(http_param(&request->match, "group"), out)) {
        struct load *load = load_new(request->db, request->tenant, request->arena);
        LOAD(load, &access_select_group, id_fields, struct id_row, &rows, V(*out));
        TRY(load_run(load));
    }
    return rows.count > 0 ? NULL : err_new(ERR_NOT_FOUND, "there is no such group");
}

struct err *access_add_group_rule(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct group_rule rule = {.gives = {.id = uuid_random()}};
    bool waits = false;
    TRY(change_begin_own(request, &change));
    TRY(find_group(request, &rule.group));
    TRY(json_read(request->body, assignment_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &rule.gives));
    if (!rule.gives.valid_from.known)
        rule.gives.valid_from = request->now;
    TRY(assignment_check(request, &rule.gives));
    TRY(proposal_or_apply(request, reply, &change, &change_group_rule, &rule, &waits));
    if (!waits)
        answer_made(request, reply, rule.gives.id);
    return NULL;
}

struct err *access_end_group_rule(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct rule_ended fact = {.valid_until = request->now};
    struct rows rows = {0};
    TRY(change_begin_own(request, &change));
    TRY(find_group(request, &fact.group));
    if (uuid_parse(http_param(&request->match, "rule"), &fact.id)) {
        struct load *load = load_new(request->db, request->tenant, request->arena);
        LOAD(load, &access_select_rule, id_fields, struct id_row, &rows, V(fact.id), V(fact.group));
        TRY(load_run(load));
    }
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such rule");
    reply->status = 204;
    return change_apply(request, &change, &change_group_rule_ended, &fact);
}

struct told_group {
    struct uuid id;
    struct str display_name;
    int64_t members;
    struct json_text rules;
};
static const struct field told_group_fields[] = {
    FIELD(struct told_group, id, REQUIRED), FIELD(struct told_group, display_name, REQUIRED),
    FIELD(struct told_group, members, REQUIRED), FIELD(struct told_group, rules, REQUIRED),
    FIELDS_END};

struct err *access_list_groups(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct rows rows = {0};
    (void)reply;
    TRY(change_begin_own(request, &change));
    struct load *load = load_new(request->db, request->tenant, request->arena);
    load_rows(load, &access_select_groups_told, told_group_fields, sizeof(struct told_group), &rows,
              NO_VALUES);
    TRY(load_run(load));
    buf_put(request->out, S("{\"groups\":"));
    json_write_list(told_group_fields, rows.at, sizeof(struct told_group), rows.count,
                    request->out);
    buf_byte(request->out, '}');
    return NULL;
}
