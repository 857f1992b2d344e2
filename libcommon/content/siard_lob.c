/* Large objects: where a cell's reference leads, and whether the file is what the cell says. */
#include "content/siard.h"

#include "base/base.h"
#include "base/digest.h"

enum { PIECE = 64 * 1024, REFERENCE_MAX = 4096 };

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
    autobuf struct buf path = buf_new(4 * REFERENCE_MAX);
    for (size_t i = 0; i < count; i++)
        if (parts[i].len > 0)
            buf_format(&path, "%s%.*s", path.len > 0 ? "/" : "", STR_ARG(parts[i]));
    return path.len == 0 || path.failed ? NULL : siard_find(s, buf_str(&path));
}

static struct siard_file *find(struct siard *s, const struct siard_reference *r, struct str file,
                               struct str folder)
{
    const struct str ways[][3] = {{file},
                                  {folder, file},
                                  {r->table->path, folder, file},
                                  {r->table->path, file},
                                  {S("content"), folder, file},
                                  {S("content"), file},
                                  {s->lob_folder, folder, file}};
    struct siard_file *found = NULL;
    for (size_t i = 0; i < COUNT(ways) && found == NULL; i++)
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

static void compare_length(const struct siard *s, const struct siard_reference *r,
                           const struct siard_file *file)
{
    uint64_t stated = 0;
    char found[24];
    if (r->length.ptr == NULL)
        return;
    bool number = str_to_u64(str_trim(r->length), UINT64_MAX, &stated);
    bool good = r->column->characters || r->nested
                    ? stated <= file->length /* of one byte or more */
                    : stated == file->length;
    snprintf(found, sizeof found, "%llu", (unsigned long long)file->length);
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
    compare_length(s, r, file);
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

static struct err *follow(struct siard *s, const struct siard_reference *r, struct str file,
                          struct str folder)
{
    bool outside = leads_outside(file) || leads_outside(folder) || leads_outside(s->lob_folder);
    struct siard_file *found = find(s, r, file, folder);
    if (found != NULL)
        return compare(s, r, found);
    if (outside)
        tell_once(s, r, CONTENT_siard_lob_outside, &s->outside);
    else if (r->nested) /* folders of fields are not kept */
        tell_once(s, r, CONTENT_siard_lob_field, &s->in_fields);
    else
        fault(s, r, CONTENT_siard_lob_missing, (struct str){0}, r->file);
    return NULL;
}

struct err *siard_lob_check(struct siard *s, const struct siard_reference *r)
{
    autobuf struct buf file = buf_new(REFERENCE_MAX);
    autobuf struct buf folder = buf_new(REFERENCE_MAX);
    tidy(r->file, &file);
    tidy(r->column->lob_folder, &folder);
    if (file.failed || file.len == 0) {
        fault(s, r, CONTENT_siard_lob_missing, (struct str){0}, r->file);
        return NULL;
    }
    return follow(s, r, buf_str(&file), folder.len > 0 ? buf_str(&folder) : S(""));
}
