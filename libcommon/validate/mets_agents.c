/* Checks of the agents and of altRecordID: who made the package, who sends it, whose it is. */
#include "base/base.h"
#include "validate/mets_rules_inside.h"

#define NOTHING ((struct str){0})

static struct str keep(struct mets_rules *r, struct str text)
{
    return arena_str(r->arena, str_slice(text, 0, FINDING_TEXT));
}

/* --- what is noted
 * --------------------------------------------------------------------------------------- */

/* The role in a word: METS's own, or what stands in OTHERROLE. */
static struct str role_of(const struct agent_seen *a)
{
    return str_equal(a->role, S("OTHER")) ? a->other_role : a->role;
}

static bool is_submitting(const struct agent_seen *a)
{
    return str_equal_nocase(role_of(a), S("CREATOR")) ||
           str_equal_nocase(role_of(a), S("SUBMITTER"));
}

/* What the SIP specification takes the agent for. A person who submits is whom to ask, too. */
static enum agent_kind kind_of(const struct agent_seen *a)
{
    if (str_equal(a->other_type, S("SOFTWARE")))
        return AGENT_ELSE;
    if (str_equal_nocase(role_of(a), S("ARCHIVIST")))
        return AGENT_ARCHIVIST;
    if (str_equal_nocase(role_of(a), S("PRESERVATION")))
        return AGENT_PRESERVATION;
    if (!is_submitting(a))
        return AGENT_ELSE;
    if (str_equal(a->type, S("ORGANIZATION")))
        return AGENT_SUBMITTER;
    return str_equal(a->type, S("INDIVIDUAL")) ? AGENT_CONTACT : AGENT_UNTYPED;
}

static void note_agent(struct mets_rules *r, const struct mets_node *node)
{
    struct agent_seen *a = &r->agent;
    a->line = node->line;
    a->role = keep(r, node->at[METS_AT_ROLE]);
    a->other_role = keep(r, node->at[METS_AT_OTHERROLE]);
    a->type = keep(r, node->at[METS_AT_TYPE]);
    a->other_type = keep(r, node->at[METS_AT_OTHERTYPE]);
    a->notes = node->children[METS_AGENT_NOTE];
    a->kind = kind_of(a);
    r->agents[a->kind]++;
    /* Its being software says most, its role least. */
    a->likeness = 1 + str_equal(a->role, S("CREATOR")) + 2 * str_equal(a->type, S("OTHER")) +
                  4 * str_equal(a->other_type, S("SOFTWARE"));
    if (a->likeness > r->software.likeness)
        r->software = *a;
    note_fgs_agent(r, a);
}

static void note_agent_note(struct mets_rules *r, const struct mets_node *node)
{
    struct str type = node->at[METS_AT_CSIP_NOTETYPE];
    r->agent.coded |= is_fgs_code(node->text);
    r->agent.identified += str_equal(type, S("IDENTIFICATIONCODE"));
    bool first = node->parent->children[METS_AGENT_NOTE] == 1;
    if (!first && !str_equal(type, S("SOFTWARE VERSION")))
        return;
    r->agent.note = keep(r, node->text);
    r->agent.note_type = keep(r, type);
}

/* What a package refers to by altRecordID: the rules whose values name it. */
static const enum requirement alt_records[] = {REQ_SIP5, REQ_SIP6, REQ_SIP7, REQ_SIP8};
_Static_assert(COUNT(alt_records) == COUNT(((struct mets_rules *)0)->alt_records),
               "one count each");

static void note_alt_record(struct mets_rules *r, const struct mets_node *node)
{
    for (size_t i = 0; i < COUNT(alt_records); i++)
        r->alt_records[i] += is_among(node->at[METS_AT_TYPE], rule_find(alt_records[i], 1)->values);
}

/* How many there are of what the rule's values name. */
static uint32_t alt_record_count(const struct mets_rules *r, const struct rule *rule)
{
    uint32_t count = 0;
    for (size_t i = 0; i < COUNT(alt_records); i++)
        if (is_among(str_from(rule->values[0]), rule_find(alt_records[i], 1)->values))
            count = r->alt_records[i];
    return count;
}

void note_header(struct mets_rules *r, const struct mets_event *event)
{
    enum {
        KEPT_ENOUGH = 16 * 1024 * 1024
    }; /* a header of a hundred thousand agents: the first are looked at */
    const struct mets_node *node = event->node;
    if (node->element == METS_AGENT && !event->closes)
        r->agent = (struct agent_seen){0};
    if (!event->closes || arena_used(r->arena) > KEPT_ENOUGH)
        return;
    if (node->element == METS_AGENT)
        note_agent(r, node);
    else if (node->element == METS_AGENT_NAME)
        r->agent.name = keep(r, node->text);
    else if (node->element == METS_AGENT_NOTE)
        note_agent_note(r, node);
    else if (node->element == METS_ALT_RECORD_ID)
        note_alt_record(r, node);
}

/* --- the software
 * ---------------------------------------------------------------------------------------- */

/* At the agent's line, under the header. */
static void broken_agent(struct mets_rules *r, const struct rule *rule,
                         const struct mets_node *header, struct str found)
{
    struct mets_node agent = {.line = r->software.line, .parent = header};
    broken_values(r, rule, &agent, found);
}

void check_software_is(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    struct str found = rule->attribute == METS_AT_ROLE   ? r->software.role
                       : rule->attribute == METS_AT_TYPE ? r->software.type
                                                         : r->software.other_type;
    if (r->software.likeness > 0 && !is_among(found, rule->values))
        broken_agent(r, rule, node, found);
}

