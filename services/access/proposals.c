/* The two-person rule: what opens access widely (two_persons.def) is written down as a proposal,
 * and takes effect when another local administrator approves it.
 *
 * It holds in a region from its second local administrator on, and for ever after: who is alone
 * because the others left waits too. Before that there is nobody to ask, as on a region's first
 * day. */
#include "services/access/proposals.h"
#include "services/access/log_kept.h"
#include "services/access/provider.h"
#include "services/access/scim.h"
#include "text/json.h"

static const int64_t EXPIRES_US = (int64_t)30 * 24 * 3600 * 1000000;

struct rule {
    const struct change_kind *kind;
    const struct field *whole; /* the fact with what the journal leaves out */
    const char *role;
    bool secret;
    bool central;
    const char *reason;
};
static const struct rule rules[] = {
#define RULE(kind, role, secret, central, reason)                                                  \
    {&change_##kind, kind##_whole_fields, role, secret, central, reason},
#include "services/access/two_persons.def"
#undef RULE
};

static const struct field *member(const struct change_kind *kind, const char *name)
{
    const struct field *f = kind->fields;
    while (f->name != NULL && strcmp(f->name, name) != 0)
        f++;
    return f->name != NULL ? f : NULL;
}

static const struct rule *rule_for(const struct change_kind *kind, const void *fact)
{
    const struct field *role = member(kind, "role");
    for (size_t i = 0; i < COUNT(rules); i++)
        if (rules[i].kind == kind &&
            (rules[i].role == NULL || (role != NULL && str_equal(FIELD_GET(fact, role, struct str),
                                                                 str_from(rules[i].role)))))
            return &rules[i];
    return NULL;
}

static struct err *count(struct request *request, const struct sql *sql, struct uuid user,
                         int64_t *out)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    load_rows(load, sql, scim_count_fields, sizeof(struct scim_count), &rows,
              uuid_is_nil(user) ? NO_VALUES : VALUES(V(user)));
    TRY(load_run(load));
    *out = ROW(struct scim_count, rows, 0)->count;
    return NULL;
}

struct err *proposal_holds_wide_role(struct request *request, struct uuid user, bool *out)
{
    int64_t roles = 0;
    TRY(count(request, &access_count_wide_roles, user, &roles));
    *out = roles > 0;
    return NULL;
}

struct err *proposal_has_second(struct request *request, bool *out)
{
    int64_t administrators = 0;
    TRY(count(request, &access_count_administrators, (struct uuid){0}, &administrators));
    *out = administrators >= 2;
    return NULL;
}

/* --- proposing
 * -------------------------------------------------------------------------------------- */

/* The journal's line has the fact as the journal tells it; the row has the whole. */
struct proposed {
    struct uuid id;
    struct str kind;
    struct json_text fact;
    struct json_text whole;
    struct instant expires_at;
};
static const struct field proposed_fields[] = {
    FIELD(struct proposed, id, REQUIRED), FIELD(struct proposed, kind, REQUIRED),
    FIELD(struct proposed, fact, REQUIRED), FIELD(struct proposed, expires_at, REQUIRED),
    FIELDS_END};

static void plan_proposed(struct change *change, const void *fact)
{
    const struct proposed *p = fact;
    CHANGE_SQL(change, &access_insert_proposal, V(p->id), V(p->kind),
               V(p->whole.text.ptr != NULL ? p->whole : p->fact), V(change->by), V(change->at),
               V(p->expires_at));
}
const struct change_kind change_proposed = {"proposed", proposed_fields, sizeof(struct proposed),
                                            plan_proposed};

static const struct field waiting_fields[] = {FIELD(struct waiting, proposal, REQUIRED),
                                              FIELD(struct waiting, expires_at, REQUIRED),
                                              FIELD(struct waiting, reason, REQUIRED), FIELDS_END};

/* One that waits already. */
static const struct field same_fields[] = {FIELD(struct waiting, proposal, REQUIRED),
                                           FIELD(struct waiting, expires_at, REQUIRED), FIELDS_END};

static struct json_text written(const struct field *fields, const void *fact, struct arena *arena)
{
    autobuf struct buf text = buf_new((size_t)64 * 1024);
    json_write(fields, fact, &text);
    return (struct json_text){arena_str(arena, buf_str(&text))};
}

