/* r7 identify: the format of files, by PRONOM. */
#include "cli.h"
#include "format/format.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- the signature files */

static struct err *open_signatures(const char *signatures, const char *containers,
                                   struct arena *arena, struct format_signatures **out)
{
    const char *folder = getenv("R7_PRONOM"); /* NOLINT(concurrency-mt-unsafe): before any thread */
    if (signatures == NULL && containers != NULL)
        return cli_usage_error("--containers needs --signatures");
    if (signatures == NULL && folder == NULL)
        return cli_usage_error("--signatures is missing, and R7_PRONOM names no folder");
    if (signatures == NULL)
        TRY(format_signatures_find(folder, arena, &signatures, &containers));
    return format_signatures_open(signatures, containers, out);
}

/* --- files */

/* Nothing in a column ends it. */
static void print_column(struct str text, char end)
{
    for (size_t i = 0; i < text.len; i++)
        putchar((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 127 ? '?' : text.ptr[i]);
    putchar(end);
}

static void print_format(const struct format *format, struct str basis, struct str path)
{
    print_column(format->puid, '\t');
    print_column(format->name, '\t');
    print_column(format->version, '\t');
    print_column(basis, '\t');
    print_column(path, '\n');
}

static void print_result(const struct format_result *result, struct str path)
{
    static const struct format unknown = {.puid = {"-", 1}};
    for (size_t i = 0; i < result->count; i++)
        print_format(result->formats[i], str_from(format_basis_name(result->basis)), path);
    if (result->count == 0)
        print_format(&unknown, S("-"), path);
}

static struct err *identify(const struct format_signatures *signatures, const char *path,
                            struct arena *arena)
{
    struct stat about;
    struct format_result result;
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &about) != 0)
        return err_errno(ERR_NOT_FOUND, "could not open \"%s\"", path);
    if (!S_ISREG(about.st_mode))
        return err_new(ERR_INVALID, "\"%s\" is no file", path);
    struct source source = source_from_file(&file, (uint64_t)about.st_size);
    TRY(format_identify_source(signatures, &source, str_from(path), arena, &result));
    print_result(&result, str_from(path));
    if (result.unopened != NULL)
        fprintf(stderr, "r7 identify: could not look all through \"%s\": %s\n", path,
                result.unopened->detail);
    return NULL;
}

static struct err *identify_all(const struct format_signatures *signatures, const char **paths,
                                size_t count, struct arena *arena)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        const struct err *mark = err_mark();
        struct err *e = identify(signatures, paths[i], arena);
        if (e != NULL)
            fprintf(stderr, "r7 identify: %s: %s\n", paths[i], e->detail);
        failed += e != NULL;
        err_forget(mark);
        arena_reset(arena);
    }
    return failed == 0 ? NULL : err_new(ERR_INVALID, "%zu of %zu files failed", failed, count);
}

struct err *identify_command(int argc, char **argv)
{
    const char *signatures = NULL;
    const char *containers = NULL;
    size_t count = 0;
    const struct cli_option options[] = {{"--signatures", &signatures, false},
                                         {"--containers", &containers, false},
                                         CLI_OPTIONS_END};
    autosignatures struct format_signatures *opened = NULL;
    autoarena struct arena *arena = arena_new(FORMAT_ARENA);
    const char **paths = ARENA_ARRAY(arena, const char *, (size_t)argc);
    autoarena struct arena *each = arena_new(FORMAT_ARENA);
    TRY(cli_arguments_list(argc, argv, options, paths, &count));
    TRY(open_signatures(signatures, containers, arena, &opened));
    return identify_all(opened, paths, count, each);
}
