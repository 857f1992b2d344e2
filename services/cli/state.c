/* The folder. */
#include "state.h"
#include "remote.h"
#include "vault/vault.h"

#include <fcntl.h>
#include <unistd.h>

enum { PATH_LIMIT = 250 }; /* what vault_make_folders takes */

static struct err *state_path(const char *given, struct arena *arena, struct str *out)
{
    struct str home = cli_environment("HOME");
    struct str state = cli_environment("XDG_STATE_HOME");
    if (given != NULL)
        *out = str_from(given);
    else if (state.ptr != NULL)
        *out = arena_format(arena, "%s/r7", state.ptr);
    else if (home.ptr != NULL)
        *out = arena_format(arena, "%s/.local/state/r7", home.ptr);
    else
        return err_field(ERR_INVALID, "HOME", "not set: give --state FOLDER");
    return out->len < PATH_LIMIT
               ? NULL
               : err_new(ERR_TOO_LARGE, "the state folder's path is over %d bytes", PATH_LIMIT);
}

struct err *state_open(const char *given, int *out_folder)
{
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    struct str path = {0};
    TRY(state_path(given, arena, &path));
    bool absolute = path.ptr[0] == '/';
    autoclose int from = open(absolute ? "/" : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0)
        return err_errno(ERR_STORAGE, "could not open the folder of the state folder");
    TRY(vault_make_folders(from, path.ptr + (absolute ? 1 : 0)));
    *out_folder = open(path.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *out_folder >= 0
               ? NULL
               : err_errno(ERR_STORAGE, "could not open the state folder \"%s\"", path.ptr);
}
