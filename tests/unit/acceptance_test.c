/* What may be decided of a delivery, and what a package may say of an earlier one: every state and
 * status by a table. */
#include "arena.h"
#include "services/ingest/acceptance.h"

enum milestone {
    VALIDATED = 1,
    STORED = 2,
    INDEXED = 4,
    REJECTED = 8,
    ACCEPTED = 16,
    RETURNED = 32,
    DISCARDED = 64
};

enum { OTHERS = 2 }; /* the OBJID is current, and another system's */

static const struct row {
    const char *label;
    unsigned milestones;
    const char *status;
    int current; /* 0 none, 1 this system's, OTHERS */
    const char *accept;
    const char *give_back; /* rules; NULL: it may be done */
} rows[] = {
    {"received only", 0, "NEW", 0, "not_validated", "not_validated"},
    {"being stored, or never", VALIDATED, "NEW", 0, "not_stored", NULL},
    {"waits, not indexed", VALIDATED | STORED, "NEW", 0, NULL, NULL},
    {"waits", VALIDATED | STORED | INDEXED, "NEW", 0, NULL, NULL},
    {"waits, OBJID taken since", VALIDATED | STORED, "NEW", 1, "objid_exists", NULL},
    {"waits, another's OBJID", VALIDATED | STORED, "NEW", OTHERS, "objid_exists", NULL},
    {"replacement", VALIDATED | STORED, "REPLACEMENT", 1, NULL, NULL},
    {"replacement of nothing", VALIDATED | STORED, "REPLACEMENT", 0, "objid_not_current", NULL},
    {"replacement of another's", VALIDATED | STORED, "REPLACEMENT", OTHERS, "objid_not_current",
     NULL},
    {"version", VALIDATED | STORED, "VERSION", 1, NULL, NULL},
    {"version of nothing", VALIDATED | STORED, "VERSION", 0, "objid_not_current", NULL},
    {"supplement", VALIDATED | STORED, "SUPPLEMENT", 1, NULL, NULL},
    {"supplement of nothing", VALIDATED | STORED, "SUPPLEMENT", 0, "objid_not_current", NULL},
    {"test", VALIDATED | STORED | INDEXED, "TEST", 0, "test_delivery", NULL},
    {"test beside a current one", VALIDATED | STORED, "TEST", 1, "test_delivery", NULL},
    {"test, its time over", VALIDATED | STORED | DISCARDED, "TEST", 0, "discarded", "discarded"},
    {"order to delete", VALIDATED | STORED, "DELETE", 1, "record_status_refused", NULL},
    {"no status of the list", VALIDATED | STORED, "new", 0, "record_status_refused", NULL},
    {"rejected", REJECTED, "NEW", 0, "rejected", "rejected"},
    {"rejected and stored", REJECTED | STORED | INDEXED, "NEW", 1, "rejected", "rejected"},
    {"accepted", VALIDATED | STORED | ACCEPTED, "NEW", 0, "accepted_already", "accepted_already"},
    {"accepted, not stored", VALIDATED | ACCEPTED, "NEW", 0, "accepted_already",
     "accepted_already"},
    {"returned", VALIDATED | STORED | RETURNED, "NEW", 0, "returned_already", "returned_already"},
    {"returned and discarded", VALIDATED | STORED | RETURNED | DISCARDED, "NEW", 0,
     "returned_already", "returned_already"},
};

static struct instant at(unsigned milestones, enum milestone milestone)
{
    struct instant now = {0};
    if ((milestones & milestone) != 0)
        assert_true(instant_parse(S("2026-01-02T03:04:05Z"), &now));
    return now;
}

static void assert_refused(const char *label, const struct err *e, const char *rule)
{
    const char *got = e != NULL ? e->rule : NULL;
    bool same = rule == NULL ? e == NULL : got != NULL && strcmp(got, rule) == 0;
    if (!same)
        fail_msg("%s: wanted %s, got %s", label, rule != NULL ? rule : "to be let", got);
    assert_true(e == NULL || e->code == ERR_CONFLICT);
}

static void decided(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        const struct delivery d = {.system = S("vas"),
                                   .record_status = str_from(row->status),
                                   .validated_at = at(row->milestones, VALIDATED),
                                   .stored_at = at(row->milestones, STORED),
                                   .indexed_at = at(row->milestones, INDEXED),
                                   .rejected_at = at(row->milestones, REJECTED),
                                   .accepted_at = at(row->milestones, ACCEPTED),
                                   .returned_at = at(row->milestones, RETURNED),
                                   .discarded_at = at(row->milestones, DISCARDED)};
        const struct current current = {uuid_random(),
                                        row->current == OTHERS ? S("kurvan") : S("vas")};
        const struct current *has = row->current != 0 ? &current : NULL;
        assert_refused(row->label, decision_refusal(DECISION_ACCEPT, &d, has), row->accept);
        assert_refused(row->label, decision_refusal(DECISION_RETURN, &d, has), row->give_back);
    }
    err_reset();
}

