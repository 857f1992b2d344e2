/* The bag around a package: its tag files are read as streams, and what its manifests say of files
 * is expected of them. */
#include "base/base.h"
#include "text/composed.h"
#include "validate/tag_file.h"

enum { DECLARATION_MAX = 16 * 1024, INFO_MAX = 1024 * 1024 };

/* --- bagit.txt and bag-info.txt
 * ------------------------------------------------------------------------- */

static struct err *read_declaration(struct surveying *y)
{
    struct str text;
    TRY(tag_read_small(y, S("bagit.txt"), DECLARATION_MAX, &text));
    const char *fault = bag_declaration_parse(text, &y->bag.declaration);
    if (fault != NULL && !y->withheld)
        bag_tell(y, REQ_bag_declaration, 1, S("bagit.txt"), 0, str_from(fault));
    if (y->bag.root.len == 0)
        bag_tell(y, REQ_bag_base, 1, S("bagit.txt"), 0, (struct str){0});
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
    bool counted; /* Payload-Oxum was there */
};

static void see_eark_element(struct surveying *y, struct info *info, const struct bag_element *e)
{
    for (size_t i = 0; i < COUNT(eark_required) + COUNT(eark_allowed); i++) {
        const char *label =
            i < COUNT(eark_required) ? eark_required[i] : eark_allowed[i - COUNT(eark_required)];
        if (!str_equal_nocase(e->label, str_from(label)) || e->value.len == 0)
            continue;
        if (info->eark && (info->seen >> i & 1) != 0)
            bag_tell(y, REQ_bag_eark, 2, S("bag-info.txt"), 0, e->label);
        info->seen |= 1U << i;
    }
}

static void see_element(struct surveying *y, struct info *info, const struct bag_element *e)
{
    if (e->label.len == 0)
        bag_tell(y, REQ_bag_line, 1, S("bag-info.txt"), 0, (struct str){0});
    see_eark_element(y, info, e);
    if (str_equal_nocase(e->label, S("External-Identifier")))
        y->s->objid = e->value;
    if (!str_equal_nocase(e->label, S("Payload-Oxum")))
        return;
    if (info->counted && bag_is_1_0(&y->bag.declaration) && !info->eark) /* whose rule tells it */
        bag_tell(y, REQ_bag_oxum, 2, S("bag-info.txt"), 0, e->value);
    if (info->counted)
        return;
    info->counted = true;
    y->bag.counted = bag_oxum_parse(e->value, &y->bag.bytes, &y->bag.files);
    if (!y->bag.counted)
        bag_tell(y, REQ_bag_oxum, 1, S("bag-info.txt"), 0, e->value);
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
    TRY(tag_read_small(y, S("bag-info.txt"), INFO_MAX, &text));
    text = tag_text(y, S("bag-info.txt"), text);
    if (!str_is_utf8(text)) {
        bag_tell(y, REQ_bag_line, 1, S("bag-info.txt"), 0, S("not UTF-8"));
        return NULL;
    }
    info->eark = claims_eark(text, y->s->arena);
    for (struct str rest = text; bag_info_next(&rest, y->s->arena, &e);)
        see_element(y, info, &e);
    for (size_t i = 0; info->eark && i < COUNT(eark_required); i++)
        if ((info->seen >> i & 1) == 0)
            bag_tell(y, REQ_bag_eark, 1, S("bag-info.txt"), 0, str_from(eark_required[i]));
    return NULL;
}

/* --- manifests and fetch.txt
 * ------------------------------------------------------------------------------- */

/* What the bag has in the listed file's place is told: another name that may be meant, or nothing.
 */
static void tell_place(struct tag_file *t, struct str listed, struct str there,
                       enum requirement missing)
{
    if (there.len == 0)
        tag_tell(t, missing, 1, listed);
    else if (!name_is_same(listed, there, t->arena))
        tag_tell(t, REQ_bag_path, 3, listed);
    else
        findings_add(t->y->s->findings,
                     &(struct finding){.rule = rule_find(REQ_bag_path, 4),
                                       .path = t->name,
                                       .line = t->line,
                                       .found = fixity_path_in_form(there, t->arena),
                                       .expected = fixity_path_in_form(listed, t->arena)});
}

/* Where the listed file stands; *out_found false when it is told that it does not. */
static struct err *find_listed(struct tag_file *t, const struct bag_listed *listed,
                               enum requirement missing, uint64_t *out_place, bool *out_found)
{
    struct str path = {0};
    if (listed->dotted)
        tag_tell(t, REQ_bag_path, 2, listed->path);
    if (!bag_path_is_safe(listed->path)) {
        tag_tell(t, REQ_bag_path, 1, listed->path);
        return NULL;
    }
    *out_found = lookup_find(t->y->lookup, listed->path, out_place);
    if (*out_found)
        return NULL;
    *out_found = lookup_find_composed(t->y->lookup, listed->path, t->arena, &path, out_place);
    if (!*out_found)
        TRY(lookup_find_folded(t->y->lookup, listed->path, t->arena, &path, out_place, out_found));
    tell_place(t, listed->path, *out_found ? path : (struct str){0}, missing);
    return NULL;
}

/* Both lists of payload, manifest and fetch.txt, may name nothing else; what is unsafe is told
 * elsewhere. */
static bool is_payload(struct tag_file *t, struct str path)
{
    if (str_starts(path, S("data/")) || !bag_path_is_safe(path))
        return true;
    tag_tell(t, REQ_bag_path, 1, path);
    return false;
}

/* Tag manifests may not list each other (RFC 8493 §2.2.1); the manifests of the payload that one
 * lists are noted. */
