/* RFC 3986 for files in a package, and the ways it is got wrong. */
#include "text/href.h"
#include "base/base.h"

static const struct {
    const char *word;
    const char *en;
    const char *sv;
} faults[HREF_FAULTS] = {
#define HREF_FAULT(name, word, en, sv) [HREF_##name] = {word, en, sv},
#include "text/href_faults.def"
#undef HREF_FAULT
};

const char *href_fault_word(enum href_fault fault)
{
    return faults[fault].word;
}

const char *href_fault_text(enum href_fault fault, bool swedish)
{
    return swedish ? faults[fault].sv : faults[fault].en;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) ":" (section 3.1) */
static bool has_scheme(struct str href)
{
    size_t colon = str_find(href, ':');
    if (colon == href.len || colon == 0 || !is_letter(href.ptr[0]))
        return false;
    for (size_t i = 1; i < colon; i++)
        if (!is_letter(href.ptr[i]) && memchr("0123456789+-.", href.ptr[i], 14) == NULL)
            return false;
    return true;
}

static bool starts_nocase(struct str s, struct str prefix)
{
    return str_equal_nocase(str_slice(s, 0, prefix.len), prefix);
}

/* The characters that a path may hold as they are: unreserved, sub-delims, ':', '@', '/'
 * (section 3.3), and '%'. */
static enum href_fault check_characters(struct str href)
{
    for (size_t i = 0; i < href.len; i++) {
        char c = href.ptr[i];
        if (c == '\\')
            return HREF_BACKSLASH;
        if (c == '?' || c == '#')
            return HREF_QUERY;
        bool plain = is_letter(c) || (c >= '0' && c <= '9');
        if (!plain && (c == '\0' || strchr("-._~!$&'()*+,;=:@/%", c) == NULL))
            return HREF_UNESCAPED;
    }
    return HREF_OK;
}

static enum href_fault decode_name(struct str name, struct buf *out)
{
    size_t from = out->len;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t byte = (uint8_t)name.ptr[i];
        if (byte == '%') {
            if (!hex_decode(str_slice(name, i + 1, i + 3), &byte, 1))
                return HREF_BAD_ESCAPE;
            i += 2;
        }
        if (byte == '/')
            return HREF_FORM_ENCODED; /* a slash inside a name: nobody means that */
        buf_byte(out, (char)byte);
    }
    struct str decoded = str_slice(buf_str(out), from, out->len);
    if (!str_is_utf8(decoded))
        return HREF_BAD_ESCAPE;
    bool dots = str_equal(decoded, S(".")) || str_equal(decoded, S(".."));
    return dots || memchr(decoded.ptr, '\\', decoded.len) != NULL ? HREF_OUTSIDE : HREF_OK;
}

/* Takes the last name off; false when there is none. */
static bool go_up(struct buf *path)
{
    if (path->len == 0)
        return false;
    while (path->len > 0 && path->ptr[path->len - 1] != '/')
        path->len--;
    path->len -= path->len > 0; /* the slash */
    path->ptr[path->len] = '\0';
    return true;
}

/* Goes from the folder in `path` by the names of `relative` (remove_dot_segments, section 5.2.4,
 * but going above the root is a fault, not ignored). */
static enum href_fault walk(struct str relative, struct buf *path)
{
    struct str name;
    while (str_cut(&relative, '/', &name)) {
        if (name.len == 0 || str_equal(name, S(".")))
            continue;
        if (str_equal(name, S(".."))) {
            if (!go_up(path))
                return HREF_OUTSIDE;
            continue;
        }
        if (path->len > 0)
            buf_byte(path, '/');
        enum href_fault fault = decode_name(name, path);
        if (fault != HREF_OK)
            return fault;
    }
    return path->failed ? HREF_OUTSIDE : path->len == 0 ? HREF_EMPTY : HREF_OK;
}

static enum href_fault walk_from(struct str folder, struct str relative, struct arena *arena,
                                 struct str *out_path)
{
    enum { PATH_LIMIT = 64 * 1024 };
    autobuf struct buf path = buf_new(PATH_LIMIT);
    buf_put(&path, folder);
    enum href_fault fault = walk(relative, &path);
    if (fault == HREF_OK)
        *out_path = arena_str(arena, buf_str(&path));
    return fault;
}

struct str href_folder(struct str path)
{
    size_t end = path.len;
    while (end > 0 && path.ptr[end - 1] != '/')
        end--;
    return str_slice(path, 0, end > 0 ? end - 1 : 0);
}

