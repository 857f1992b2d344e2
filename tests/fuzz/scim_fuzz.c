/* Any bytes as a filter of SCIM, a path, and the body of a PATCH. */
#include "base/base.h"
#include "services/access/scim_patch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void begin(enum scim_kind kind, struct arena *arena, struct scim_resource *out)
{
    scim_resource_begin(kind, arena, out);
    scim_put(out, kind == SCIM_USER ? SCIM_USER_NAME : SCIM_GROUP_NAME, S("anna"));
    scim_put(out, SCIM_META_CREATED, S("2026-01-01T00:00:00Z"));
    if (kind == SCIM_GROUP) {
        scim_put_member(out, S("u1"));
        scim_put_member(out, S("u2"));
    }
}

static void try_kind(enum scim_kind kind, struct str text, struct arena *arena)
{
    const struct scim_filter *filter = NULL;
    struct scim_path path;
    struct scim_resource resource;
    autobuf struct buf out = buf_new((size_t)1 << 20);
    begin(kind, arena, &resource);
    if (scim_filter_parse(text, kind, arena, &filter) == NULL) {
        struct str needed = scim_filter_needs(filter, SCIM_USER_NAME);
        assert(!scim_filter_matches(filter, &resource) || needed.ptr == NULL ||
               str_equal_nocase(needed, S("anna")));
    }
    if (scim_path_parse(text, kind, arena, &path) == NULL && path.attribute != NULL)
        for (size_t at = 0; at < resource.count; at = scim_item_end(&resource, at))
            (void)scim_path_selects(&path, &resource, at);
    if (scim_patch(text, &resource) == NULL) {
        assert(scim_get(&resource, kind == SCIM_USER ? SCIM_USER_NAME : SCIM_GROUP_NAME).len > 0);
        scim_write(&resource, &(struct scim_selection){0}, &out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    struct str text = {(const char *)data, size};
    if (arena == NULL)
        arena = arena_new((size_t)256 << 20);
    try_kind(SCIM_USER, text, arena);
    try_kind(SCIM_GROUP, text, arena);
    arena_reset(arena);
    err_reset();
    return 0;
}