static bool may_be_listed(struct tag_file *t, struct str path)
{
    struct bag_manifest listed;
    const struct bag *bag = &t->y->bag;
    if (!bag_is_1_0(&bag->declaration) || !bag_manifest_parse(path, &listed))
        return true;
    for (size_t i = 0; i < bag->name_count; i++)
        t->listed |= (uint64_t)str_equal(bag->names[i], path) << i;
    if (listed.of_tags)
        tag_tell(t, REQ_bag_tag_manifest, 1, path);
    return !listed.of_tags;
}

static void judge_tag_manifest(const struct tag_file *t)
{
    const struct bag *bag = &t->y->bag;
    struct bag_manifest manifest = {0};
    for (size_t i = 0; i < bag->name_count && bag_is_1_0(&bag->declaration); i++)
        if ((t->listed >> i & 1) == 0 && bag_manifest_parse(bag->names[i], &manifest) &&
            !manifest.of_tags)
            bag_tell(t->y, REQ_bag_tag_manifest, 2, t->name, 0, bag->names[i]);
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
        tag_tell(t, REQ_bag_line, 1, str_is_utf8(line) ? line : S("not UTF-8"));
        return NULL;
    }
    if (manifest->of_tags ? !may_be_listed(t, listed.path) : !is_payload(t, listed.path))
        return NULL;
    TRY(find_listed(t, &listed, REQ_bag_missing, &place, &found));
    if (!found)
        return NULL;
    const struct mets_reference said = {.element = METS_NONE,
                                        .line = t->line,
                                        .checksum = listed.checksum,
                                        .checksum_type = manifest->algorithm};
    return expectations_add(t->y->expected, place, &said, t->name, SAID_BY_BAG);
}

/* The length that is stated for a file that is there. Nothing is fetched, so there is nothing to
 * stop at it: RFC 8493 asks for it in no valid bag (§3), and says that it may be wrong (§5.3). */
static struct err *compare_length(struct tag_file *t, const struct bag_listed *listed,
                                  uint64_t place)
{
    struct entry entry;
    TRY(listing_at(t->y->s->listing, place, t->arena, &entry));
    if (!listed->measured || listed->length == entry.length)
        return NULL;
    findings_add(
        t->y->s->findings,
        &(struct finding){
            .rule = rule_find(REQ_bag_fetch, 2),
            .path = t->name,
            .line = t->line,
            .found = arena_format(t->arena, "%llu: %.*s", (unsigned long long)entry.length,
                                  STR_ARG(listed->path)),
            .expected = arena_format(t->arena, "%llu", (unsigned long long)listed->length)});
    return NULL;
}

static struct err *fetch_line(struct tag_file *t, struct str line)
{
    struct bag_listed listed;
    uint64_t place = 0;
    bool found = false;
    if (line.len == 0)
        return NULL;
    if (!str_is_utf8(line) || !bag_fetch_parse(line, &t->y->bag.declaration, t->arena, &listed)) {
        tag_tell(t, REQ_bag_line, 1, str_is_utf8(line) ? line : S("not UTF-8"));
        return NULL;
    }
    if (is_payload(t, listed.path))
        TRY(find_listed(t, &listed, REQ_bag_fetch, &place, &found));
    return found ? compare_length(t, &listed, place) : NULL;
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
    if (e == NULL && t.reader != NULL && manifest != NULL && manifest->of_tags)
        judge_tag_manifest(&t);
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
        bag_tell(y, REQ_bag_payload, 1, S("data"), 0, (struct str){0});
    if (bag->manifests == 0)
        bag_tell(y, REQ_bag_manifest, 1, S("manifest-sha512.txt"), 0, (struct str){0});
    if (eark && !as_asked && !y->withheld)
        bag_tell(y, REQ_bag_eark, 3, S("bagit.txt"), 0, (struct str){0});
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

/* `path` below the bag's folder; the lookup's root may be that of a package in it. */
static void tell_unlisted(struct surveying *y, const struct entry *entry, struct str path)
{
    struct str twin = {0};
    uint64_t place = 0;
    size_t below = lookup_below(y->lookup, entry->path);
    struct str inside = str_slice(entry->path, below, entry->path.len);
    bool beside = lookup_find_composed(y->lookup, inside, y->walk, &twin, &place);
    bag_tell(y, REQ_bag_unlisted, beside ? 2 : 1, path, 0,
             beside ? fixity_path_in_form(path, y->walk) : (struct str){0});
}

void survey_bag_file(struct surveying *y, const struct entry *entry, uint32_t manifests, bool twice)
{
    struct bag *bag = &y->bag;
    struct str path = str_slice(entry->path, bag->folder.len, entry->path.len);
    bool newer = bag_is_1_0(&bag->declaration);
    if (twice)
        bag_tell(y, REQ_bag_listed_once, newer ? 1 : 2, path, 0, (struct str){0});
    if (!str_starts(entry->path, bag->folder) || !str_starts(path, S("data/")))
        return;
    bag->seen_bytes += entry->length;
    bag->seen_files++;
    if (manifests < (newer ? bag->manifests : 1))
        tell_unlisted(y, entry, path);
}

void survey_bag_end(struct surveying *y)
{
    const struct bag *bag = &y->bag;
    if (!bag->there || !bag->counted ||
        (bag->bytes == bag->seen_bytes && bag->files == bag->seen_files))
        return;
    autoarena struct arena *arena = arena_new(4096);
    bag_tell(y, REQ_bag_oxum, 1, S("bag-info.txt"), 0,
             arena_format(arena, "%llu.%llu", (unsigned long long)bag->seen_bytes,
                          (unsigned long long)bag->seen_files));
}
