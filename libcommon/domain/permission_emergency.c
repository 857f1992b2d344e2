/* What an emergency may open at the most: asked of the decision itself, so that no rule of it
 * stands twice. */
#include "domain/permission_inside.h"

/* None that is really there has such a name: a "*" stands in no HSA-id. */
#define ANOTHER_PROVIDER "*"

struct permission permission_of_emergency(const struct permission_assignment *assignment,
                                          struct instant now)
{
    const struct permission_span always = {.from = now};
    const struct strs types = assignment->information_types;
    const struct permission_subject subject = {
        .kind = SUBJECT_PERSON, .tenant = 1, .active = always, .assignment = *assignment};
    const struct permission_resource resource = {
        .tenant = subject.tenant,
        .information = INFORMATION_CARE,
        .information_type = types.count > 0 ? types.at[0] : (struct str){0},
        .care_provider = S(ANOTHER_PROVIDER),
        .stage = S("intermediate"),
        .status = S("signed"),
        .has_person = true,
        .openly_linked = true,
        .protection = PROTECTION_NONE,
        .blocks_known = always};
    const struct permission_intent intent = {.purpose = PURPOSE_CARE, .action = ACTION_READ};
    const struct permission_agreement agreement = {S(ANOTHER_PROVIDER), always};
    const struct permission_facts facts = {
        .now = now, .agreements = &agreement, .agreement_count = 1, .emergency = {&always, 1}};
    return permission_decide(&subject, &resource, &intent, &facts);
}
