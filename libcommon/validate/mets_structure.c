/* Checks of what belongs together: sections and folders, file groups and what refers to them. What
 * the structural map needs is noted here, too. */
#include "base/base.h"
#include "validate/mets_rules_inside.h"

#define NOTHING ((struct str){0})

bool is_csip_map(const struct mets_node *map)
{
    return starts_with_nocase(map->at[METS_AT_LABEL], S("CSIP"));
}

static const char *const part_labels[PARTS] = {[PART_METADATA] = "Metadata",
                                               [PART_DOCUMENTATION] = "Documentation",
                                               [PART_SCHEMAS] = "Schemas",
                                               [PART_CONTENT] = "Representations",
                                               [PART_REPRESENTATION] = "Representations/"};

static enum part part_labelled(struct str label)
{
    for (enum part part = PART_METADATA; part < PART_REPRESENTATION; part++)
        if (str_equal(label, str_from(part_labels[part])))
            return part;
    return starts_with_nocase(label, S("Representations/")) ? PART_REPRESENTATION : PART_NONE;
}

enum part part_of(const struct mets_node *div)
{
    if (div->element != METS_DIV || div->level != 2 || !is_csip_map(div->parent->parent))
        return PART_NONE;
    return part_labelled(div->at[METS_AT_LABEL]);
}

static unsigned group_tag(struct str use)
{
    if (starts_with_nocase(use, S("Documentation")))
        return GROUP_DOCUMENTATION;
    if (starts_with_nocase(use, S("Schemas")))
        return GROUP_SCHEMAS;
    return starts_with_nocase(use, S("Representations")) ? GROUP_CONTENT : GROUP_ELSE;
}

unsigned tag_of_part(enum part part)
{
    switch (part) {
    case PART_DOCUMENTATION:
        return GROUP_DOCUMENTATION;
    case PART_SCHEMAS:
        return GROUP_SCHEMAS;
    case PART_CONTENT:
        return GROUP_CONTENT;
    case PART_NONE:
    case PART_METADATA:
    case PART_REPRESENTATION:
    case PARTS:
        return 0;
    }
    return 0;
}

enum part part_of_rule(const struct rule *rule)
{
    struct str label = str_from(rule->values[0]);
    return part_labelled(label);
}

/* --- what is noted
 * --------------------------------------------------------------------------------------- */

static void note_section(struct mets_rules *r, const struct mets_node *node, unsigned tag)
{
    struct str id = str_trim(node->at[METS_AT_ID]);
    if (id.len == 0 || str_equal(node->at[METS_AT_STATUS], S("SUPERSEDED")))
        return;
    id_set_put(&r->sections, id, tag);
    names_add(r, &r->section_names, id);
}

static void note_whole(struct mets_rules *r, struct str id)
{
    if (id.len > 0)
        id_set_put(&r->sections, id, SECTION_WHOLE);
}

static void note_group(struct mets_rules *r, const struct mets_node *node)
{
    unsigned tag = group_tag(node->at[METS_AT_USE]);
    for (enum part part = PART_DOCUMENTATION; part <= PART_CONTENT; part++)
        r->parts[part].groups += tag == tag_of_part(part);
    struct str id = str_trim(node->at[METS_AT_ID]);
    if (id.len == 0)
        return;
    /* Who points at a group points at those in it. */
    id_set_put(&r->groups, id, node->level > 1 ? tag | GROUP_POINTED : tag);
    names_add(r, &r->group_names, id);
}

/* Marks the sections that the attribute lists; the first name that is no section of the kind is
 * kept. */
static void note_listed(struct mets_rules *r, struct str list, unsigned kind, struct str *wrong)
{
    struct str id;
    while (next_name(&list, &id)) {
        /* Technical and source metadata may be listed but need not; an amdSec stands for its own.
         */
        bool known =
            (id_set_get(&r->ids, id) & ID_DEFINED) == (kind == SECTION_AMD ? ID_AMD : ID_DMD);
        unsigned section = id_set_get(&r->sections, id);
        r->wholes_listed += (section & (SECTION_WHOLE | SECTION_LISTED)) == SECTION_WHOLE;
        if (section != 0)
            id_set_put(&r->sections, id, SECTION_LISTED);
        if (!known && wrong->ptr == NULL)
            *wrong = arena_str(r->arena, str_slice(id, 0, FINDING_TEXT));
    }
}

