/* Walking a folder. */
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_LIMIT = 64 * 1024 };

struct walk {
    struct err *(*found)(void *state, enum walk_kind kind, int descriptor, struct str path);
    void *state;
    struct buf path; /* where we are */
    unsigned depth;
};

/* The names in one folder: NUL-terminated, one after another, and where each begins. */
struct names {
    struct buf text;
    size_t *starts;
    size_t count;
    size_t room;
};

static void names_free(struct names *names)
{
    buf_free(&names->text);
    free(names->starts);
}

static int compare_names(const void *a, const void *b, void *text)
{
    return strcmp((const char *)text + *(const size_t *)a, (const char *)text + *(const size_t *)b);
}

static void names_add(struct names *names, const char *name)
{
    GROW(names->starts, names->count, names->room);
    names->starts[names->count++] = names->text.len;
    buf_put(&names->text, (struct str){name, strlen(name) + 1});
}

/* Takes the descriptor over. */
static struct err *names_read(int descriptor, struct names *out)
{
    DIR *folder = fdopendir(descriptor);
    if (folder == NULL)
        abort(); /* an open folder: only memory can be missing */
    errno = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours alone */
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL; errno = 0)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            names_add(out, entry->d_name);
    int failed = errno;
    closedir(folder);
    errno = failed;
    if (failed != 0)
        return err_errno(ERR_STORAGE, "could not list it");
    TRY(buf_done(&out->text, "the list of names in one folder"));
    if (out->count > 0)
        qsort_r(out->starts, out->count, sizeof *out->starts, compare_names, out->text.ptr);
    return NULL;
}

struct err *walk_check_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7f || name.ptr[i] == '\\')
            return err_new(ERR_UNSAFE, "a name may hold no control character and no backslash");
    return str_is_utf8(name) ? NULL : err_new(ERR_UNSAFE, "a name must be UTF-8");
}

static struct err *walk_folder(struct walk *w, int descriptor);

/* Whatever lies under `name` in the open folder; w->path says where. */
static struct err *walk_one(struct walk *w, int folder, const char *name)
{
    struct stat stat;
    autoclose int descriptor =
        openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0 && errno == ELOOP)
        return w->found(w->state, WALK_LINK, -1, buf_str(&w->path));
    if (descriptor < 0 && errno == ENXIO) /* a socket */
        return w->found(w->state, WALK_OTHER, -1, buf_str(&w->path));
    if (descriptor < 0)
        return err_errno(ERR_STORAGE, "could not open it");
    if (fstat(descriptor, &stat) != 0)
        return err_errno(ERR_STORAGE, "could not ask what it is");
    if (S_ISREG(stat.st_mode))
        return w->found(w->state, WALK_FILE, descriptor, buf_str(&w->path));
    if (!S_ISDIR(stat.st_mode))
        return w->found(w->state, WALK_OTHER, -1, buf_str(&w->path));
    TRY(w->found(w->state, WALK_FOLDER, -1, buf_str(&w->path)));
    return walk_folder(w, TAKE_FD(descriptor));
}

/* The error names the place once, where it happened. */
static struct err *at_place(struct err *e, const struct walk *w)
{
    if (e == NULL || e->field != NULL)
        return e;
    struct err *named = err_field(e->code, w->path.ptr, "%s", e->detail);
    named->rule = e->rule;
    return named;
}

/* Takes the descriptor over. */
static struct err *walk_folder(struct walk *w, int descriptor)
{
    struct names names = {.text = buf_new(WALK_NAMES_MAX)};
    autoclose int folder = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    struct err *e = at_place(names_read(descriptor, &names), w);
    if (e == NULL && ++w->depth > WALK_DEPTH_MAX)
        e = err_new(ERR_TOO_LARGE, "folders lie deeper than %d", WALK_DEPTH_MAX);
    for (size_t i = 0; i < names.count && e == NULL; i++) {
        const char *name = names.text.ptr + names.starts[i];
        size_t length = w->path.len;
        buf_format(&w->path, "/%s", name);
        e = buf_done(&w->path, "a path");
        if (e == NULL)
            e = walk_one(w, folder, name);
        e = at_place(e, w);
        w->path.len = length;
    }
    w->depth--;
    names_free(&names);
    return e;
}

struct err *walk_all(const char *folder, const char *prefix,
                     struct err *(*found)(void *state, enum walk_kind kind, int descriptor,
                                          struct str path),
                     void *state)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return err_errno(ERR_NOT_FOUND, "could not open the folder \"%s\"", folder);
    struct walk w = {.found = found, .state = state, .path = buf_new(PATH_LIMIT)};
    buf_put(&w.path, str_from(prefix));
    struct err *e = walk_folder(&w, descriptor);
    buf_free(&w.path);
    return e;
}

/* --- files only */

struct files {
    struct err *(*found)(void *state, int descriptor, struct str path);
    void *state;
};

static struct str last_part(struct str path)
{
    size_t from = path.len;
    while (from > 0 && path.ptr[from - 1] != '/')
        from--;
    return str_slice(path, from, path.len);
}

static struct err *found_any(void *state, enum walk_kind kind, int descriptor, struct str path)
{
    const struct files *files = state;
    TRY(walk_check_name(last_part(path)));
    switch (kind) {
    case WALK_FILE:
        return files->found(files->state, descriptor, path);
    case WALK_LINK:
        return err_new(ERR_UNSAFE, "a link cannot be packed");
    case WALK_OTHER:
        return err_new(ERR_UNSAFE, "neither a file nor a folder");
    case WALK_FOLDER:
        break;
    }
    return NULL;
}

struct err *walk_files(const char *folder, const char *prefix,
                       struct err *(*found)(void *state, int descriptor, struct str path),
                       void *state)
{
    struct files files = {found, state};
    return walk_all(folder, prefix, found_any, &files);
}
