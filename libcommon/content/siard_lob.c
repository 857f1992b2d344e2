/* Large objects: where a cell's reference leads, and whether the file is what the cell says. */
#include "content/siard.h"

#include "base/base.h"
#include "base/digest.h"

enum { PIECE = 64 * 1024 };

static void fault(const struct siard *s, const struct siard_reference *r, enum content_rule rule,
                  struct str found, struct str expected)
{
    content_fault(s->report, &(struct content_fault){.rule = rule,
                                                     .line = r->line,
                                                     .inside = r->inside,
                                                     .found = found,
                                                     .expected = expected});
}

/* --- where it leads. The versions differ and tools differ more: from the archive's root, from the
 * table's folder, or by the folders that metadata names; with slashes of either kind. */

static bool leads_outside(struct str path)
{
    return path.len > 0 && (str_starts(path, S("..")) || str_starts(path, S("file:")) ||
                            memmem(path.ptr, path.len, "://", 3) != NULL);
}

/* Forward slashes, none at the end. */
static void tidy(struct str path, struct buf *out)
{
    while (str_starts(path, S("./")) || str_starts(path, S(".\\")))
        path = str_slice(path, 2, path.len);
    for (size_t i = 0; i < path.len; i++)
        buf_byte(out, path.ptr[i] == '\\' ? '/' : path.ptr[i]);
    while (out->len > 0 && out->ptr[out->len - 1] == '/')
        buf_cut(out, out->len - 1);
}

static struct siard_file *find_at(struct siard *s, const struct str *parts, size_t count)
{
    autobuf struct buf path = buf_new(4 * SIARD_REFERENCE_MAX);
    for (size_t i = 0; i < count; i++)
        if (parts[i].len > 0)
            buf_format(&path, "%s%.*s", path.len > 0 ? "/" : "", STR_ARG(parts[i]));
    return path.len == 0 || path.failed ? NULL : siard_find(s, buf_str(&path));
}

static struct siard_file *find(struct siard *s, const struct siard_reference *r,
                               const struct siard_way *w)
{
    const struct str ways[][4] = {{w->file},
                                  {w->column, w->file},
                                  {r->table->path, w->column, w->file},
                                  {r->table->path, w->file},
                                  {S("content"), w->column, w->file},
                                  {S("content"), w->file},
                                  {s->lob_folder, w->column, w->file},
                                  {w->field, w->file},
                                  {w->column, w->field, w->file},
                                  {r->table->path, w->field, w->file},
                                  {r->table->path, w->column, w->field, w->file}};
    size_t count = w->field.len > 0 ? COUNT(ways) : COUNT(ways) - 4;
    struct siard_file *found = NULL;
    for (size_t i = 0; i < count && found == NULL; i++)
        found = find_at(s, ways[i], COUNT(ways[i]));
    return found;
}

/* --- whether it is what the cell says */

/* "MD5" and the digest behind it in one, as SIARD 1.0 has it, or each in its own attribute. */
static bool digest_of(const struct siard_reference *r, enum digest_algorithm *out_algorithm,
                      struct str *out_digest)
{
    static const char *const names[] = {"MD5", "SHA-1", "SHA1", "SHA-256", "SHA256"};
    *out_digest = str_trim(r->digest);
    if (r->digest_type.len > 0)
        return digest_algorithm_parse(str_trim(r->digest_type), out_algorithm);
    for (size_t i = 0; i < COUNT(names); i++) {
        struct str name = str_from(names[i]);
        if (!str_starts(*out_digest, name))
            continue;
        *out_digest = str_slice(*out_digest, name.len, out_digest->len);
        return digest_algorithm_parse(name, out_algorithm);
    }
    return false;
}

