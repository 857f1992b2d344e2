/* The decision: every rule adds its reasons to a set, and the gravest effect among them is the
 * outcome. */
#include "base/base.h"
#include "domain/permission_inside.h"

static const enum permission_outcome effects[REASONS] = {
#define REASON(name, word, effect, swedish, english, source) PERMISSION_##effect,
#include "domain/permission_reasons.def"
#undef REASON
};
_Static_assert(REASONS <= 64 && OBLIGATIONS <= 32, "a set is one word");

/* What a kind of subject may do at the most. */
struct frame {
    unsigned information;
    unsigned purposes;
    unsigned actions;
};

#define IN(name)  (1U << INFORMATION_##name)
#define FOR(name) (1U << PURPOSE_##name)
#define DO(name)  (1U << ACTION_##name)
#define VIEW      (DO(SEARCHED) | DO(LISTED) | DO(READ) | DO(PRINTED))
#define NOTHING   0U
static const struct frame role_frames[] = {
#define ROLE(name, word, swedish, english, information, purposes, actions)                         \
    [ROLE_##name] = {information, purposes, actions},
#include "domain/permission_roles.def"
#undef ROLE
};
static const struct frame national_service_frame = {IN(CARE), FOR(CARE) | FOR(PATIENT), DO(READ)};

bool permission_same(struct str a, struct str b)
{
    return a.len > 0 && str_equal(a, b);
}

static bool has(unsigned set, unsigned member)
{
    return (set >> member & 1U) != 0;
}

static bool told(struct str text)
{
    return str_trim(text).len > 0;
}

static bool listed(struct strs list, struct str word)
{
    for (size_t i = 0; i < list.count; i++)
        if (permission_same(list.at[i], word))
            return true;
    return false;
}

static uint64_t frame_reasons(const struct frame *frame, const struct permission_resource *resource,
                              const struct permission_intent *intent)
{
    return UNLESS(has(frame->information, resource->information), ROLE_INFORMATION) |
           UNLESS(has(frame->purposes, intent->purpose), ROLE_PURPOSE) |
           UNLESS(has(frame->actions, intent->action), ROLE_ACTION);
}

bool permission_needs_analysis(enum permission_role role)
{
    for (unsigned i = 0; i < COUNT(role_frames); i++)
        if (i == role)
            return role_frames[i].information != NOTHING;
    return false;
}

static uint64_t analysis_reasons(const struct permission_assignment *assignment, struct instant now)
{
    return UNLESS(!permission_needs_analysis(assignment->role) ||
                      permission_in_force(assignment->analysis, now),
                  ANALYSIS_NOT_VALID);
}

static uint64_t assignment_reasons(const struct permission_subject *subject,
                                   const struct permission_resource *resource,
                                   const struct permission_intent *intent, struct instant now)
{
    const struct permission_assignment *a = &subject->assignment;
    return UNLESS(permission_in_force(subject->active, now), USER_NOT_ACTIVE) |
           UNLESS(permission_in_force(a->valid, now), ASSIGNMENT_NOT_VALID) |
           analysis_reasons(a, now) |
           UNLESS(listed(a->information_types, resource->information_type),
                  ASSIGNMENT_INFORMATION) |
           UNLESS(has(a->purposes, intent->purpose), ASSIGNMENT_PURPOSE);
}

/* Test deliveries for system tests, and nothing else for them. */
static uint64_t test_reasons(const struct permission_resource *resource,
                             const struct permission_intent *intent)
{
    bool testing = intent->purpose == PURPOSE_SYSTEM_TEST;
    return UNLESS(testing || !resource->test, TEST_DATA) |
           UNLESS(!testing || resource->test, NOT_TEST_DATA);
}

static uint64_t stage_reasons(const struct permission_resource *resource, bool archivist)
{
    if (str_equal(resource->stage, S("final")))
        return UNLESS(archivist, FINAL_ARCHIVE);
    return UNLESS(str_equal(resource->stage, S("intermediate")), STAGE_NOT_KNOWN);
}

static uint64_t block_reasons(const struct permission_assignment *assignment,
                              const struct permission_resource *resource,
                              const struct permission_facts *facts)
{
    const struct permission_blockable on = {.care_provider = resource->care_provider,
                                            .care_unit = resource->care_unit,
                                            .unit = resource->unit,
                                            .unit_as_delivered = resource->unit_as_delivered,
                                            .kind = permission_block_kind(resource->category),
                                            .from = resource->occurred_at,
                                            .until = resource->occurred_at};
    return UNLESS(permission_in_force(resource->blocks_known, facts->now), BLOCKS_NOT_KNOWN) |
           permission_blocked(assignment, &on, facts);
}

static bool succeeded(const struct permission_resource *resource,
                      const struct permission_facts *facts)
{
    for (size_t i = 0; i < facts->predecessor_count; i++) {
        const struct permission_succession *p = &facts->predecessors[i];
        if (permission_in_force(p->valid, facts->now) &&
            (permission_same(p->unit, resource->unit) ||
             permission_same(p->care_unit, resource->care_unit)))
            return true;
    }
    return false;
}

static bool agreed(const struct permission_resource *resource, const struct permission_facts *facts)
{
    for (size_t i = 0; i < facts->agreement_count; i++)
        if (permission_same(facts->agreements[i].care_provider, resource->care_provider) &&
            permission_in_force(facts->agreements[i].valid, facts->now))
            return true;
    return false;
}

/* The employer's word, told at sign-in: the person widens it by no choice and no emergency. */
static bool reaches(const struct permission_assignment *assignment, enum permission_reach least)
{
    return assignment->reach >= least && assignment->reach <= REACH_NOT_STATED;
}

/* Another care provider's records: shared documentation (lag 2022:913), and only for care. An
 * emergency stands for relation and consent; a block stays until it is lifted. */
static uint64_t other_provider_reasons(const struct permission_assignment *assignment,
                                       const struct permission_resource *resource,
                                       const struct permission_intent *intent,
                                       const struct permission_facts *facts)
{
    if (intent->purpose != PURPOSE_CARE)
        return BECAUSE(OTHER_PROVIDER);
    bool emergency = permission_any_in_force(facts->emergency, facts->now);
    uint64_t missing =
        UNLESS(reaches(assignment, REACH_JOINT), BEYOND_REACH) |
        UNLESS(agreed(resource, facts), AGREEMENT_MISSING) |
        UNLESS(emergency || permission_any_in_force(facts->relation, facts->now),
               RELATION_MISSING) |
        UNLESS(emergency || permission_any_in_force(facts->consent, facts->now), CONSENT_MISSING) |
        block_reasons(assignment, resource, facts);
    if (missing != 0)
        return missing | BECAUSE(OTHER_PROVIDER);
    return emergency ? BECAUSE(EMERGENCY) : BECAUSE(SHARED_DOCUMENTATION);
}

/* Patient records of the own care provider. A successor reads its predecessor's records as its own,
 * but the patient's block on the old unit holds for the new one too. */
static uint64_t own_provider_reasons(const struct permission_assignment *assignment,
                                     const struct permission_resource *resource,
                                     const struct permission_intent *intent,
                                     const struct permission_facts *facts)
{
    if (permission_same(assignment->care_unit, resource->care_unit) ||
        permission_same(assignment->unit, resource->unit))
        return BECAUSE(OWN_UNIT);
    uint64_t blocks = block_reasons(assignment, resource, facts);
    if (succeeded(resource, facts))
        return blocks | BECAUSE(PREDECESSOR_UNIT);
    uint64_t stops = blocks | UNLESS(reaches(assignment, REACH_CARE_PROVIDER), BEYOND_REACH);
    if (!intent->other_units)
        return stops | BECAUSE(OTHER_UNITS);
    return stops | UNLESS(told(intent->reason), REASON_NEEDED) | BECAUSE(OTHER_UNITS_CHOSEN);
}

static uint64_t care_reasons(const struct permission_assignment *assignment,
                             const struct permission_resource *resource,
                             const struct permission_intent *intent,
                             const struct permission_facts *facts)
{
    if (!resource->has_person)
        return BECAUSE(PERSON_NOT_KNOWN);
    if (resource->care_provider.len == 0)
        return BECAUSE(CARE_PROVIDER_NOT_KNOWN);
    return permission_same(assignment->care_provider, resource->care_provider)
               ? own_provider_reasons(assignment, resource, intent, facts)
               : other_provider_reasons(assignment, resource, intent, facts);
}

/* Each care provider follows up what its own staff have done (PDL 4:3). Who reviews at none does so
 * for the region, and so does everybody where the region has decided that. Nobody judges what they
 * did themselves. */
static uint64_t log_reasons(const struct permission_assignment *assignment,
                            const struct permission_resource *resource,
                            const struct permission_intent *intent,
                            const struct permission_facts *facts)
{
    return UNLESS(assignment->care_provider.len == 0 ||
                      permission_same(assignment->care_provider, resource->care_provider) ||
                      permission_in_force(facts->whole_log, facts->now),
                  OTHER_PROVIDER) |
           UNLESS(intent->action != ACTION_REVIEWED || resource->others_deed, OWN_DEED) |
           BECAUSE(ASSIGNMENT_COVERS);
}

/* Which records within the frame: by the law that the information lives under. */
static uint64_t scope_reasons(const struct permission_assignment *assignment,
                              const struct permission_resource *resource,
                              const struct permission_intent *intent,
                              const struct permission_facts *facts)
{
    if (assignment->role == ROLE_ARCHIVIST)
        return BECAUSE(ARCHIVIST) |
               UNLESS(!str_equal(resource->stage, S("final")) || told(intent->request_number),
                      REQUEST_NUMBER_NEEDED);
    if (resource->information == INFORMATION_CARE)
        return care_reasons(assignment, resource, intent, facts);
    if (resource->information == INFORMATION_LOG)
        return log_reasons(assignment, resource, intent, facts);
    return UNLESS(resource->care_provider.len == 0 ||
                      permission_same(assignment->care_provider, resource->care_provider),
                  OTHER_PROVIDER) |
           BECAUSE(ASSIGNMENT_COVERS);
}

/* That two identities are one person's may be what is protected (OSL 21:3, 22:1). So it is not told
 * that there is such a link; whoever cares for the person, or answers a request for the archive,
 * may look behind it by a choice with a reason, made without knowing whether there is one. */
static uint64_t link_reasons(const struct permission_assignment *assignment,
                             const struct permission_resource *resource,
                             const struct permission_intent *intent)
{
    if (resource->openly_linked)
        return 0;
    return UNLESS(assignment->role == ROLE_ARCHIVIST || intent->purpose == PURPOSE_CARE,
                  LINK_RESTRICTED) |
           UNLESS(intent->restricted_links, LINK_RESTRICTED) |
           UNLESS(told(intent->reason), LINK_RESTRICTED) | BECAUSE(RESTRICTED_LINK_OPENED);
}

static uint64_t person_reasons(const struct permission_subject *subject,
                               const struct permission_resource *resource,
                               const struct permission_intent *intent,
                               const struct permission_facts *facts)
{
    const struct permission_assignment *assignment = &subject->assignment;
    if (assignment->role == ROLE_NOT_KNOWN || assignment->role >= COUNT(role_frames))
        return BECAUSE(ROLE_NOT_KNOWN);
    if (!permission_needs_analysis(assignment->role))
        return BECAUSE(ROLE_SEES_NO_CONTENT);
    const struct frame *frame = &role_frames[assignment->role];
    bool archivist = assignment->role == ROLE_ARCHIVIST;
    bool log = resource->information == INFORMATION_LOG;
    return frame_reasons(frame, resource, intent) |
           assignment_reasons(subject, resource, intent, facts->now) |
           test_reasons(resource, intent) | (log ? 0 : stage_reasons(resource, archivist)) |
           UNLESS(intent->action != ACTION_EXPORTED || told(intent->reason), REASON_NEEDED) |
           link_reasons(assignment, resource, intent) |
           scope_reasons(assignment, resource, intent, facts);
}

/* NPÖ and 1177 are told what there is and try blocks, consent and each record's approvedForPatient
 * themselves (RIV-TA, the producer's duties): none of those is looked at here. Whether patients may
 * read at all is the region's dated decision; without one they may not. */
static uint64_t national_service_reasons(const struct permission_resource *resource,
                                         const struct permission_intent *intent,
                                         const struct permission_facts *facts)
{
    return frame_reasons(&national_service_frame, resource, intent) |
           test_reasons(resource, intent) | stage_reasons(resource, false) |
           UNLESS(resource->openly_linked, LINK_RESTRICTED) |
           UNLESS(permission_in_force(facts->certificate, facts->now), CERTIFICATE_NOT_LISTED) |
           UNLESS(permission_in_force(facts->logical_address, facts->now),
                  LOGICAL_ADDRESS_NOT_SERVED) |
           UNLESS(permission_in_force(facts->processor_agreement, facts->now),
                  PROCESSOR_AGREEMENT_MISSING) |
           UNLESS(permission_in_force(facts->consumer_accepted, facts->now),
                  CONSUMER_NOT_ACCEPTED) |
           UNLESS(intent->purpose != PURPOSE_PATIENT ||
                      permission_in_force(facts->patient_reading, facts->now),
                  PATIENT_READING_NOT_DECIDED) |
           BECAUSE(NATIONAL_SERVICE);
}

/* Another region's records get one reason and no other, so that nothing tells what is there. */
static uint64_t all_reasons(const struct permission_subject *subject,
                            const struct permission_resource *resource,
                            const struct permission_intent *intent,
                            const struct permission_facts *facts)
{
    if (resource->tenant <= 0 || subject->tenant != resource->tenant)
        return BECAUSE(OTHER_TENANT);
    if (!facts->now.known)
        return BECAUSE(TIME_NOT_KNOWN);
    switch (subject->kind) {
    case SUBJECT_PERSON:
        return person_reasons(subject, resource, intent, facts);
    case SUBJECT_NATIONAL_SERVICE:
        return national_service_reasons(resource, intent, facts);
    case SUBJECT_SYSTEM:
        return BECAUSE(SYSTEM_SEES_NO_RECORDS);
    case SUBJECT_NOT_KNOWN:
        break;
    }
    return BECAUSE(SUBJECT_NOT_KNOWN);
}

static unsigned obliged_if(bool condition, enum permission_obligation obligation)
{
    return condition ? 1U << obligation : 0;
}

/* Not protected, and that is still known: everything else is hidden as protected. */
static bool is_unprotected(const struct permission_resource *resource, struct instant now)
{
    return resource->protection == PROTECTION_NONE &&
           (!resource->protection_until.known || instant_before(now, resource->protection_until));
}

static unsigned obligations(const struct permission *permission, enum permission_subject_kind kind,
                            const struct permission_resource *resource, struct instant now)
{
    bool ask = permission->outcome == PERMISSION_ASK;
    if (permission->outcome == PERMISSION_DENY)
        return 0;
    unsigned set = obliged_if(!ask, OBLIGATION_LOG) | obliged_if(ask, OBLIGATION_COUNT_ONLY) |
                   obliged_if(ask && resource->protected_unit, OBLIGATION_HIDE_UNIT);
    if (kind == SUBJECT_NATIONAL_SERVICE) /* the contract says how the content is told; nothing is
                                             left out */
        return set;
    return set |
           obliged_if((permission->reasons & BECAUSE(OTHER_UNITS_CHOSEN)) != 0,
                      OBLIGATION_LOG_OPENED_OTHER_UNITS) |
           obliged_if((permission->reasons & BECAUSE(RESTRICTED_LINK_OPENED)) != 0,
                      OBLIGATION_LOG_OPENED_RESTRICTED_LINK) |
           obliged_if((permission->reasons & BECAUSE(EMERGENCY)) != 0,
                      OBLIGATION_ALERT_ADMINISTRATOR) |
           obliged_if(resource->has_person && !is_unprotected(resource, now),
                      OBLIGATION_HIDE_PROTECTED_PERSON) |
           obliged_if(str_equal(resource->status, S("unsigned")), OBLIGATION_MARK_UNSIGNED) |
           obliged_if(str_equal(resource->status, S("corrected")), OBLIGATION_MARK_CORRECTED) |
           obliged_if(str_equal(resource->status, S("nullified")), OBLIGATION_MARK_NULLIFIED) |
           obliged_if(resource->restricted, OBLIGATION_MARK_RESTRICTED) |
           obliged_if(resource->hold, OBLIGATION_MARK_HOLD);
}

static uint64_t with_effect(uint64_t set, enum permission_outcome effect)
{
    uint64_t kept = 0;
    for (unsigned i = 0; i < REASONS; i++)
        if (effects[i] == effect)
            kept |= set & 1ULL << i;
    return kept;
}

static struct permission gravest(uint64_t reasons, struct instant until)
{
    struct permission permission = {.until = until};
    assert(reasons != 0);
    for (unsigned effect = PERMISSION_DENY; permission.reasons == 0; effect++) {
        permission.outcome = (enum permission_outcome)effect;
        permission.reasons = with_effect(reasons, permission.outcome);
    }
    return permission;
}

static bool hidden(const struct permission *permission, const struct permission_subject *subject,
                   const struct permission_resource *resource)
{
    const struct permission_assignment *assignment = &subject->assignment;
    bool others = assignment->role != ROLE_ARCHIVIST && resource->care_provider.len > 0 &&
                  !permission_same(assignment->care_provider, resource->care_provider);
    return permission->outcome == PERMISSION_DENY &&
           (others || (permission->reasons & BECAUSE(OTHER_TENANT)) != 0);
}

struct permission permission_decide(const struct permission_subject *subject,
                                    const struct permission_resource *resource,
                                    const struct permission_intent *intent,
                                    const struct permission_facts *facts)
{
    struct permission permission = gravest(all_reasons(subject, resource, intent, facts),
                                           permission_until(subject, resource, facts));
    permission.obligations = obligations(&permission, subject->kind, resource, facts->now);
    permission.hidden = hidden(&permission, subject, resource);
    return permission;
}

struct permission permission_of_role(const struct permission_subject *subject,
                                     const enum permission_role *roles, size_t count,
                                     struct instant now)
{
    const struct permission_resource nothing = {0};
    const struct permission_facts facts = {.now = now};
    bool right = false;
    for (size_t i = 0; i < count; i++)
        right = right || subject->assignment.role == roles[i];
    return gravest(
        UNLESS(right, ROLE_ACTION) |
            UNLESS(permission_in_force(subject->active, now), USER_NOT_ACTIVE) |
            UNLESS(permission_in_force(subject->assignment.valid, now), ASSIGNMENT_NOT_VALID) |
            analysis_reasons(&subject->assignment, now) | BECAUSE(ASSIGNMENT_COVERS),
        permission_until(subject, &nothing, &facts));
}
