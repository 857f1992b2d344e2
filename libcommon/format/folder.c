/* The signature files as The National Archives name them. */
#include "base/base.h"
#include "format/format.h"

#include <dirent.h>

/* Is `name` this kind's, and of a later version than `best`? V99 comes before V122. */
static bool is_later(struct str name, struct str prefix, const char *best)
{
    struct str best_name = str_from(best);
    if (!str_starts(name, prefix) || !str_ends(name, S(".xml")))
        return false;
    return name.len != best_name.len ? name.len > best_name.len : str_compare(name, best_name) > 0;
}

struct err *format_signatures_find(const char *folder, struct arena *arena,
                                   const char **out_signatures, const char **out_containers)
{
    const char *signature_name = NULL;
    const char *container_name = NULL;
    DIR *list = opendir(folder);
    if (list == NULL)
        return err_errno(ERR_NOT_FOUND, "could not open the folder \"%s\"", folder);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the list is ours alone */
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        struct str name = str_from(entry->d_name);
        if (is_later(name, S("DROID_SignatureFile_V"), signature_name))
            signature_name = arena_cstr(arena, name);
        if (is_later(name, S("container-signature-"), container_name))
            container_name = arena_cstr(arena, name);
    }
    closedir(list);
    if (signature_name == NULL)
        return err_new(ERR_NOT_FOUND, "there is no DROID_SignatureFile_V….xml in \"%s\"", folder);
    *out_signatures = arena_format(arena, "%s/%s", folder, signature_name).ptr;
    *out_containers =
        container_name != NULL ? arena_format(arena, "%s/%s", folder, container_name).ptr : NULL;
    return NULL;
}
