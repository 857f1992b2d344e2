/* Checks of what an AIP must have beside what every package has (E-ARK AIP 2.2.0). */
#include "base/base.h"
#include "validate/mets_rules_inside.h"

#define NOTHING ((struct str){0})

/* METS lets a PREMIS file be named by what is in it: PREMIS:EVENT. */
static bool is_premis(const struct mets_node *reference)
{
    struct str type = reference->at[METS_AT_MDTYPE];
    return str_equal(type, S("PREMIS")) || str_starts(type, S("PREMIS:"));
}

void note_metadata(struct mets_rules *r, const struct mets_event *event)
{
    const struct mets_node *node = event->node;
    if (event->closes)
        return;
    if (node->element == METS_DMD)
        r->descriptions_current += str_equal(node->at[METS_AT_STATUS], S("CURRENT"));
    if (node->element != METS_DIGIPROV_REF)
        return;
    r->provenance_references++;
    r->premis_references += is_premis(node);
}

void check_description_current(struct mets_rules *r, const struct rule *rule,
                               const struct mets_node *node)
{
    if (node->children[METS_DMD] > 0 && r->descriptions_current == 0)
        rule_broken(r, rule, node, NOTHING, str_from(rule->values[0]));
}

void check_provenance_referenced(struct mets_rules *r, const struct rule *rule,
                                 const struct mets_node *node)
{
    if (r->provenance_references == 0)
        rule_broken(r, rule, node, NOTHING, NOTHING);
}

void check_provenance_premis(struct mets_rules *r, const struct rule *rule,
                             const struct mets_node *node)
{
    if (r->provenance_references > 0 && r->premis_references == 0)
        rule_broken(r, rule, node, NOTHING, str_from(rule->values[0]));
}

void check_premis_3(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    struct str version = node->at[rule->attribute];
    if (is_premis(node) && !str_equal(version, S("3")) && !str_starts(version, S("3.")))
        rule_broken(r, rule, node, version, S("3.0"));
}

void check_not_compressed(struct mets_rules *r, const struct rule *rule,
                          const struct mets_node *node)
{
    if (r->about.compressed)
        rule_broken(r, rule, node, S("tar.gz"), S("tar"));
}