static struct err *propose(struct request *request, struct http_reply *reply, struct change *change,
                           const struct rule *rule, const void *fact)
{
    const struct change_kind *kind = rule->kind;
    const struct proposed proposed = {.id = uuid_random(),
                                      .kind = str_from(kind->name),
                                      .fact = written(kind->fields, fact, request->arena),
                                      .whole = written(rule->whole, fact, request->arena),
                                      .expires_at = instant_add(request->now, EXPIRES_US)};
    struct waiting waiting = {proposed.id, proposed.expires_at, str_from(rule->reason)};
    struct rows same = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_same_proposal, same_fields, struct waiting, &same, V(proposed.kind),
         V(proposed.whole));
    TRY(load_run(load));
    if (same.count > 0) {
        waiting.proposal = ROW(struct waiting, same, 0)->proposal;
        waiting.expires_at = ROW(struct waiting, same, 0)->expires_at;
    } else {
        TRY(change_apply(request, change, &change_proposed, &proposed));
    }
    change->waiting = waiting;
    buf_clear(request->out);
    json_write(waiting_fields, &waiting, request->out);
    reply->status = 202;
    return NULL;
}

struct err *proposal_or_apply(struct request *request, struct http_reply *reply,
                              struct change *change, const struct change_kind *kind,
                              const void *fact, bool *out_waits)
{
    const struct rule *rule = rule_for(kind, fact);
    *out_waits = false;
    if (rule != NULL)
        TRY(proposal_has_second(request, out_waits));
    if (!*out_waits)
        return change_apply(request, change, kind, fact);
    return propose(request, reply, change, rule, fact);
}

/* --- deciding
 * --------------------------------------------------------------------------------------- */

struct decided {
    struct uuid id;
    bool approved;
};
static const struct field decided_fields[] = {
    FIELD(struct decided, id, REQUIRED), FIELD(struct decided, approved, REQUIRED), FIELDS_END};

static void plan_decided(struct change *change, const void *fact)
{
    const struct decided *d = fact;
    CHANGE_SQL(change, &access_decide_proposal, V(d->id),
               V(d->approved ? S("approved") : S("refused")), V(change->by), V(change->at));
}
const struct change_kind change_proposal_decided = {"proposal_decided", decided_fields,
                                                    sizeof(struct decided), plan_decided};

struct proposal_row {
    struct uuid id;
    struct str kind;
    struct json_text fact;
    struct uuid proposed_by;
    struct str proposer;
    struct instant proposed_at;
    struct instant expires_at;
};
static const struct field proposal_fields[] = {FIELD(struct proposal_row, id, REQUIRED),
                                               FIELD(struct proposal_row, kind, REQUIRED),
                                               FIELD(struct proposal_row, fact, REQUIRED),
                                               FIELD(struct proposal_row, proposed_by, REQUIRED),
                                               FIELD(struct proposal_row, proposer, REQUIRED),
                                               FIELD(struct proposal_row, proposed_at, REQUIRED),
                                               FIELD(struct proposal_row, expires_at, REQUIRED),
                                               FIELDS_END};

static struct err *find(struct request *request, int32_t tenant, struct proposal_row *out)
{
    struct rows rows = {0};
    struct uuid id;
    if (uuid_parse(http_param(&request->match, "proposal"), &id)) {
        struct load *load = load_new(request->db, tenant, request->arena);
        LOAD(load, &access_select_proposals, proposal_fields, struct proposal_row, &rows, V(id));
        TRY(load_run(load));
    }
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "no such proposal waits");
    *out = *ROW(struct proposal_row, rows, 0);
    return NULL;
}

/* The fact again, and the rule that it waits by. */
static struct err *read_fact(struct request *request, const struct proposal_row *row,
                             const struct rule **out_rule, void **out_fact)
{
    for (size_t i = 0; i < COUNT(rules); i++) {
        const struct change_kind *kind = rules[i].kind;
        if (!str_equal(row->kind, str_from(kind->name)))
            continue;
        void *fact = arena_alloc(request->arena, 1, kind->size);
        TRY(json_read(row->fact.text, rules[i].whole, JSON_REFUSE_UNKNOWN, "fact", request->arena,
                      fact));
        *out_rule = rule_for(kind, fact);
        *out_fact = fact;
        return *out_rule != NULL ? NULL : ERR_BUG_AT("a proposal that no rule asked for");
    }
    return err_new(ERR_PRECONDITION, "proposals of this kind are no more: make the change anew");
}

