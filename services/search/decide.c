/* Decisions about records: permission_decide, asked once for records that are alike. Pure. */
#include "services/search/room.h"

/* Whose identity it is: identities were asked for by one of a person's, which need not be the
 * record's own. */
static struct uuid seed_of(const struct facts *facts, struct uuid person)
{
    for (size_t i = 0; i < facts->persons.count; i++) {
        const struct known_person *p = ROW(struct known_person, facts->persons, i);
        if (uuid_equal(p->person, person))
            return p->seed;
    }
    return person;
}

/* Is the record's identity another than was asked for, and their link restricted? */
static bool is_behind_restricted_link(const struct facts *facts, const struct record *record)
{
    bool behind = false;
    for (size_t i = 0; i < facts->persons.count; i++) {
        const struct known_person *p = ROW(struct known_person, facts->persons, i);
        if (uuid_equal(p->person, record->person) && !p->restricted)
            return false; /* it was asked for itself, or over another link */
        behind |= uuid_equal(p->person, record->person);
    }
    return behind;
}

/* The person's, over all identities: "none" for as long as it is known of each. */
static enum permission_protection
protection_of(const struct facts *facts, const struct record *record, struct instant *out_until)
{
    struct uuid seed = seed_of(facts, record->person);
    bool known = true;
    *out_until = (struct instant){0};
    if (record->protected_person)
        return PROTECTION_PROTECTED;
    for (size_t i = 0; i < facts->persons.count; i++) {
        const struct known_person *p = ROW(struct known_person, facts->persons, i);
        if (!uuid_equal(p->seed, seed))
            continue;
        if (str_equal(p->protection, S("protected")))
            return PROTECTION_PROTECTED;
        known &= str_equal(p->protection, S("none"));
        if (p->known_until.known &&
            (!out_until->known || instant_before(p->known_until, *out_until)))
            *out_until = p->known_until;
    }
    return known ? PROTECTION_NONE : PROTECTION_NOT_KNOWN;
}

static bool is_protected_unit(const struct facts *facts, struct str unit)
{
    for (size_t i = 0; i < facts->units.count; i++) {
        const struct known_unit *u = ROW(struct known_unit, facts->units, i);
        if (u->is_protected && str_equal(u->id, unit))
            return true;
    }
    return false;
}

/* A service tells of the care providers that it is asked for, and says nothing of others. */
static bool tells_of(const struct known_system *system, struct str care_provider)
{
    bool tells = system->care_providers.count == 0;
    for (size_t i = 0; i < system->care_providers.count && !tells; i++)
        tells = str_equal(system->care_providers.at[i], care_provider);
    return tells;
}

/* What is known of the blocks on a record; NULL: a block that is not in the register yet is not
 * known. */
static const struct known_system *knows_blocks(const struct facts *facts,
                                               const struct record *record)
{
    for (size_t i = 0; i < facts->block_sources.count; i++) {
        const struct known_system *system = ROW(struct known_system, facts->block_sources, i);
        if (str_equal(system->id, record->source_system))
            return tells_of(system, record->care_provider) ? system : NULL;
    }
    return NULL;
}

static const struct known_check *check_of(const struct facts *facts, const struct record *record,
                                          struct uuid person)
{
    for (size_t i = 0; i < facts->checks.count; i++) {
        const struct known_check *c = ROW(struct known_check, facts->checks, i);
        if (uuid_equal(c->person, person) && str_equal(c->system, record->source_system) &&
            str_equal(c->care_provider, record->care_provider) &&
            str_equal(c->care_unit, record->care_unit) &&
            str_equal(c->kind, permission_block_kind(record->category)) &&
            record->occurred_at.known && !instant_before(record->occurred_at, c->records_from) &&
            !instant_before(c->records_until, record->occurred_at))
            return c;
    }
    return NULL;
}

/* Until when what a service has said of the record counts for the subject: by each number that the
 * person openly has and the record's own, for a block may have been placed under any of them. Not
 * known: it was not asked. */
static struct instant checked_until(const struct facts *facts, const struct record *record)
{
    struct uuid seed = seed_of(facts, record->person);
    struct instant until = {0};
    for (size_t i = 0; i < facts->persons.count; i++) {
        const struct known_person *p = ROW(struct known_person, facts->persons, i);
        if (!uuid_equal(p->seed, seed) || (p->restricted && !uuid_equal(p->person, record->person)))
            continue;
        const struct known_check *check = check_of(facts, record, p->person);
        if (check == NULL)
            return (struct instant){0};
        if (!until.known || instant_before(check->valid_until, until))
            until = check->valid_until;
    }
    return until;
}

/* The span in which the blocks on a record are known: as its system's are, or by the word of a
 * service that was asked; the longer of the two. */
static struct permission_span blocks_known(const struct facts *facts, const struct record *record)
{
    const struct known_system *system = knows_blocks(facts, record);
    struct instant checked = checked_until(facts, record);
    struct instant now = facts->permission.now;
    if (system != NULL && (!system->known_until.known || !checked.known ||
                           instant_before(checked, system->known_until)))
        return (struct permission_span){now, system->known_until};
    return checked.known ? (struct permission_span){now, checked} : (struct permission_span){0};
}