static struct err *read_through(struct siard *s, const struct siard_file *file, struct digests *d)
{
    char *piece = must_calloc(1, PIECE);
    const struct entry entry = siard_entry(file);
    struct err *e = entry_open(s->lobs, &entry, 0);
    for (size_t got = PIECE; e == NULL && got == PIECE;) {
        e = entry_read(s->lobs, piece, PIECE, &got);
        if (e == NULL && d != NULL)
            digests_add(d, (struct str){piece, got});
    }
    free(piece);
    return e;
}

static void compare_digest(const struct siard *s, const struct siard_reference *r,
                           enum digest_algorithm algorithm, struct digests *d, struct str stated)
{
    char hex[2 * DIGEST_LARGEST];
    digests_end(d);
    struct str digest = digests_get(d, algorithm);
    hex_encode((const uint8_t *)digest.ptr, digest.len, hex);
    struct str found = {hex, 2 * digest.len};
    if (!str_equal_nocase(found, stated))
        fault(s, r, CONTENT_siard_lob_digest, found, stated);
}

static void compare_length(const struct siard *s, const struct siard_reference *r, uint64_t length)
{
    uint64_t stated = 0;
    char found[24];
    if (r->length.ptr == NULL)
        return;
    bool number = str_to_u64(str_trim(r->length), UINT64_MAX, &stated);
    bool good = r->column->characters || r->nested ? stated <= length /* of one byte or more */
                                                   : stated == length;
    snprintf(found, sizeof found, "%llu", (unsigned long long)length);
    if (!number || !good)
        fault(s, r, CONTENT_siard_lob_length, str_from(found), r->length);
}

/* Its bytes are read also when no digest is stated: the ZIP has one. */
static struct err *compare(struct siard *s, const struct siard_reference *r,
                           struct siard_file *file)
{
    enum digest_algorithm algorithm = DIGEST_SHA256;
    struct str stated = {0};
    struct digests *d = NULL;
    compare_length(s, r, file->length);
    if (file->read)
        return NULL;
    file->read = true;
    if (r->digest.len > 0 && digest_of(r, &algorithm, &stated))
        d = digests_new(1U << algorithm);
    else if (r->digest.len > 0)
        fault(s, r, CONTENT_siard_lob_unsupported,
              r->digest_type.len > 0 ? r->digest_type : r->digest, (struct str){0});
    struct err *e = read_through(s, file, d);
    if (e == NULL && d != NULL)
        compare_digest(s, r, algorithm, d, stated);
    digests_free(d);
    return siard_damaged(s, r->file, e);
}

/* Said once of the file, of the first reference. */
static void tell_once(const struct siard *s, const struct siard_reference *r,
                      enum content_rule rule, bool *told)
{
    if (!*told)
        fault(s, r, rule, r->file, (struct str){0});
    *told = true;
}

/* By what METS states of it: the file itself is compared with that where it is read. */
static void compare_outside(struct siard *s, const struct siard_reference *r,
                            const struct content_other *file)
{
    enum digest_algorithm algorithm = DIGEST_SHA256;
    struct str stated = {0};
    uint8_t begin[sizeof file->digest];
    char found[2 * sizeof file->digest + 1] = {0};
    compare_length(s, r, file->length);
    if (r->digest.len == 0)
        return;
    if (!digest_of(r, &algorithm, &stated) || !file->stated || file->algorithm != algorithm) {
        tell_once(s, r, CONTENT_siard_lob_undigested, &s->undigested);
        return;
    }
    if (hex_decode(str_slice(stated, 0, 2 * sizeof begin), begin, sizeof begin) &&
        memcmp(begin, file->digest, sizeof begin) == 0)
        return;
    hex_encode(file->digest, sizeof file->digest, found);
    fault(s, r, CONTENT_siard_lob_digest, str_from(found), stated);
}

/* The next folder that a field of the column has, with slashes; false when there is none left. */
static bool next_field(struct str *rest, struct buf *out)
{
    size_t end = str_find(*rest, '\n');
    if (rest->len == 0)
        return false;
    buf_clear(out);
    tidy(str_slice(*rest, 0, end), out);
    *rest = str_slice(*rest, end + 1, rest->len);
    return true;
}

