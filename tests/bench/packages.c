#include "packages.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct err *package_bytes_read(const char *folder, struct str path, struct buf *out)
{
    char whole[4096];
    struct stat about;
    snprintf(whole, sizeof whole, "%s/%.*s", folder, STR_ARG(path));
    autoclose int file = open(whole, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &about) != 0)
        return err_errno(ERR_INVALID, "could not open \"%s\"", whole);
    char *at = buf_reserve(out, (size_t)about.st_size + 1);
    if (at == NULL)
        return buf_done(out, "a file");
    ssize_t got = read(file, at, (size_t)about.st_size);
    if (got != about.st_size)
        return err_errno(ERR_INVALID, "could not read \"%s\"", whole);
    out->len += (size_t)got;
    return NULL;
}

struct err *package_lines_read(const char *folder, struct arena *arena, struct package_line **out,
                               size_t *out_count)
{
    autobuf struct buf text = buf_new((size_t)64 << 20);
    TRY(package_bytes_read(folder, S("deliveries.tsv"), &text));
    struct package_line *lines = ARENA_ARRAY(arena, struct package_line, PACKAGE_LINES_MAX);
    struct str rest = arena_str(arena, buf_str(&text));
    struct str line = {0};
    size_t count = 0;
    while (str_cut(&rest, '\n', &line) && line.len > 0) {
        struct package_line *l = &lines[count];
        if (count == PACKAGE_LINES_MAX)
            return err_new(ERR_TOO_LARGE, "over %d packages", PACKAGE_LINES_MAX);
        if (!str_cut(&line, '\t', &l->tenant) || !str_cut(&line, '\t', &l->system) ||
            !str_cut(&line, '\t', &l->agreement))
            return err_new(ERR_INVALID, "deliveries.tsv has other columns than r7-demo gives it");
        l->path = line;
        count++;
    }
    *out = lines;
    *out_count = count;
    return NULL;
}
