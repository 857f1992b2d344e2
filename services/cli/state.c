/* The folder. */
#include "state.h"
#include "remote.h"
#include "vault/vault.h"

#include <fcntl.h>
#include <unistd.h>

enum { PATH_LIMIT = 250 }; /* what vault_make_folders takes */

static struct err *state_path(const char *given, struct arena *arena, const char **out)
{
    struct str home = cli_environment("HOME");
    struct str state = cli_environment("XDG_STATE_HOME");
    struct str path = str_from(given);
    if (given == NULL && state.ptr != NULL)
        path = arena_format(arena, "%s/r7", state.ptr);
    else if (given == NULL && home.ptr != NULL)
        path = arena_format(arena, "%s/.local/state/r7", home.ptr);
    if (path.len == 0)
        return err_field(ERR_INVALID, "HOME", "not set: give --state FOLDER");
    if (path.len > PATH_LIMIT)
        return err_new(ERR_TOO_LARGE, "the state folder's path is over %d bytes", PATH_LIMIT);
    *out = arena_cstr(arena, path);
    return NULL;
}

struct err *state_open(const char *given, int *out_folder)
{
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    const char *path = "";
    TRY(state_path(given, arena, &path));
    bool absolute = path[0] == '/';
    autoclose int from = open(absolute ? "/" : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0)
        return err_errno(ERR_STORAGE, "could not open the folder of the state folder");
    TRY(vault_make_folders(from, path + (absolute ? 1 : 0)));
    *out_folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *out_folder >= 0
               ? NULL
               : err_errno(ERR_STORAGE, "could not open the state folder \"%s\"", path);
}
