/* Checks of FGS Paketstruktur that E-ARK has no like of. */
#include "base/base.h"
#include "base/clock.h"
#include "validate/mets_rules_inside.h"

#define NOTHING ((struct str){0})

static void broken(struct mets_rules *r, const struct rule *rule, const struct mets_node *node,
                   struct str found)
{
    autoarena struct arena *arena = arena_new(64 * 1024);
    rule_broken(r, rule, node, found, rule_values(rule, arena));
}

/* --- dates: xs:dateTime in 1.1, xs:date in 1.2, each with a zone or without
 * ------------------------------------------------------------------------------------------- */

/* The day that is meant, as its first instant in UTC whatever the zone: 24:00:00 is the next one's.
 */
static bool parse_day(struct str stated, bool timed, struct instant *out)
{
    enum { DAY = sizeof "2026-11-22" - 1, DAY_SECONDS = 24 * 3600 };
    autoarena struct arena *arena = arena_new(4096);
    struct str value = str_trim(stated);
    struct str day = str_slice(value, 0, DAY);
    struct str rest = str_slice(value, day.len, FINDING_TEXT);
    struct str time = timed ? rest : arena_format(arena, "T00:00:00%.*s", STR_ARG(rest));
    struct instant at;
    bool good =
        (rest.len > 0 && rest.ptr[0] == 'T') == timed &&
        (instant_from_xsd(arena_format(arena, "%.*s%.*s", STR_ARG(day), STR_ARG(time)), &at) ||
         instant_from_xsd(arena_format(arena, "%.*s%.*sZ", STR_ARG(day), STR_ARG(time)), &at));
    if (!good || !instant_parse(arena_format(arena, "%.*sT00:00:00Z", STR_ARG(day)), out))
        return false;
    *out = instant_add(*out, str_starts(rest, S("T24")) ? INT64_C(1000000) * DAY_SECONDS : 0);
    return true;
}

void check_fgs_day(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    struct instant day;
    struct str value = node->at[rule->attribute];
    if (value.ptr != NULL && !parse_day(value, r->profile.version == IN_FGS_1_1, &day))
        rule_broken(r, rule, node, value, NOTHING);
}

void check_fgs_days_in_order(struct mets_rules *r, const struct rule *rule,
                             const struct mets_node *node)
{
    bool timed = r->profile.version == IN_FGS_1_1;
    struct str first = node->at[METS_AT_FGS_STARTDATE];
    struct str last = node->at[METS_AT_FGS_ENDDATE];
    struct instant begins;
    struct instant ends;
    if (parse_day(first, timed, &begins) && parse_day(last, timed, &ends) &&
        instant_before(ends, begins))
        rule_broken(r, rule, node, last, first);
}

/* The schema of FGS has no empty value either; that none is stated is another rule's, if any. */
void check_fgs_one_of(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    struct str value = node->at[rule->attribute];
    if (value.ptr != NULL && !is_among(value, rule->values))
        broken(r, rule, node, value);
}

/* --- agents
 * -------------------------------------------------------------------------------------------- */

void check_fgs_three_agents(struct mets_rules *r, const struct rule *rule,
                            const struct mets_node *node)
{
    enum { LEAST = 3 };
    if (node->children[METS_AGENT] < LEAST)
        rule_broken(r, rule, node, NOTHING, NOTHING);
}

static const enum requirement wanted_agents[] = {REQ_FGS25, REQ_FGS27, REQ_FGS28};

/* A rule's values are ROLE, TYPE and, if it says one, OTHERTYPE. */
static bool agent_is(const struct agent_seen *agent, const char *const *values)
{
    return str_equal(agent->role, str_from(values[0])) &&
           str_equal(agent->type, str_from(values[1])) &&
           (values[2] == NULL || str_equal(agent->other_type, str_from(values[2])));
}

void note_fgs_agent(struct mets_rules *r, const struct agent_seen *agent)
{
    for (size_t i = 0; i < COUNT(wanted_agents); i++)
        if (!is_blank(agent->name) && agent_is(agent, rule_find(wanted_agents[i], 1)->values))
            r->fgs_agents |= 1U << i;
    if (agent_is(agent, rule_find(REQ_FGS25, 1)->values))
        r->fgs_coded |= agent->coded;
}

bool is_fgs_code(struct str note)
{
    const char *const *prefixes = rule_find(REQ_FGS26, 1)->values;
    for (; *prefixes != NULL; prefixes++)
        if (starts_with_nocase(str_trim(note), str_from(*prefixes)))
            return true;
    return false;
}

void check_fgs_agent(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    for (size_t i = 0; i < COUNT(wanted_agents); i++)
        if (wanted_agents[i] == rule->requirement && (r->fgs_agents >> i & 1) == 0)
            broken(r, rule, node, NOTHING);
}

void check_fgs_agent_code(struct mets_rules *r, const struct rule *rule,
                          const struct mets_node *node)
{
    if ((r->fgs_agents & 1) != 0 && !r->fgs_coded) /* none at all is told by its own rule */
        broken(r, rule, node, NOTHING);
}

/* --- files
 * --------------------------------------------------------------------------------------------- */

void check_fgs_some_file(struct mets_rules *r, const struct rule *rule,
                         const struct mets_node *node)
{
    if (!r->some_file)
        rule_broken(r, rule, node, NOTHING, NOTHING);
}

void check_fgs_algorithm_stated(struct mets_rules *r, const struct rule *rule,
                                const struct mets_node *node)
{
    if (!is_blank(node->at[METS_AT_CHECKSUM]) && is_blank(node->at[rule->attribute]))
        rule_broken(r, rule, node, NOTHING, NOTHING);
}

void check_fgs_one_location(struct mets_rules *r, const struct rule *rule,
                            const struct mets_node *node)
{
    autoarena struct arena *arena = arena_new(4096);
    if (node->children[METS_LOCATION] != 1)
        rule_broken(r, rule, node, arena_format(arena, "%u", node->children[METS_LOCATION]),
                    S("1"));
}
