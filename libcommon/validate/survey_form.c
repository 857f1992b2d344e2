/* What kind of package is it: E-ARK's, one of FGS, or files in a bag; and where does it begin? */
#include "base/base.h"
#include "validate/fgs.h"
#include "validate/survey_inside.h"

static struct err *read_entry(void *state, void *out, size_t capacity, size_t *out_length)
{
    return entry_read(state, out, capacity, out_length);
}

/* Does it state a profile of FGS 1? What it is by its rules is told when it is judged. */
static struct err *states_fgs(struct surveying *y, struct str path, bool *out)
{
    autoreader struct entry_reader *reader = NULL;
    struct mets_event event = {0};
    TRY(survey_open_file(y, path, &reader));
    if (reader == NULL)
        return NULL;
    automets struct mets *document = mets_open((struct xml_input){read_entry, reader}, NULL);
    const struct err *mark = err_mark();
    struct err *e = mets_next(document, &event);
    if (e != NULL && !is_refusal(e))
        return e;
    *out = e == NULL && fgs_is_profile(event.node->at[METS_AT_PROFILE]);
    err_forget(mark);
    return NULL;
}

/* Those of representations are judged whether the root METS points at them or not. */
static void add_representations(struct surveying *y)
{
    size_t count = 0;
    const struct shape_representation *all = shape_representations(y->shape, &count);
    for (size_t i = 0; i < count; i++)
        if (shape_has_mets(y->shape, all[i].folder)) {
            arena_reset(y->walk);
            survey_add_document(y, arena_format(y->walk, "%.*s/METS.xml", STR_ARG(all[i].folder)));
        }
}

/* The package's root folder: below `prefix`, which is empty or ends with '/'. */
static void set_root(struct surveying *y, struct str prefix, struct str root)
{
    struct str whole = root;
    if (root.ptr != NULL && prefix.len > 0)
        whole = root.len > 0 ? arena_format(y->s->arena, "%.*s%.*s", STR_ARG(prefix), STR_ARG(root))
                             : str_slice(prefix, 0, prefix.len - 1);
    lookup_below_root(y->lookup, arena_str(y->s->arena, whole));
    y->bare = whole.ptr != NULL && whole.len == 0;
}

static struct err *judge_fgs(struct surveying *y, struct shape_description fgs)
{
    y->by = SAID_BY_FGS;
    shape_judge_fgs(y->shape, y->s->findings);
    survey_add_document(y, fgs.name);
    return NULL;
}

static struct err *judge_eark(struct surveying *y, struct str prefix)
{
    bool is_payload = y->bag.there && !y->bag.below_data; /* "data" is BagIt's name, not its own */
    struct str root = shape_root(y->shape);
    y->folder = is_payload || root.len == 0 ? (struct str){0} : root;
    set_root(y, prefix, shape_root(y->shape));
    shape_judge(y->shape, y->s->findings);
    survey_add_document(y, shape_mets(y->shape));
    add_representations(y);
    return NULL;
}

/* By the names of its files, and where they do not say it, by PROFILE. */
static struct err *recognise_below(struct surveying *y, struct str prefix)
{
    struct shape_description fgs = shape_fgs(y->shape);
    bool is_fgs = fgs_is_sip(fgs.name);
    set_root(y, prefix, fgs.root);
    if (fgs.name.len > 0 && !is_fgs) {
        TRY(states_fgs(y, fgs.name, &is_fgs));
        if (y->withheld)
            return NULL; /* what the package is, only an infected file could tell */
    }
    if (is_fgs)
        return judge_fgs(y, fgs);
    if (!y->bag.there || shape_has_mets(y->shape, S("")))
        return judge_eark(y, prefix);
    lookup_below_root(y->lookup, y->bag.root);
    return NULL; /* a bag of files, described by its manifests alone */
}

/* --- in a bag
 * ------------------------------------------------------------------------------------------- */

/* Does data/ itself hold the description, or a folder in it? */
static bool payload_is_package(const struct surveying *y)
{
    static const char *const descriptions[] = {"data/METS.xml", "data/sip.xml", "data/mets.xml"};
    uint64_t place = 0;
    for (size_t i = 0; i < COUNT(descriptions); i++)
        if (lookup_find(y->lookup, str_from(descriptions[i]), &place))
            return true;
    return false;
}

static void see_payload(struct surveying *y, const struct entry *entry, uint64_t place)
{
    (void)place;
    struct str path = entry->path;
    struct str inside = str_slice(path, y->bag.folder.len, path.len);
    if (!str_starts(path, y->bag.folder) || !str_starts(inside, S("data/")))
        return;
    size_t cut = y->bag.below_data ? sizeof "data/" - 1 : 0;
    if (inside.len > cut)
        shape_see(y->shape, str_slice(inside, cut, inside.len), entry->kind == ENTRY_FOLDER);
}

static struct err *recognise_in_bag(struct surveying *y, struct str root)
{
    struct arena *arena = y->s->arena;
    y->bag.there = true;
    y->bag.root = arena_str(arena, root);
    y->bag.folder = root.len > 0 ? arena_format(arena, "%.*s/", STR_ARG(root)) : S("");
    lookup_below_root(y->lookup, y->bag.root);
    TRY(survey_bag(y));
    y->bag.below_data = !payload_is_package(y);
    shape_free(y->shape);
    y->shape = shape_new();
    TRY(survey_walk(y, see_payload));
    return recognise_below(
        y, arena_format(arena, "%.*s%s", STR_ARG(y->bag.folder), y->bag.below_data ? "data/" : ""));
}

/* --- with something beside it
 * ------------------------------------------------------------------------------------------- */

static void see_again(struct surveying *y, const struct entry *entry, uint64_t place)
{
    (void)place;
    shape_see(y->shape, entry->path, entry->kind == ENTRY_FOLDER);
}

/* Of a stray file beside the folder, or a package with no folder around, the rest is judged, too.
 */
static struct err *narrow(struct surveying *y)
{
    struct shape *narrowed = shape_narrowed(y->shape);
    if (narrowed == NULL)
        return NULL;
    shape_free(y->shape);
    y->shape = narrowed;
    return survey_walk(y, see_again);
}

struct err *survey_recognise(struct surveying *y)
{
    struct str root = {0};
    if (shape_bag(y->shape, &root))
        return recognise_in_bag(y, root);
    TRY(narrow(y));
    return recognise_below(y, S(""));
}
