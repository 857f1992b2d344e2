/* The bag around a package: its tag files are read as streams, and what its manifests say of files
 * is expected of them. */
#include "base/base.h"
#include "text/encoding.h"
#include "validate/survey_inside.h"

enum {
    PIECE = 256 * 1024, /* a line fits in it */
    DECLARATION_MAX = 16 * 1024,
    INFO_MAX = 1024 * 1024,
    LINE_MEMORY = 2 * 1024 * 1024
};

static void tell(struct surveying *y, enum requirement requirement, int number, struct str path,
                 int64_t line, struct str found)
{
    findings_add(y->s->findings, &(struct finding){.rule = rule_find(requirement, number),
                                                   .path = path,
                                                   .line = line,
                                                   .found = found});
}

/* --- lines of a tag file
 * -------------------------------------------------------------------------------- */

struct tag_file {
    struct surveying *y;
    struct str name;
    struct entry_reader *reader;
    struct arena *arena; /* of one line */
    char *piece;
    struct str rest; /* of the piece */
    bool ended;
    int64_t line;
};

/* Opens nothing when there is no such file: it has no lines then. */
static struct err *tag_open(struct surveying *y, struct str name, struct tag_file *out)
{
    *out = (struct tag_file){.y = y, .name = name, .arena = arena_new(LINE_MEMORY)};
    out->piece = must_calloc(1, PIECE);
    TRY(survey_open_file(y, name, &out->reader));
    out->ended = out->reader == NULL;
    return NULL;
}

static void tag_close(struct tag_file *t)
{
    entry_reader_free(t->reader);
    arena_free(t->arena);
    free(t->piece);
}

static struct err *read_more(struct tag_file *t)
{
    size_t got = 0;
    memmove(t->piece, t->rest.ptr != NULL ? t->rest.ptr : t->piece, t->rest.len);
    TRY(entry_read(t->reader, t->piece + t->rest.len, PIECE - t->rest.len, &got));
    t->ended = got < PIECE - t->rest.len;
    t->rest = (struct str){t->piece, t->rest.len + got};
    return NULL;
}

/* Is there a line in it whose end is certain? A CR at the end may be half of one. */
static bool holds_line(const struct tag_file *t)
{
    const char *end = t->rest.len > 0 ? memchr(t->rest.ptr, '\n', t->rest.len) : NULL;
    const char *cr = t->rest.len > 1 ? memchr(t->rest.ptr, '\r', t->rest.len - 1) : NULL;
    return end != NULL || cr != NULL;
}

/* The next line in UTF-8, in the file's arena until the next. *out_more false: none is left. A file
 * whose lines cannot be told apart is told, and ends. */
static struct err *tag_next(struct tag_file *t, struct str *out, bool *out_more)
{
    arena_reset(t->arena);
    if (!t->ended && !holds_line(t))
        TRY(read_more(t));
    t->line++;
    *out_more = false;
    if (!t->ended && !holds_line(t)) {
        tell(t->y, REQ_bag_line, 1, t->name, t->line, S("a line of more than 256 KiB"));
        t->ended = true;
        t->rest = (struct str){0};
        return NULL;
    }
    if (!bag_line_next(&t->rest, out))
        return NULL;
    *out = t->y->bag.declaration.latin ? windows_1252_to_utf8(*out, t->arena)
                                       : arena_str(t->arena, *out);
    *out_more = true;
    return NULL;
}

static void tell_line(struct tag_file *t, enum requirement requirement, int number,
                      struct str found)
{
    tell(t->y, requirement, number, t->name, t->line, found);
}

/* --- bagit.txt and bag-info.txt
 * ------------------------------------------------------------------------- */

/* The first bytes of a small file; *out lives in the survey's arena. */
static struct err *read_small(struct surveying *y, struct str name, size_t most, struct str *out)
{
    autoreader struct entry_reader *reader = NULL;
    size_t got = 0;
    *out = (struct str){0};
    TRY(survey_open_file(y, name, &reader));
    if (reader == NULL)
        return NULL;
    char *bytes = arena_alloc(y->s->arena, most + 1, 1);
    TRY(entry_read(reader, bytes, most + 1, &got));
    if (got > most)
        tell(y, REQ_bag_line, 1, name, 0, S("too large"));
    *out = (struct str){bytes, got > most ? 0 : got};
    return NULL;
}

static struct err *read_declaration(struct surveying *y)
{
    struct str text;
    TRY(read_small(y, S("bagit.txt"), DECLARATION_MAX, &text));
    const char *fault = bag_declaration_parse(text, &y->bag.declaration);
    if (fault != NULL && !y->withheld)
        tell(y, REQ_bag_declaration, 1, S("bagit.txt"), 0, str_from(fault));
    if (y->bag.root.len == 0)
        tell(y, REQ_bag_base, 1, S("bagit.txt"), 0, (struct str){0});
    return NULL;
}

