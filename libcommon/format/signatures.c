/* Opening the two signature files. */
#include "format/signatures.h"

#include <fcntl.h>
#include <unistd.h>

/* One byte of a signature file makes at most some hundred in memory ([00] is a place and a set). */
enum { FILE_MAX = 16 * 1024 * 1024 };
static const size_t ARENA_SIZE = (size_t)FILE_MAX * 256;

struct input {
    int file;
    uint64_t left;
};

static struct err *read_input(void *state, void *out, size_t capacity, size_t *out_length)
{
    struct input *input = state;
    ssize_t got = read(input->file, out, capacity);
    if (got < 0)
        return err_errno(ERR_STORAGE, "could not read");
    if ((uint64_t)got > input->left)
        return err_new(ERR_TOO_LARGE, "the limit is %d bytes", FILE_MAX);
    input->left -= (uint64_t)got;
    *out_length = (size_t)got;
    return NULL;
}

/* A file that is something else makes nothing. */
static struct err *read_path(struct format_signatures *s, const char *path,
                             const struct element *root, const size_t *made)
{
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return err_errno(ERR_INVALID, "could not open \"%s\"", path);
    struct input input = {file, FILE_MAX};
    autoxml struct xml *xml = xml_open((struct xml_input){read_input, &input}, NULL);
    struct signature_reader r = {.into = s, .xml = xml, .path = path};
    struct err *e = reader_children(&r, root, s);
    if (e == NULL && *made == 0)
        return err_field(ERR_INVALID, path, "this is no signature file, or it is empty");
    return e == NULL || e->field != NULL ? e : err_wrap(e, "could not read \"%s\"", path);
}

struct err *format_signatures_open(const char *signatures, const char *containers,
                                   struct format_signatures **out)
{
    struct arena *arena = arena_new(ARENA_SIZE);
    struct format_signatures *s = ARENA_NEW(arena, struct format_signatures);
    s->arena = arena;
    struct err *e = read_path(s, signatures, signature_file, &s->format_count);
    if (e == NULL && containers != NULL)
        e = read_path(s, containers, container_file, &s->container_count);
    if (e == NULL)
        *out = s;
    else
        arena_free(arena);
    return e;
}

void format_signatures_free(struct format_signatures *signatures)
{
    if (signatures != NULL)
        arena_free(signatures->arena);
}

void format_signatures_drop(struct format_signatures **signatures)
{
    format_signatures_free(*signatures);
    *signatures = NULL;
}

struct str format_signatures_version(const struct format_signatures *signatures)
{
    return signatures->version;
}

struct str format_containers_version(const struct format_signatures *signatures)
{
    return signatures->containers_version;
}

bool signatures_find(const struct format_signatures *s, struct str puid, size_t *out)
{
    for (size_t i = 0; i < s->format_count; i++)
        if (str_equal(s->formats[i].format.puid, puid)) {
            *out = i;
            return true;
        }
    return false;
}
