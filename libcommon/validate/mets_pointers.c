/* Checks of what points out of a METS document: at the METS files of representations, and at other
 * packages (E-ARK AIP 2.2.0, parent and child AIPs; CSIP's extension for segmented packages). */
#include "base/base.h"
#include "text/href.h"
#include "validate/mets_rules_inside.h"

#define NOTHING ((struct str){0})

static bool is_in_part(const struct mets_node *pointer)
{
    return pointer->parent->level == 2 && is_csip_map(pointer->parent->parent->parent);
}

/* An mptr whose locator is no URL names another package by its OBJID; where CSIP has its
 * representations it must point at a file. */
static bool points_at_file(const struct mets_node *pointer)
{
    return !mets_points_elsewhere(pointer) || is_in_part(pointer);
}

/* --- what is noted, of an AIP
 * ---------------------------------------------------------------------------- */

static bool is_mets_file(struct str path)
{
    size_t from = path.len;
    while (from > 0 && path.ptr[from - 1] != '/')
        from--;
    return starts_with_nocase(str_slice(path, from, path.len), S("METS"));
}

/* The path that the href means, under the file's ID: what the two are told by together. */
static struct str file_at(const struct mets_rules *r, struct str id, struct str path)
{
    return arena_format(r->division_arena, "%.*s\n%.*s", STR_ARG(str_trim(id)), STR_ARG(path));
}

static bool resolve(const struct mets_rules *r, struct str href, struct str *out_path)
{
    return href.len > 0 && href.len < FINDING_TEXT &&
           href_resolve(href, r->about.mets, r->division_arena, out_path) == HREF_OK;
}

static void note_mets_file(struct mets_rules *r, const struct mets_node *location)
{
    struct str path;
    struct str id = location->parent->at[METS_AT_ID];
    if (!is_mets_file(location->at[METS_AT_HREF]) || id.len > FINDING_TEXT)
        return;
    arena_reset(r->division_arena);
    if (resolve(r, location->at[METS_AT_HREF], &path))
        id_set_put(&r->mets_files, file_at(r, id, path), 1);
}

static void note_pointer_at(struct mets_rules *r, const struct mets_node *pointer)
{
    struct str path;
    if (part_of(pointer->parent) == PART_REPRESENTATION && r->division_mets.ptr == NULL &&
        resolve(r, pointer->at[METS_AT_HREF], &path))
        r->division_mets = path;
}

static void note_file_pointer(struct mets_rules *r, const struct mets_node *pointer)
{
    struct str id = pointer->at[METS_AT_FILEID];
    if (part_of(pointer->parent) == PART_REPRESENTATION && r->division_mets.ptr != NULL &&
        id.len < FINDING_TEXT && !r->division_fits)
        r->division_fits = id_set_get(&r->mets_files, file_at(r, id, r->division_mets)) != 0;
}

static void note_division_opened(struct mets_rules *r, const struct mets_node *div)
{
    if (part_of(div) != PART_REPRESENTATION)
        return;
    arena_reset(r->division_arena);
    r->division_mets = NOTHING;
    r->division_fits = false;
}

void note_pointers(struct mets_rules *r, const struct mets_event *event)
{
    const struct mets_node *node = event->node;
    if (event->closes || (r->profile.kind & FOR_AIP) == 0 || r->about.representation)
        return;
    if (node->element == METS_LOCATION)
        return note_mets_file(r, node);
    if (node->element == METS_DIV)
        return note_division_opened(r, node);
    if (arena_used(r->division_arena) > DIVISION_NAMES) /* of one division that points that often */
        return;
    if (node->element == METS_MPTR)
        note_pointer_at(r, node);
    else if (node->element == METS_FPTR)
        note_file_pointer(r, node);
}

/* --- representations
 * ------------------------------------------------------------------------------------- */

