/* Time: what is in force, and when that changes by itself. */
#include "base/base.h"
#include "domain/permission_inside.h"

bool permission_in_force(struct permission_span span, struct instant now)
{
    return span.from.known && now.known && !instant_before(now, span.from) &&
           (!span.until.known || instant_before(now, span.until));
}

bool permission_any_in_force(struct permission_spans spans, struct instant now)
{
    for (size_t i = 0; i < spans.count; i++)
        if (permission_in_force(spans.at[i], now))
            return true;
    return false;
}

static void sooner(struct instant at, struct instant now, struct instant *until)
{
    if (instant_before(now, at) && (!until->known || instant_before(at, *until)))
        *until = at;
}

static void span_sooner(struct permission_span span, struct instant now, struct instant *until)
{
    sooner(span.from, now, until);
    sooner(span.until, now, until);
}

static void spans_sooner(struct permission_spans spans, struct instant now, struct instant *until)
{
    for (size_t i = 0; i < spans.count; i++)
        span_sooner(spans.at[i], now, until);
}

struct instant permission_until(const struct permission_subject *subject,
                                const struct permission_resource *resource,
                                const struct permission_facts *facts)
{
    const struct permission_span alone[] = {
        resource->blocks_known,     subject->active,
        subject->assignment.valid,  subject->assignment.analysis,
        facts->certificate,         facts->logical_address,
        facts->processor_agreement, facts->consumer_accepted,
        facts->patient_reading,     facts->whole_log};
    const struct permission_spans several[] = {
        {alone, COUNT(alone)}, facts->relation, facts->consent, facts->emergency};
    struct instant until = {0};
    sooner(resource->protection_until, facts->now, &until);
    for (size_t i = 0; i < COUNT(several); i++)
        spans_sooner(several[i], facts->now, &until);
    for (size_t i = 0; i < facts->block_count; i++)
        span_sooner(facts->blocks[i].valid, facts->now, &until);
    for (size_t i = 0; i < facts->lift_count; i++)
        span_sooner(facts->lifts[i].valid, facts->now, &until);
    for (size_t i = 0; i < facts->predecessor_count; i++)
        span_sooner(facts->predecessors[i].valid, facts->now, &until);
    for (size_t i = 0; i < facts->agreement_count; i++)
        span_sooner(facts->agreements[i].valid, facts->now, &until);
    return until;
}
