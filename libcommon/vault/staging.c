/* Staging folders: made, listed, destroyed. */
#include "vault/staging.h"
#include "base/base.h"
#include "base/fault.h"
#include "vault/flush.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { DEPTH = 8 }; /* an object being built is five folders deep */

struct err *staging_open(int location, struct str tenant, struct uuid id, bool make,
                         int *out_folder)
{
    return vault_place(location, "staging", tenant, uuid_text(id).text, make, out_folder);
}

struct err *staging_room(int location, int64_t *out_bytes)
{
    struct statvfs about;
    uint64_t bytes = 0;
    if (fstatvfs(location, &about) != 0)
        return err_errno(ERR_STORAGE, "could not learn the storage's room");
    if (__builtin_mul_overflow((uint64_t)about.f_bavail, (uint64_t)about.f_frsize, &bytes) ||
        bytes > INT64_MAX)
        bytes = INT64_MAX;
    *out_bytes = (int64_t)bytes;
    return NULL;
}

struct err *staging_list(int location, struct str tenant, struct arena *arena,
                         struct uuids *out_ids)
{
    autoclose int area = -1;
    autodir DIR *directory = NULL;
    autobuf struct buf ids = buf_new(FIELD_LIST_MAX * sizeof(struct uuid));
    const char *name;
    TRY(vault_area(location, "staging", tenant, &area));
    TRY(vault_list(area, &directory));
    TRY(vault_next(directory, &name));
    while (name != NULL) {
        struct uuid id;
        if (uuid_parse(str_from(name), &id))
            buf_put(&ids, (struct str){(const char *)id.bytes, sizeof id.bytes});
        TRY(vault_next(directory, &name));
    }
    TRY(buf_done(&ids, "the list of staging folders"));
    size_t count = ids.len / sizeof(struct uuid);
    struct uuid *copy = ARENA_ARRAY(arena, struct uuid, count);
    if (count > 0)
        memcpy(copy, ids.ptr, ids.len);
    *out_ids = (struct uuids){copy, count};
    return NULL;
}

struct err *staging_destroy_header(int folder, const char *name)
{
    static const char zeros[4096];
    struct stat status;
    autoclose int file = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT ? NULL
                               : err_errno(ERR_STORAGE, "could not open the header %s", name);
    if (fstat(file, &status) != 0)
        return err_errno(ERR_STORAGE, "could not look at the header %s", name);
    for (off_t left = status.st_size; left > 0; left -= (off_t)sizeof zeros)
        TRY(vault_write(
            file, (struct str){zeros, left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros}));
    if (fdatasync(file) != 0)
        return err_errno(ERR_STORAGE, "could not flush the header %s", name);
    if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
        return err_errno(ERR_STORAGE, "could not remove the header %s", name);
    return NULL;
}

enum pass { HEADERS, REST };

/* Headers are called "….header" in staging and lie in the folder r7e-headers of an object being
 * built. */
static bool is_header(const char *name, const char *parent)
{
    return str_ends(str_from(name), S(".header")) || strcmp(parent, "r7e-headers") == 0;
}

static struct err *clear(int folder, const char *own_name, enum pass pass, unsigned depth)
{
    autodir DIR *directory = NULL;
    const char *name;
    if (depth > DEPTH)
        return err_new(ERR_BUG, "a staging folder is over %d folders deep", DEPTH);
    TRY(vault_list(folder, &directory));
    TRY(vault_next(directory, &name));
    while (name != NULL) {
        struct stat status;
        if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            return err_errno(ERR_STORAGE, "could not look at %s", name);
        if (S_ISDIR(status.st_mode)) {
            autoclose int below = -1;
            TRY(vault_folder(folder, name, false, &below));
            TRY(clear(below, name, pass, depth + 1));
        } else if (pass == HEADERS && S_ISREG(status.st_mode) && is_header(name, own_name)) {
            TRY(staging_destroy_header(folder, name));
        }
        if (pass == REST && unlinkat(folder, name, S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0) != 0)
            return err_errno(ERR_STORAGE, "could not remove %s", name);
        TRY(vault_next(directory, &name));
    }
    return pass == HEADERS ? flush_folder(folder) : NULL;
}

struct err *staging_destroy(int location, struct str tenant, struct uuid id)
{
    autoclose int area = -1;
    autoclose int folder = -1;
    struct uuid_text name = uuid_text(id);
    TRY(vault_area(location, "staging", tenant, &area));
    struct err *e = vault_folder(area, name.text, false, &folder);
    if (e != NULL)
        return e->code == ERR_NOT_FOUND ? NULL : e;
    FAULT("vault.before_destroy");
    TRY(clear(folder, "", HEADERS, 0));
    FAULT("vault.after_shred");
    TRY(clear(folder, "", REST, 0));
    if (unlinkat(area, name.text, AT_REMOVEDIR) != 0 && errno != ENOENT)
        return err_errno(ERR_STORAGE, "could not remove the staging folder %s", name.text);
    TRY(flush_folder(area));
    FAULT("vault.after_destroy");
    return NULL;
}
