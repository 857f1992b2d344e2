/* CITS SIARD: profiles of root and representation 1.0, text 1.2. */
#include "content/package_inside.h"

#include "base/base.h"

#define NOTHING ((struct str){0})

enum { WORD_KEPT = 64 };

const char *const siard_forms[] = {"SIARD_1.0", "SIARD_2.0",     "SIARD_2.1",
                                   "SIARD_2.2", "Database_dump", NULL};

static bool is_siard(const struct mets_node *node)
{
    static const char *const types[] = {"citssiard_v1_0", NULL};
    return package_is_among(node->at[METS_AT_CSIP_CONTENT], types);
}

/* --- the root METS */

static void see_group(struct content_package *p, const struct mets_node *group)
{
    struct str other = group->at[METS_AT_CSIP_OTHERCONTENT];
    struct str representations = S("Representations");
    if (!is_siard(group))
        return;
    p->now.typed_groups += str_equal_nocase(
        str_slice(group->at[METS_AT_USE], 0, representations.len), representations);
    if (!package_is_among(other, siard_forms))
        package_fault(p, CONTENT_siard_group_other, p->now.mets, group->line, other,
                      str_from(siard_forms[0]));
}

/* The nearest file group around a file's location. */
static const struct mets_node *group_of(const struct mets_node *node)
{
    while (node != NULL && node->element != METS_GROUP)
        node = node->parent;
    return node;
}

/* Where the root METS points at a representation's. */
static void see_pointer(struct content_package *p, const struct mets_node *node)
{
    if (!str_ends(str_trim(node->at[METS_AT_HREF]), S("METS.xml"))) /* of each file one asks */
        return;
    autoarena struct arena *arena = arena_new(PACKAGE_HREF_MEMORY);
    struct str below = {0};
    struct str name = package_representation(package_leads(p, node, arena), &below);
    struct representation *r = str_equal(below, S("METS.xml")) ? package_tell(p, name) : NULL;
    const struct mets_node *group = group_of(node);
    if (r == NULL)
        return;
    r->mapped = node->element == METS_MPTR;
    if (group == NULL)
        return;
    r->group_line = node->line;
    r->group_other = arena_str(
        p->arena, str_slice(str_trim(group->at[METS_AT_CSIP_OTHERCONTENT]), 0, WORD_KEPT));
}

static void see_root(struct content_package *p, const struct mets_event *event)
{
    const struct mets_node *node = event->node;
    if (node->element == METS_GROUP && !event->closes)
        see_group(p, node);
    if ((node->element == METS_LOCATION || node->element == METS_MPTR) && !event->closes)
        see_pointer(p, node);
    if (node->element == METS_ROOT && event->closes && p->now.typed_groups == 0)
        package_fault(p, CONTENT_siard_group, p->now.mets, node->line, NOTHING,
                      S("citssiard_v1_0"));
}

/* --- a representation's METS */

static bool is_in_data(const struct mets_node *file)
{
    for (const struct mets_node *n = file->parent; n != NULL; n = n->parent)
        if (n->element == METS_GROUP && str_equal_nocase(n->at[METS_AT_USE], S("data")))
            return true;
    return false;
}

static void see_representation(struct content_package *p, const struct mets_event *event)
{
    const struct mets_node *node = event->node;
    const struct representation *r = p->now.representation;
    char found[24];
    if (r == NULL || !package_is_among(r->other, siard_forms)) /* SIARD11 tells */
        return;
    if (node->element == METS_FILE && !event->closes && is_in_data(node))
        p->now.located += str_equal_nocase(str_trim(node->at[METS_AT_CSIP_OTHERCONTENT]), r->other);
    if (node->element != METS_ROOT || !event->closes || p->now.located == 1)
        return;
    snprintf(found, sizeof found, "%zu", p->now.located);
    package_fault(p, CONTENT_siard_located, p->now.mets, node->line, str_from(found), S("1"));
}

void siard_see(struct content_package *p, const struct mets_event *event)
{
    if (p->now.is_root)
        see_root(p, event);
    else
        see_representation(p, event);
}

/* --- the end */

static void end_representation(const struct content_package *p, const struct representation *r)
{
    bool dump = str_equal_nocase(r->other, S("Database_dump"));
    if (dump && !r->has_data)
        package_fault(p, CONTENT_siard_dump, r->mets, r->line, NOTHING, S("data"));
    if (!dump && !r->has_siard)
        package_fault(p, CONTENT_siard_file, r->mets, r->line, NOTHING, S("data/*.siard"));
    if (p->spec != SPEC_SIARD || p->too_many)
        return;
    if (!r->mapped)
        package_fault(p, CONTENT_siard_division, S("METS.xml"), p->line, NOTHING, r->mets);
    if (r->group_other.len > 0 && !str_equal_nocase(r->group_other, r->other))
        package_fault(p, CONTENT_siard_same, S("METS.xml"), r->group_line, r->group_other,
                      r->other);
}

void siard_end(const struct content_package *p)
{
    size_t databases = 0;
    for (size_t i = 0; i < p->count; i++)
        if (p->representations[i].spec == SPEC_SIARD) {
            end_representation(p, &p->representations[i]);
            databases++;
        }
    if (p->spec != SPEC_SIARD)
        return;
    if (p->documents == 0)
        package_fault(p, CONTENT_siard_representation, S("METS.xml"), p->line, NOTHING, NOTHING);
    else if (databases == 0)
        package_fault(p, CONTENT_siard_stated, S("METS.xml"), p->line, NOTHING,
                      S("citssiard_v1_0"));
    if (!p->documented)
        package_fault(p, CONTENT_siard_report, S("documentation"), 0, NOTHING, NOTHING);
}
