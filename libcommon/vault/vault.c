/* Folders and files below a location: the few ways in which the vault touches the file system. */
#include "vault/vault.h"
#include "base/base.h"
#include "vault/flush.h"
#include "vault/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

bool sha512_equal(struct sha512 a, struct sha512 b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

struct err *vault_open(const char *const *paths, size_t count, struct vault *out_vault)
{
    struct vault vault = {.count = 0};
    if (count == 0 || count > VAULT_LOCATIONS_MAX)
        return err_new(ERR_INVALID, "the vault has 1 to %d storage locations", VAULT_LOCATIONS_MAX);
    TRY(flush_check());
    for (; vault.count < count; vault.count++) {
        int folder = open(paths[vault.count], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0) {
            struct err *e =
                err_errno(ERR_STORAGE, "could not open storage location %zu", vault.count + 1);
            vault_close(&vault);
            return err_private(e, "%s", paths[vault.count]);
        }
        vault.locations[vault.count] = folder;
    }
    *out_vault = vault;
    return NULL;
}

void vault_close(struct vault *vault)
{
    while (vault->count > 0)
        close(vault->locations[--vault->count]);
}

bool vault_tenant_ok(struct str tenant)
{
    for (size_t i = 0; i < tenant.len; i++) {
        char c = tenant.ptr[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-')
            return false;
    }
    return tenant.len > 0 && tenant.len <= VAULT_TENANT_MAX;
}

struct err *vault_folder(int parent, const char *name, bool make, int *out_folder)
{
    int folder = openat(parent, name, FOLDER);
    if (folder < 0 && errno == ENOENT && make) {
        if (mkdirat(parent, name, 0700) != 0 && errno != EEXIST)
            return err_errno(ERR_STORAGE, "could not make the folder %s", name);
        folder = openat(parent, name, FOLDER);
    }
    if (folder < 0)
        return err_errno(errno == ENOENT ? ERR_NOT_FOUND : ERR_STORAGE,
                         "could not open the folder %s", name);
    *out_folder = folder;
    return NULL;
}

struct err *vault_area(int location, const char *area, struct str tenant, int *out_folder)
{
    autoclose int folder = -1;
    char name[VAULT_TENANT_MAX + 1] = {0};
    if (!vault_tenant_ok(tenant))
        return err_new(ERR_INVALID, "a tenant's name is 1 to %d of a–z, 0–9 and -",
                       VAULT_TENANT_MAX);
    memcpy(name, tenant.ptr, tenant.len);
    TRY(vault_folder(location, area, true, &folder));
    return vault_folder(folder, name, true, out_folder);
}

struct err *vault_file(int folder, const char *name, int *out_file)
{
    int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return err_errno(errno == ENOENT ? ERR_NOT_FOUND : ERR_STORAGE, "could not open %s", name);
    *out_file = file;
    return NULL;
}

struct err *vault_remove(int folder, const char *name)
{
    if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
        return err_errno(ERR_STORAGE, "could not remove %s", name);
    return NULL;
}

struct err *vault_new_file(int folder, const char *name, int *out_file)
{
    TRY(vault_remove(folder, name));
    int file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return err_errno(ERR_STORAGE, "could not make %s", name);
    *out_file = file;
    return NULL;
}

struct err *vault_write(int file, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(file, bytes.ptr, bytes.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return err_errno(ERR_STORAGE, "could not write");
        bytes = str_slice(bytes, (size_t)written, bytes.len);
    }
    return NULL;
}

struct err *vault_put(int folder, const char *name, struct str bytes)
{
    autoclose int file = -1;
    TRY(vault_new_file(folder, name, &file));
    return err_wrap(vault_write(file, bytes), "%s", name);
}

struct err *vault_get(int folder, const char *name, struct buf *out)
{
    autoclose int file = -1;
    struct stat status;
    TRY(vault_file(folder, name, &file));
    if (fstat(file, &status) != 0)
        return err_errno(ERR_STORAGE, "could not look at %s", name);
    size_t length = (size_t)status.st_size;
    char *at = buf_reserve(out, length);
    if (at == NULL)
        return buf_done(out, name);
    struct source source = source_from_file(&file, length);
    TRY(err_wrap(source_read(&source, 0, at, length), "%s", name));
    out->len += length;
    out->ptr[out->len] = '\0';
    return NULL;
}

void vault_list_end(DIR **directory)
{
    if (*directory != NULL)
        closedir(*directory);
}

struct err *vault_list(int folder, DIR **out_directory)
{
    autoclose int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *out_directory = own >= 0 ? fdopendir(own) : NULL;
    if (*out_directory == NULL)
        return err_errno(ERR_STORAGE, "could not list a folder");
    /* NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): autoclose looks at it */
    own = -1; /* the directory's now */
    return NULL;
}

struct err *vault_next(DIR *directory, const char **out_name)
{
    struct dirent *entry;
    do {
        errno = 0;
        entry =
            readdir(directory); /* NOLINT(concurrency-mt-unsafe): safe on a stream of one's own */
        if (entry == NULL && errno != 0)
            return err_errno(ERR_STORAGE, "could not list a folder");
    } while (entry != NULL &&
             (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    *out_name = entry != NULL ? entry->d_name : NULL;
    return NULL;
}
