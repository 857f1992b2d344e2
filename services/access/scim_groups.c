/* SCIM's groups: who is in them, and what a local administrator's rules make of that. */
#include "services/access/scim.h"

/* Joining and leaving that one line of the journal tells of; more are several lines. */
enum { MEMBERS_AT_ONCE = 500 };

/* --- rows
 * ------------------------------------------------------------------------------------------- */

struct group_row {
    struct uuid id;
    struct str external_id;
    struct str display_name;
    struct instant provisioned_at;
    struct instant modified_at;
    int64_t version;
};
static const struct field group_row_fields[] = {FIELD(struct group_row, id, REQUIRED),
                                                FIELD(struct group_row, external_id, OPTIONAL),
                                                FIELD(struct group_row, display_name, REQUIRED),
                                                FIELD(struct group_row, provisioned_at, REQUIRED),
                                                FIELD(struct group_row, modified_at, REQUIRED),
                                                FIELD(struct group_row, version, REQUIRED),
                                                FIELDS_END};
struct member_row {
    struct uuid owner;
    struct uuid id;
};
static const struct field member_row_fields[] = {
    FIELD(struct member_row, owner, REQUIRED), FIELD(struct member_row, id, REQUIRED), FIELDS_END};
static void from_row(const struct group_row *row, struct arena *arena, struct scim_stored *out)
{
    scim_resource_begin(SCIM_GROUP, arena, &out->resource);
    out->id = row->id;
    out->version = row->version;
    scim_put_meta(out, row->provisioned_at, row->modified_at);
    scim_put(&out->resource, SCIM_EXTERNAL_ID, row->external_id);
    scim_put(&out->resource, SCIM_GROUP_NAME, row->display_name);
}

static struct err *select_members(struct scim_ask *ask, struct uuids groups, struct rows *out)
{
    struct load *load = load_new(ask->request->db, ask->request->tenant, ask->request->arena);
    LOAD(load, &access_select_members, member_row_fields, struct member_row, out, V(groups),
         V(SCIM_SEVERAL_MAX + 1));
    TRY(load_run(load));
    return scim_check_several(out);
}

static struct err *put_members(struct scim_ask *ask, struct scim_found *found)
{
    struct arena *arena = ask->request->arena;
    struct rows rows = {0};
    struct uuid *ids = ARENA_ARRAY(arena, struct uuid, found->count + 1);
    for (size_t i = 0; i < found->count; i++)
        ids[i] = found->at[i].id;
    TRY(select_members(ask, (struct uuids){ids, found->count}, &rows));
    for (size_t k = 0; k < rows.count; k++) {
        const struct member_row *row = ROW(struct member_row, rows, k);
        size_t i = 0;
        while (i + 1 < found->count && !uuid_equal(row->owner, found->at[i].id))
            i++;
        scim_put_member(&found->at[i].resource,
                        arena_str(arena, str_from(uuid_text(row->id).text)));
    }
    return NULL;
}

static struct err *load_groups(struct scim_ask *ask, const struct scim_query *query,
                               struct scim_found *out)
{
    struct request *request = ask->request;
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_groups, group_row_fields, struct group_row, &rows, V(query->id),
         V(query->external_id), V(query->name), V(query->offset), V(query->limit));
    TRY(load_run(load));
    out->count = rows.count;
    out->at = ARENA_ARRAY(request->arena, struct scim_stored, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++)
        from_row(ROW(struct group_row, rows, i), request->arena, &out->at[i]);
    return query->without_several || out->count == 0 ? NULL : put_members(ask, out);
}

static struct err *count_groups(struct scim_ask *ask, const struct scim_query *query, int64_t *out)
{
    struct rows rows = {0};
    struct load *load = load_new(ask->request->db, ask->request->tenant, ask->request->arena);
    LOAD(load, &access_count_groups, scim_count_fields, struct scim_count, &rows, V(query->id),
         V(query->external_id), V(query->name));
    TRY(load_run(load));
    *out = ROW(struct scim_count, rows, 0)->count;
    return NULL;
}

/* --- changes
 * ---------------------------------------------------------------------------------------- */

struct group_fact {
    struct uuid id;
    bool removed;
    struct uuids joined;
    struct uuids left;
    int64_t version; /* before; 0: whatever it was */
    struct str display_name;
    struct str external_id;
};
static const struct field group_fields[] = {FIELD(struct group_fact, id, REQUIRED),
                                            FIELD(struct group_fact, removed, REQUIRED),
                                            FIELD(struct group_fact, joined, REQUIRED),
                                            FIELD(struct group_fact, left, REQUIRED), FIELDS_END};

static struct uuids both(struct uuids one, struct uuids two, struct arena *arena)
{
    struct uuid *all = ARENA_ARRAY(arena, struct uuid, one.count + two.count + 1);
    for (size_t i = 0; i < one.count + two.count; i++)
        all[i] = i < one.count ? one.at[i] : two.at[i - one.count];
    return (struct uuids){all, one.count + two.count};
}