static void note_division(struct mets_rules *r, const struct mets_node *node)
{
    enum part part = part_of(node);
    if (part == PART_NONE)
        return;
    struct part_seen *seen = &r->parts[part];
    seen->line = seen->count++ == 0 ? node->line : seen->line;
    if (part == PART_REPRESENTATION)
        id_set_put_folded(&r->division_labels, node->at[METS_AT_LABEL], 1);
    if (part == PART_METADATA) {
        note_listed(r, node->at[METS_AT_ADMID], SECTION_AMD, &seen->admid_wrong);
        note_listed(r, node->at[METS_AT_DMDID], SECTION_DMD, &seen->dmdid_wrong);
    }
}

static void note_pointer(struct mets_rules *r, const struct mets_node *node, struct str id)
{
    unsigned kind = id_set_get(&r->groups, id) & GROUP_KIND;
    enum part part = part_of(node->parent);
    unsigned wanted = tag_of_part(part);
    struct part_seen *seen = &r->parts[part];
    if (kind == 0)
        return;
    id_set_put(&r->groups, id, GROUP_POINTED);
    if (wanted == 0 || kind == wanted || seen->points_wrong.ptr != NULL)
        return;
    seen->points_wrong = arena_str(r->arena, str_slice(id, 0, FINDING_TEXT));
    seen->points_wrong_line = node->line;
}

void note_structure(struct mets_rules *r, const struct mets_event *event)
{
    const struct mets_node *node = event->node;
    if (event->closes)
        return;
    switch (node->element) {
    case METS_DMD:
        return note_section(r, node, SECTION_DMD);
    case METS_AMD:
        return note_whole(r, str_trim(node->at[METS_AT_ID]));
    case METS_DIGIPROV:
        r->digiprovs++;
        return note_section(r, node, SECTION_AMD);
    case METS_RIGHTS:
        return note_section(r, node, SECTION_AMD);
    case METS_GROUP:
        return note_group(r, node);
    case METS_FILE:
        r->some_file = true;
        for (enum mets_attribute a = METS_AT_SIP_FORMAT; a < METS_ATTRIBUTES; a++)
            r->file_attributes |= (uint64_t)(node->at[a].ptr != NULL) << a;
        return;
    case METS_STRUCT_MAP:
        r->maps += str_equal(node->at[METS_AT_LABEL], S("CSIP"));
        return;
    case METS_DIV:
        return note_division(r, node);
    case METS_FPTR:
        return note_pointer(r, node, str_trim(node->at[METS_AT_FILEID]));
    case METS_MPTR:
        return note_pointer(r, node, str_trim(node->at[METS_AT_LINK_TITLE]));
    default: /* the rest says nothing about the structure */
        return;
    }
}

/* --- sections and folders
 * -------------------------------------------------------------------------------- */

static uint32_t sections_of(const struct mets_rules *r, const struct rule *rule,
                            const struct mets_node *root)
{
    return rule->child == METS_DIGIPROV ? r->digiprovs : root->children[rule->child];
}

static bool folder_has_files(const struct mets_rules *r, const char *folder)
{
    autoarena struct arena *arena = arena_new(1 << 20);
    return r->about.shape != NULL &&
           shape_has_files(r->about.shape, folder_from(r, str_from(folder), arena));
}

void check_described(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (sections_of(r, rule, node) == 0)
        rule_broken(r, rule, node, NOTHING, NOTHING);
}

void check_section_has_files(struct mets_rules *r, const struct rule *rule,
                             const struct mets_node *node)
{
    if (r->about.shape != NULL && sections_of(r, rule, node) > 0 &&
        !folder_has_files(r, rule->values[0]))
        rule_broken(r, rule, node, NOTHING, str_from(rule->values[0]));
}

