/* What folders there are, and the rules about them. */
#include "validate/shape.h"
#include "base/base.h"
#include "text/href.h"
#include "validate/fgs.h"
#include "validate/id_set.h"

enum { THERE = 1, HOLDS_FILES = 2, HOLDS_METS = 4, NAMES_KEPT = 16 * 1024 * 1024 };

struct shape {
    struct id_set folders; /* exact names */
    struct id_set folded;  /* in lower case */
    struct arena *arena;
    struct buf last; /* the folder of the last file: its neighbours tell nothing new */
    struct str root;
    struct str other_top;  /* a second name at the top, or a file there */
    struct str wrong_case; /* METS.xml of the root, written otherwise */
    struct str fgs;        /* what may be an FGS description in the root folder … */
    struct str fgs_top;    /* … and with no folder around */
    bool content_top;      /* a folder for content with none around it */
    struct str described;  /* the top folder with METS.xml or sip.xml; empty: METS.xml is bare */
    bool described_again;  /* by another folder, too */
    struct str only;       /* the top folder that alone is looked at; empty: all, as it lies */
    bool bag;              /* the root folder has bagit.txt … */
    bool bag_top;          /* … or the container's top */
    struct shape_representation *representations;
    size_t representation_count;
    size_t representation_capacity;
};

struct shape *shape_new(void)
{
    enum { PATH_LIMIT = 1024 * 1024 };
    struct shape *s = must_calloc(1, sizeof *s);
    s->arena = arena_new(NAMES_KEPT);
    s->last = buf_new(PATH_LIMIT);
    return s;
}

void shape_free(struct shape *s)
{
    if (s == NULL)
        return;
    id_set_free(&s->folders);
    id_set_free(&s->folded);
    arena_free(s->arena);
    buf_free(&s->last);
    free(s->representations);
    free(s);
}

static void note_representation(struct shape *s, struct str folder)
{
    struct str name = str_slice(folder, sizeof "representations/" - 1, folder.len);
    bool room = arena_used(s->arena) + 2 * folder.len < NAMES_KEPT - 1024;
    if (!str_starts(folder, S("representations/")) || str_find(name, '/') != name.len ||
        name.len == 0 || !room || s->representation_count == SHAPE_REPRESENTATIONS)
        return;
    GROW(s->representations, s->representation_count, s->representation_capacity);
    s->representations[s->representation_count++] =
        (struct shape_representation){arena_str(s->arena, name), arena_str(s->arena, folder)};
}

/* The folder and every one above it. */
static void note_folder(struct shape *s, struct str folder, unsigned tag)
{
    for (; folder.len > 0; folder = href_folder(folder), tag &= ~(unsigned)HOLDS_METS) {
        id_set_put_folded(&s->folded, folder, THERE | (tag & HOLDS_METS));
        if (id_set_put(&s->folders, folder, THERE | tag) == 0)
            note_representation(s, folder);
    }
}

/* Of several, sip.xml: its name is FGS's alone. */
static void note_fgs(struct shape *s, struct str *description, struct str name)
{
    if (fgs_is_description(name) && (description->ptr == NULL || fgs_is_sip(name)))
        *description = arena_str(s->arena, name);
}

static void note_root_file(struct shape *s, struct str name)
{
    note_fgs(s, &s->fgs, name);
    s->bag |= str_equal(name, S("bagit.txt"));
    if (str_equal(name, S("METS.xml"))) {
        id_set_put(&s->folders, S(""), THERE | HOLDS_METS);
        id_set_put_folded(&s->folded, S(""), THERE | HOLDS_METS);
    } else if (str_equal_nocase(name, S("METS.xml")) && s->wrong_case.ptr == NULL)
        s->wrong_case = arena_str(s->arena, name);
}

static void note_top(struct shape *s, struct str top, bool folder)
{
    if (!folder)
        note_fgs(s, &s->fgs_top, top);
    s->bag_top |= !folder && str_equal(top, S("bagit.txt"));
    s->content_top |= folder && str_equal_nocase(top, S("content"));
    if (folder && s->root.ptr == NULL)
        s->root = arena_str(s->arena, top);
    else if ((!folder || !str_equal(s->root, top)) && s->other_top.ptr == NULL)
        s->other_top = arena_str(s->arena, top);
}

