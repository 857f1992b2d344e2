/* The signature file: all signatures, then all formats. */
#include "format/signatures.h"

/* --- signatures */

static struct err *read_signature(struct signature_reader *r, void *into)
{
    struct format_signatures *s = into;
    struct signature signature = {0};
    struct named_signature name = {0};
    if (s->signature_count == KEYS_MAX)
        return err_field(ERR_TOO_LARGE, reader_where(r), "there are more than %d signatures",
                         KEYS_MAX);
    TRY(reader_id(r, "ID", &name.id));
    TRY(reader_children(r, signature_elements, &signature));
    s->names = list_grow(s->arena, s->names, s->signature_count, sizeof *s->names);
    s->names[s->signature_count] = name;
    *LIST_ADD(s->arena, s->signatures, s->signature_count) = signature;
    return NULL;
}

static const struct element signatures_elements[] = {{"InternalSignature", read_signature}, {0}};

static struct err *read_signatures(struct signature_reader *r, void *into)
{
    return reader_children(r, signatures_elements, into);
}

/* --- formats */

static struct err *read_reference(struct signature_reader *r, uint64_t *out)
{
    struct str text = {0};
    const char *where = reader_where(r);
    TRY(reader_text(r, &text));
    if (!str_to_u64(str_trim(text), UINT32_MAX, out))
        return err_field(ERR_INVALID, where, "an id is no number");
    return NULL;
}

static struct err *read_signature_id(struct signature_reader *r, void *into)
{
    struct known_format *f = into;
    uint64_t id = 0;
    TRY(read_reference(r, &id));
    *LIST_ADD(r->into->arena, f->signature_ids, f->signature_id_count) = id;
    return NULL;
}

static struct err *read_over(struct signature_reader *r, void *into)
{
    struct known_format *f = into;
    uint64_t id = 0;
    TRY(read_reference(r, &id));
    *LIST_ADD(r->into->arena, f->over, f->over_count) = id;
    return NULL;
}

static struct err *read_extension(struct signature_reader *r, void *into)
{
    struct known_format *f = into;
    struct str text = {0};
    TRY(reader_text(r, &text));
    *LIST_ADD(r->into->arena, f->extensions, f->extension_count) = str_trim(text);
    return NULL;
}

static const struct element format_elements[] = {{"InternalSignatureID", read_signature_id},
                                                 {"HasPriorityOverFileFormatID", read_over},
                                                 {"Extension", read_extension},
                                                 {0}};

/* What is printed in a table or a report must be one line of text. */
static bool is_line(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < ' ')
            return false;
    return true;
}

static struct err *read_format(struct signature_reader *r, void *into)
{
    struct format_signatures *s = into;
    struct known_format f = {.format = {.puid = reader_attribute(r, "PUID"),
                                        .name = reader_attribute(r, "Name"),
                                        .version = reader_attribute(r, "Version"),
                                        .mime = reader_attribute(r, "MIMEType")}};
    TRY(reader_id(r, "ID", &f.id));
    if (f.format.puid.len == 0)
        return reader_refuse(r, "a format has no PUID");
    if (!is_line(f.format.puid) || !is_line(f.format.name) || !is_line(f.format.version) ||
        !is_line(f.format.mime))
        return reader_refuse(r, "a format is described with control characters");
    TRY(reader_children(r, format_elements, &f));
    *LIST_ADD(s->arena, s->formats, s->format_count) = f;
    return NULL;
}

static const struct element formats_elements[] = {{"FileFormat", read_format}, {0}};

static struct err *read_formats(struct signature_reader *r, void *into)
{
    return reader_children(r, formats_elements, into);
}

/* --- what leads where */

/* Where the signature of an id stands in the list. */
struct place_of {
    uint64_t id;
    size_t place;
};

static int by_id(const void *a, const void *b)
{
    const struct place_of *x = a;
    const struct place_of *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static void lead_to(struct format_signatures *s, const struct place_of *sorted, size_t format)
{
    const struct known_format *f = &s->formats[format];
    for (size_t i = 0; i < f->signature_id_count; i++) {
        const struct place_of wanted = {.id = f->signature_ids[i]};
        const struct place_of *found =
            bsearch(&wanted, sorted, s->signature_count, sizeof *sorted, by_id);
        if (found == NULL)
            continue;
        struct named_signature *name = &s->names[found->place];
        *LIST_ADD(s->arena, name->formats, name->count) = format;
    }
}

static struct err *connect(struct signature_reader *r)
{
    struct format_signatures *s = r->into;
    struct place_of *sorted = ARENA_ARRAY(s->arena, struct place_of, s->signature_count + 1);
    for (size_t i = 0; i < s->signature_count; i++)
        sorted[i] = (struct place_of){s->names[i].id, i};
    qsort(sorted, s->signature_count, sizeof *sorted, by_id);
    for (size_t i = 1; i < s->signature_count; i++)
        if (sorted[i - 1].id == sorted[i].id)
            return err_field(ERR_INVALID, r->path, "signature %llu comes twice",
                             (unsigned long long)sorted[i].id);
    for (size_t i = 0; i < s->format_count; i++)
        lead_to(s, sorted, i);
    return NULL;
}

static const struct element root_elements[] = {
    {"InternalSignatureCollection", read_signatures}, {"FileFormatCollection", read_formats}, {0}};

static struct err *read_root(struct signature_reader *r, void *into)
{
    struct format_signatures *s = into;
    s->version = reader_attribute(r, "Version");
    TRY(reader_children(r, root_elements, s));
    TRY(connect(r));
    index_build(&s->index, s->signatures, s->signature_count, s->arena);
    return NULL;
}

const struct element signature_file[] = {{"FFSignatureFile", read_root}, {0}};
