/* Blocks (spärrar): which stop somebody, and which lifts open them again. */
#include "domain/permission_inside.h"

/* Does what is asked about reach into the time that the block speaks of? A record with no time is
 * in every time. */
static bool block_covers_time(const struct permission_block *block,
                              const struct permission_blockable *on)
{
    return !instant_before(on->until, block->records_from) &&
           !(block->records_until.known && on->from.known &&
             !instant_before(on->from, block->records_until));
}

/* An inner block is on one unit; where either is not told it may be this one. A block that came
 * with a retired system names the unit as that did: no mapping takes a record out from under it. */
static bool block_covers_unit(const struct permission_block *block,
                              const struct permission_blockable *on)
{
    return block->care_unit.len == 0 || on->care_unit.len == 0 ||
           permission_same(block->care_unit, on->care_unit) ||
           permission_same(block->care_unit, on->unit) ||
           permission_same(block->care_unit, on->unit_as_delivered);
}

/* Alerts are `upp`. No category is surely `lak` (ordination, förskrivning): a medication history
 * also tells what was handed out and given. */
struct str permission_block_kind(struct str category)
{
    return str_equal(category, S("upp")) ? S("upp") : (struct str){0};
}

static bool leaves_out(const struct permission_block *block, const struct permission_blockable *on)
{
    for (size_t i = 0; i < block->excluded.count; i++)
        if (permission_same(block->excluded.at[i], on->kind))
            return true;
    return false;
}

static bool block_covers(const struct permission_block *block,
                         const struct permission_blockable *on)
{
    return permission_same(block->care_provider, on->care_provider) &&
           (block->outer || block_covers_unit(block, on)) && block_covers_time(block, on) &&
           !leaves_out(block, on);
}

bool permission_lift_covers(const struct permission_lift *lift,
                            const struct permission_block *block)
{
    if (!uuid_is_nil(lift->block))
        return uuid_equal(lift->block, block->id);
    return permission_same(lift->care_provider, block->care_provider) &&
           (lift->care_unit.len == 0 || permission_same(lift->care_unit, block->care_unit));
}

static bool lifted(const struct permission_block *block, bool other_provider,
                   const struct permission_facts *facts)
{
    for (size_t i = 0; i < facts->lift_count; i++)
        if ((!uuid_is_nil(facts->lifts[i].block) || facts->lifts[i].outer == other_provider) &&
            permission_lift_covers(&facts->lifts[i], block) &&
            permission_in_force(facts->lifts[i].valid, facts->now))
            return true;
    return false;
}

static bool blocked(const struct permission_blockable *on, const struct permission_facts *facts,
                    bool outer, bool other_provider)
{
    for (size_t i = 0; i < facts->block_count; i++) {
        const struct permission_block *block = &facts->blocks[i];
        if (block->outer == outer && permission_in_force(block->valid, facts->now) &&
            block_covers(block, on) && !lifted(block, other_provider, facts))
            return true;
    }
    return false;
}

uint64_t permission_blocked(const struct permission_assignment *assignment,
                            const struct permission_blockable *on,
                            const struct permission_facts *facts)
{
    bool other = !permission_same(assignment->care_provider, on->care_provider);
    uint64_t inner = UNLESS(!blocked(on, facts, false, other), BLOCK_INNER);
    return other ? inner | UNLESS(!blocked(on, facts, true, other), BLOCK_OUTER) : inner;
}
