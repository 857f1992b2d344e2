/* Bags: line by line. */
#include "text/bag.h"

#include "base/base.h"

bool bag_line_next(struct str *rest, struct str *out_line)
{
    size_t end = 0;
    if (rest->len == 0)
        return false;
    while (end < rest->len && rest->ptr[end] != '\n' && rest->ptr[end] != '\r')
        end++;
    *out_line = str_slice(*rest, 0, end);
    bool both = end + 1 < rest->len && rest->ptr[end] == '\r' && rest->ptr[end + 1] == '\n';
    *rest = str_slice(*rest, end + (both ? 2 : 1), rest->len);
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* --- bagit.txt
 * ------------------------------------------------------------------------------------------ */

/* What stands behind "LABEL: "; in 1.0 nothing else that is blank may be before it. What is blank
 * at the end changes no meaning, and bags that are held for good have it. */
static bool labelled(struct str line, struct str label, bool strict, struct str *out)
{
    if (!str_starts(line, label))
        return false;
    struct str rest = str_slice(line, label.len, line.len);
    if (!strict)
        rest = str_trim(rest);
    if (!str_starts(rest, S(":")))
        return false;
    rest = str_slice(rest, 1, rest.len);
    bool neat = rest.len > 1 && rest.ptr[0] == ' ' && !is_blank(rest.ptr[1]);
    *out = str_trim(rest);
    return neat || !strict;
}

static bool parse_version(struct str text, struct bag_declaration *out)
{
    enum { MOST = 999 };
    uint64_t major = 0;
    uint64_t minor = 0;
    size_t dot = str_find(text, '.');
    if (!str_to_u64(str_slice(text, 0, dot), MOST, &major) ||
        !str_to_u64(str_slice(text, dot + 1, text.len), MOST, &minor))
        return false;
    out->major = (int)major;
    out->minor = (int)minor;
    return true;
}

bool bag_is_1_0(const struct bag_declaration *declaration)
{
    return declaration->major >= 1;
}

static bool is_known(const struct bag_declaration *d)
{
    return (d->major == 1 && d->minor == 0) || (d->major == 0 && d->minor >= 93 && d->minor <= 97);
}

const char *bag_declaration_parse(struct str text, struct bag_declaration *out)
{
    struct str rest = text;
    struct str first = {0};
    struct str second = {0};
    struct str more = {0};
    struct str version = {0};
    struct str encoding = {0};
    *out = (struct bag_declaration){0};
    if (str_starts(text, S("\xef\xbb\xbf")))
        return "a byte order mark";
    if (!bag_line_next(&rest, &first) || !labelled(first, S("BagIt-Version"), false, &version) ||
        !parse_version(version, out))
        return "no BagIt-Version";
    if (!is_known(out))
        return "a version that is neither 1.0 nor 0.93 to 0.97";
    if (bag_is_1_0(out) && !labelled(first, S("BagIt-Version"), true, &version))
        return "white space in the first line";
    if (!bag_line_next(&rest, &second) ||
        !labelled(second, S("Tag-File-Character-Encoding"), bag_is_1_0(out), &encoding))
        return "no Tag-File-Character-Encoding";
    if (bag_line_next(&rest, &more) && (str_trim(more).len > 0 || rest.len > 0))
        return "more than two lines";
    out->latin = str_equal_nocase(encoding, S("ISO-8859-1"));
    out->little_endian = str_equal_nocase(encoding, S("UTF-16LE"));
    out->wide = out->little_endian || str_equal_nocase(encoding, S("UTF-16")) ||
                str_equal_nocase(encoding, S("UTF-16BE"));
    return out->latin || out->wide || str_equal_nocase(encoding, S("UTF-8")) ||
                   str_equal_nocase(encoding, S("US-ASCII"))
               ? NULL
               : "an encoding that is not read here";
}

/* --- manifests
 * ------------------------------------------------------------------------------------------ */

bool bag_manifest_parse(struct str name, struct bag_manifest *out)
{
    struct str rest = name;
    out->of_tags = str_starts(name, S("tagmanifest-"));
    size_t prefix = out->of_tags ? sizeof "tagmanifest-" - 1 : sizeof "manifest-" - 1;
    if ((!out->of_tags && !str_starts(name, S("manifest-"))) || !str_ends(name, S(".txt")))
        return false;
    out->algorithm = str_slice(rest, prefix, rest.len - (sizeof ".txt" - 1));
    return out->algorithm.len > 0;
}

/* The first word of the line, and what is behind the blanks after it. */
static bool cut_word(struct str *rest, struct str *out)
{
    size_t end = 0;
    while (end < rest->len && !is_blank(rest->ptr[end]))
        end++;
    size_t from = end;
    while (from < rest->len && is_blank(rest->ptr[from]))
        from++;
    *out = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, from, rest->len);
    return out->len > 0 && from > end;
}