void check_representation_div(struct mets_rules *r, const struct rule *rule,
                              const struct mets_node *node)
{
    if (r->about.shape == NULL || r->maps == 0)
        return;
    autoarena struct arena *arena = arena_new(64 * 1024 * 1024);
    size_t count = 0;
    const struct shape_representation *all = shape_representations(r->about.shape, &count);
    for (size_t i = 0; i < count; i++)
        if (shape_has_mets(r->about.shape, all[i].folder) &&
            id_set_get_folded(&r->division_labels, all[i].folder) == 0)
            rule_broken(r, rule, node, NOTHING,
                        arena_format(arena, "Representations/%.*s", STR_ARG(all[i].name)));
}

void check_representation_div_leads(struct mets_rules *r, const struct rule *rule,
                                    const struct mets_node *node)
{
    struct str label = node->at[rule->attribute];
    if (r->about.shape != NULL && part_of(node) == PART_REPRESENTATION &&
        !shape_has_folder(r->about.shape, label))
        rule_broken(r, rule, node, label, NOTHING);
}

void check_representation_div_points(struct mets_rules *r, const struct rule *rule,
                                     const struct mets_node *node)
{
    struct str label = node->at[METS_AT_LABEL];
    if (r->about.shape != NULL && part_of(node) == PART_REPRESENTATION &&
        shape_has_mets(r->about.shape, label) && node->children[METS_MPTR] == 0)
        rule_broken(r, rule, node, NOTHING, NOTHING);
}

/* It leads to a METS file, but to that of another folder; what leads nowhere is told elsewhere. */
void check_representation_pointer(struct mets_rules *r, const struct rule *rule,
                                  const struct mets_node *node)
{
    autoarena struct arena *arena = arena_new(2 * DIVISION_MEMORY);
    struct str label = node->parent->at[METS_AT_LABEL];
    struct str href = node->at[rule->attribute];
    struct str path;
    if (r->about.shape == NULL || part_of(node->parent) != PART_REPRESENTATION ||
        !shape_has_mets(r->about.shape, label) || href.len > FINDING_TEXT ||
        href_resolve(href, r->about.mets, arena, &path) != HREF_OK)
        return;
    size_t end = path.len;
    while (end > 0 && path.ptr[end - 1] != '/')
        end--;
    struct str folder = str_slice(path, 0, end > 0 ? end - 1 : 0);
    if (shape_has_mets(r->about.shape, folder) && !str_equal_nocase(folder, label))
        rule_broken(r, rule, node, href, label);
}

void check_representation_div_points_once(struct mets_rules *r, const struct rule *rule,
                                          const struct mets_node *node)
{
    if (part_of(node) == PART_REPRESENTATION)
        check_child_once(r, rule, node);
}

void check_title_is_group(struct mets_rules *r, const struct rule *rule,
                          const struct mets_node *node)
{
    struct str title = str_trim(node->at[rule->attribute]);
    if (points_at_file(node) && (id_set_get(&r->groups, title) & GROUP_KIND) != GROUP_CONTENT)
        rule_broken(r, rule, node, title, NOTHING);
}

/* AIP3: beside the pointer at the METS file, one at the entry that lists it. */
void check_representation_file_pointed(struct mets_rules *r, const struct rule *rule,
                                       const struct mets_node *node)
{
    if (part_of(node) == PART_REPRESENTATION && r->division_mets.ptr != NULL && !r->division_fits)
        rule_broken(r, rule, node, NOTHING, r->division_mets);
}

/* --- pointers
 * -------------------------------------------------------------------------------------------- */

void check_pointer_present(struct mets_rules *r, const struct rule *rule,
                           const struct mets_node *node)
{
    if (points_at_file(node))
        check_present(r, rule, node);
}

void check_pointer_is(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (points_at_file(node))
        check_is(r, rule, node);
}

void check_package_named(struct mets_rules *r, const struct rule *rule,
                         const struct mets_node *node)
{
    if (!points_at_file(node))
        check_present(r, rule, node);
}

void check_package_is_other(struct mets_rules *r, const struct rule *rule,
                            const struct mets_node *node)
{
    struct str name = str_trim(node->at[rule->attribute]);
    if (!points_at_file(node) && name.len > 0 && str_equal(name, r->objid))
        rule_broken(r, rule, node, name, NOTHING);
}