enum href_fault href_resolve(struct str href, struct str document, struct arena *arena,
                             struct str *out_path)
{
    if (href.len == 0)
        return HREF_EMPTY;
    if (starts_nocase(href, S("file:")))
        return HREF_FILE_URL;
    if (has_scheme(href) || str_starts(href, S("//")))
        return HREF_ABSOLUTE;
    if (href.ptr[0] == '/')
        return HREF_OUTSIDE;
    enum href_fault fault = check_characters(href);
    return fault != HREF_OK ? fault : walk_from(href_folder(document), href, arena, out_path);
}

struct str href_fold(struct str path, struct arena *arena)
{
    char *copy = arena_alloc(arena, path.len + 1, 1);
    for (size_t i = 0; i < path.len; i++)
        copy[i] = path.ptr[i] >= 'A' && path.ptr[i] <= 'Z' ? (char)(path.ptr[i] + 32) : path.ptr[i];
    return (struct str){copy, path.len};
}

/* --- guesses
 * ----------------------------------------------------------------------------------------- */

/* The href with every `from` as `to`, and percent-encoding undone when `decoded`. What is no valid
 * escape stays. */
static struct str rewrite(struct str href, char from, char to, bool decoded, struct arena *arena)
{
    char *copy = arena_alloc(arena, href.len + 1, 1);
    size_t length = 0;
    for (size_t i = 0; i < href.len; i++) {
        uint8_t byte = 0;
        if (decoded && href.ptr[i] == '%' && hex_decode(str_slice(href, i + 1, i + 3), &byte, 1)) {
            copy[length++] = (char)byte;
            i += 2;
        } else {
            copy[length++] = href.ptr[i] == from ? to : href.ptr[i];
        }
    }
    return (struct str){copy, length};
}

/* Walks with a '%' as itself, so each is escaped first. */
static struct str escape_percent(struct str href, struct arena *arena)
{
    char *copy = arena_alloc(arena, 3 * href.len + 1, 1);
    size_t length = 0;
    for (size_t i = 0; i < href.len; i++) {
        copy[length++] = href.ptr[i];
        if (href.ptr[i] == '%') {
            copy[length++] = '2';
            copy[length++] = '5';
        }
    }
    return (struct str){copy, length};
}

static struct str after_file_scheme(struct str href)
{
    struct str rest = starts_nocase(href, S("file:")) ? str_slice(href, 5, href.len) : href;
    while (rest.len > 0 && rest.ptr[0] == '/')
        rest = str_slice(rest, 1, rest.len);
    return rest;
}

struct guesses {
    struct href_guess *out;
    size_t count;
    struct arena *arena;
};

static void try_guess(struct guesses *g, struct str folder, struct str relative,
                      enum href_fault fault)
{
    struct str path = {0};
    if (g->count == HREF_GUESSES || walk_from(folder, relative, g->arena, &path) != HREF_OK)
        return;
    for (size_t i = 0; i < g->count; i++)
        if (str_equal(g->out[i].path, path))
            return;
    g->out[g->count++] = (struct href_guess){path, fault};
}

size_t href_guess(struct str href, struct str document, struct arena *arena, struct href_guess *out)
{
    struct guesses g = {out, 0, arena};
    struct str folder = href_folder(document);
    enum { LONGEST = 16 * 1024 };
    if (href.len == 0 || href.len > LONGEST)
        return 0;
    bool file_url = starts_nocase(href, S("file:"));
    if (!file_url && has_scheme(href))
        return 0;
    struct str local = after_file_scheme(href);
    struct str slashes = rewrite(local, '\\', '/', false, arena);
    struct str raw = escape_percent(slashes, arena);
    struct str form = escape_percent(rewrite(slashes, '+', ' ', true, arena), arena);
    enum href_fault first = file_url                     ? HREF_FILE_URL
                            : slashes.len < href.len     ? HREF_OUTSIDE
                            : !str_equal(slashes, local) ? HREF_BACKSLASH
                            : str_find(href, '#') < href.len || str_find(href, '?') < href.len
                                ? HREF_QUERY
                                : HREF_UNESCAPED;
    /* FGS packages write file:///x and mean x in the package. */
    try_guess(&g, file_url ? (struct str){0} : folder, slashes, first);
    try_guess(&g, folder, slashes, first);
    try_guess(&g, folder, raw, HREF_UNESCAPED);
    try_guess(&g, folder, form, HREF_FORM_ENCODED);
    try_guess(&g, (struct str){0}, slashes, HREF_FROM_ROOT);
    return g.count;
}