/* Which receipts have been earned, in the order in which they leave. */
static void told(void **state)
{
    (void)state;
    static const struct {
        unsigned milestones;
        const char *status;
        bool by_itself;
        const char *due;
    } cases[] = {
        {0, NULL, false, "received"},
        {VALIDATED, "NEW", false, "received awaiting_acceptance"},
        {VALIDATED | STORED | INDEXED, "NEW", false, "received awaiting_acceptance"},
        {VALIDATED | ACCEPTED, "NEW", false, "received accepted"},
        {VALIDATED | ACCEPTED | INDEXED, "NEW", true, "received accepted"},
        {VALIDATED | ACCEPTED | STORED, "NEW", true, "received accepted archived"},
        {VALIDATED | ACCEPTED | STORED | INDEXED, "NEW", true,
         "received accepted archived searchable"},
        {VALIDATED | STORED | INDEXED | RETURNED, "NEW", false, "received returned"},
        {VALIDATED, "TEST", false, "received"},
        {VALIDATED | STORED, "TEST", true, "received"},
        {VALIDATED | STORED | INDEXED, "TEST", true, "received tested"},
        {VALIDATED | STORED | INDEXED | RETURNED, "TEST", true, "received returned"},
        {REJECTED | STORED | INDEXED, "NEW", true, "received rejected"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned m = cases[i].milestones;
        const struct delivery d = {.record_status = str_from(cases[i].status),
                                   .received_at = at(1, (enum milestone)1),
                                   .validated_at = at(m, VALIDATED),
                                   .stored_at = at(m, STORED),
                                   .indexed_at = at(m, INDEXED),
                                   .rejected_at = at(m, REJECTED),
                                   .accepted_at = at(m, ACCEPTED),
                                   .returned_at = at(m, RETURNED)};
        autobuf struct buf names = buf_new(1000);
        unsigned due = receipts_due(&d, cases[i].by_itself);
        for (unsigned r = 0; r < RECEIPT_KINDS; r++)
            if ((due & 1U << r) != 0)
                buf_format(&names, "%s%s", names.len > 0 ? " " : "", receipt_name(r));
        assert_string_equal(names.ptr, cases[i].due);
    }
}

/* --- lines of the journal
 * ------------------------------------------------------------------------------------------ */

static struct delivery waiting(unsigned milestones)
{
    return (struct delivery){.id = UUID_FROM(S("d")),
                             .package = UUID_FROM(S("p")),
                             .system = S("vas"),
                             .objid = S("o"),
                             .record_status = S("NEW"),
                             .received_at = at(1, (enum milestone)1),
                             .validated_at = at(milestones, VALIDATED),
                             .stored_at = at(milestones, STORED),
                             .rejected_at = at(milestones, REJECTED),
                             .accepted_at = at(milestones, ACCEPTED),
                             .returned_at = at(milestones, RETURNED),
                             .discarded_at = at(milestones, DISCARDED),
                             .version = 3};
}

/* The three that write lines. */
static void plan_kind(int kind, struct plan *plan, struct delivery d, const struct decided *by)
{
    plan_begin(plan, arena);
    if (kind == 0)
        plan_accepted(plan, S("region-a"), &d, NULL, by);
    else if (kind == 1)
        plan_returned(plan, S("region-a"), &d, by);
    else
        plan_discarded(plan, &d, by->at);
}

/* Carried out by its own line a decision is the same: line, who, why and when; all but the note. */
static void lines_tell_all(void **state)
{
    (void)state;
    struct decided by = {.by = uuid_random(), .reason = S("checked")};
    assert_true(instant_parse(S("2026-02-03T04:05:06.789Z"), &by.at));
    for (int kind = 0; kind < 3; kind++) {
        struct plan first;
        struct plan again;
        autobuf struct buf wanted = buf_new(1 << 16);
        autobuf struct buf got = buf_new(1 << 16);
        struct delivery d = waiting(VALIDATED | (kind == 2 ? RETURNED : 0)); /* not stored yet */
        by.note = S("in no journal");
        plan_kind(kind, &first, d, &by);
        const struct journal_line line = {first.vault->line, first.vault->text};
        plan_begin(&again, arena);
        assert_null(plan_line_again(&again, S("region-a"), &line, &d, NULL));
        by.note = (struct str){0};
        plan_kind(kind, &first, d, &by);
        plan_print(&first, &wanted);
        plan_print(&again, &got);
        assert_string_equal(wanted.ptr, got.ptr);
    }
}

/* What a line meets: the delivery as it is known now, and what then is. */
static void lines_meet_what_is(void **state)
{
    (void)state;
    enum { NOTHING, PLANNED, CONFLICT, WAITS };
    static const struct {
        const char *label;
        unsigned milestones;
        int current;
        bool by_agreement;
        int kind;
        int result;
    } cases[] = {
        {"accepted, waits", VALIDATED | STORED, 0, false, 0, PLANNED},
        {"accepted, is", VALIDATED | STORED | ACCEPTED, 0, false, 0, NOTHING},
        {"accepted, was returned", VALIDATED | STORED | RETURNED, 0, false, 0, CONFLICT},
        {"accepted, was rejected", REJECTED, 0, false, 0, CONFLICT},
        {"accepted, another has the OBJID", VALIDATED | STORED, 1, false, 0, CONFLICT},
        {"accepted, not validated", 0, 0, false, 0, CONFLICT},
        {"accepted by agreement, not validated", 0, 0, true, 0, WAITS},
        {"accepted by agreement, waits", VALIDATED, 0, true, 0, PLANNED},
        {"accepted by agreement, was rejected", REJECTED, 0, true, 0, CONFLICT},
        {"returned, waits", VALIDATED | STORED, 0, false, 1, PLANNED},
        {"returned by time, waits", VALIDATED | STORED, 0, true, 1, PLANNED},
        {"returned, is", VALIDATED | STORED | RETURNED, 0, false, 1, NOTHING},
        {"returned, was accepted", VALIDATED | STORED | ACCEPTED, 0, false, 1, CONFLICT},
        {"discarded, returned", VALIDATED | STORED | RETURNED, 0, true, 2, PLANNED},
        {"discarded, rejected", REJECTED, 0, true, 2, PLANNED},
        {"discarded, is", REJECTED | DISCARDED, 0, true, 2, NOTHING},
        {"discarded, waits", VALIDATED | STORED, 0, true, 2, CONFLICT},
        {"discarded, was accepted", VALIDATED | STORED | ACCEPTED, 0, true, 2, CONFLICT},
    };
    const struct current current = {uuid_random(), S("vas")};
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct decided by = {.by = cases[i].by_agreement ? (struct uuid){0} : uuid_random(),
                                   .reason = S("checked"),
                                   .at = at(1, (enum milestone)1)};
        struct plan plan;
        struct delivery d = waiting(cases[i].milestones);
        plan_kind(cases[i].kind, &plan, d, &by);
        const struct journal_line line = {plan.vault->line, plan.vault->text};
        plan_begin(&plan, arena);
        const struct err *e = plan_line_again(&plan, S("region-a"), &line, &d,
                                              cases[i].current != 0 ? &current : NULL);
        int result = e == NULL                     ? (plan.vault != NULL ? PLANNED : NOTHING)
                     : e->code == ERR_CONFLICT     ? CONFLICT
                     : e->code == ERR_PRECONDITION ? WAITS
                                                   : -1;
        if (result != cases[i].result)
            fail_msg("%s: wanted %d, got %d", cases[i].label, cases[i].result, result);
        e = plan_line_again(&plan, S("region-a"), &line, NULL, NULL);
        assert_int_equal(e->code, ERR_NOT_FOUND);
    }
}

