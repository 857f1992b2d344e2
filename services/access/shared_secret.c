/* Files with secrets. */
#include "services/access/shared_secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_MAX = 4096 };

bool shared_secret_is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              (i > 0 && (c == '.' || c == '_' || c == '-'))))
            return false;
    }
    return true;
}

const char *shared_secret_read(const char *setting, struct str folder, struct str tenant,
                               struct str name, struct arena *arena, struct str *out)
{
    struct stat status;
    char *text = arena_alloc(arena, SECRET_MAX, 1);
    struct str path =
        arena_format(arena, "%.*s/%.*s/%.*s", STR_ARG(folder), STR_ARG(tenant), STR_ARG(name));
    if (folder.len == 0)
        return arena_format(arena, "%s is not set", setting).ptr;
    autoclose int file = open(path.ptr, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &status) != 0)
        return "its secret's file cannot be opened";
    if (!S_ISREG(status.st_mode) || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return "its secret's file is not its owner's alone (mode 0600)";
    ssize_t got = read(file, text, SECRET_MAX);
    if (got <= 0 || got == SECRET_MAX)
        return "its secret's file is empty or too large";
    struct str rest = {text, (size_t)got};
    (void)str_cut(&rest, '\n', out);
    return NULL;
}
