/* From signatures that match to formats: priorities, then extensions. */
#include "format/identify.h"

const char *format_basis_name(enum format_basis basis)
{
    switch (basis) {
    case FORMAT_BY_SIGNATURE:
        return "signature";
    case FORMAT_BY_CONTAINER:
        return "container";
    case FORMAT_BY_EXTENSION:
        return "extension";
    }
    return "";
}

/* --- hits */

static bool goes_before(const struct hit *a, const struct hit *b)
{
    return a->weight > b->weight || (a->weight == b->weight && a->format < b->format);
}

void hits_add(struct hits *hits, struct hit hit, struct arena *arena)
{
    size_t at = 0;
    while (at < hits->count && hits->at[at].format != hit.format)
        at++;
    if (at == hits->count)
        *LIST_ADD(arena, hits->at, hits->count) = hit;
    else if (hit.weight > hits->at[at].weight)
        hits->at[at].weight = hit.weight;
    for (; at > 0 && goes_before(&hits->at[at], &hits->at[at - 1]); at--) {
        struct hit later = hits->at[at - 1];
        hits->at[at - 1] = hits->at[at];
        hits->at[at] = later;
    }
}

static bool is_over(const struct known_format *a, const struct known_format *b)
{
    for (size_t i = 0; i < a->over_count; i++)
        if (a->over[i] == b->id)
            return true;
    return false;
}

/* Is it one that another hit goes before? Those that go before each other all go. */
static bool is_under(const struct hits *hits, const struct known_format *format)
{
    for (size_t i = 0; i < hits->count; i++)
        if (is_over(hits->at[i].format, format))
            return true;
    return false;
}

void hits_to_result(const struct hits *hits, enum format_basis basis, struct arena *arena,
                    struct format_result *out)
{
    out->basis = basis;
    out->formats = ARENA_ARRAY(arena, const struct format *, hits->count + 1);
    out->count = 0;
    for (size_t i = 0; i < hits->count; i++)
        if (basis == FORMAT_BY_EXTENSION || !is_under(hits, hits->at[i].format))
            out->formats[out->count++] = &hits->at[i].format->format;
}

/* --- by signatures */

static void match_one(const struct format_signatures *s, size_t signature, struct matcher *m,
                      struct hits *hits, struct arena *arena)
{
    const struct named_signature *name = &s->names[signature];
    if (name->count == 0 || !signature_matches(&s->signatures[signature], m))
        return;
    for (size_t i = 0; i < name->count; i++)
        hits_add(hits, (struct hit){&s->formats[name->formats[i]], s->signatures[signature].weight},
                 arena);
}

static struct err *match_all(const struct format_signatures *s, const struct format_view *view,
                             struct arena *arena, struct hits *hits)
{
    struct matcher m = {view->head, view->tail, MATCH_EFFORT};
    uint8_t *bits = arena_alloc(arena, s->signature_count / 8 + 1, 1);
    index_candidates(&s->index, view->head, view->tail, bits);
    for (size_t i = 0; i < s->signature_count; i++)
        if (bits[i / 8] >> i % 8 & 1)
            match_one(s, i, &m, hits, arena);
    return m.effort > 0 ? NULL : effort_spent();
}

struct err *effort_spent(void)
{
    return err_rule(ERR_TOO_LARGE, "format_effort",
                    "the format could not be identified: the bytes are made to be slow to match");
}

static enum format_inside inside_of(const struct format_signatures *s, const struct hits *hits)
{
    for (size_t i = 0; i < s->trigger_count; i++)
        for (size_t hit = 0; hit < hits->count; hit++)
            if (hits->at[hit].format == &s->formats[s->triggers[i].format])
                return s->triggers[i].inside;
    return FORMAT_NOTHING_INSIDE;
}

/* --- by extension */

static struct str extension_of(struct str name)
{
    for (size_t i = name.len; i > 0 && name.ptr[i - 1] != '/'; i--)
        if (name.ptr[i - 1] == '.')
            return str_slice(name, i, name.len);
    return (struct str){0};
}

static bool has_extension(const struct known_format *format, struct str extension)
{
    for (size_t i = 0; i < format->extension_count; i++)
        if (str_equal_nocase(format->extensions[i], extension))
            return true;
    return false;
}

/* Only formats that have no signature: one that has, and did not match, it is not. */
static void match_extension(const struct format_signatures *s, struct str name, struct hits *hits,
                            struct arena *arena)
{
    struct str extension = extension_of(name);
    for (size_t i = 0; i < s->format_count && extension.len > 0; i++) {
        const struct known_format *format = &s->formats[i];
        if (format->signature_id_count == 0 && !format->in_container &&
            has_extension(format, extension))
            hits_add(hits, (struct hit){.format = format}, arena);
    }
}

struct err *format_identify(const struct format_signatures *signatures,
                            const struct format_view *view, struct arena *arena,
                            struct format_result *out)
{
    struct hits hits = {0};
    enum format_basis basis = FORMAT_BY_SIGNATURE;
    *out = (struct format_result){0};
    TRY(match_all(signatures, view, arena, &hits));
    out->inside = inside_of(signatures, &hits);
    if (hits.count == 0) {
        match_extension(signatures, view->name, &hits, arena);
        basis = FORMAT_BY_EXTENSION;
    }
    hits_to_result(&hits, basis, arena, out);
    return NULL;
}

static struct err *read_end(const struct source *source, uint64_t offset, size_t length,
                            struct arena *arena, struct str *out)
{
    char *bytes = arena_alloc(arena, length + 1, 1);
    *out = (struct str){bytes, length};
    return source_read(source, offset, bytes, length);
}

struct err *format_identify_source(const struct format_signatures *signatures,
                                   const struct source *source, struct str name,
                                   struct arena *arena, struct format_result *out)
{
    struct format_view view = {.name = name};
    size_t head = source->size < FORMAT_HEAD ? (size_t)source->size : FORMAT_HEAD;
    size_t tail = source->size < FORMAT_TAIL ? (size_t)source->size : FORMAT_TAIL;
    TRY(read_end(source, 0, head, arena, &view.head));
    if (head == source->size)
        view.tail = str_slice(view.head, head - tail, head);
    else
        TRY(read_end(source, source->size - tail, tail, arena, &view.tail));
    TRY(format_identify(signatures, &view, arena, out));
    return format_identify_inside(signatures, source, arena, out);
}