/* %0A and %0D, and from 1.0 on %25, are the characters that would break the line (§2.1.3). */
static struct str decode_path(struct str path, bool percent, struct arena *arena)
{
    char *copy = arena_alloc(arena, path.len + 1, 1);
    size_t length = 0;
    for (size_t i = 0; i < path.len; i++) {
        struct str escape = str_slice(path, i, i + 3);
        char c = str_equal_nocase(escape, S("%0A"))       ? '\n'
                 : str_equal_nocase(escape, S("%0D"))     ? '\r'
                 : percent && str_equal(escape, S("%25")) ? '%'
                                                          : '\0';
        copy[length++] = c != '\0' ? c : path.ptr[i];
        i += c != '\0' ? 2 : 0;
    }
    return (struct str){copy, length};
}

static bool take_path(struct str path, const struct bag_declaration *declaration,
                      struct arena *arena, struct bag_listed *out)
{
    out->dotted = str_starts(path, S("./"));
    if (out->dotted)
        path = str_slice(path, 2, path.len);
    out->path = decode_path(path, bag_is_1_0(declaration), arena);
    return path.len > 0;
}

bool bag_listed_parse(struct str line, const struct bag_declaration *declaration,
                      struct arena *arena, struct bag_listed *out)
{
    struct str rest = line;
    *out = (struct bag_listed){0};
    if (!cut_word(&rest, &out->checksum))
        return false;
    if (!bag_is_1_0(declaration) && str_starts(rest, S("*"))) /* as md5sum writes binary files */
        rest = str_slice(rest, 1, rest.len);
    return take_path(rest, declaration, arena, out);
}

bool bag_fetch_parse(struct str line, const struct bag_declaration *declaration,
                     struct arena *arena, struct bag_listed *out)
{
    struct str rest = line;
    struct str url;
    struct str length;
    *out = (struct bag_listed){0};
    if (!cut_word(&rest, &url) || !cut_word(&rest, &length))
        return false;
    out->measured = !str_equal(length, S("-"));
    return (!out->measured || str_to_u64(length, UINT64_MAX, &out->length)) &&
           take_path(rest, declaration, arena, out);
}

bool bag_path_is_safe(struct str path)
{
    struct str rest = path;
    struct str name;
    if (path.len == 0 || path.ptr[0] == '/' || path.ptr[0] == '~' ||
        memchr(path.ptr, '\\', path.len) != NULL || memchr(path.ptr, '\0', path.len) != NULL)
        return false;
    while (str_cut(&rest, '/', &name))
        if (str_equal(name, S("..")) || str_equal(name, S(".")))
            return false;
    return true;
}

/* --- bag-info.txt
 * --------------------------------------------------------------------------------------- */

bool bag_info_next(struct str *rest, struct arena *arena, struct bag_element *out)
{
    struct str line;
    *out = (struct bag_element){0};
    do {
        if (!bag_line_next(rest, &line))
            return false;
    } while (str_trim(line).len == 0);
    size_t colon = str_find(line, ':');
    if (colon == line.len || is_blank(line.ptr[0]))
        return true;
    out->label = str_trim(str_slice(line, 0, colon));
    out->value = str_trim(str_slice(line, colon + 1, line.len));
    enum { VALUE_KEPT = 16 * 1024 };
    while (rest->len > 0 && is_blank(rest->ptr[0]) && bag_line_next(rest, &line))
        if (out->value.len < VALUE_KEPT)
            out->value =
                arena_format(arena, "%.*s %.*s", STR_ARG(out->value), STR_ARG(str_trim(line)));
    return true;
}

bool bag_oxum_parse(struct str value, uint64_t *out_bytes, uint64_t *out_files)
{
    size_t dot = str_find(value, '.');
    return str_to_u64(str_slice(value, 0, dot), INT64_MAX, out_bytes) &&
           str_to_u64(str_slice(value, dot + 1, value.len), INT64_MAX, out_files);
}