void check_software_name(struct mets_rules *r, const struct rule *rule,
                         const struct mets_node *node)
{
    if (r->software.likeness > 0 && is_blank(r->software.name))
        broken_agent(r, rule, node, r->software.name);
}

void check_software_note(struct mets_rules *r, const struct rule *rule,
                         const struct mets_node *node)
{
    if (r->software.likeness > 0 && r->software.notes == 0)
        broken_agent(r, rule, node, NOTHING);
}

void check_software_one_note(struct mets_rules *r, const struct rule *rule,
                             const struct mets_node *node)
{
    if (r->software.notes > 1)
        broken_agent(r, rule, node, NOTHING);
}

void check_software_note_text(struct mets_rules *r, const struct rule *rule,
                              const struct mets_node *node)
{
    if (r->software.notes > 0 && is_blank(r->software.note))
        broken_agent(r, rule, node, r->software.note);
}

void check_software_note_type(struct mets_rules *r, const struct rule *rule,
                              const struct mets_node *node)
{
    if (r->software.notes > 0 && !str_equal(r->software.note_type, S("SOFTWARE VERSION")))
        broken_agent(r, rule, node, r->software.note_type);
}

/* --- the agents of a SIP
 * --------------------------------------------------------------------------------- */

/* Each agent has its requirements in a row, the one for its being there first. */
static enum agent_kind kind_of_rule(const struct rule *rule)
{
    if (rule->requirement < REQ_SIP15)
        return AGENT_ARCHIVIST;
    if (rule->requirement < REQ_SIP21)
        return AGENT_SUBMITTER;
    return rule->requirement < REQ_SIP26 ? AGENT_CONTACT : AGENT_PRESERVATION;
}

static bool is_of_rule(const struct mets_rules *r, const struct rule *rule)
{
    return r->agent.kind == kind_of_rule(rule);
}

void check_agent_there(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (r->agents[kind_of_rule(rule)] == 0)
        rule_broken(r, rule, node, NOTHING, NOTHING);
}

void check_agent_once(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    uint32_t count = r->agents[kind_of_rule(rule)];
    if (count > 1)
        rule_broken(r, rule, node, arena_format(r->arena, "%u", count), S("1"));
}

/* SUBMITTER is no role of METS, but the specification's own example has it. */
void check_agent_role(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (is_of_rule(r, rule) && !is_among(r->agent.role, rule->values) &&
        !str_equal(role_of(&r->agent), S("SUBMITTER")))
        broken_values(r, rule, node, role_of(&r->agent));
}

void check_agent_type(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (is_of_rule(r, rule) && !is_among(r->agent.type, rule->values))
        broken_values(r, rule, node, r->agent.type);
}

void check_agent_name(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (is_of_rule(r, rule) && is_blank(r->agent.name))
        rule_broken(r, rule, node, r->agent.name, NOTHING);
}

void check_agent_note(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (is_of_rule(r, rule) && r->agent.notes == 0)
        rule_broken(r, rule, node, NOTHING, NOTHING);
}

void check_agent_note_type(struct mets_rules *r, const struct rule *rule,
                           const struct mets_node *node)
{
    if (is_of_rule(r, rule) && r->agent.notes > 0 && r->agent.identified == 0)
        broken_values(r, rule, node, r->agent.note_type);
}

void check_agent_note_once(struct mets_rules *r, const struct rule *rule,
                           const struct mets_node *node)
{
    if (is_of_rule(r, rule) && r->agent.identified > 1)
        rule_broken(r, rule, node, arena_format(r->arena, "%u", r->agent.identified), S("1"));
}

/* How many say that they submit but not what they are; one that is most like the software is
 * taken for it. */
static uint32_t untyped_submitters(const struct mets_rules *r)
{
    bool software = r->software.likeness > 0 && r->software.kind == AGENT_UNTYPED;
    return r->agents[AGENT_UNTYPED] - software;
}

static bool has_submitter(const struct mets_rules *r)
{
    return r->agents[AGENT_SUBMITTER] + r->agents[AGENT_CONTACT] > 0;
}

void check_submitter(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (!has_submitter(r) && untyped_submitters(r) == 0)
        rule_broken(r, rule, node, NOTHING, NOTHING);
}

void check_submitter_type(struct mets_rules *r, const struct rule *rule,
                          const struct mets_node *node)
{
    if (!has_submitter(r) && untyped_submitters(r) > 0)
        broken_values(r, rule, node, NOTHING);
}

void check_alt_record_there(struct mets_rules *r, const struct rule *rule,
                            const struct mets_node *node)
{
    if (alt_record_count(r, rule) == 0)
        broken_values(r, rule, node, NOTHING);
}

void check_fgs_agreement(struct mets_rules *r, const struct rule *rule,
                         const struct mets_node *node)
{
    check_alt_record_there(r, rule, node);
}

void check_alt_record_once(struct mets_rules *r, const struct rule *rule,
                           const struct mets_node *node)
{
    uint32_t count = alt_record_count(r, rule);
    if (count > 1)
        rule_broken(r, rule, node, arena_format(r->arena, "%u", count), S("1"));
}

void check_alt_record_text(struct mets_rules *r, const struct rule *rule,
                           const struct mets_node *node)
{
    if (is_among(node->at[METS_AT_TYPE], rule->values) && is_blank(node->text))
        rule_broken(r, rule, node, node->text, NOTHING);
}