/* A METS.xml at the very top describes all there is. */
static void note_described(struct shape *s, struct str top, struct str inside)
{
    bool bare = inside.len == 0 && str_equal(top, S("METS.xml"));
    if (bare)
        s->described = S("");
    else if (!str_equal(inside, S("METS.xml")) && !fgs_is_sip(inside))
        return;
    else if (s->described.ptr == NULL)
        s->described = arena_str(s->arena, top);
    else
        s->described_again |= !str_equal(s->described, top);
}

/* What lies below the root folder; empty: nothing, or it lies elsewhere. */
static struct str inside_of(struct shape *s, struct str path, bool folder)
{
    size_t cut = str_find(path, '/');
    struct str top = str_slice(path, 0, cut);
    struct str inside = str_slice(path, cut < path.len ? cut + 1 : path.len, path.len);
    if (s->only.ptr != NULL && s->only.len == 0)
        return path;
    if (s->only.ptr != NULL)
        return str_equal(top, s->only) ? inside : S("");
    note_top(s, top, folder || inside.len > 0);
    if (!folder)
        note_described(s, top, inside);
    return inside;
}

void shape_see(struct shape *s, struct str path, bool folder)
{
    while (str_ends(path, S("/")))
        path = str_slice(path, 0, path.len - 1);
    struct str inside = inside_of(s, path, folder);
    if (inside.len == 0)
        return;
    if (folder)
        return note_folder(s, inside, THERE);
    struct str parent = href_folder(inside);
    struct str name = str_slice(inside, parent.len > 0 ? parent.len + 1 : 0, inside.len);
    if (parent.len == 0)
        return note_root_file(s, name);
    bool mets = str_equal(name, S("METS.xml"));
    if (!mets && str_equal(buf_str(&s->last), parent))
        return;
    note_folder(s, parent, HOLDS_FILES | (mets ? HOLDS_METS : 0));
    buf_clear(&s->last);
    buf_put(&s->last, parent);
}

static bool has_root_mets(const struct shape *s)
{
    return (id_set_get(&s->folders, S("")) & HOLDS_METS) != 0;
}

struct str shape_root(const struct shape *s)
{
    if (s->only.ptr != NULL)
        return s->only;
    return s->other_top.ptr == NULL ? s->root : (struct str){0};
}

struct str shape_mets(const struct shape *s)
{
    return has_root_mets(s) || s->wrong_case.ptr == NULL ? S("METS.xml") : s->wrong_case;
}

struct shape *shape_narrowed(const struct shape *s)
{
    bool one_folder = s->root.ptr != NULL && s->other_top.ptr == NULL;
    bool bare = s->described.len == 0;
    if (one_folder || s->described.ptr == NULL || (s->described_again && !bare))
        return NULL;
    struct shape *out = shape_new();
    bool second = s->other_top.ptr != NULL && str_equal(s->described, s->other_top);
    out->only = arena_str(out->arena, s->described);
    out->other_top = arena_str(out->arena, bare ? S("METS.xml") : second ? s->root : s->other_top);
    return out;
}

struct shape_description shape_fgs(const struct shape *s)
{
    if (has_root_mets(s))
        return (struct shape_description){0};
    struct str root = shape_root(s);
    if (s->fgs.ptr != NULL && root.ptr != NULL)
        return (struct shape_description){root, s->fgs};
    return s->fgs_top.ptr != NULL ? (struct shape_description){S(""), s->fgs_top}
                                  : (struct shape_description){0};
}

bool shape_bag(const struct shape *s, struct str *out_root)
{
    bool inside = s->bag && s->other_top.ptr == NULL && !has_root_mets(s);
    *out_root = inside ? s->root : S("");
    return inside || s->bag_top;
}

bool shape_has_folder(const struct shape *s, struct str folder)
{
    return id_set_get_folded(&s->folded, folder) != 0;
}

