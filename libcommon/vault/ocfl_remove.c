/* Removing an object whole. What deletes from an object, and keeps it valid, is another matter:
 * this is for packages that were never accepted. */
#include "base/base.h"
#include "base/fault.h"
#include "vault/ocfl_internal.h"
#include "vault/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* A root has no empty folders (OCFL E073): those that led to the object go with it, unless another
 * object needs them. */
static struct err *prune(int location, const char *area, struct str tenant,
                         const struct ocfl_address *address)
{
    char path[sizeof address->parent];
    memcpy(path, address->parent, sizeof path);
    for (char *cut = path + strlen(path); cut != NULL; cut = strrchr(path, '/')) {
        autoclose int root = -1;
        *cut = '\0';
        struct err *e = vault_place(location, area, tenant, ".", false, &root);
        if (e != NULL)
            return e->code == ERR_NOT_FOUND ? NULL : e;
        if (unlinkat(root, path, AT_REMOVEDIR) == 0)
            continue;
        if (errno == ENOTEMPTY || errno == EEXIST)
            break;
        if (errno != ENOENT)
            return err_errno(ERR_STORAGE, "could not remove an empty folder of a root");
    }
    return NULL;
}

/* The one step that makes an object disappear: its folder moves to where it was once built. */
static struct err *withdraw(int location, const char *area, struct str tenant, struct uuid package)
{
    autoclose int parent = -1;
    autoclose int staging = -1;
    struct ocfl_address address = ocfl_address(package);
    struct err *e = vault_place(location, area, tenant, address.parent, false, &parent);
    if (e != NULL && e->code != ERR_NOT_FOUND)
        return e;
    if (e == NULL && faccessat(parent, address.name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        TRY(staging_open(location, tenant, package, true, &staging));
        if (renameat2(parent, address.name, staging, "removed", RENAME_NOREPLACE) != 0)
            return err_errno(ERR_STORAGE, "could not move the object out of its root");
        TRY(flush_folder(parent));
        TRY(flush_folder(staging));
    }
    FAULT("vault.after_withdraw");
    return prune(location, area, tenant, &address);
}

struct err *ocfl_remove(const struct vault *vault, struct str tenant, struct uuid package)
{
    for (size_t l = 0; l < vault->count; l++) {
        for (size_t a = 0; ocfl_areas[a] != NULL; a++)
            TRY(withdraw(vault->locations[l], ocfl_areas[a], tenant, package));
        TRY(staging_destroy(vault->locations[l], tenant, package));
        FAULT("vault.after_remove");
    }
    return NULL;
}
