/* What all containers share: recognising, refusing, limits, the listing's front. */
#include "vault/entries_inner.h"

const struct entry_limits entry_limits_default = {
    .entries = 2000000, .length = 1ULL << 42, .ratio = 200, .ratio_from = 256ULL << 20};

static const struct {
    enum err_code code;
    const char *word;
} rules[RULE_COUNT] = {
#define RULE(name, code, word, meaning) {ERR_##code, word},
#include "vault/container_rules.def"
#undef RULE
};

enum err_code rule_code(enum container_rule rule)
{
    return rules[rule].code;
}

struct err *refused(enum container_rule rule, struct err *e)
{
    e->rule = rules[rule].word;
    return e;
}

struct place_text place_text(struct place place)
{
    struct place_text out;
    if (place.number > 0)
        snprintf(out.text, sizeof out.text, "entry %llu at byte %llu",
                 (unsigned long long)place.number, (unsigned long long)place.offset);
    else
        snprintf(out.text, sizeof out.text, "byte %llu", (unsigned long long)place.offset);
    return out;
}

struct err *growth_check(const struct entry_limits *limits, struct place place, uint64_t plain,
                         uint64_t stored)
{
    if (plain > limits->length)
        return REFUSE(BOMB, place, "the content is larger than %llu bytes",
                      (unsigned long long)limits->length);
    if (plain > limits->ratio_from && plain / limits->ratio > stored)
        return REFUSE(BOMB, place, "the content is more than %llu times as large as the container",
                      (unsigned long long)limits->ratio);
    return NULL;
}

struct err *window_get(struct window *w, uint64_t offset, size_t length, const uint8_t **out)
{
    if (length > sizeof w->bytes)
        return ERR_BUG_AT("a window was asked for %zu bytes", length);
    if (offset < w->offset || offset - w->offset > w->length ||
        length > w->length - (offset - w->offset)) {
        uint64_t left = w->source->size - offset;
        size_t wanted = length > w->ahead ? length : w->ahead;
        size_t fetched = left < wanted ? (size_t)left : wanted;
        w->length = 0;
        TRY(source_read(w->source, offset, w->bytes, fetched));
        w->offset = offset;
        w->length = fetched;
    }
    *out = w->bytes + (offset - w->offset);
    return NULL;
}

/* What people deliver instead of a container, by its first bytes. */
static const struct {
    struct str magic;
    const char *name;
} others[] = {
    {{"7z\xbc\xaf\x27\x1c", 6}, "a 7z archive"},
    {{"Rar!\x1a\x07", 6}, "a RAR archive"},
    {{"\xfd"
      "7zXZ",
      6},
     "xz-compressed data"},
    {{"BZh", 3}, "bzip2-compressed data"},
    {{"\x28\xb5\x2f\xfd", 4}, "zstd-compressed data"},
    {{"\x1f\x9d", 2}, "compress(1) data"},
    {{"PK\7\10", 4}, "one part of a split ZIP"},
    {{"PK00PK", 6}, "one part of a split ZIP"},
    {{"MZ", 2}, "a Windows program"},
    {{"\x7f"
      "ELF",
      4},
     "a program"},
    {{"%PDF-", 5}, "a PDF"},
    {{"<?xml", 5}, "XML"},
    {{"\xef\xbb\xbf<?xml", 8}, "XML"},
    {{"age-encryption.org/", 19}, "an age file"},
};

static struct err *unknown(struct str first)
{
    const char *name = "neither ZIP, TAR nor tar.gz";
    for (size_t i = 0; i < COUNT(others); i++)
        if (str_starts(first, others[i].magic))
            name = others[i].name;
    return REFUSE(UNKNOWN, ((struct place){0, 0}), "a ZIP, TAR or tar.gz is needed; this is %s",
                  name);
}

struct err *container_recognise(struct str first, enum container *out)
{
    if (first.len == 0)
        return REFUSE(EMPTY, ((struct place){0, 0}),
                      "a ZIP, TAR or tar.gz is needed; there are no bytes");
    if (str_starts(first, S("PK\3\4")) || str_starts(first, S("PK\5\6")))
        *out = CONTAINER_ZIP;
    else if (str_starts(first, S("\x1f\x8b")))
        *out = CONTAINER_TAR_GZ;
    else if (first.len >= TAR_BLOCK && tar_looks_right((const uint8_t *)first.ptr))
        *out = CONTAINER_TAR;
    else
        return unknown(first);
    return NULL;
}

struct entries {
    struct zip *zip; /* one of the two */
    struct tar *tar;
};

static struct err *open_at(const struct source *source, enum container container,
                           const struct entry_limits *limits, const struct entries_mark *mark,
                           const struct restart_point *point, struct entries *list)
{
    if (limits == NULL)
        limits = &entry_limits_default;
    if (container == CONTAINER_ZIP)
        return zip_open(source, limits, &list->zip);
    return tar_open(source, container, limits, mark, point, &list->tar);
}

struct err *entries_resume(const struct source *source, enum container container,
                           const struct entry_limits *limits, const struct entries_mark *mark,
                           const struct restart_point *point, struct entries **out)
{
    autoentries struct entries *list = must_calloc(1, sizeof *list);
    TRY(open_at(source, container, limits, mark, point, list));
    *out = TAKE(list);
    return NULL;
}

struct err *entries_open(const struct source *source, enum container container,
                         const struct entry_limits *limits, struct entries **out)
{
    return entries_resume(source, container, limits, &(struct entries_mark){0}, NULL, out);
}

struct err *entries_next(struct entries *list, struct entry *out, enum entries_step *out_step)
{
    return list->zip != NULL ? zip_next(list->zip, out, out_step)
                             : tar_next(list->tar, out, out_step);
}

const struct restart_point *entries_point(const struct entries *list)
{
    return list->tar != NULL ? tar_point(list->tar) : NULL;
}

struct entries_mark entries_mark(const struct entries *list)
{
    return list->tar != NULL ? tar_mark(list->tar) : (struct entries_mark){0};
}

void entries_free(struct entries *list)
{
    if (list == NULL)
        return;
    zip_free(list->zip);
    tar_free(list->tar);
    free(list);
}

void entries_drop(struct entries **list)
{
    entries_free(*list);
    *list = NULL;
}