/* Who answers for it: by the type's own access attributes, the care provider or the authority.
 * Until an authority has taken it over, that is who delivered it. */
static struct str provider_of(const struct information_type *type, const struct record *record)
{
    for (size_t i = 0; i < type->access.count; i++)
        if (str_equal(type->access.at[i], S("care_provider")))
            return record->care_provider;
    return record->responsible_authority.len > 0 ? record->responsible_authority
                                                 : record->care_provider;
}

static struct permission_resource resource_of(const struct asked *asked, const struct found *found)
{
    const struct record *r = &found->record;
    struct str unit = r->unit.len > 0 ? r->unit : r->unit_id;
    struct instant protection_until;
    enum permission_protection protection = protection_of(asked->facts, r, &protection_until);
    return (struct permission_resource){
        .tenant = r->tenant,
        .information = permission_word(permission_informations, asked->type->information),
        .information_type = r->type,
        .care_provider = provider_of(asked->type, r),
        .care_unit = r->care_unit,
        .unit = unit,
        .unit_as_delivered = r->unit_id,
        .stage = r->stage,
        .status = r->status,
        .category = r->category,
        /* Only a block looks at it. */
        .occurred_at =
            asked->facts->permission.block_count > 0 ? r->occurred_at : (struct instant){0},
        .has_person = !uuid_is_nil(found_person(found)),
        .protection = protection,
        .protection_until = protection_until,
        .openly_linked = !is_behind_restricted_link(asked->facts, r),
        .protected_unit =
            is_protected_unit(asked->facts, unit) || is_protected_unit(asked->facts, r->care_unit),
        .restricted = r->restricted,
        .hold = r->hold,
        .test = found->test,
        .blocks_known = blocks_known(asked->facts, r)};
}

static bool same_instant(struct instant a, struct instant b)
{
    return a.known == b.known && a.us == b.us;
}

static bool alike(const struct permission_resource *a, const struct permission_resource *b)
{
    return str_equal(a->care_provider, b->care_provider) && str_equal(a->care_unit, b->care_unit) &&
           str_equal(a->unit, b->unit) && str_equal(a->unit_as_delivered, b->unit_as_delivered) &&
           str_equal(a->stage, b->stage) && str_equal(a->status, b->status) &&
           str_equal(a->information_type, b->information_type) && a->tenant == b->tenant &&
           same_instant(a->occurred_at, b->occurred_at) && a->has_person == b->has_person &&
           a->protection == b->protection &&
           same_instant(a->protection_until, b->protection_until) &&
           a->openly_linked == b->openly_linked && a->protected_unit == b->protected_unit &&
           a->restricted == b->restricted && a->hold == b->hold && a->test == b->test &&
           same_instant(a->blocks_known.from, b->blocks_known.from) &&
           same_instant(a->blocks_known.until, b->blocks_known.until);
}

void decide_all(const struct asked *asked, const struct found *found, size_t count,
                struct arena *arena, struct permission *out)
{
    enum { REMEMBERED = 64 }; /* the latest kinds of record; lists have few */
    struct remembered {
        struct permission_resource resource;
        struct permission permission;
    } *kinds = arena_alloc(arena, REMEMBERED, sizeof *kinds);
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        struct permission_resource resource = resource_of(asked, &found[i]);
        size_t known = made < REMEMBERED ? made : REMEMBERED;
        size_t k = 0;
        while (k < known && !alike(&kinds[k].resource, &resource))
            k++;
        if (k == known) {
            k = made++ % REMEMBERED;
            kinds[k].resource = resource;
            kinds[k].permission = permission_decide(asked->subject, &resource, asked->intent,
                                                    &asked->facts->permission);
        }
        out[i] = kinds[k].permission;
    }
}

/* A record that the subject may see if anybody in their place may. */
struct err *decide_at_all(const struct asked *asked, struct permission *out)
{
    const struct permission_assignment *own = &asked->subject->assignment;
    const struct permission_resource resource = {
        .tenant = asked->tenant,
        .information = permission_word(permission_informations, asked->type->information),
        .information_type = asked->type->name,
        .care_provider = own->care_provider,
        .care_unit = own->care_unit,
        .unit = own->unit,
        .stage = S("intermediate"),
        .status = S("signed"),
        .has_person = true,
        .openly_linked = true,
        .protection = PROTECTION_NONE,
        .test = asked->intent->purpose == PURPOSE_SYSTEM_TEST};
    struct permission permission =
        permission_decide(asked->subject, &resource, asked->intent, &asked->facts->permission);
    if (permission.outcome == PERMISSION_DENY)
        return subject_refused(&permission);
    *out = permission;
    return NULL;
}

struct err *decide_refusal(const struct permission *permission)
{
    if (permission->hidden)
        return err_new(ERR_NOT_FOUND, "there is no such record");
    return subject_refused(permission);
}

void decide_join(struct permission *into, const struct permission *more)
{
    into->reasons |= more->reasons;
    into->obligations |= more->obligations;
    if (more->until.known && (!into->until.known || instant_before(more->until, into->until)))
        into->until = more->until;
}
