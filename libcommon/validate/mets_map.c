/* Checks of CSIP's structural map and of its parts. */
#include "base/base.h"
#include "validate/mets_rules_inside.h"

#define NOTHING ((struct str){0})

void check_map_there(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (r->maps == 0 && node->children[METS_STRUCT_MAP] > 0)
        rule_broken(r, rule, node, NOTHING, S("CSIP"));
}

void check_map_once(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (r->maps > 1)
        rule_broken(r, rule, node, arena_format(r->arena, "%u", r->maps), S("1"));
}

void check_map_present(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (is_csip_map(node))
        check_present(r, rule, node);
}

void check_map_is(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (is_csip_map(node) && !is_blank(node->at[rule->attribute]))
        check_is(r, rule, node);
}

void check_map_has_div(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (is_csip_map(node))
        check_child(r, rule, node);
}

static bool is_main_div(const struct mets_node *div)
{
    return div->level == 1 && is_csip_map(div->parent);
}

void check_main_div_present(struct mets_rules *r, const struct rule *rule,
                            const struct mets_node *node)
{
    if (is_main_div(node))
        check_present(r, rule, node);
}

void check_main_div_is_objid(struct mets_rules *r, const struct rule *rule,
                             const struct mets_node *node)
{
    struct str label = node->at[rule->attribute];
    if (is_main_div(node) && !str_equal(str_slice(label, 0, FINDING_TEXT), r->objid))
        rule_broken(r, rule, node, label, r->objid);
}

void check_part_present(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    enum part part = part_of(node);
    if (part != PART_NONE && part == part_of_rule(rule))
        check_present(r, rule, node);
}

void check_part_pointer_present(struct mets_rules *r, const struct rule *rule,
                                const struct mets_node *node)
{
    if (part_of(node->parent) == part_of_rule(rule))
        check_present(r, rule, node);
}

void check_part_spelt(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    struct str label = str_trim(node->at[rule->attribute]);
    struct str wanted = str_from(rule->values[0]);
    if (node->level == 2 && is_csip_map(node->parent->parent) && part_of(node) == PART_NONE &&
        str_equal_nocase(label, wanted))
        rule_broken(r, rule, node, node->at[rule->attribute], wanted);
}

/* Has a representation a METS file of its own? */
static bool has_representation_mets(const struct mets_rules *r)
{
    if (r->about.shape == NULL)
        return false;
    size_t count = 0;
    const struct shape_representation *all = shape_representations(r->about.shape, &count);
    for (size_t i = 0; i < count; i++)
        if (shape_has_mets(r->about.shape, all[i].folder))
            return true;
    return false;
}

/* Decisions 4 and 5 of rules.def. */
static bool part_is_wanted(const struct mets_rules *r, enum part part, const struct mets_node *root)
{
    bool sections = root->children[METS_DMD] > 0 || root->children[METS_AMD] > 0;
    if (part == PART_METADATA)
        return sections || !r->about.representation;
    if (part == PART_CONTENT &&
        (r->parts[PART_REPRESENTATION].count > 0 || has_representation_mets(r)))
        return false;
    return r->parts[part].groups > 0;
}

void check_part_there(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    enum part part = part_of_rule(rule);
    if (r->maps > 0 && r->parts[part].count == 0 && part_is_wanted(r, part, node))
        rule_broken(r, rule, node, NOTHING, str_from(rule->values[0]));
}

void check_part_once(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    const struct part_seen *seen = &r->parts[part_of_rule(rule)];
    if (seen->count > 1)
        rule_broken(r, rule, &(struct mets_node){.line = seen->line, .parent = node},
                    arena_format(r->arena, "%u", seen->count), S("1"));
}

static void judge_listed(struct mets_rules *r, const struct rule *rule,
                         const struct mets_node *root, unsigned kind, struct str wrong)
{
    const struct part_seen *seen = &r->parts[PART_METADATA];
    if (seen->count == 0)
        return;
    struct mets_node at = {.line = seen->line, .parent = root};
    bool whole = kind == SECTION_AMD && r->wholes_listed == root->children[METS_AMD];
    size_t missing =
        whole ? 0 : id_set_count(&r->sections, SECTION_AMD | SECTION_DMD | SECTION_LISTED, kind);
    for (size_t i = 0; missing > 0 && i < r->section_names.count; i++)
        if (id_set_get(&r->sections, r->section_names.at[i]) == kind)
            rule_broken(r, rule, &at, NOTHING, r->section_names.at[i]);
    if (wrong.ptr != NULL)
        rule_broken(r, rule, &at, wrong, NOTHING);
}

void check_part_lists_amd(struct mets_rules *r, const struct rule *rule,
                          const struct mets_node *node)
{
    judge_listed(r, rule, node, SECTION_AMD, r->parts[PART_METADATA].admid_wrong);
}

void check_part_lists_dmd(struct mets_rules *r, const struct rule *rule,
                          const struct mets_node *node)
{
    judge_listed(r, rule, node, SECTION_DMD, r->parts[PART_METADATA].dmdid_wrong);
}

void check_groups_in_map(struct mets_rules *r, const struct rule *rule,
                         const struct mets_node *node)
{
    unsigned tag = tag_of_part(part_of_rule(rule));
    if (r->maps == 0 || id_set_count(&r->groups, GROUP_KIND | GROUP_POINTED, tag) == 0)
        return;
    for (size_t i = 0; i < r->group_names.count; i++)
        if (id_set_get(&r->groups, r->group_names.at[i]) == tag)
            rule_broken(r, rule, node, NOTHING, r->group_names.at[i]);
}

void check_part_points_right(struct mets_rules *r, const struct rule *rule,
                             const struct mets_node *node)
{
    const struct part_seen *seen = &r->parts[part_of_rule(rule)];
    if (seen->points_wrong.ptr != NULL)
        rule_broken(r, rule, &(struct mets_node){.line = seen->points_wrong_line, .parent = node},
                    seen->points_wrong, NOTHING);
}