/* Accepted and returned are about the same; discarded is not; other rooms' lines are nobody's. */
static void lines_about(void **state)
{
    (void)state;
    const struct decided by = {.reason = S("checked"), .at = at(1, (enum milestone)1)};
    struct uuid about[3];
    for (int kind = 0; kind < 3; kind++) {
        struct plan plan;
        plan_kind(kind, &plan, waiting(VALIDATED | STORED), &by);
        const struct journal_line line = {plan.vault->line, plan.vault->text};
        assert_null(ingest_journal.about(&line, arena, &about[kind]));
    }
    assert_true(uuid_equal(about[0], about[1]));
    assert_false(uuid_equal(about[0], about[2]));
    static const char *const foreign[] = {"{\"change\":\"unit\"}", "{\"what\":\"hold\"}", "{}"};
    for (size_t i = 0; i < COUNT(foreign); i++) {
        struct uuid none = {0};
        const struct journal_line line = {uuid_random(), str_from(foreign[i])};
        assert_null(ingest_journal.about(&line, arena, &none));
        assert_true(uuid_is_nil(none));
    }
    const struct journal_line bad = {uuid_random(), S("{\"what\":\"accepted\"}")};
    assert_int_equal(ingest_journal.about(&bad, arena, &about[0])->code, ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(decided), cmocka_unit_test(told),
                                       WITH_ARENA(lines_tell_all), WITH_ARENA(lines_meet_what_is),
                                       WITH_ARENA(lines_about)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
