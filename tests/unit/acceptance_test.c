/* What may be decided of a delivery, and what a package may say of an earlier one: every state and
 * status by a table. */
#include "services/ingest/acceptance.h"
#include "unit.h"

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
    {"being stored", VALIDATED, "NEW", 0, "not_stored", "not_stored"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(decided), cmocka_unit_test(told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