/* What a role is given begins when it was approved, not before. */
static void begin_now(const struct rule *rule, void *fact, struct instant now)
{
    const struct field *from = member(rule->kind, "valid_from");
    if (rule->role != NULL && from != NULL &&
        instant_before(FIELD_GET(fact, from, struct instant), now))
        *FIELD_AT(fact, from, struct instant) = now;
}

/* The change and the decision in one transaction, a line of the journal for each. */
static struct err *carry_out(struct request *request, struct change *change,
                             const struct rule *rule, const void *fact, struct uuid proposal)
{
    const struct decided decided = {proposal, true};
    rule->kind->plan(change, fact);
    plan_decided(change, &decided);
    TRY(change_plan_line(change, rule->kind, request->id, fact));
    TRY(change_plan_line(change, &change_proposal_decided, request->id, &decided));
    return worker_apply(request->worker, change->tenant, &change->plan, request->arena);
}

static struct err *approve(struct request *request, struct http_reply *reply, struct change *change,
                           bool central)
{
    struct proposal_row row = {0};
    const struct rule *rule = NULL;
    void *fact = NULL;
    TRY(find(request, change->tenant, &row));
    TRY(read_fact(request, &row, &rule, &fact));
    if (uuid_equal(row.proposed_by, change->by))
        return err_new(ERR_FORBIDDEN, "another person than who proposed it approves");
    if (central && !rule->central)
        return err_new(ERR_FORBIDDEN, "the region's own administrators approve this");
    begin_now(rule, fact, request->now);
    reply->status = 204;
    return carry_out(request, change, rule, fact, row.id);
}

struct err *access_approve_proposal(struct request *request, struct http_reply *reply)
{
    struct change change;
    if (request->tenant == TENANT_CENTRAL)
        return err_new(ERR_FORBIDDEN, "a central administrator names the region");
    TRY(change_begin_own(request, &change));
    return approve(request, reply, &change, false);
}

struct err *access_approve_for_region(struct request *request, struct http_reply *reply)
{
    struct change change;
    TRY(change_begin_central(request, &change));
    TRY(change_find_tenant(request, http_param(&request->match, "tenant"), &change.tenant));
    return approve(request, reply, &change, true);
}

struct err *access_refuse_proposal(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct proposal_row row = {0};
    TRY(change_begin_own(request, &change));
    TRY(find(request, change.tenant, &row));
    reply->status = 204;
    return change_apply(request, &change, &change_proposal_decided,
                        &(struct decided){row.id, false});
}

/* --- shown
 * ------------------------------------------------------------------------------------------ */

struct shown {
    struct uuid id;
    struct str kind;
    struct str reason;
    struct json_text fact;
    struct uuid proposed_by;
    struct str proposer;
    struct instant proposed_at;
    struct instant expires_at;
};
static const struct field shown_fields[] = {FIELD(struct shown, id, REQUIRED),
                                            FIELD(struct shown, kind, REQUIRED),
                                            FIELD(struct shown, reason, REQUIRED),
                                            FIELD(struct shown, fact, REQUIRED),
                                            FIELD(struct shown, proposed_by, REQUIRED),
                                            FIELD(struct shown, proposer, REQUIRED),
                                            FIELD(struct shown, proposed_at, REQUIRED),
                                            FIELD(struct shown, expires_at, REQUIRED),
                                            FIELDS_END};

struct err *access_list_proposals(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct rows rows = {0};
    const struct uuid any = {0};
    (void)reply;
    TRY(change_begin_own(request, &change));
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_proposals, proposal_fields, struct proposal_row, &rows, V(any));
    TRY(load_run(load));
    struct shown *shown = ARENA_ARRAY(request->arena, struct shown, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        const struct proposal_row *row = ROW(struct proposal_row, rows, i);
        const struct rule *rule = NULL;
        void *fact = NULL;
        TRY(read_fact(request, row, &rule, &fact));
        const struct field *fields = rule->secret ? rule->kind->fields : rule->whole;
        shown[i] = (struct shown){row->id,
                                  row->kind,
                                  str_from(rule->reason),
                                  written(fields, fact, request->arena),
                                  row->proposed_by,
                                  row->proposer,
                                  row->proposed_at,
                                  row->expires_at};
    }
    buf_put(request->out, S("{\"proposals\":"));
    json_write_list(shown_fields, shown, sizeof *shown, rows.count, request->out);
    buf_byte(request->out, '}');
    return NULL;
}
