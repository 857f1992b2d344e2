/* Large objects outside of the SIARD file: where in the package they lie, and whether METS says of
 * them what the cell says. */
#include "content/siard.h"

#include "base/base.h"

enum { PARTS = 5, PATH_MAX_KEPT = 4 * SIARD_REFERENCE_MAX };

/* --- paths. A relative folder begins at the SIARD file as if that were a folder, so "../" is where
 * it lies (SIARD 2.1 and 2.2, lobFolder); some write it without. Each folder is relative to the one
 * around it. */

static bool is_absolute(struct str part)
{
    return str_starts(part, S("/")) ||
           (part.len > 0 && memmem(part.ptr, part.len, ":/", 2) != NULL);
}

/* False: it leads out of the package. */
static bool step(struct buf *path, struct str name)
{
    if (name.len == 0 || str_equal(name, S(".")))
        return true;
    if (!str_equal(name, S(".."))) {
        if (path->len > 0)
            buf_byte(path, '/');
        buf_put(path, name);
        return true;
    }
    const char *slash = path->len > 0 ? memrchr(path->ptr, '/', path->len) : NULL;
    bool inside = path->len > 0;
    buf_cut(path, slash == NULL ? 0 : (size_t)(slash - path->ptr));
    return inside;
}

static bool walk(struct buf *path, struct str part)
{
    if (str_starts(part, S("file:")))
        part = str_slice(part, 5, part.len);
    for (size_t at = 0; at < part.len;) {
        struct str rest = str_slice(part, at, part.len);
        size_t slash = str_find(rest, '/');
        if (!step(path, str_slice(rest, 0, slash)))
            return false;
        at += slash + 1;
    }
    return !path->failed;
}

/* "%20" and the like, which a URI has; false when there is none. */
static bool decode(struct str path, struct buf *out)
{
    bool any = false;
    for (size_t i = 0; i < path.len; i++) {
        uint8_t byte = 0;
        bool escape = path.ptr[i] == '%' && i + 2 < path.len &&
                      hex_decode(str_slice(path, i + 1, i + 3), &byte, 1);
        buf_byte(out, escape ? (char)byte : path.ptr[i]);
        i += escape ? 2 : 0;
        any |= escape;
    }
    return any;
}

/* --- looking */

static struct err *look_at(const struct siard *s, struct str path, struct siard_outside *out)
{
    autobuf struct buf decoded = buf_new(PATH_MAX_KEPT);
    TRY(s->around->find(s->around->state, path, &out->file, &out->found));
    if (out->found == CONTENT_IS_ABSENT && decode(path, &decoded))
        TRY(s->around->find(s->around->state, buf_str(&decoded), &out->file, &out->found));
    return NULL;
}

/* Where one way through the folders leads; false: out of the package. */
static bool follow_way(struct str base, const struct str *parts, struct buf *out)
{
    buf_put(out, base);
    for (size_t i = 0; i < PARTS; i++)
        if (!walk(out, parts[i]))
            return false;
    return out->len > 0;
}

static struct err *try_way(const struct siard *s, struct str base, const struct str *parts,
                           struct siard_outside *out)
{
    autobuf struct buf path = buf_new(PATH_MAX_KEPT);
    return follow_way(base, parts, &path) ? look_at(s, buf_str(&path), out) : NULL;
}

struct err *siard_outside_find(const struct siard *s, const struct siard_way *way,
                               struct siard_outside *out)
{
    out->found = CONTENT_IS_UNKNOWN;
    if (s->around == NULL || is_absolute(way->archive) || is_absolute(way->column) ||
        is_absolute(way->field) || is_absolute(way->file))
        return NULL;
    struct str self = s->around->path;
    const char *slash = memrchr(self.ptr, '/', self.len);
    struct str beside = str_slice(self, 0, slash == NULL ? 0 : (size_t)(slash - self.ptr));
    const struct str bases[] = {self, beside};
    const struct str ways[][PARTS] = {{way->archive, way->column, way->field, way->file},
                                      {way->archive, way->column, way->file},
                                      {way->archive, way->field, way->file},
                                      {way->archive, way->file},
                                      {way->column, way->file},
                                      {way->field, way->file},
                                      {way->file}};
    buf_clear(&out->path);
    bool inside = follow_way(self, ways[0], &out->path); /* by the letter */
    for (size_t b = 0; b < COUNT(bases); b++)
        for (size_t w = 0; w < COUNT(ways) && out->found != CONTENT_IS_THERE; w++)
            TRY(try_way(s, bases[b], ways[w], out));
    if (!inside && out->found == CONTENT_IS_ABSENT)
        out->found = CONTENT_IS_UNKNOWN; /* in another package, if anywhere */
    return NULL;
}