/* What the E-ARK profile for bags says of bag-info.txt. */
static const char *const eark_required[] = {
    "Source-Organization",  "Organization-Address", "External-Identifier",
    "External-Description", "Bagging-Date",         "Bag-Size",
    "Payload-Oxum",         "E-ARK-Package-Type",   "E-ARK-Specification-Version"};
static const char *const eark_allowed[] = {"Contact-Name", "Contact-Phone", "Contact-Email",
                                           "Bag-Group-Identifier", "Bag-Count"};

struct info {
    unsigned seen; /* set of 1 << place in eark_required, then in eark_allowed */
    bool eark;
};

static void see_eark_element(struct surveying *y, struct info *info, const struct bag_element *e)
{
    for (size_t i = 0; i < COUNT(eark_required) + COUNT(eark_allowed); i++) {
        const char *label =
            i < COUNT(eark_required) ? eark_required[i] : eark_allowed[i - COUNT(eark_required)];
        if (!str_equal_nocase(e->label, str_from(label)) || e->value.len == 0)
            continue;
        if (info->eark && (info->seen >> i & 1) != 0)
            tell(y, REQ_bag_eark, 2, S("bag-info.txt"), 0, e->label);
        info->seen |= 1U << i;
    }
}

static void see_element(struct surveying *y, struct info *info, const struct bag_element *e)
{
    if (e->label.len == 0)
        tell(y, REQ_bag_line, 1, S("bag-info.txt"), 0, (struct str){0});
    see_eark_element(y, info, e);
    if (str_equal_nocase(e->label, S("External-Identifier")))
        y->s->objid = e->value;
    if (!str_equal_nocase(e->label, S("Payload-Oxum")))
        return;
    y->bag.counted = bag_oxum_parse(e->value, &y->bag.bytes, &y->bag.files);
    if (!y->bag.counted)
        tell(y, REQ_bag_oxum, 1, S("bag-info.txt"), 0, e->value);
}

static bool claims_eark(struct str text, struct arena *arena)
{
    struct bag_element e;
    for (struct str rest = text; bag_info_next(&rest, arena, &e);)
        if (str_starts(e.label, S("E-ARK-")))
            return true;
    return false;
}

/* What the file says of the bag; plain bags have no duty to say anything. */
static struct err *read_info(struct surveying *y, struct info *info)
{
    struct str text;
    struct bag_element e;
    TRY(read_small(y, S("bag-info.txt"), INFO_MAX, &text));
    if (y->bag.declaration.latin)
        text = windows_1252_to_utf8(text, y->s->arena);
    if (!str_is_utf8(text)) {
        tell(y, REQ_bag_line, 1, S("bag-info.txt"), 0, S("not UTF-8"));
        return NULL;
    }
    info->eark = claims_eark(text, y->s->arena);
    for (struct str rest = text; bag_info_next(&rest, y->s->arena, &e);)
        see_element(y, info, &e);
    for (size_t i = 0; info->eark && i < COUNT(eark_required); i++)
        if ((info->seen >> i & 1) == 0)
            tell(y, REQ_bag_eark, 1, S("bag-info.txt"), 0, str_from(eark_required[i]));
    return NULL;
}

/* --- manifests and fetch.txt
 * ------------------------------------------------------------------------------- */

/* Where the listed file stands; *out_found false when it is told that it does not. */
static struct err *find_listed(struct tag_file *t, const struct bag_listed *listed,
                               enum requirement missing, uint64_t *out_place, bool *out_found)
{
    struct str path;
    if (listed->dotted)
        tell_line(t, REQ_bag_path, 2, listed->path);
    if (!bag_path_is_safe(listed->path)) {
        tell_line(t, REQ_bag_path, 1, listed->path);
        return NULL;
    }
    *out_found = lookup_find(t->y->lookup, listed->path, out_place);
    if (*out_found)
        return NULL;
    TRY(lookup_find_folded(t->y->lookup, listed->path, t->arena, &path, out_place, out_found));
    tell_line(t, *out_found ? REQ_bag_path : missing, *out_found ? 3 : 1, listed->path);
    return NULL;
}

static struct err *expect_line(struct tag_file *t, const struct bag_manifest *manifest,
                               struct str line)
{
    struct bag_listed listed;
    uint64_t place = 0;
    bool found = false;
    if (line.len == 0)
        return NULL;
    if (!str_is_utf8(line) || !bag_listed_parse(line, &t->y->bag.declaration, t->arena, &listed)) {
        tell_line(t, REQ_bag_line, 1, str_is_utf8(line) ? line : S("not UTF-8"));
        return NULL;
    }
    if (!manifest->of_tags && !str_starts(listed.path, S("data/")) &&
        bag_path_is_safe(listed.path)) {
        tell_line(t, REQ_bag_path, 1, listed.path);
        return NULL;
    }
    TRY(find_listed(t, &listed, REQ_bag_missing, &place, &found));
    if (!found)
        return NULL;
    const struct mets_reference said = {.element = METS_NONE,
                                        .line = t->line,
                                        .checksum = listed.checksum,
                                        .checksum_type = manifest->algorithm};
    return expectations_add(t->y->expected, place, &said, t->name, SAID_BY_BAG);
}

