/* Milestones to state and receipts: pure functions, so that events may arrive in any order. */
#include "services/ingest/room.h"
#include "text/json.h"

static const char *const names[RECEIPT_KINDS + 1] = {
    "received", "rejected", "awaiting_acceptance", "accepted",
    "returned", "archived", "searchable",          "tested"};

const char *receipt_name(enum receipt_kind kind)
{
    return names[kind];
}

unsigned receipts_due(const struct delivery *d, bool accepts_by_itself)
{
    bool passed = d->validated_at.known && !d->returned_at.known;
    bool test = str_equal(d->record_status, S("TEST"));
    bool accepted = passed && d->accepted_at.known;
    bool archived = accepted && d->stored_at.known;
    const bool due[RECEIPT_KINDS] = {
        [RECEIPT_RECEIVED] = d->received_at.known,
        [RECEIPT_REJECTED] = d->rejected_at.known,
        [RECEIPT_AWAITING_ACCEPTANCE] = passed && !accepted && !accepts_by_itself && !test,
        [RECEIPT_ACCEPTED] = accepted,
        [RECEIPT_RETURNED] = d->returned_at.known,
        [RECEIPT_ARCHIVED] = archived,
        [RECEIPT_SEARCHABLE] = archived && d->indexed_at.known,
        [RECEIPT_TESTED] = passed && test && d->stored_at.known && d->indexed_at.known,
    };
    unsigned bits = 0;
    for (unsigned i = 0; i < RECEIPT_KINDS; i++)
        bits |= due[i] ? 1U << i : 0;
    return bits & ~(unsigned)d->receipts;
}

/* What a source system is told: counts, rule words and ids; never a value or a file name. */
struct receipt {
    struct str receipt;
    struct uuid delivery;
    struct str identity; /* the supplier's own id of it */
    struct str agreement;
    struct uuid package;
    struct sha256 sha256;
    int64_t bytes;
    int64_t files;
    int64_t errors;
    int64_t warnings;
    int64_t records;
    int64_t unreadable;
    struct str rule;
    struct str detail;
    struct uuid duplicate_of;
    struct str report;
    struct str list;
    struct instant at;
};

const struct field receipt_fields[] = {FIELD(struct receipt, receipt, REQUIRED, .one_of = names),
                                       FIELD(struct receipt, delivery, REQUIRED),
                                       FIELD(struct receipt, identity, OPTIONAL),
                                       FIELD(struct receipt, agreement, OPTIONAL),
                                       FIELD(struct receipt, package, OPTIONAL),
                                       FIELD(struct receipt, sha256, OPTIONAL),
                                       FIELD(struct receipt, bytes, OPTIONAL),
                                       FIELD(struct receipt, files, OPTIONAL),
                                       FIELD(struct receipt, errors, OPTIONAL),
                                       FIELD(struct receipt, warnings, OPTIONAL),
                                       FIELD(struct receipt, records, OPTIONAL),
                                       FIELD(struct receipt, unreadable, OPTIONAL),
                                       FIELD(struct receipt, rule, OPTIONAL),
                                       FIELD(struct receipt, detail, OPTIONAL),
                                       FIELD(struct receipt, duplicate_of, OPTIONAL),
                                       FIELD(struct receipt, report, OPTIONAL),
                                       FIELD(struct receipt, list, OPTIONAL),
                                       FIELD(struct receipt, at, OPTIONAL),
                                       FIELDS_END};

static struct instant time_of(const struct delivery *d, enum receipt_kind kind)
{
    switch (kind) {
    case RECEIPT_RECEIVED:
        return d->received_at;
    case RECEIPT_REJECTED:
        return d->rejected_at;
    case RECEIPT_AWAITING_ACCEPTANCE:
        return d->validated_at;
    case RECEIPT_ACCEPTED:
        return d->accepted_at;
    case RECEIPT_RETURNED:
        return d->returned_at;
    case RECEIPT_ARCHIVED:
        return d->stored_at;
    case RECEIPT_SEARCHABLE:
    case RECEIPT_TESTED:
        return d->indexed_at;
    case RECEIPT_KINDS:
        break;
    }
    return (struct instant){0};
}

void plan_receipts(struct plan *plan, struct str system_topic, const struct delivery *d,
                   unsigned due)
{
    for (unsigned i = 0; i < RECEIPT_KINDS; i++) {
        if ((due & 1U << i) == 0)
            continue;
        const struct receipt receipt = {
            .receipt = str_from(names[i]),
            .delivery = d->id,
            .identity = d->identity,
            .agreement = d->agreement,
            .package = d->package,
            .sha256 = d->sha256,
            .bytes = d->bytes,
            .files = d->files,
            .errors = d->errors,
            .warnings = d->warnings,
            .records = d->records,
            .unreadable = d->unreadable,
            .rule = d->rule,
            .report =
                i == RECEIPT_REJECTED || i == RECEIPT_ACCEPTED || i == RECEIPT_AWAITING_ACCEPTANCE
                    ? arena_format(plan->arena, "/deliveries/%s/report", uuid_text(d->id).text)
                    : (struct str){0},
            .list = str_equal(d->kind, S("record"))
                        ? arena_format(plan->arena, "/deliveries/%s/records", uuid_text(d->id).text)
                        : (struct str){0},
            .at = time_of(d, (enum receipt_kind)i)};
        plan_event(plan, system_topic, d->id, i, receipt_fields, &receipt);
    }
}

void plan_refusal(struct plan *plan, struct str system_topic, struct uuid delivery,
                  struct str identity, const struct err *why, struct uuid duplicate_of)
{
    const struct receipt receipt = {.receipt = S("rejected"),
                                    .delivery = delivery,
                                    .identity = identity,
                                    .rule = str_from(why->rule),
                                    .detail = str_from(why->detail),
                                    .duplicate_of = duplicate_of};
    /* Its own number behind the receipts of a real delivery: it may be about another with the same
     * id. */
    plan_event(plan, system_topic, delivery, RECEIPT_KINDS, receipt_fields, &receipt);
}