bool shape_has_files(const struct shape *s, struct str folder)
{
    return (id_set_get(&s->folders, folder) & HOLDS_FILES) != 0;
}

bool shape_has_mets(const struct shape *s, struct str folder)
{
    return (id_set_get_folded(&s->folded, folder) & HOLDS_METS) != 0;
}

const struct shape_representation *shape_representations(const struct shape *s, size_t *out_count)
{
    *out_count = s->representation_count;
    return s->representations;
}

/* --- the rules
 * --------------------------------------------------------------------------------------- */

static void tell(struct findings *findings, enum requirement requirement, struct str path,
                 struct str found)
{
    findings_add(findings, &(struct finding){
                               .rule = rule_find(requirement, 1), .path = path, .found = found});
}

static bool has_folder_exactly(const struct shape *s, struct str folder, const char *name)
{
    autobuf struct buf path = buf_new(1024 * 1024);
    buf_format(&path, "%.*s%s%s", STR_ARG(folder), folder.len > 0 ? "/" : "", name);
    return id_set_get(&s->folders, buf_str(&path)) != 0;
}

static void judge_representations(const struct shape *s, struct findings *findings)
{
    if (s->representation_count == 0)
        tell(findings, REQ_CSIPSTR10, S("representations"), S(""));
    for (size_t i = 0; i < s->representation_count; i++) {
        struct str folder = s->representations[i].folder;
        if (!has_folder_exactly(s, folder, "data"))
            tell(findings, REQ_CSIPSTR11, folder, S(""));
        if ((id_set_get(&s->folders, folder) & HOLDS_METS) == 0)
            tell(findings, REQ_CSIPSTR12, folder, S(""));
        if (!has_folder_exactly(s, folder, "metadata"))
            tell(findings, REQ_CSIPSTR13, folder, S(""));
    }
}

static bool has_folder_in_root(const struct shape *s, const char *name)
{
    return has_folder_exactly(s, S(""), name);
}

/* In the root folder or in that of a representation. */
static bool has_folder_somewhere(const struct shape *s, const char *name)
{
    if (has_folder_in_root(s, name))
        return true;
    for (size_t i = 0; i < s->representation_count; i++)
        if (has_folder_exactly(s, s->representations[i].folder, name))
            return true;
    return false;
}

void shape_judge(const struct shape *s, struct findings *findings)
{
    if (s->root.ptr == NULL || s->other_top.ptr != NULL)
        tell(findings, REQ_CSIPSTR1, s->other_top, s->other_top);
    if (!has_root_mets(s))
        tell(findings, REQ_CSIPSTR4, S("METS.xml"), s->wrong_case);
    static const struct {
        const char *folder;
        enum requirement requirement;
        bool (*has)(const struct shape *s, const char *name);
    } wanted[] = {{"metadata", REQ_CSIPSTR5, has_folder_in_root},
                  {"representations", REQ_CSIPSTR9, has_folder_in_root},
                  {"schemas", REQ_CSIPSTR15, has_folder_somewhere},
                  {"documentation", REQ_CSIPSTR16, has_folder_somewhere}};
    for (size_t i = 0; i < COUNT(wanted); i++)
        if (!wanted[i].has(s, wanted[i].folder))
            tell(findings, wanted[i].requirement, str_from(wanted[i].folder), S(""));
    if (has_folder_exactly(s, S(""), "metadata")) {
        if (!has_folder_exactly(s, S("metadata"), "preservation"))
            tell(findings, REQ_CSIPSTR6, S("metadata/preservation"), S(""));
        if (!has_folder_exactly(s, S("metadata"), "descriptive"))
            tell(findings, REQ_CSIPSTR7, S("metadata/descriptive"), S(""));
    }
    if (has_folder_exactly(s, S(""), "representations"))
        judge_representations(s, findings);
}

void shape_judge_fgs(const struct shape *s, struct findings *findings)
{
    bool content = shape_fgs(s).root.len == 0 ? s->content_top : shape_has_folder(s, S("content"));
    if (!content)
        tell(findings, REQ_FGS2, S("content"), S(""));
}