void scim_plan_given(struct change *change, struct uuid group, struct uuids users)
{
    struct value who = V(users);
    who.null = users.at == NULL;
    CHANGE_SQL(change, &access_end_by_rules, V(group), V(change->at), who);
    CHANGE_SQL(change, &access_begin_by_rules, V(group), V(change->at), who);
}

static void plan_group(struct change *change, const void *fact)
{
    const struct group_fact *g = fact;
    struct uuids moved = both(g->joined, g->left, change->plan.arena);
    if (g->removed)
        CHANGE_SQL(change, &access_raise_members, V(g->id));
    change_concerns_all(change, S("user"), moved);
    CHANGE_SQL(change, &access_put_group, V(g->id), V(change->at),
               V(g->removed ? change->at : (struct instant){0}), scim_version_value(g->version));
    if (g->removed || g->display_name.ptr != NULL)
        CHANGE_SQL(change, &access_name_group, V(g->id), V(g->display_name), V(g->external_id));
    if (g->removed)
        CHANGE_SQL(change, &access_remove_all_members, V(g->id));
    CHANGE_SQL(change, &access_remove_members, V(g->id), V(g->left));
    CHANGE_SQL(change, &access_insert_members, V(g->id), V(g->joined), V(change->at));
    scim_plan_given(change, g->id, g->removed ? (struct uuids){0} : moved);
}
const struct change_kind change_group = {"provisioned_group", group_fields,
                                         sizeof(struct group_fact), plan_group};

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct uuid));
}

/* The members, sorted, each once. INVALID for an id that is none. */
static struct err *members_of(const struct scim_resource *r, struct arena *arena, struct uuids *out)
{
    struct uuid *ids = ARENA_ARRAY(arena, struct uuid, r->count + 1);
    size_t count = 0;
    size_t kept = 0;
    for (size_t i = 0; i < r->count; i++)
        if (r->values[i].attribute == SCIM_MEMBER_VALUE &&
            !uuid_parse(r->values[i].text, &ids[count++]))
            return err_rule(ERR_INVALID, "invalidValue", "members.value: there is no such user");
    qsort(ids, count, sizeof *ids, by_bytes);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !uuid_equal(ids[kept - 1], ids[i]))
            ids[kept++] = ids[i];
    *out = (struct uuids){ids, kept};
    return NULL;
}

/* Those of `a` that are not in `b`; both sorted. */
static struct uuids without(struct uuids a, struct uuids b, struct arena *arena)
{
    struct uuid *rest = ARENA_ARRAY(arena, struct uuid, a.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < a.count; i++)
        if (b.count == 0 || bsearch(&a.at[i], b.at, b.count, sizeof *b.at, by_bytes) == NULL)
            rest[count++] = a.at[i];
    return (struct uuids){rest, count};
}

static struct err *check_users(struct scim_ask *ask, struct uuids users)
{
    struct rows rows = {0};
    struct load *load = load_new(ask->request->db, ask->request->tenant, ask->request->arena);
    LOAD(load, &access_count_users, scim_count_fields, struct scim_count, &rows, V(users));
    TRY(load_run(load));
    return ROW(struct scim_count, rows, 0)->count == (int64_t)users.count
               ? NULL
               : err_rule(ERR_INVALID, "invalidValue", "members.value: there is no such user");
}

static struct uuids take(struct uuids *rest, size_t most)
{
    struct uuids taken = {rest->at, rest->count < most ? rest->count : most};
    rest->at += taken.count;
    rest->count -= taken.count;
    return taken;
}

/* Many are several changes: one that ends in between is completed by the directory's next try. Who
 * leaves goes first. */
static struct err *save_members(struct scim_ask *ask, struct group_fact fact, struct uuids joined,
                                struct uuids left)
{
    do {
        struct change change;
        fact.left = take(&left, MEMBERS_AT_ONCE);
        fact.joined = take(&joined, MEMBERS_AT_ONCE - fact.left.count);
        scim_change_begin(ask, &change);
        TRY(change_apply(ask->request, &change, &change_group, &fact));
        fact.version++;
    } while (joined.count + left.count > 0);
    return NULL;
}

static struct err *save_group(struct scim_ask *ask, struct uuid id,
                              const struct scim_stored *before, const struct scim_resource *after)
{
    struct arena *arena = ask->request->arena;
    struct uuids now = {0};
    struct uuids then = {0};
    TRY(members_of(after, arena, &now));
    if (before != NULL)
        TRY(members_of(&before->resource, arena, &then));
    struct uuids joined = without(now, then, arena);
    TRY(check_users(ask, joined));
    const struct group_fact fact = {.id = id,
                                    .version = before != NULL ? before->version : 0,
                                    .display_name = scim_get(after, SCIM_GROUP_NAME),
                                    .external_id = scim_get(after, SCIM_EXTERNAL_ID)};
    return save_members(ask, fact, joined, without(then, now, arena));
}

static struct err *remove_group(struct scim_ask *ask, const struct scim_stored *before)
{
    struct change change;
    const struct group_fact fact = {.id = before->id, .removed = true, .version = before->version};
    scim_change_begin(ask, &change);
    return change_apply(ask->request, &change, &change_group, &fact);
}

const struct scim_kept scim_kept_groups = {load_groups, count_groups, save_group, remove_group};