void check_files_have_section(struct mets_rules *r, const struct rule *rule,
                              const struct mets_node *node)
{
    if (sections_of(r, rule, node) == 0 && folder_has_files(r, rule->values[0]))
        rule_broken(r, rule, node, str_from(rule->values[0]), NOTHING);
}

/* --- file groups
 * ----------------------------------------------------------------------------------------- */

void check_group_for_folder(struct mets_rules *r, const struct rule *rule,
                            const struct mets_node *node)
{
    enum part part = part_of_rule(rule);
    if (r->parts[part].groups == 0 && folder_has_files(r, rule->values[1]))
        rule_broken(r, rule, node, str_from(rule->values[1]), str_from(rule->values[0]));
}

void check_group_has_files(struct mets_rules *r, const struct rule *rule,
                           const struct mets_node *node)
{
    if (node->children[METS_FILE] == 0 && node->children[METS_GROUP] == 0)
        rule_broken(r, rule, node, NOTHING, NOTHING);
}

void check_group_type_stated(struct mets_rules *r, const struct rule *rule,
                             const struct mets_node *node)
{
    struct str use = node->at[METS_AT_USE];
    bool of_representation = r->profile.version == IN_2_0
                                 ? str_equal(use, S("Representations"))
                                 : starts_with_nocase(use, S("Representations"));
    if (of_representation && is_blank(node->at[rule->attribute]))
        rule_broken(r, rule, node, NOTHING, NOTHING);
}

static bool is_data_of_representation(const struct mets_rules *r, struct str use)
{
    return r->about.representation && starts_with_nocase(use, S("Data"));
}

void check_use_known(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    struct str use = node->at[rule->attribute];
    bool known = group_tag(use) != GROUP_ELSE || starts_with_nocase(use, S("Metadata")) ||
                 is_data_of_representation(r, use);
    if (!is_blank(use) && !known && node->level == 1)
        rule_broken(r, rule, node, use, S("Documentation, Schemas, Representations, Metadata"));
}

void check_use_is_folder(struct mets_rules *r, const struct rule *rule,
                         const struct mets_node *node)
{
    autoarena struct arena *arena = arena_new(64 * 1024);
    struct str use = str_slice(node->at[rule->attribute], 0, FINDING_TEXT);
    while (str_ends(use, S("/")))
        use = str_slice(use, 0, use.len - 1);
    if (r->about.shape == NULL || is_blank(use) || node->level > 1 ||
        shape_has_folder(r->about.shape, use) ||
        shape_has_folder(r->about.shape, folder_from(r, use, arena)))
        return;
    rule_broken(r, rule, node, use, NOTHING);
}

/* Groups and files refer to their metadata, not the other way: an ADMID of the structural map that
 * names a group is the same fault seen from the other end. What a file refers to and is not there
 * at all is told by mets_id_reference. */
void check_admid_is_administrative(struct mets_rules *r, const struct rule *rule,
                                   const struct mets_node *node)
{
    struct str rest = node->at[rule->attribute];
    struct str id;
    while (next_name(&rest, &id)) {
        unsigned kind = id_set_get(&r->ids, id) & ID_DEFINED;
        if (node->element == METS_GROUP  ? kind != ID_AMD
            : node->element == METS_FILE ? kind != ID_AMD && kind != 0
                                         : kind == ID_GROUP)
            rule_broken(r, rule, node, id, NOTHING);
    }
}

void check_dmdid_is_descriptive(struct mets_rules *r, const struct rule *rule,
                                const struct mets_node *node)
{
    struct str rest = node->at[rule->attribute];
    struct str id;
    while (next_name(&rest, &id)) {
        unsigned kind = id_set_get(&r->ids, id) & ID_DEFINED;
        if (kind != ID_DMD && kind != 0)
            rule_broken(r, rule, node, id, NOTHING);
    }
}
