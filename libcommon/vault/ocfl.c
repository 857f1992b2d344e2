/* Storing objects: many at a time, one flush for all, one rename each. */
#include "base/base.h"
#include "base/fault.h"
#include "vault/ocfl_internal.h"
#include "vault/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { TEXTS_MAX = 512 * 1024 * 1024 }; /* of all objects of a batch */

/* The object in the root is the one to be stored, or it is an alarm. */
static struct err *check_same(int folder, struct uuid package, struct str inventory)
{
    autobuf struct buf stored = buf_new(OCFL_INVENTORY_MAX);
    bool same = false;
    struct err *e = vault_get(folder, "v1/inventory.json", &stored);
    if (e == NULL)
        e = ocfl_inventory_same(buf_str(&stored), inventory, &same);
    if (e != NULL && err_class(e) == ERR_CLASS_TRANSIENT)
        return e;
    if (same)
        return NULL;
    return err_private(err_rule(ERR_CORRUPT, "object_differs",
                                "package %s is in the storage root with other content",
                                uuid_text(package).text),
                       "%s", e != NULL ? e->detail : "the inventories differ");
}

/* Is the object in the root at this location? An error if it is, but another. */
static struct err *is_stored(int location, const struct ocfl_object *object, struct str inventory,
                             bool *out_stored)
{
    autoclose int folder = -1;
    struct err *e = ocfl_open_object(location, object->tenant, object->package, &folder);
    *out_stored = e == NULL;
    if (e != NULL)
        return e->code == ERR_NOT_FOUND ? NULL : e;
    return check_same(folder, object->package, inventory);
}

/* Takes away the folder in which the object was built; what a repeated build left in it, too. */
static struct err *clear_building(int location, const struct ocfl_object *object)
{
    autoclose int area = -1;
    TRY(vault_area(location, "staging", object->tenant, &area));
    if (unlinkat(area, uuid_text(object->package).text, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return NULL;
    return staging_destroy(location, object->tenant, object->package);
}

/* The one step that makes an object appear. */
static struct err *publish(int location, const struct ocfl_object *object, int staging,
                           struct str inventory)
{
    autoclose int parent = -1;
    bool stored;
    struct ocfl_address address = ocfl_address(object->package);
    TRY(vault_place(location, ocfl_areas[object->test], object->tenant, address.parent, true,
                    &parent));
    FAULT("vault.before_rename");
    if (renameat2(staging, "object", parent, address.name, RENAME_NOREPLACE) != 0) {
        if (errno != EEXIST)
            return err_errno(ERR_STORAGE, "could not move the object into its root");
        return is_stored(location, object, inventory, &stored);
    }
    FAULT("vault.after_rename");
    return NULL;
}

/* An object on its way into one location. */
struct making {
    int staging; /* the folder it is built in, held; -1 before that */
    bool stored; /* it was there already */
};

/* All objects in one location: built, one flush, read back, made to appear, one flush. */
static struct err *store_held(const struct vault *vault, size_t l,
                              const struct ocfl_object *objects, const struct ocfl_texts *texts,
                              struct making *making, size_t count, enum read_back *how)
{
    int location = vault->locations[l];
    for (size_t i = 0; i < count; i++) {
        struct making *m = &making[i];
        if (i == 0 || objects[i].test != objects[i - 1].test ||
            !str_equal(objects[i].tenant, objects[i - 1].tenant))
            TRY(ocfl_make_root(location, ocfl_areas[objects[i].test], objects[i].tenant));
        TRY(ocfl_hold(location, &objects[i], &m->staging));
        TRY(is_stored(location, &objects[i], texts[i].inventory, &m->stored));
        if (!m->stored)
            TRY(ocfl_build(vault, l, &objects[i], &texts[i], m->staging));
    }
    TRY(flush_filesystem(location));
    for (size_t i = 0; i < count; i++)
        if (!making[i].stored)
            TRY(ocfl_verify(&objects[i], &texts[i], making[i].staging, how));
    for (size_t i = 0; i < count; i++) {
        if (!making[i].stored)
            TRY(publish(location, &objects[i], making[i].staging, texts[i].inventory));
        TRY(clear_building(location, &objects[i]));
    }
    return flush_filesystem(location);
}

static struct err *store_in(const struct vault *vault, size_t l, const struct ocfl_object *objects,
                            const struct ocfl_texts *texts, size_t count, enum read_back *how)
{
    autofree struct making *making = must_calloc(count + 1, sizeof *making);
    for (size_t i = 0; i < count; i++)
        making[i].staging = -1;
    struct err *e = store_held(vault, l, objects, texts, making, count, how);
    for (size_t i = 0; i < count; i++)
        cleanup_close(&making[i].staging);
    return e;
}

/* The folder in which the object is built is taken away in the end; nothing staged may lie in it.
 */
static struct err *check_staging(const struct ocfl_object *object)
{
    for (size_t i = 0; i < object->part_count; i++)
        if (uuid_equal(object->package, object->parts[i].staging))
            return err_new(ERR_BUG, "package %s is staged under its own id",
                           uuid_text(object->package).text);
    return NULL;
}

struct err *ocfl_store(const struct vault *vault, const struct ocfl_object *objects, size_t count,
                       enum read_back *out_how)
{
    autoarena struct arena *arena = arena_new(TEXTS_MAX);
    struct ocfl_texts *texts = ARENA_ARRAY(arena, struct ocfl_texts, count + 1);
    enum read_back how = READ_FROM_DEVICE;
    for (size_t i = 0; i < count; i++) {
        TRY(check_staging(&objects[i]));
        TRY(ocfl_texts_make(vault, &objects[i], arena, &texts[i]));
    }
    for (size_t l = 0; l < vault->count; l++)
        TRY(store_in(vault, l, objects, texts, count, &how));
    *out_how = how;
    return NULL;
}
