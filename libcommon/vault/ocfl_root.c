/* Storage roots, and where objects lie in them. */
#include "base/base.h"
#include "vault/ocfl_internal.h"
#include "vault/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define LAYOUT "0004-hashed-n-tuple-storage-layout"

const char *const ocfl_areas[] = {"ocfl", "test", NULL};

struct ocfl_address ocfl_address(struct uuid package)
{
    struct ocfl_address address = {0};
    char id[sizeof "urn:uuid:" + UUID_TEXT];
    snprintf(id, sizeof id, "urn:uuid:%s", uuid_text(package).text);
    struct sha256_text digest = sha256_text(sha256_of(str_from(id)));
    snprintf(address.parent, sizeof address.parent, "%.3s/%.3s/%.3s", digest.text, digest.text + 3,
             digest.text + 6);
    memcpy(address.name, digest.text, sizeof address.name);
    return address;
}

struct err *ocfl_open_object(int location, struct str tenant, struct uuid package, int *out_folder)
{
    struct ocfl_address address = ocfl_address(package);
    char path[sizeof address + 1];
    snprintf(path, sizeof path, "%s/%s", address.parent, address.name);
    struct err *e = vault_place(location, ocfl_areas[0], tenant, path, false, out_folder);
    return e != NULL && e->code == ERR_NOT_FOUND
               ? vault_place(location, ocfl_areas[1], tenant, path, false, out_folder)
               : e;
}

static struct err *fill_root(int root)
{
    autoclose int extension = -1;
    TRY(vault_folder(root, "extensions/" LAYOUT, true, &extension));
    TRY(vault_put(
        extension, "config.json",
        S("{\n  \"extensionName\": \"" LAYOUT "\",\n  \"digestAlgorithm\": \"sha256\",\n"
          "  \"tupleSize\": 3,\n  \"numberOfTuples\": 3,\n  \"shortObjectRoot\": false\n}\n")));
    TRY(vault_put(root, "ocfl_layout.json",
                  S("{\n  \"extension\": \"" LAYOUT "\",\n"
                    "  \"description\": \"Each object lies under the SHA-256 of its id, three "
                    "times three digits\"\n}\n")));
    return vault_put(root, "0=ocfl_1.1", S("ocfl_1.1\n"));
}

/* Makes the tenant's root as a whole: built in staging, then renamed over the empty folder. Whoever
 * comes second finds it there and takes its own away. */
struct err *ocfl_make_root(int location, const char *area, struct str tenant)
{
    autoclose int roots = -1;
    autoclose int own = -1;
    autoclose int staging = -1;
    autoclose int root = -1;
    struct uuid id = uuid_random();
    TRY(vault_area(location, area, tenant, &own));
    if (faccessat(own, "0=ocfl_1.1", F_OK, 0) == 0)
        return NULL;
    char name[VAULT_TENANT_MAX + 1] = {0};
    memcpy(name, tenant.ptr, tenant.len);
    TRY(vault_folder(location, area, false, &roots));
    TRY(staging_open(location, tenant, id, true, &staging));
    TRY(vault_folder(staging, "root", true, &root));
    TRY(fill_root(root));
    TRY(flush_filesystem(location));
    if (renameat(staging, "root", roots, name) != 0 && errno != ENOTEMPTY && errno != EEXIST)
        return err_errno(ERR_STORAGE, "could not make the storage root");
    return staging_destroy(location, tenant, id);
}

struct err *ocfl_open(int location, struct str tenant, struct uuid package, enum ocfl_kind kind,
                      const struct segment *segments, size_t count, int *out_descriptors)
{
    autoclose int object = -1;
    autoclose int content = -1;
    TRY(ocfl_open_object(location, tenant, package, &object));
    TRY(vault_folder(object, "v1/content", false, &content));
    for (size_t i = 0; i < count; i++) {
        struct err *e =
            vault_file(content, ocfl_name(kind, segments[i].index).text, &out_descriptors[i]);
        if (e == NULL)
            continue;
        while (i > 0)
            close(out_descriptors[--i]);
        return e;
    }
    return NULL;
}