static struct siard_file *find_in_fields(struct siard *s, const struct siard_reference *r,
                                         struct siard_way *way)
{
    autobuf struct buf folder = buf_new(SIARD_FIELD_FOLDERS);
    struct siard_file *found = NULL;
    for (struct str rest = r->column->fields; found == NULL && next_field(&rest, &folder);) {
        way->field = buf_str(&folder);
        found = find(s, r, way);
    }
    way->field = (struct str){0};
    return found;
}

static struct err *find_outside(const struct siard *s, const struct siard_reference *r,
                                struct siard_way *way, struct siard_outside *out)
{
    autobuf struct buf folder = buf_new(SIARD_FIELD_FOLDERS);
    struct str rest = r->nested ? r->column->fields : (struct str){0};
    out->found = CONTENT_IS_ABSENT;
    while (out->found == CONTENT_IS_ABSENT && next_field(&rest, &folder)) {
        way->field = buf_str(&folder);
        TRY(siard_outside_find(s, way, out));
    }
    way->field = (struct str){0};
    return out->found == CONTENT_IS_ABSENT ? siard_outside_find(s, way, out) : NULL;
}

static struct err *follow_outside(struct siard *s, const struct siard_reference *r,
                                  struct siard_way *way)
{
    struct siard_outside there = {.path = buf_new(4 * SIARD_REFERENCE_MAX)};
    struct err *e = find_outside(s, r, way, &there);
    if (e == NULL && there.found == CONTENT_IS_THERE)
        compare_outside(s, r, &there.file);
    else if (e == NULL && there.found == CONTENT_IS_ABSENT)
        fault(s, r, CONTENT_siard_lob_missing, r->file, buf_str(&there.path));
    else if (e == NULL)
        tell_once(s, r, CONTENT_siard_lob_outside, &s->outside);
    buf_free(&there.path);
    return e;
}

static bool may_lie_outside(const struct siard_reference *r, const struct siard_way *way)
{
    struct str field = {0};
    bool outside =
        leads_outside(way->file) || leads_outside(way->column) || leads_outside(way->archive);
    for (struct str rest = r->column->fields; r->nested && !outside && rest.len > 0;) {
        field = str_slice(rest, 0, str_find(rest, '\n'));
        outside = leads_outside(field);
        rest = str_slice(rest, field.len + 1, rest.len);
    }
    return outside;
}

static struct err *follow(struct siard *s, const struct siard_reference *r, struct siard_way *way)
{
    struct siard_file *found = find(s, r, way);
    if (found == NULL && r->nested)
        found = find_in_fields(s, r, way);
    if (found != NULL)
        return compare(s, r, found);
    if (may_lie_outside(r, way))
        return follow_outside(s, r, way);
    if (r->nested && !r->column->fields_known)
        tell_once(s, r, CONTENT_siard_lob_field, &s->in_fields);
    else
        fault(s, r, CONTENT_siard_lob_missing, (struct str){0}, r->file);
    return NULL;
}

struct err *siard_lob_check(struct siard *s, const struct siard_reference *r)
{
    autobuf struct buf file = buf_new(SIARD_REFERENCE_MAX);
    autobuf struct buf folder = buf_new(SIARD_REFERENCE_MAX);
    autobuf struct buf archive = buf_new(SIARD_REFERENCE_MAX);
    tidy(r->file, &file);
    tidy(r->column->lob_folder, &folder);
    tidy(s->lob_folder, &archive);
    if (file.failed || archive.failed || file.len == 0) {
        fault(s, r, CONTENT_siard_lob_missing, (struct str){0}, r->file);
        return NULL;
    }
    struct siard_way way = {.archive = buf_str(&archive),
                            .column = folder.len > 0 ? buf_str(&folder) : S(""),
                            .file = buf_str(&file)};
    return follow(s, r, &way);
}
