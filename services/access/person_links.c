/* Links by the national person service's word: made, kept and ended. */
#include "services/access/person_links.h"

#include "base/base.h"

static bool same_pair(const struct pair_told *pair, struct uuid one, struct uuid two)
{
    return (uuid_equal(pair->one, one) && uuid_equal(pair->two, two)) ||
           (uuid_equal(pair->one, two) && uuid_equal(pair->two, one));
}

static bool is_among(struct uuid person, struct uuids list)
{
    for (size_t i = 0; i < list.count; i++)
        if (uuid_equal(list.at[i], person))
            return true;
    return false;
}

bool pair_may_be_linked(const struct pair_told *pair, const struct link_known *links,
                        size_t link_count, struct uuids fictitious)
{
    if (is_among(pair->one, fictitious) || is_among(pair->two, fictitious))
        return false;
    for (size_t i = 0; i < link_count; i++)
        if (links[i].withdrawn && same_pair(pair, links[i].one, links[i].two))
            return false;
    return true;
}

/* Does the link say what the pair does? A local decision says it with its own assurance. */
static bool says(const struct link_known *link, const struct pair_told *pair)
{
    return link->in_force && same_pair(pair, link->one, link->two) &&
           (!link->from_service || str_equal(link->assurance, pair->assurance));
}

/* The same pair with another assurance comes from the other's record; the first counts. */
static bool is_told_before(const struct pair_told *pairs, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (same_pair(&pairs[at], pairs[i].one, pairs[i].two))
            return true;
    return false;
}

static bool is_there(const struct pair_told *pair, const struct link_known *links, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (says(&links[i], pair))
            return true;
    return false;
}

static bool is_said(const struct link_known *link, const struct pair_told *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_told_before(pairs, i) && says(link, &pairs[i]))
            return true;
    return false;
}

void links_decide(const struct pair_told *pairs, size_t pair_count, const struct link_known *links,
                  size_t link_count, struct uuids asked, struct uuids fictitious,
                  struct arena *arena, struct links_decided *out)
{
    struct pair_told *made = ARENA_ARRAY(arena, struct pair_told, pair_count + 1);
    struct link_known *ended = ARENA_ARRAY(arena, struct link_known, link_count + 1);
    *out = (struct links_decided){.made = made, .ended = ended};
    for (size_t i = 0; i < pair_count; i++)
        if (!is_told_before(pairs, i) && !is_there(&pairs[i], links, link_count) &&
            pair_may_be_linked(&pairs[i], links, link_count, fictitious))
            made[out->made_count++] = pairs[i];
    for (size_t i = 0; i < link_count; i++)
        if (links[i].from_service && links[i].in_force &&
            (is_among(links[i].one, asked) || is_among(links[i].two, asked)) &&
            !is_said(&links[i], pairs, pair_count))
            ended[out->ended_count++] = links[i];
}