static struct err *fetch_line(struct tag_file *t, struct str line)
{
    struct bag_listed listed;
    uint64_t place = 0;
    bool found = false;
    if (line.len == 0)
        return NULL;
    if (str_is_utf8(line) && bag_fetch_parse(line, &t->y->bag.declaration, t->arena, &listed))
        return find_listed(t, &listed, REQ_bag_fetch, &place, &found);
    tell_line(t, REQ_bag_line, 1, str_is_utf8(line) ? line : S("not UTF-8"));
    return NULL;
}

/* Every line of a manifest, or with `manifest` NULL of fetch.txt. */
static struct err *read_lines(struct tag_file *t, const struct bag_manifest *manifest)
{
    for (bool more = true;;) {
        struct str line = {0};
        TRY(tag_next(t, &line, &more));
        if (!more)
            return NULL;
        TRY(manifest != NULL ? expect_line(t, manifest, line) : fetch_line(t, line));
    }
}

static struct err *read_tag_file(struct surveying *y, struct str name,
                                 const struct bag_manifest *manifest)
{
    struct tag_file t;
    struct err *e = tag_open(y, name, &t);
    if (e == NULL)
        e = read_lines(&t, manifest);
    tag_close(&t);
    return e;
}

/* --- what there is
 * ----------------------------------------------------------------------------------------- */

static void see_tag_file(struct surveying *y, const struct entry *entry, uint64_t place)
{
    struct bag *bag = &y->bag;
    struct bag_manifest manifest;
    struct str name = str_slice(entry->path, bag->folder.len, entry->path.len);
    (void)place;
    if (!str_starts(entry->path, bag->folder))
        return;
    bag->payload |=
        str_starts(name, S("data/")) || (str_equal(name, S("data")) && entry->kind == ENTRY_FOLDER);
    if (str_find(name, '/') < name.len || !bag_manifest_parse(name, &manifest) ||
        bag->name_count == BAG_MANIFESTS_MAX)
        return;
    bag->names[bag->name_count++] = arena_str(y->s->arena, name);
    bag->manifests += !manifest.of_tags;
}

static bool has_manifest(const struct bag *bag, const char *name)
{
    for (size_t i = 0; i < bag->name_count; i++)
        if (str_equal(bag->names[i], str_from(name)))
            return true;
    return false;
}

static void judge_parts(struct surveying *y, bool eark)
{
    const struct bag *bag = &y->bag;
    bool as_asked = bag->declaration.major == 0 && bag->declaration.minor == 97 &&
                    has_manifest(bag, "manifest-md5.txt") && has_manifest(bag, "manifest-sha1.txt");
    if (!bag->payload)
        tell(y, REQ_bag_payload, 1, S("data"), 0, (struct str){0});
    if (bag->manifests == 0)
        tell(y, REQ_bag_manifest, 1, S("manifest-sha512.txt"), 0, (struct str){0});
    if (eark && !as_asked && !y->withheld)
        tell(y, REQ_bag_eark, 3, S("bagit.txt"), 0, (struct str){0});
}

struct err *survey_bag(struct surveying *y)
{
    struct info info = {0};
    TRY(survey_walk(y, see_tag_file));
    TRY(read_declaration(y));
    TRY(read_info(y, &info));
    judge_parts(y, info.eark);
    for (size_t i = 0; i < y->bag.name_count; i++) {
        struct bag_manifest manifest = {0};
        if (bag_manifest_parse(y->bag.names[i], &manifest))
            TRY(read_tag_file(y, y->bag.names[i], &manifest));
    }
    return read_tag_file(y, S("fetch.txt"), NULL);
}

/* --- each file
 * ------------------------------------------------------------------------------------------- */

void survey_bag_file(struct surveying *y, const struct entry *entry, uint32_t manifests, bool twice)
{
    struct bag *bag = &y->bag;
    struct str path = str_slice(entry->path, bag->folder.len, entry->path.len);
    bool newer = bag_is_1_0(&bag->declaration);
    if (twice)
        tell(y, REQ_bag_listed_once, newer ? 1 : 2, path, 0, (struct str){0});
    if (!str_starts(entry->path, bag->folder) || !str_starts(path, S("data/")))
        return;
    bag->seen_bytes += entry->length;
    bag->seen_files++;
    if (manifests < (newer ? bag->manifests : 1))
        tell(y, REQ_bag_unlisted, 1, path, 0, (struct str){0});
}

void survey_bag_end(struct surveying *y)
{
    const struct bag *bag = &y->bag;
    if (!bag->there || !bag->counted ||
        (bag->bytes == bag->seen_bytes && bag->files == bag->seen_files))
        return;
    autoarena struct arena *arena = arena_new(4096);
    tell(y, REQ_bag_oxum, 1, S("bag-info.txt"), 0,
         arena_format(arena, "%llu.%llu", (unsigned long long)bag->seen_bytes,
                      (unsigned long long)bag->seen_files));
}
