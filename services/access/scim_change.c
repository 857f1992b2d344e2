/* One resource of SCIM: found, made, replaced, modified, removed. */
#include "services/access/scim.h"
#include "services/access/scim_patch.h"

const struct field scim_count_fields[] = {FIELD(struct scim_count, count, REQUIRED), FIELDS_END};

struct value scim_version_value(int64_t version)
{
    struct value value = V(version);
    value.null = version == 0;
    return value;
}

struct err *scim_check_several(const struct rows *rows)
{
    return rows->count <= SCIM_SEVERAL_MAX ? NULL
                                           : err_rule(ERR_INVALID, "tooMany",
                                                      "more than %d memberships: ask for fewer, or"
                                                      " leave them out (excludedAttributes)",
                                                      SCIM_SEVERAL_MAX);
}

void scim_change_begin(const struct scim_ask *ask, struct change *out)
{
    *out = (struct change){.tenant = ask->request->tenant, .by = ask->by, .at = ask->request->now};
    plan_begin(&out->plan, ask->request->arena);
}

struct str scim_version(int64_t version, struct arena *arena)
{
    return arena_format(arena, "W/\"%lld\"", (long long)version);
}

static struct str time_text(struct instant at, struct arena *arena)
{
    char text[INSTANT_TEXT];
    instant_print(at, text);
    return arena_str(arena, str_from(text));
}

void scim_put_meta(struct scim_stored *stored, struct instant created, struct instant modified)
{
    struct scim_resource *r = &stored->resource;
    struct str id = arena_str(r->arena, str_from(uuid_text(stored->id).text));
    const char *type = r->kind == SCIM_USER ? "User" : "Group";
    scim_put(r, SCIM_ID, id);
    scim_put(r, SCIM_META_TYPE, str_from(type));
    scim_put(r, SCIM_META_CREATED, time_text(created, r->arena));
    scim_put(r, SCIM_META_MODIFIED, time_text(modified, r->arena));
    scim_put(r, SCIM_META_LOCATION,
             arena_format(r->arena, SCIM_BASE "/%ss/%.*s", type, STR_ARG(id)));
    scim_put(r, SCIM_META_VERSION, scim_version(stored->version, r->arena));
}

struct err *scim_find(struct scim_ask *ask, enum scim_kind kind, struct uuid id,
                      struct scim_stored *out)
{
    struct scim_found found = {0};
    const struct scim_query query = {.id = id, .limit = 1};
    if (!uuid_is_nil(id))
        TRY(scim_kept(kind)->load(ask, &query, &found));
    if (found.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such %s", kind == SCIM_USER ? "user" : "group");
    *out = found.at[0];
    return NULL;
}

bool scim_version_listed(struct str list, int64_t version, struct arena *arena)
{
    struct str own = scim_version(version, arena);
    struct str one;
    while (str_cut(&list, ',', &one))
        if (str_equal(str_trim(one), own) || str_equal(str_trim(one), S("*")))
            return true;
    return false;
}

static struct err *find_to_change(struct scim_ask *ask, enum scim_kind kind, struct uuid id,
                                  struct scim_stored *out)
{
    TRY(scim_find(ask, kind, id, out));
    return ask->if_match.ptr == NULL ||
                   scim_version_listed(ask->if_match, out->version, ask->request->arena)
               ? NULL
               : err_new(ERR_PRECONDITION, "it has another version by now");
}

struct scim_selection scim_select(enum scim_kind kind, struct str attributes, struct str excluded)
{
    uint64_t only = scim_attribute_set(kind, attributes);
    /* Names that nobody knows select nothing but the id, and not everything. */
    if (attributes.len > 0)
        only |= (uint64_t)1 << SCIM_ID;
    return (struct scim_selection){only, scim_attribute_set(kind, excluded)};
}

struct err *scim_resolve(struct scim_ask *ask, struct str text, struct uuid *out)
{
    static const struct str prefix = {"bulkId:", 7};
    if (ask->names == NULL || !str_starts(text, prefix))
        return uuid_parse(text, out) ? NULL : err_new(ERR_NOT_FOUND, "there is no such resource");
    struct str name = str_slice(text, prefix.len, text.len);
    for (size_t i = 0; i < ask->names->count; i++) {
        if (!str_equal(ask->names->at[i].name, name))
            continue;
        *out = ask->names->at[i].id;
        return NULL;
    }
    ask->unresolved = true;
    return err_new(ERR_NOT_FOUND, "no operation made what the bulkId names");
}

/* Members that the same bulk made have their ids from it. */
static struct err *resolve_members(struct scim_ask *ask, struct scim_resource *r)
{
    for (size_t i = 0; i < r->count; i++) {
        struct uuid id;
        if (r->values[i].attribute != SCIM_MEMBER_VALUE)
            continue;
        if (scim_resolve(ask, r->values[i].text, &id) != NULL)
            return err_rule(ERR_INVALID, "invalidValue", "members.value: there is no such user");
        r->values[i].text = arena_str(r->arena, str_from(uuid_text(id).text));
    }
    return NULL;
}

static struct err *save(struct scim_ask *ask, enum scim_kind kind, struct uuid id,
                        const struct scim_stored *before, struct scim_resource *after,
                        struct scim_stored *out)
{
    TRY(resolve_members(ask, after));
    TRY(scim_kept(kind)->save(ask, id, before, after));
    return scim_find(ask, kind, id, out);
}

struct err *scim_create(struct scim_ask *ask, enum scim_kind kind, struct scim_stored *out)
{
    struct uuid id = uuid_random();
    struct scim_resource made;
    scim_resource_begin(kind, ask->request->arena, &made);
    TRY(scim_read(ask->body, &made));
    return save(ask, kind, id, NULL, &made, out);
}

struct err *scim_replace(struct scim_ask *ask, enum scim_kind kind, struct uuid id,
                         struct scim_stored *out)
{
    struct scim_stored before;
    struct scim_resource after;
    scim_resource_begin(kind, ask->request->arena, &after);
    TRY(find_to_change(ask, kind, id, &before));
    TRY(scim_read(ask->body, &after));
    /* Nobody is let in, or shut out, by what is not said. */
    if (scim_get(&after, SCIM_ACTIVE).ptr == NULL)
        scim_put(&after, SCIM_ACTIVE, scim_get(&before.resource, SCIM_ACTIVE));
    return save(ask, kind, id, &before, &after, out);
}

struct err *scim_modify(struct scim_ask *ask, enum scim_kind kind, struct uuid id,
                        struct scim_stored *out)
{
    struct scim_stored before;
    TRY(find_to_change(ask, kind, id, &before));
    struct scim_resource after = before.resource;
    after.values = ARENA_ARRAY(after.arena, struct scim_value, after.capacity);
    memcpy(after.values, before.resource.values, after.count * sizeof *after.values);
    TRY(scim_patch(ask->body, &after));
    return save(ask, kind, id, &before, &after, out);
}

struct err *scim_remove(struct scim_ask *ask, enum scim_kind kind, struct uuid id)
{
    struct scim_stored before;
    TRY(find_to_change(ask, kind, id, &before));
    return scim_kept(kind)->remove(ask, &before);
}
