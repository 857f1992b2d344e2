/* Folders and files below a location: the few ways in which the vault touches the file system. */
#include "vault/vault.h"
#include "base/base.h"
#include "base/fault.h"
#include "vault/flush.h"
#include "vault/source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FOLDER = O_RDONLY | O_DIRECTORY, NEW_FILE = O_WRONLY | O_CREAT | O_EXCL, PATH_LIMIT = 256 };

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

/* By its number: glibc 2.36 has no function for it. */
int vault_open_below(int folder, const char *path, int flags)
{
    const struct open_how how = {.flags = (unsigned)(flags | O_CLOEXEC),
                                 .mode = (flags & O_CREAT) != 0 ? 0600 : 0,
                                 .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

struct err *vault_make_folders(int parent, const char *path)
{
    char upto[PATH_LIMIT] = {0};
    size_t length = strlen(path);
    assert(length < sizeof upto);
    for (size_t i = 0; i <= length; i++) {
        if ((path[i] == '/' || path[i] == '\0') && mkdirat(parent, upto, 0700) != 0 &&
            errno != EEXIST)
            return err_errno(ERR_STORAGE, "could not make the folder %s", upto);
        upto[i] = path[i];
    }
    return NULL;
}

struct err *vault_folder(int parent, const char *path, bool make, int *out_folder)
{
    int folder = vault_open_below(parent, path, FOLDER);
    if (folder < 0 && errno == ENOENT && make) {
        TRY(vault_make_folders(parent, path));
        folder = vault_open_below(parent, path, FOLDER);
    }
    if (folder < 0)
        return err_errno(errno == ENOENT ? ERR_NOT_FOUND : ERR_STORAGE,
                         "could not open the folder %s", path);
    *out_folder = folder;
    return NULL;
}

struct err *vault_place(int location, const char *area, struct str tenant, const char *below,
                        bool make, int *out_folder)
{
    char path[PATH_LIMIT];
    if (!vault_tenant_ok(tenant))
        return err_new(ERR_INVALID, "a tenant's name is 1 to %d of a–z, 0–9 and -",
                       VAULT_TENANT_MAX);
    snprintf(path, sizeof path, "%s/%.*s/%s", area, STR_ARG(tenant), below);
    return vault_folder(location, path, make, out_folder);
}

struct err *vault_area(int location, const char *area, struct str tenant, int *out_folder)
{
    return vault_place(location, area, tenant, ".", true, out_folder);
}

struct err *vault_file(int folder, const char *path, int *out_file)
{
    int file = vault_open_below(folder, path, O_RDONLY);
    if (file < 0)
        return err_errno(errno == ENOENT ? ERR_NOT_FOUND : ERR_STORAGE, "could not open %s", path);
    *out_file = file;
    return NULL;
}

struct err *vault_remove(int folder, const char *path)
{
    if (unlinkat(folder, path, 0) != 0 && errno != ENOENT)
        return err_errno(ERR_STORAGE, "could not remove %s", path);
    return NULL;
}

struct err *vault_new_file(int folder, const char *path, int *out_file)
{
    int file = vault_open_below(folder, path, NEW_FILE);
    if (file < 0 && errno == EEXIST) {
        TRY(vault_remove(folder, path));
        file = vault_open_below(folder, path, NEW_FILE);
    }
    if (file < 0)
        return err_errno(ERR_STORAGE, "could not make %s", path);
    *out_file = file;
    return NULL;
}

/* Made by name and unlinked, not by O_TMPFILE, which NFS and overlays do not have. */
struct err *vault_scratch_file(int folder, int *out_file)
{
    char name[UUID_TEXT + 1] = "";
    uuid_print(uuid_random(), name);
    int file = vault_open_below(folder, name, O_RDWR | O_CREAT | O_EXCL);
    if (file < 0)
        return err_errno(ERR_STORAGE, "could not make a scratch file");
    struct err *e = vault_remove(folder, name);
    if (e != NULL)
        close(file);
    else
        *out_file = file;
    return e;
}

struct err *vault_write(int file, struct str bytes)
{
    FAULT("vault.before_write");
    while (bytes.len > 0) {
        ssize_t written = write(file, bytes.ptr, bytes.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return err_errno(ERR_STORAGE, "could not write");
        bytes = str_slice(bytes, (size_t)written, bytes.len);
    }
    FAULT("vault.after_write");
    return NULL;
}

struct err *vault_put(int folder, const char *path, struct str bytes)
{
    autoclose int file = -1;
    TRY(vault_new_file(folder, path, &file));
    return err_wrap(vault_write(file, bytes), "%s", path);
}

struct err *vault_get(int folder, const char *path, struct buf *out)
{
    autoclose int file = -1;
    struct stat status;
    TRY(vault_file(folder, path, &file));
    if (fstat(file, &status) != 0)
        return err_errno(ERR_STORAGE, "could not look at %s", path);
    size_t length = (size_t)status.st_size;
    char *at = buf_reserve(out, length);
    if (at == NULL)
        return buf_done(out, path);
    struct source source = source_from_file(&file, length);
    TRY(err_wrap(source_read(&source, 0, at, length), "%s", path));
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
