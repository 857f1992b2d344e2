/* Which reader a file needs. */
#include "content/content.h"

#include "base/base.h"

static bool is_named(struct str path, struct str ending)
{
    return path.len > ending.len &&
           str_equal_nocase(str_slice(path, path.len - ending.len, path.len), ending);
}

enum content_kind content_kind_of(const struct content_stated *stated, struct str path)
{
    (void)stated;
    if (is_named(path, S(".dcm")))
        return CONTENT_DICOM;
    return CONTENT_NONE;
}

bool content_is_scattered(enum content_kind kind)
{
    (void)kind;
    return false;
}
